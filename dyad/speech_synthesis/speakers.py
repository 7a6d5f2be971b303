"""People to speak as: an engine's voices, each with a vocal tract, a pitch and a pace of their own."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import soxr

from dyad.arrays import FloatArray
from dyad.audio import SAMPLE_RATE_HZ, SHORTEST_S, SILENT_PEAK
from dyad.errors import InputError
from dyad.speech_synthesis.engines import Engine, EngineVoice

HIGHEST_PEAK: Final = 0.97
# Spreads are chosen: wide enough that people of one voice are told apart, narrow enough that each still sounds like a person.
SIZE_SPREAD: Final = 0.07
PITCH_SPREAD_ST: Final = 2.5
PACE_SPREAD: Final = 0.10
_WIDEST: Final = 1.8  # in spreads


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """A person made of an engine's voice.

    Args:
        name: unique in its folder.
        voice: name of the engine's voice.
        size: length of the vocal tract over that of the voice; formants go down with it, and pitch where the engine cannot bend it.
        pitch: fundamental frequency over that of the voice, as it is heard; 1 where the engine cannot bend it.
        pace: syllables a second over those of the voice, as they are heard; 1 where the engine cannot set it.
    """

    name: str
    voice: str
    size: float = 1.0
    pitch: float = 1.0
    pace: float = 1.0


def draw_speakers(count: int, *, engine: Engine, seed: int) -> tuple[Speaker, ...]:
    """People whose voices go round among the engine's, in an order that is drawn, too.

    Args:
        count: how many.
        engine: whose voices.
        seed: whole number; same seed, same people, and more of them begin with the same.

    Raises:
        InputError: fewer than one, or a seed below 0.
    """
    if count < 1:
        raise InputError("voices", expected="1 or more", got=str(count), cure="12 is usual.")
    if seed < 0:
        raise InputError("seed", expected="a whole number of 0 or more", got=str(seed), cure="Choose another seed.")
    order = np.random.default_rng(np.random.SeedSequence((seed, 0))).permutation(len(engine.voices))
    people = []
    for index in range(count):
        voice = engine.voices[int(order[index % len(order)])]
        rng = np.random.default_rng(np.random.SeedSequence((seed, 1, index)))
        # The number comes first, so that neighbours by name, who land in one split, are of different voices.
        people.append(_speaker(f"{index + 1:03d}-{voice.name}", voice, rng=rng, sets_pace=engine.sets_pace))
    return tuple(people)


def speak(text: str, speaker: Speaker, *, engine: Engine, seed: int) -> FloatArray:
    """One utterance.

    A longer vocal tract is the same sound played more slowly; what that does to pitch and pace is made up for by what the engine is asked.

    Args:
        text: one sentence.
        speaker: who says it.
        engine: whose voice it is.
        seed: of what the engine draws.

    Returns:
        float32 (N,) at 16 kHz, within ±0.97.

    Raises:
        InputError: as ``Engine.say``, or nothing is heard of the text.
    """
    voice = next(voice for voice in engine.voices if voice.name == speaker.voice)
    pitch = speaker.pitch * speaker.size if voice.bends_pitch else 1.0
    pace = speaker.pace * speaker.size if engine.sets_pace else 1.0
    samples, rate_hz = engine.say(text, voice=speaker.voice, pitch=pitch, pace=pace, seed=seed)
    sound: FloatArray = soxr.resample(samples, rate_hz / speaker.size, SAMPLE_RATE_HZ, quality="HQ")
    peak = float(np.abs(sound).max(initial=0))
    if peak < SILENT_PEAK or len(sound) < SHORTEST_S * SAMPLE_RATE_HZ:
        raise InputError(
            f"text {text!r}", expected=f"words that {engine.name} can speak", got="no sound of it", cure="Correct or remove the line."
        )
    return sound if peak <= HIGHEST_PEAK else sound * np.float32(HIGHEST_PEAK / peak)


def _speaker(name: str, voice: EngineVoice, *, rng: np.random.Generator, sets_pace: bool) -> Speaker:
    size, pitch_st, pace = (float(np.clip(value, -_WIDEST, _WIDEST)) for value in rng.standard_normal(3))
    return Speaker(
        name=name,
        voice=voice.name,
        size=round(float(np.exp(SIZE_SPREAD * size)), 3),
        pitch=round(2 ** (PITCH_SPREAD_ST * pitch_st / 12), 3) if voice.bends_pitch else 1.0,
        pace=round(float(np.exp(PACE_SPREAD * pace)), 3) if sets_pace else 1.0,
    )
