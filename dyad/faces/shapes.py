"""The 52 ARKit shapes of one face, by Apple's published descriptions; left and right are the subject's own.

Only left-sided and symmetric shapes are sculpted; right-sided ones are their mirror images, bit for bit.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.bases import ARKIT52
from dyad.faces.assembly import Face
from dyad.faces.fields import Fields
from dyad.faces.shapes_lower import LOWER_SHAPES
from dyad.faces.shapes_upper import UPPER_SHAPES

Array = npt.NDArray[np.float64]

SHAPES: Final = {**UPPER_SHAPES, **LOWER_SHAPES}


def sculpt_shapes(face: Face) -> npt.NDArray[np.float32]:
    """Work out every shape's motion at full weight.

    Args:
        face: the assembled head.

    Returns:
        (52, V, 3) float32 metres, in the order of `ARKIT52`.
    """
    fields = Fields(face)
    fades = {reach: fields.fade_outside(reach) for reach in {shape.patches for shape in SHAPES.values()}}
    mirror, flip = face.mirror_of, np.array([-1.0, 1.0, 1.0])
    motion: dict[str, Array] = {}
    for name, shape in SHAPES.items():
        delta = shape.move(fields) * fades[shape.patches][:, None]
        if name in _MIRRORED:
            motion[name], motion[_MIRRORED[name]] = delta, delta[mirror] * flip
        else:
            motion[name] = 0.5 * (delta + delta[mirror] * flip)
    return np.stack([motion[name] for name in ARKIT52]).astype(np.float32)


_MIRRORED: Final = {name: name.removesuffix("Left") + "Right" for name in SHAPES if name.endswith("Left")}
