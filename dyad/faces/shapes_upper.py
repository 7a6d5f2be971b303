"""Shapes of the upper face: lids, brows, upper cheeks and nose (left side and symmetric ones)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.faces.fields import Fields, ramp
from dyad.faces.landmarks import MM
from dyad.faces.parts import Part

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One shape.

    Attributes:
        patches: the moving patches it may act on; it is faded to nothing towards all others.
        move: gives (V, 3) metres at full weight.
    """

    patches: frozenset[str]
    move: Callable[[Fields], Array]


EYES: Final = frozenset({"eyes"})
BROWS: Final = frozenset({"eyes", "brows"})
CHEEK: Final = frozenset({"eyes", "mouth"})
NOSE: Final = frozenset({"nose", "mouth", "eyes", "brows"})


def _lids(f: Fields, *, upper: float, lower: float) -> Array:
    """Move the left lids by shares of their way to a blink (negative: wider open)."""
    share = np.where(f.side > 0, upper, np.where(f.side < 0, lower, 0.0))
    lid = np.isin(f.part, (Part.LID, Part.LASH)) & (f.x > 0)
    return np.asarray(f.face.vertices.shut * (share * lid)[:, None])


def _shift_lids(f: Fields, towards_left: float) -> Array:
    """Drag the left lids sideways with the eye, most at the middle of the margin."""
    lid = np.isin(f.part, (Part.LID, Part.LASH)) & (f.x > 0)
    weight = lid * np.sin(np.pi * np.clip(f.along, 0.0, 1.0)) * f.row**2
    shift = np.zeros_like(f.p)
    shift[:, 0] = weight * towards_left
    # Following the ball: what goes sideways away from the middle also goes back.
    offset = f.p - f.marks.eye
    shift[:, 2] = -weight * towards_left * np.clip(offset[:, 0] / np.maximum(offset[:, 2], 5 * MM), -1.0, 1.0)
    return np.where(np.sign(shift[:, 2:]) < 0, shift * np.array([1.0, 1.0, 0.5]), shift)


def _squint(f: Fields) -> Array:
    ex, ey, ez = f.marks.eye
    pouch = f.ball((ex, ey - 8 * MM, ez + 10 * MM), (17 * MM, 7 * MM, 18 * MM)) * (f.row < 0.95)
    return np.asarray(_lids(f, upper=0.16, lower=1.15) + pouch[:, None] * MM * np.array([0.0, 1.2, 0.9]))


def _brow_down(f: Fields) -> Array:
    ex, ey, _ = f.marks.eye
    brow = ey + f.marks.brow
    whole = f.ball((0.85 * ex, brow + 3 * MM, 98 * MM), (27 * MM, 24 * MM, 40 * MM), low=0.72)
    inner = f.ball((0.45 * ex, brow, 104 * MM), (15 * MM, 17 * MM, 30 * MM), low=0.9) * f.left(10 * MM)
    return np.asarray(MM * (whole[:, None] * np.array([-1.6, -6.0, -0.3]) + inner[:, None] * np.array([-2.2, -3.2, 1.0])))


def _brow_inner_up(f: Fields) -> Array:
    ex, ey, _ = f.marks.eye
    brow = ey + f.marks.brow
    total = np.zeros_like(f.p)
    for side in (1.0, -1.0):
        weight = f.ball((side * 0.5 * ex, brow + 4 * MM, 102 * MM), (21 * MM, 27 * MM, 40 * MM), low=0.62)
        total += weight[:, None] * MM * np.array([side * -0.6, 8.0, -0.8])
    return total


def _brow_outer_up(f: Fields) -> Array:
    ex, ey, ez = f.marks.eye
    height = ey + f.marks.brow + 4 * MM
    outer = f.ball((ex + 13 * MM, height - 2 * MM, ez + 6 * MM), (30 * MM, 26 * MM, 44 * MM), low=0.70)
    whole = f.ball((ex + 2 * MM, height, ez + 14 * MM), (30 * MM, 26 * MM, 44 * MM), low=0.62)
    return np.asarray(outer[:, None] * MM * np.array([0.3, 4.6, -1.4]) + whole[:, None] * MM * np.array([0.2, 4.6, -0.8]))


def _cheek_squint(f: Fields) -> Array:
    ex, ey, ez = f.marks.eye
    weight = f.ball((ex + 5 * MM, ey - 25 * MM, ez + 6 * MM), (24 * MM, 19 * MM, 34 * MM))
    return np.asarray(weight[:, None] * MM * np.array([0.8, 5.0, 2.2]) + _lids(f, upper=0.0, lower=0.35))


def _nose_sneer(f: Fields) -> Array:
    wing = f.marks.nose_wing
    side = f.left(8 * MM)
    flare = f.ball((wing[0], wing[1], wing[2]), (15 * MM, 17 * MM, 24 * MM)) * side
    wall = f.ball((0.75 * wing[0], wing[1] + 20 * MM, wing[2] - 4 * MM), (14 * MM, 20 * MM, 22 * MM)) * side
    lip = f.round_mouth(14 * MM, 14 * MM, 1 * MM) * ramp(f.below / (3 * MM)) * side
    lip = lip * ramp(1.0 - np.abs(f.x - 12 * MM) / (18 * MM))
    return np.asarray(
        MM
        * (
            flare[:, None] * np.array([1.4, 3.6, -0.4])
            + wall[:, None] * np.array([-0.3, 2.4, 1.1])
            + lip[:, None] * np.array([0.3, 1.4, 0.3])
        )
    )


UPPER_SHAPES: Final[dict[str, Shape]] = {
    "eyeBlinkLeft": Shape(patches=EYES, move=lambda f: _lids(f, upper=1.0, lower=1.0)),
    "eyeLookDownLeft": Shape(patches=EYES, move=lambda f: _lids(f, upper=0.45, lower=-0.55)),
    "eyeLookInLeft": Shape(patches=EYES, move=lambda f: _shift_lids(f, -0.7 * MM)),
    "eyeLookOutLeft": Shape(patches=EYES, move=lambda f: _shift_lids(f, 0.7 * MM)),
    "eyeLookUpLeft": Shape(patches=EYES, move=lambda f: _lids(f, upper=-0.24, lower=0.35)),
    "eyeSquintLeft": Shape(patches=EYES, move=_squint),
    "eyeWideLeft": Shape(patches=EYES, move=lambda f: _lids(f, upper=-0.30, lower=-0.40)),
    "browDownLeft": Shape(patches=BROWS, move=_brow_down),
    "browInnerUp": Shape(patches=BROWS, move=_brow_inner_up),
    "browOuterUpLeft": Shape(patches=BROWS, move=_brow_outer_up),
    "cheekSquintLeft": Shape(patches=CHEEK, move=_cheek_squint),
    "noseSneerLeft": Shape(patches=NOSE, move=_nose_sneer),
}
