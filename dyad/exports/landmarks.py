"""The 68 facial landmarks of every frame (the numbering of iBUG 300-W)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dyad.arrays import FloatArray
from dyad.exports.arrays import write_npy
from dyad.exports.bases import as_shown
from dyad.exports.formats import Material
from dyad.faces.landmarks68 import COUNT, landmark_positions
from dyad.faces.surface import blocks


def write(paths: Sequence[Path], material: Material) -> Mapping[str, Any]:
    """Write one seat's ``.npy`` (T, 68, 3) float32, metres, in the seat's rest frame.

    Raises:
        InputError: the head's points are not known.
    """
    head = material.head_of(material.seat)
    motion, notes = as_shown(material.motion, head)
    parts: list[FloatArray] = [landmark_positions(head, part) for part in blocks(motion)]
    write_npy(paths[0], parts, shape=(len(motion), COUNT, 3))
    return {"array": "(T, 68, 3) float32 metres in the seat's rest frame; numbering of iBUG 300-W, subject's right first", "notes": notes}
