"""The half head that parts are added to: vertices at x >= 0 with labels, and triangles with the patch they belong to.

Only the subject's left half is ever modelled; `mirror` makes the right half, so both sides agree to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


class Part(IntEnum):
    """What a vertex belongs to; the shapes treat each part by its own rule."""

    SKIN = 0
    LID = 1
    LASH = 2
    LIP = 3
    CAVITY = 4
    LOWER_TEETH = 5
    TONGUE = 6
    BROW = 7
    NOSTRIL = 8


_FIELDS: Final = ("position", "part", "side", "along", "row", "colour", "shut")


@dataclass(kw_only=True)
class Vertices:
    """Labelled vertices.

    Attributes:
        position: (N, 3) metres.
        part: (N,) `Part`.
        side: (N,) +1 for upper lid or lip, -1 for lower, 0 for corners and everything else.
        along: (N,) lids: 0 inner to 1 outer corner; lips: 0 middle to 1 corner; tongue: 0 root to 1 tip.
        row: (N,) lids: 1 at the margin to 0 at the socket's rim; lips: 1 on the red to 0 on the outermost ring.
        colour: (N, 3) sRGB 0..255.
        shut: (N, 3) metres a vertex of the eye moves when the eye closes; 0 elsewhere.
    """

    position: Array
    part: Indices
    side: Array
    along: Array
    row: Array
    colour: Array
    shut: Array

    def __len__(self) -> int:
        return len(self.position)


def make_vertices(
    position: Array,
    part: Part,
    *,
    colour: Array | tuple[float, float, float],
    side: Array | float = 0.0,
    along: Array | float = 0.0,
    row: Array | float = 0.0,
) -> Vertices:
    """Label vertices, repeating single values.

    Args:
        position: (N, 3) metres.
        part: of all of them.
        colour: (N, 3) or one sRGB colour, 0..255.
        side: see `Vertices`.
        along: see `Vertices`.
        row: see `Vertices`.

    Returns:
        The vertices.
    """
    count = len(position)
    return Vertices(
        position=np.asarray(position, dtype=np.float64),
        part=np.full(count, int(part), dtype=np.int64),
        side=np.broadcast_to(np.asarray(side, dtype=np.float64), (count,)).copy(),
        along=np.broadcast_to(np.asarray(along, dtype=np.float64), (count,)).copy(),
        row=np.broadcast_to(np.asarray(row, dtype=np.float64), (count,)).copy(),
        colour=np.broadcast_to(np.asarray(colour, dtype=np.float64), (count, 3)).copy(),
        shut=np.zeros((count, 3)),
    )


class HalfHead:
    """Collects the parts of the left half."""

    def __init__(self) -> None:
        self._vertices: list[Vertices] = []
        self._triangles: list[Indices] = []
        self._patches: list[str] = []
        self._count = 0

    def add(self, vertices: Vertices) -> Indices:
        """Add vertices.

        Args:
            vertices: at x >= 0; those meant to lie on the midline at x == 0 exactly.

        Returns:
            (N,) their indices.
        """
        start = self._count
        self._vertices.append(vertices)
        self._count += len(vertices)
        return np.arange(start, self._count)

    def join(self, triangles: Indices, patch: str) -> None:
        """Add (F, 3) triangles, counter-clockwise seen from outside, to a patch."""
        self._triangles.append(np.asarray(triangles, dtype=np.int64).reshape(-1, 3))
        self._patches.append(patch)

    def mirror(self) -> tuple[Vertices, Indices, tuple[str, ...], Indices]:
        """Add the right half.

        Returns:
            All vertices, (F, 3) triangles, F patch names, and for each vertex the index of its mirror image.
        """
        half = {name: np.concatenate([getattr(block, name) for block in self._vertices]) for name in _FIELDS}
        count = len(half["position"])
        off = np.flatnonzero(half["position"][:, 0] != 0.0)
        twin = np.arange(count)
        twin[off] = count + np.arange(len(off))
        whole = {name: np.concatenate([values, values[off]]) for name, values in half.items()}
        whole["position"][count:, 0] *= -1.0
        whole["shut"][count:, 0] *= -1.0
        left = np.concatenate(self._triangles)
        names = [patch for patch, block in zip(self._patches, self._triangles, strict=True) for _ in range(len(block))]
        mirror_of = np.concatenate([twin, off])
        triangles = np.concatenate([left, twin[left][:, ::-1]])
        return Vertices(**whole), triangles, (*names, *names), mirror_of


def grid_triangles(grid: Indices, *, closed: bool = False) -> Indices:
    """Triangulate a grid of vertex indices.

    Args:
        grid: (R, C) indices; seen from outside, rows go down or outwards and columns counter-clockwise (see `flip` by reversing).
        closed: whether the last column joins the first.

    Returns:
        (F, 3) triangles.
    """
    if closed:
        grid = np.concatenate([grid, grid[:, :1]], axis=1)
    a, b, c, d = grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    keep = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 0] != faces[:, 2])
    return np.asarray(faces[keep])


def vertex_normals(position: Array, triangles: Indices) -> Array:
    """Average the triangles' normals at each vertex, weighted by area.

    Args:
        position: (V, 3).
        triangles: (F, 3).

    Returns:
        (V, 3) unit vectors; +z where a vertex has no triangle.
    """
    corners = position[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(position)
    for corner in range(3):
        np.add.at(total, triangles[:, corner], faces)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 1e-15, total / np.maximum(length, 1e-15), np.array([0.0, 0.0, 1.0]))
