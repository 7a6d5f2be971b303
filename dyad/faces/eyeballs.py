"""Eyeballs in a mesh: pieces that are round and sit where eyes sit, and how to colour them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.faces.identity import Colour
from dyad.faces.mesh import Array, Mesh
from dyad.faces.own_head import Eyeball

RADIUS_M: Final = (0.008, 0.018)
"""Radii taken for an eyeball; an adult's is 12 mm, stylised heads have larger ones."""
_ROUNDNESS: Final = 0.06
_REACH_M: Final = 0.018


def fit_sphere(points: Array) -> tuple[Array, float, float]:
    """Fit a sphere by least squares (algebraic).

    Args:
        points: (N, 3), N at least 4.

    Returns:
        (3,) centre, radius, and the rms distance of the points from the sphere.
    """
    middle = points.mean(axis=0)
    offset = points - middle
    system = np.column_stack([2.0 * offset, np.ones(len(offset))])
    solution = np.linalg.lstsq(system, (offset**2).sum(axis=1), rcond=None)[0]
    radius = float(np.sqrt(max(solution[3] + (solution[:3] ** 2).sum(), 0.0)))
    residual = np.linalg.norm(offset - solution[:3], axis=1) - radius
    return middle + solution[:3], radius, float(np.sqrt((residual**2).mean()))


def find_eyeballs(mesh: Mesh, expected: Array) -> tuple[Eyeball, ...]:
    """Find the eyeballs among a mesh's pieces.

    Args:
        mesh: metres, aligned to dyad's axes.
        expected: (2, 3) where the centres of the left and the right eye should about be.

    Returns:
        Left and right eyeball, or nothing if either is not found. Pieces that lie in one place (cornea and iris) count as one.
    """
    labels = mesh.pieces()
    found: list[list[Eyeball]] = [[], []]
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        if not 12 <= len(own) <= 0.25 * len(labels):
            continue
        centre, radius, residual = fit_sphere(mesh.vertices[own])
        distance = np.linalg.norm(expected - centre, axis=1)
        side = int(distance.argmin())
        if RADIUS_M[0] <= radius <= RADIUS_M[1] and residual <= _ROUNDNESS * radius and distance[side] <= _REACH_M:
            found[side].append(Eyeball(vertices=own, centre=centre, radius=radius))
    if not found[0] or not found[1]:
        return ()
    return tuple(_unite(balls) for balls in found)


def _unite(balls: list[Eyeball]) -> Eyeball:
    largest = max(balls, key=lambda ball: ball.radius * len(ball.vertices))
    return Eyeball(vertices=np.concatenate([ball.vertices for ball in balls]), centre=largest.centre, radius=largest.radius)


def paint_eyeball(positions: Array, eye: Eyeball, iris: Colour) -> npt.NDArray[np.uint8]:
    """Colour the points of an eyeball that looks along +z: pupil, iris and white by their angle.

    Args:
        positions: (N, 3) metres.
        eye: its centre and radius.
        iris: sRGB.

    Returns:
        (N, 3) sRGB.
    """
    offset = positions - eye.centre
    ring = np.hypot(offset[:, 0], offset[:, 1])
    angle = np.arctan2(ring, offset[:, 2])
    colour = np.array(iris, np.float64)
    # Radii of an adult's iris (5.9 mm) and pupil (2.1 mm) on a ball of 12 mm, as on the built-in head.
    stops = np.array([0.0, 0.155, 0.195, 0.33, 0.47, 0.515, 0.56, np.pi])
    tints = np.array(
        [[14, 12, 12], [14, 12, 12], 0.75 * colour, 1.2 * colour, 0.4 * colour, [190, 186, 182], [236, 232, 226], [228, 210, 202]]
    )
    mixed = np.column_stack([np.interp(angle, stops, tints[:, channel]) for channel in range(3)])
    painted: npt.NDArray[np.uint8] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return painted
