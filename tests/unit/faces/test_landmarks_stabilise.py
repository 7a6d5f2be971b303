"""Face points and skull motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.head import Head
from dyad.faces.identity import Identity
from dyad.faces.landmarks68 import face_landmarks, known_landmark_places, landmark_places, landmark_positions, mirrored_order
from dyad.faces.mesh import Mesh
from dyad.faces.own_head import OwnHead, cut_head
from dyad.faces.stabilise import stabilise
from dyad.motion import Motion
from dyad.seat import Seat
from tests.unit.faces.user_meshes import built_in


def motion(expression: np.ndarray, rotation: np.ndarray | None = None) -> Motion:
    turn = np.zeros((len(expression), 3)) if rotation is None else rotation
    return Motion(seat=Seat.A, frame_rate_hz=25, expression=expression, head_rotation=turn, head_translation=0.1 * turn)


def weight(name: str) -> np.ndarray:
    return np.eye(52)[[ARKIT52.index(name)]]


@pytest.mark.parametrize("name", ["average", "light"])
def test_points_are_mirrored_in_order_and_in_place(request: pytest.FixtureRequest, name: str) -> None:
    head = request.getfixturevalue(name)
    p = landmark_positions(head, motion(np.zeros((1, 52))))[0].astype(np.float64)
    np.testing.assert_allclose(p[mirrored_order()] * [-1, 1, 1], p, atol=1e-7)
    assert (p[[0, 17, 31, 36, 48], 0] < 0).all()  # the subject's right first
    assert (np.diff(p[:9, 1]) < 0).all()  # the jaw line falls to the chin
    assert (np.diff(p[:17, 0]) > 0).all()
    assert (np.diff(p[17:27, 0]) > 0).all()
    assert (np.diff(p[27:31, 1]) < 0).all()
    assert p[:, 2].argmax() == 30  # the tip of the nose
    assert p[8, 1] == p[:, 1].min()
    for outer, inner, upper, lower in ((36, 39, (37, 38), (41, 40)), (45, 42, (44, 43), (46, 47))):
        assert abs(p[outer, 0]) > abs(p[inner, 0])
        assert all(p[up, 1] > p[low, 1] for up, low in zip(upper, lower, strict=True))
    assert (np.diff(p[48:55, 0]) > 0).all()
    assert p[51, 1] > p[62, 1] >= p[66, 1] > p[57, 1]


def test_points_move_with_the_face(average: Head) -> None:
    rest = landmark_positions(average, motion(np.zeros((1, 52))))[0]
    jaw = landmark_positions(average, motion(weight("jawOpen")))[0] - rest
    assert jaw[66, 1] < -0.01
    assert abs(jaw[62, 1]) < 0.004
    assert np.abs(jaw[27:31]).max() < 1e-4
    blink = landmark_positions(average, motion(weight("eyeBlinkLeft")))[0] - rest
    assert blink[43, 1] < -0.003
    assert np.abs(blink[36:42]).max() < 1e-6


def test_points_follow_the_head_unless_asked_not_to(average: Head) -> None:
    turned = motion(weight("jawOpen"), np.array([[0.1, 0.4, 0.0]]))
    still = landmark_positions(average, turned, posed=False)
    np.testing.assert_allclose(still, landmark_positions(average, motion(weight("jawOpen"))), atol=1e-7)
    want = Rotation.from_rotvec(turned.head_rotation[0]).apply(still[0]) + turned.head_translation[0]
    np.testing.assert_allclose(landmark_positions(average, turned)[0], want, atol=1e-6)


def own_head(landmarks: np.ndarray | None) -> OwnHead:
    """The built-in face as a head of a user's own."""
    face, deltas = built_in()
    mesh = Mesh(name="copy", vertices=face.vertices.position, triangles=face.triangles)
    grey = np.full((len(mesh.vertices), 3), 128, np.uint8)
    return cut_head(
        mesh, deltas, colours=grey, source="copy.glb", identity=Identity(), detail="full", landmark_vertices=landmarks
    )  # fmt: skip


