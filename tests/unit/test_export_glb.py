"""glTF scenes, read by pygltflib and trimesh, neither of which wrote them; and back into dyad."""

import io
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pygltflib
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.exports.export import export
from dyad.glb_container import Glb
from dyad.motion_files import read_foreign, read_motion
from dyad.recording import Recording
from dyad.seat import Seat
from tests import scenes
from tests.light_heads import head_of

FRAMES = 50


def _recording() -> Recording:
    return scenes.recording(bases=("arkit52", "arkit52"), frames=FRAMES)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("glb") / "talk.glb"
    (path,) = export(_recording(), to="glb", out=out, head_of=head_of, sound="talk/audio.flac")
    return path


def _dense(gltf: pygltflib.GLTF2, index: int) -> npt.NDArray[Any]:
    """An accessor's values, sparse ones too, by the specification and pygltflib's view of it."""
    kinds = {5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
    blob, accessor = gltf.binary_blob(), gltf.accessors[index]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor.type]

    def view(number: int, kind: int, count: int) -> npt.NDArray[Any]:
        place = gltf.bufferViews[number]
        return np.frombuffer(blob, kinds[kind], count, place.byteOffset or 0)

    if accessor.bufferView is not None:
        values = view(accessor.bufferView, accessor.componentType, accessor.count * width).reshape(accessor.count, width)
    else:
        values = np.zeros((accessor.count, width), np.float32)
    if accessor.sparse is not None:
        sparse = accessor.sparse
        rows = view(sparse.indices.bufferView, sparse.indices.componentType, sparse.count)
        values = values.copy()
        values[rows] = view(sparse.values.bufferView, accessor.componentType, sparse.count * width).reshape(-1, width)
    return values


def _node(gltf: pygltflib.GLTF2, name: str) -> int:
    return next(index for index, node in enumerate(gltf.nodes) if node.name == name)


