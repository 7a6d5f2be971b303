"""What is about to happen on the floor, as the voice activity projection expects it (``dyad.agents.projection``)."""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from dyad.agents.projection import Projection, ProjectionState, Projector
from dyad.agents.projection.objective import FRAME_RATE_HZ
from dyad.agents.reactive.style import Anticipation
from dyad.clock import FrameClock

OWN, PARTNER = 0, 1
NEXT_BIN: Final = 1  # 0.2 to 0.8 s from now
SETTLED_S: Final = 0.7  # a stretch of the partner's speech shorter than this invites no feedback (Ward & Tsukahara 2000)


@dataclass
class ForesightState:
    """What has been heard, and what has been told already."""

    projection: ProjectionState = field(default_factory=ProjectionState)
    partner_s: float = 0.0  # length of the partner's stretch that is running
    stop_told: bool = False  # of this stretch
    turn_told: bool = False  # since the last own speech


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What became likely in one frame."""

    partner_stops: bool = False
    own_turn: bool = False


NOTHING: Final = Foreseen()


class Foresight:
    """Runs the projection beside the agent, at its own 50 frames per second.

    Args:
        style: thresholds, and which weights.
        clock: of the motion frames.
    """

    def __init__(self, style: Anticipation, clock: FrameClock) -> None:
        """Read the weights."""
        self._style = style
        self._projector = Projector(style.weights)
        self._ratio = Fraction(FRAME_RATE_HZ) / clock.rate
        self._dt = clock.seconds(1)

    def initial_state(self) -> ForesightState:
        """Before the first frame."""
        return ForesightState(projection=self._projector.initial_state())

    def follow(self, frame: int, *, own_active: bool, partner_active: bool, state: ForesightState) -> Foreseen:
        """Hear one motion frame; changes ``state``."""
        wanted = math.ceil((frame + 1) * self._ratio)  # frames of the projection that begin before the next motion frame does
        for _ in range(state.projection.frame, wanted):
            self._projector.hear((own_active, partner_active), state.projection)
        state.partner_s = state.partner_s + self._dt if partner_active else 0.0
        if not partner_active:
            state.stop_told = False
        if own_active:
            state.turn_told = False
        if own_active or (state.stop_told and state.turn_told):
            return NOTHING
        expected = self._projector.now(state.projection)
        return Foreseen(partner_stops=self._stop(expected, state), own_turn=self._turn(expected, state))

    def _stop(self, expected: Projection, state: ForesightState) -> bool:
        """True in the first frame of the partner's stretch in which the partner is likely to fall silent."""
        if state.stop_told or state.partner_s < SETTLED_S:
            return False
        state.stop_told = bool(1.0 - expected.active_chance[0, PARTNER, NEXT_BIN] > self._style.stop_chance)
        return state.stop_told

    def _turn(self, expected: Projection, state: ForesightState) -> bool:
        """True in the first frame since the last own speech in which the floor is likely to become one's own."""
        if state.turn_told:
            return False
        state.turn_told = bool(expected.p_future[0, OWN] > self._style.turn_chance)
        return state.turn_told
