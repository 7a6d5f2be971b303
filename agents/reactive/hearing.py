"""What a voice tells, frame by frame: loudness, pitch, and a rough shape of the vocal tract.

Every frame is analysed on its own, from a window that ends with the frame, so the result cannot depend on how sound was cut into chunks.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dyad.arrays import FloatArray
from dyad.clock import FrameClock

WINDOW = 1024  # samples: 64 ms at 16 kHz, four periods of a 63 Hz voice
SAMPLE_RATE_HZ = 16_000
SILENCE_DB = -80.0
PITCH_RANGE_HZ = (70.0, 400.0)
VOICED_FROM = 0.45  # normalised autocorrelation; the usual threshold of autocorrelation pitch trackers (Boersma 1993)
LEVEL_MEMORY_S = 6.0  # a speaker's own loudness range is followed this slowly
# Band edges in Hz: nasal murmur and first harmonics | low F1 | high F1 | low F2 | high F2 | F3 | sibilance (Peterson & Barney 1952)
BAND_EDGES_HZ = (80, 300, 480, 950, 1500, 2600, 3800, 7800)


class Heard(NamedTuple):
    """One frame of one voice.

    Attributes:
        active: in a turn, by the diarization.
        level: loudness within the speaker's own range, 0 to 1; 0 when not active.
        pitch_hz: fundamental frequency, 0 when unvoiced.
        openness: 0 (close vowel) to 1 (open vowel), from the balance around F1.
        rounding: 0 to 1, energy below 950 Hz outweighs F2 and F3.
        spread: 0 to 1, strong high F2 with a low F1.
        hiss: 0 to 1, sibilance.
    """

    active: bool
    level: float
    pitch_hz: float
    openness: float
    rounding: float
    spread: float
    hiss: float


QUIET = Heard(False, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass
class EarState:
    """What one ear remembers: the last window of sound, and the speaker's loudness so far."""

    tail: FloatArray = field(default_factory=lambda: np.zeros(WINDOW, np.float32))
    mean_db: float = -30.0  # before anything is heard: ordinary speech level in a normalised file
    spread_db: float = 9.0
    heard_s: float = 0.0


class Ear:
    """Analyses one voice.

    Args:
        clock: frame and sample rates of the run.
    """

    def __init__(self, clock: FrameClock) -> None:
        """Prepare window and bands."""
        self._clock = clock
        self._dt = clock.seconds(1)
        self._window = np.hanning(WINDOW).astype(np.float32)
        frequency = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE_HZ)
        self._band_starts = np.searchsorted(frequency, BAND_EDGES_HZ)
        self._band_starts.flags.writeable = False
        self._lags = (int(SAMPLE_RATE_HZ / PITCH_RANGE_HZ[1]), int(SAMPLE_RATE_HZ / PITCH_RANGE_HZ[0]))
        overlap = np.fft.irfft(np.abs(np.fft.rfft(self._window, 2 * WINDOW)) ** 2)[: self._lags[1] + 2]
        self._taper = overlap / overlap[0]  # divides out the window's own autocorrelation (Boersma 1993)

    def hear(self, sound: FloatArray, active: bool, state: EarState) -> Heard:
        """Analyse one frame; updates ``state`` in place.

        Args:
            sound: float32, the samples of the frame.
            active: whether the speaker is in a turn.
            state: of this ear.
        """
        state.tail = np.concatenate((state.tail[len(sound) :], sound))[-WINDOW:]
        if not active:
            return QUIET
        windowed = state.tail * self._window
        power = np.abs(np.fft.rfft(windowed, 2 * WINDOW)) ** 2
        energy_db = 10 * np.log10(float(power[::2].sum()) / WINDOW**2 + 1e-8)
        level = self._level(energy_db, state)
        bands = np.add.reduceat(power[::2], self._band_starts)[:-1].tolist()
        low, f1_low, f1_high, f2_low, f2_high, f3, hiss = bands
        total = low + f1_low + f1_high + f2_low + f2_high + f3 + hiss + 1e-9
        voice = low + f1_low + f1_high + 1e-9
        front = f2_high + f3
        return Heard(
            active=True,
            level=level,
            pitch_hz=self._pitch(power, level),
            openness=_ramp(f1_high / (f1_low + f1_high + 1e-9), 0.15, 0.75),
            rounding=_ramp(voice / (voice + f2_low * 3 + front * 8), 0.72, 0.97) * _ramp(low + f1_low, 0.3 * voice, 0.8 * voice),
            spread=_ramp(front / (front + f2_low + 0.25 * f1_high + 1e-9), 0.35, 0.85) * _ramp(front / total, 0.01, 0.08),
            hiss=_ramp(hiss / total, 0.25, 0.7),
        )

    def _level(self, energy_db: float, state: EarState) -> float:
        """Loudness within the speaker's range so far; the range is learnt from the active frames alone."""
        if energy_db > SILENCE_DB + 10:
            state.heard_s += self._dt
            rate = self._dt / min(max(state.heard_s, 0.4), LEVEL_MEMORY_S)
            deviation = energy_db - state.mean_db
            state.mean_db += rate * deviation
            state.spread_db += min(1.0, rate * 0.5) * (abs(deviation) - state.spread_db)
        # ±2 mean absolute deviations hold some nine tenths of a speaker's frames
        return _ramp(energy_db - state.mean_db, -1.9 * max(state.spread_db, 3.0), 1.7 * max(state.spread_db, 3.0))

    def _pitch(self, power: npt.NDArray[np.float64], level: float) -> float:
        """Autocorrelation pitch (Boersma 1993, without the path search)."""
        if level < 0.15:
            return 0.0
        first, last = self._lags
        correlation = np.fft.irfft(power)[: last + 1]
        if correlation[0] <= 0:
            return 0.0
        normal = correlation[first:] / (correlation[0] * self._taper[first : last + 1])
        best = int(np.argmax(normal))
        if normal[best] < VOICED_FROM:
            return 0.0
        # An octave below is as periodic: take the shortest lag that is nearly as good.
        near = np.flatnonzero(normal[: best + 1] > 0.88 * normal[best])
        peak = best if len(near) == 0 else _climb(normal, int(near[0]))
        return SAMPLE_RATE_HZ / (first + peak)


def _climb(values: npt.NDArray[np.float64], index: int) -> int:
    """The local maximum uphill from an index."""
    while index + 1 < len(values) and values[index + 1] > values[index]:
        index += 1
    return index


def _ramp(value: float, low: float, high: float) -> float:
    """0 below ``low``, 1 above ``high``, straight between."""
    return min(1.0, max(0.0, (value - low) / (high - low + 1e-12)))
