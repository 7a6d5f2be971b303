"""Vertex positions and faces of Wavefront .obj files in the file's own order: shapes of one model match by index."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from dyad.errors import InputError
from dyad.faces.mesh import Array, Indices


def read_positions(path: Path) -> Array:
    """Read the ``v`` lines.

    Args:
        path: the file.

    Returns:
        (V, 3) float64 in the file's unit.

    Raises:
        InputError: unreadable, no vertices, or values that are not finite numbers.
    """
    expected = "a Wavefront .obj file with vertices"
    rows = [line[2:].split()[:3] for line in _lines(path, expected) if line.startswith("v ")]
    try:
        positions = np.array(rows, np.float64).reshape(-1, 3)
    except ValueError as error:
        raise InputError(str(path), expected=expected, got=str(error), cure="Export it again.") from error
    if not len(positions) or not np.isfinite(positions).all():
        got = "NaN or infinite vertices" if len(positions) else "none"
        raise InputError(str(path), expected=expected, got=got, cure="Export it again.")
    return positions


def read_faces(path: Path) -> Indices:
    """Read the ``f`` lines; polygons become fans of triangles.

    Args:
        path: the file.

    Returns:
        (F, 3) vertex indices from 0.

    Raises:
        InputError: unreadable, no faces, or relative (negative) indices.
    """
    expected = "a Wavefront .obj file with faces"
    triangles: list[tuple[int, int, int]] = []
    try:
        for line in _lines(path, expected):
            if line.startswith("f "):
                corners = [int(corner.partition("/")[0]) - 1 for corner in line[2:].split()]
                triangles += [(corners[0], second, third) for second, third in pairwise(corners[1:])]
    except ValueError as error:
        raise InputError(str(path), expected=expected, got=str(error), cure="Export it again.") from error
    if not triangles or min(map(min, triangles)) < 0:
        got = "relative indices" if triangles else "none"
        raise InputError(str(path), expected=expected, got=got, cure="Export it as a mesh with absolute indices.")
    return np.array(triangles, np.int64)


def _lines(path: Path, expected: str) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError(str(path), expected=expected, got=str(error.strerror), cure="Check the path.") from error
