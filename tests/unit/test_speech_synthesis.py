"""Synthetic utterances: who speaks them, how they differ, and the folder they lie in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dyad.arrays import FloatArray
from dyad.audio import SAMPLE_RATE_HZ
from dyad.datasets.synthetic_speech import MANIFEST, synthetic_origin
from dyad.datasets.utterances import folder_voices, voice_files
from dyad.errors import InputError
from dyad.speech_synthesis.engines import EngineVoice
from dyad.speech_synthesis.speakers import HIGHEST_PEAK, Speaker, draw_speakers, speak
from dyad.speech_synthesis.spoken_folder import FEEDBACK_EACH, speak_folder
from dyad.speech_synthesis.texts import built_in, read_lines

SENTENCES = ("one", "two two", "three three three", "four", "five five")


@dataclass
class Hummer:
    """An engine whose every answer is known: a tone of 200 Hz, a tenth of a second for each letter."""

    name: str = "Hummer 1"
    licence: str = "CC0-1.0"
    sets_pace: bool = True
    voices: Sequence[EngineVoice] = (
        EngineVoice(name="free", about="bends", bends_pitch=True),
        EngineVoice(name="stiff", about="does not", bends_pitch=False),
    )
    level: float = 0.5
    dumb: str = ""
    said: list[tuple[str, str, int]] = field(default_factory=list)

    def say(self, text: str, *, voice: str, pitch: float, pace: float, seed: int) -> tuple[FloatArray, int]:
        self.said.append((text, voice, seed))
        assert pitch == 1 or voice == "free"
        assert pace == 1 or self.sets_pace
        rate_hz = 22_050
        times = np.arange(round(0.1 * len(text) / pace * rate_hz)) / rate_hz
        level = 0.0 if text == self.dumb else self.level
        return (level * np.sin(2 * np.pi * 200 * pitch * times)).astype(np.float32), rate_hz


def frequency_hz(sound: FloatArray) -> float:
    """Of a tone, by its strongest frequency."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 18))
    return float(np.argmax(spectrum)) * SAMPLE_RATE_HZ / (1 << 18)


@pytest.mark.parametrize(
    ("speaker", "sets_pace", "tone_hz", "length_s"),
    [
        (Speaker(name="x", voice="free"), True, 200, 1.0),
        (Speaker(name="x", voice="free", size=1.1), True, 200, 1.0),  # neither pitch nor pace follows the vocal tract …
        (Speaker(name="x", voice="free", size=0.9, pitch=1.25, pace=0.8), True, 250, 1.25),
        (Speaker(name="x", voice="stiff", size=1.1), True, 200 / 1.1, 1.0),  # … but where the engine cannot make up for it
        (Speaker(name="x", voice="stiff", size=0.9), False, 200 / 0.9, 0.9),
    ],
)
def test_a_person_sounds_as_drawn(speaker: Speaker, sets_pace: bool, tone_hz: float, length_s: float) -> None:
    sound = speak("ten ten te", speaker, engine=Hummer(sets_pace=sets_pace), seed=0)
    assert sound.dtype == np.float32
    assert frequency_hz(sound) == pytest.approx(tone_hz, abs=0.5)
    assert len(sound) / SAMPLE_RATE_HZ == pytest.approx(length_s, abs=1e-3)


def test_an_utterance_stays_below_full_scale_and_is_never_silence() -> None:
    person = Speaker(name="x", voice="free")
    assert np.abs(speak("loud", person, engine=Hummer(level=1.0), seed=0)).max() == pytest.approx(HIGHEST_PEAK, rel=1e-6)
    assert np.abs(speak("soft", person, engine=Hummer(level=0.25), seed=0)).max() == pytest.approx(0.25, abs=0.01)
    with pytest.raises(InputError, match="'…': expected words that Hummer 1 can speak; got no sound"):
        speak("…", person, engine=Hummer(dumb="…"), seed=0)


def test_people_are_drawn_by_seed_and_differ() -> None:
    people = draw_speakers(20, engine=Hummer(), seed=7)
    assert people == draw_speakers(20, engine=Hummer(), seed=7)
    assert people[:5] == draw_speakers(5, engine=Hummer(), seed=7)
    assert people != draw_speakers(20, engine=Hummer(), seed=8)
    assert [person.name for person in people] == sorted(person.name for person in people)
    assert all(first.voice != second.voice for first, second in pairwise(people))
    assert len({(person.size, person.pitch, person.pace) for person in people}) == 20
    assert {person.pitch for person in people if person.voice == "stiff"} == {1.0}
    for drawn, widest in (("size", 1.14), ("pitch", 1.30), ("pace", 1.20)):
        values = np.array([getattr(person, drawn) for person in people if person.voice == "free"])
        assert np.log(values).std() > 0.3 * np.log(widest)
        assert np.abs(np.log(values)).max() < np.log(widest) + 1e-3
    assert {person.pace for person in draw_speakers(3, engine=Hummer(sets_pace=False), seed=0)} == {1.0}


