"""Voices to speak with, and any length of speech put together from them."""

import json
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from dyad.audio import SAMPLE_RATE_HZ
from dyad.datasets.synthetic_speech import MANIFEST
from dyad.datasets.utterances import LEVEL_DB, Mouthpiece, folder_voices, sample_voices, soft_points
from dyad.errors import InputError
from dyad.loading import load_conversation
from dyad.seat import Seat

voices = cache(sample_voices)


def mouthpiece(seed: int = 0, *, seat: Seat = Seat.A) -> Mouthpiece:
    return Mouthpiece(voice=voices()[seat], rng=np.random.default_rng(seed))


def level_db(sound: np.ndarray) -> float:
    return float(10 * np.log10((sound.astype(np.float64) ** 2).mean()))


@pytest.mark.integration
def test_the_built_in_call_has_two_voices() -> None:
    call = load_conversation()
    assert [voice.name for voice in voices()] == ["sample-A", "sample-B"]
    for voice in voices():
        assert 5 < voice.speech_s < call.duration_s
        assert level_db(np.concatenate(voice.phrases)) == pytest.approx(LEVEL_DB, abs=0.01)
        assert "built-in" in voice.source
        assert voice.licence == "MIT"


@pytest.mark.integration
@pytest.mark.parametrize("seat", Seat)
def test_a_voice_is_heard_only_where_the_other_is_silent(seat: Seat) -> None:
    call = load_conversation()
    own, other = (call.activity(100)[side].repeat(SAMPLE_RATE_HZ // 100) for side in (seat, seat.partner))
    alone = (own & ~other)[: call.samples]
    sound = call.audio[seat].astype(np.float64)
    for phrase in voices()[seat].phrases:
        heard = signal.correlate(sound, phrase, mode="valid", method="fft")
        energy = np.cumsum(np.concatenate([[0.0], sound**2]))
        place = int(np.argmax(heard / np.sqrt(energy[len(phrase) :] - energy[: -len(phrase)] + 1e-3)))
        assert alone[place : place + len(phrase)].mean() > 0.98


@settings(max_examples=60)
@given(st.integers(1, 6 * SAMPLE_RATE_HZ), st.integers(0, 5))
def test_speech_has_the_length_asked_for_and_soft_edges(samples: int, seed: int) -> None:
    sound = mouthpiece(seed).speak(samples)
    assert sound.shape == (samples,)
    assert sound.dtype == np.float32
    steepest = max(float(np.abs(np.diff(phrase)).max()) for phrase in voices()[0].phrases)
    around = np.concatenate([[0], sound, [0]])
    assert np.abs(np.diff(around)).max() <= steepest  # no join is steeper than the voice itself
    if samples > 320:
        assert max(abs(sound[0]), abs(sound[-1])) < 1e-4


@given(st.integers(SAMPLE_RATE_HZ // 5, 5 * SAMPLE_RATE_HZ))
@settings(max_examples=30)
def test_speech_does_not_fall_silent_as_long_as_a_pause(samples: int) -> None:
    sound = mouthpiece().speak(samples)
    hop = SAMPLE_RATE_HZ // 100
    loud = np.add.reduceat(sound.astype(np.float64) ** 2, np.arange(0, len(sound), hop)) / hop > 10 ** ((LEVEL_DB - 35) / 10)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], loud, [True]]).astype(int)))
    silences = edges[1::2] - edges[::2]
    assert silences.max(initial=0) <= 18  # hundredths of a second: less than ends an inter-pausal unit


@pytest.mark.integration
def test_pieces_begin_and_end_where_the_voice_is_soft() -> None:
    phrase = max((phrase for voice in voices() for phrase in voice.phrases), key=len)
    points = soft_points(phrase)
    assert points[0] == 0
    assert points[-1] == len(phrase)
    assert (np.diff(points) > 0).all()
    inner = np.array([level_db(phrase[point - 160 : point + 160] + 1e-6) for point in points[1:-1]])
    assert len(inner) > 5
    assert np.median(inner) < level_db(phrase) - 5


