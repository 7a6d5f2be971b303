"""Any mesh as a talking head: the built-in shapes carried over to a user's neutral mesh of whatever topology."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from dyad.faces.borrowed import borrow_brows, borrow_colours
from dyad.faces.eyeballs import find_eyeballs
from dyad.faces.head import Floats
from dyad.faces.identity import Identity
from dyad.faces.landmarks68 import face_landmarks
from dyad.faces.mesh import Array, Indices, Mesh, metres_per_unit, read_mesh
from dyad.faces.own_head import OwnHead, cut_head, neck_share
from dyad.faces.parts import Part
from dyad.faces.surface_fit import FittedFace, fit_face

TRUSTED_M: Final = 0.004
"""A vertex further than this from the fitted face takes its motion from its neighbours."""
_OPPOSED: Final = 0.5
_ON_IT_M: Final = 0.00002
_MOUTH_REACH_M: Final = 0.015
_PIECE_SHARE: Final = 0.9
_ASTRIDE: Final = 0.35
"""A piece in the mouth with at least this share of its height on either side of the lips' line (gums in one) is split there."""


def transfer_shapes(mesh: Mesh, *, fitted: FittedFace | None = None, landmarks: Array | None = None) -> Floats:
    """Carry the 52 built-in shapes over to a mesh.

    Args:
        mesh: the user's neutral face, metres, any axes and topology. Lips may touch but must not be welded.
        fitted: the built-in face already bent onto it; done here if None.
        landmarks: (68, 3) iBUG points of the mesh, where known.

    Returns:
        (52, V, 3) float32 metres, in the mesh's axes, order of `dyad.bases.ARKIT52`.

    Raises:
        InputError: a mesh no face can be laid over.
    """
    face = fit_face(mesh, landmarks=landmarks) if fitted is None else fitted
    found = face.locate(mesh)
    # What lies on the face to the last bit belongs to it even where coarse triangles turn its normal over.
    trusted = (found.distance < TRUSTED_M) & ((found.opposed < _OPPOSED) | (found.distance < _ON_IT_M))
    flat = np.ascontiguousarray(face.shapes.transpose(1, 0, 2)).reshape(len(face.positions), -1)
    carried = found.interpolate(face.mesh, flat)
    filled = _fill(mesh, carried, trusted, face, flat)
    return np.ascontiguousarray(filled.reshape(len(mesh.vertices), len(face.shapes), 3).transpose(1, 0, 2), np.float32)


def load_transferred(
    path: str | Path, *, identity: Identity | None = None, detail: str = "full", unit: str | None = None, landmarks: Array | None = None
) -> OwnHead:
    """Load any mesh file as a head that moves like the built-in one.

    Args:
        path: a file `dyad.faces.mesh.read_mesh` reads; its face at rest, mouth shut or nearly, eyes open.
        identity: colours it wears.
        detail: a key of `dyad.faces.own_head.MOVING_VERTICES`.
        unit: of the file; found from the size if None.
        landmarks: (68, 3) iBUG points in the file's unit and axes, where known: they make the fit surer.

    Returns:
        The head, turned and scaled to dyad's axes.

    Raises:
        InputError: an unreadable file, a mesh with NaN or without faces, a size no head has, or no face in it.
    """
    person = Identity() if identity is None else identity
    raw = read_mesh(path)
    scale = metres_per_unit(raw.name, raw.vertices, unit=unit)
    metric = Mesh(name=raw.name, vertices=scale * raw.vertices, triangles=raw.triangles)
    return head_from_mesh(metric, identity=person, detail=detail, landmarks=None if landmarks is None else scale * landmarks)


