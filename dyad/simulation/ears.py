"""What each agent hears in each tick."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray, FloatArray
from dyad.clock import FrameClock, Tick
from dyad.contracts import AgentSpec
from dyad.conversation import Conversation
from dyad.motion import Motion
from dyad.percept import Percept
from dyad.seat import Seat


class Ears:
    """Hands each agent the sound and voice activity that is new to it, up to its look-ahead.

    Args:
        conversation: what is said.
        clock: of the run.
        specs: of both agents.
        total: number of frames of the run; nobody speaks after them.
    """

    def __init__(self, conversation: Conversation, *, clock: FrameClock, specs: Mapping[Seat, AgentSpec], total: int) -> None:
        """Nobody has heard anything yet."""
        self._audio = conversation.audio
        self._clock = clock
        self._ahead = {seat: spec.look_ahead_frames for seat, spec in specs.items()}
        self._activity = conversation.activity(clock.frame_rate_hz, frames=total)
        self._heard_frames = dict.fromkeys(Seat, 0)

    def listen(self, seat: Seat, tick: Tick, *, partner_motion: Motion | None) -> Percept:
        """The percept of one seat; each sample and each frame of activity is handed out once."""
        first, last = self._heard_frames[seat], tick.stop_frame + self._ahead[seat]
        self._heard_frames[seat] = last
        samples = slice(self._clock.sample(first), self._clock.sample(last))
        heard: list[FloatArray] = [_padded(self._audio[side], samples) for side in (seat, seat.partner)]
        active: list[BoolArray] = [_padded(self._activity[side], slice(first, last)) for side in (seat, seat.partner)]
        return Percept(
            seat=seat,
            start_frame=tick.start_frame,
            frames=tick.frames,
            sample_start=samples.start,
            own_audio=heard[0],
            partner_audio=heard[1],
            activity_start=first,
            own_active=active[0],
            partner_active=active[1],
            partner_motion=partner_motion,
        )


def _padded(row: npt.NDArray[Any], part: slice) -> npt.NDArray[Any]:
    """A stretch of a row, continued with zeros (silence, nobody speaking) past its end; a copy, so that no agent holds the whole row."""
    out = np.zeros(part.stop - part.start, row.dtype)
    known = row[part]
    out[: len(known)] = known
    out.flags.writeable = False
    return out
