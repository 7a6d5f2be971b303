"""Heads of the user's own: glTF, ICT-FaceKit, and how load_head tells them apart and refuses what is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.arkit_names import arkit_name
from dyad.faces.gltf_head import load_gltf
from dyad.faces.head_files import load_head
from dyad.faces.ict import load_ict
from dyad.faces.mesh import Mesh, metres_per_unit, read_mesh
from dyad.faces.own_head import STILL_M, OwnHead, neck_share
from dyad.motion import Motion
from dyad.seat import Seat
from dyad.sinks.head_shape import PosedHeadShape

from .user_meshes import built_in, ict_names, write_glb, write_obj

SOME = ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft", "browInnerUp")


def whole(head: OwnHead, weights: np.ndarray) -> np.ndarray:
    """All vertices in the file's order for one frame of weights."""
    total = 1 + max(int(rows.max()) for rows in head.sources.values())
    points = np.full((total, 3), np.nan)
    for name, rows in head.sources.items():
        patch = head.patch(name)
        points[rows] = head.displace(name, weights[None])[0] if patch.kind == "moving" else patch.vertices
    return points


def one(name: str) -> np.ndarray:
    return np.eye(52, dtype=np.float32)[ARKIT52.index(name)]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("eyeBlink_L", "eyeBlinkLeft"), ("EYEBLINKLEFT", "eyeBlinkLeft"), ("eye_blink_right", "eyeBlinkRight"), ("jawOpen", "jawOpen"),
        ("head_geo.mouthSmile_R", "mouthSmileRight"), ("browInnerUp_L", "browInnerUp"), ("cheekPuff_R", "cheekPuff"), ("jaw.L", "jawLeft"),
        ("mouthLeft", "mouthLeft"), ("mouth_R", "mouthRight"), ("viseme_aa", None), ("eyeBlink", None), ("", None), ("L", None),
    ],
)  # fmt: skip
def test_names_are_understood(spelling: str, name: str | None) -> None:
    assert arkit_name(spelling) == name


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("unit", [1.0, 100.0])
def test_gltf_shapes_arrive_exactly(tmp_path: Path, sparse: bool, unit: float) -> None:
    face, deltas = built_in()
    names = {name.replace("Left", "_L").upper(): unit * deltas[ARKIT52.index(name)] for name in SOME}
    node = {"translation": [3, 2, 1]}
    path = write_glb(tmp_path / "h.glb", unit * face.vertices.position, face.triangles, names, sparse=sparse, node=node)
    head = load_gltf(path, detail="exact")
    assert isinstance(head, PosedHeadShape)
    for name in SOME:
        moved = whole(head, one(name)) - whole(head, np.zeros(52, np.float32))
        np.testing.assert_allclose(moved, deltas[ARKIT52.index(name)], atol=STILL_M)
        lively = np.linalg.norm(moved, axis=1) > 0
        np.testing.assert_allclose(moved[lively], deltas[ARKIT52.index(name)][lively], atol=2e-7)
    missing = next(note for note in head.notes if note.startswith("without"))
    assert all((name in missing) == (name not in SOME) for name in ("tongueOut", "jawForward", *SOME))
    # Its joint lies where the built-in head's is.
    shift = whole(head, np.zeros(52, np.float32)) - face.vertices.position
    np.testing.assert_allclose(shift, 0.0, atol=0.006)


def test_gltf_nodes_turn_positions_and_shapes(tmp_path: Path) -> None:
    face, deltas = built_in()
    turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # the file is z up; its node stands it up again
    names = {name: 10 * deltas[ARKIT52.index(name)] @ turn for name in SOME}
    node = {"rotation": [-np.sqrt(0.5), 0, 0, np.sqrt(0.5)], "scale": [0.1, 0.1, 0.1]}
    head = load_gltf(write_glb(tmp_path / "h.glb", 10 * face.vertices.position @ turn, face.triangles, names, node=node), detail="exact")
    moved = whole(head, one("jawOpen")) - whole(head, np.zeros(52, np.float32))
    expected = deltas[ARKIT52.index("jawOpen")]
    np.testing.assert_allclose(moved, expected, atol=STILL_M)


