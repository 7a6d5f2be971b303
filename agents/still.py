"""An agent that never moves: the floor that every other agent has to beat."""

import numpy as np

from dyad.bases import channel_names
from dyad.contracts import AgentSpec, Place
from dyad.motion import Motion
from dyad.percept import Percept


class Still:
    """Keeps the neutral face, looking straight ahead.

    Args:
        place: seat and frame rate.
        basis: expression basis of the zeros it returns.
    """

    def __init__(self, place: Place, *, basis: str = "arkit52") -> None:
        """Remember the channel count."""
        self._channels = len(channel_names(basis))
        self.spec = AgentSpec(basis=basis, frame_rate_hz=place.frame_rate_hz)

    def initial_state(self, *, seed: int) -> None:
        """Nothing to remember, nothing random."""

    def step(self, percept: Percept, state: None) -> tuple[Motion, None]:
        """Zeros for every frame."""
        motion = Motion(
            seat=percept.seat,
            start_frame=percept.start_frame,
            frame_rate_hz=self.spec.frame_rate_hz,
            basis=self.spec.basis,
            expression=np.zeros((percept.frames, self._channels), np.float32),
            head_rotation=np.zeros((percept.frames, 3), np.float32),
        )
        return motion, None
