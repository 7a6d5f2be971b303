"""The 68 iBUG face points (300-W; Sagonas et al., 2013) of a head, at rest and in motion.

Order: jaw line 0-16 from the subject's right ear over the chin, right brow 17-21, left brow 22-26, bridge of the nose 27-30, its base
31-35, right eye 36-41 and left eye 42-47 (each as a clock seen from the front), outer lips 48-59, inner lips 60-67. Left of the picture is
the subject's right.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.assembly import Face, assemble_face
from dyad.faces.head import MOVING, STATIC, Floats, Head
from dyad.faces.identity import Identity
from dyad.faces.mesh import Array, Indices
from dyad.faces.own_head import OwnHead
from dyad.faces.parts import Part
from dyad.motion import Motion

Places = tuple[tuple[str, int], ...]
"""68 pairs of patch name and vertex index."""

COUNT: Final = 68
JAW: Final = slice(0, 17)
_SEAM, _BORDER = 2, 5  # lip rings: the visible seam and the border of the red (dyad.faces.lips)
LIP_MIDDLES: Final = (51, 57)
"""Middles of the outer upper and lower lip."""
_UPPER_INNER, _LOWER_INNER = (61, 62, 63), (65, 66, 67)
PARTED_M: Final = 0.004
"""A jaw that parts the middles of the lips by less than this (4 mm) tells nothing about which lip is which."""
_LIP_REACH_M: Final = 0.003
_MIRROR: Final = (
    *range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
)  # fmt: skip


def mirrored_order() -> Indices:
    """(68,) index of each point's mirror image."""
    return np.array(_MIRROR)


def face_landmarks(face: Face) -> Indices:
    """Choose the points among the vertices of the built-in head, by its labels and its shape.

    Args:
        face: the assembled face.

    Returns:
        (68,) vertex indices; mirror images of each other.
    """
    left: dict[int, int] = {}
    left.update(_jaw_line(face))
    brow = _brow(face)
    left.update({22 + index: brow[index] for index in range(5)})
    left.update(_nose(face))
    left.update(_left_eye(face))
    left.update(_lips(face))
    points = np.full(COUNT, -1)
    for index, vertex in left.items():
        points[index] = vertex
        points[_MIRROR[index]] = face.mirror_of[vertex]
    return points


def _nearest(face: Face, mask: npt.NDArray[np.bool_], cost: Array) -> int:
    allowed = np.flatnonzero(mask)
    return int(allowed[cost[allowed].argmin()])


def _jaw_line(face: Face) -> dict[int, int]:
    """Where the face turns away from the viewer, every 13.5 degrees round its middle; points 8 (chin) to 16 (left ear)."""
    position, marks = face.vertices.position, face.marks
    skin = (face.vertices.part == Part.SKIN) & (position[:, 0] >= 0.0) & (face.normals[:, 2] > 0.2)
    skin[face.triangles[np.array(face.patches) == "ears"]] = False
    offset = np.array([0.5 * (marks.nose_base[1] + marks.eye[1])]) - position[:, 1]
    angle, radius = np.arctan2(position[:, 0], offset), np.hypot(position[:, 0], offset)
    found: dict[int, int] = {}
    for step in range(9):
        near = skin & (np.abs(angle - np.radians(13.5 * step)) < np.radians(6.0 if step else 0.5))
        if step == 0:
            near &= position[:, 0] == 0.0
        found[8 + step] = _nearest(face, near, -radius)
    return found


def _brow(face: Face) -> list[int]:
    """Five points on the left brow's ridge, from the inside."""
    vertices = face.vertices
    own = (vertices.part == Part.BROW) & (vertices.position[:, 0] > 0.0)
    rows = []
    for want in (0.0, 0.25, 0.5, 0.75, 1.0):
        column = _nearest(face, own, np.abs(vertices.along - want))
        same = np.flatnonzero(own & (np.abs(vertices.along - vertices.along[column]) < 1e-9))
        rows.append(int(same[np.argsort(vertices.position[same, 1])][-2]))
    return rows


