"""Eyelids as closed loops round the eyeball, and the eyeball itself.

Loop 0 lies hidden behind the lid, loop 1 is the margin's inner edge, loop 2 its outer edge (the lash line); the others lie on the
sculpture's skin and widen to an ellipse on the socket's rim. Each loop runs from the inner corner over the upper lid to the
outer corner and back under the eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.faces.identity import Colour
from dyad.faces.landmarks import LID_CLEARANCE, MM, Landmarks
from dyad.faces.sculpture import Sculpture

Array = npt.NDArray[np.float64]

CLOSED_CLEARANCE: Final = 2.0 * MM
"""Gap between eyeball and a closed lid's inner edge. A blendshape moves on a straight line, and between two points of a ball that
line runs through the ball: the closed lid stands off far enough for the whole way (43 degrees) to stay outside."""
_RIM: Final = (19.0 * MM, 15.0 * MM, 13.5 * MM)


@dataclass(frozen=True, kw_only=True)
class LidLoops:
    """The loops of the left eye.

    Attributes:
        position: (L, C, 3) metres.
        closed: (L, C, 3) where each point goes when the eye is shut.
        side: (C,) +1 upper, -1 lower, 0 the two corners.
        along: (C,) 0 inner corner to 1 outer corner.
        row: (L,) 1 at the margin to 0 at the rim.
        crease: which loop is the fold of the upper lid.
    """

    position: Array
    closed: Array
    side: Array
    along: Array
    row: Array
    crease: int


def lid_contour(marks: Landmarks, along: Array, side: Array) -> Array:
    """Outline of the open eye seen from the front.

    Args:
        marks: the person's landmarks.
        along: (C,) 0 inner to 1 outer corner.
        side: (C,) +1 upper, -1 lower, 0 corner.

    Returns:
        (C, 2) x and y relative to the eye's centre, metres.
    """
    x = marks.eye_half_width * (-0.99 + 1.92 * along)
    up = np.sin(np.pi * along**0.93) ** 0.90 * marks.lid_up
    down = np.sin(np.pi * along**1.12) ** 0.95 * marks.lid_down
    tilt = marks.eye_tilt * (along - 0.5) - 0.6 * MM * np.clip(1.0 - 5.0 * along, 0.0, 1.0)
    return np.column_stack([x, tilt + np.where(side > 0, up, np.where(side < 0, -down, 0.0))])


def build_lids(sculpture: Sculpture, marks: Landmarks, *, columns: int, rings: tuple[float, ...], crease: int) -> LidLoops:
    """Wrap the lids of the left eye.

    Args:
        sculpture: the skin.
        marks: the person's landmarks.
        columns: steps along one lid from corner to corner.
        rings: for each outer loop, 0 at the lash line to 1 at the rim.
        crease: index into `rings` of the upper lid's fold.

    Returns:
        The loops.
    """
    step = np.arange(columns + 1) / columns
    half = 0.5 - 0.5 * np.cos(np.pi * (0.1 + 0.8 * step))
    half = (half - half[0]) / (half[-1] - half[0])
    along = np.concatenate([half, half[-2:0:-1]])
    side = np.concatenate([[0.0], np.ones(columns - 1), [0.0], -np.ones(columns - 1)])
    contour = lid_contour(marks, along, side)
    middle = np.sin(np.pi * along)
    lash = _skin_over_eye(sculpture, marks, contour)
    inner = _on_ball(marks, contour, marks.eye_radius + LID_CLEARANCE)
    # At the corners the margin leaves the ball for the skin, where the pink tissue of the inner corner sits.
    blend = np.clip(middle * 2.2, 0.0, 1.0)[:, None]
    inner = inner * blend + (lash - np.array([0.0, 0.0, 1.3 * MM])) * (1.0 - blend)
    hidden = _on_ball(marks, contour * np.array([0.96, 1.0]) + np.column_stack([0 * side, 2.6 * MM * side]), marks.eye_radius + 0.3 * MM)
    hidden[:, 2] = np.minimum(hidden[:, 2], inner[:, 2] - 0.8 * MM)
    angle = np.pi * (1.0 - step)
    angles = np.concatenate([angle, -angle[-2:0:-1]])
    rim = np.column_stack([_RIM[0] * np.cos(angles), np.where(angles >= 0, _RIM[1], _RIM[2]) * np.sin(angles) + 0.5 * MM])
    rim[:, 1] += marks.eye_tilt * 0.5 * np.cos(angles)
    loops = [hidden, inner, lash]
    for index, share in enumerate(rings):
        flat = contour * (1.0 - share) + rim * share
        loop = _skin_over_eye(sculpture, marks, flat)
        upper = np.where(side > 0, middle, 0.0)
        fold = {crease: -1.0 * MM, crease + 1: 0.7 * MM}.get(index, 0.0)
        outward = loop - marks.eye
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        loops.append(loop + fold * upper[:, None] * outward)
    position = np.stack(loops)
    row = np.concatenate([[1.0, 1.0, 1.0], 1.0 - np.array(rings)])
    return LidLoops(
        position=position, closed=_close(position, contour, marks, along=along, side=side, row=row),
        side=side, along=along, row=row, crease=crease + 3,
    )  # fmt: skip


def _skin_over_eye(sculpture: Sculpture, marks: Landmarks, flat: Array) -> Array:
    return sculpture.cast_frontal(flat + marks.eye[:2])


def _on_ball(marks: Landmarks, flat: Array, radius: float) -> Array:
    """Lift frontal points onto a ball round the eye; beyond 80 % of its radius onto the cone that touches it there."""
    distance = np.linalg.norm(flat, axis=1) / radius
    bend = 0.80
    ball = np.sqrt(np.maximum(1.0 - distance**2, 0.0))
    cone = np.sqrt(1.0 - bend**2) - bend / np.sqrt(1.0 - bend**2) * (distance - bend)
    depth = radius * np.where(distance < bend, ball, cone)
    return np.column_stack([flat, depth]) + marks.eye


def closing_line(marks: Landmarks, along: Array) -> Array:
    """Height, relative to the eye's centre, at which shut lids meet: (C,) metres, low, along the lower lid's curve."""
    lower = lid_contour(marks, along, -np.ones_like(along))[:, 1]
    straight = lid_contour(marks, along, np.zeros_like(along))[:, 1]
    return straight + 0.72 * (lower - straight)


def _close(position: Array, contour: Array, marks: Landmarks, *, along: Array, side: Array, row: Array) -> Array:
    """Turn every point about the eye's horizontal axis by its share of the margin's way, never nearer than the lid is thick."""
    closed = position.copy()
    offset = position - marks.eye
    target = closing_line(marks, along)
    # Where the margins meet: on a ball round the eye, and towards the corners, where the lids leave it, halfway between both lids.
    radius = np.sqrt(np.maximum((marks.eye_radius + CLOSED_CLEARANCE) ** 2 - contour[:, 0] ** 2, (3.5 * MM) ** 2))
    end = np.arcsin(np.clip(target / radius, -0.95, 0.95))
    twin = (-np.arange(len(along))) % len(along)
    on_ball = np.clip(2.2 * np.sin(np.pi * along), 0.0, 1.0)[:, None]
    for loop, (turn, out) in enumerate(((0.03, -0.9 * MM), (-0.004, 0.0), (0.004, 0.5 * MM))):
        goal = end + turn * side
        meeting = np.column_stack([offset[loop, :, 0], (radius + out) * np.sin(goal), (radius + out) * np.cos(goal)])
        halfway = 0.5 * (offset[loop] + offset[loop, twin])
        halfway[:, 1] = 0.5 * (halfway[:, 1] + target)
        closed[loop] = marks.eye + np.where((side != 0)[:, None], on_ball * meeting + (1.0 - on_ball) * halfway, offset[loop])
    start = np.arctan2(offset[1, :, 1], offset[1, :, 2])
    for loop in range(3, len(position)):
        x, distance = offset[loop, :, 0], np.hypot(offset[loop, :, 1], offset[loop, :, 2])
        angle = np.arctan2(offset[loop, :, 1], offset[loop, :, 2])
        goal = angle + (end - start) * _slide(row[loop]) * np.where(side > 0, 1.0, 0.8) * np.abs(side)
        clear = np.sqrt(np.maximum((marks.eye_radius + CLOSED_CLEARANCE + 0.4 * MM) ** 2 - x**2, 0.0))
        shut = distance + np.maximum(clear - distance, 0.0) * min(1.0, 4.0 * row[loop]) * np.abs(side)
        closed[loop] = np.column_stack([x, shut * np.sin(goal), shut * np.cos(goal)]) + marks.eye
    return closed


def _slide(row: float) -> float:
    """Share of the margin's turn that skin further up the lid makes: the fold unrolls, so near rows follow almost fully."""
    return float(row**1.4)


