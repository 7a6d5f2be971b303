"""The built-in head bent until it lies on another one: from then on both speak of the same places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from dyad.errors import InputError
from dyad.faces.alignment import Similarity, align_face, fit_similarity
from dyad.faces.assembly import Face, assemble_face
from dyad.faces.closest import Surface, SurfacePoints
from dyad.faces.head import Floats
from dyad.faces.identity import Identity
from dyad.faces.landmarks68 import face_landmarks
from dyad.faces.mesh import Array, Indices, Mesh
from dyad.faces.parts import Part, vertex_normals
from dyad.faces.same_surface import need_to_bend, settle
from dyad.faces.shapes import sculpt_shapes
from dyad.faces.sheets import place_on_sheets

STIFFNESS: Final = (30.0, 10.0, 4.0, 1.5, 0.6, 0.25)
"""From almost rigid to soft (Amberg et al., CVPR 2007, use such a schedule); our values."""
_ROUNDS: Final = 2
_REACH_M: Final = 0.020
_OPPOSED: Final = 0.6
_LANDMARK_WEIGHT: Final = 20.0
_MET_M: Final = 1e-5
_WAYS: Final = 10
_INNER: Final = (Part.CAVITY, Part.LOWER_TEETH, Part.TONGUE, Part.NOSTRIL, Part.LASH)


@dataclass(frozen=True)
class FittedFace:
    """The built-in face on a target mesh.

    Attributes:
        face: the built-in face at rest.
        placement: from the built-in head's axes to the target's.
        positions: (N, 3) its vertices on the target, metres, target's axes.
    """

    face: Face
    placement: Similarity
    positions: Array

    @cached_property
    def mesh(self) -> Mesh:
        """The bent face as a mesh."""
        return Mesh(name="fitted face", vertices=self.positions, triangles=self.face.triangles)

    @cached_property
    def _surface(self) -> Surface:
        return Surface(self.mesh)

    def locate(self, target: Mesh) -> SurfacePoints:
        """Where on the bent face the vertices of the target lie.

        Lips and lids touch: a vertex between two places that move differently takes the one that moves like its neighbours.
        """
        flat = self.shapes.transpose(1, 0, 2).reshape(len(self.positions), -1).astype(np.float64)
        values, vectors = np.linalg.eigh(flat.T @ flat)
        return place_on_sheets(self._surface, flat @ vectors[:, values.argsort()[-_WAYS:]], target)

    def landmarks_on(self, target: Mesh, *, without: Indices) -> Indices:
        """(68,) vertices of the target's surface nearest to the iBUG points of the face on it, leaving some (eyeballs) out."""
        usable = np.setdiff1d(target.triangles, without)
        near = cKDTree(target.vertices[usable]).query(self.positions[face_landmarks(self.face)])[1]
        return np.asarray(usable[near])

    @cached_property
    def shapes(self) -> Floats:
        """(52, N, 3) the ARKit shapes carried over, metres, target's axes: deformation transfer from the built-in face."""
        deltas = sculpt_shapes(self.face)
        if np.array_equal(self.positions, self.placement.apply(self.face.vertices.position)):
            # Laid on, not bent: they come along as they are.
            return np.asarray(self.placement.scale * deltas @ self.placement.rotation.T, np.float32)
        return transfer_deformation(self.face, deltas, self.positions, self.placement)


def fit_face(target: Mesh, *, identity: Identity | None = None, landmarks: Array | None = None) -> FittedFace:
    """Bend the built-in face onto a mesh.

    Args:
        target: metres, any axes.
        identity: the person to start from; the average one if None. Its colours come along.
        landmarks: (68, 3) iBUG points of the target where they are known, NaN for those that are not.

    Returns:
        The fitted face.

    Raises:
        InputError: fewer than 4 known landmarks, or a mesh no face can be laid over.
    """
    face = _face_of(Identity() if identity is None else identity)
    rest, part = face.vertices.position, face.vertices.part
    marks = face_landmarks(face)
    front = np.isin(part, (Part.SKIN, Part.LIP, Part.LID)) & (rest[:, 2] > 0.035)
    known: npt.NDArray[np.bool_] = np.zeros(len(marks), dtype=np.bool_)
    if landmarks is not None:
        known = np.asarray(np.isfinite(landmarks[:, 0]), np.bool_)
        if known.sum() < 4:
            raise InputError("landmarks of a mesh", expected="at least 4 known ones", got=f"{known.sum()}", cure="Give more, or none.")
        placement = fit_similarity(rest[marks[known]], landmarks[known])
    else:
        placement = align_face(rest[front], target.vertices, target.normals(), name=target.name)
    placement = settle(Mesh(name="face", vertices=rest, triangles=face.triangles), target, placement, front=front)
    positions = placement.apply(rest)
    goal = np.full((len(rest), 3), np.nan)
    if landmarks is not None:
        goal[marks[known]] = landmarks[known]
    return FittedFace(face, placement, _bend(face, positions, Surface(target), goal))


@lru_cache(maxsize=2)
def _face_of(identity: Identity) -> Face:
    return assemble_face(identity, "full")