def test_gltf_without_the_shapes_lists_them(tmp_path: Path) -> None:
    face, deltas = built_in()
    path = write_glb(tmp_path / "h.glb", face.vertices.position, face.triangles, {"viseme_aa": deltas[0], "fun": deltas[1]})
    with pytest.raises(InputError, match=r"viseme_aa, fun; missing: eyeBlinkLeft, .*tongueOut\. .*transfer:") as caught:
        load_head(path)
    assert all(name in str(caught.value) for name in ARKIT52)


def test_a_head_that_faces_backwards_is_refused(tmp_path: Path) -> None:
    face, deltas = built_in()
    back = np.array([-1.0, 1.0, -1.0])
    path = write_glb(tmp_path / "h.glb", back * face.vertices.position, face.triangles, {n: back * deltas[ARKIT52.index(n)] for n in SOME})
    with pytest.raises(InputError, match="left eye"):
        load_gltf(path)


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_damaged_gltf_is_refused(tmp_path: Path, damage: str) -> None:
    face, deltas = built_in()
    path = write_glb(tmp_path / "h.glb", face.vertices.position, face.triangles, {"jawOpen": deltas[0]})
    content = path.read_bytes()
    path.write_bytes({"cut": content[: len(content) // 2], "text": b"glTF hello", "empty": b""}[damage])
    with pytest.raises(InputError, match=r"glTF 2\.0"):
        load_head(path)


@pytest.fixture(scope="module")
def ict_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    face, _ = built_in()
    folder = tmp_path_factory.mktemp("FaceXModel")
    neutral = 100 * face.vertices.position
    write_obj(folder / "generic_neutral_mesh.obj", neutral, face.triangles)
    for name, delta in ict_names().items():
        if name.startswith(("jawOpen", "eyeBlink", "browInnerUp", "mouthSmile")):
            write_obj(folder / f"{name}.obj", neutral + 100 * delta)
    write_obj(folder / "identity000.obj", neutral + np.array([1.0, 0.0, 0.0]))
    return folder


def test_ict_folder_of_obj_files(ict_folder: Path) -> None:
    _, deltas = built_in()
    head = load_head(ict_folder, detail="exact")
    for name in ("jawOpen", "eyeBlinkLeft", "browInnerUp", "mouthSmileRight"):
        moved = whole(head, one(name)) - whole(head, np.zeros(52, np.float32))
        np.testing.assert_allclose(moved, deltas[ARKIT52.index(name)], atol=STILL_M)
    assert "tongueOut" in head.notes[0]


def test_ict_identity_modes_and_their_limits(ict_folder: Path) -> None:
    load_ict(ict_folder, modes=[0.5], detail="exact")
    with pytest.raises(InputError, match="at most 1"):
        load_ict(ict_folder, modes=[0.5, 0.5])


def test_ict_packed_form_equals_the_folder(tmp_path: Path, ict_folder: Path) -> None:
    face, _ = built_in()
    names = ict_names()
    quads = np.column_stack([face.triangles, np.full(len(face.triangles), -1)])
    np.savez(
        tmp_path / "packed.npz", neutral=100 * face.vertices.position, quads=quads, expression_names=list(names),
        expression_deltas=np.stack([100 * delta for delta in names.values()]).astype(np.float32),
    )  # fmt: skip
    packed, folder = load_head(tmp_path / "packed.npz", detail="exact"), load_head(ict_folder, detail="exact")
    np.testing.assert_allclose(whole(packed, one("jawOpen")), whole(folder, one("jawOpen")), atol=1e-6)
    assert packed.notes[0] == "without tongueOut"
    assert load_head(tmp_path).patches[0].name == packed.patches[0].name


def test_ict_of_mixed_releases_is_refused(tmp_path: Path, ict_folder: Path) -> None:
    for file in ict_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "jawOpen.obj").write_text("v 0 0 0\n")
    with pytest.raises(InputError, match=r"jawOpen\.obj.*vertices as in"):
        load_head(tmp_path)


def test_wrong_units_are_refused() -> None:
    head = np.array([[0.0, 0, 0], [0.2, 0.3, 0.2]])
    assert metres_per_unit("x", head) == 1.0
    assert metres_per_unit("x", 100 * head) == 0.01
    assert metres_per_unit("x", 1000 * head) == 0.001
    for extent, unit in ((head * 1e5, None), (head * 1e-3, None), (head, "cm"), (100 * head, "m")):
        with pytest.raises(InputError, match="a head of"):
            metres_per_unit("x", extent, unit=unit)
    with pytest.raises(InputError, match="unit of a mesh"):
        metres_per_unit("x", head, unit="inch")


def test_meshes_that_are_none_are_refused(tmp_path: Path) -> None:
    points = np.zeros((3, 3))
    with pytest.raises(InputError, match="without faces"):
        Mesh(name="m", vertices=points, triangles=np.zeros((0, 3), int))
    with pytest.raises(InputError, match="1 vertices with NaN"):
        Mesh(name="m", vertices=np.array([[np.nan, 0, 0], [1, 0, 0], [0, 1, 0]]), triangles=np.array([[0, 1, 2]]))
    with pytest.raises(InputError, match="indices from 0 to 2"):
        Mesh(name="m", vertices=points, triangles=np.array([[0, 1, 3]]))
    with pytest.raises(InputError, match="mesh"):
        read_mesh(write_obj(tmp_path / "points.obj", points))
    with pytest.raises(InputError, match="no such file"):
        read_mesh(tmp_path / "none.obj")
    for spec in (tmp_path, tmp_path / "nothing.pkl"):
        with pytest.raises(InputError, match="FLAME model"):
            load_head(spec)
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match=r"a \.txt file"):
        load_head(tmp_path / "notes.txt")


def test_the_lower_neck_stays_with_the_body(ict_folder: Path) -> None:
    """Vertices that do not follow the head end where they were, those that follow are turned by the viewer alone."""
    from scipy.spatial.transform import Rotation

    motion = Motion(
        seat=Seat.A, frame_rate_hz=25, expression=np.zeros((1, 52)), head_rotation=[[0.2, 0.5, 0.1]], head_translation=[[0.01, 0.0, 0.02]]
    )
    head = load_head(ict_folder, detail="exact")
    turn = Rotation.from_rotvec(motion.head_rotation).as_matrix()[0]
    for name, share in head.follow.items():
        rest = head.patch(name).vertices
        seen = head.vertices_of(name, motion)[0] @ turn.T + motion.head_translation[0]
        body, skull = share == 0.0, share == 1.0
        np.testing.assert_allclose(seen[body], rest[body], atol=1e-6)
        np.testing.assert_allclose(seen[skull], rest[skull] @ turn.T + motion.head_translation[0], atol=1e-6)
    chin, throat, chest = [0.0, -0.066, 0.09], [0.0, -0.11, 0.045], [0.0, -0.17, 0.05]
    shares = neck_share(np.array([chin, throat, chest]))
    assert shares[0] == 1.0
    assert 0.1 < shares[1] < 0.9
    assert shares[2] == 0.0


@pytest.mark.integration
def test_light_heads_keep_the_shapes_of_the_vertices_they_keep(ict_folder: Path) -> None:
    exact, light = load_head(ict_folder, detail="exact"), load_head(ict_folder, detail="light")
    want = whole(exact, one("jawOpen"))
    kept = 0
    for name, rows in light.sources.items():
        patch = light.patch(name)
        if patch.kind == "moving":
            np.testing.assert_allclose(light.displace(name, one("jawOpen")[None])[0], want[rows], atol=1e-6)
            kept += len(rows)
    assert 500 < kept <= 2 * 1800
    with pytest.raises(InputError, match="detail of a head"):
        load_head(ict_folder, detail="huge")


@pytest.mark.integration
def test_a_setting_names_the_head(ict_folder: Path, tmp_path: Path) -> None:
    from dyad.config import load_config
    from dyad.runs import head_of

    config = load_config(overrides=[f"a.head={ict_folder}"])
    with pytest.warns(UserWarning, match="without .*tongueOut"):
        head = head_of(config, Seat.A)
    assert isinstance(head, OwnHead)
    assert not isinstance(head_of(config, Seat.B), PosedHeadShape)
    with pytest.raises(InputError, match="no such file"):
        head_of(load_config(overrides=[f"b.head={tmp_path / 'none'}"]), Seat.B)
