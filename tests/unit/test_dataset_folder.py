"""A user's own folder of conversations."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from dyad.datasets.folder import Folder
from dyad.datasets.windows import windows
from dyad.errors import InputError
from dyad.exports.export import export
from dyad.recording import motion_arrays
from dyad.rttm import write_rttm
from dyad.seat import Seat
from tests import scenes
from tests.corpus_files import RATE_HZ, save_dualtalk, voice
from tests.driving import recorded_motion


def sound(path: Path, *, seconds: float = 2.0, rate_hz: int = RATE_HZ, stereo: bool = False, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.stack([voice(seconds, seed=seed + channel) for channel in range(1 + stereo)], axis=1)
    soundfile.write(path, samples[:: RATE_HZ // rate_hz], rate_hz)
    return path


def test_pairs_stereo_files_and_splits_are_found(tmp_path: Path) -> None:
    for name in ("call_A.wav", "call_B.flac", "talk_speaker1.wav", "talk_speaker2.wav", "late/chat_A.wav", "late/chat_B.wav"):
        sound(tmp_path / name)
    sound(tmp_path / "phone.wav", stereo=True)
    (tmp_path / "readme.txt").write_text("mine")
    folder = Folder(tmp_path)
    assert folder.ids("all") == ("call", "late/chat", "phone", "talk")
    assert (folder.splits, folder.ids("late")) == (("all", "late"), ("late/chat",))
    assert folder.clip("phone").audio.shape == folder.clip("call").audio.shape == (2, 32_000)
    assert folder.load("talk").participants == ("speaker1", "speaker2")


def test_endings_in_capitals_and_folders_within_folders_are_read_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for name in ("call_A", "call_B", "year/may/one_A", "year/may/one_B"):
        sound(tmp_path / f"{name}.wav").rename(tmp_path / f"{name}.WAV")
    save_dualtalk(tmp_path / "call_B.npz", scenes.motion(frames=50, basis="flame50"))
    (tmp_path / "call_B.npz").rename(tmp_path / "call_B.NPZ")
    for name in ("._call_A.wav", ".trash/old_A.wav"):
        sound(tmp_path / name)
    (tmp_path / "year/again").symlink_to(tmp_path, target_is_directory=True)
    folder = Folder(tmp_path)
    assert (folder.splits, folder.ids("all"), folder.incomplete("all")) == (("all", "year"), ("call", "year/may/one"), {})
    assert folder.ids("year") == ("year/may/one",)
    assert folder.clip("call").motion.keys() == {Seat.B}
    assert folder.load("year/may/one").id == "year-may-one"


def test_motion_without_sound_is_named(tmp_path: Path) -> None:
    sound(tmp_path / "talk.wav", stereo=True)
    for name in ("talk_A", "lost_A", "lost_B"):
        save_dualtalk(tmp_path / f"{name}.npz", scenes.motion(frames=50, basis="flame50"))
    folder = Folder(tmp_path)
    assert (folder.ids("all"), folder.incomplete("all")) == (("talk",), {"lost": ("lost_A.wav", "lost_B.wav")})
    assert folder.seats("talk") == (Seat.A,)
    with pytest.raises(InputError, match=r"clip lost: expected the voices of both; got no lost_A.wav and no lost_B.wav"):
        folder.clip("lost")
    (tmp_path / "talk.wav").unlink()
    with pytest.raises(InputError, match="got no sound file"):
        Folder(tmp_path)


def test_a_mix_beside_the_voices_is_not_read_and_said(tmp_path: Path) -> None:
    for name in ("call_A.wav", "call_B.wav", "call.wav"):
        sound(tmp_path / name)
    folder = Folder(tmp_path)
    assert folder.ids("all") == ("call",)
    assert folder.clip("call").notes == ("call.wav is not read: there is a file for each voice.",)


def test_motion_of_every_kind_and_rate_is_read(tmp_path: Path) -> None:
    recording = scenes.recording(bases=("arkit52", "arkit52"))
    export(recording, to="arkit-csv", out=tmp_path / "x", head_of=lambda seat: None, seats=(Seat.A,), sound="")  # type: ignore[arg-type, return-value]
    (csv,) = tmp_path.glob("*.csv")
    csv.rename(tmp_path / "call_A.csv")
    sound(tmp_path / "call_A.wav")
    sound(tmp_path / "call_B.wav")
    np.savez(tmp_path / "call_B.npz", **motion_arrays(recorded_motion(Seat.B, frames=130, frame_rate_hz=60.0)))  # type: ignore[arg-type]
    clip = Folder(tmp_path).clip("call")
    assert {seat.name: (found.frame_rate_hz, len(found)) for seat, found in clip.motion.items()} == {"A": (25.0, 50), "B": (60.0, 120)}
    assert "Warning: call_B.npz: 10 frames, 0.17 s cut from its end, to the length of the shortest file." in clip.notes
    with pytest.raises(InputError, match=r"clip call: expected motion at one rate; got 25 and 60\. Give Folder a frame_rate_hz"):
        Folder(tmp_path).frames("call")
    even = Folder(tmp_path, frame_rate_hz=25.0)
    assert [len(found) for found in even.clip("call").motion.values()] == [50, 50]
    assert len(windows(even, "all", frames=20)) == 4


def test_turns_beside_it_are_used(tmp_path: Path) -> None:
    sound(tmp_path / "phone.wav", stereo=True)
    write_rttm(scenes.annotation([("B", 0.5, 1.5)]), tmp_path / "phone.rttm", uri="phone")
    loaded = Folder(tmp_path).load("phone")
    assert [(turn.start, turn.end) for turn in loaded.turns(Seat.B)] == [(0.5, 1.5)]
    assert loaded.provenance.licence == "unknown"


def test_missing_partners_are_named(tmp_path: Path) -> None:
    sound(tmp_path / "call_A.wav")
    sound(tmp_path / "talk_A.wav")
    sound(tmp_path / "talk_B.wav")
    save_dualtalk(tmp_path / "talk_A.npz", scenes.motion(frames=50, basis="flame50"))
    folder = Folder(tmp_path)
    assert (folder.ids("all"), folder.incomplete("all")) == (("talk",), {"call": ("call_B.wav",)})
    assert folder.seats("talk") == (Seat.A,)
    with pytest.raises(InputError, match=r"clip call: expected the voices of both; got no call_B.wav\. Copy it there, or dyad listen"):
        folder.load("call")


def test_what_leaves_questions_open_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a folder of conversations; got no such folder"):
        Folder(tmp_path / "absent")
    with pytest.raises(InputError, match=r"expected NAME_A.wav and NAME_B.wav, or stereo files; got no sound file"):
        Folder(tmp_path)
    sound(tmp_path / "mono.wav")
    folder = Folder(tmp_path)
    with pytest.raises(InputError, match=r"mono.wav: expected a channel for each participant; got 1 channel"):
        folder.clip("mono")
    with pytest.raises(InputError, match=r"conversation id: expected a clip of .+; got 'momo'\. Did you mean mono\?"):
        folder.load("momo")
    with pytest.raises(InputError, match=r"split: expected a split of .+; got 'test'\. Choose one of: all\."):
        folder.ids("test")
    sound(tmp_path / "call_A.wav")
    sound(tmp_path / "call_B.wav")
    with pytest.raises(InputError, match=r"clip call: expected motion at one rate; got no motion"):
        Folder(tmp_path).frames("call")
    sound(tmp_path / "call_A.flac")
    with pytest.raises(InputError, match=r"call_A: expected one file of this name; got call_A.flac and call_A.wav"):
        Folder(tmp_path)
    (tmp_path / "call_A.flac").unlink()
    sound(tmp_path / "call_speaker2.wav")
    with pytest.raises(InputError, match=r"call: expected two voices of this name; got call_A or _B, and call_speaker1 or 2"):
        Folder(tmp_path)