def _nose(face: Face) -> dict[int, int]:
    position, marks = face.vertices.position, face.marks
    skin = face.vertices.part == Part.SKIN
    midline = skin & (position[:, 0] == 0.0) & (position[:, 2] > 0.05)
    top, tip = marks.eye[1] + 0.002, marks.nose_tip[1]
    found = {27 + step: _nearest(face, midline, np.abs(position[:, 1] - (top + (tip - top) * step / 3))) for step in range(4)}
    found[33] = _nearest(face, midline, np.abs(position[:, 1] - marks.nose_base[1]))
    side = skin & (position[:, 0] > 0.0)
    base, wing = position[found[33]], marks.nose_wing
    for index, share in ((34, 0.5), (35, 0.95)):
        want = np.array([share * wing[0], base[1] + 0.002 * share, base[2] + share * (wing[2] - 0.004 - base[2])])
        found[index] = _nearest(face, side, np.linalg.norm(position - want, axis=1))
    return found


def _left_eye(face: Face) -> dict[int, int]:
    """Lash line of the left eye: corners, and a third and two thirds along each lid."""
    vertices = face.vertices
    margin = (vertices.part == Part.LID) & (vertices.row == 1.0) & (vertices.position[:, 0] > 0.0)
    places = {42: (0.0, 0.0), 43: (1.0, 0.34), 44: (1.0, 0.68), 45: (0.0, 1.0), 46: (-1.0, 0.68), 47: (-1.0, 0.34)}
    # The lash line is the foremost of the three loops at the margin.
    return {
        index: _nearest(face, margin & (vertices.side == side), 10.0 * np.abs(vertices.along - along) - vertices.position[:, 2])
        for index, (side, along) in places.items()
    }


def _lips(face: Face) -> dict[int, int]:
    vertices = face.vertices
    red = (vertices.part == Part.LIP) & (vertices.row == 1.0) & (vertices.position[:, 0] >= 0.0)
    places = {
        51: (1.0, 0.0, _BORDER), 52: (1.0, 0.2, _BORDER), 53: (1.0, 0.6, _BORDER), 54: (0.0, 1.0, _BORDER),
        55: (-1.0, 0.6, _BORDER), 56: (-1.0, 0.25, _BORDER), 57: (-1.0, 0.0, _BORDER),
        62: (1.0, 0.0, _SEAM), 63: (1.0, 0.45, _SEAM), 64: (0.0, 1.0, _SEAM), 65: (-1.0, 0.45, _SEAM), 66: (-1.0, 0.0, _SEAM),
    }  # fmt: skip
    found = {}
    for index, (side, along, ring) in places.items():
        own = red & (vertices.side == side)
        column = _nearest(face, own, np.abs(vertices.along - along))
        found[index] = int(np.flatnonzero(own & (vertices.along == vertices.along[column]))[ring])
    return found


@cache
def _built_in_places(identity: Identity, detail: str) -> Places:
    face = assemble_face(identity, detail)
    names = np.array(face.patches)
    used = {name: np.unique(face.triangles[names == name]) for name in (*MOVING, *STATIC)}
    places = []
    for vertex in face_landmarks(face):
        name = next(name for name, own in used.items() if vertex in own)
        places.append((name, int(np.searchsorted(used[name], vertex))))
    return tuple(places)


def known_landmark_places(head: Head) -> Places | None:
    """`landmark_places`, or None for a head whose points cannot be told."""
    if not isinstance(head, OwnHead):
        return _built_in_places(head.identity, head.detail)
    from dyad.faces.landmarks_found import found_places  # which lays the built-in face, with these very points, over the head

    places = found_places(head) if head.landmarks is None else head.landmarks
    return None if places is None else _with_parted_lips(head, places)


