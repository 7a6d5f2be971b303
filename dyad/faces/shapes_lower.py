"""Shapes of the lower face: jaw, lips, lower cheeks and tongue (left side and symmetric ones)."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.faces.fields import Fields, ramp
from dyad.faces.landmarks import MM
from dyad.faces.parts import Part
from dyad.faces.shapes_upper import Shape

Array = npt.NDArray[np.float64]

_MOUTH: Final = frozenset({"mouth"})
_CHEEKS: Final = frozenset({"mouth", "eyes"})


def _open(f: Fields) -> Array:
    opened = f.turn_jaw(f.p) * f.jaw[:, None]
    # Corners are drawn in and the cheeks flatten as they are stretched.
    cheek = f.ball((f.marks.mouth_half_width + 8 * MM, f.marks.lip_line - 4 * MM, 86 * MM), (26 * MM, 30 * MM, 30 * MM))
    opened[:, 0] -= 3.2 * MM * cheek
    mirrored = f.ball((-f.marks.mouth_half_width - 8 * MM, f.marks.lip_line - 4 * MM, 86 * MM), (26 * MM, 30 * MM, 30 * MM))
    opened[:, 0] += 3.2 * MM * mirrored
    opened[f.is_inside, 0] = 0.0
    return opened


def _close(f: Fields) -> Array:
    """Bring the lips together over an open jaw: each lip by what parts it from the seam's common place."""
    upper, lower = f.seam_jaw_weights()
    own = np.where(f.below > 0, upper, lower)
    own = np.where(f.is_lip & (f.side == 0), 0.5 * (upper + lower), own)
    common = upper + 0.58 * (lower - upper)
    reach = f.round_mouth(20 * MM, 16 * MM, 32 * MM)
    seam = np.column_stack([f.x, f.seam, f.z])
    return f.turn_jaw(seam) * ((common - own) * reach)[:, None]


def _carry_jaw(f: Fields, motion: tuple[float, float, float]) -> Array:
    return np.asarray(f.jaw[:, None] * MM * np.array(motion))


def _funnel(f: Fields) -> Array:
    reach = f.round_mouth(20 * MM, 12 * MM, 20 * MM)
    moved = np.zeros_like(f.p)
    moved[:, 0] = -0.34 * f.x * reach
    moved[:, 1] = MM * reach * np.where(f.below > 0, 2.6, -3.6) * np.clip(np.abs(f.below) / (2 * MM), 0.0, 1.0) * _middle(f)
    moved[:, 2] = MM * reach * (6.5 * _middle(f) + 1.5)
    return moved


def _pucker(f: Fields) -> Array:
    reach = f.round_mouth(30 * MM, 14 * MM, 22 * MM)
    moved = np.zeros_like(f.p)
    moved[:, 0] = -0.42 * f.x * reach
    moved[:, 1] = 0.10 * np.clip(f.y - f.seam, -12 * MM, 12 * MM) * reach * f.row
    moved[:, 2] = MM * reach * (7.5 * _middle(f) + 1.5)
    return moved


def _middle(f: Fields) -> Array:
    """1 in the middle of the mouth, falling to its corners."""
    return ramp(1.15 - np.abs(f.x) / (1.15 * f.marks.mouth_half_width))


def _aside(f: Fields) -> Array:
    reach = f.round_mouth(26 * MM, 14 * MM, 26 * MM)
    ahead = np.clip(f.x / f.marks.mouth_half_width, -1.3, 1.3)
    return np.asarray(reach[:, None] * MM * np.column_stack([np.full_like(ahead, 8.5), 0.9 * ahead, -2.0 * ahead]))