def test_a_voice_does_not_repeat_itself_more_than_it_must() -> None:
    lengths = np.random.default_rng(0).integers(4000, 40_000, size=60).tolist()
    speaker, again = mouthpiece(seat=Seat.B), mouthpiece(seat=Seat.B)
    for length in lengths:
        np.testing.assert_array_equal(speaker.speak(length), again.speak(length))
    assert np.median(speaker._heard) > 2
    assert len({speaker.speak(8000).tobytes() for _ in range(20)}) >= 8
    long_said = [speaker.speak(24_000) for _ in range(200)]
    assert min(np.flatnonzero(sound)[-1] for sound in long_said) >= 24_000 - 320  # nor does it fall short when all that fits is used up


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Utterances of two voices, named and in folders."""
    place = tmp_path_factory.mktemp("utterances")
    first, second = (np.concatenate([np.zeros(4000, np.float32), voice.phrases[0], np.zeros(4000, np.float32)]) for voice in voices())
    (place / "folders" / "ann" / "day2").mkdir(parents=True)
    (place / "folders" / "bo").mkdir()
    soundfile.write(place / "folders" / "ann" / "one.wav", 0.1 * first, SAMPLE_RATE_HZ)
    soundfile.write(place / "folders" / "ann" / "day2" / "two.flac", np.stack([first, first]).T, 8000)
    soundfile.write(place / "folders" / "bo" / "x.wav", second, SAMPLE_RATE_HZ)
    (place / "names").mkdir()
    for name, sound in (("ann_1", first), ("ann_2", first), ("bo-1", second)):
        soundfile.write(place / "names" / f"{name}.wav", sound, SAMPLE_RATE_HZ)
    (place / "names" / "notes.txt").write_text("no sound")
    (place / "names" / "._ann_1.wav").write_bytes(b"left by a copy from macOS")
    return place


@pytest.mark.integration
def test_voices_are_folders_or_beginnings_of_names(recordings: Path) -> None:
    for layout in ("folders", "names"):
        found = folder_voices(recordings / layout, licence="CC0-1.0")
        assert [voice.name for voice in found] == ["ann", "bo"]
        assert [len(voice.files) for voice in found] == [2, 1]
        assert {voice.licence for voice in found} == {"CC0-1.0"}
        for voice in found:
            assert level_db(np.concatenate(voice.phrases)) == pytest.approx(LEVEL_DB, abs=0.01)
    (ann,) = folder_voices(recordings / "folders", names={"ann"})
    assert ann.files.keys() == {"ann/one.wav", "ann/day2/two.flac"}


@pytest.mark.integration
def test_feedback_has_a_folder_of_its_own(recordings: Path, tmp_path: Path) -> None:
    shutil.copytree(recordings / "folders", tmp_path / "own")
    phrase = voices()[0].phrases[0]
    (tmp_path / "own" / "ann" / "feedback").mkdir()
    soundfile.write(tmp_path / "own" / "ann" / "feedback" / "mhm.wav", 0.2 * np.pad(phrase, 4000), SAMPLE_RATE_HZ)
    ann, bo = folder_voices(tmp_path / "own")
    before, _ = folder_voices(recordings / "folders")
    assert (len(ann.feedback), bo.feedback) == (1, ())
    assert len(ann.phrases) == len(before.phrases)
    assert ann.speech_s == before.speech_s
    assert ann.files.keys() == {*before.files, "ann/feedback/mhm.wav"}
    assert level_db(np.concatenate(ann.phrases)) == pytest.approx(LEVEL_DB, abs=0.01)
    louder_db = level_db(ann.feedback[0]) - level_db(ann.phrases[-1])
    assert louder_db == pytest.approx(20 * np.log10(2), abs=0.5)  # than one.wav, as it was recorded


def test_synthetic_speech_says_so(recordings: Path, tmp_path: Path) -> None:
    shutil.copytree(recordings / "folders", tmp_path / "own")
    manifest = {"synthetic": True, "complete": True, "engine": "Hummer 1", "licence": "CC0-1.0"}
    (tmp_path / "own" / MANIFEST).write_text(json.dumps(manifest))
    (bo,) = folder_voices(tmp_path / "own", names={"bo"})
    assert bo.synthetic
    assert bo.source == "1 files of own, SYNTHETIC speech by Hummer 1"
    assert bo.licence == "CC0-1.0"
    (stated,) = folder_voices(tmp_path / "own", names={"bo"}, licence="mine")
    assert stated.licence == "mine"
    (recorded,) = folder_voices(recordings / "folders", names={"bo"})
    assert not recorded.synthetic
    (tmp_path / "own" / MANIFEST).write_text(json.dumps({**manifest, "complete": False}))
    with pytest.raises(InputError, match="has not finished"):
        folder_voices(tmp_path / "own")


def test_silence_around_the_utterance_is_cut_off(recordings: Path) -> None:
    _, bo = folder_voices(recordings / "names")
    assert bo.speech_s == pytest.approx(len(voices()[1].phrases[0]) / SAMPLE_RATE_HZ, abs=0.12)


def test_folders_without_voices_are_refused(recordings: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        folder_voices(tmp_path / "nowhere")
    with pytest.raises(InputError, match="expected a folder of utterances; got a file"):
        folder_voices(recordings / "names" / "notes.txt")
    with pytest.raises(InputError, match="wav or flac files; got none"):
        folder_voices(tmp_path)
    soundfile.write(tmp_path / "hum.wav", 0.1 * np.sin(np.arange(16000) / 20), SAMPLE_RATE_HZ)
    with pytest.raises(InputError, match="voice hum: expected speech"):
        folder_voices(tmp_path)
