"""Folders with a fault each: found by the check, printed by the command."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dyad.cli import main
from dyad.conversation import Conversation
from dyad.corpora.check import check_folder
from dyad.rttm import write_rttm
from tests.corpus_files import save_clip, with_generated_motion


@pytest.fixture(scope="module")
def clean(call: Conversation) -> Conversation:
    """Nothing is wrong with it."""
    return with_generated_motion(call)


@pytest.fixture
def corpus(clean: Conversation, tmp_path: Path) -> Path:
    """One clean clip on disk, in DualTalk's layout, with its turns."""
    folder = tmp_path / "corpus/train"
    save_clip(folder, "good", audio=clean.audio, motion=clean.motion, basis="arkit50")
    write_rttm(clean.diarization, folder / "good.rttm", uri="good")
    return folder


def _nan(folder: Path) -> None:
    arrays = dict(np.load(folder / "good_speaker1.npz"))
    arrays["exp"][5, 5] = np.nan
    np.savez(folder / "good_speaker1.npz", **arrays)


def _nan_sound(folder: Path) -> None:
    samples, rate = soundfile.read(folder / "good_speaker2.wav", dtype="float32")
    samples[77] = np.nan
    soundfile.write(folder / "good_speaker2.wav", samples, rate, subtype="FLOAT")


def _short(folder: Path) -> None:
    arrays = dict(np.load(folder / "good_speaker2.npz"))
    np.savez(folder / "good_speaker2.npz", **{**arrays, "exp": arrays["exp"][:-40], "pose": arrays["pose"][:-40]})


def _slow(folder: Path) -> None:
    arrays = dict(np.load(folder / "good_speaker1.npz"))
    at = np.arange(len(arrays["exp"]) * 30 // 25) * 25 // 30
    np.savez(folder / "good_speaker1.npz", **{**arrays, "exp": arrays["exp"][at], "pose": arrays["pose"][at]})


def _late(folder: Path) -> None:
    arrays = dict(np.load(folder / "good_speaker1.npz"))
    np.savez(folder / "good_speaker1.npz", **{**arrays, "pose": np.roll(arrays["pose"], 5, axis=0)})


def _swapped(folder: Path) -> None:
    arrays = dict(np.load(folder / "good_speaker2.npz"))
    np.savez(folder / "good_speaker2.npz", **{**arrays, "pose": np.roll(arrays["pose"], 3, axis=1)})


def _degrees(folder: Path) -> None:
    arrays = dict(np.load(folder / "good_speaker1.npz"))
    np.savez(folder / "good_speaker1.npz", **{**arrays, "pose": np.degrees(arrays["pose"])})


def _axes(folder: Path) -> None:
    arrays = dict(np.load(folder / "good_speaker2.npz"))
    np.savez(folder / "good_speaker2.npz", **{**arrays, "pose": arrays["pose"][:, [2, 1, 0, 5, 4, 3]]})


def _exchanged(folder: Path) -> None:
    (folder / "good_speaker1.npz").rename(folder / "x")
    (folder / "good_speaker2.npz").rename(folder / "good_speaker1.npz")
    (folder / "x").rename(folder / "good_speaker2.npz")


def _no_motion(folder: Path) -> None:
    arrays = dict(np.load(folder / "good_speaker1.npz"))
    np.savez(folder / "good_speaker1.npz", **{**arrays, "exp": arrays["exp"][:0], "pose": arrays["pose"][:0]})


def _no_sound(folder: Path) -> None:
    soundfile.write(folder / "good_speaker1.wav", np.zeros(0, np.float32), 16_000, subtype="FLOAT")


def _no_voices(folder: Path) -> None:
    for path in folder.glob("*.wav"):
        path.unlink()
    save_clip(folder, "other", audio=np.ones((2, 16_000), np.float32) / 2, motion={})


def _no_partner(folder: Path) -> None:
    (folder / "good_speaker2.wav").unlink()


def _damaged(folder: Path) -> None:
    (folder / "good_speaker1.npz").write_bytes(b"PK\x03\x04")


def _foreign_turns(folder: Path) -> None:
    (folder / "good.rttm").write_text("SPEAKER good 1 90.0 1.0 <NA> <NA> A <NA> <NA>\n")


@pytest.mark.integration
@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (_nan, "not a number"),
        (_nan_sound, "not a number"),
        (_short, "length mismatch"),
        (_slow, "wrong rate"),
        (_late, "audio-motion lag"),
        (_swapped, "wrong rotation order"),
        (_degrees, "wrong rotation unit"),
        (_axes, "wrong rotation axes"),
        (_exchanged, "wrong person"),
        (_no_motion, "unreadable"),
        (_no_sound, "unreadable"),
        (_no_voices, "missing partner"),
        (_no_partner, "missing partner"),
        (_damaged, "unreadable"),
        (_foreign_turns, "unreadable"),
    ],
)
def test_faults_of_files_are_findings_of_the_folder(plant: Callable[[Path], None], fault: str, corpus: Path) -> None:
    (checked,) = check_folder(corpus)
    assert (checked.id, checked.findings) == ("good", ())
    plant(corpus)
    checked = check_folder(corpus)[0]
    assert fault in {finding.fault for finding in checked.findings if finding.severity == "fault"}


def test_a_file_that_is_no_sound_is_named(corpus: Path) -> None:
    (corpus / "good_speaker2.wav").write_bytes(b"")
    (checked,) = check_folder(corpus)
    assert [(finding.fault, finding.where) for finding in checked.findings] == [("unreadable", "good_speaker2.wav")]


def _answers(words: list[object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[int | str]:
    monkeypatch.setattr("sys.argv", ["dyad", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    yield int(stop.value.code or 0)
    yield capsys.readouterr().out


def test_the_command_prints_writes_and_fails_where_faults_are(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = _answers(["data", "check", corpus.parent, "--split", "train"], monkeypatch, capsys)
    assert (code, said) == (0, "0 of 1 conversations have faults.\n")
    _short(corpus)
    code, said = _answers(["data", "check", corpus.parent, "--out", tmp_path / "report.json"], monkeypatch, capsys)
    assert code == 1
    assert "The motion is 1.6" in str(said)
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["faulty_clips"], report["counts"]) == (1, {"length mismatch": 1})
    code, said = _answers(["data", "list", corpus.parent], monkeypatch, capsys)
    assert code == 0
    assert "train/good" in str(said)
    assert "arkit50 at 25" in str(said)
