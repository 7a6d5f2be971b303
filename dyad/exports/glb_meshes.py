"""Patches of a head as one glTF mesh: vertex colours, and morph targets stored sparsely."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.arrays import FloatArray
from dyad.faces.head import Patch
from dyad.faces.parts import vertex_normals
from dyad.glb_container import ARRAY_BUFFER, INDEX_BUFFER, GlbBuilder

LEAST_MOTION_M = 1e-6  # what moves less at full weight is stored as not moving
LEAST_TURN = 2e-3  # of a normal, as length of its change


def add_mesh(builder: GlbBuilder, patches: Sequence[Patch], *, name: str, target_names: Sequence[str] = ()) -> int:
    """Put patches together as one mesh with one material.

    Args:
        builder: the file.
        patches: at least one.
        name: of the mesh.
        target_names: names of the morph targets, where the patches have ``deltas``.

    Returns:
        The mesh's index.
    """
    starts = np.concatenate([[0], np.cumsum([len(patch.vertices) for patch in patches])])
    triangles = np.concatenate([patch.triangles + np.uint32(start) for patch, start in zip(patches, starts[:-1], strict=True)])
    index = triangles.reshape(-1).astype(np.uint16 if starts[-1] < 1 << 16 else np.uint32)
    positions = np.concatenate([patch.vertices for patch in patches])
    attributes = {
        "POSITION": builder.add(positions, target=ARRAY_BUFFER, bounds=True),
        "NORMAL": builder.add(_unit(np.concatenate([patch.normals for patch in patches])), target=ARRAY_BUFFER),
        "COLOR_0": builder.add(_linear_colours(np.concatenate([patch.colours for patch in patches])), target=ARRAY_BUFFER, normalised=True),
    }
    primitive: dict[str, Any] = {"attributes": attributes, "indices": builder.add(index, target=INDEX_BUFFER), "material": 0, "mode": 4}
    mesh: dict[str, Any] = {"name": name, "primitives": [primitive]}
    if target_names:
        primitive["targets"] = [_target(builder, patches, row) for row in range(len(target_names))]
        mesh |= {"weights": [0.0] * len(target_names), "extras": {"targetNames": list(target_names)}}
    builder.json["meshes"].append(mesh)
    return len(builder.json["meshes"]) - 1


def _target(builder: GlbBuilder, patches: Sequence[Patch], row: int) -> dict[str, int]:
    """Positions and normals of one shape at full weight, as changes from the neutral face."""
    moved, turned = [], []
    for patch in patches:
        deltas = np.zeros_like(patch.vertices) if patch.deltas is None else patch.deltas[row]
        deltas = np.where(np.abs(deltas).max(axis=1, keepdims=True) < LEAST_MOTION_M, np.float32(0), deltas)
        moved.append(deltas)
        turned.append(_turn(patch, deltas) if deltas.any() else np.zeros_like(deltas))
    return {
        "POSITION": builder.add_sparse(np.concatenate(moved).astype(np.float32)),
        "NORMAL": builder.add_sparse(np.concatenate(turned).astype(np.float32)),
    }


def _turn(patch: Patch, deltas: FloatArray) -> FloatArray:
    triangles = patch.triangles.astype(np.int64)
    still = vertex_normals(patch.vertices.astype(np.float64), triangles)
    change = vertex_normals((patch.vertices + deltas).astype(np.float64), triangles) - still
    change[np.linalg.norm(change, axis=1) < LEAST_TURN] = 0.0
    return change.astype(np.float32)


def _unit(normals: FloatArray) -> FloatArray:
    length = np.linalg.norm(normals.astype(np.float64), axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0])
    return np.where(length > 1e-6, normals / np.maximum(length, 1e-6), up).astype(np.float32)


def _linear_colours(srgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """(V, 4) linear RGBA of 16 bits, as glTF takes vertex colours, from 8-bit sRGB (IEC 61966-2-1)."""
    value = srgb.astype(np.float64) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    opaque = np.ones((len(srgb), 1))
    return np.rint(65535.0 * np.column_stack([linear, opaque])).astype(np.uint16)
