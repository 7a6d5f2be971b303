"""Settings of a run: structured configs from defaults, a YAML file and ``key=value`` overrides, in that order.

Config objects stay at the edge: agents and loaders take plain keywords.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from dyad.errors import InputError
from dyad.registry import AgentRecipe, agent_options, suggestion
from dyad.seat import Seat
from dyad.settings import chosen, fit, gather
from dyad.simulation.loop import BACKENDS


@dataclass
class SeatConfig:
    """One seat: ``a`` or ``b``.

    Args:
        agent: registry name, or module:Class.
        options: options of that agent (``dyad list`` shows them).
        face: values of ``dyad.faces.Identity`` that differ from the seat's ready person; ``seed`` draws a new one.
        head: file or folder of a head of your own (FLAME, ICT-FaceKit, glTF, or a neutral mesh); None takes the built-in one.
        name: the participant's name; None takes it from the input.
        motion: file with recorded motion of this seat (dyad's motion.npz or DualTalk's .npz), for the agent ``replay``.
    """

    agent: str = "reactive"
    options: dict[str, Any] = field(default_factory=dict)
    face: dict[str, Any] = field(default_factory=dict)
    head: str | None = None
    name: str | None = None
    motion: str | None = None


@dataclass
class InputConfig:
    """How the sound is read.

    Args:
        rttm: turns of the two speakers.
        pipeline: pyannote.audio pipeline, hub id or local folder.
    """

    rttm: str | None = None
    pipeline: str | None = None


@dataclass
class ViewerConfig:
    """The recording for Rerun.

    Args:
        record: write recording.rrd.
        live: start a viewer and stream to it while simulating.
        address: stream to this running viewer instead, e.g. ``rerun+http://127.0.0.1:9876/proxy`` (as ``rerun --serve-web`` prints).
        rate_hz: frames a second in the recording; None for all. Lower it for long conversations.
        detail: ``full`` heads, or ``light`` ones of about half the vertices.
    """

    record: bool = True
    live: bool = False
    address: str | None = None
    rate_hz: float | None = None
    detail: str = "full"


@dataclass
class RunConfig:
    """All settings of a run.

    Args:
        seed: whole number; same seed, same output.
        frame_rate_hz: motion frames per second.
        tick_s: length of a tick of the loop, seconds.
        backend: ``ray`` (an actor for each agent) or ``inline`` (one process).
        address: a running Ray cluster to join; None starts a private one.
        step_timeout_s: longest an agent may take for a tick, seconds.
        a: seat A.
        b: seat B.
        input: how the sound is read.
        viewer: the recording for Rerun.
    """

    seed: int = 0
    frame_rate_hz: float = 25.0
    tick_s: float = 0.2
    backend: str = "ray"
    address: str | None = None
    step_timeout_s: float = 60.0
    a: SeatConfig = field(default_factory=SeatConfig)
    b: SeatConfig = field(default_factory=SeatConfig)
    input: InputConfig = field(default_factory=InputConfig)
    viewer: ViewerConfig = field(default_factory=ViewerConfig)

    def seat(self, seat: Seat) -> SeatConfig:
        """Settings of one seat."""
        return self.a if seat is Seat.A else self.b

    def recipes(self) -> dict[Seat, AgentRecipe]:
        """The agents to build."""
        return {seat: AgentRecipe(agent=self.seat(seat).agent, options=self.seat(seat).options) for seat in Seat}


def load_config(
    file: str | Path | None = None, *, overrides: Sequence[str] = (), values: Mapping[str, Any] | None = None, defaults: Sequence[str] = ()
) -> RunConfig:
    """Resolve the settings of a run.

    Args:
        file: YAML file.
        overrides: ``key=value``, dots for nesting, e.g. ``a.options.nods.per_minute=6``.
        values: settings from command-line options, by key; None values are left out. They win over file and overrides.
        defaults: overrides of a command's own, which the file and the user's overrides win over.

    Returns:
        Checked settings; agents' options are complete and typed.

    Raises:
        InputError: an unreadable file, an unknown key (with a suggestion), or a value of the wrong type.
    """
    wanted = gather(file, overrides=overrides, values=values, defaults=defaults)
    seats = {name: chosen(wanted, name) for name in ("a", "b")}
    agents = {name: chosen(wanted, f"{name}.agent") for name in seats}
    schema = OmegaConf.structured(RunConfig)
    for name, seat in seats.items():
        if seat is not None and not isinstance(seat, DictConfig):
            raise InputError(name, expected="settings of a seat", got=repr(seat), cure=f"Write {name}.agent=NAME.")
        schema[name].options = _options_schema(str(agents[name] or schema[name].agent))
    config = fit(schema, wanted, free=("face",))
    assert isinstance(config, RunConfig)
    for name in seats:
        _check_groups(name, getattr(config, name))
    if config.backend not in BACKENDS:
        raise InputError(
            "setting backend", expected=" or ".join(BACKENDS), got=repr(config.backend), cure=suggestion(config.backend, BACKENDS)
        )
    return config


def as_plain(config: RunConfig) -> dict[str, Any]:
    """The settings as plain values, for the manifest."""
    plain: dict[str, Any] = dataclasses.asdict(config)
    return plain


def _options_schema(agent: str) -> DictConfig:
    """An agent's options with their types: dataclass values are checked by their fields, plain ones by nothing but their name."""
    schema = OmegaConf.create(
        {
            name: OmegaConf.structured(default) if dataclasses.is_dataclass(default) else default
            for name, default in agent_options(agent).items()
        }
    )
    for name in schema:
        if isinstance(schema[name], DictConfig):
            OmegaConf.set_readonly(schema[name], False)  # frozen dataclasses come read-only
    return schema


def _check_groups(name: str, seat: SeatConfig) -> None:
    """A group of options cannot be null; OmegaConf lets that pass, as the dictionary that holds it is free."""
    for option, default in agent_options(seat.agent).items():
        if dataclasses.is_dataclass(default) and seat.options[option] is None:
            key = f"setting {name}.options.{option}"
            raise InputError(key, expected="settings of their own", got="null", cure=f"Leave it out, or set {name}.options.{option}.NAME.")
