"""Recorded motion from files: dyad's own, and the layout DualTalk publishes."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dyad.errors import InputError
from dyad.motion_files import read_motion
from dyad.recording import MOTION_FILE
from dyad.seat import Seat
from tests import scenes
from tests.driving import same

LAYOUTS = r"motion.npz of dyad, or a DualTalk .npz with exp \(T, 50\) and pose \(T, 6\)"


def dualtalk(path: Path, *, frames: int = 30, **changes: Any) -> Path:
    """A file as published: 50 expression coefficients, and the pose of neck and jaw in one array."""
    rng = np.random.default_rng(4)
    arrays: dict[str, Any] = {"exp": rng.normal(0, 1, (frames, 50)).astype(np.float32), "pose": np.zeros((frames, 6), np.float32)}
    arrays["pose"][:, :3] = [0.1, -0.2, 0.05]  # the neck
    arrays["pose"][:, 3:] = [0.3, 0.0, 0.01]  # the jaw
    arrays |= changes
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


@pytest.mark.parametrize("seat", list(Seat))
def test_dualtalk_s_pose_is_neck_first_then_jaw(seat: Seat, tmp_path: Path) -> None:
    motion = read_motion(dualtalk(tmp_path / "clip_speaker1.npz"), seat=seat)
    assert (motion.seat, motion.basis, motion.frame_rate_hz, len(motion), motion.start_frame) == (seat, "flame50", 25.0, 30, 0)
    assert np.allclose(motion.head_rotation, [0.1, -0.2, 0.05])
    assert np.allclose(motion.jaw_rotation, [0.3, 0.0, 0.01])
    assert np.array_equal(motion.expression, np.load(tmp_path / "clip_speaker1.npz")["exp"])
    assert not motion.gaze.any()
    assert motion.valid.all()


def test_files_with_more_arrays_and_doubles_are_read(tmp_path: Path) -> None:
    path = dualtalk(tmp_path / "clip.npz", exp=np.ones((30, 50)), shape=np.zeros((30, 100)), trans=np.zeros((30, 3)))
    assert read_motion(path, seat=Seat.A).expression.dtype == np.float32


@pytest.mark.parametrize("seat", list(Seat))
def test_dyad_s_own_motion_is_read_for_the_seat_asked_for(seat: Seat, tmp_path: Path) -> None:
    saved = scenes.recording()
    saved.save(tmp_path)
    motion = read_motion(tmp_path / MOTION_FILE, seat=seat)
    assert same(motion, saved.motion[seat])
    assert (motion.seat, motion.basis) == (seat, saved.motion[seat].basis)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pose": None}, f"{LAYOUTS}; got arrays exp"),
        ({"exp": None, "pose": None, "x": np.zeros(3)}, f"{LAYOUTS}; got arrays x"),
        ({"pose": np.zeros((30, 3))}, r"got pose of shape \(30, 3\) beside exp of shape \(30, 50\)"),
        ({"pose": np.zeros((29, 6))}, r"got pose of shape \(29, 6\) beside"),
        ({"pose": np.zeros(6)}, r"got pose of shape \(6,\)"),
        ({"exp": np.array(1.0)}, LAYOUTS),
        ({"exp": np.zeros((30, 49))}, r"expression: expected an array of shape \(any, 50\); got shape \(30, 49\)"),
        ({"exp": np.zeros((30, 100))}, "exp: expected 50 coefficients of FLAME, as in DualTalk; got 100. Keep the first 50"),
        ({"exp": np.full((30, 50), np.nan)}, "expression: expected finite numbers; got 1500 NaN or infinite of 1500"),
        ({"exp": np.full((30, 50), "x")}, "expression: expected numbers"),
        ({"exp": np.full((30, 50), None)}, LAYOUTS),
    ],
)
def test_arrays_that_do_not_fit_are_named(changes: dict[str, Any], text: str, tmp_path: Path) -> None:
    path = dualtalk(tmp_path / "clip.npz", **changes)
    with pytest.raises(InputError, match=text) as caught:
        read_motion(path, seat=Seat.A)
    where, complaint, said = str(caught.value).partition(": expected ")
    assert where in (str(path), f"{path}, exp", f"{path}, motion of seat A, expression")
    assert complaint
    assert "expected" not in said  # one complaint, one cure


def _npy() -> bytes:
    content = io.BytesIO()
    np.save(content, np.zeros((30, 50)))
    return content.getvalue()


def _cut(path: Path) -> bytes:
    return dualtalk(path).read_bytes()[:-200]


def _scratched(path: Path) -> bytes:
    arrays = dict(np.load(dualtalk(path)))
    np.savez_compressed(path, **arrays)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 40] = bytes(40)
    return bytes(content)


@pytest.mark.parametrize("content", [b"", b"frame,x,y\n0,1,2\n", b"PK\x03\x04", _npy(), _cut, _scratched], ids=range(6))
def test_files_of_another_kind_and_damaged_ones_are_named(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    path.write_bytes(content(path) if callable(content) else content)
    with pytest.raises(InputError, match=f"clip.npz: expected {LAYOUTS}; got .+ Check the file"):
        read_motion(path, seat=Seat.A)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent.npz: expected .+; got no such file\. Check the path"):
        read_motion(tmp_path / "absent.npz", seat=Seat.A)
    with pytest.raises(InputError, match="got a folder"):
        read_motion(tmp_path, seat=Seat.A)


def test_own_motion_that_is_damaged_names_its_file(tmp_path: Path) -> None:
    scenes.recording().save(tmp_path)
    arrays = dict(np.load(tmp_path / MOTION_FILE))
    np.savez(tmp_path / MOTION_FILE, **{**arrays, "A_gaze": arrays["A_gaze"][:-1]})
    with pytest.raises(InputError, match=rf"{MOTION_FILE}, motion of seat A, gaze: expected an array of shape"):
        read_motion(tmp_path / MOTION_FILE, seat=Seat.A)
