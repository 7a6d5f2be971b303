"""dyad data speak: folders of synthetic utterances, and conversations made of them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from safetensors.torch import load_file, save_file

from dyad.datasets.synthetic_speech import MANIFEST
from dyad.datasets.utterances import folder_voices
from dyad.errors import InputError
from dyad.speech_synthesis.checkpoints import read_engine
from dyad.speech_synthesis.engines import Engine
from tests.integration.conftest import Dyad
from tests.tiny_speech import write_speecht5, write_vits

pytestmark = pytest.mark.integration
flite = pytest.mark.skipif(shutil.which("flite") is None, reason="needs CMU Flite (Debian: flite)")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def read(checkpoint: Path, **changes: object) -> Engine:
    options = {"vocoder": "", "speakers": None, "licence": "MIT", "voices": 3, "seed": 0} | changes
    return read_engine(str(checkpoint), **options)  # type: ignore[arg-type]


def said(engine: Engine, text: str = "the lazy dog", *, voice: int = 0, pace: float = 1.0, seed: int = 0) -> np.ndarray:
    samples, rate_hz = engine.say(text, voice=engine.voices[voice].name, pitch=1.0, pace=pace, seed=seed)
    assert samples.dtype == np.float32
    assert rate_hz == 16_000
    return samples


@pytest.fixture(scope="module")
def vits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_vits(tmp_path_factory.mktemp("vits"))


@pytest.fixture(scope="module")
def speecht5(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_speecht5(tmp_path_factory.mktemp("speecht5"))


@flite
def test_conversations_of_spoken_utterances(folder: Path, dyad: Dyad) -> None:
    words = ("data", "speak", "--voices", 4, "--utterances", 4, "--seed", 3)
    answer = dyad(*words, "--out", "utterances")
    assert answer.code == 0, answer.err
    assert answer.err == ""  # no progress bar where there is no terminal
    assert "SYNTHETIC speech by CMU Flite" in answer.out
    assert dyad(*words, "--out", "again").code == 0
    assert contents(folder / "again") == contents(folder / "utterances")
    for voice in folder_voices(folder / "utterances"):
        assert voice.speech_s > 5
        assert len(voice.feedback) > 6
    simulate = ("data", "simulate", "--speech", "utterances", "--conversations", 2, "--seconds", 20, "--splits", "train=1,test=1")
    made = dyad(*simulate, "--out", "corpus", "--backend", "inline")
    assert made.code == 0, made.err
    assert "same voices" not in made.out
    manifest = json.loads((folder / "corpus" / "dyad-simulated.json").read_text())
    assert all("SYNTHETIC" in speech["source"] and "BSD" in speech["licence"] for speech in manifest["speech"].values())
    heard = {split: {person["voice"] for person in people} for split, people in manifest["people"].items()}
    assert not heard["train"] & heard["test"]
    assert dyad("data", "check", "corpus").code == 0


@flite
def test_text_of_ones_own(folder: Path, dyad: Dyad) -> None:
    Path("text.txt").write_text("Hello there.\nHow are you?\n")
    words = ("data", "speak", "--out", "own", "--voices", 1, "--text", "text.txt")
    assert "expected 1 to 2, the number of sentences; got 40" in dyad(*words).err
    assert dyad(*words, "--utterances", 2).code == 0
    assert sorted(json.loads((folder / "own" / MANIFEST).read_text())["texts"].values()) == ["Hello there.", "How are you?"]
    Path("words.txt").write_text("Sure.\n")
    assert dyad("data", "speak", "--out", "two", *words[4:], "--utterances", 1, "--feedback", "words.txt").code == 0
    assert [path.name for path in (folder / "two").glob("*/feedback/*")] == ["01.wav"]


def test_vits_speaks_with_all_its_speakers(vits: Path, folder: Path, dyad: Dyad) -> None:
    Path("text.txt").write_text("Hello there.\nHow are you?\n")
    words = ("data", "speak", "--voices", 4, "--utterances", 2, "--text", "text.txt", "--checkpoint", vits, "--licence", "MIT")
    for out in ("first", "second"):
        answer = dyad(*words, "--out", out)
        assert answer.code == 0, answer.err
    assert contents(folder / "first") == contents(folder / "second")
    manifest = json.loads((folder / "first" / MANIFEST).read_text())
    assert (manifest["engine"], manifest["licence"]) == (f"VITS {vits.name}", "MIT")
    assert {person["voice"] for person in manifest["people"]} == {"speaker0", "speaker1", "speaker2"}
    assert len({data for name, data in contents(folder / "first").items() if name.endswith(".wav")}) == 8
    Path("text.txt").write_text("I have 2 dogs.\nYes.\n")
    assert "letters that VITS" in dyad(*words, "--out", "digits").err


def test_vits_takes_pace_seed_and_speaker(vits: Path) -> None:
    engine = read(vits)
    first = said(engine)
    np.testing.assert_array_equal(first, said(engine))
    assert len(said(engine, pace=0.5)) / len(first) == pytest.approx(2, rel=0.1)
    assert not np.array_equal(first, said(engine, seed=1))
    assert not np.array_equal(first, said(engine, voice=1))
    alone = read(write_vits(vits / "alone", speakers=1))
    assert [voice.name for voice in alone.voices] == ["speaker0"]
    assert len(said(alone)) > 1000


def test_vits_with_the_old_spelling_of_weight_norm_and_with_weights_missing(vits: Path, tmp_path: Path) -> None:
    shutil.copytree(vits, tmp_path / "old")
    weights = load_file(vits / "model.safetensors")
    spelt = {name.replace("parametrizations.weight.original0", "weight_g"): value for name, value in weights.items()}
    spelt = {name.replace("parametrizations.weight.original1", "weight_v"): value for name, value in spelt.items()}
    assert spelt.keys() != weights.keys()
    save_file(spelt, tmp_path / "old" / "model.safetensors", metadata={"format": "pt"})
    np.testing.assert_array_equal(said(read(tmp_path / "old")), said(read(vits)))
    del spelt["decoder.conv_pre.weight"]
    save_file(spelt, tmp_path / "old" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"all weights of VitsModel; got one without 1 of them, such as decoder\.conv_pre\.weight"):
        read(tmp_path / "old")


def test_speecht5_speaks_as_its_embeddings(speecht5: tuple[Path, Path], folder: Path, dyad: Dyad) -> None:
    model, vocoder = speecht5
    Path("text.txt").write_text("the lazy dog\nquick fox\n")
    words = ("data", "speak", "--voices", 2, "--utterances", 2, "--text", "text.txt", "--checkpoint", model, "--vocoder", vocoder)
    for out in ("first", "second"):
        answer = dyad(*words, "--out", out)
        assert answer.code == 0, answer.err
    assert contents(folder / "first") == contents(folder / "second")
    manifest = json.loads((folder / "first" / MANIFEST).read_text())
    assert manifest["engine"] == f"SpeechT5 {model.name} with {vocoder.name}"
    assert {person["pace"] for person in manifest["people"]} == {1.0}
    assert all(soundfile.info(path).duration > 0.3 for path in (folder / "first").rglob("*.wav"))


def test_speecht5_takes_embeddings_from_a_file(speecht5: tuple[Path, Path], tmp_path: Path) -> None:
    model, vocoder = speecht5
    drawn = read(model, vocoder=str(vocoder))
    assert not np.array_equal(said(drawn, voice=0), said(drawn, voice=1))
    assert not np.array_equal(said(drawn), said(read(model, vocoder=str(vocoder), seed=1)))
    assert not np.array_equal(said(drawn), said(drawn, seed=1))
    np.save(tmp_path / "rows.npy", 3 * drawn.embeddings[1:].astype(np.float64))  # type: ignore[attr-defined]
    given = read(model, vocoder=str(vocoder), speakers=tmp_path / "rows.npy")
    assert [voice.name for voice in given.voices] == ["speaker001", "speaker002"]
    np.testing.assert_allclose(said(given), said(drawn, voice=1), atol=1e-5)  # of an embedding, its direction is heard
    with pytest.raises(InputError, match="letters that SpeechT5 model with vocoder knows; got 7"):
        said(given, "dog 7")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((2, 5)), r"got float64 of shape \(2, 5\)"),
        (np.ones(512, np.int64), r"got int64 of shape \(512,\)"),
        (np.zeros((2, 512)), "a row of zeros, NaN or infinity"),
        (np.full(512, np.nan), "a row of zeros, NaN or infinity"),
        (np.array([{}]), "cannot read without running code"),
        (None, "No such file"),
    ],
)
def test_embeddings_that_are_none(values: np.ndarray | None, message: str, speecht5: tuple[Path, Path], tmp_path: Path) -> None:
    if values is not None:
        np.save(tmp_path / "rows.npy", values, allow_pickle=True)
    with pytest.raises(InputError, match=f"512 numbers for each voice.*{message}"):
        read(speecht5[0], vocoder=str(speecht5[1]), speakers=tmp_path / "rows.npy")


def test_checkpoints_that_cannot_speak(vits: Path, speecht5: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, vocoder = speecht5
    with pytest.raises(InputError, match=r"reads letters; got one that reads phonemes .* GPL"):
        read(write_vits(tmp_path / "phonemes", phonemize=True))
    with pytest.raises(InputError, match="expected vits or speecht5; got speecht5_hifigan"):
        read(vocoder)
    with pytest.raises(InputError, match="--speakers: expected a SpeechT5 checkpoint"):
        read(vits, speakers=tmp_path / "rows.npy")
    with pytest.raises(InputError, match="speech synthesis that transformers reads"):
        read(tmp_path / "nowhere")
    with pytest.raises(InputError, match="all weights of SpeechT5HifiGan; got one without"):
        read(model, vocoder=str(vits))
    other = write_speecht5(tmp_path / "other", bands=12)[1]
    with pytest.raises(InputError, match="for 8 mel bands; got one for 12"):
        read(model, vocoder=str(other))
    monkeypatch.setattr("dyad.speech_synthesis.speecht5.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'dyad\[tts\]'"):
        read(model, vocoder=str(vocoder))
