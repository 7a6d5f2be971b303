"""The mouth: lips as rings from inside outwards, the dark cavity behind them, teeth and tongue (left half)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyad.faces.identity import Identity
from dyad.faces.landmarks import MM, Landmarks
from dyad.faces.parts import HalfHead, Indices, Part, grid_triangles, make_vertices
from dyad.faces.sculpture import Sculpture

Array = npt.NDArray[np.float64]

GUM = np.array([176.0, 92.0, 92.0])
TOOTH = np.array([232.0, 224.0, 206.0])
TONGUE = np.array([190.0, 96.0, 98.0])
CAVITY = np.array([62.0, 20.0, 22.0])


@dataclass(frozen=True, kw_only=True)
class LipRings:
    """Half rings of the mouth, from the middle of the upper lip over the left corner to the middle of the lower lip.

    Attributes:
        position: (K, C, 3) metres; ring 0 is deepest inside, ring 2 the visible seam, the last lies on the cheek.
        side: (C,) +1 upper, -1 lower lip, 0 corner.
        along: (C,) 0 middle to 1 corner.
        row: (K,) 1 on the red to 0 on the last ring.
        border: index of the ring on the border of the red.
    """

    position: Array
    side: Array
    along: Array
    row: Array
    border: int


def lip_line(marks: Landmarks, along: Array) -> Array:
    """Height of the closed mouth's seam: a small bead in the middle, a slight rise at the corners; (C,) metres."""
    bead = -0.55 * MM * np.exp(-((along / 0.28) ** 2))
    return marks.lip_line + bead + 1.1 * MM * along**2


def build_lips(sculpture: Sculpture, marks: Landmarks, *, upper: int, outer: tuple[float, ...]) -> LipRings:
    """Shape both lips.

    Args:
        sculpture: the skin.
        marks: the person's landmarks.
        upper: columns from the middle to the corner.
        outer: distances in metres of the skin rings from the border of the red.

    Returns:
        The rings.
    """
    step = np.sin(0.5 * np.pi * np.arange(upper + 1) / upper)
    along = np.concatenate([step, step[-2::-1]])
    side = np.concatenate([np.ones(upper), [0.0], -np.ones(upper)])
    is_upper = side > 0
    bow = (1.0 - along**1.9) * (1.0 - 0.20 * np.exp(-((along / 0.13) ** 2)))
    bowl = (1.0 - along**2.3) ** 0.95
    height = np.where(is_upper, marks.lip_upper * bow, np.where(side < 0, marks.lip_lower * bowl, 0.0))
    seam = lip_line(marks, along)
    full = (marks.lip_upper + marks.lip_lower) / (15.8 * MM)
    fade = np.sqrt(np.maximum(1.0 - along**2, 0.0))
    rings: list[Array] = []
    # (widening at the corner, share of the red's height, bulge of upper and lower lip): millimetres.
    for widen, share, bulge_up, bulge_low in ((0.0, 0.0, -1.7, -1.7), (0.5, 0.33, 1.5, 2.6), (1.0, 0.70, 2.1, 2.9), (1.6, 1.0, 0.9, 0.5)):
        x = along * (marks.mouth_half_width + widen * MM)
        y = seam + side * share * height
        bulge = np.where(is_upper, bulge_up, bulge_low) * full * (0.25 + 0.75 * fade)
        corner = -1.0 * along**6
        rings.append(_lift(sculpture, x, y, MM * (bulge * (1.0 - along**8) + corner)))
    last = outer[-1]
    for distance in outer:
        blend = distance / last
        x = along * (marks.mouth_half_width + 1.6 * MM + distance * 1.05)
        oval = np.sqrt(np.maximum(1.0 - along**2, 0.0)) * (np.where(is_upper, marks.lip_upper, marks.lip_lower) + 1.0 * distance)
        near = height + side * side * distance * fade**0.6
        reach = near * (1.0 - blend) + oval * blend
        rings.append(_lift(sculpture, x, seam * (1.0 - blend) + marks.lip_line * blend + side * reach, 0.0))
    front = rings[0]
    # Behind the seam both lips touch (ring 1), then part round the teeth (ring 0).
    touch = front + np.array([0.0, 0.0, -2.6 * MM])
    deep = front + np.column_stack([-0.06 * front[:, 0], 4.5 * MM * side * (0.3 + 0.7 * fade), np.full(len(side), -5.2 * MM)])
    for ring in (front, touch):
        ring[:, 1] = seam
    position = np.stack([deep, touch, *rings])
    position[:, [0, -1], 0] = 0.0
    row = np.concatenate([np.ones(6), 1.0 - np.array(outer) / last])
    return LipRings(position=position, side=side, along=along, row=row, border=5)


def _lift(sculpture: Sculpture, x: Array, y: Array, bulge: Array | float) -> Array:
    points = sculpture.cast_frontal(np.column_stack([x, y]))
    points[:, 2] += bulge
    return points


