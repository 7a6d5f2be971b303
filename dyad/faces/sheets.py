"""Which of two touching surfaces each vertex of a mesh lies on: lips and lids that are shut share their places, not their motion.

Where a vertex may stand for several points of the fitted face, the choice is made for all such vertices at once: ends of an edge should lie
near each other along the surface, or at least move alike. The least costly choice is sought with loopy belief propagation (Pearl 1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from dyad.faces.closest import Candidates, Surface, SurfacePoints
from dyad.faces.geodesics import surface_distances
from dyad.faces.mesh import Array, Indices, Mesh

_LOOK: Final = 12
_LOOK_LONG: Final = 160
_OPTIONS: Final = 16
_RIVAL: Final = 3.0
_RIVAL_M: Final = 0.0015
_ALIKE_M: Final = 0.001
_FINEST_M: Final = 0.00001
_STRICT_M: Final = 0.0003
_FACING_M: Final = (0.0005, 0.006)
_FACING_PER_MISFIT: Final = 20.0
_APART_M: Final = 0.003
_REACH_M: Final = 0.05
_MESSAGES: Final = 30
_CHUNK: Final = 2000
_BARRED: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """What a candidate costs by itself; the better the face fits, the more a distance means and the less a normal.

    Attributes:
        near: factor on squared distances.
        facing: metres that a unit's difference of normals counts for.
    """

    near: float
    facing: float

    def cost(self, found: Candidates) -> Array:
        return np.asarray(self.near * found.distance**2 + (self.facing * found.difference) ** 2)


def place_on_sheets(surface: Surface, ways: Array, target: Mesh) -> SurfacePoints:
    """Find where on a surface the vertices of a mesh that lies on it belong.

    Args:
        surface: the fitted face.
        ways: (V, C) how its vertices move, metres.
        target: the mesh.

    Returns:
        A point of the surface for each vertex.
    """
    normals = target.normals()
    found = _join(surface.candidates(target.vertices, normals, count=_LOOK), surface.around(target.vertices, normals, count=_LOOK))
    rule = _rule(found)
    index = rule.cost(found).argmin(axis=1)
    first = found.choose(index)
    unsure = _unsure(found, index, found.interpolate(surface.mesh, ways))
    if not len(unsure):
        return first
    wide = surface.around(target.vertices[unsure], normals[unsure], count=_LOOK_LONG)
    options, cost = _distinct(surface, _join(found.rows(unsure), wide), rule)
    chosen = options.choose(_settle(surface, ways, target, unsure=unsure, options=options, cost=cost, sure=first))
    return first.replaced(unsure, chosen)


def _rule(found: Candidates) -> _Rule:
    misfit = max(float(np.median(found.distance.min(axis=1))), _FINEST_M)
    facing = float(np.clip(_FACING_PER_MISFIT * misfit, *_FACING_M))
    return _Rule(near=1.0 + (_STRICT_M / misfit) ** 2, facing=facing)


def _join(one: Candidates, other: Candidates) -> Candidates:
    return Candidates(
        triangle=np.concatenate([one.triangle, other.triangle], axis=1), weights=np.concatenate([one.weights, other.weights], axis=1),
        distance=np.concatenate([one.distance, other.distance], axis=1),
        difference=np.concatenate([one.difference, other.difference], axis=1),
    )  # fmt: skip


def _unsure(found: Candidates, chosen: Indices, ways: Array) -> Indices:
    """Vertices that have a candidate about as near as the one chosen that moves otherwise."""
    row = np.arange(len(chosen))
    rival = found.distance < _RIVAL * found.distance[row, chosen][:, None] + _RIVAL_M
    spread = np.where(rival, np.linalg.norm(ways - ways[row, chosen][:, None], axis=2), 0.0).max(axis=1)
    return np.flatnonzero(spread > _ALIKE_M)


def _distinct(surface: Surface, found: Candidates, rule: _Rule) -> tuple[Candidates, Array]:
    """The cheapest candidates that are different points of the surface, and their costs (N, K); missing ones are barred."""
    cost = rule.cost(found)
    # Triangles that share the nearest corner or side name the same point: told by the corners that carry it.
    corners = np.sort(np.where(found.weights > 1e-6, surface.mesh.triangles[found.triangle], -1), axis=2)
    count = len(surface.mesh.vertices) + 1
    name = ((corners[..., 0] + 1) * count + corners[..., 1] + 1) * count + corners[..., 2] + 1
    order = np.lexsort((cost, name), axis=1)
    name = np.take_along_axis(name, order, axis=1)
    again = np.zeros(cost.shape, dtype=np.bool_)
    np.put_along_axis(again, order[:, 1:], name[:, 1:] == name[:, :-1], axis=1)
    cost = np.where(again, _BARRED, cost)
    best = np.argsort(cost, axis=1, kind="stable")[:, :_OPTIONS]
    return found.take(best), np.take_along_axis(cost, best, axis=1)


def _settle(
    surface: Surface, ways: Array, target: Mesh, *, unsure: Indices, options: Candidates, cost: Array, sure: SurfacePoints
) -> Indices:
    """Choose an option (U,) for each unsure vertex."""
    number = np.full(len(target.vertices), -1)
    number[unsure] = np.arange(len(unsure))
    edges = target.edges()
    length = np.linalg.norm(target.vertices[edges[:, 0]] - target.vertices[edges[:, 1]], axis=1)
    known = (number[edges] < 0).sum(axis=1)
    border, inner = edges[known == 1], edges[known == 0]
    border = np.where(number[border[:, :1]] >= 0, border, border[:, ::-1])
    corners = surface.mesh.triangles
    used = np.unique(np.concatenate([corners[options.triangle].ravel(), corners[sure.triangle[border[:, 1]]].ravel()]))
    ruler = _Ruler(surface.mesh, ways, used)
    open_end = options.rows(number[border[:, 0]])
    fixed = ruler.points(sure.triangle[border[:, 1], None], sure.weights[border[:, 1], None])
    single = cost.copy()
    strain = ruler.strain(ruler.points(open_end.triangle, open_end.weights), fixed, length[known == 1])[:, :, 0]
    np.add.at(single, number[border[:, 0]], strain)
    ends = number[inner]
    pairs = np.empty((len(inner), cost.shape[1], cost.shape[1]))
    reach = length[known == 0]
    for start in range(0, len(inner), _CHUNK):
        own = slice(start, start + _CHUNK)
        one, other = (options.rows(ends[own, side]) for side in (0, 1))
        here, there = ruler.points(one.triangle, one.weights), ruler.points(other.triangle, other.weights)
        pairs[own] = ruler.strain(here, there, reach[own])
    return _propagate(single, pairs, ends)


@dataclass(frozen=True)
class _Spots:
    """(E, K) points of a surface: corners (E, K, 3), how far they are (E, K, 3), and motion (E, K, C)."""

    corners: Indices
    arms: Array
    ways: Array


class _Ruler:
    """Measures how far apart points of a surface are along it."""

    def __init__(self, mesh: Mesh, ways: Array, used: Indices) -> None:
        self._mesh, self._ways = mesh, ways
        self._row = np.full(len(mesh.vertices), -1)
        self._row[used] = np.arange(len(used))
        self._apart = surface_distances(mesh, used, reach=_REACH_M).astype(np.float32)

    def points(self, triangle: Indices, weights: Array) -> _Spots:
        corners = self._mesh.triangles[triangle]
        places = self._mesh.vertices[corners]
        place = (places * weights[..., None]).sum(axis=2, keepdims=True)
        motion = (self._ways[corners] * weights[..., None]).sum(axis=2)
        return _Spots(corners, np.linalg.norm(places - place, axis=3), motion)

    def strain(self, one: _Spots, other: _Spots, length: Array) -> Array:
        """(E, K, L) by how much the way from one to the other is longer than the edge (E,), or their motions' difference if less; m²."""
        way = np.full((*one.corners.shape[:2], other.corners.shape[1]), np.inf)
        shared = np.zeros(way.shape, np.int64)
        for here in range(3):
            for there in range(3):
                start, end = one.corners[:, :, None, here], other.corners[:, None, :, there]
                between = self._apart[self._row[start], self._row[end]]
                np.minimum(way, one.arms[:, :, None, here] + between + other.arms[:, None, :, there], out=way)
                shared += start == end
        unlike = np.linalg.norm(one.ways[:, :, None] - other.ways[:, None], axis=3)
        # In one triangle, or in two with a side in common, the way is straight, and never too long.
        excess = np.where(shared >= 2, 0.0, np.maximum(way - length[:, None, None], 0.0))
        return np.asarray(np.minimum(np.minimum(excess, unlike), _APART_M) ** 2)


def _propagate(single: Array, pairs: Array, ends: Indices) -> Indices:
    """Choose options (U,) with small single costs (U, K) and pair costs (E, K, K) between the ends (E, 2): min-sum messages, damped."""
    here, there = ends[:, 0], ends[:, 1]
    forth, back = np.zeros((len(ends), single.shape[1])), np.zeros((len(ends), single.shape[1]))
    belief = single
    for _ in range(_MESSAGES if len(ends) else 0):
        onward = (pairs + (belief[here] - back)[:, :, None]).min(axis=1)
        homeward = (pairs + (belief[there] - forth)[:, None, :]).min(axis=2)
        forth = 0.5 * (forth + onward - onward.min(axis=1, keepdims=True))
        back = 0.5 * (back + homeward - homeward.min(axis=1, keepdims=True))
        belief = single.copy()
        np.add.at(belief, there, forth)
        np.add.at(belief, here, back)
    return np.asarray(belief.argmin(axis=1))
