"""Shapes on any mesh, and between bases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.alignment import Similarity, align_face, fit_similarity
from dyad.faces.basis_fit import WeightFitter, arkit_from_flame, arkit_pairs, flame_from_arkit
from dyad.faces.closest import closest_weights
from dyad.faces.decimate import decimate
from dyad.faces.flame_head import FlameHead, load_flame
from dyad.faces.landmarks68 import face_landmarks, landmark_places
from dyad.faces.mesh import Mesh
from dyad.faces.parts import Part
from dyad.faces.surface_fit import transfer_deformation
from dyad.faces.transfer import load_transferred, transfer_shapes
from dyad.motion import Motion
from dyad.seat import Seat
from tests.unit.faces.flame_files import made_flame, write_npz
from tests.unit.faces.user_meshes import built_in, moving_part, shuffled, subdivided, thinned, write_obj

pytestmark = pytest.mark.integration

TURN = Rotation.from_euler("xyz", [100, 10, -7], degrees=True).as_matrix()


def opening(deltas: np.ndarray) -> float:
    return float(np.linalg.norm(deltas[ARKIT52.index("jawOpen")], axis=1).max())


def test_a_placed_copy_deforms_as_the_face_does() -> None:
    face, deltas = built_in()
    place = Similarity(scale=1.1, rotation=TURN, shift=np.array([0.3, -1.0, 2.0]))
    carried = transfer_deformation(face, deltas, place.apply(face.vertices.position), place)
    np.testing.assert_allclose(carried, 1.1 * deltas @ TURN.T, atol=1e-6)


def largest_error(vertices: np.ndarray, deltas: np.ndarray, triangles: np.ndarray) -> float:
    """Of all vertices and all 52 shapes transferred to a shuffled, turned, larger copy; a share of how far the mouth opens."""
    mesh, want = shuffled(vertices, deltas, triangles, turn=TURN, scale=1.1, shift=np.array([0.3, -1.0, 2.0]))
    return float(np.linalg.norm(transfer_shapes(mesh) - want, axis=2).max()) / opening(want)


def test_a_shuffled_turned_copy_gets_the_same_shapes() -> None:
    assert largest_error(*moving_part()) < 1e-3


def test_a_finer_copy_gets_the_shapes() -> None:
    """Every triangle cut in four; at the lips' corners vertices 0.02 mm apart move 2 mm apart."""
    assert largest_error(*subdivided(*moving_part())) < 0.03


def test_a_coarser_copy_gets_the_shapes() -> None:
    face, deltas = built_in()
    assert largest_error(*thinned(face.vertices.position, deltas, face.triangles, share=0.6)) < 0.03


def test_a_remeshed_copy_gets_the_shapes() -> None:
    """Vertices in the middles of edges, and other triangles between them."""
    assert largest_error(*thinned(*subdivided(*moving_part()), share=0.3)) < 0.03


def test_a_mesh_file_becomes_a_head(tmp_path: Path) -> None:
    face, deltas = built_in()
    skin = face.triangles[(face.vertices.part[face.triangles] != Part.LASH).all(axis=1)]
    turned = 100 * (face.vertices.position @ TURN.T + 1.0)
    head = load_transferred(write_obj(tmp_path / "me.obj", turned, skin), detail="exact")
    assert head.landmarks is not None
    points = np.stack([head.patch(name).vertices[vertex] for name, vertex in landmark_places(head)])
    np.testing.assert_allclose(points, face.vertices.position[face_landmarks(face)], atol=1e-3)
    assert head.notes == ("no separate eyeballs found: the eyes do not turn",)
    opened = np.eye(52, dtype=np.float32)[[ARKIT52.index("jawOpen")]]
    moving = [patch for patch in head.patches if patch.kind == "moving"]
    moved = [np.linalg.norm(head.displace(patch.name, opened)[0] - patch.vertices, axis=1).max() for patch in moving]
    assert max(moved) == pytest.approx(opening(deltas), rel=0.02)


def test_what_is_no_face_is_refused() -> None:
    flat = np.random.default_rng(0).uniform(-0.15, 0.15, (500, 3)) * np.array([1.0, 1.0, 0.0])
    with pytest.raises(InputError, match="laid over the built-in one"):
        align_face(built_in()[0].vertices.position, flat + np.array([0.0, 0.0, 1.0]), np.tile([0.0, 0.0, 1.0], (500, 1)), name="plate")


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_similarities_are_recovered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, turn = rng.normal(size=(12, 3)), Rotation.random(random_state=seed).as_matrix()
    scale, shift = float(rng.uniform(0.5, 2.0)), rng.normal(size=3)
    found = fit_similarity(points, scale * points @ turn.T + shift)
    np.testing.assert_allclose(found.rotation, turn, atol=1e-9)
    np.testing.assert_allclose([found.scale, *found.shift], [scale, *shift], atol=1e-9)
    np.testing.assert_allclose(found.inverse().apply(found.apply(points)), points, atol=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_no_point_of_a_triangle_is_nearer_than_the_closest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners, point = rng.normal(size=(3, 3)), rng.normal(size=3)
    weights = closest_weights(point, corners)
    assert weights.min() >= -1e-12
    assert weights.sum() == pytest.approx(1.0)
    others = rng.dirichlet(np.ones(3) * 0.5, 400)
    assert np.linalg.norm(weights @ corners - point) <= np.linalg.norm(others @ corners - point, axis=1).min() + 1e-9


def test_thinning_keeps_borders_and_makes_no_holes() -> None:
    face, _ = built_in()
    whole = Mesh(name="face", vertices=face.vertices.position, triangles=face.triangles)
    kept, triangles = decimate(whole, 2500)
    assert len(kept) <= 2600
    thin = Mesh(name="thin", vertices=whole.vertices[kept], triangles=triangles)

    def border(mesh: Mesh) -> int:
        sides = np.sort(np.concatenate([mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]], mesh.triangles[:, [2, 0]]]), axis=1)
        return int((np.unique(sides, axis=0, return_counts=True)[1] == 1).sum())

    assert border(thin) == border(whole)
    assert len(np.unique(thin.pieces())) == len(np.unique(whole.pieces()))


