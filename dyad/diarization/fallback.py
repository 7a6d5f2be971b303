"""Two speakers in one channel without a trained diarization model: voice activity, cepstra, and unsupervised clustering."""

import numpy as np

from dyad.arrays import FloatArray
from dyad.audio import SAMPLE_RATE_HZ
from dyad.diarization.cepstra import FRAME_RATE_HZ, cepstra
from dyad.diarization.diarized import Diarized, annotation_of
from dyad.diarization.two_speakers import part_two_speakers
from dyad.diarization.voice_activity import speech_probability, speech_stretches
from dyad.errors import InputError

COEFFICIENTS = 25
SHORTEST_TOTAL_S = 2.0  # below, a covariance of 25 cepstra is not determined
METHOD = "built-in two-speaker fallback (silero-vad, cepstra, k-means, HMM)"
_LABELS = ("A", "B")


def diarize_mix(audio: FloatArray, *, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Diarized:
    """Part the speech of a mono mix between two speakers.

    It knows no voices, takes for granted that there are two, and finds no overlap: each moment of speech goes to one of them. ``dyad
    diarize`` prints its error on the built-in sample.

    Args:
        audio: float32 (1, N).
        sample_rate_hz: must be 16000.

    Returns:
        Turns labelled A and B, A first.

    Raises:
        InputError: another sample rate, or less than 2 s of speech.
    """
    probability = speech_probability(audio, sample_rate_hz=sample_rate_hz)[0]
    stretches = speech_stretches(probability, duration_s=audio.shape[1] / sample_rate_hz)
    features = cepstra(audio[0], coefficients=COEFFICIENTS)
    spans = [(round(start * FRAME_RATE_HZ), min(len(features), round(end * FRAME_RATE_HZ))) for start, end in stretches]
    frames = np.concatenate([np.arange(first, last) for first, last in spans]) if spans else np.zeros(0, np.int_)
    if len(frames) < SHORTEST_TOTAL_S * FRAME_RATE_HZ:
        raise InputError(
            "mono mix",
            expected=f"at least {SHORTEST_TOTAL_S:g} s of speech to tell two speakers apart",
            got=f"{len(frames) / FRAME_RATE_HZ:.1f} s",
            cure="Give an RTTM with the turns, or a recording with a channel for each participant.",
        )
    stretch = np.repeat(np.arange(len(spans)), [last - first for first, last in spans])
    first_speaker = part_two_speakers(features[frames], stretch=stretch)
    if not first_speaker[0]:
        first_speaker = ~first_speaker
    turns: dict[str, list[tuple[float, float]]] = {label: [] for label in _LABELS}
    for number, (start, end) in enumerate(stretches):
        own = first_speaker[stretch == number]
        cuts = np.flatnonzero(np.diff(own)) + 1
        edges = [start, *((spans[number][0] + cuts) / FRAME_RATE_HZ).tolist(), end]
        for begin, stop, is_first in zip(edges, edges[1:], own[[0, *cuts]], strict=False):
            turns[_LABELS[0 if is_first else 1]].append((begin, stop))
    note = (
        "Warning: the turns were found in a mono mix without a trained model, which confuses voices and misses overlap; a channel for each "
        "participant, an RTTM or a pyannote.audio pipeline gives better ones."
    )
    return Diarized(turns=annotation_of(turns), method=METHOD, notes=(note,))