def _corner(f: Fields, motion: tuple[float, float, float], *, size: tuple[float, float] = (27.0, 25.0)) -> Array:
    """Pull the left corner of the mouth; towards the middle the lips follow along a parabola, so that they stay one smooth curve."""
    corner = f.marks.mouth_half_width
    along = np.clip(f.x / corner, 0.0, 1.0) ** 2.2
    outside = np.maximum(f.x - corner, 0.0) / (size[0] * MM)
    height = np.maximum(np.abs(f.y - f.seam) - 5 * MM * (1.0 - along), 0.0) / (size[1] * MM)
    weight = along * ramp(1.08 * (1.0 - np.hypot(outside, height))) * ramp((f.z - 25 * MM) / (30 * MM))
    weight = np.where(f.is_inside & (f.part != Part.CAVITY), 0.0, weight)
    return np.asarray(weight[:, None] * MM * np.array(motion))


def _smile(f: Fields) -> Array:
    cheek = f.ball((f.marks.mouth_half_width + 15 * MM, f.marks.lip_line + 29 * MM, 88 * MM), (27 * MM, 26 * MM, 40 * MM))
    apple = cheek[:, None] * MM * np.array([1.4, 4.2, 3.0])
    # The lips flatten against the teeth.
    flat = f.round_mouth(6 * MM, 10 * MM, 12 * MM) * f.left(30 * MM)
    return np.asarray(_corner(f, (9.0, 6.0, -6.0), size=(27.0, 25.0)) + apple + flat[:, None] * MM * np.array([0.0, 0.9, -1.4]))


def _frown(f: Fields) -> Array:
    chin = f.ball((12 * MM, f.marks.chin + 16 * MM, 98 * MM), (16 * MM, 12 * MM, 24 * MM))
    return np.asarray(_corner(f, (1.0, -7.5, -1.5), size=(25.0, 28.0)) + chin[:, None] * MM * np.array([0.0, 1.0, 0.8]))


def _roll(f: Fields, side: float) -> Array:
    """Turn a lip inwards over the teeth: the red's outer border comes to the seam, the seam goes behind it."""
    lip = f.is_lip & (f.side == side)
    taper = np.sqrt(np.clip(1.0 - f.along**2, 0.0, 1.0))
    height = np.clip(side * (f.y - f.seam) / (f.marks.lip_upper if side > 0 else f.marks.lip_lower), 0.0, 1.0)
    red = lip * (f.row >= 1.0) * taper
    skin = f.round_mouth(6 * MM, 10 * MM, 12 * MM) * (f.row < 1.0) * (f.below * side > 0) * (~f.is_inside) * _middle(f)
    moved = np.zeros_like(f.p)
    moved[:, 1] = MM * (-side) * (red * (0.4 + 3.8 * height) + skin * 3.4)
    moved[:, 2] = MM * -(red * (4.6 - 1.4 * height) + skin * 2.4)
    return moved


def _shrug_lower(f: Fields) -> Array:
    lower = f.round_mouth(10 * MM, 6 * MM, 24 * MM) * np.where(f.below > 0, 0.55, 1.0) * (0.35 + 0.65 * _middle(f))
    chin = f.ball((0.0, f.marks.chin + 14 * MM, 101 * MM), (22 * MM, 16 * MM, 26 * MM))
    return np.asarray(MM * (lower[:, None] * np.array([0.0, 5.0, 2.2]) + chin[:, None] * np.array([0.0, 3.0, 1.0])))


def _shrug_upper(f: Fields) -> Array:
    upper = f.round_mouth(10 * MM, 11 * MM, 4 * MM) * np.where(f.below > 0, 1.0, 0.45) * (0.35 + 0.65 * _middle(f))
    return np.asarray(upper[:, None] * MM * np.array([0.0, 3.4, 2.4]))


def _press(f: Fields) -> Array:
    reach = f.round_mouth(8 * MM, 9 * MM, 10 * MM) * f.left(16 * MM)
    height = np.clip(f.y - f.seam, -9 * MM, 9 * MM)
    moved = np.zeros_like(f.p)
    moved[:, 1] = -0.42 * height * reach
    moved[:, 2] = -1.3 * MM * reach * f.row
    return moved + _corner(f, (1.0, 0.6, -1.0), size=(16.0, 14.0))


def _left_of_middle(f: Fields) -> Array:
    """1 over the left half of a lip, falling to its middle and to the corner."""
    return f.left(26 * MM) * ramp(1.2 - np.abs(f.x - 10 * MM) / (24 * MM))


