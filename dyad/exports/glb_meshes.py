"""A part of a head as one glTF mesh: vertex colours, and morph targets stored sparsely."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dyad.exports.scene_parts import JoinedMesh
from dyad.glb_container import ARRAY_BUFFER, INDEX_BUFFER, GlbBuilder


def add_mesh(builder: GlbBuilder, mesh: JoinedMesh, *, name: str, target_names: Sequence[str] = ()) -> int:
    """Add a mesh with one material.

    Args:
        builder: the file.
        mesh: what it holds.
        name: of the mesh.
        target_names: names of the morph targets, where its patches have ``deltas``.

    Returns:
        The mesh's index.
    """
    positions = mesh.positions
    index = mesh.triangles.reshape(-1).astype(np.uint16 if len(positions) < 1 << 16 else np.uint32)
    # glTF takes colours as 16-bit RGBA, linear.
    colours = np.rint(65535.0 * np.column_stack([mesh.linear_colours, np.ones((len(positions), 1))])).astype(np.uint16)
    attributes = {
        "POSITION": builder.add(positions, target=ARRAY_BUFFER, bounds=True),
        "NORMAL": builder.add(mesh.normals, target=ARRAY_BUFFER),
        "COLOR_0": builder.add(colours, target=ARRAY_BUFFER, normalised=True),
    }
    primitive: dict[str, Any] = {"attributes": attributes, "indices": builder.add(index, target=INDEX_BUFFER), "material": 0, "mode": 4}
    added: dict[str, Any] = {"name": name, "primitives": [primitive]}
    if target_names:
        primitive["targets"] = [_target(builder, mesh, row) for row in range(len(target_names))]
        added |= {"weights": [0.0] * len(target_names), "extras": {"targetNames": list(target_names)}}
    builder.json["meshes"].append(added)
    return len(builder.json["meshes"]) - 1


def _target(builder: GlbBuilder, mesh: JoinedMesh, row: int) -> dict[str, int]:
    """Positions and normals of one shape at full weight, as changes from the neutral face."""
    moved, turned = mesh.shape(row)
    return {"POSITION": builder.add_sparse(moved), "NORMAL": builder.add_sparse(turned)}