def _bend(face: Face, positions: Array, target: Surface, goal: Array) -> Array:
    """Pull the face onto the target, softer and softer."""
    laplacian = _laplacian(face)
    outer = ~np.isin(face.vertices.part, _INNER)
    pinned: npt.NDArray[np.bool_] = np.isfinite(goal[:, 0])
    start, bent = positions, positions.copy()
    need = need_to_bend(Mesh(name="placed face", vertices=positions, triangles=face.triangles), target.mesh)
    if not need.any() and not (pinned & (np.linalg.norm(goal - start, axis=1) > _MET_M)).any():
        return bent
    for stiffness in STIFFNESS:
        for _ in range(_ROUNDS):
            normals = vertex_normals(bent, face.triangles)
            near = target.closest(bent, normals, count=8)
            wanted = start + need[:, None] * (near.interpolate(target.mesh, target.mesh.vertices) - start)
            pull = outer * (near.opposed < _OPPOSED) * np.clip(2.0 - near.distance / (0.5 * _REACH_M), 0.0, 1.0)
            if pinned.any():
                pull = np.where(pinned, _LANDMARK_WEIGHT, pull)
                wanted = np.where(pinned[:, None], goal, wanted)
            system = (diags(pull + 1e-6) + stiffness * laplacian).tocsc()
            bent = start + splu(system).solve(pull[:, None] * (wanted - start))
    return np.asarray(bent)


def _laplacian(face: Face) -> csr_matrix:
    """(N, N) graph Laplacian: the mesh's edges, and weak ones that tie its separate pieces to what is near."""
    rest = face.vertices.position
    edges = Mesh(name="face", vertices=rest, triangles=face.triangles).edges()
    near = cKDTree(rest).query(rest, k=5)[1][:, 1:]
    ties = np.column_stack([np.repeat(np.arange(len(rest)), 4), near.ravel()])
    rows = np.concatenate([edges, ties])
    weight = np.concatenate([np.ones(len(edges)), np.full(len(ties), 0.1)])
    half = coo_matrix((weight, (rows[:, 0], rows[:, 1])), shape=(len(rest), len(rest)))
    graph = (half + half.T).tocsr()
    return (diags(np.asarray(graph.sum(axis=1)).ravel()) - graph).tocsr()


def transfer_deformation(face: Face, deltas: Floats, positions: Array, placement: Similarity) -> Floats:
    """Carry shapes to a bent copy so that its triangles deform as the originals do (Sumner and Popović, SIGGRAPH 2004).

    Solved for displacements: the gradient of each is taken over triangle by triangle, and where the shapes are zero they stay so.

    Args:
        face: the face at rest.
        deltas: (K, N, 3) metres.
        positions: (N, 3) the bent copy.
        placement: from the face's axes to the copy's.

    Returns:
        (K, N, 3) float32.
    """
    rest, triangles = face.vertices.position, face.triangles
    slope_here, slope_there = _gradients(rest, triangles), _gradients(positions, triangles)
    corners = positions[triangles]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    matrix = _gradient_matrix(slope_there, triangles, len(rest))
    weight = np.repeat(area / area.mean(), 3)
    # Without anchors each piece could float; the placed displacement holds it, barely felt where gradients speak.
    spacing = float(area.mean())
    turned = placement.scale * deltas.astype(np.float64) @ placement.rotation.T
    still = np.linalg.norm(deltas, axis=2) < 1e-7
    always = still.all(axis=0)
    anchor = np.where(always, 1e4, 1e-3) / spacing
    factor = splu((matrix.T @ diags(weight) @ matrix + diags(anchor)).tocsc())
    found = np.zeros(deltas.shape, np.float32)
    for index, delta in enumerate(deltas.astype(np.float64)):
        if still[index].all():
            continue
        # (F, 3 slope axes, 3 displacement axes), turned into the copy's axes on both sides.
        gradient = np.einsum("fca,fcb->fab", slope_here, delta[triangles])
        gradient = np.einsum("ia,fab,jb->fij", placement.rotation, gradient, placement.rotation)
        right = matrix.T @ (weight[:, None] * gradient.reshape(-1, 3)) + anchor[:, None] * turned[index]
        found[index] = factor.solve(right)
    return found


def _gradients(positions: Array, triangles: Indices) -> Array:
    """(F, 3 corners, 3) gradients of the corners' hat functions in the triangle's plane, 1/m."""
    corners = positions[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    squared = np.maximum((normal**2).sum(axis=1), 1e-18)[:, None]
    opposite = (corners[:, 2] - corners[:, 1], corners[:, 0] - corners[:, 2], corners[:, 1] - corners[:, 0])
    return np.stack([np.cross(normal, edge) / squared for edge in opposite], axis=1)


def _gradient_matrix(slopes: Array, triangles: Indices, vertices: int) -> csr_matrix:
    """(3F, N) takes values at the vertices to their gradients."""
    count = len(triangles)
    rows = np.arange(3 * count).reshape(count, 1, 3)
    rows = np.broadcast_to(rows, (count, 3, 3))
    columns = np.broadcast_to(triangles[:, :, None], (count, 3, 3))
    shape: tuple[int, int] = (3 * count, vertices)
    entries: npt.NDArray[np.float64] = slopes.ravel()
    return coo_matrix((entries, (rows.ravel(), columns.ravel())), shape=shape).tocsr()
