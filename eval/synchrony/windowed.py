"""Windowed lagged cross-correlation: who moves like whom, how much later, in stretches of a few seconds (Boker et al. 2002)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import maximum_filter1d

from dyad.errors import InputError
from dyad.eval.synchrony.signals import PairSignal
from dyad.eval.synchrony.strength import Strength
from dyad.eval.synchrony.surrogates import OBSERVED, Shifts

Array = npt.NDArray[np.float64]

PICKS = ("highest", "nearest")
STILL_SHARE = 1e-6  # a window that varies by less than this share of the whole signal does not move
LARGEST_R = 1 - 1e-9  # keeps Fisher's z finite
BLOCK = 48  # windows at a time: bounds the memory of an hour's recording


@dataclass(frozen=True, kw_only=True)
class WindowedRule:
    """Settings of the method.

    Args:
        window_s: length of a window (proposal: between Boker's 4 s and the 10 s of Dale; smaller ones discriminate better, Behrens).
        step_s: from one window to the next.
        max_lag_s: largest lag either way (proposal: mimicry comes 0.5 to 2.9 s later).
        pick: which lag of a window is its peak: "highest", or Boker's "nearest" local maximum to lag 0.
        peak_span_s: a local maximum is the highest within so far on either side.

    Raises:
        InputError: a time that is not positive, or another pick.
    """

    window_s: float = 6.0
    step_s: float = 1.0
    max_lag_s: float = 3.0
    pick: str = "nearest"
    peak_span_s: float = 0.2

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name in ("window_s", "step_s", "max_lag_s", "peak_span_s"):
            if not 0 < getattr(self, name) < float("inf"):
                got = repr(getattr(self, name))
                raise InputError(name, expected="more than 0 seconds", got=got, cure=f"{getattr(WindowedRule, name)} is usual.")
        if self.pick not in PICKS:
            raise InputError("pick", expected=" or ".join(PICKS), got=repr(self.pick), cure="Boker's is nearest.")


def windowed_correlation(pair: PairSignal, *, rule: WindowedRule | None = None, shifts: Shifts = OBSERVED) -> Strength:
    """Correlation of each window of A with B's signal ``lag`` later, for all lags: positive lag = B follows A.

    Figures, each for every shift of B (circular, in samples; 0 is the pair as it is):

    - ``profile_peak``: Fisher's z of all windows averaged at each lag; the highest of that profile, as a correlation. Asks for **one**
      lag throughout. ``profile_lag``: that lag.
    - ``window_peak``: the peak of each window by itself, averaged (Fisher's z), as a correlation. The lag may differ from window to
      window; it is above 0 by choice even for strangers, so only the surrogates give it a meaning. ``window_lag``: median lag of the
      peaks, ``b_follows``: share of peaks with a positive lag.

    A window in which one side does not move has correlation 0, and no lag; without any other window, ``window_lag`` and ``b_follows``
    are NaN.

    Args:
        pair: the signals.
        rule: settings.
        shifts: int64 (S,).

    Raises:
        InputError: signals too short for one window with all its lags, or one that does not move at all.
    """
    rule = rule or WindowedRule()
    rate, samples = pair.rate_hz, len(pair)
    width, step, lag = (max(1, round(seconds * rate)) for seconds in (rule.window_s, rule.step_s, rule.max_lag_s))
    starts = np.arange(lag, samples - width - lag + 1, step)
    if not len(starts) or width < 3:
        expected = f"{rule.window_s + 2 * rule.max_lag_s:g} s and windows of at least 3 samples"
        got = f"{pair.duration_s:.1f} s, {width} samples"
        raise InputError(pair.name, expected=expected, got=got, cure="Use a longer recording or smaller windows.")
    if pair.still:
        raise InputError(pair.name, expected="motion of both", got=f"{pair.still} still throughout", cure="Nothing can be synchronous.")
    lags = np.arange(-lag, lag + 1)
    total = np.zeros((len(shifts), len(lags)))
    peaks: list[Array] = []
    peak_lags: list[Array] = []
    for first in range(0, len(starts), BLOCK):
        block = starts[first : first + BLOCK]
        b, origin = _partner(pair.b, shifts, first=block[0] - lag, last=block[-1] + lag, width=width)
        z = _fisher_z(np.lib.stride_tricks.sliding_window_view(pair.a, width)[block], b, least=tuple(np.std([pair.a, pair.b], axis=1)))
        for index, shift in enumerate(shifts):
            here = np.take_along_axis(z, (block[:, None] + lags - shift) % samples - origin, axis=1)
            total[index] += here.sum(axis=0)
            chosen = _picked(here, lags, rule=rule, span=round(rule.peak_span_s * rate))
            peaks.append(np.take_along_axis(here, chosen[:, None], axis=1)[:, 0])
            peak_lags.append(lags[chosen].astype(np.float64))
    profile = total / len(starts)
    height, where = (_by_shift(parts, shifts=len(shifts)) for parts in (peaks, peak_lags))
    moving = [own[high != 0] for own, high in zip(where, height, strict=True)]
    return Strength(
        n=len(starts),
        tested={"profile_peak": np.tanh(profile.max(axis=1)), "window_peak": np.tanh(height.mean(axis=1))},
        run_s=dict.fromkeys(("profile_peak", "window_peak"), 2 * rule.max_lag_s),  # the lags of two shifts overlap up to here
        aside={
            "profile_lag": lags[profile.argmax(axis=1)] / rate,
            "window_lag": np.array([np.median(own) / rate if len(own) else np.nan for own in moving]),
            "b_follows": np.array([(own > 0).mean() if len(own) else np.nan for own in moving]),
        },
    )


def _by_shift(parts: list[Array], *, shifts: int) -> Array:
    """From one part for each block and shift to (shifts, windows)."""
    return np.stack([np.concatenate(parts[index::shifts]) for index in range(shifts)])


def _partner(b: Array, shifts: Shifts, *, first: int, last: int, width: int) -> tuple[Array, int]:
    """The part of B that windows starting from ``first`` to ``last`` see, and its first sample; under shifts, all of it as a circle."""
    if shifts.any():
        return np.concatenate([b, b[: width - 1]]), 0
    return b[first : last + width], first


def _fisher_z(a: Array, b: Array, *, least: tuple[float, float]) -> Array:
    """Fisher's z of A's windows (windows, width) with those of B that start at each of its samples: (windows, samples − width + 1).

    All shifts and lags are then mere look-ups. ``least``: the standard deviations of which a window that moves has a share.
    """
    width = a.shape[1]
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean()
    size = next_fast_len(len(b), real=True)
    products = irfft(np.conj(rfft(a, size, axis=1)) * rfft(b, size), size, axis=1)[:, : len(b) - width + 1]
    sums, squares = (np.cumsum(np.concatenate([[0.0], side])) for side in (b, b**2))
    sum_b = sums[width:] - sums[:-width]
    b_square = np.maximum(squares[width:] - squares[:-width] - sum_b**2 / width, 0.0)
    norms = []
    for square, sd in zip(((a**2).sum(axis=1), b_square), least, strict=True):
        norm = np.sqrt(square)
        norms.append(np.where(norm > STILL_SHARE * sd * np.sqrt(width), norm, np.inf))
    z: Array = np.arctanh(np.clip(products / np.outer(*norms), -LARGEST_R, LARGEST_R))
    return z


def _picked(z: Array, lags: npt.NDArray[np.int64], *, rule: WindowedRule, span: int) -> npt.NDArray[np.int64]:
    """Index of each window's peak, (windows,)."""
    highest: npt.NDArray[np.int64] = z.argmax(axis=1)
    if rule.pick == "highest":
        return highest
    top = z == maximum_filter1d(z, 2 * span + 1, axis=1, mode="constant", cval=-np.inf)
    top[:, [0, -1]] = False  # what rises beyond the largest lag is no peak
    distance = np.where(top, np.abs(lags), len(lags))
    nearest = distance.argmin(axis=1)
    return np.where(top.any(axis=1), nearest, highest)