def landmark_places(head: Head) -> Places:
    """Find the 68 points on a head.

    Args:
        head: the built-in one, or one of the user's; where its file does not say the points, they are looked for (some seconds).

    Returns:
        68 pairs of patch name and vertex index.

    Raises:
        InputError: a head of the user's whose points cannot be found.
    """
    places = known_landmark_places(head)
    if places is None:
        source = head.source if isinstance(head, OwnHead) else "the built-in one"
        raise InputError(
            f"head {source}", expected="a head on which the built-in face can be laid", got="none of its face points",
            cure="Use the built-in head, ICT-FaceKit, or a transferred one.",
        )  # fmt: skip
    return places


def _with_parted_lips(head: OwnHead, places: Places) -> Places:
    """Points of the inner lips on the lip they are named after.

    Closed lips touch, so that the vertex nearest to a point of one may belong to the other: a point of the upper lip that goes with the
    jaw, or of the lower one that stays, moves to the nearest vertex that does as it should.
    """
    jaw = ARKIT52.index("jawOpen")
    moving = [patch for patch in head.patches if patch.deltas is not None]
    owner = [(patch.name, vertex) for patch in moving for vertex in range(len(patch.vertices))]
    rest = np.concatenate([patch.vertices for patch in moving]) if moving else np.zeros((0, 3))
    drop = np.concatenate([-patch.deltas[jaw, :, 1] for patch in moving if patch.deltas is not None]) if moving else np.zeros(0)
    index = {place: row for row, place in enumerate(owner)}
    if not all(places[point] in index for point in (*LIP_MIDDLES, *_UPPER_INNER, *_LOWER_INNER)):
        return places
    upper, lower = (drop[index[places[point]]] for point in LIP_MIDDLES)
    if lower - upper < PARTED_M:
        return places
    limit, tree, parted = 0.5 * (upper + lower), cKDTree(rest), list(places)
    for points, goes_down in ((_UPPER_INNER, False), (_LOWER_INNER, True)):
        for point in points:
            row = index[places[point]]
            near = np.array(sorted(tree.query_ball_point(rest[row], _LIP_REACH_M)))
            fitting = near[(drop[near] > limit) == goes_down]
            if (drop[row] > limit) != goes_down and len(fitting):
                parted[point] = owner[fitting[np.linalg.norm(rest[fitting] - rest[row], axis=1).argmin()]]
    return tuple(parted)


def landmark_positions(head: Head, motion: Motion, *, posed: bool = True) -> Floats:
    """The 68 points of a head in motion.

    Args:
        head: see `landmark_places`.
        motion: T frames in a basis the head shows.
        posed: True for the axes of the resting body (head rotation and translation applied), False for those of the head.

    Returns:
        (T, 68, 3) float32 metres, origin at the joint between skull and neck at rest.

    Raises:
        InputError: a head without known points, or motion in a basis it does not show.
    """
    if not isinstance(head, OwnHead) and motion.basis != "arkit52":
        raise InputError(
            "motion", expected=f"weights of the {len(ARKIT52)} ARKit shapes", got=motion.basis, cure="Convert it with basis_fit."
        )
    places = landmark_places(head)
    points = np.zeros((len(motion), COUNT, 3), np.float32)
    for name in dict.fromkeys(name for name, _ in places):
        rows = [index for index, place in enumerate(places) if place[0] == name]
        vertices = [places[index][1] for index in rows]
        points[:, rows] = _moved(head, name, motion)[:, vertices]
    if not posed:
        return points
    turn = Rotation.from_rotvec(motion.head_rotation).as_matrix()
    return np.asarray(points @ turn.transpose(0, 2, 1) + motion.head_translation[:, None], np.float32)


def _moved(head: Head, name: str, motion: Motion) -> Floats:
    patch = head.patch(name)
    if patch.kind != "moving":
        return np.repeat(patch.vertices[None], len(motion), axis=0)
    return head.vertices_of(name, motion) if isinstance(head, OwnHead) else head.displace(name, motion.expression)
