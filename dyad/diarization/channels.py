"""Turns where each participant has a channel: voice activity per channel, and what leaks between them."""

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray, FloatArray
from dyad.audio import SAMPLE_RATE_HZ
from dyad.diarization.diarized import Diarized, annotation_of
from dyad.diarization.voice_activity import SPEECH_THRESHOLD, WINDOW_S, speech_probability, speech_stretches, window_power
from dyad.seat import Seat

# A voice that leaks into the partner's channel is this far below itself there. In mixes of clean channels with leaks of known size, 10 dB
# keeps the error flat up to leaks of -14 dB (15 dB: -20 dB), and leaves a partner who speaks up to 10 dB more softly their overlaps.
BLEED_DB = 10.0
LEAK_CORRELATION = 0.3  # clean pairs give -0.3 to 0.1, a leak of -30 dB about 0.3, of -20 dB 0.6
_SMOOTHING_WINDOWS = 5  # 160 ms, about a syllable: single windows fall between one voice's pitch pulses and the other's closures
_FLOOR_DB = 60.0  # below a channel's peak; keeps digital silence from dominating the correlation
_ENOUGH_WINDOWS = 31  # 1 s of speech, to know a channel's level


def diarize_channels(audio: FloatArray, *, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Diarized:
    """Find each participant's turns in their own channel.

    Speech found in a channel while that channel is more than ``BLEED_DB`` below the other (each against its own speech level, since gains
    differ) is the other's voice leaking in, and is left out.

    Args:
        audio: float32 (2, N), row 0 = A.
        sample_rate_hz: must be 16000.

    Returns:
        Turns labelled A and B, with a note on the energy correlation between the channels (a warning where speech leaks).

    Raises:
        InputError: another sample rate.
    """
    probability = speech_probability(audio, sample_rate_hz=sample_rate_hz)
    power = window_power(audio)
    speech = probability >= SPEECH_THRESHOLD
    bleed = bleeding(power, speech=speech)
    duration_s = audio.shape[1] / sample_rate_hz
    turns = {seat.name: speech_stretches(np.where(bleed[seat], 0.0, probability[seat]), duration_s=duration_s) for seat in Seat}
    notes = [_leak_note(energy_correlation(power), float(np.count_nonzero(bleed & speech)) * WINDOW_S)]
    notes += [f"No speech found in the channel of {name}." for name, found in turns.items() if not found]
    return Diarized(turns=annotation_of(turns), method="silero-vad per channel", notes=tuple(notes))


def bleeding(power: npt.NDArray[np.float64], *, speech: BoolArray) -> BoolArray:
    """Where a channel holds no more than what leaks in from the other: bool (2, windows).

    Args:
        power: mean square of each window, (2, windows).
        speech: where speech is heard in each channel, its own or leaked, (2, windows).
    """
    if power.shape[1] >= _SMOOTHING_WINDOWS:
        power = np.stack([np.convolve(row, np.ones(_SMOOTHING_WINDOWS) / _SMOOTHING_WINDOWS, mode="same") for row in power])
    own = [power[seat, speech[seat] & (power[seat] > power[seat.partner])] for seat in Seat]
    if all(len(levels) >= _ENOUGH_WINDOWS for levels in own):
        power = power / np.array([[np.median(levels)] for levels in own])
    return np.asarray(power * 10 ** (BLEED_DB / 10) < power[::-1])


def energy_correlation(power: npt.NDArray[np.float64]) -> float:
    """Pearson correlation of the two channels' levels in dB, window by window.

    People who take turns give values below 0; speech that leaks moves both channels together, towards 1.

    Args:
        power: mean square of each window, (2, windows).

    Returns:
        -1 to 1; 0 where a channel does not change at all.
    """
    level = 10 * np.log10(power + 1e-12)
    level = np.maximum(level, level.max(axis=1, keepdims=True) - _FLOOR_DB)
    centred = level - level.mean(axis=1, keepdims=True)
    norm = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum()) / norm if norm > 0 else 0.0


def _leak_note(correlation: float, bled_s: float) -> str:
    said = f"Energy correlation between the channels: {correlation:.2f}"
    taken = f"{bled_s:.1f} s heard in one channel more than {BLEED_DB:g} dB below the other were taken as its leak"
    if correlation >= LEAK_CORRELATION:
        return f"Warning: speech leaks between the channels. {said}; {taken}."
    return f"{said}; {taken}." if bled_s >= 0.05 else f"{said}."