def _lower_down(f: Fields) -> Array:
    reach = f.round_mouth(10 * MM, 1 * MM, 20 * MM) * ramp(-f.below / (1.5 * MM)) * _left_of_middle(f)
    return np.asarray(reach[:, None] * MM * np.array([1.2, -7.5, 0.4]))


def _upper_up(f: Fields) -> Array:
    reach = f.round_mouth(12 * MM, 13 * MM, 1 * MM) * ramp(f.below / (1.5 * MM)) * _left_of_middle(f)
    fold = f.ball((26 * MM, f.marks.lip_line + 18 * MM, 96 * MM), (16 * MM, 17 * MM, 26 * MM))
    return np.asarray(MM * (reach[:, None] * np.array([0.8, 6.5, 0.2]) + fold[:, None] * np.array([0.6, 2.6, 1.0])))


def _puff(f: Fields) -> Array:
    total = np.zeros_like(f.p)
    for side in (1.0, -1.0):
        weight = f.ball((side * 50 * MM, f.marks.lip_line + 2 * MM, 76 * MM), (48 * MM, 44 * MM, 60 * MM))
        total += weight[:, None] * MM * np.array([side * 9.0, 0.0, 4.5])
    total += f.round_mouth(14 * MM, 11 * MM, 12 * MM)[:, None] * MM * np.array([0.0, 0.0, 2.0])
    total[f.is_inside] = 0.0
    return total


def _tongue_out(f: Fields) -> Array:
    share = np.where(f.part == Part.TONGUE, ramp(f.along), 0.0)
    moved = share[:, None] * MM * np.array([0.0, 10.5, 31.0])
    # Over the lower lip, then down at the tip; between the lips the tongue is flat.
    moved[:, 1] -= 11.0 * MM * share**6 + 0.3 * share * (f.y - f.marks.lip_line + 7 * MM)
    return np.asarray(moved)


LOWER_SHAPES: Final[dict[str, Shape]] = {
    "jawForward": Shape(patches=_MOUTH, move=lambda f: _carry_jaw(f, (0.0, -0.6, 6.5))),
    "jawLeft": Shape(patches=_MOUTH, move=lambda f: _carry_jaw(f, (8.0, -0.5, 0.0))),
    "jawOpen": Shape(patches=_MOUTH, move=_open),
    "mouthClose": Shape(patches=_MOUTH, move=_close),
    "mouthFunnel": Shape(patches=_MOUTH, move=_funnel),
    "mouthPucker": Shape(patches=_MOUTH, move=_pucker),
    "mouthLeft": Shape(patches=_MOUTH, move=_aside),
    "mouthSmileLeft": Shape(patches=_CHEEKS, move=_smile),
    "mouthFrownLeft": Shape(patches=_MOUTH, move=_frown),
    "mouthDimpleLeft": Shape(patches=_MOUTH, move=lambda f: _corner(f, (3.4, 1.2, -6.0), size=(17.0, 17.0))),
    "mouthStretchLeft": Shape(patches=_MOUTH, move=lambda f: _corner(f, (8.5, -2.8, -6.0), size=(29.0, 28.0))),
    "mouthRollLower": Shape(patches=_MOUTH, move=lambda f: _roll(f, -1.0)),
    "mouthRollUpper": Shape(patches=_MOUTH, move=lambda f: _roll(f, 1.0)),
    "mouthShrugLower": Shape(patches=_MOUTH, move=_shrug_lower),
    "mouthShrugUpper": Shape(patches=_MOUTH, move=_shrug_upper),
    "mouthPressLeft": Shape(patches=_MOUTH, move=_press),
    "mouthLowerDownLeft": Shape(patches=_MOUTH, move=_lower_down),
    "mouthUpperUpLeft": Shape(patches=_MOUTH, move=_upper_up),
    "cheekPuff": Shape(patches=_MOUTH, move=_puff),
    "tongueOut": Shape(patches=_MOUTH, move=_tongue_out),
}
