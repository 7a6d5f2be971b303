"""One basis in terms of another, fitted on a mesh that knows both: bounded least squares, left and right kept together, error stated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import lsq_linear, nnls

from dyad.bases import ARKIT52, FLAME50
from dyad.errors import InputError
from dyad.motion import Motion

if TYPE_CHECKING:
    from dyad.faces.flame_head import FlameHead

Array = npt.NDArray[np.float64]

RIDGE: Final = 1e-4
PAIRED: Final = 3e-3
"""Weights, relative to a shape's mean square, on the size of the weights and on the difference between left and right: our values, small
enough to leave a wink one-sided and large enough to keep noise from pulling the sides apart."""
EXPRESSION_LIMIT: Final = 3.0
"""FLAME's expression coefficients are in standard deviations: three of them."""
JAW_LIMITS: Final = ((-0.05, 0.6), (-0.25, 0.25), (-0.15, 0.15))
"""Jaw rotation allowed in a fit about x, y and z, rad; a wide-open mouth is about 0.35."""
_JAW_POINT: Final = 0.12
_NEWTON_ROUNDS: Final = 5


@dataclass(frozen=True, kw_only=True)
class BasisFit:
    """A motion in its new basis, and how well it fits.

    Attributes:
        motion: the converted motion.
        residual_m: (T,) rms distance over the moving vertices between both, metres.
        explained: share of the squared displacement that the new basis reproduces, over all frames; 1 is perfect.
    """

    motion: Motion
    residual_m: Array
    explained: float


class WeightFitter:
    """Finds bounded weights of shapes for given displacements.

    Args:
        shapes: (K, V, 3) displacement at weight 1, metres.
        low: (K,) or one number, least weight.
        high: (K,) or one number, largest weight.
        pairs: pairs of shapes that should differ no more than they must.
        ridge: weight on the size of the weights, relative to a shape's mean square: large enough to settle what noise would, small where
            the displacements are of these very shapes.

    Raises:
        InputError: shapes that move nothing.
    """

    def __init__(
        self,
        shapes: npt.NDArray[np.floating],
        *,
        low: Array | float = 0.0,
        high: Array | float = 1.0,
        pairs: list[tuple[int, int]] | None = None,
        ridge: float = RIDGE,
    ) -> None:
        count = len(shapes)
        self._flat = np.asarray(shapes, np.float64).reshape(count, -1)
        gram = self._flat @ self._flat.T
        size = float(np.trace(gram)) / count
        if size == 0.0:
            raise InputError("shapes to fit", expected="shapes that move something", got="none", cure="Check the head.")
        self._pull = ridge * size
        gram += self._pull * np.eye(count)
        for first, second in pairs or []:
            difference = np.zeros(count)
            difference[first], difference[second] = 1.0, -1.0
            gram += PAIRED * size * np.outer(difference, difference)
        self._root = cholesky(gram)
        self._low, self._high = np.broadcast_to(low, count).astype(np.float64), np.broadcast_to(high, count).astype(np.float64)

    def fit(self, displacement: npt.NDArray[np.floating], *, near: npt.NDArray[np.floating] | None = None) -> Array:
        """Fit frames one by one.

        Args:
            displacement: (T, V, 3) metres.
            near: (T, K) weights to stay near, as far as the displacement leaves them open; zeros if None.

        Returns:
            (T, K) weights within the bounds.
        """
        if not len(displacement):
            return np.zeros((0, len(self._flat)))
        wanted = np.asarray(displacement, np.float64).reshape(len(displacement), -1) @ self._flat.T
        if near is not None:
            wanted += self._pull * near
        sides = solve_triangular(self._root, wanted.T, trans="T").T
        return np.asarray(np.clip(np.stack([self._bounded(side) for side in sides]), self._low, self._high))

    def _bounded(self, side: Array) -> Array:
        """The best weights of one frame; most frames touch no upper bound, and leaving these out is several times faster."""
        found = self._low + nnls(self._root, side - self._root @ self._low)[0]
        if (found <= self._high).all():
            return np.asarray(found)
        return np.asarray(lsq_linear(self._root, side, bounds=(self._low, self._high), method="bvls").x)


def arkit_pairs() -> list[tuple[int, int]]:
    """Left and right columns of the ARKit shapes that come in two sides."""
    return [
        (index, ARKIT52.index(name.removesuffix("Left") + "Right"))
        for index, name in enumerate(ARKIT52)
        if name.endswith("Left") and name not in ("jawLeft", "mouthLeft")
    ]


