"""An agent that plays recorded motion: the human side of a one-sided run."""

from dataclasses import replace

import numpy as np

from dyad.contracts import AgentSpec, Place
from dyad.errors import InputError
from dyad.motion import ARRAY_FIELDS, Motion
from dyad.percept import Percept


class Replay:
    """Plays the motion recorded for its seat; after its end the last frame is held and marked not valid.

    Args:
        place: seat, frame rate and the recorded motion.

    Raises:
        InputError: no motion was recorded for the seat, it is empty, or it has another frame rate than the run.
    """

    def __init__(self, place: Place) -> None:
        """Check that there is something to play at this rate."""
        recorded = place.recorded
        who = f"agent replay on seat {place.seat.name}"
        if recorded is None or len(recorded) == 0:
            raise InputError(who, expected="recorded motion of that seat", got="none", cure="Give a motion file, or another agent.")
        if not np.isclose(recorded.frame_rate_hz, place.frame_rate_hz):
            raise InputError(
                who,
                expected=f"motion at the run's {place.frame_rate_hz:g} fps",
                got=f"{recorded.frame_rate_hz:g} fps",
                cure=f"Set frame_rate_hz={recorded.frame_rate_hz:g}.",
            )
        self._recorded = recorded
        self.spec = AgentSpec(basis=recorded.basis, frame_rate_hz=place.frame_rate_hz)

    def initial_state(self, *, seed: int) -> None:
        """The percept's frame number is all it needs."""

    def step(self, percept: Percept, state: None) -> tuple[Motion, None]:
        """The recorded frames of the tick."""
        wanted = np.arange(percept.start_frame, percept.start_frame + percept.frames) - self._recorded.start_frame
        frames = wanted.clip(0, len(self._recorded) - 1)
        arrays = {name: getattr(self._recorded, name)[frames] for name in ARRAY_FIELDS}
        arrays["valid"] = arrays["valid"] & (wanted == frames)
        return replace(self._recorded, seat=percept.seat, start_frame=percept.start_frame, **arrays), None