def build_eyeball(marks: Landmarks, iris: Colour, *, rings: int, columns: int) -> tuple[Array, npt.NDArray[np.int64], Array]:
    """Build an eyeball that looks along +z, with a shallow cornea.

    Args:
        marks: the person's landmarks.
        iris: sRGB.
        rings: circles from the pupil backwards.
        columns: points per circle.

    Returns:
        (V, 3) positions relative to its centre, (F, 3) triangles, (V, 3) colours.
    """
    radius = marks.eye_radius
    iris_angle, pupil_angle = np.arcsin(5.9 * MM / radius), np.arcsin(2.1 * MM / radius)
    colour = np.array(iris, dtype=np.float64)
    white, dark = np.array([236.0, 232.0, 226.0]), np.array([14.0, 12.0, 12.0])
    rim = 0.35 * colour
    # Pairs of nearly coincident circles keep the borders of pupil and iris sharp between interpolated vertex colours.
    bands = [
        (0.55 * pupil_angle, dark), (pupil_angle, dark), (1.10 * pupil_angle, 0.75 * colour), (0.62 * iris_angle, 1.25 * colour),
        (0.86 * iris_angle, colour), (0.96 * iris_angle, rim), (1.04 * iris_angle, 0.75 * white), (1.2 * iris_angle, white),
    ]  # fmt: skip
    back = np.linspace(1.2 * iris_angle, np.pi * 0.80, max(rings - len(bands), 3) + 1)[1:]
    bands += [(float(a), white - np.array([8.0, 22.0, 26.0]) * min(1.0, (a / 1.3) ** 3)) for a in back]
    turn = 2.0 * np.pi * np.arange(columns) / columns
    rows, tints = [np.array([[0.0, 0.0, radius]])], [dark[None]]
    for angle, tint in bands:
        ring = radius * np.column_stack([np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.full(columns, np.cos(angle))])
        rows.append(ring)
        # Fibres: the iris is not one flat colour.
        fibre = 1.0 + 0.10 * np.sin(7.0 * turn) * np.cos(3.0 * turn) if pupil_angle < angle < 0.9 * iris_angle else np.ones(columns)
        tints.append(np.clip(tint[None] * fibre[:, None], 0.0, 255.0))
    # A reflection of the light on the cornea, above the pupil: without it eyes look dull.
    bright = round(columns * 0.36)
    tints[3][bright] = tints[4][bright] = 0.45 * tints[4][bright] + 0.55 * white
    grid = 1 + np.arange(len(bands) * columns).reshape(len(bands), columns)
    fan = np.stack([np.zeros(columns, dtype=np.int64), grid[0], np.roll(grid[0], -1)], axis=-1)
    ringed = np.concatenate([grid, grid[:, :1]], axis=1)
    a, b, c, d = ringed[:-1, :-1], ringed[1:, :-1], ringed[1:, 1:], ringed[:-1, 1:]
    quads = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return np.concatenate(rows), np.concatenate([fan, quads]).astype(np.int64), np.concatenate(tints)
