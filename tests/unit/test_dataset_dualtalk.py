"""Corpora in DualTalk's layout: what fits together, what is cut, what is missing."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from dyad.datasets.clips import Voice, fit_together
from dyad.datasets.dualtalk import DualTalk
from dyad.errors import InputError
from dyad.rttm import write_rttm
from dyad.seat import Seat
from tests import scenes
from tests.corpus_files import RATE_HZ, save_clip, save_dualtalk, voice
from tests.driving import same

REAL = Path(__file__).parents[3] / "shared/data/dualtalk-sample"


def faces(frames: int, *, basis: str = "flame50") -> dict[Seat, scenes.Motion]:
    return {seat: scenes.motion(seat, frames=frames, basis=basis) for seat in Seat}


def clip_of(root: Path, *, seconds: float = 2.0, frames: tuple[int, int] = (50, 50), name: str = "test/one") -> DualTalk:
    audio = np.stack([voice(seconds, seed=seat) for seat in Seat])
    motion = {seat: scenes.motion(seat, frames=frames[seat], basis="flame50") for seat in Seat}
    split, _, stem = name.partition("/")
    save_clip(root / split, stem, audio=audio, motion=motion)
    return DualTalk(root)


def test_a_clip_is_read_as_it_was_written(tmp_path: Path) -> None:
    dataset = clip_of(tmp_path)
    clip = dataset.clip("test/one")
    assert clip.audio.shape == (2, 32_000)
    assert all(np.array_equal(clip.audio[seat], voice(2.0, seed=seat)) for seat in Seat)
    for seat in Seat:
        written = scenes.motion(seat, frames=50, basis="flame50")
        assert np.array_equal(clip.motion[seat].expression, written.expression)
        assert np.array_equal(clip.motion[seat].head_rotation, written.head_rotation)
        assert np.array_equal(clip.motion[seat].jaw_rotation, written.jaw_rotation)
        assert (clip.motion[seat].basis, clip.motion[seat].frame_rate_hz) == ("flame50", 25.0)
    assert clip.notes == ()
    assert [file.name for file in clip.files] == ["one_speaker1.wav", "one_speaker2.wav", "one_speaker1.npz", "one_speaker2.npz"]


def test_splits_and_ids_are_sorted_and_other_names_refused(tmp_path: Path) -> None:
    for name in ("train/b", "train/a", "ood/c"):
        dataset = clip_of(tmp_path, name=name)
    (tmp_path / "notes").mkdir()
    assert dataset.splits == ("ood", "train")
    assert dataset.ids("train") == ("train/a", "train/b")
    with pytest.raises(InputError, match=r"split: expected a split of .+; got 'trian'\. Did you mean train\?"):
        dataset.ids("trian")
    with pytest.raises(InputError, match=r"conversation id: expected SPLIT/NAME; got 'a'\. Splits here: ood, train\."):
        dataset.clip("a")
    with pytest.raises(InputError, match=r"clip train/c: expected the voices of both.+; got no c_speaker1.wav and no c_speaker2.wav"):
        dataset.load("train/c")


def test_folders_that_are_no_corpus_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected split folders such as train, test, ood; got no such folder"):
        DualTalk(tmp_path / "absent")
    clip_of(tmp_path)
    with pytest.raises(InputError, match=r"got none with NAME_speaker1.wav in it\. Name the folder above the splits"):
        DualTalk(tmp_path / "test")
    with pytest.raises(InputError, match="basis: expected one of"):
        DualTalk(tmp_path, basis="flame")


@pytest.mark.parametrize(
    ("seconds", "frames", "kept", "said"),
    [
        (2.0, (52, 50), 50, ["one_speaker1.npz: 2 frames, 0.08 s cut"]),
        (1.99, (50, 51), 50, ["one_speaker2.npz: 1 frame, 0.04 s cut"]),  # 50 frames cover 1.99 s
        (1.9, (50, 50), 48, ["one_speaker1.npz: 2 frames, 0.08 s cut", "one_speaker2.npz: 2 frames, 0.08 s cut"]),
        (
            2.2,
            (50, 49),
            49,
            ["Warning: one_speaker1.wav: 0.24 s cut", "Warning: one_speaker2.wav: 0.24 s cut", "one_speaker1.npz: 1 frame"],
        ),
    ],
)
def test_what_is_longer_is_cut_and_reported(seconds: float, frames: tuple[int, int], kept: int, said: list[str], tmp_path: Path) -> None:
    dataset = clip_of(tmp_path, seconds=seconds, frames=frames)
    clip = dataset.clip("test/one")
    assert [len(clip.motion[seat]) for seat in Seat] == [kept, kept]
    assert dataset.frames("test/one") == kept
    assert clip.audio.shape[1] == min(round(seconds * RATE_HZ), kept * 640)
    assert len(clip.notes) == len(said)
    assert all(note.startswith(start) for note, start in zip(clip.notes, said, strict=True))


@given(
    samples=st.tuples(st.integers(3_000, 20_000), st.integers(3_000, 20_000)),
    frames=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    rates=st.sampled_from([(25.0, 25.0), (25.0, 30.0), (60.0, 29.97)]),
)
def test_cut_clips_end_together(samples: tuple[int, int], frames: tuple[int, int], rates: tuple[float, float]) -> None:
    voices = tuple(Voice(name=f"{length}.wav", samples=np.zeros(length, np.float32)) for length in samples)
    motion = {seat: (Path(f"{seat}.npz"), scenes.motion(seat, frames=frames[seat], frame_rate_hz=rates[seat])) for seat in Seat}
    clip = fit_together("x", voices=(voices[0], voices[1]), motion=motion, notes=(), files=())
    length = clip.audio.shape[1]
    assert length <= min(samples)
    for seat, found in clip.motion.items():
        clock_s = len(found) / rates[seat]
        assert -1e-3 <= clock_s - length / RATE_HZ < 1 / rates[seat] + 1e-3  # covers the sound, by less than a frame
        if len(found) < frames[seat]:
            assert any(note.startswith((f"{seat}.npz", f"Warning: {seat}.npz")) for note in clip.notes)


def test_missing_partners_are_named(tmp_path: Path) -> None:
    dataset = clip_of(tmp_path)
    clip_of(tmp_path, name="test/two")
    (tmp_path / "test/two_speaker2.npz").unlink()
    clip_of(tmp_path, name="test/zoe")
    (tmp_path / "test/zoe_speaker1.wav").unlink()
    assert dataset.ids("test") == ("test/one", "test/two")
    assert dataset.incomplete("test") == {"test/two": ("two_speaker2.npz",), "test/zoe": ("zoe_speaker1.wav",)}
    assert dataset.seats("test/two") == (Seat.A,)
    assert dataset.clip("test/two").notes == ("two_speaker2.npz is missing: no motion of that speaker.",)
    with pytest.raises(
        InputError, match=r"clip test/zoe: expected the voices of both speakers; got no zoe_speaker1.wav\. Copy the partner"
    ):
        dataset.clip("test/zoe")


def test_motion_without_sound_is_named_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    dataset = clip_of(tmp_path)
    clip_of(tmp_path, name="test/mute")
    for speaker in (1, 2):
        (tmp_path / f"test/mute_speaker{speaker}.wav").unlink()
        (tmp_path / f"test/._one_speaker{speaker}.wav").write_bytes(b"what another system left there")
    assert dataset.ids("test") == ("test/one",)
    assert dataset.incomplete("test") == {"test/mute": ("mute_speaker1.wav", "mute_speaker2.wav")}


def test_endings_in_capitals_are_read(tmp_path: Path) -> None:
    dataset = clip_of(tmp_path)
    before = dataset.clip("test/one")
    for path in list((tmp_path / "test").iterdir()):
        path.rename(path.with_suffix(path.suffix.upper()))
    dataset = DualTalk(tmp_path)
    assert (dataset.ids("test"), dataset.incomplete("test"), dataset.frames("test/one")) == (("test/one",), {}, 50)
    after = dataset.clip("test/one")
    assert np.array_equal(before.audio, after.audio)
    assert all(same(before.motion[seat], after.motion[seat]) for seat in Seat)


def test_motion_without_frames_and_objects_in_arrays_are_refused(tmp_path: Path) -> None:
    dataset = clip_of(tmp_path)
    save_dualtalk(tmp_path / "test/one_speaker1.npz", scenes.motion(frames=0, basis="flame50"))
    with pytest.raises(InputError, match=r"one_speaker1.npz: expected motion; got no frame of it"):
        dataset.clip("test/one")
    np.savez(tmp_path / "test/one_speaker1.npz", exp=np.array([_Touch(tmp_path / "ran")], dtype=object), pose=np.zeros((1, 6)))
    with pytest.raises(InputError, match=r"one_speaker1.npz: expected .+; got Object arrays cannot be loaded"):
        dataset.clip("test/one")
    assert not (tmp_path / "ran").exists()


class _Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_the_basis_is_what_the_file_names_or_what_is_asked_for(tmp_path: Path) -> None:
    save_clip(tmp_path / "test", "made", audio=np.stack([voice(2.0)] * 2), motion=faces(50, basis="arkit50"), basis="arkit50")
    assert DualTalk(tmp_path).clip("test/made").motion[Seat.B].basis == "arkit50"
    assert DualTalk(tmp_path, basis="flame50").clip("test/made").motion[Seat.B].basis == "flame50"


def test_a_silent_listener_is_read_and_said(tmp_path: Path) -> None:
    audio = np.stack([voice(2.0), np.zeros(32_000, np.float32)])
    save_clip(tmp_path / "test", "quiet", audio=audio, motion=faces(50))
    assert DualTalk(tmp_path).clip("test/quiet").notes == ("quiet_speaker2.wav: B is silent throughout.",)


def test_stereo_files_and_damaged_ones_are_named(tmp_path: Path) -> None:
    dataset = clip_of(tmp_path)
    np.savez(tmp_path / "test/one_speaker2.npz", exp=np.zeros((50, 50)))
    with pytest.raises(InputError, match=r"one_speaker2.npz: expected motion.npz"):
        dataset.clip("test/one")
    (tmp_path / "test/one_speaker2.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match=r"one_speaker2.npz: expected an .npz with an array exp"):
        dataset.frames("test/one")
    soundfile.write(tmp_path / "test/one_speaker1.wav", np.full((32_000, 2), 0.1), RATE_HZ)
    with pytest.raises(InputError, match=r"one_speaker1.wav: expected a mono file, as one of two; got 2 channel"):
        dataset.clip("test/one")


@pytest.mark.parametrize("names", [("A", "B"), ("speaker1", "speaker2")])
def test_turns_beside_the_clip_are_used(names: tuple[str, str], tmp_path: Path) -> None:
    dataset = clip_of(tmp_path)
    turns = scenes.annotation([(names[0], 0.1, 0.5), (names[1], 0.6, 1.9)])
    write_rttm(turns, tmp_path / "test/one.rttm", uri="one")
    loaded = dataset.load("test/one")
    assert loaded.provenance.diarization == "RTTM one.rttm"
    assert [(segment.start, segment.end) for segment in loaded.turns(Seat.B)] == [(0.6, 1.9)]
    assert (loaded.id, loaded.participants) == ("test-one", ("speaker1", "speaker2"))
    assert set(loaded.provenance.files) == {file.name for file in (tmp_path / "test").iterdir()}


def test_turns_of_others_are_refused(tmp_path: Path) -> None:
    dataset = clip_of(tmp_path)
    write_rttm(scenes.annotation([("ann", 0.1, 0.5)]), tmp_path / "test/one.rttm", uri="one")
    with pytest.raises(InputError, match=r"one.rttm: expected speakers called A and B or speakers called speaker1 and speaker2; got ann"):
        dataset.load("test/one")


def test_without_turns_the_channels_are_listened_to(tmp_path: Path) -> None:
    loaded = clip_of(tmp_path).load("test/one")
    assert loaded.provenance.diarization == "silero-vad per channel"
    assert "Apache-2.0" in loaded.provenance.licence
    assert same(loaded.motion[Seat.A], clip_of(tmp_path).clip("test/one").motion[Seat.A])


@pytest.mark.skipif(not REAL.is_dir(), reason="the published sample clip is not here")
def test_the_published_clip(tmp_path: Path) -> None:
    (tmp_path / "test").symlink_to(REAL)
    dataset = DualTalk(tmp_path)
    (name,) = dataset.ids("test")
    clip = dataset.clip(name)
    assert (clip.audio.shape, len(clip.motion[Seat.A]), dataset.frames(name)) == ((2, 479_232), 749, 749)
    assert clip.notes[0].endswith("_speaker2.npz is missing: no motion of that speaker.")
    assert "_speaker1.npz: 1 frame, 0.04 s cut from its end" in clip.notes[1]
    jaw, neck = clip.motion[Seat.A].jaw_rotation, clip.motion[Seat.A].head_rotation
    assert -0.05 < jaw[:, 0].min() < jaw[:, 0].max() < 0.5  # a jaw opens, it does not turn aside
    assert np.abs(jaw[:, 1:]).max() < 0.14 < np.abs(neck[:, 1:]).max()


def test_the_order_of_the_files_arrays_is_neck_then_jaw(tmp_path: Path) -> None:
    dataset = clip_of(tmp_path)
    motion = scenes.motion(frames=50, basis="flame50")
    save_dualtalk(tmp_path / "test/one_speaker1.npz", motion)
    pose = np.load(tmp_path / "test/one_speaker1.npz")["pose"]
    read = dataset.clip("test/one").motion[Seat.A]
    assert np.array_equal(read.head_rotation, pose[:, :3])
    assert np.array_equal(read.jaw_rotation, pose[:, 3:])
