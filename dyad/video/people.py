"""Two people at the table, posed frame by frame for drawing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse

from dyad import staging
from dyad.faces.contact_sheet import look_of
from dyad.faces.head import Head
from dyad.faces.own_head import OwnHead
from dyad.faces.render import Surface
from dyad.faces.surface import posed_blocks, topology_of
from dyad.motion import Motion
from dyad.seat import Seat

Floats = npt.NDArray[np.float32]


class SmoothNormals:
    """Works out the normals of one surface again and again.

    Vertices of several patches at one place of the neutral head share a normal. Those of one patch do not (lips that touch are no crease
    of one surface), nor does the body, which does not turn with the head.

    Args:
        head: whose surface.
    """

    def __init__(self, head: Head) -> None:
        topology = topology_of(head)
        triangles = topology.triangles.astype(np.int64)
        one = _shared(head, topology.neutral)
        corners, faces = one[triangles].ravel(), np.repeat(np.arange(len(triangles)), 3)
        ones = np.ones(len(corners), dtype=np.float32)
        meet = sparse.csr_array((ones, (corners, faces)), shape=(int(one.max()) + 1, len(triangles)))
        self._sum = meet[one]
        self._triangles = triangles

    def of(self, positions: Floats) -> Floats:
        """Unit normals (V, 3) of posed positions (V, 3), each triangle weighted by its area."""
        a, b, c = (positions[self._triangles[:, corner]].T for corner in range(3))
        (x, y, z), (u, v, w) = b - a, c - a
        total = self._sum @ np.stack([y * w - z * v, z * u - x * w, x * v - y * u], axis=1)
        length = np.sqrt((total * total).sum(axis=1, keepdims=True))
        return np.asarray(total / np.maximum(length, np.float32(1e-20)), dtype=np.float32)


def _shared(head: Head, neutral: Floats) -> npt.NDArray[np.int64]:
    """(V,) a number for each vertex; those that share a normal have the same."""
    patch = np.repeat(np.arange(len(head.patches)), [len(patch.vertices) for patch in head.patches])
    body = np.array([patch.kind == "body" for patch in head.patches])[patch]
    _, place = np.unique(np.column_stack([neutral, body]), axis=0, return_inverse=True)
    _, own, count = np.unique(np.column_stack([place.ravel(), patch]), axis=0, return_inverse=True, return_counts=True)
    touching = np.bincount(place.ravel(), weights=count[own.ravel()] > 1) > 0
    alone = touching[place.ravel()]
    return np.where(alone, len(neutral) + np.arange(len(neutral)), place.ravel()).astype(np.int64)


class Person:
    """One participant as surfaces in the table frame (see ``dyad.staging``).

    Args:
        head: the head.
        motion: what it does.
    """

    def __init__(self, head: Head, motion: Motion) -> None:
        self._head = head
        self._motion = motion
        self._normals = SmoothNormals(head)
        sizes = [len(patch.vertices) for patch in head.patches]
        stops = np.cumsum(sizes)
        self._parts = [slice(int(stop - size), int(stop)) for stop, size in zip(stops, sizes, strict=True)]
        self._turn = staging.rest_rotation(motion.seat).as_matrix().astype(np.float32)
        self._place = staging.rest_position(motion.seat)

    @property
    def seat(self) -> Seat:
        """Where the person sits."""
        return self._motion.seat

    def frames(self, start: int, stop: int) -> Iterator[list[Surface]]:
        """Surfaces of successive frames, the body left out.

        Args:
            start: first frame, counted from the motion's first.
            stop: first frame after the last one wanted.
        """
        first = self._motion.start_frame
        for block in posed_blocks(self._head, self._motion.slice(first + start, first + stop)):
            for positions in block:
                yield self._surfaces(positions, body=False)

    def body(self) -> list[Surface]:
        """Surfaces of the body, which stays the same in all frames."""
        return self._surfaces(topology_of(self._head).neutral, body=True)

    def _surfaces(self, positions: Floats, *, body: bool) -> list[Surface]:
        normals = self._normals.of(positions) @ self._turn.T
        placed = positions @ self._turn.T + self._place
        surfaces = []
        for patch, part in zip(self._head.patches, self._parts, strict=True):
            if (patch.kind == "body") is not body:
                continue
            gloss, sheet = look_of(patch)
            # Meshes that users bring may be open anywhere.
            two_sided = sheet or isinstance(self._head, OwnHead)
            surfaces.append(
                Surface(
                    vertices=placed[part],
                    triangles=patch.triangles,
                    normals=normals[part],
                    colours=patch.colours,
                    gloss=gloss,
                    two_sided=two_sided,
                )
            )
        return surfaces
