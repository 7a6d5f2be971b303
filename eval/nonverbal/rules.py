"""Thresholds of the non-verbal measures."""

from dataclasses import asdict, dataclass, field

from dyad.errors import InputError
from dyad.eval.events import EventRules
from dyad.eval.seat_view import LEAST_RATE_TIME_S, LEAST_TIME_S
from dyad.eval.synchrony.surrogates import ShiftRule
from dyad.eval.turn_taking.analysis import IPU_GAP_S
from dyad.eval.turn_taking.turn_measure import Parameter


@dataclass(frozen=True, kw_only=True)
class NonverbalRules:
    """Thresholds, all of which are stored with the numbers they make.

    Args:
        events: of the detectors.
        join_s: silence that ends a phrase (IPU).
        feedback_before_s: a nod so long before a phrase's end answers it (proposal: listeners look 0.5 s ahead).
        feedback_after_s: the same after it (proposal: within the second that a nod takes, and the 0.2 to 0.4 s to its onset).
        long_blink_s: boundary of long blinks (Hömke 2018).
        mutual_least_s: shortest stretch of mutual gaze.
        smile_within_s: a smile so long after the partner's returns it.
        least_s: shares and medians over less time are not given.
        least_rate_s: rates over less time are not given.
        shifts: circular shifts behind the figures of chance.

    Raises:
        InputError: a negative or infinite time.
    """

    events: EventRules = field(default_factory=EventRules)
    join_s: float = IPU_GAP_S
    feedback_before_s: float = 1.0
    feedback_after_s: float = 1.5
    long_blink_s: float = 0.41
    mutual_least_s: float = 0.3
    smile_within_s: float = 2.0
    least_s: float = LEAST_TIME_S
    least_rate_s: float = LEAST_RATE_TIME_S
    shifts: ShiftRule = field(default_factory=ShiftRule)

    def __post_init__(self) -> None:
        """Check the times."""
        for name, value in vars(self).items():
            if name.endswith("_s") and not 0 <= value < float("inf"):
                raise InputError(name, expected="0 seconds or more", got=repr(value), cure=f"{getattr(NonverbalRules, name)} is usual.")

    def named(self, *names: str) -> dict[str, Parameter]:
        """Thresholds of that name, as parameters."""
        return {name: float(getattr(self, name)) for name in names}

    def detector(self, kind: str) -> dict[str, Parameter]:
        """Thresholds of the detector of one kind of event."""
        name = {"eyes_closed": "blink", "gaze_away": "gaze"}.get(kind, kind)
        return {f"{name}_{key}": float(value) for key, value in asdict(getattr(self.events, name)).items()}
