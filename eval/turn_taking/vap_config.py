"""The settings with which turn-taking events are extracted for voice activity projection models, by name."""

from dataclasses import dataclass, replace

from dyad.errors import InputError


@dataclass(frozen=True, kw_only=True)
class VapConfig:
    """The settings of the extraction; the defaults are those of ``EventConfig`` in the published code.

    Args:
        frame_hz: frames per second.
        min_context_s: events start no earlier.
        metric_s: part of a silence that is scored.
        metric_pad_s: left out before it; both together are the shortest silence of a shift or hold.
        max_s: events start before; None is the whole recording (the code was written for clips of 20 s).
        prediction_s: length of the regions in which an event is to be foreseen.
        prediction_on_active: those before a shift or hold need speech as long before it.
        pre_s: the speaker before a shift or hold speaks alone as long.
        post_s: the speaker after it does.
        bc_pre_s: own silence before a backchannel.
        bc_post_s: own silence after it.
        bc_max_s: longest backchannel.
        bc_after_partner: whether the last to speak before it must be the other person.
        bc_negative_left_s: speech of the other before a region where a backchannel could come and does not.
        bc_negative_right_s: speech of the other after it.
        long_onset_s: length of the region at the start of a long turn.
        long_turn_s: how long the next speaker speaks alone for that.
    """

    frame_hz: int = 50
    min_context_s: float = 3.0
    metric_s: float = 0.2
    metric_pad_s: float = 0.05
    max_s: float | None = 20.0
    prediction_s: float = 0.5
    prediction_on_active: bool = True
    pre_s: float = 1.0
    post_s: float = 1.0
    bc_pre_s: float = 1.0
    bc_post_s: float = 1.0
    bc_max_s: float = 1.0
    bc_after_partner: bool = False
    bc_negative_left_s: float = 1.0
    bc_negative_right_s: float = 2.0
    long_onset_s: float = 0.2
    long_turn_s: float = 1.0

    def whole(self) -> "VapConfig":
        """The same for a recording of any length."""
        return replace(self, max_s=None)


VAP_CONFIGS: dict[str, VapConfig] = {
    "event_config": VapConfig(),
    "yaml": VapConfig(metric_s=0.1, bc_post_s=2.0),
    "paper": VapConfig(metric_pad_s=0.0, bc_post_s=2.0, bc_after_partner=True),
}
"""By name: the defaults of the published code, of the configuration file beside it, and of the paper."""


def vap_config(name: str) -> VapConfig:
    """A configuration of ``VAP_CONFIGS``; raises InputError for another name."""
    if name not in VAP_CONFIGS:
        raise InputError("VAP configuration", expected="a known name", got=repr(name), cure=f"Choose one of: {', '.join(VAP_CONFIGS)}.")
    return VAP_CONFIGS[name]