def spoken(out: Path, engine: Hummer | None = None, **changes: object) -> Path:
    options = {"voices": 3, "utterances": 4, "sentences": SENTENCES, "feedback": ("mm", "yes"), "seed": 1} | changes
    return speak_folder(out, engine=engine or Hummer(), **options)  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_folder_for_each_person_and_a_manifest(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    folder = spoken(tmp_path / "out", on_done=lambda done, total: told.append((done, total)))
    files = voice_files(folder)
    assert len(files) == 3
    assert told == [(done, 18) for done in range(1, 19)]
    manifest = json.loads((folder / MANIFEST).read_text())
    assert contents(folder).keys() == {*manifest["texts"], MANIFEST, "README.md"}
    assert manifest["synthetic"] is True
    assert (manifest["engine"], manifest["licence"]) == ("Hummer 1", "CC0-1.0") == synthetic_origin(folder)
    readme = (folder / "README.md").read_text()
    assert all(word in readme for word in ("SYNTHETIC", "Hummer 1", "CC0-1.0", "- free: bends", "- stiff: does not"))
    people = {person["name"]: person for person in manifest["people"]}
    assert list(people) == list(files)
    for name, paths in files.items():
        texts = [manifest["texts"][str(path.relative_to(folder))] for path in paths]
        assert sorted(texts[-2:]) == ["mm", "yes"]
        assert len(set(texts[:-2])) == 4 == len(set(texts[:-2]) & set(SENTENCES))
        assert [path.parent.name for path in paths] == [name] * 4 + ["feedback"] * 2
        for path, text in zip(paths, texts, strict=True):
            about = soundfile.info(path)
            assert (about.samplerate, about.channels, about.subtype) == (SAMPLE_RATE_HZ, 1, "PCM_16")
            assert about.duration == pytest.approx(0.1 * len(text) / people[name]["pace"], abs=2e-3)
    assert len({tuple(manifest["texts"][f"{name}/{number:03d}.wav"] for number in range(1, 5)) for name in people}) == 3


def test_same_seed_same_files_and_a_stopped_run_goes_on(tmp_path: Path) -> None:
    whole = contents(spoken(tmp_path / "whole"))
    assert contents(spoken(tmp_path / "again")) == whole
    assert contents(spoken(tmp_path / "other", seed=2)) != whole
    with pytest.raises(InputError, match="no sound"):
        spoken(tmp_path / "stopped", Hummer(dumb="two two"))
    begun = contents(tmp_path / "stopped")
    assert 2 < len(begun) < len(whole)
    assert [name for name in begun if begun[name] != whole[name]] == [MANIFEST]
    with pytest.raises(InputError, match=r"expected all utterances; got a folder that .* has not finished"):
        folder_voices(tmp_path / "stopped")
    engine = Hummer()
    assert contents(spoken(tmp_path / "stopped", engine)) == whole
    assert len(engine.said) == len(whole) - len(begun)
    assert len({seed for _, _, seed in engine.said}) == len(engine.said)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    before = contents(spoken(tmp_path / "out"))
    for changes, key in (({"seed": 2}, "seed"), ({"voices": 2}, "people"), ({"engine": Hummer(name="Hummer 2")}, "engine")):
        with pytest.raises(InputError, match=f"utterances with these settings; got one with other {key}"):
            spoken(tmp_path / "out", **changes)
    assert contents(tmp_path / "out") == before
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.wav").write_bytes(b"")
    with pytest.raises(InputError, match="got a folder without it"):
        spoken(tmp_path / "own")
    with pytest.raises(InputError, match="got a file"):
        spoken(tmp_path / "own" / "mine.wav")
    (tmp_path / "out" / MANIFEST).write_text("{}")
    with pytest.raises(InputError, match=MANIFEST):
        spoken(tmp_path / "out")


def test_what_cannot_work_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for changes, message in (
        ({"voices": 0}, "voices: expected 1 or more"),
        ({"seed": -1}, "seed: expected a whole number"),
        ({"utterances": 0}, "expected 1 to 5"),
        ({"utterances": 6}, "expected 1 to 5, the number of sentences; got 6"),
    ):
        with pytest.raises(InputError, match=message):
            spoken(tmp_path / "out", **changes)
    assert not (tmp_path / "out").exists()


def test_the_built_in_text_is_varied() -> None:
    sentences, small = built_in("sentences"), built_in("feedback")
    assert len(set(sentences)) == len(sentences) >= 200
    words = [len(sentence.split()) for sentence in sentences]
    assert (min(words), max(words)) == (2, 20)
    assert 0.2 < np.mean([sentence.endswith("?") for sentence in sentences]) < 0.4
    assert all(line.isascii() and line == line.strip() and line[-1] in ".?!" for line in sentences)
    assert not any(character.isdigit() for line in (*sentences, *small) for character in line)
    assert len(set(small)) == len(small) > FEEDBACK_EACH
    assert max(len(line.split()) for line in small) <= 2
    assert {"Mhm.", "Right.", "Yeah."} <= set(small)


def test_a_text_of_ones_own_is_read_line_by_line(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("\ufeffGuten Tag.\n\n  Ja,   gern! \nGuten Tag.\n", encoding="utf-8")
    assert read_lines(text) == ("Guten Tag.", "Ja, gern!")
    text.write_text("Ja.\n…\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"text.txt, line 2: expected words; got '…'"):
        read_lines(text)
    text.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_lines(text)
    text.write_text(" \n")
    with pytest.raises(InputError, match="got no words"):
        read_lines(text)
    with pytest.raises(InputError, match="No such file"):
        read_lines(tmp_path / "nowhere")
