"""Sound as the viewer takes it: a WAV file in memory for each seat."""

import io

import numpy as np
import soundfile
import soxr

from dyad.arrays import FloatArray

LONG_S = 15 * 60.0
"""Conversations longer than this are stored at ``LONG_RATE_HZ``: an hour at 16 kHz would be 115 MB a seat."""
LONG_RATE_HZ = 8_000


def wav_bytes(samples: FloatArray, sample_rate_hz: int) -> bytes:
    """A 16-bit mono WAV file.

    Args:
        samples: float32 (N,) in [-1, 1].
        sample_rate_hz: of the samples; longer ones than ``LONG_S`` are resampled to at most ``LONG_RATE_HZ``.
    """
    rate = sample_rate_hz
    if len(samples) > LONG_S * sample_rate_hz and sample_rate_hz > LONG_RATE_HZ:
        samples, rate = soxr.resample(samples, sample_rate_hz, LONG_RATE_HZ), LONG_RATE_HZ
    file = io.BytesIO()
    soundfile.write(file, np.clip(samples, -1.0, 1.0), rate, format="WAV", subtype="PCM_16")
    return file.getvalue()
