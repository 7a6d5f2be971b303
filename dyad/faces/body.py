"""Neck, shoulders and collar: a stub that stays with the body while the head turns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from dyad.faces.identity import Identity
from dyad.faces.landmarks import MM, Landmarks

Array = npt.NDArray[np.float64]

# y, half breadth, front z, back z (mm), superellipse exponent. The first rows reach well up inside the head, so that no gap opens
# when the head turns by 25 degrees or drops.
_NECK = np.array(
    [
        [50.0, 34.0, -18.0, -44.0, 2.0],
        [28.0, 42.0, -20.0, -60.0, 2.0],
        [8.0, 50.0, -2.0, -68.0, 2.0],
        [-14.0, 53.0, 26.0, -68.0, 2.0],
        [-38.0, 53.0, 46.0, -68.0, 2.0],
        [-60.0, 52.5, 50.0, -68.0, 2.0],
        [-84.0, 54.0, 46.0, -72.0, 2.0],
        [-104.0, 60.0, 43.0, -80.0, 2.0],
        [-120.0, 88.0, 44.0, -92.0, 2.05],
        [-133.0, 130.0, 50.0, -97.0, 2.15],
        [-148.0, 165.0, 57.0, -100.0, 2.3],
        [-170.0, 184.0, 64.0, -102.0, 2.4],
        [-195.0, 192.0, 70.0, -103.0, 2.45],
    ]
)


def build_body(person: Identity, marks: Landmarks, *, rows: int, columns: int) -> tuple[Array, npt.NDArray[np.int64], Array]:
    """Build neck and shoulders.

    Args:
        person: breadth of the neck follows the jaw; skin and shirt colours.
        marks: the person's landmarks.
        rows: rings from top to bottom.
        columns: points per ring.

    Returns:
        (V, 3) positions, (F, 3) triangles, (V, 3) colours.
    """
    curve = PchipInterpolator(-_NECK[:, 0], _NECK[:, 1:], axis=0)
    turn = 2.0 * np.pi * np.arange(columns) / columns
    sine, cosine = np.sin(turn), np.cos(turn)
    build = 1.0 + 0.10 * person.jaw_width
    skin, cloth = np.array(person.skin_colour, dtype=np.float64), np.array(person.cloth_colour, dtype=np.float64)
    # The shirt's neckline dips in front; two rings follow it closely, so that its edge is sharp.
    neckline = -112.0 - 13.0 * np.clip(cosine, 0.0, 1.0) ** 2
    above = rows * 3 // 5
    points, colours = [], []
    for row in range(rows):
        is_shirt = row >= above
        share = (row - above) / (rows - 1 - above) if is_shirt else row / (above - 1)
        y = neckline * (1.0 - share) + _NECK[-1, 0] * share if is_shirt else _NECK[0, 0] * (1.0 - share) + neckline * share
        width, front, back, exponent = curve(-y).T
        neck = 1.0 + (build - 1.0) * np.clip((y + 125.0) / 30.0, 0.0, 1.0)
        x = width * neck * np.sign(sine) * np.abs(sine) ** (2.0 / exponent)
        middle = 0.5 * (front + back) - 4.0 * np.clip((y + 110.0) / 40.0, 0.0, 1.0)
        z = middle + 0.5 * (front - back) * neck * np.sign(cosine) * np.abs(cosine) ** (2.0 / exponent)
        # Two cords from behind the ears to the breastbone, the hollow between, and the larynx.
        cord = 2.6 * np.exp(-(((np.abs(x) - np.interp(y, [-112.0, -40.0], [11.0, 44.0])) / 7.0) ** 2)) * (z > middle)
        z = z + cord * np.clip((y + 118.0) / 25.0, 0.0, 1.0) * np.clip((5.0 - y) / 25.0, 0.0, 1.0)
        z = z + (2.0 + 2.2 * np.clip(person.jaw_width, 0.0, 1.0)) * np.exp(-((x / 8.0) ** 2) - (((y + 76.0) / 12.0) ** 2)) * (z > middle)
        ring = np.column_stack([x, y - 9.0 * np.clip((z - 20.0) / 30.0, 0.0, 1.0) * np.clip((-100.0 - y) / 25.0, 0.0, 1.0), z])
        if is_shirt:
            # The cloth lies a little off the skin.
            ring = ring + np.column_stack([1.8 * sine, np.full(columns, 0.8 if row == above else 0.0), 1.8 * cosine])
            tint = np.repeat((cloth * (0.80 if row == above else 1.0))[None], columns, axis=0)
        else:
            shade = 0.74 + 0.26 * np.clip((-40.0 - ring[:, 1:2]) / 50.0, 0.0, 1.0)
            tint = skin * np.array([0.97, 0.95, 0.94]) * shade
        points.append(ring)
        colours.append(tint)
    grid = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    ringed = np.concatenate([grid, grid[:, :1]], axis=1)
    a, b, c, d = ringed[:-1, :-1], ringed[1:, :-1], ringed[1:, 1:], ringed[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return MM * np.concatenate(points), faces, np.concatenate(colours)
