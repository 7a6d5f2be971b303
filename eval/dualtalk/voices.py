"""The two voices of a clip in motion frames: how loud, and who speaks."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray, FloatArray
from dyad.clock import FrameClock
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ
from dyad.eval.speech_energy import QUIETEST_DB, clip_noise, frame_energy_db
from dyad.seat import Seat

Array = npt.NDArray[np.float64]

SPEAKING_RANGE_DB = 25.0
"""A voice speaks where it is at most so far below its own loud level, the 95th percentile (proposal)."""
LEAK_DB = 10.0
"""What is further below the other voice is its leakage: separated tracks of the corpus leak (proposal)."""
LEAST_LEVEL_DB = QUIETEST_DB + 20.0


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipVoices:
    """Both voices as one side hears them.

    Args:
        own_db: (T,) log energy of the own voice, noise cut off below.
        own: (T,) whether it speaks.
        partner: (T,) whether the partner speaks.
    """

    own_db: Array
    own: BoolArray
    partner: BoolArray

    @property
    def listening(self) -> BoolArray:
        """Frames in which the partner alone speaks."""
        return self.partner & ~self.own

    def cut(self, frames: int) -> "ClipVoices":
        """The first so many frames."""
        return ClipVoices(own_db=self.own_db[:frames], own=self.own[:frames], partner=self.partner[:frames])


def clip_voices(audio: FloatArray, *, seat: Seat, frames: int) -> ClipVoices:
    """Measure both voices by their energy alone: quick, and the same on every machine.

    Args:
        audio: float32 (2, N) at 16 kHz, row = ``Seat``.
        seat: whose side.
        frames: how many frames of 25 fps.
    """
    clock = FrameClock(frame_rate_hz=FRAME_RATE_HZ, sample_rate_hz=SAMPLE_RATE_HZ)
    energy = {place: frame_energy_db(audio[place], clock, start_frame=0, frames=frames) for place in Seat}
    loud = {place: max(float(np.percentile(curve, 95)) - SPEAKING_RANGE_DB, LEAST_LEVEL_DB) for place, curve in energy.items()}
    speaks = {place: (energy[place] > loud[place]) & (energy[place] > energy[place.partner] - LEAK_DB) for place in Seat}
    return ClipVoices(own_db=clip_noise(energy[seat], speaks[seat]), own=speaks[seat], partner=speaks[seat.partner])
