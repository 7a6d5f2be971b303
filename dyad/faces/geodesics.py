"""How far apart the vertices of a mesh are along its surface: two lips that touch are far from each other."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from dyad.faces.mesh import Array, Indices, Mesh


def surface_distances(mesh: Mesh, among: Indices, *, reach: float) -> Array:
    """Measure along edges and straight across pairs of neighbouring triangles, which is at most a few percent too far.

    Args:
        mesh: the surface.
        among: (S,) vertices.
        reach: metres; what is further counts as infinitely far.

    Returns:
        (S, S) metres, infinite between separate pieces.
    """
    edges = mesh.edges()
    length = np.linalg.norm(mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]], axis=1)
    across, width = _hinges(mesh)
    rows, values = np.concatenate([edges, across]), np.concatenate([length, width])
    # Of several ways between two vertices only the shortest may enter: a sparse matrix would add them up.
    order = np.lexsort((values, rows[:, 1], rows[:, 0]))
    rows, values = rows[order], values[order]
    first = np.append(True, (rows[1:] != rows[:-1]).any(axis=1))
    graph = coo_matrix((np.maximum(values[first], 1e-9), rows[first].T), shape=(len(mesh.vertices), len(mesh.vertices)))
    return np.asarray(dijkstra(graph.tocsr(), directed=False, indices=among, limit=reach)[:, among])


def _hinges(mesh: Mesh) -> tuple[Indices, Array]:
    """Pairs (H, 2) of vertices opposite to an edge of two triangles, and how far apart (H,) they are once the two are laid flat."""
    triangles = mesh.triangles
    sides = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    tips = np.concatenate([triangles[:, 2], triangles[:, 0], triangles[:, 1]])
    order = np.lexsort((sides[:, 1], sides[:, 0]))
    sides, tips = sides[order], tips[order]
    pair = np.flatnonzero((sides[1:] == sides[:-1]).all(axis=1))
    start, end = mesh.vertices[sides[pair, 0]], mesh.vertices[sides[pair, 1]]
    length = np.linalg.norm(end - start, axis=1)
    along = (end - start) / np.maximum(length, 1e-12)[:, None]
    one, other = mesh.vertices[tips[pair]] - start, mesh.vertices[tips[pair + 1]] - start
    here, there = (one * along).sum(axis=1), (other * along).sum(axis=1)
    up, down = (np.linalg.norm(arm - foot[:, None] * along, axis=1) for arm, foot in ((one, here), (other, there)))
    crossing = here + (there - here) * up / np.maximum(up + down, 1e-12)
    usable = (crossing >= 0.0) & (crossing <= length) & (tips[pair] != tips[pair + 1])
    pairs = np.sort(np.column_stack([tips[pair], tips[pair + 1]])[usable], axis=1)
    return pairs, np.hypot(there - here, up + down)[usable]
