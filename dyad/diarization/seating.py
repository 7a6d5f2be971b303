"""Which speaker of a diarization sits where, and each person's own part of a mix."""

import numpy as np
from pyannote.core import Annotation, Segment

from dyad.arrays import FloatArray
from dyad.diarization.diarized import speakers_by_first_turn
from dyad.diarization.voice_activity import WINDOW_S, window_power
from dyad.seat import Seat

FADE_S = 0.010


def seat_by_first_turn(turns: Annotation) -> dict[str, str]:
    """Seat name by speaker: A speaks first, unless the labels are A and B already."""
    speakers = speakers_by_first_turn(turns)
    if set(speakers) <= {"A", "B"}:
        return {speaker: speaker for speaker in speakers}
    return {speaker: seat.name for speaker, seat in zip(speakers, Seat, strict=False)}


def seat_by_channel(turns: Annotation, audio: FloatArray) -> tuple[dict[str, str], str]:
    """Seat name by speaker, from the channel that is louder while only that speaker talks.

    Args:
        turns: of one or two speakers.
        audio: float32 (2, N) at 16 kHz, row 0 = A.

    Returns:
        The seats, and a note saying how they were found.
    """
    power = window_power(audio)
    shares = {label: _share_of_first_channel(turns, label, power) for label in speakers_by_first_turn(turns)}
    first = max(shares, key=lambda label: shares[label])
    if len(shares) == 1:
        seats = {first: Seat.A.name if shares[first] >= 0.5 else Seat.B.name}
    else:
        seats = {label: Seat.A.name if label == first else Seat.B.name for label in shares}
    said = ", ".join(f"{label} → {seats[label]} ({share:.0%} of the energy in channel 1)" for label, share in shares.items())
    return seats, f"Speakers seated by channel energy in their own turns: {said}."


def masked_to_turns(mix: FloatArray, turns: Annotation, *, sample_rate_hz: int) -> FloatArray:
    """Each participant's part of a mono mix: the mix in their own turns, zero elsewhere, 10 ms raised-cosine edges inside the turn.

    Where both speak, both keep the mix: one channel cannot be parted without a separation model.

    Args:
        mix: float32 (N,).
        turns: labelled A and B.
        sample_rate_hz: of the mix.

    Returns:
        float32 (2, N), row 0 = A.
    """
    own = np.zeros((len(Seat), len(mix)), np.float32)
    for seat in Seat:
        for segment in turns.label_timeline(seat.name).support():
            first, last = (min(len(mix), round(edge * sample_rate_hz)) for edge in (segment.start, segment.end))
            own[seat, first:last] = faded(mix[first:last], sample_rate_hz=sample_rate_hz)
    return own


def faded(sound: FloatArray, *, sample_rate_hz: int) -> FloatArray:
    """Sound, float32 (N,), with raised-cosine edges of 10 ms (shorter where they would meet); a copy."""
    fade = min(round(FADE_S * sample_rate_hz), len(sound) // 2)
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / max(fade, 1))).astype(np.float32)
    soft = sound.copy()
    soft[:fade] *= rise
    soft[len(soft) - fade :] *= rise[::-1]
    return soft


def _share_of_first_channel(turns: Annotation, label: str, power: np.ndarray) -> float:
    """Energy of channel 0 over both, in the windows where only this speaker talks (in all their turns if there are none)."""
    own = _windows(turns, [label], power.shape[1])
    alone = own & ~_windows(turns, [other for other in turns.labels() if other != label], power.shape[1])
    first, second = power[:, alone if alone.any() else own].sum(axis=1)
    return float(first / (first + second)) if first + second > 0 else 0.5


def _windows(turns: Annotation, labels: list[str], count: int) -> np.ndarray:
    active = np.zeros(count, np.bool_)
    for label in labels:
        for segment in turns.label_timeline(label):
            active[_window(segment, count)] = True
    return active


def _window(segment: Segment, count: int) -> slice:
    return slice(min(count, round(segment.start / WINDOW_S)), min(count, round(segment.end / WINDOW_S)))