def add_cavity(half: HalfHead, rings: LipRings, deepest: Indices, marks: Landmarks) -> None:
    """Close the mouth behind ring 0 with a bag wide enough for the teeth.

    Args:
        half: receives the bag.
        rings: the lips.
        deepest: (C,) indices of ring 0 in `half`.
        marks: the person's landmarks.
    """
    start = rings.position[0]
    rows = [deepest]
    back = 9.0 * MM
    height = rings.side * 13.0 * MM * np.sqrt(np.maximum(1.0 - (0.9 * rings.along) ** 2, 0.0))
    ring = np.column_stack([0.92 * start[:, 0], marks.lip_line + height, start[:, 2] - back])
    ring[:, 2] = np.minimum(ring[:, 2], start[0, 2] - 0.8 * back)
    rows.append(half.add(make_vertices(ring, Part.CAVITY, colour=CAVITY, side=rings.side, along=rings.along)))
    # The far end lies low, so that the floor stays under the tongue.
    end = np.array([[0.0, marks.lip_line - 17.0 * MM, start[0, 2] - 38.0 * MM]])
    tip = half.add(make_vertices(end, Part.CAVITY, colour=CAVITY * 0.4))
    grid = np.stack([*rows, np.repeat(tip, len(deepest))])
    half.join(grid_triangles(grid), "mouth")


def add_teeth(half: HalfHead, rings: LipRings, marks: Landmarks, *, columns: int) -> None:
    """Add the upper teeth (patch `upper_teeth`, static) and the lower ones (patch `mouth`, carried by the jaw)."""
    lip_front = rings.position[2, 0, 2]
    for upper in (True, False):
        turn = np.linspace(0.0, 0.46 * np.pi, columns)
        wide, deep = (24.0, 27.0) if upper else (22.0, 24.0)
        front = lip_front - (5.0 if upper else 7.6) * MM
        x = wide * MM * np.sin(turn)
        z = front - deep * MM * (1.0 - np.cos(turn))
        edge = marks.lip_line + (-1.6 if upper else -2.4) * MM
        rise = (1.0 if upper else -1.0) * MM
        # Every third column is a gap between two teeth: darker and set back.
        gap = np.arange(columns) % 3 == 0
        gap[0] = True
        profile = [(0.0, 0.6, TOOTH * 0.97), (1.8, 0.0, TOOTH), (8.6, 0.5, TOOTH * 0.93), (10.2, 0.9, GUM), (14.5, 3.0, GUM * 0.7)]
        rows = []
        for height, back, tint in profile if upper else profile[:4]:
            shade = np.where(gap & (height < 9.0), 0.78, 1.0)[:, None] * tint
            # Light fades towards the back teeth.
            shade = shade * (1.0 - 0.45 * (turn / turn[-1]) ** 2)[:, None]
            inset = (back + 0.5 * gap) * MM
            ring = np.column_stack([x - inset * np.sin(turn), np.full(columns, edge + rise * height), z - inset * np.cos(turn)])
            ring[0, 0] = 0.0
            part = Part.CAVITY if upper else Part.LOWER_TEETH
            rows.append(half.add(make_vertices(ring, part, colour=shade)))
        grid = np.stack(rows)
        faces = grid_triangles(grid)
        half.join(faces[:, ::-1] if upper else faces, "upper_teeth" if upper else "mouth")


def add_tongue(half: HalfHead, rings: LipRings, marks: Landmarks, *, sections: int) -> None:
    """Add the tongue: cross-sections from the root to the tip, closed at the tip."""
    front = rings.position[2, 0, 2] - 11.5 * MM
    rows = []
    for section in range(sections):
        share = math.sin(0.5 * math.pi * section / (sections - 1))
        taper = np.sqrt(max(1.0 - (0.20 + 0.75 * share) ** 4, 0.0))
        z = front - 25.0 * MM * (1.0 - share)
        floor = marks.lip_line - 8.5 * MM + 1.0 * MM * share
        angle = np.array([0.5, 0.36, 0.16, -0.14, -0.38, -0.5]) * np.pi
        x = 16.0 * MM * taper * np.cos(angle)
        y = floor + (6.0 * MM + 1.5 * MM * np.sin(np.pi * share)) * taper * np.sin(angle) * np.where(angle < 0, 0.55, 1.0)
        # The groove along the middle.
        y[0] -= 1.1 * MM * taper
        x[[0, -1]] = 0.0
        ring = np.column_stack([x, y, np.full(len(x), z)])
        tint = TONGUE * (0.45 + 0.55 * share)
        rows.append(half.add(make_vertices(ring, Part.TONGUE, colour=tint, along=share)))
    tip = half.add(make_vertices(np.array([[0.0, marks.lip_line - 7.5 * MM, front + 2.0 * MM]]), Part.TONGUE, colour=TONGUE, along=1.0))
    rows.append(np.repeat(tip, len(rows[0])))
    half.join(grid_triangles(np.stack(rows)), "mouth")


def lip_colour(person: Identity) -> Array:
    """Colour of the red of the lips: the skin's, shifted to a muted red."""
    skin = np.array(person.skin_colour, dtype=np.float64)
    return np.asarray(np.clip(0.52 * skin + 0.48 * np.array([172.0, 62.0, 70.0]) * (0.55 + 0.45 * skin[0] / 240.0), 0.0, 255.0))
