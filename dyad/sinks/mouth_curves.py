"""The lines of a mouth drawn from the front, as fixed mixtures of the 68 iBUG face points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline

from dyad.arrays import FloatArray

FACE_POINTS: Final = 68
SAMPLES: Final = 13
"""Points of a line: two for each stretch between two points of the outer lips."""

UPPER_LIP_RED: Final = (61, 62, 63)
LOWER_LIP_RED: Final = (67, 66, 65)
CORNERS: Final = (60, 64)
"""Inner corners of the lips; their middle at rest is the drawing's origin."""

_UPPER_OUTER: Final = (48, 49, 50, 51, 52, 53, 54)
_LOWER_OUTER: Final = (48, 59, 58, 57, 56, 55, 54)
_UPPER_INNER: Final = (60, 61, 62, 63, 64)
_LOWER_INNER: Final = (60, 67, 66, 65, 64)
_JAW_LINE: Final = tuple(range(2, 15))
_NOSE_BASE: Final = (31, 32, 33, 34, 35)
_LIP_CORNERS: Final = (48, 54)
_JAW_DEGREE: Final = 6
_LIP_BANDS, _OPENING_BANDS = 5, 9


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Lines drawn at one height, all of one colour.

    Attributes:
        name: of its entity.
        mixture: float32 (S, P, 68) weights: point p of line s is their sum over the face points.
        radii_mm: (S,) half the thickness of each line.
    """

    name: str
    mixture: FloatArray
    radii_mm: Sequence[float]


def mouth_layers() -> tuple[Layer, ...]:
    """What a mouth is drawn of, from the bottom up.

    A viewer draws no filled outlines, so that lips and the opening between them are bands of thick lines from corner to corner.
    """
    upper_outer, lower_outer = _smooth(_UPPER_OUTER), _smooth(_LOWER_OUTER)
    upper_inner, lower_inner = _smooth(_UPPER_INNER), _smooth(_LOWER_INNER)
    opening = _between(upper_inner, lower_inner, _OPENING_BANDS)
    lips = np.concatenate([_between(upper_outer, upper_inner, _LIP_BANDS), _between(lower_outer, lower_inner, _LIP_BANDS)])
    jaw = _jaw_line()
    lines = np.stack([upper_outer, lower_outer, upper_inner, lower_inner, jaw[:SAMPLES], jaw[SAMPLES - 1 :], _smooth(_NOSE_BASE)])
    return (
        Layer(name="opening", mixture=opening, radii_mm=[1.6] * len(opening)),
        Layer(name="lips", mixture=lips, radii_mm=[1.1] * len(lips)),
        Layer(name="lines", mixture=lines, radii_mm=[0.35, 0.35, 0.3, 0.3, 0.5, 0.5, 0.4]),
    )


def marker_mixture() -> FloatArray:
    """float32 (1, 3, 68) weights of the marked points: corners of the lips, and the chin."""
    return np.concatenate([np.eye(FACE_POINTS, dtype=np.float32)[list(_LIP_CORNERS)], _jaw_line()[[SAMPLES - 1]]])[None]


def _jaw_line() -> FloatArray:
    """(2 P - 1, 68) weights of the jaw line, which is drawn in two halves that meet at the chin, as all lines are of one length.

    A polynomial by least squares, which is linear in the points too: they are vertices here and there on the rim of the jaw, and a line
    through all of them has corners that the jaw has not.
    """
    weights = np.zeros((2 * SAMPLES - 1, FACE_POINTS))
    known, drawn = np.linspace(-1.0, 1.0, len(_JAW_LINE)), np.linspace(-1.0, 1.0, len(weights))
    weights[:, list(_JAW_LINE)] = np.vander(drawn, _JAW_DEGREE + 1) @ np.linalg.pinv(np.vander(known, _JAW_DEGREE + 1))
    return weights.astype(np.float32)


def _smooth(points: Sequence[int]) -> FloatArray:
    """(P, 68) weights of a natural cubic spline through face points, which is linear in them."""
    weights = np.zeros((SAMPLES, FACE_POINTS))
    places = np.linspace(0.0, len(points) - 1.0, SAMPLES)
    weights[:, list(points)] = CubicSpline(np.arange(len(points)), np.eye(len(points)), bc_type="natural")(places)
    return weights.astype(np.float32)


def _between(first: FloatArray, second: FloatArray, count: int) -> FloatArray:
    """(count, P - 2, 68) lines that share the space between two, without their ends: a thick line would stand out of the corner."""
    shares = ((np.arange(count) + 0.5) / count).astype(np.float32)[:, None, None]
    return ((1.0 - shares) * first + shares * second)[:, 1:-1]
