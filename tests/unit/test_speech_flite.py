"""CMU Flite as a program: what it is asked, and that the answer is as asked."""

import os
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from dyad.arrays import FloatArray
from dyad.audio import SAMPLE_RATE_HZ
from dyad.errors import InputError
from dyad.speech_synthesis.engines import EngineVoice
from dyad.speech_synthesis.flite import VOICES, Flite
from dyad.speech_synthesis.speakers import Speaker, speak

installed = pytest.mark.skipif(shutil.which("flite") is None, reason="needs CMU Flite (Debian: flite)")
SENTENCE = "My neighbour plays the trumpet, badly, every single evening."


@cache
def flite() -> Flite:
    return Flite.installed()


@cache
def said(text: str = SENTENCE, voice: str = "slt", size: float = 1.0, pitch: float = 1.0, pace: float = 1.0) -> FloatArray:
    return speak(text, Speaker(name="x", voice=voice, size=size, pitch=pitch, pace=pace), engine=flite(), seed=0)


def median_f0_hz(sound: FloatArray) -> float:
    """Of voiced stretches, by autocorrelation in windows of 40 ms."""
    window = np.hanning(640)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2048)) ** 2)[:320]
    loud = 0.5 * np.sqrt((sound**2).mean())
    found = []
    for start in range(0, len(sound) - 640, 160):
        part = sound[start : start + 640] - sound[start : start + 640].mean()
        if np.sqrt((part**2).mean()) > loud:
            correlation = np.fft.irfft(np.abs(np.fft.rfft(part * window, 2048)) ** 2)[:320]
            correlation = correlation / correlation[0] / (own / own[0])
            lag = 40 + int(np.argmax(correlation[40:267]))
            if correlation[lag] > 0.6:
                found.append(SAMPLE_RATE_HZ / lag)
    return float(np.median(found))


@installed
def test_it_has_its_four_voices_and_draws_nothing() -> None:
    assert [voice.name for voice in flite().voices] == [voice.name for voice in VOICES] == ["kal16", "awb", "rms", "slt"]
    assert flite().name.startswith("CMU Flite 2")
    assert "BSD" in flite().licence
    sounds = [flite().say("Yes.", voice=voice.name, pitch=1.0, pace=1.0, seed=0) for voice in VOICES]
    assert {rate_hz for _, rate_hz in sounds} == {SAMPLE_RATE_HZ}
    assert len({sound.tobytes() for sound, _ in sounds}) == 4
    again, _ = flite().say("Yes.", voice="slt", pitch=1.0, pace=1.0, seed=1)
    assert again.tobytes() == sounds[3][0].tobytes()


@pytest.mark.integration
@installed
def test_pitch_pace_and_vocal_tract_are_as_asked() -> None:
    f0_hz = median_f0_hz(said())
    assert 140 < f0_hz < 200  # a woman
    assert median_f0_hz(said(pitch=1.25)) / f0_hz == pytest.approx(1.25, abs=0.05)
    assert median_f0_hz(said(pitch=0.8)) / f0_hz == pytest.approx(0.8, abs=0.05)
    assert median_f0_hz(said(size=1.1)) / f0_hz == pytest.approx(1.0, abs=0.05)
    assert median_f0_hz(said(voice="rms", size=1.1)) / median_f0_hz(said(voice="rms")) == pytest.approx(1 / 1.1, abs=0.05)
    assert len(said(pace=0.8)) / len(said()) == pytest.approx(1.25, abs=0.02)
    assert len(said(size=1.1)) / len(said()) == pytest.approx(1.0, abs=0.02)


@installed
@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.name)
def test_it_is_known_whose_pitch_bends(voice: EngineVoice) -> None:
    usual, higher = (flite().say("It snowed in May.", voice=voice.name, pitch=pitch, pace=1.0, seed=0)[0] for pitch in (1.0, 1.3))
    assert median_f0_hz(higher) / median_f0_hz(usual) == pytest.approx(1.3 if voice.bends_pitch else 1.0, abs=0.08)


@installed
def test_small_words_are_not_spelt_out() -> None:
    """Flite reads a word without vowels letter by letter: em aitch em."""
    assert said("Mhm.").tobytes() == said("um hum.").tobytes()
    assert said("It’s a café.").tobytes() == said("It's a cafe.").tobytes()
    with pytest.raises(InputError, match="letters that CMU Flite knows; got 日"):
        said("日")


@installed
def test_a_line_that_looks_like_an_option_is_spoken() -> None:
    assert len(said("-o")) > 0.3 * SAMPLE_RATE_HZ


def test_without_it_the_cure_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"the program flite on PATH; got none\. Install it .*apt install flite.*--checkpoint"):
        Flite.installed()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo broken >&2; exit 3", "expected CMU Flite to speak; got broken"),
        ("echo 'Voices available: kal hindi'", "one of the voices kal16, awb, rms, slt; got kal, hindi"),
    ],
)
def test_one_that_fails_is_told(script: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "flite"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(InputError, match=message):
        Flite.installed()


def test_one_that_writes_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "flite"
    program.write_text("#!/bin/sh\necho 'Voices available: slt'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    engine = Flite.installed()
    assert engine.name == "CMU Flite of unknown version"
    with pytest.raises(InputError, match="expected CMU Flite to speak"):
        engine.say("Yes.", voice="slt", pitch=1.0, pace=1.0, seed=0)