def test_bounded_weights_are_found_and_sides_kept_together() -> None:
    _, deltas = built_in()
    acting = np.linalg.norm(deltas, axis=2).max(axis=0) > 1e-4
    rng = np.random.default_rng(2)
    weights = np.where(rng.random((6, 52)) < 0.25, rng.uniform(0, 1, (6, 52)), 0.0)
    shapes = deltas[:, acting]
    moved = np.tensordot(weights, shapes, axes=1)
    found = WeightFitter(shapes, pairs=arkit_pairs()).fit(moved)
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    rms = np.sqrt(((np.tensordot(found, shapes, axes=1) - moved) ** 2).sum(2).mean())
    assert rms < 2e-4, f"{1000 * rms} mm"
    tired = np.where(rng.random((6, 52)) < 0.2, 0.6, 0.0)
    left, right = np.array(arkit_pairs()).T
    tired[:, right] = tired[:, left]
    noisy = np.tensordot(tired, shapes, axes=1) + rng.normal(0, 2e-3, (6, *shapes.shape[1:]))
    free, paired = (WeightFitter(shapes, pairs=pairs).fit(noisy) for pairs in (None, arkit_pairs()))
    assert np.abs(paired[:, left] - paired[:, right]).mean() < 0.8 * np.abs(free[:, left] - free[:, right]).mean()


@pytest.fixture(scope="module")
def flame(tmp_path_factory: pytest.TempPathFactory) -> FlameHead:
    """FLAME's layout on the built-in face: the expression components are mixtures of its shapes, the jaw turns what jawOpen moves."""
    face, deltas = built_in()
    rng, count = np.random.default_rng(5), len(face.vertices.position)
    model = made_flame()
    mixtures = rng.normal(0, 0.25, (100, 52)) * (np.arange(52) != ARKIT52.index("jawOpen"))
    directions = np.zeros((count, 3, 400))
    directions[:, :, 300:] = np.einsum("ek,kvc->vce", mixtures, deltas)
    jaw = np.linalg.norm(deltas[ARKIT52.index("jawOpen")], axis=1)
    weights = np.zeros((count, 5))
    weights[:, 2] = jaw / jaw.max()
    weights[:, 1] = 1.0 - weights[:, 2]
    position = face.vertices.position
    regressor = np.zeros((5, count))
    # The neck joint at the origin, the jaw's between the ears: each the mean of mirrored vertices, as weights on four of them.
    for joint, place in enumerate(np.array([[0, -0.08, 0], [0, 0, 0], [0, 0.012, 0.015], [0.03, 0.05, 0.08], [-0.03, 0.05, 0.08]])):
        system = np.vstack([position.T, np.ones(count)])
        regressor[joint] = np.linalg.lstsq(system, np.append(place, 1.0), rcond=None)[0]
    model |= {
        "v_template": position, "f": face.triangles, "shapedirs": directions, "weights": weights, "J_regressor": regressor,
        "posedirs": np.zeros((count, 3, 36)),
    }  # fmt: skip
    return load_flame(write_npz(tmp_path_factory.mktemp("flame") / "f.npz", model), detail="exact")


def test_flame_to_arkit_and_back(flame: FlameHead) -> None:
    assert flame.bases == ("flame50", "arkit52")
    rng = np.random.default_rng(3)
    weights = np.zeros((8, 52), np.float32)
    weights[:, [ARKIT52.index(n) for n in ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "browInnerUp")]] = rng.uniform(0.1, 0.7, (8, 4))
    motion = Motion(seat=Seat.B, frame_rate_hz=25, expression=weights, head_rotation=rng.normal(0, 0.2, (8, 3)))
    there = flame_from_arkit(motion, flame)
    assert there.motion.basis == "flame50"
    assert there.explained > 0.9
    assert np.corrcoef(there.motion.jaw_rotation[:, 0], motion.channel("jawOpen"))[0, 1] > 0.9
    np.testing.assert_array_equal(there.motion.head_rotation, motion.head_rotation)
    back = arkit_from_flame(there.motion, flame)
    assert back.explained > 0.9
    assert back.residual_m.max() < 1.5e-3
    assert back.motion.expression.min() >= 0.0
    assert back.motion.expression.max() <= 1.0
    np.testing.assert_allclose(back.motion.channel("jawOpen"), motion.channel("jawOpen"), atol=0.12)
    with pytest.raises(InputError, match="flame50"):
        arkit_from_flame(motion, flame)
    with pytest.raises(InputError, match="arkit52"):
        flame_from_arkit(there.motion, flame)


def test_a_flame_head_shows_both_bases(flame: FlameHead) -> None:
    still = Motion(seat=Seat.A, frame_rate_hz=25, basis="flame50", expression=np.zeros((1, 50)), head_rotation=np.zeros((1, 3)))
    open_jaw = replace(still, jaw_rotation=np.array([[0.3, 0.0, 0.0]]))
    arkit = Motion(seat=Seat.A, frame_rate_hz=25, expression=np.eye(52)[[ARKIT52.index("jawOpen")]], head_rotation=np.zeros((1, 3)))
    for motion in (open_jaw, arkit):
        drop = max(float((p.vertices - flame.vertices_of(p.name, motion)[0])[:, 1].max()) for p in flame.patches if p.kind == "moving")
        assert drop > 0.01
