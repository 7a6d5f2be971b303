"""The other formats: FLAME arrays, vertices, landmarks, BVH, Audio2Face."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.exports.export import export
from dyad.exports.formats import FORMATS
from dyad.faces.flame_head import load_flame
from dyad.faces.head import Head
from dyad.motion import Motion
from dyad.motion_files import read_motion
from dyad.recording import Recording
from dyad.seat import Seat
from tests import scenes
from tests.unit.faces.flame_files import made_flame

FRAMES = 70  # more than a block of vertices


@cache
def head_of(_seat: Seat) -> Head:
    return Head.build(detail="light")


def _recording(basis: str = "arkit52") -> Recording:
    return scenes.recording(bases=(basis, basis), frames=FRAMES)


def _export(folder: Path, to: str, *, basis: str = "arkit52", head: Any = head_of, **options: Any) -> list[Path]:
    return export(_recording(basis), to=to, out=folder / "talk", head_of=head, **options)


def _about(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.with_name(path.name + ".about.json").read_text())
    return content


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_writer_and_states_what_it_is(name: str, tmp_path: Path) -> None:
    row = FORMATS[name]
    assert callable(row.load())
    assert row.summary.endswith(".")
    assert row.suffixes[0].startswith(".")


def test_flame_files_have_the_published_arrays(tmp_path: Path) -> None:
    path = _export(tmp_path, "flame-npz", basis="flame50")[1]
    motion = _recording("flame50").motion[Seat.B]
    arrays = dict(np.load(path))
    shapes = {"shape": (100,), "tex": (50,), "exp": (50,), "pose": (6,), "cam": (3,), "light": (9, 3)}
    assert {name: array.shape[1:] for name, array in arrays.items()} == shapes
    assert all(array.dtype == np.float32 and len(array) == FRAMES for array in arrays.values())
    assert np.array_equal(arrays["pose"][:, :3], motion.head_rotation)  # the neck first
    assert np.array_equal(arrays["pose"][:, 3:], motion.jaw_rotation)
    back = read_motion(path, seat=Seat.A)
    assert np.array_equal(back.expression, motion.expression)
    assert np.array_equal(back.head_rotation, motion.head_rotation)
    assert np.array_equal(back.jaw_rotation, motion.jaw_rotation)
    assert np.array_equal(back.valid, motion.valid)
    assert _about(path)["left_out"] == ["head_translation", "gaze"]


def test_flame_files_take_flame_motion_at_their_rate_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got basis arkit52\. ARKit motion needs your FLAME file"):
        _export(tmp_path, "flame-npz")
    with pytest.raises(InputError, match=r"expected 25 fps, .+; got 50 fps\. Add --fps 25"):
        _export(tmp_path, "flame-npz", basis="flame50", frame_rate_hz=50.0)
    assert not list(tmp_path.iterdir())


@pytest.mark.integration
def test_motion_is_fitted_on_the_user_s_flame_head(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", **made_flame())
    bare = load_flame(tmp_path / "mine.npz", arkit=False)
    shapes = np.random.default_rng(3).normal(0, 1e-3, bare.arkit_shapes.shape).astype(np.float32)
    person = replace(bare, arkit_shapes=shapes)
    path = _export(tmp_path, "flame-npz", head=lambda _seat: person)[0]
    assert np.load(path)["exp"].shape == (FRAMES, 50)
    assert "fitted from arkit52" in _about(path)["notes"][0]
    back = _export(tmp_path, "arkit-csv", basis="flame50", head=lambda _seat: person)[0]
    assert "fitted from flame50" in _about(back)["notes"][0]
    assert read_motion(back, seat=Seat.A).expression.max() <= 1.0


@pytest.mark.integration
def test_flame_motion_on_another_head_keeps_what_it_can(tmp_path: Path) -> None:
    for to in ("vertices-npy", "landmarks"):
        path = _export(tmp_path, to, basis="flame50", overwrite=True)[0]
        assert _about(path)["notes"] == ["expression needs your FLAME file: only head, jaw opening and eyes move"]


def test_vertices_are_those_of_the_posed_head(tmp_path: Path) -> None:
    path = _export(tmp_path, "vertices-npy")[0]
    motion, head = _recording().motion[Seat.A], head_of(Seat.A)
    vertices, topology = np.load(path), dict(np.load(tmp_path / "talk-A.topology.npz"))
    assert vertices.dtype == np.float32
    assert vertices.shape == (FRAMES, len(topology["neutral"]), 3)
    starts = dict(zip(topology["patch_names"], topology["patch_starts"], strict=True))
    frame = 67
    turn = Rotation.from_rotvec(motion.head_rotation[frame])

    def part(name: str, count: int) -> npt.NDArray[Any]:
        return np.asarray(vertices[frame, starts[name] : starts[name] + count])

    mouth = head.displace("mouth", motion.expression[frame : frame + 1])[0]
    assert np.allclose(part("mouth", len(mouth)), turn.apply(mouth) + motion.head_translation[frame], atol=1e-6)
    eye = head.patch("right_eye")
    looking = Rotation.from_euler("YX", motion.gaze[frame, 1]).apply(eye.vertices) + eye.centre
    assert np.allclose(part("right_eye", len(looking)), turn.apply(looking) + motion.head_translation[frame], atol=1e-6)
    neck = head.patch("neck").vertices
    assert np.allclose(part("neck", len(neck)), neck, atol=1e-7)
    # The stated pose undoes the head's motion: what does not deform lies still.
    skull = np.s_[starts["skull"] : starts["skull"] + len(head.patch("skull").vertices)]
    still = Rotation.from_rotvec(topology["head_rotation"][frame]).inv().apply(vertices[frame, skull] - topology["head_translation"][frame])
    assert np.allclose(still, topology["neutral"][skull], atol=1e-6)
    assert float(topology["frame_rate_hz"]) == 25.0


def test_triangles_hang_each_patch_together(tmp_path: Path) -> None:
    _export(tmp_path, "vertices-npy", seats=(Seat.A,))
    topology = dict(np.load(tmp_path / "talk.topology.npz"))
    head, triangles = head_of(Seat.A), topology["triangles"]
    assert len(triangles) == sum(len(patch.triangles) for patch in head.patches)
    assert triangles.max() == len(topology["neutral"]) - 1
    edges = topology["neutral"][triangles[:, 0]] - topology["neutral"][triangles[:, 1]]
    assert np.linalg.norm(edges, axis=1).max() < 0.08  # none reaches from one patch to another


def test_landmarks_move_with_the_head(tmp_path: Path) -> None:
    path = _export(tmp_path, "landmarks")[1]
    points, motion = np.load(path), _recording().motion[Seat.B]
    assert path.name == "talk-B.landmarks.npy"
    assert points.shape == (FRAMES, 68, 3)
    still = np.stack([Rotation.from_rotvec(turn).inv().apply(row - shift) for turn, row, shift in _posed(points, motion)])
    assert np.abs(still[:, 27] - still[0, 27]).max() < 0.004  # the bridge of the nose sits on the skull
    assert (still[:, 57, 1] < still[:, 51, 1]).mean() > 0.9  # (weights are random)  the lower lip lies below the upper
    assert (still[:, 45, 0] > 0.02).all()  # point 45, the outer corner of the left eye, at +x


def _posed(points: npt.NDArray[Any], motion: Motion) -> Any:
    return zip(motion.head_rotation, points, motion.head_translation, strict=True)


def test_audio2face_files_have_their_keys(tmp_path: Path) -> None:
    path = _export(tmp_path, "a2f-json", sound="talk/audio.flac", frame_rate_hz=30.0)[0]
    content = json.loads(path.read_text())
    assert list(content) == ["exportFps", "trackPath", "numPoses", "numFrames", "facsNames", "weightMat"]
    assert (content["exportFps"], content["trackPath"], content["numPoses"], content["numFrames"]) == (30.0, "talk/audio.flac", 52, 84)
    assert tuple(content["facsNames"]) == ARKIT52
    assert np.array(content["weightMat"]).shape == (84, 52)
    plain = json.loads(_export(tmp_path, "a2f-json", overwrite=True)[0].read_text())
    assert np.allclose(plain["weightMat"], _recording().motion[Seat.A].expression, atol=1e-8)


def _bvh(path: Path) -> tuple[list[str], npt.NDArray[np.float64], float]:
    """Channels as JOINT.CHANNEL, the table, and the time of a frame, by the format's description."""
    words = path.read_text().split("MOTION")
    joint, channels = "", []
    for line in words[0].split("\n"):
        parts = line.split()
        if parts[:1] in (["ROOT"], ["JOINT"]):
            joint = parts[1]
        if parts[:1] == ["CHANNELS"]:
            assert int(parts[1]) == len(parts) - 2
            channels += [f"{joint}.{name}" for name in parts[2:]]
    lines = words[1].strip().split("\n")
    assert int(lines[0].split()[1]) == len(lines) - 2
    return channels, np.array([[float(value) for value in line.split()] for line in lines[2:]]), float(lines[1].split()[2])


