"""How loud a voice is, taken out: features of a corpus and training do it alike, so that the one can stand for the other."""

from typing import Final

import numpy as np

from dyad.arrays import FloatArray
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ

SAMPLES_A_FRAME: Final = round(SAMPLE_RATE_HZ / FRAME_RATE_HZ)
LEAST_VARIANCE: Final = np.float32(1e-7)
"""Of wav2vec 2.0's feature extractor in transformers, which the published model uses: a silent voice stays at zero."""


def level_of(sound: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of each voice.

    Args:
        sound: float32 (C, N).

    Returns:
        float32 (C, 1) each.
    """
    exact = sound.astype(np.float64)
    return exact.mean(axis=1, keepdims=True).astype(np.float32), exact.std(axis=1, keepdims=True).astype(np.float32)


def levelled(sound: FloatArray, *, mean: FloatArray, spread: FloatArray) -> FloatArray:
    """Sound with a given mean and standard deviation taken out; nearly silent sound is not blown up without bound."""
    result: FloatArray = ((sound - mean) / np.sqrt(np.square(spread) + LEAST_VARIANCE)).astype(np.float32, copy=False)
    return result


def in_whole_frames(sound: FloatArray) -> FloatArray:
    """Sound, float32 (C, N), with silence after it to the end of its last frame of 40 ms."""
    return np.pad(sound, ((0, 0), (0, -sound.shape[1] % SAMPLES_A_FRAME)))
