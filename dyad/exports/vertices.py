"""Every vertex of every frame, as research code on talking heads takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dyad.exports.arrays import write_npy
from dyad.exports.bases import as_shown
from dyad.exports.formats import Material
from dyad.faces.head import Head
from dyad.faces.own_head import OwnHead
from dyad.faces.surface import posed_blocks, topology_of


def write(paths: Sequence[Path], material: Material) -> Mapping[str, Any]:
    """Write one seat's ``.npy`` (T, V, 3) float32, metres, and its ``.topology.npz``.

    The head's pose is in the positions; the topology file holds it too, so that it can be undone exactly.
    """
    positions, topology_path = paths
    head = material.head_of(material.seat)
    motion, notes = as_shown(material.motion, head)
    topology = topology_of(head)
    write_npy(positions, posed_blocks(head, motion), shape=(len(motion), len(topology.neutral), 3))
    np.savez_compressed(
        topology_path,
        triangles=topology.triangles,
        patch_names=np.array(topology.patch_names),
        patch_starts=topology.patch_starts,
        neutral=topology.neutral,
        head_rotation=motion.head_rotation,
        head_translation=motion.head_translation,
        frame_rate_hz=np.float64(motion.frame_rate_hz),
        units=np.array("metre"),
    )
    return {
        "head": _head(head),
        "array": "(T, V, 3) float32 metres in the seat's rest frame, expression, gaze and head pose applied",
        "topology": "triangles (F, 3), patch_names, patch_starts, neutral (V, 3), head_rotation (T, 3) rad, head_translation (T, 3) m",
        "notes": notes,
    }


def _head(head: Head) -> dict[str, Any]:
    """Which head it is, so that the vertices can be read back: a built-in one in full, one of the user's own by its name."""
    if isinstance(head, OwnHead):
        return {"source": Path(head.source).name, "detail": head.detail}
    return {"identity": asdict(head.identity), "detail": head.detail}
