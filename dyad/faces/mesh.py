"""Triangle meshes that users bring: checked once, in metres, and measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.faces.parts import vertex_normals

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

UNITS_M: Final[dict[str, float]] = {"m": 1.0, "cm": 0.01, "mm": 0.001}
"""Metres in one unit of a file."""
HEAD_EXTENT_M: Final = (0.12, 0.90)
"""Largest side of a mesh's box that can be a face (0.12 m) up to a head with shoulders (0.90 m)."""


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """A surface.

    Attributes:
        name: how errors call it, e.g. its path.
        vertices: (V, 3) float64 positions.
        triangles: (F, 3) int64 vertex indices, counter-clockwise from outside.

    Raises:
        InputError: no faces, indices out of range, or positions that are not finite.
    """

    name: str
    vertices: Array
    triangles: Indices

    def __post_init__(self) -> None:
        """Refuse what is not a surface."""
        vertices, triangles = np.asarray(self.vertices, np.float64), np.asarray(self.triangles, np.int64)
        if vertices.ndim != 2 or vertices.shape[1] != 3 or triangles.ndim != 2 or triangles.shape[1] != 3:
            got = f"shapes {vertices.shape} and {triangles.shape}"
            raise InputError(self.name, expected="vertices (V, 3) and triangles (F, 3)", got=got, cure="Export it as a triangle mesh.")
        if not len(triangles):
            got = f"{len(vertices)} points without faces"
            raise InputError(self.name, expected="a mesh with faces", got=got, cure="Export the surface, not its points.")
        bad = int(np.count_nonzero(~np.isfinite(vertices).all(axis=1)))
        if bad:
            raise InputError(self.name, expected="finite positions", got=f"{bad} vertices with NaN or infinity", cure="Repair the mesh.")
        if triangles.min() < 0 or triangles.max() >= len(vertices):
            got = f"an index of {int(triangles.max() if triangles.min() >= 0 else triangles.min())}"
            raise InputError(self.name, expected=f"vertex indices from 0 to {len(vertices) - 1}", got=got, cure="Export it again.")
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "triangles", triangles)

    def normals(self) -> Array:
        """(V, 3) unit normals, weighted by area."""
        return vertex_normals(self.vertices, self.triangles)

    def edges(self) -> Indices:
        """(E, 2) undirected edges, each once, smaller index first."""
        pairs = np.concatenate([self.triangles[:, [0, 1]], self.triangles[:, [1, 2]], self.triangles[:, [2, 0]]])
        return np.unique(np.sort(pairs, axis=1), axis=0)

    def pieces(self) -> Indices:
        """(V,) number of the connected piece each vertex belongs to."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        edges = self.edges()
        graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(self.vertices), len(self.vertices)))
        labels: Indices = connected_components(graph, directed=False)[1].astype(np.int64)
        return labels


def metres_per_unit(name: str, vertices: Array, *, unit: str | None = None) -> float:
    """Tell a file's unit from the size of the head in it.

    Args:
        name: how errors call the file.
        vertices: (V, 3) positions in the file's unit.
        unit: a key of `UNITS_M` if the file or the user declares it; the size is checked all the same.

    Returns:
        Metres in one unit.

    Raises:
        InputError: an unknown unit, or a size no head has in that unit (or in any).
    """
    if unit is not None and unit not in UNITS_M:
        raise InputError("unit of a mesh", expected=f"one of {', '.join(UNITS_M)}", got=repr(unit), cure="Name one of these.")
    extent = float(np.ptp(vertices, axis=0).max()) if len(vertices) else 0.0
    low, high = HEAD_EXTENT_M
    for candidate in UNITS_M if unit is None else (unit,):
        if low <= extent * UNITS_M[candidate] <= high:
            return UNITS_M[candidate]
    units = unit or "m, cm or mm"
    raise InputError(
        name, expected=f"a head of {low:g} to {high:g} metres ({units})", got=f"a largest side of {extent:.4g} units",
        cure="Export the head alone, in metres or centimetres.",
    )  # fmt: skip


def read_mesh(path: str | Path) -> Mesh:
    """Read a neutral mesh of any topology: OBJ, PLY, STL, OFF or GLB through trimesh, in the file's own unit.

    Args:
        path: the file. Vertices keep their order where the format allows; several objects of one file become one mesh.

    Returns:
        The mesh.

    Raises:
        InputError: no such file, a file trimesh cannot read, no faces, or positions that are not finite.
    """
    import trimesh

    path = Path(path)
    expected = "a mesh file (.obj, .ply, .stl, .off, .glb, .gltf)"
    if not path.is_file():
        got = "a folder" if path.is_dir() else "no such file"
        raise InputError(str(path), expected=expected, got=got, cure="Check the path.")
    try:
        scene = trimesh.load_scene(path, process=False, maintain_order=True, skip_materials=True)
        parts = [part for part in scene.dump() if isinstance(part, trimesh.Trimesh)]
    except Exception as error:  # trimesh's readers raise families of their own
        got = str(error) or type(error).__name__
        raise InputError(str(path), expected=expected, got=got, cure="Open and export it again in a 3D program.") from error
    starts = np.cumsum([0, *[len(part.vertices) for part in parts]])
    if not parts:
        raise InputError(str(path), expected="a mesh with faces", got="points, or nothing", cure="Export the surface, not its points.")
    return Mesh(
        name=str(path),
        vertices=np.concatenate([np.asarray(part.vertices, np.float64) for part in parts]),
        triangles=np.concatenate([np.asarray(part.faces, np.int64) + start for part, start in zip(parts, starts[:-1], strict=True)]),
    )
