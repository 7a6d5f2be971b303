"""Closest points on a surface that also look the same way: what tells an upper lip from the lower one it touches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from dyad.faces.mesh import Array, Indices, Mesh

NORMAL_REACH_M: Final = 0.006
"""Two points that look opposite ways count as twice this far apart (our choice: about half a lip)."""
_SAMPLE_M: Final = 0.0025
_FINEST: Final = 6


@dataclass(frozen=True, kw_only=True)
class SurfacePoints:
    """Points on the triangles of a mesh.

    Attributes:
        triangle: (N,) which triangle.
        weights: (N, 3) barycentric, of its corners.
        distance: (N,) metres from the point asked for.
        opposed: (N,) 0 where both normals agree, up to 2 where they are opposite.
    """

    triangle: Indices
    weights: Array
    distance: Array
    opposed: Array

    def interpolate(self, mesh: Mesh, values: npt.NDArray[np.floating]) -> Array:
        """Mix per-vertex values.

        Args:
            mesh: the surface the points lie on.
            values: (V, C) values of its vertices.

        Returns:
            (N, C).
        """
        return np.asarray((values[mesh.triangles[self.triangle]] * self.weights[:, :, None]).sum(axis=1))

    def replaced(self, index: Indices, other: SurfacePoints) -> SurfacePoints:
        """These with those at (M,) `index` taken from M others."""
        triangle, weights, distance, opposed = self.triangle.copy(), self.weights.copy(), self.distance.copy(), self.opposed.copy()
        triangle[index], weights[index] = other.triangle, other.weights
        distance[index], opposed[index] = other.distance, other.opposed
        return SurfacePoints(triangle=triangle, weights=weights, distance=distance, opposed=opposed)


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """For each of N points, K points of a surface it may stand for.

    Attributes:
        triangle: (N, K).
        weights: (N, K, 3) barycentric.
        distance: (N, K) metres.
        difference: (N, K) length of the difference of the unit normals.
    """

    triangle: Indices
    weights: Array
    distance: Array
    difference: Array

    def cost(self, facing: float = NORMAL_REACH_M) -> Array:
        """(N, K) distance² + (`facing` metres · difference of normals)², m²."""
        return np.asarray(self.distance**2 + (facing * self.difference) ** 2)

    def take(self, index: Indices) -> Candidates:
        """Take L candidates for each point, by their columns (N, L)."""
        return Candidates(
            triangle=np.take_along_axis(self.triangle, index, axis=1),
            weights=np.take_along_axis(self.weights, index[..., None], axis=1),
            distance=np.take_along_axis(self.distance, index, axis=1),
            difference=np.take_along_axis(self.difference, index, axis=1),
        )

    def rows(self, points: Indices) -> Candidates:
        """Those of some of the points."""
        return Candidates(
            triangle=self.triangle[points], weights=self.weights[points], distance=self.distance[points], difference=self.difference[points]
        )

    def choose(self, index: Indices) -> SurfacePoints:
        """Take one candidate for each point, by its column (N,)."""
        row = np.arange(len(self.triangle))
        return SurfacePoints(
            triangle=self.triangle[row, index], weights=self.weights[row, index], distance=self.distance[row, index],
            opposed=0.5 * self.difference[row, index] ** 2,
        )  # fmt: skip

    def interpolate(self, mesh: Mesh, values: Array) -> Array:
        """Mix per-vertex values (V, C) at all candidates: (N, K, C)."""
        return np.asarray((values[mesh.triangles[self.triangle]] * self.weights[..., None]).sum(axis=2))


class Surface:
    """A mesh prepared for questions.

    Args:
        mesh: the surface, metres.
        normals: (V, 3) its unit normals; computed if None.
    """

    def __init__(self, mesh: Mesh, normals: Array | None = None) -> None:
        self.mesh = mesh
        self.normals = mesh.normals() if normals is None else normals
        corners = mesh.vertices[mesh.triangles]
        flat = self.normals[mesh.triangles]
        # Corners and the middle of every triangle stand for it.
        places = np.concatenate([corners.mean(axis=1), *[0.8 * corners[:, c] + 0.2 * corners.mean(axis=1) for c in range(3)]])
        facing = np.concatenate([flat.mean(axis=1), *[flat[:, c] for c in range(3)]])
        self._owner = np.tile(np.arange(len(mesh.triangles)), 4)
        self._tree = cKDTree(np.column_stack([places, NORMAL_REACH_M * facing]))

    def candidates(self, points: Array, normals: Array, *, count: int = 24) -> Candidates:
        """Find what might be the nearest points by place and direction.

        Args:
            points: (N, 3) metres.
            normals: (N, 3) unit.
            count: how many for each; fewer are faster and may miss the nearest triangle where sizes differ.

        Returns:
            Some triangles for each, with the point of each triangle that is nearest.
        """
        count = min(count, len(self._owner))
        _, near = self._tree.query(np.column_stack([points, NORMAL_REACH_M * normals]), k=count)
        return self._measure(points, normals, self._owner[np.asarray(near).reshape(len(points), count)])

    def around(self, points: Array, normals: Array, *, count: int) -> Candidates:
        """Find what lies near by place alone, whichever way it looks.

        Args:
            points: (N, 3) metres.
            normals: (N, 3) unit.
            count: samples of the surface looked up for each point; several may lie on one triangle.

        Returns:
            Their triangles, as `candidates` gives them.
        """
        owner, tree = self._samples
        count = min(count, len(owner))
        return self._measure(points, normals, owner[np.asarray(tree.query(points, k=count)[1]).reshape(len(points), count)])

    def closest(self, points: Array, normals: Array, *, count: int = 24, facing: float = NORMAL_REACH_M) -> SurfacePoints:
        """Find the nearest points by place and direction: the cheapest of `candidates`, a metre of `facing` for each unit of normals."""
        found = self.candidates(points, normals, count=count)
        return found.choose(found.cost(facing).argmin(axis=1))

    def _measure(self, points: Array, normals: Array, triangle: Indices) -> Candidates:
        corners = self.mesh.vertices[self.mesh.triangles[triangle]]
        weights = closest_weights(points[:, None], corners)
        place = (corners * weights[..., None]).sum(axis=2)
        facing = (self.normals[self.mesh.triangles[triangle]] * weights[..., None]).sum(axis=2)
        facing /= np.maximum(np.linalg.norm(facing, axis=2, keepdims=True), 1e-12)
        return Candidates(
            triangle=triangle, weights=weights, distance=np.linalg.norm(points[:, None] - place, axis=2),
            difference=np.linalg.norm(normals[:, None] - facing, axis=2),
        )  # fmt: skip

    @cached_property
    def _samples(self) -> tuple[Indices, cKDTree]:
        """Points strewn over the triangles, large ones more, and whose each is."""
        corners = self.mesh.vertices[self.mesh.triangles]
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
        parts = np.clip(np.ceil(longest / _SAMPLE_M), 2, _FINEST).astype(np.int64)
        owners, places = [], []
        for count in np.unique(parts):
            own = np.flatnonzero(parts == count)
            # Middles of the small triangles that cutting each side into `count` gives, those that point up and those that point down.
            up = [(a + 1 / 3, b + 1 / 3) for a in range(count) for b in range(count - a)]
            down = [(a + 2 / 3, b + 2 / 3) for a in range(count - 1) for b in range(count - 1 - a)]
            two = np.array(up + down) / count
            weights = np.column_stack([two, 1.0 - two.sum(axis=1)])
            places.append(np.einsum("sc,tcx->tsx", weights, corners[own]).reshape(-1, 3))
            owners.append(np.repeat(own, len(weights)))
        return np.concatenate(owners), cKDTree(np.concatenate(places))


def closest_weights(points: Array, corners: Array) -> Array:
    """Barycentric weights of the point of a triangle nearest to each point (Ericson, Real-Time Collision Detection, 2005, 5.1.5).

    Args:
        points: (..., 3), broadcast against the triangles.
        corners: (..., 3, 3) corners.

    Returns:
        (..., 3) weights, not negative, sum 1.
    """
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac = b - a, c - a
    ap, bp, cp = points - a, points - b, points - c
    d1, d2 = (ab * ap).sum(-1), (ac * ap).sum(-1)
    d3, d4 = (ab * bp).sum(-1), (ac * bp).sum(-1)
    d5, d6 = (ab * cp).sum(-1), (ac * cp).sum(-1)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    with np.errstate(divide="ignore", invalid="ignore"):
        total = va + vb + vc
        v, w = vb / total, vc / total
        on_ab, on_ac, on_bc = d1 / (d1 - d3), d2 / (d2 - d6), (d4 - d3) / ((d4 - d3) + (d5 - d6))
    zero, one = np.zeros_like(d1), np.ones_like(d1)
    weights = np.stack([1.0 - v - w, v, w], axis=-1)
    # Later rows win: vertices over edges over the inside.
    for where, choice in (
        ((va <= 0) & (d4 >= d3) & (d5 >= d6), (zero, 1.0 - on_bc, on_bc)),
        ((vb <= 0) & (d2 >= 0) & (d6 <= 0), (1.0 - on_ac, zero, on_ac)),
        ((vc <= 0) & (d1 >= 0) & (d3 <= 0), (1.0 - on_ab, on_ab, zero)),
        ((d6 >= 0) & (d5 <= d6), (zero, zero, one)),
        ((d3 >= 0) & (d4 <= d3), (zero, one, zero)),
        ((d1 <= 0) & (d2 <= 0), (one, zero, zero)),
    ):
        weights = np.where(where[..., None], np.stack(choice, axis=-1), weights)
    safe: npt.NDArray[np.bool_] = np.isfinite(weights).all(axis=-1, keepdims=True)
    return np.asarray(np.where(safe, weights, np.array([1.0, 0.0, 0.0])))
