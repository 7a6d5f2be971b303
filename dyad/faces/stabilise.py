"""Head stabilisation: the rigid motion of the skull apart from expression, in sequences of vertices.

Weighted Procrustes (Kabsch 1976; Umeyama 1991) with weights that are found: points that keep still against the skull over the whole
sequence count, points that the face moves do not. Iteratively reweighted after Geman and McClure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from dyad.errors import InputError

Array = npt.NDArray[np.float64]

_ROUNDS: Final = 12
_NOISE_M: Final = 2e-5
"""Motion below this (0.02 mm) is taken for noise of the tracker: smaller differences do not change the weights."""


@dataclass(frozen=True, kw_only=True)
class Stabilised:
    """A sequence split into skull motion and expression.

    Attributes:
        rotation: (T, 3) rotation vectors of the skull against the reference, rad, about the origin.
        translation: (T, 3) metres: a point x of the still skull is seen at R x + t.
        vertices: (T, V, 3) the sequence with the skull's motion taken out, metres.
        weights: (V,) 0 to 1, how far each vertex was taken for skull.
        residual_m: (T,) weighted rms distance of the skull's points after the fit.
    """

    rotation: Array
    translation: Array
    vertices: Array
    weights: Array
    residual_m: Array


def stabilise(
    vertices: npt.NDArray[np.floating], *, reference: npt.NDArray[np.floating] | None = None, static: npt.NDArray[np.integer] | None = None
) -> Stabilised:
    """Separate the motion of the skull from expression.

    Args:
        vertices: (T, V, 3) a vertex sequence, metres, any fixed axes.
        reference: (V, 3) the face at rest; the first frame if None.
        static: indices of vertices known to sit on the skull (forehead, bridge of the nose, ears); all are tried if None.

    Returns:
        Rotation, translation and the stabilised sequence.

    Raises:
        InputError: shapes that do not agree, values that are not finite, or fewer than 4 points.
    """
    moving = np.asarray(vertices, np.float64)
    if moving.ndim != 3 or moving.shape[2] != 3 or not len(moving):
        raise InputError("vertex sequence", expected="shape (frames, vertices, 3)", got=f"shape {moving.shape}", cure="Check the axes.")
    rest = moving[0] if reference is None else np.asarray(reference, np.float64)
    if rest.shape != moving.shape[1:]:
        got = f"shape {rest.shape} beside {moving.shape}"
        raise InputError("reference of a vertex sequence", expected="the same vertices, (V, 3)", got=got, cure="Take its own mesh.")
    if not (np.isfinite(moving).all() and np.isfinite(rest).all()):
        raise InputError("vertex sequence", expected="finite positions", got="NaN or infinity", cure="Leave out frames without tracking.")
    chosen = np.zeros(len(rest))
    chosen[slice(None) if static is None else static] = 1.0
    if np.count_nonzero(chosen) < 4:
        got = f"{np.count_nonzero(chosen)}"
        raise InputError("static points of a head", expected="at least 4", got=got, cure="Name more, or none to have them found.")
    weights = chosen.copy()
    for _ in range(_ROUNDS):
        turn, shift = procrustes(rest, moving, weights)
        error = np.linalg.norm((moving - shift[:, None]) @ turn - rest, axis=2)
        # A vertex is as still as it is in its liveliest tenth of the frames.
        unrest = np.quantile(error, 0.9, axis=0)
        scale = max(float(np.quantile(unrest[chosen > 0], 0.1)), _NOISE_M)
        weights = chosen * (scale**2 / (scale**2 + unrest**2)) ** 2
    stable = (moving - shift[:, None]) @ turn
    residual = np.sqrt((weights * ((stable - rest) ** 2).sum(axis=2)).sum(axis=1) / weights.sum())
    return Stabilised(
        rotation=Rotation.from_matrix(turn).as_rotvec(),
        translation=shift,
        vertices=stable,
        weights=weights / weights.max(),
        residual_m=residual,
    )


def procrustes(rest: Array, moving: Array, weights: Array) -> tuple[Array, Array]:
    """Best rigid motions, least squares (Kabsch 1976; Umeyama 1991).

    Args:
        rest: (V, 3) resting points.
        moving: (T, V, 3) the same points in each frame.
        weights: (V,) of the points.

    Returns:
        Rotations (T, 3, 3) and translations (T, 3): a resting point x goes to R x + t.
    """
    share = weights / weights.sum()
    middle, middles = share @ rest, np.einsum("v,tvc->tc", share, moving)
    cross = np.einsum("tva,v,vb->tab", moving - middles[:, None], share, rest - middle, optimize=True)
    left, _, right = np.linalg.svd(cross)
    handed = np.ones((len(moving), 3))
    handed[:, 2] = np.sign(np.linalg.det(left @ right))
    turn = (left * handed[:, None]) @ right
    return turn, middles - (turn @ middle[:, None])[..., 0]