def arkit_from_flame(motion: Motion, head: FlameHead) -> BasisFit:
    """Express FLAME motion in ARKit weights.

    Args:
        motion: FLAME motion.
        head: the user's FLAME head, with ARKit shapes carried over.

    Returns:
        ARKit motion of the same head poses; weights within [0, 1]. Shapes of the gaze stay 0 (the gaze itself is kept).

    Raises:
        InputError: another basis, or a head without ARKit shapes.
    """
    rest = head.full_vertices(_still(motion, "flame50"), neck=False)[:1]
    displacement = head.full_vertices(replace(motion, gaze=np.zeros_like(motion.gaze)), neck=False) - rest
    shapes = head.arkit_shapes.copy()
    fitter = WeightFitter(shapes, high=_without_gaze(), pairs=arkit_pairs())
    weights = fitter.fit(displacement)
    reached = np.tensordot(weights, shapes, axes=1)
    converted = replace(motion, basis="arkit52", expression=weights.astype(np.float32), jaw_rotation=np.zeros((len(motion), 3), np.float32))
    return _judge(converted, displacement, reached, shapes)


def flame_from_arkit(motion: Motion, head: FlameHead) -> BasisFit:
    """Express ARKit motion in FLAME's expression and jaw.

    Args:
        motion: ARKit motion.
        head: the user's FLAME head, with ARKit shapes carried over.

    Returns:
        FLAME motion of the same head poses and gaze.

    Raises:
        InputError: another basis, or a head without ARKit shapes.
    """
    if motion.basis != "arkit52":
        raise InputError("motion to convert", expected="arkit52", got=motion.basis, cure="Give ARKit motion.")
    shapes = head.arkit_shapes
    acting = np.abs(shapes).max(axis=(0, 2)) > 1e-4
    displacement = np.tensordot(motion.expression, shapes, axes=1)[:, acting]
    frames = len(motion)

    def posed(values: Array) -> Array:
        given = replace(
            _still(motion, "flame50", len(values)), expression=values[:, : len(FLAME50)].astype(np.float32),
            jaw_rotation=values[:, len(FLAME50) :].astype(np.float32),
        )  # fmt: skip
        return head.full_vertices(given, neck=False)[:, acting].astype(np.float64)

    count = len(FLAME50) + 3
    rest = posed(np.zeros((1, count)))
    # One slope for all frames, taken at a jaw half open; the rounds below correct what it misses.
    middle, steps = np.zeros(count), np.r_[np.full(len(FLAME50), 0.5), np.full(3, 0.02)]
    middle[len(FLAME50)] = _JAW_POINT
    slopes = (posed(middle + np.diag(steps)) - posed(middle - np.diag(steps))) / (2.0 * steps[:, None, None])
    scale = np.r_[np.ones(len(FLAME50)), np.full(3, 0.1)]
    jaw = np.array(JAW_LIMITS)
    low, high = np.r_[np.full(len(FLAME50), -EXPRESSION_LIMIT), jaw[:, 0]], np.r_[np.full(len(FLAME50), EXPRESSION_LIMIT), jaw[:, 1]]
    fitter = WeightFitter(slopes * scale[:, None, None], low=low / scale, high=high / scale)
    values = np.zeros((frames, count))
    for _ in range(_NEWTON_ROUNDS):
        linear = np.tensordot(values, slopes, axes=1)
        values = scale * fitter.fit(displacement - (posed(values) - rest) + linear)
    converted = replace(
        motion, basis="flame50", expression=values[:, : len(FLAME50)].astype(np.float32),
        jaw_rotation=values[:, len(FLAME50) :].astype(np.float32),
    )  # fmt: skip
    return _judge(converted, displacement, posed(values) - rest, shapes[:, acting])


def _judge(
    motion: Motion, wanted: npt.NDArray[np.floating], reached: npt.NDArray[np.floating], shapes: npt.NDArray[np.floating]
) -> BasisFit:
    acting = np.abs(shapes).max(axis=(0, 2)) > 1e-4
    error = ((wanted - reached)[:, acting].astype(np.float64) ** 2).sum(axis=2)
    total = float((wanted[:, acting].astype(np.float64) ** 2).sum())
    return BasisFit(motion=motion, residual_m=np.sqrt(error.mean(axis=1)), explained=1.0 - float(error.sum()) / max(total, 1e-18))


def _without_gaze() -> Array:
    """Upper bounds 1, and next to 0 for shapes that follow the gaze."""
    return np.array([1e-9 if name.startswith("eyeLook") else 1.0 for name in ARKIT52])


def _still(motion: Motion, basis: str, frames: int = 1) -> Motion:
    width = len(FLAME50) if basis == "flame50" else len(ARKIT52)
    zeros = np.zeros((frames, 3), np.float32)
    return Motion(
        seat=motion.seat,
        frame_rate_hz=motion.frame_rate_hz,
        basis=basis,
        expression=np.zeros((frames, width), np.float32),
        head_rotation=zeros,
    )
