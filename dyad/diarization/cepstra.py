"""Mel-frequency cepstra (Davis & Mermelstein, 1980), with the usual front end: 25 ms Hamming windows each 10 ms, pre-emphasis 0.97."""

import numpy as np
import numpy.typing as npt
from scipy.fft import dct, rfft

from dyad.arrays import FloatArray
from dyad.audio import SAMPLE_RATE_HZ

FRAME_RATE_HZ = 100
_HOP = SAMPLE_RATE_HZ // FRAME_RATE_HZ
_WINDOW = 400
_FFT = 512
_MEL_BANDS = 40
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7_600.0
_BLOCK_FRAMES = 4_096  # spectra of 41 s at a time, so that an hour takes the cepstra's own memory


def cepstra(audio: FloatArray, *, coefficients: int) -> FloatArray:
    """Cepstra 1 to ``coefficients`` (the zeroth, loudness, is left out).

    Args:
        audio: float32 (N,) at 16 kHz.
        coefficients: how many, below 40.

    Returns:
        float32 (N // 160, coefficients); row *k* is centred on sample 160 *k*.
    """
    frames = len(audio) // _HOP
    out = np.empty((frames, coefficients), np.float32)
    bank, window = _mel_bank(), np.hamming(_WINDOW)
    half = _WINDOW // 2
    for first in range(0, frames, _BLOCK_FRAMES):
        count = min(_BLOCK_FRAMES, frames - first)
        start, stop = first * _HOP - half - 1, (first + count) * _HOP + half
        piece = np.pad(audio[max(0, start) : stop], (max(0, -start), max(0, stop - len(audio)))).astype(np.float64)
        emphasised = piece[1:] - 0.97 * piece[:-1]
        framed = np.lib.stride_tricks.sliding_window_view(emphasised, _WINDOW)[::_HOP][:count]
        power = np.abs(rfft(framed * window, _FFT, axis=1)) ** 2
        out[first : first + count] = dct(np.log(power @ bank + 1e-8), type=2, norm="ortho", axis=1)[:, 1 : coefficients + 1]
    return out


def _mel_bank() -> npt.NDArray[np.float64]:
    """Triangles of equal width in mel: (257, bands)."""
    lowest, highest = (2595 * np.log10(1 + hertz / 700) for hertz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges = 700 * (10 ** (np.linspace(lowest, highest, _MEL_BANDS + 2) / 2595) - 1)
    bins = np.arange(_FFT // 2 + 1)[:, None] * SAMPLE_RATE_HZ / _FFT
    rise, fall = (bins - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - bins) / np.diff(edges)[1:]
    return np.asarray(np.maximum(0.0, np.minimum(rise, fall)))
