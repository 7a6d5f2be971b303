"""Hair as one soft shell per head, combed from the crown outwards; its style decides hairline, volume and length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from dyad.faces.identity import Identity
from dyad.faces.landmarks import MM, Landmarks
from dyad.faces.sculpture import Sculpture

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Style:
    """One way to wear hair; millimetres.

    Attributes:
        volume: thickness on top and at the sides.
        front: thickness over the forehead's hairline.
        hang: y the hair falls to at the sides and the back (above the ears: it follows the skull only).
        covers_ears: whether the sides fall over the ears.
        parting: x of the parting, 0 for none.
    """

    volume: tuple[float, float]
    front: float
    hang: float
    covers_ears: bool
    parting: float


STYLES: Final[dict[str, Style]] = {
    "cropped": Style(volume=(4.0, 2.5), front=3.0, hang=-18.0, covers_ears=False, parting=0.0),
    "short": Style(volume=(16.0, 6.0), front=20.0, hang=-26.0, covers_ears=False, parting=24.0),
    "bob": Style(volume=(15.0, 16.0), front=12.0, hang=-62.0, covers_ears=True, parting=16.0),
    "long": Style(volume=(13.0, 14.0), front=11.0, hang=-150.0, covers_ears=True, parting=0.5),
    "bun": Style(volume=(8.0, 6.0), front=5.0, hang=-22.0, covers_ears=False, parting=0.0),
}
_CROWN: Final = MM * np.array([0.0, 40.0, -18.0])


def build_hair(
    person: Identity, marks: Landmarks, sculpture: Sculpture, *, size: tuple[int, int]
) -> tuple[Array, npt.NDArray[np.int64], Array] | None:
    """Build the hair.

    Args:
        person: style and colour.
        marks: where hairline and ears are.
        sculpture: the scalp.
        size: columns round the head and rows from the crown to the edge.

    Returns:
        (V, 3) positions, (F, 3) triangles, (V, 3) colours; None for a bald head.
    """
    if person.hair_style == "bald":
        return None
    style = STYLES[person.hair_style]
    columns, rows = size
    turn = 2.0 * np.pi * (np.arange(columns) + 0.5) / columns
    edge = _hairline(turn, style, marks)
    # Rows crowd towards the edge, where the shell turns in.
    shares = np.linspace(0.0, 1.0, rows) * (1.55 - 0.55 * np.linspace(0.0, 1.0, rows))
    grid_points, grid_colours = [], []
    base = np.array(person.hair_colour, dtype=np.float64)
    rng = np.random.default_rng(11)
    streak = np.clip(1.0 + 0.30 * rng.standard_normal(columns), 0.5, 1.6)
    streak = 0.5 * streak + 0.25 * np.roll(streak, 1) + 0.25 * np.roll(streak, -1)
    lock = np.sin(9.0 * turn + 1.3 * np.sin(3.0 * turn)) + 0.6 * np.sin(17.0 * turn + 0.7)
    for share in shares:
        points = _strand_points(share, turn, edge, style, marks, sculpture, lock)
        grid_points.append(points)
        tone = streak * (0.80 + 0.42 * np.sin(np.pi * min(1.0, 0.15 + share))) * (1.0 - 0.35 * share**6)
        grid_colours.append(np.clip(base * tone[:, None] + 10.0 * (tone[:, None] - 0.8), 0.0, 255.0))
    points, colours = np.stack(grid_points), np.stack(grid_colours)
    grid = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    ringed = np.concatenate([grid, grid[:, :1]], axis=1)
    a, b, c, d = ringed[:-1, :-1], ringed[1:, :-1], ringed[1:, 1:], ringed[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    vertices, tints = points.reshape(-1, 3), colours.reshape(-1, 3)
    if person.hair_style == "bun":
        ball, ball_faces = _bun(marks)
        faces = np.concatenate([faces, ball_faces + len(vertices)])
        vertices = np.concatenate([vertices, ball])
        tints = np.concatenate([tints, np.repeat(base[None], len(ball), axis=0)])
    return vertices, faces, tints


def _hairline(turn: Array, style: Style, marks: Landmarks) -> Array:
    """Angle from straight up, seen from inside the skull, at which the hair on the scalp ends; (C,) radians."""
    degrees = np.degrees(np.minimum(turn, 2.0 * np.pi - turn))
    if style.covers_ears:
        knots: list[tuple[float, float]] = [(0, 54), (20, 55), (36, 60), (50, 76), (62, 90), (80, 95), (110, 97), (150, 98), (180, 98)]
    else:
        knots = [
            (0, 53),
            (16, 53.5),
            (30, 54),
            (40, 59),
            (50, 68),
            (60, 88),
            (67, 99),
            (74, 101),
            (82, 80),
            (98, 77),
            (114, 84),
            (127, 108),
            (150, 124),
            (180, 127),
        ]
    high = (marks.top / MM - 163.0) * 0.12
    angles = np.array([knot[0] for knot in knots], dtype=np.float64)
    return np.asarray(np.radians(PchipInterpolator(angles, [float(knot[1]) - high for knot in knots])(degrees)))


def _strand_points(share: float, turn: Array, edge: Array, style: Style, marks: Landmarks, sculpture: Sculpture, lock: Array) -> Array:
    """One ring of the shell, at `share` of the way from the crown to the edge."""
    fall = np.zeros_like(turn)
    scalp = np.full_like(turn, share)
    front = np.clip(np.cos(turn), 0.0, 1.0)
    sides = np.zeros_like(turn)
    if style.covers_ears:
        # Sides and back first follow the skull, then hang.
        sides = np.clip((np.degrees(np.minimum(turn, 2 * np.pi - turn)) - 40.0) / 22.0, 0.0, 1.0)
        sides = sides * sides * (3.0 - 2.0 * sides)
        bend = 1.0 - 0.45 * sides
        scalp = np.minimum(share / bend, 1.0)
        fall = np.where(sides > 0, np.clip((share - bend) / np.maximum(1.0 - bend, 1e-9), 0.0, 1.0), 0.0)
    angle = np.maximum(edge * scalp, 0.02)
    directions = np.column_stack([np.sin(angle) * np.sin(turn), np.cos(angle), np.sin(angle) * np.cos(turn)])
    skin = sculpture.cast(_CROWN, directions, reach=(0.19, 0.05))
    top, side = style.volume
    upright = np.clip(np.cos(angle), 0.0, 1.0)
    thick = side + (top - side) * upright**0.8
    thick = thick + (style.front - thick) * front**3 * scalp**2
    # The shell dives into the scalp at its edge: gently over the forehead, not at all where it hangs free.
    dive = np.clip((1.0 - scalp) / (0.14 + 0.22 * front**2), 0.0, 1.0) ** 0.6
    dive = dive + sides * (1.0 - dive)
    thick = thick * (1.0 + 0.10 * lock * scalp) * dive - 3.0 * (1.0 - dive) ** 2
    if style.parting:
        x = skin[:, 0] / MM
        groove = np.exp(-(((x - style.parting) / 4.0) ** 2)) * np.clip((skin[:, 2] / MM + 10.0) / 40.0, 0.0, 1.0) * upright
        thick = thick - 0.45 * thick * groove
    outward = directions * np.array([1.0, 0.8, 1.0])
    points = skin + MM * thick[:, None] * outward / np.linalg.norm(outward, axis=1, keepdims=True)
    if style.covers_ears:
        points = _hang(points, fall, sides, style, lock)
    return np.asarray(points)


def _hang(points: Array, fall: Array, sides: Array, style: Style, lock: Array) -> Array:
    """Let the ends fall straight down from where they left the skull, swinging out a little over the ears and in at the tips."""
    # Towards the face the ends are cut higher.
    target = points[:, 1] + sides * (style.hang * MM - points[:, 1])
    swell = MM * (4.0 * np.sin(np.pi * fall) - 12.0 * fall**3) * (1.0 + 0.15 * lock)
    radial = points * np.array([1.0, 0.0, 1.0]) + np.array([0.0, 0.0, 0.01])
    radial /= np.maximum(np.linalg.norm(radial, axis=1, keepdims=True), 1e-9)
    moved = points + swell[:, None] * radial
    moved[:, 1] = points[:, 1] + fall * (target - points[:, 1])
    return np.asarray(moved)


def _bun(marks: Landmarks) -> tuple[Array, npt.NDArray[np.int64]]:
    """A ball of hair at the back of the head."""
    rows, columns = 10, 18
    polar, turn = np.linspace(0.0, np.pi, rows), 2.0 * np.pi * np.arange(columns) / columns
    p, t = np.meshgrid(polar, turn, indexing="ij")
    swirl = 1.0 + 0.04 * np.sin(5.0 * t + 4.0 * p)
    ball = np.stack([np.sin(p) * np.cos(t) * swirl, np.cos(p) * swirl * 0.9, np.sin(p) * np.sin(t) * swirl], axis=-1).reshape(-1, 3)
    grid = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    ringed = np.concatenate([grid, grid[:, :1]], axis=1)
    a, b, c, d = ringed[:-1, :-1], ringed[1:, :-1], ringed[1:, 1:], ringed[:-1, 1:]
    faces = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])
    return ball * 30 * MM + np.array([0.0, marks.top - 45 * MM, -112 * MM]), faces