def head_from_mesh(mesh: Mesh, *, identity: Identity, detail: str = "full", landmarks: Array | None = None) -> OwnHead:
    """Make a head of a neutral mesh.

    Args:
        mesh: metres, any axes.
        identity: colours it wears.
        detail: see `load_transferred`.
        landmarks: (68, 3) metres, where known.

    Returns:
        The head, in dyad's axes.

    Raises:
        InputError: no face in the mesh.
    """
    first = fit_face(mesh, identity=identity, landmarks=landmarks)
    # Into dyad's axes, but in the user's size.
    turn, joint = first.placement.rotation, first.placement.shift
    upright = Mesh(name=mesh.name, vertices=(mesh.vertices - joint) @ turn, triangles=mesh.triangles)
    placed = type(first.placement)(scale=first.placement.scale, rotation=np.eye(3), shift=np.zeros(3))
    fitted = FittedFace(first.face, placed, (first.positions - joint) @ turn)
    deltas = transfer_shapes(upright, fitted=fitted)
    eye = first.placement.scale * first.face.marks.eye
    eyes = find_eyeballs(upright, np.stack([eye, eye * np.array([-1.0, 1.0, 1.0])]))
    balls = np.concatenate([np.zeros(0, np.int64), *[ball.vertices for ball in eyes]])
    deltas[:, balls] = 0.0
    notes = [] if eyes else ["no separate eyeballs found: the eyes do not turn"]
    marks = fitted.landmarks_on(upright, without=balls)
    return cut_head(
        upright, deltas, colours=borrow_colours(upright, fitted, eyes=eyes, identity=identity), source=mesh.name, identity=identity,
        detail=detail, eyes=eyes, follow=neck_share(upright.vertices), landmark_vertices=marks, notes=notes,
        extra=[borrow_brows(upright, deltas, fitted)],
    )  # fmt: skip


def _fill(mesh: Mesh, carried: Array, trusted: npt.NDArray[np.bool_], face: FittedFace, flat: npt.NDArray[np.floating]) -> Array:
    """Let vertices that are not on the fitted face move as their neighbours do; whole pieces off it by where they are."""
    if trusted.all():
        return carried
    labels = mesh.pieces()
    # A piece that is hardly on the face only crosses it: a tooth behind the lips.
    lost = (np.bincount(labels, trusted) / np.bincount(labels))[labels] < _PIECE_SHARE
    lost &= np.bincount(labels)[labels] < 0.2 * len(labels)
    trusted = trusted & ~lost
    wanted, held = carried.copy(), trusted | lost
    if lost.any():
        distance, near = cKDTree(face.positions).query(mesh.vertices[lost], k=6)
        weight = 1.0 / (distance + 1e-4) ** 2
        wanted[lost] = np.einsum("nk,nkc->nc", weight / weight.sum(axis=1, keepdims=True), flat[near])
        inside = lost & (cKDTree(face.positions[_inner(face)]).query(mesh.vertices)[0] < _MOUTH_REACH_M)
        wanted[inside] = _mouth_motion(mesh.vertices[inside], labels[inside], face, flat)
    # Far out (shoulders, back) nothing moves.
    far = ~held & (cKDTree(face.positions).query(mesh.vertices)[0] > 0.03)
    wanted[far] = 0.0
    held |= far
    free = np.flatnonzero(~held)
    if not len(free):
        return wanted
    edges: Indices = mesh.edges()
    length = np.linalg.norm(mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]], axis=1)
    half = coo_matrix((1.0 / np.maximum(length, 1e-5), (edges[:, 0], edges[:, 1])), shape=(len(labels), len(labels)))
    graph = (half + half.T).tocsr()
    degree = np.asarray(graph.sum(axis=1)).ravel()
    rows = graph[free]
    system = (diags(degree[free] + 1e-9) - rows[:, free]).tocsc()
    border = np.flatnonzero(held)
    wanted[free] = splu(system).solve(rows[:, border] @ wanted[border])
    return wanted


def _inner(face: FittedFace) -> npt.NDArray[np.bool_]:
    return np.isin(face.face.vertices.part, (Part.LOWER_TEETH, Part.TONGUE, Part.CAVITY))


def _mouth_motion(points: Array, labels: Indices, face: FittedFace, flat: npt.NDArray[np.floating]) -> Array:
    """Motion (N, C) of teeth, gums and tongue: what lies above the lips' line stays with the skull, what lies below goes with the jaw."""
    jaw = np.flatnonzero(face.face.vertices.part == Part.LOWER_TEETH)
    seam = face.positions[face_landmarks(face.face)[60:68], 1].mean()
    # A rigid body's small motion is affine in the place; least squares over the built-in lower teeth.
    place = np.column_stack([face.positions[jaw], np.ones(len(jaw))])
    affine = np.linalg.lstsq(place, flat[jaw].astype(np.float64), rcond=None)[0]
    share = np.zeros(len(points))
    for label in np.unique(labels):
        own = labels == label
        height = points[own, 1] - seam
        whole = min(height.max(), -height.min()) < _ASTRIDE * np.ptp(height)
        share[own] = float(height.mean() < 0.0) if whole else np.clip(0.5 - height / 0.006, 0.0, 1.0)
    return share[:, None] * (np.column_stack([points, np.ones(len(points))]) @ affine)