def _track(gltf: pygltflib.GLTF2, name: str, path: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    (animation,) = gltf.animations
    for channel in animation.channels:
        if channel.target.node == _node(gltf, name) and channel.target.path == path:
            sampler = animation.samplers[channel.sampler]
            return _dense(gltf, sampler.input)[:, 0], _dense(gltf, sampler.output)
    raise AssertionError(f"nothing moves {path} of {name}")


@pytest.mark.parametrize("seat", list(Seat))
def test_pygltflib_reads_the_motion(scene: Path, seat: Seat) -> None:
    gltf, motion = pygltflib.GLTF2().load(str(scene)), _recording().motion[seat]
    times, weights = _track(gltf, f"{seat.name}_face", "weights")
    assert np.allclose(times, np.arange(FRAMES) / 25.0, atol=1e-6)
    assert np.allclose(weights.reshape(FRAMES, 52), motion.expression, atol=1e-7)
    turned = Rotation.from_quat(_track(gltf, f"{seat.name}_head", "rotation")[1])
    assert (turned.inv() * Rotation.from_rotvec(motion.head_rotation)).magnitude().max() < 1e-6
    assert np.array_equal(_track(gltf, f"{seat.name}_head", "translation")[1], motion.head_translation)
    gaze = Rotation.from_quat(_track(gltf, f"{seat.name}_right_eye", "rotation")[1]).as_euler("YXZ")
    assert np.allclose(gaze[:, :2], motion.gaze[:, 1], atol=1e-6)


@pytest.mark.parametrize("seat", list(Seat))
def test_pygltflib_reads_the_shapes(scene: Path, seat: Seat) -> None:
    gltf, head = pygltflib.GLTF2().load(str(scene)), head_of(seat)
    mesh = gltf.meshes[gltf.nodes[_node(gltf, f"{seat.name}_face")].mesh]
    assert tuple(mesh.extras["targetNames"]) == ARKIT52
    (primitive,) = mesh.primitives
    moving = [patch for patch in head.patches if patch.kind == "moving"]
    assert np.array_equal(_dense(gltf, primitive.attributes.POSITION), np.concatenate([patch.vertices for patch in moving]))
    corners = np.concatenate([patch.vertices[patch.triangles] for patch in moving])
    read = _dense(gltf, primitive.attributes.POSITION)[_dense(gltf, primitive.indices)[:, 0].astype(int)]
    assert np.array_equal(read.reshape(-1, 3, 3), corners)
    assert len(primitive.targets) == 52
    for row, target in enumerate(primitive.targets):
        index = target["POSITION"] if isinstance(target, dict) else target.POSITION
        wanted = np.concatenate([patch.deltas[row] for patch in moving if patch.deltas is not None])
        assert np.abs(_dense(gltf, index) - wanted).max() < 1.8e-6


def test_trimesh_reads_the_scene(scene: Path) -> None:
    read = trimesh.load_scene(scene, process=False)
    low, high = read.bounds
    assert high[0] - low[0] == pytest.approx(0.75 + 0.3, abs=0.25)  # the seats, and half a body each
    head = head_of(Seat.B)
    triangles = sum(len(patch.triangles) for seat in Seat for patch in head_of(seat).patches)
    assert sum(len(mesh.faces) for mesh in read.geometry.values()) == triangles
    transform, geometry = read.graph.get("B_skull")
    skull = np.concatenate([patch.vertices for patch in head.patches if patch.kind == "static"])
    assert np.allclose(read.geometry[geometry].vertices, skull, atol=1e-6)
    # B sits at +x and looks along -x: its own z becomes -x.
    assert np.allclose(transform[:3, :3] @ [0, 0, 1], [-1, 0, 0], atol=1e-6)
    assert np.allclose(transform[:3, 3], [0.375, 0, 0], atol=1e-6)


def test_heads_face_each_other(scene: Path) -> None:
    gltf = pygltflib.GLTF2().load(str(scene))
    ahead = {}
    for seat in Seat:
        node = gltf.nodes[_node(gltf, seat.name)]
        ahead[seat] = np.array(node.translation), Rotation.from_quat(node.rotation).apply([0.0, 0.0, 1.0])
    for seat in Seat:
        to_partner = ahead[seat.partner][0] - ahead[seat][0]
        assert np.dot(ahead[seat][1], to_partner / np.linalg.norm(to_partner)) == pytest.approx(1.0)


def test_what_a_reader_must_know_stands_in_the_file(scene: Path) -> None:
    said = pygltflib.GLTF2().load(str(scene)).asset.extras["dyad"]
    assert (said["frame_rate_hz"], said["frames"], said["sound"]) == (25.0, FRAMES, "talk/audio.flac")
    assert said["units"]["length"] == "metre"
    assert "y up" in said["axes"]
    assert said["seats"]["B"]["participant"] == "Ben"
    assert not scene.with_name("talk.glb.about.json").exists()


def test_shapes_are_stored_sparsely(scene: Path) -> None:
    gltf = pygltflib.GLTF2().load(str(scene))
    assert sum(accessor.sparse is not None for accessor in gltf.accessors) > 150
    assert scene.stat().st_size < 2_000_000


@pytest.mark.parametrize("seat", list(Seat))
def test_there_and_back(scene: Path, seat: Seat) -> None:
    before, after = _recording().motion[seat], read_motion(scene, seat=seat)
    assert (after.seat, after.basis, after.frame_rate_hz, after.start_frame) == (seat, "arkit52", 25.0, 0)
    assert np.array_equal(after.expression, before.expression)
    assert np.array_equal(after.head_translation, before.head_translation)
    assert (Rotation.from_rotvec(after.head_rotation).inv() * Rotation.from_rotvec(before.head_rotation)).magnitude().max() < 1e-6
    assert np.allclose(after.gaze, before.gaze, atol=1e-6)
    assert np.array_equal(after.valid, before.valid)


def test_one_seat_alone_may_sit_anywhere(tmp_path: Path) -> None:
    (path,) = export(_recording(), to="glb", out=tmp_path / "b", head_of=head_of, seats=(Seat.B,), frame_rate_hz=50.0)
    foreign = read_foreign(path, seat=Seat.A)
    assert (foreign.motion.seat, foreign.motion.frame_rate_hz, len(foreign.motion)) == (Seat.A, 50.0, 2 * FRAMES)
    assert foreign.notes == ("Motion of seat B put on seat A.",)


def test_flame_motion_says_what_is_left_out(tmp_path: Path) -> None:
    (path,) = export(scenes.recording(frames=FRAMES), to="glb", out=tmp_path / "talk", head_of=head_of)
    said = pygltflib.GLTF2().load(str(path)).asset.extras["dyad"]["seats"]
    assert "needs your FLAME file" in said["B"]["note"]
    assert "note" not in said["A"]
    with pytest.raises(InputError, match="got basis flame50, whose expression a glTF does not hold"):
        read_motion(path, seat=Seat.B)


def test_a_recording_without_frames_is_a_scene_that_stands_still(tmp_path: Path) -> None:
    empty = replace(_recording(), motion={seat: motion.slice(0, 0) for seat, motion in _recording().motion.items()})
    (path,) = export(empty, to="glb", out=tmp_path / "none", head_of=head_of)
    assert not pygltflib.GLTF2().load(str(path)).animations


def _rewritten(content: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The file with its document changed."""
    glb = Glb.parse(content)
    change(glb.json)
    text = json.dumps(glb.json).encode()
    text += b" " * (-len(text) % 4)
    out = io.BytesIO()
    out.write(struct.pack("<5I", 0x46546C67, 2, 28 + len(text) + len(glb.binary), len(text), 0x4E4F534A))
    out.write(text + struct.pack("<2I", len(glb.binary), 0x004E4942) + glb.binary)
    return out.getvalue()


def _rename_shape(document: dict[str, Any]) -> None:
    for mesh in document["meshes"]:
        names = mesh.get("extras", {}).get("targetNames", [])
        mesh["extras"] = {"targetNames": ["?" if name == "jawOpen" else name for name in names]}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda document: document["asset"].pop("extras"), "a glTF whose frame rate, axes and neutral pose are not stated"),
        (lambda document: document["asset"]["extras"]["dyad"].update(frame_rate_hz=30.0), "keys that are not at 30 fps"),
        (lambda document: document.pop("animations"), "got 'animations'"),
        (_rename_shape, "no shapes called jawOpen"),
        (lambda document: document["accessors"].clear(), "list index out of range"),
    ],
)
def test_scenes_that_leave_something_open_are_refused(change: Any, text: str, scene: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.glb"
    path.write_bytes(_rewritten(scene.read_bytes(), change))
    with pytest.raises(InputError, match=text) as caught:
        read_motion(path, seat=Seat.A)
    assert str(caught.value).startswith(f"{path}: expected a .glb that dyad exported; got ")


def test_shapes_are_found_by_name(scene: Path, tmp_path: Path) -> None:
    def swap(document: dict[str, Any]) -> None:
        for mesh in document["meshes"]:
            names = mesh.get("extras", {}).get("targetNames", [])
            mesh["extras"] = {"targetNames": list(reversed(names))}

    path = tmp_path / "reversed.glb"
    path.write_bytes(_rewritten(scene.read_bytes(), swap))
    assert np.array_equal(read_motion(path, seat=Seat.A).expression, read_motion(scene, seat=Seat.A).expression[:, ::-1])


@pytest.mark.parametrize("keep", [0, 10, 19, 100, 0.5, 0.999])
def test_files_cut_short_are_refused(keep: float, scene: Path, tmp_path: Path) -> None:
    content = scene.read_bytes()
    path = tmp_path / "cut.glb"
    path.write_bytes(content[: int(keep * len(content)) if 0 < keep < 1 else int(keep)])
    with pytest.raises(InputError, match=r"expected a \.glb that dyad exported; got (no binary glTF|a truncated glTF)"):
        read_motion(path, seat=Seat.A)
