"""How loud a voice is in each motion frame, and how well a curve follows it."""

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray, FloatArray
from dyad.clock import FrameClock, round_half_up

Array = npt.NDArray[np.float64]

WINDOW_S = 0.04
"""Length of the energy window. One length for all frame rates, so figures at 25 and 60 fps compare; 40 ms is a frame at 25 fps."""
RANGE_DB = 40.0
"""Energies further below the voice's own loud level (95th percentile) are room noise and are raised to there."""
QUIETEST_DB = -80.0
"""Lowest energy told apart, dB full scale: digital silence has no logarithm."""
_BLOCK_FRAMES = 3000  # bounds the memory of an hour's squares and their running sum


def frame_energy_db(samples: FloatArray, clock: FrameClock, *, start_frame: int, frames: int) -> Array:
    """Log energy of one voice in each frame, dB full scale, (frames,).

    ``10 · log10`` of the mean square over 40 ms, centred on the middle of the samples that the frame owns; no other smoothing. Past the
    recording's ends there is nothing: frames without samples are at ``QUIETEST_DB``.

    Args:
        samples: one channel, float32 (N,).
        clock: rates of motion and audio.
        start_frame: first frame.
        frames: how many.
    """
    half = round_half_up(WINDOW_S * clock.sample_rate_hz / 2)
    # clock.sample for all frames at once: the same exact fraction, rounded half up, in whole numbers.
    ticks, unit = 2 * clock.sample_rate_hz * clock.rate.denominator, 2 * clock.rate.numerator
    edges = (np.arange(start_frame, start_frame + frames + 1, dtype=np.int64) * ticks + clock.rate.numerator) // unit
    middle = (edges[:-1] + edges[1:]) // 2
    first, last = np.clip(middle - half, 0, len(samples)), np.clip(middle + half, 0, len(samples))
    power = np.zeros(frames)
    for block in range(0, frames, _BLOCK_FRAMES):
        part = np.s_[block : block + _BLOCK_FRAMES]
        a, b = int(first[part][0]), int(last[part][-1])
        total = np.concatenate([[0.0], np.cumsum(np.square(samples[a:b], dtype=np.float64))])
        power[part] = (total[last[part] - a] - total[first[part] - a]) / np.maximum(last[part] - first[part], 1)
    return 10 * np.log10(np.maximum(power, 10 ** (QUIETEST_DB / 10)))


def clip_noise(energy_db: Array, voiced: BoolArray) -> Array:
    """Energy with all that is more than ``RANGE_DB`` below the loud parts of the voice (95th percentile while voiced) raised to there."""
    if not voiced.any():
        return energy_db
    return np.maximum(energy_db, np.percentile(energy_db[voiced], 95) - RANGE_DB)


def lagged_correlation(curve: Array, energy_db: Array, *, where: BoolArray, lag_frames: int = 0) -> float | None:
    """Pearson's r of ``energy_db[t]`` and ``curve[t + lag_frames]`` over the frames *t* picked by ``where``; None where either is constant.

    A positive lag means that the curve follows the sound. Frames whose partner falls outside the recording are left out.
    """
    frames = np.flatnonzero(where)
    frames = frames[(frames + lag_frames >= 0) & (frames + lag_frames < len(curve))]
    if len(frames) < 2:
        return None
    moved, loud = curve[frames + lag_frames], energy_db[frames]
    moved, loud = moved - moved.mean(), loud - loud.mean()
    size = float(np.sqrt((moved @ moved) * (loud @ loud)))
    # Rounding leaves a constant float32 curve a spread of about 1e-8; a jaw that moves by a millionth of its range does not move.
    if np.abs(moved).max() < 1e-6 or np.abs(loud).max() < 1e-6 or size == 0:
        return None
    return float(np.clip((moved @ loud) / size, -1, 1))