@pytest.mark.parametrize("basis", ["arkit52", "flame50"])
def test_bvh_holds_head_and_eyes(basis: str, tmp_path: Path) -> None:
    path = _export(tmp_path, "bvh", basis=basis)[0]
    motion = _recording(basis).motion[Seat.A]
    channels, table, frame_s = _bvh(path)
    assert frame_s == pytest.approx(0.04)
    assert table.shape == (FRAMES, len(channels))

    def columns(joint: str, kind: str) -> npt.NDArray[np.float64]:
        order = [name for name in channels if name.startswith(f"{joint}.") and name.endswith(kind)]
        assert [name[len(joint) + 1] for name in order] == (["Y", "X", "Z"] if kind == "rotation" else ["X", "Y", "Z"])
        return table[:, [channels.index(name) for name in order]]

    head = Rotation.from_euler("YXZ", columns("Head", "rotation"), degrees=True)
    assert (head.inv() * Rotation.from_rotvec(motion.head_rotation)).magnitude().max() < 1e-6
    assert np.allclose(columns("Neck", "position"), 100 * motion.head_translation, atol=1e-5)
    assert np.allclose(columns("RightEye", "rotation")[:, :2], np.degrees(motion.gaze[:, 1]), atol=1e-5)
    assert not columns("Body", "rotation").any()
    assert _about(path)["units"]["angle"] == "degree"


def test_seats_share_no_file_name(tmp_path: Path) -> None:
    assert [path.name for path in _export(tmp_path, "bvh")] == ["talk-A.bvh", "talk-B.bvh"]
    assert [path.name for path in _export(tmp_path, "bvh", seats=(Seat.B,))] == ["talk.bvh"]


def test_names_that_promise_another_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"talk.glb: expected a name that ends in \.csv; got \.glb"):
        export(_recording(), to="arkit-csv", out=tmp_path / "talk.glb", head_of=head_of)
    named = replace(_recording())
    paths = export(named, to="arkit-csv", out=tmp_path / "v1.2", head_of=head_of, seats=(Seat.A,))
    assert [path.name for path in paths] == ["v1.2.csv"]


def test_unknown_formats_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--to: expected an export format; got 'arkit'\. Did you mean arkit-csv"):
        export(_recording(), to="arkit", out=tmp_path / "talk", head_of=head_of)
