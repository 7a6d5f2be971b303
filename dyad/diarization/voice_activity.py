"""Voice activity by silero-vad: speech probability every 32 ms, and the turns that follow from it.

The model (MIT licence, weights in its wheel) is recurrent and takes 512 samples a call, so an hour takes 112,500 calls when run from end
to end. Here a recording is cut into strands of 31 s that start 5 s early to settle the state, and up to 64 strands go through the model
together. Recordings up to one strand are computed exactly as the model's authors do.
"""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.arrays import FloatArray
from dyad.audio import SAMPLE_RATE_HZ
from dyad.errors import InputError

WINDOW_SAMPLES = 512
WINDOW_S = WINDOW_SAMPLES / SAMPLE_RATE_HZ
STRAND_WINDOWS = 960  # 30.72 s
RUN_IN_WINDOWS = 160  # 5.12 s
STRANDS_AT_ONCE = 64

SPEECH_THRESHOLD = 0.5  # silero-vad's default
# Silero's own default of 250 ms drops short feedback ("mm", "ja": 5th percentile near 0.1-0.2 s), which is what listening is about.
SHORTEST_SPEECH_S = 0.1
SHORTEST_SILENCE_S = 0.1  # silero-vad's default; joining into inter-pausal units is left to the measures, which state their threshold
PAD_S = 0.03  # silero-vad's default, each side: the model opens late by about one window


def speech_probability(audio: FloatArray, *, sample_rate_hz: int = SAMPLE_RATE_HZ) -> FloatArray:
    """Probability that somebody speaks in each channel.

    Args:
        audio: float32 (C, N).
        sample_rate_hz: must be 16000.

    Returns:
        float32 (C, ceil(N / 512)), one value each 32 ms.

    Raises:
        InputError: another sample rate.
    """
    import torch

    if sample_rate_hz != SAMPLE_RATE_HZ:
        raise InputError("sample_rate_hz", expected=f"{SAMPLE_RATE_HZ} for voice activity", got=str(sample_rate_hz), cure="Resample first.")
    channels, samples = audio.shape
    windows = -(-samples // WINDOW_SAMPLES)
    probability = np.zeros((channels, windows), np.float32)
    strands = [(channel, first) for channel in range(channels) for first in range(0, windows, STRAND_WINDOWS)]
    model = _silero()
    with torch.inference_mode():
        for batch in (strands[i : i + STRANDS_AT_ONCE] for i in range(0, len(strands), STRANDS_AT_ONCE)):
            for (channel, first), values in zip(batch, _run(model, audio, batch), strict=True):
                stop = min(first + STRAND_WINDOWS, windows)
                probability[channel, first:stop] = values[first - max(0, first - RUN_IN_WINDOWS) :][: stop - first]
    return probability


def speech_stretches(probability: npt.NDArray[np.floating[Any]], *, duration_s: float) -> list[tuple[float, float]]:
    """Turns of one channel from its speech probability, by silero-vad's own hysteresis (in at 0.5, out below 0.35).

    Args:
        probability: (windows,), one value each 32 ms.
        duration_s: length of the recording.

    Returns:
        (start, end) in seconds, in order, not touching.
    """
    import silero_vad

    found = silero_vad.get_speech_timestamps_from_probs(
        probability.tolist(),
        sampling_rate=SAMPLE_RATE_HZ,
        threshold=SPEECH_THRESHOLD,
        min_speech_duration_ms=round(SHORTEST_SPEECH_S * 1000),
        min_silence_duration_ms=round(SHORTEST_SILENCE_S * 1000),
        speech_pad_ms=round(PAD_S * 1000),
        audio_length_samples=round(duration_s * SAMPLE_RATE_HZ),
    )
    return [(stretch["start"] / SAMPLE_RATE_HZ, stretch["end"] / SAMPLE_RATE_HZ) for stretch in found]


def window_power(audio: FloatArray) -> npt.NDArray[np.float64]:
    """Mean square of each 32 ms window: float64 (C, ceil(N / 512)); the last window is padded with zeros."""
    channels, samples = audio.shape
    whole = samples // WINDOW_SAMPLES
    framed = audio[:, : whole * WINDOW_SAMPLES].reshape(channels, whole, WINDOW_SAMPLES)
    power: npt.NDArray[np.float64] = np.einsum("cws,cws->cw", framed, framed, dtype=np.float64) / WINDOW_SAMPLES
    if whole * WINDOW_SAMPLES == samples:
        return power
    rest = audio[:, whole * WINDOW_SAMPLES :].astype(np.float64)
    return np.concatenate([power, (rest**2).sum(axis=1, keepdims=True) / WINDOW_SAMPLES], axis=1)


def _silero() -> Any:
    import silero_vad  # sets torch to one thread in this process, which is what dyad wants everywhere

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of importlib.resources and torch.jit, in silero-vad's own loader
        return silero_vad.load_silero_vad()


def _run(model: Any, audio: FloatArray, batch: list[tuple[int, int]]) -> FloatArray:
    """Speech probability of several strands (channel, first window), each from its run-in on: float32 (strands, windows)."""
    import torch

    starts = [max(0, first - RUN_IN_WINDOWS) * WINDOW_SAMPLES for _, first in batch]
    longest = max(first * WINDOW_SAMPLES - start for (_, first), start in zip(batch, starts, strict=True)) // WINDOW_SAMPLES
    steps = min(longest + STRAND_WINDOWS, -(-audio.shape[1] // WINDOW_SAMPLES))
    model.reset_states()
    values = np.empty((len(batch), steps), np.float32)
    piece = np.zeros((len(batch), WINDOW_SAMPLES), np.float32)
    for step in range(steps):
        piece[:] = 0
        for row, ((channel, _), start) in enumerate(zip(batch, starts, strict=True)):
            window = audio[channel, start + step * WINDOW_SAMPLES :][:WINDOW_SAMPLES]
            piece[row, : len(window)] = window
        values[:, step] = model(torch.from_numpy(piece), SAMPLE_RATE_HZ)[:, 0].numpy()
    return values
