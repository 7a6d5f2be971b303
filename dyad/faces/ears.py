"""An ear: a tilted shell with rim, inner ridge, bowl, and lobe (left side)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dyad.faces.identity import Identity
from dyad.faces.landmarks import MM, Landmarks
from dyad.faces.parts import HalfHead, Part, grid_triangles, make_vertices

Array = npt.NDArray[np.float64]


def add_ear(half: HalfHead, person: Identity, marks: Landmarks, *, size: tuple[int, int]) -> None:
    """Add the left ear to the static patch `ears`.

    Args:
        half: receives it.
        person: for the colour.
        marks: where it sits and how tall it is.
        size: columns round the ear and rows from the bowl to the rim.
    """
    columns, rows = size
    # Under long hair ears are pressed flat, so that they do not stick out of it.
    flat = 0.3 if person.hair_style in ("bob", "long") else 1.0
    turn = 2.0 * np.pi * np.arange(columns) / columns
    # Outline in the ear's own plane: u forwards, v up, in units of half its height; broad above, narrow at the lobe.
    u_edge = -0.50 * np.cos(turn) * (1.0 + 0.18 * np.sin(turn)) - 0.06 * np.sin(turn)
    v_edge = np.sin(turn) * (0.98 + 0.04 * np.cos(turn)) - 0.03
    bowl_u, bowl_v = 0.13, -0.14
    shares = np.concatenate([np.linspace(0.12, 0.82, rows - 4), [0.90, 0.96, 1.0, 0.97]])
    grid = []
    skin = np.array(person.skin_colour, dtype=np.float64) * np.array([0.98, 0.86, 0.84])
    for index, share in enumerate(shares):
        u = bowl_u + (u_edge - bowl_u) * share
        v = bowl_v + (v_edge - bowl_v) * share
        height = _relief(turn, share) if index < rows - 1 else np.full(columns, -0.10)
        shade = np.clip(0.70 + 1.9 * (height + 0.08), 0.46, 1.0) if index < rows - 1 else np.full(columns, 0.75)
        points = _place(u, v, height, marks, flat=flat)
        grid.append(half.add(make_vertices(points, Part.SKIN, colour=skin * shade[:, None])))
    centre = half.add(
        make_vertices(_place(np.array([bowl_u]), np.array([bowl_v]), np.array([-0.21]), marks, flat=flat), Part.SKIN, colour=skin * 0.42)
    )
    # Back of the shell: the rim tucked in towards the head.
    for share, depth in ((0.80, -0.26), (0.45, -0.55)):
        points = _place(bowl_u + (u_edge - bowl_u) * share, bowl_v + (v_edge - bowl_v) * share, np.full(columns, depth), marks, flat=flat)
        grid.append(half.add(make_vertices(points, Part.SKIN, colour=skin * 0.7)))
    half.join(grid_triangles(np.stack([np.repeat(centre, columns), *grid]), closed=True), "ears")


def _relief(turn: Array, share: float) -> Array:
    """Height of the ear's surface over its plane, in units of half its height."""
    rim = 0.14 * np.exp(-(((share - 0.94) / 0.06) ** 2))
    # The rim runs round the top and back; the lobe below is plain, the front edge grows out of the cheek.
    around = np.clip(np.clip(0.30 + 1.2 * np.sin(turn + 0.4), 0.0, 1.0) + 0.6 * np.clip(np.cos(turn), 0.0, 1.0), 0.0, 1.0)
    groove = -0.10 * np.exp(-(((share - 0.80) / 0.07) ** 2)) * around
    ridge = 0.11 * np.exp(-(((share - 0.62) / 0.09) ** 2)) * np.clip(0.25 + np.cos(turn - 0.5), 0.0, 1.0)
    bowl = -0.20 * np.exp(-((share / 0.40) ** 4))
    tragus = 0.15 * np.exp(-(((share - 0.60) / 0.22) ** 2)) * np.exp(-(((turn - np.pi + 0.10) / 0.35) ** 2))
    antitragus = 0.08 * np.exp(-(((share - 0.50) / 0.14) ** 2)) * np.exp(-(((turn - 4.6) / 0.4) ** 2))
    return np.asarray(rim * around + groove + ridge + bowl + tragus + antitragus)


def _place(u: Array, v: Array, height: Array, marks: Landmarks, *, flat: float) -> Array:
    """Turn ear coordinates into head coordinates: leaning back, standing off at the rear edge."""
    half = 0.5 * marks.ear_height
    lean = np.radians(12.0)
    forward = u * half
    up = v * half
    # The rear edge stands off the head by about 2 cm, the front edge lies on it.
    # The lobe hangs close to the jaw.
    spread = 0.36 * (1.0 - 0.75 * np.clip(-v, 0.0, 1.0))
    out = height * half + np.clip(0.42 * half - forward, 0.0, None) * spread - np.clip(forward - 0.30 * half, 0.0, None) * 0.9
    z = forward * np.cos(lean) - up * np.sin(lean)
    y = forward * np.sin(lean) + up * np.cos(lean)
    return np.column_stack([marks.ear[0] + 1.0 * MM + flat * out, marks.ear[1] + y, marks.ear[2] - 2.0 * MM + z])
