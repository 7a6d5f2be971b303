"""What one agent senses in one tick."""

from dataclasses import dataclass

from dyad.arrays import BoolArray, FloatArray
from dyad.motion import Motion
from dyad.seat import Seat


@dataclass(frozen=True, kw_only=True, eq=False)
class Percept:
    """News since the last tick, and what to generate.

    Sound and voice activity arrive once: each percept holds what is new since the one before, up to the agent's declared look-ahead past
    the last frame it has to generate. Past the end of the conversation sound is zero and nobody speaks.

    Args:
        seat: the agent's own seat.
        start_frame: first frame to generate.
        frames: how many frames to generate.
        sample_start: index of the first sample in ``own_audio`` and ``partner_audio``.
        own_audio: float32 (n,), the agent's own voice.
        partner_audio: float32 (n,), the partner's voice.
        activity_start: frame of the first entry in ``own_active`` and ``partner_active``.
        own_active: bool (m,), one entry a frame: is the agent speaking?
        partner_active: bool (m,), is the partner speaking?
        partner_motion: the partner's motion of the tick before; None in the first tick.
    """

    seat: Seat
    start_frame: int
    frames: int
    sample_start: int
    own_audio: FloatArray
    partner_audio: FloatArray
    activity_start: int
    own_active: BoolArray
    partner_active: BoolArray
    partner_motion: Motion | None = None
