"""The sound of a film: both voices in stereo."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from dyad.clock import FrameClock
from dyad.recording import Recording

SOUND_RATE_HZ: Final = 48_000
"""What every player takes."""
OWN_SIDE, OTHER_SIDE = 0.9, 0.45
"""Gains of a voice on its own side and on the other: heard from where the head is, still comfortable on headphones (our choice)."""
LOUDEST_PEAK, HIGHEST_GAIN = 0.9, 8.0


def mix_voices(recording: Recording, *, start: int, stop: int) -> npt.NDArray[np.float32]:
    """Both voices, A more on the left and B more on the right, at one gain for the whole recording that brings its peak to 0.9.

    Args:
        recording: whose sound.
        start: first frame of the film, counted from the recording's first.
        stop: first frame after its end.

    Returns:
        float32 (2, N) at `SOUND_RATE_HZ`, exactly as long as the frames.
    """
    clock = FrameClock(frame_rate_hz=recording.frame_rate_hz, sample_rate_hz=SOUND_RATE_HZ)
    own = np.array([[OWN_SIDE, OTHER_SIDE], [OTHER_SIDE, OWN_SIDE]], dtype=np.float32)
    stereo = own @ recording.audio
    peak = float(np.abs(stereo).max(initial=0.0))
    gain = min(LOUDEST_PEAK / peak, HIGHEST_GAIN) if peak > 0.0 else 1.0
    first, last = clock.sample(start), clock.sample(stop)
    sound = np.zeros((2, last - first), dtype=np.float32)
    resampled = soxr.resample(stereo.T * np.float32(gain), recording.sample_rate_hz, SOUND_RATE_HZ).T[:, first:last]
    # Resampling overshoots a little where the sound was cut off at full scale.
    sound[:, : resampled.shape[1]] = np.clip(resampled, -1.0, 1.0)
    return sound
