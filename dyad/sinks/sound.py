"""Sound as the viewer takes it: a WAV file in memory for each seat."""

import io

import numpy as np
import soundfile
import soxr

from dyad.arrays import FloatArray

LONG_S = 15 * 60.0
"""Conversations longer than this are stored at ``LONG_RATE_HZ``: an hour at 16 kHz would be 115 MB a seat."""
LONG_RATE_HZ = 8_000
BLOCK = 2**20
"""Samples converted at a time, so that an hour of sound is never held a second time as floats."""


def wav_bytes(samples: FloatArray, sample_rate_hz: int, *, gain: float = 1.0) -> bytes:
    """A 16-bit mono WAV file.

    Args:
        samples: float32 (N,) in [-1, 1].
        sample_rate_hz: of the samples; longer ones than ``LONG_S`` are resampled to at most ``LONG_RATE_HZ``.
        gain: factor on the samples; what passes full scale is clipped.
    """
    long = len(samples) > LONG_S * sample_rate_hz and sample_rate_hz > LONG_RATE_HZ
    rate = LONG_RATE_HZ if long else sample_rate_hz
    resampler = soxr.ResampleStream(sample_rate_hz, rate, 1) if long else None
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, 1, format="WAV", subtype="PCM_16") as sound:
        for start in range(0, len(samples), BLOCK):
            block = samples[start : start + BLOCK] * np.float32(gain)
            if resampler is not None:
                block = resampler.resample_chunk(block, last=start + BLOCK >= len(samples))
            sound.write(block.clip(-1.0, 1.0))
    return file.getvalue()
