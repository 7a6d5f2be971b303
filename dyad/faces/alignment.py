"""Laying one face over another: rotation, translation and scale, from landmarks or by trying."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from dyad.errors import InputError
from dyad.faces.mesh import Array

SCALE_RANGE: Final = (0.8, 1.3)
"""Heads of people differ less than this; beyond it a closest-point fit has slid off the face."""
_SAMPLE: Final = 700
_TRIMMED: Final = 0.85
_PLANE_ROUNDS: Final = 60
ACCEPTED_M: Final = 0.008


@dataclass(frozen=True, kw_only=True)
class Similarity:
    """x → scale · R x + shift.

    Attributes:
        scale: factor.
        rotation: (3, 3).
        shift: (3,) metres.
    """

    scale: float
    rotation: Array
    shift: Array

    def apply(self, points: npt.NDArray[np.floating]) -> Array:
        """Move points (..., 3)."""
        return np.asarray(self.scale * points @ self.rotation.T + self.shift)

    def inverse(self) -> Similarity:
        """The way back."""
        back = self.rotation.T
        return Similarity(scale=1.0 / self.scale, rotation=back, shift=-(back @ self.shift) / self.scale)


def fit_similarity(source: Array, target: Array, *, scale_range: tuple[float, float] = (0.0, np.inf)) -> Similarity:
    """Best similarity between matched points, least squares (Umeyama, PAMI 1991).

    Args:
        source: (N, 3).
        target: (N, 3).
        scale_range: the scale is kept within.

    Returns:
        The map from source to target; never a reflection.
    """
    middle, goal = source.mean(axis=0), target.mean(axis=0)
    left, sizes, right = np.linalg.svd((target - goal).T @ (source - middle))
    handed = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * handed) @ right
    spread = float(((source - middle) ** 2).sum())
    scale = float(np.clip((sizes * handed).sum() / max(spread, 1e-12), *scale_range))
    return Similarity(scale=scale, rotation=rotation, shift=goal - scale * rotation @ middle)


def align_face(face: Array, target: Array, normals: Array, *, name: str) -> Similarity:
    """Lay the front of a face over a mesh of unknown placement.

    Args:
        face: (N, 3) points of the front of a face, metres, dyad's axes.
        target: (M, 3) vertices of the other head in metres, in any of the 24 axis conventions, anywhere.
        normals: (M, 3) its unit normals.
        name: how errors call the target.

    Returns:
        The map from face to target: the best of the 24 starts, each matched at the tip of the nose and refined by trimmed iterative closest
        points (Besl and McKay 1992; Chetverikov et al. 2002), in the end against planes (Chen and Medioni 1992), which converges to the
        last bit where point to point crawls.

    Raises:
        InputError: no placement brings the face within `ACCEPTED_M` of the target.
    """
    rng = np.random.default_rng(1)
    source = face[rng.permutation(len(face))[:_SAMPLE]]
    tip = face[face[:, 2].argmax()]
    tree = cKDTree(target)
    best: tuple[float, Similarity] | None = None
    for turn in _axis_rotations():
        nose = target[(target @ turn)[:, 2].argmax()]
        start = Similarity(scale=1.0, rotation=turn, shift=nose - turn @ tip)
        error, found = _refine(source, tree, start, rounds=12)
        if best is None or error < best[0]:
            best = error, found
    assert best is not None
    _, found = _refine(source, tree, best[1], rounds=30)
    error, found = _slide(source, tree, normals, found)
    if error > ACCEPTED_M:
        got = f"a surface {1000 * error:.1f} mm away on average where it fits best"
        raise InputError(
            name, expected="a head whose face can be laid over the built-in one", got=got, cure="Give landmarks, or a head alone."
        )
    return found


def _refine(source: Array, tree: cKDTree, start: Similarity, *, rounds: int) -> tuple[float, Similarity]:
    """Improve a placement; the mean distance of the nearer part of the points, metres, and the placement."""
    found, error = start, np.inf
    for _ in range(rounds):
        distance, index = tree.query(found.apply(source))
        near = np.argsort(distance)[: int(_TRIMMED * len(source))]
        previous, error = error, float(distance[near].mean())
        if abs(previous - error) < 1e-9:
            break
        found = fit_similarity(source[near], tree.data[index[near]], scale_range=SCALE_RANGE)
    return error, found


def _slide(source: Array, tree: cKDTree, normals: Array, start: Similarity) -> tuple[float, Similarity]:
    """Improve a placement by distances to the target's planes: rotation, scale and shift in one linear system a round."""
    found, best = start, (np.inf, start)
    for _ in range(_PLANE_ROUNDS):
        placed = found.apply(source)
        distance, index = tree.query(placed)
        near = np.argsort(distance)[: int(_TRIMMED * len(source))]
        error = float(distance[near].mean())
        if error < best[0]:
            best = error, found
        middle = placed[near].mean(axis=0)
        arm, plane = placed[near] - middle, normals[index[near]]
        gap = (plane * (tree.data[index[near]] - placed[near])).sum(axis=1)
        system = np.column_stack([np.cross(arm, plane), (arm * plane).sum(axis=1), plane])
        step = np.linalg.lstsq(system, gap, rcond=None)[0]
        turn = Rotation.from_rotvec(step[:3]).as_matrix()
        scale = float(np.clip(found.scale * (1.0 + step[3]), *SCALE_RANGE))
        growth = scale / found.scale
        shift = middle + step[4:] + growth * turn @ (found.shift - middle)
        found = Similarity(scale=scale, rotation=turn @ found.rotation, shift=shift)
        if np.abs(step).max() < 1e-10:
            break
    return best


def _axis_rotations() -> list[Array]:
    """The 24 rotations that map axes to axes, the identity first."""
    found = []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        matrix = np.zeros((3, 3))
        matrix[range(3), order] = signs
        if np.linalg.det(matrix) > 0:
            found.append(matrix)
    return found
