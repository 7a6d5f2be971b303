"""Fewer vertices for streaming: half-edge collapses that keep a subset of the vertices, so that shapes stay exact at those kept.

Quadric errors after Garland and Heckbert (SIGGRAPH 1997), restricted to collapses onto an existing end; many far-apart collapses are done
at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix

from dyad.faces.mesh import Array, Indices, Mesh

_MAX_PASSES = 120


def decimate(mesh: Mesh, target_vertices: int, *, importance: Array | None = None) -> tuple[Indices, Indices]:
    """Remove vertices where that shows least.

    Args:
        mesh: a surface; its open borders and its non-manifold edges are kept.
        target_vertices: how many to leave at most, if the borders allow it.
        importance: (V,) factor on the cost of removing a vertex; 1 everywhere if None.

    Returns:
        (K,) indices of the vertices kept, ascending, and (G, 3) triangles into these.
    """
    vertices, triangles = mesh.vertices, mesh.triangles
    weight = np.ones(len(vertices)) if importance is None else importance
    alive = np.zeros(len(vertices), dtype=np.bool_)
    alive[triangles] = True
    quadric = _quadrics(vertices, triangles)
    for _ in range(_MAX_PASSES):
        surplus = int(alive.sum()) - target_vertices
        if surplus <= 0:
            break
        removed, onto = _choose(vertices, triangles, quadric, weight)
        if not len(removed):
            break
        removed, onto = removed[:surplus], onto[:surplus]
        target = np.arange(len(vertices))
        target[removed] = onto
        quadric[onto] += quadric[removed]
        triangles = target[triangles]
        flat = (triangles[:, 0] == triangles[:, 1]) | (triangles[:, 1] == triangles[:, 2]) | (triangles[:, 2] == triangles[:, 0])
        triangles = triangles[~flat]
        alive[removed] = False
    kept = np.unique(triangles)
    new = np.zeros(len(vertices), dtype=np.int64)
    new[kept] = np.arange(len(kept))
    return kept, new[triangles]


def _quadrics(vertices: Array, triangles: Indices) -> Array:
    """(V, 4, 4) sums of squared distances to the planes round each vertex, weighted by area."""
    corners = vertices[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = normal / np.maximum(area, 1e-20)
    plane = np.concatenate([normal, -(normal * corners[:, 0]).sum(axis=1, keepdims=True)], axis=1)
    outer = area[:, :, None] * plane[:, :, None] * plane[:, None, :]
    quadric = np.zeros((len(vertices), 4, 4))
    for corner in range(3):
        np.add.at(quadric, triangles[:, corner], outer)
    return quadric


def _choose(vertices: Array, triangles: Indices, quadric: Array, weight: Array) -> tuple[Indices, Indices]:
    """Pick the cheapest collapses that do not touch each other: (R,) vertices to remove and (R,) where they go, cheapest first."""
    count = len(vertices)
    directed = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    uses = coo_matrix((np.ones(len(directed), np.int64), (directed[:, 0], directed[:, 1])), shape=(count, count)).tocsr()
    adjacent = ((uses + uses.T) > 0).astype(np.int64).tocsr()
    # An edge used once in each direction is regular; a vertex with any other edge stays.
    odd = ((uses - uses.T) != 0).tocoo()
    fixed = np.zeros(count, dtype=np.bool_)
    fixed[odd.row] = True
    fixed[uses.tocoo().row[uses.tocoo().data > 1]] = True
    edge = adjacent.tocoo()
    start, end = edge.row.astype(np.int64), edge.col.astype(np.int64)
    shared = np.asarray((adjacent @ adjacent)[start, end]).ravel()
    usable = ~fixed[start] & (shared == 2)
    start, end = start[usable], end[usable]
    place = np.column_stack([vertices[end], np.ones(len(end))])
    length = np.linalg.norm(vertices[start] - vertices[end], axis=1)
    cost = np.einsum("ei,eij,ej->e", place, quadric[start], place) + 1e-4 * length**4
    cost *= weight[start]
    best = np.full(count, np.inf)
    np.minimum.at(best, start, cost)
    order = np.lexsort((end, cost))
    first = np.full(count, -1, dtype=np.int64)
    first[start[order][::-1]] = end[order][::-1]
    usable_vertex = np.flatnonzero(first >= 0)
    usable_vertex = usable_vertex[~_flips(vertices, triangles, usable_vertex, first, adjacent)]
    rank = np.full(count, count, dtype=np.int64)
    rank[usable_vertex[np.argsort(best[usable_vertex], kind="stable")]] = np.arange(len(usable_vertex))
    least = _ring_minimum(_ring_minimum(rank, adjacent), adjacent)
    chosen = usable_vertex[rank[usable_vertex] == least[usable_vertex]]
    chosen = chosen[rank[chosen] < max(1, (2 * len(usable_vertex)) // 3)]
    chosen = chosen[np.argsort(rank[chosen])]
    return chosen, first[chosen]


def _ring_minimum(values: Indices, adjacent: csr_matrix) -> Indices:
    edge = adjacent.tocoo()
    least = values.copy()
    np.minimum.at(least, edge.row, values[edge.col])
    return least


def _flips(
    vertices: Array, triangles: Indices, removed: Indices, onto: Indices, adjacent: csr_matrix
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Tell, for each vertex to remove, whether a triangle round it would turn over or degenerate."""
    wanted = np.zeros(len(vertices), dtype=np.bool_)
    wanted[removed] = True
    bad = np.zeros(len(vertices), dtype=np.bool_)
    for corner in range(3):
        owner = triangles[:, corner]
        rows = np.flatnonzero(wanted[owner] & (triangles != onto[owner][:, None]).all(axis=1))
        before = vertices[triangles[rows]]
        after = before.copy()
        after[:, corner] = vertices[onto[owner[rows]]]
        old, new = (np.cross(shape[:, 1] - shape[:, 0], shape[:, 2] - shape[:, 0]) for shape in (before, after))
        sizes = np.linalg.norm(old, axis=1) * np.linalg.norm(new, axis=1)
        turned = (old * new).sum(axis=1) < 0.35 * sizes
        slim = np.linalg.norm(new, axis=1) < 0.02 * (np.linalg.norm(after - np.roll(after, 1, axis=1), axis=2) ** 2).max(axis=1)
        bad[owner[rows[turned | slim]]] = True
    return bad[removed]