def test_points_of_the_inner_lips_go_with_their_own_lip() -> None:
    marks = face_landmarks(built_in()[0])
    mixed = marks.copy()
    mixed[[61, 62, 66, 67]] = marks[[67, 66, 62, 61]]  # lips touch: nearest vertices may well be these
    given = motion(weight("jawOpen"))
    wanted, found = landmark_positions(own_head(marks), given)[0], landmark_positions(own_head(mixed), given)[0]
    np.testing.assert_allclose(found, wanted, atol=0.002)
    assert (found[61:64, 1] - found[[67, 66, 65], 1] > 0.015).all()


@pytest.mark.integration
def test_points_of_a_head_that_does_not_say_them_are_found() -> None:
    face, _ = built_in()
    head = own_head(None)
    assert head.landmarks is None
    found = landmark_positions(head, motion(np.zeros((1, 52))))[0]
    np.testing.assert_allclose(found, face.vertices.position[face_landmarks(face)], atol=0.002)
    assert known_landmark_places(head) == landmark_places(head)


def test_a_head_without_a_face_has_no_points() -> None:
    whole = own_head(None)
    head = replace(whole, patches=tuple(patch for patch in whole.patches if patch.kind == "eye"))
    assert known_landmark_places(head) is None
    with pytest.raises(InputError, match=r"head copy\.glb: expected a head on which the built-in face can be laid"):
        landmark_places(head)


def talking(head: Head, *, kinds: tuple[str, ...], frames: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """A lively vertex sequence (T, V, 3) and the face at rest."""
    rng = np.random.default_rng(0)
    weights = np.clip(rng.normal(0.25, 0.3, (frames, 52)), 0, 1)
    parts = [p for p in head.patches if p.kind in kinds]
    moved = [head.displace(p.name, weights) if p.kind == "moving" else np.repeat(p.vertices[None], frames, 0) for p in parts]
    return np.concatenate(moved, axis=1).astype(np.float64), np.concatenate([p.vertices for p in parts]).astype(np.float64)


@pytest.mark.parametrize(("kinds", "noise_m"), [(("moving", "static"), 0.0), (("moving", "static"), 1e-4), (("moving",), 0.0)])
def test_skull_motion_is_found_under_expression(light: Head, kinds: tuple[str, ...], noise_m: float) -> None:
    rng = np.random.default_rng(1)
    faces, rest = talking(light, kinds=kinds)
    turn, shift = Rotation.from_rotvec(rng.normal(0, 0.3, (len(faces), 3))), rng.normal(0, 0.02, (len(faces), 3))
    seen = np.einsum("tab,tvb->tva", turn.as_matrix(), faces) + shift[:, None] + rng.normal(0, noise_m, faces.shape)
    found = stabilise(seen, reference=rest)
    error = np.degrees((Rotation.from_rotvec(found.rotation) * turn.inv()).magnitude())
    assert error.max() < 0.05
    np.testing.assert_allclose(found.translation, shift, atol=2e-4)
    np.testing.assert_allclose(found.vertices, faces, atol=2e-4 + 6 * noise_m)


def test_known_static_points_are_enough(light: Head) -> None:
    faces, rest = talking(light, kinds=("moving", "static"))
    static = np.flatnonzero(np.abs(faces - rest).max(axis=(0, 2)) < 1e-6)
    found = stabilise(faces, reference=rest, static=static)
    assert np.abs(found.rotation).max() < 1e-6
    assert (found.weights[np.setdiff1d(np.arange(len(rest)), static)] == 0.0).all()


def test_sequences_that_cannot_be_stabilised_are_refused() -> None:
    faces = np.random.default_rng(0).normal(size=(3, 10, 3))
    for bad, text in ((faces[0], "frames, vertices"), (np.where(faces > 2, np.nan, faces), "finite")):
        with pytest.raises(InputError, match=text):
            stabilise(bad)
    with pytest.raises(InputError, match="same vertices"):
        stabilise(faces, reference=faces[0, :5])
    with pytest.raises(InputError, match="at least 4"):
        stabilise(faces, static=np.array([0, 1, 2]))
