"""Whether a mesh is the face itself, meshed anew: then it is laid on exactly and nowhere bent."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from dyad.faces.alignment import Similarity
from dyad.faces.closest import Surface, SurfacePoints
from dyad.faces.mesh import Array, Mesh

SAME_M: Final = 0.0003
"""A placement that leaves half of the mesh's vertices within this of the face lays the face on itself: two people differ by millimetres."""
_SAMPLE: Final = 2500
_ROUNDS: Final = 25
_PATIENCE: Final = 4
_NEAR_M: Final = 0.012
_FACING_M: Final = 0.001
_NEIGHBOURS: Final = 12
_LOOK_AGAIN: Final = 64
_NONE_M: Final = 1e-6


def settle(face: Mesh, target: Mesh, start: Similarity, *, front: npt.NDArray[np.bool_]) -> Similarity:
    """Let a face slip into place on a mesh of the same surface.

    The vertices of a coarser mesh lie on the face although the face's do not lie on it, so they are what is measured: distances to the
    face's planes, far ones hardly counted (iteratively reweighted least squares), which converges to the last bit.

    Args:
        face: the face at rest, its own axes.
        target: the mesh.
        start: a placement to about a millimetre, from the face's axes to the target's.
        front: (N,) the face's vertices near which the target is looked at.

    Returns:
        The better placement; `start` where the target is another surface.
    """
    surface = Surface(face)
    near = np.flatnonzero(cKDTree(face.vertices[front]).query(start.inverse().apply(target.vertices))[0] < _NEAR_M)
    if not len(near):
        return start
    near = np.random.default_rng(1).permutation(near)[:_SAMPLE]
    points, normals = target.vertices[near], target.normals()[near]
    found = start
    for count in range(_ROUNDS):
        placed = found.inverse().apply(points)
        hit = surface.closest(placed, normals @ found.rotation, count=12, facing=_FACING_M)
        typical = float(np.median(hit.distance))
        if count == _PATIENCE and typical > SAME_M:
            return start
        step, size = _step(surface, placed, hit, typical=typical)
        found = _after(found, step)
        if size < 1e-10:
            break
    return found if typical < SAME_M else start


def need_to_bend(placed: Mesh, target: Mesh) -> Array:
    """How much a face must be bent round each of its vertices.

    Args:
        placed: the placed face, N vertices.
        target: the mesh.

    Returns:
        (N,) 0 where the mesh's vertices near by all lie on the placed face, 1 where they are `SAME_M` off or more.
    """
    close = np.flatnonzero(cKDTree(placed.vertices).query(target.vertices)[0] < _NEAR_M)
    if not len(close):
        return np.ones(len(placed.vertices))
    points, normals, surface = target.vertices[close], target.normals()[close], Surface(placed)
    misfit = surface.around(points, normals, count=_NEIGHBOURS).distance.min(axis=1)
    # The few samples looked at may have missed a large triangle among small ones.
    far = np.flatnonzero(misfit > _NONE_M)
    misfit[far] = surface.around(points[far], normals[far], count=_LOOK_AGAIN).distance.min(axis=1)
    near = cKDTree(points).query(placed.vertices, k=min(_NEIGHBOURS, len(close)))[1].reshape(len(placed.vertices), -1)
    mean = misfit[near].mean(axis=1)
    return np.where(mean < _NONE_M, 0.0, np.minimum(mean / SAME_M, 1.0))


def _step(surface: Surface, placed: Array, hit: SurfacePoints, *, typical: float) -> tuple[Similarity, float]:
    """The small similarity that brings the face nearer to points (N, 3) in its axes, and its largest number."""
    place = hit.interpolate(surface.mesh, surface.mesh.vertices)
    plane = hit.interpolate(surface.mesh, surface.normals)
    plane /= np.maximum(np.linalg.norm(plane, axis=1, keepdims=True), 1e-9)
    # Cauchy's weights, squared: what is far off (another person's ear, the inside of the mouth) is not heard.
    weight = (hit.opposed < 0.5) / (1.0 + (hit.distance / (2.0 * typical + 1e-7)) ** 2) ** 2
    middle = np.average(place, weights=weight + 1e-12, axis=0)
    arm, gap = place - middle, ((placed - place) * plane).sum(axis=1)
    system = np.column_stack([np.cross(arm, plane), (arm * plane).sum(axis=1), plane]) * np.sqrt(weight)[:, None]
    step = np.linalg.lstsq(system, gap * np.sqrt(weight), rcond=None)[0]
    turn, scale = Rotation.from_rotvec(step[:3]).as_matrix(), 1.0 + float(step[3])
    return Similarity(scale=scale, rotation=turn, shift=middle + step[4:] - scale * turn @ middle), float(np.abs(step).max())


def _after(outer: Similarity, inner: Similarity) -> Similarity:
    """First `inner`, then `outer`."""
    return Similarity(scale=outer.scale * inner.scale, rotation=outer.rotation @ inner.rotation, shift=outer.apply(inner.shift))
