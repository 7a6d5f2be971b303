"""Wavelet coherence: whether two signals oscillate together, in which band, whatever their phase (Torrence & Webster 1999)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import pi

import numpy as np
import numpy.typing as npt
from scipy.fft import fft, fftfreq, ifft
from scipy.ndimage import uniform_filter1d

from dyad.errors import InputError
from dyad.eval.synchrony.signals import PairSignal
from dyad.eval.synchrony.strength import Strength
from dyad.eval.synchrony.surrogates import OBSERVED, Shifts

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

OMEGA = 6.0
MORLET = f"cmor2.0-{OMEGA / (2 * pi):.6f}"  # bandwidth 2 is a Gaussian of one scale: the Morlet wavelet with ω₀ = 6
SCALE_WIDTH = 0.6  # octaves over which coherence is averaged: the Morlet wavelet's decorrelation length (Torrence & Compo 1998)
EDGE = 2**0.5  # scales from either end in which the wavelet reaches beyond the recording (Torrence & Compo 1998)
RUN_SCALES = (2 * pi) ** 0.5  # width of a Gaussian of one scale, which is how R² under one shift and the next are alike


@dataclass(frozen=True, kw_only=True)
class CoherenceRule:
    """Settings of the method.

    Args:
        rate_hz: the signals are brought to this rate first.
        voices: scales in an octave.
        bands: by name, lowest and highest frequency. Below 0.5 Hz real pairs exceed strangers (Fujiwara & Daibo); 0.2 to 1.1 Hz is where
            heads follow each other, 0.6 s late (Hale 2020). Fast listener nods (2.6 to 6.5 Hz) need a rate of 20 Hz or more.

    Raises:
        InputError: no band, a band that is empty or above 0.4 of the rate, or less than one voice.
    """

    rate_hz: float = 10.0
    voices: int = 6
    bands: Mapping[str, tuple[float, float]] = field(default_factory=lambda: {"slow": (0.1, 0.5), "following": (0.2, 1.1)})

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name, (low, high) in self.bands.items():
            if not 0 < low < high <= 0.4 * self.rate_hz:
                expected = f"0 < lowest < highest ≤ {0.4 * self.rate_hz:g} Hz, 0.4 of the rate"
                raise InputError(f"band {name}", expected=expected, got=f"{low!r} to {high!r}", cure="Raise rate_hz or lower the band.")
        if not self.bands or self.voices < 1:
            raise InputError("coherence", expected="a band and a voice", got=f"{len(self.bands)}, {self.voices}", cure="Use the defaults.")

    @property
    def frequencies_hz(self) -> Array:
        """Of the scales, falling by ``voices`` an octave from the top of the highest band."""
        low, high = min(band[0] for band in self.bands.values()), max(band[1] for band in self.bands.values())
        return high * 2.0 ** (-np.arange(int(np.log2(high / low) * self.voices + 1e-9) + 1) / self.voices)


def wavelet_coherence(pair: PairSignal, *, rule: CoherenceRule | None = None, shifts: Shifts = OBSERVED) -> Strength:
    """Mean squared coherence in each band, for every shift of B (circular, in samples **of the pair given**).

    ``R² = |S(Wab / s)|² / (S(|Wa|² / s) · S(|Wb|² / s))`` with S a Gaussian of one scale in time and 0.6 octaves across scales; averaged
    over the band's scales and the times at which A's wavelet lies within the recording. Even strangers' is far above 0, since S averages
    over few independent values. ``phase_<band>``: of the summed cross spectrum, degrees; > 0 = B follows A.

    The shifts turn B's coefficients; A's times outside the edges are used throughout, so every figure rests on as many values.

    Args:
        pair: the signals.
        rule: settings.
        shifts: int64 (S,).

    Raises:
        InputError: signals at a lower rate, too short for a band, or one that does not move at all.
    """
    import pywt

    rule = rule or CoherenceRule()
    if pair.still:
        raise InputError(pair.name, expected="motion of both", got=f"{pair.still} still throughout", cure="Nothing can be synchronous.")
    slow = pair.at_rate(rule.rate_hz)
    frequencies = rule.frequencies_hz
    scales = pywt.frequency2scale(MORLET, frequencies / rule.rate_hz)
    inside = _inside(len(slow), scales)
    for name, band in rule.bands.items():
        if not inside[_in_band(frequencies, band)].any(axis=1).all():
            least = 2 * EDGE * OMEGA / (2 * pi * band[0])
            cure = "Use a longer recording or a higher band."
            raise InputError(f"band {name}", expected=f"more than {least:.0f} s", got=f"{slow.duration_s:.1f} s", cure=cure)
    a, b = (pywt.cwt(side - side.mean(), scales, MORLET, method="fft")[0] / np.sqrt(scales)[:, None] for side in (slow.a, slow.b))
    smoother = _Smoother(scales, samples=len(slow), voices=rule.voices)
    power_a, power_b = (smoother(np.abs(side) ** 2).real for side in (a, b))
    tested: dict[str, list[float]] = {f"coherence_{name}": [] for name in rule.bands}
    aside: dict[str, list[float]] = {f"phase_{name}": [] for name in rule.bands}
    for shift in np.rint(shifts * rule.rate_hz / pair.rate_hz).astype(np.int64):
        cross = smoother(a * np.conj(np.roll(b, shift, axis=1)))
        power = power_a * np.roll(power_b, shift, axis=1)
        coherence = np.abs(cross) ** 2 / np.where(power > 0, power, np.inf)
        for name, band in rule.bands.items():
            here = inside & _in_band(frequencies, band)[:, None]
            tested[f"coherence_{name}"].append(float(coherence[here].mean()))
            aside[f"phase_{name}"].append(float(np.degrees(np.angle(cross[here].sum()))))
    return Strength(
        n=int(inside.any(axis=0).sum()),
        tested={name: np.array(values) for name, values in tested.items()},
        run_s={f"coherence_{name}": RUN_SCALES * OMEGA / (2 * pi * (low * high) ** 0.5) for name, (low, high) in rule.bands.items()},
        aside={name: np.array(values) for name, values in aside.items()},
    )


def _in_band(frequencies: Array, band: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return (frequencies >= band[0] - 1e-9) & (frequencies <= band[1] + 1e-9)


def _inside(samples: int, scales: Array) -> npt.NDArray[np.bool_]:
    """Where the wavelet lies within the recording, (scales, T)."""
    from_edge = np.minimum(np.arange(samples), np.arange(samples)[::-1])
    return from_edge[None] >= EDGE * scales[:, None]


class _Smoother:
    """A Gaussian of one scale in time (round the circle), then an average over neighbouring scales."""

    def __init__(self, scales: Array, *, samples: int, voices: int) -> None:
        self._passes = np.exp(-2 * (pi * fftfreq(samples)[None] * scales[:, None]) ** 2)
        self._width = max(1, round(SCALE_WIDTH * voices))

    def __call__(self, values: npt.NDArray[np.inexact]) -> Complex:
        in_time = ifft(fft(values, axis=1) * self._passes, axis=1)
        smooth: Complex = uniform_filter1d(in_time, self._width, axis=0, mode="nearest")
        return smooth
