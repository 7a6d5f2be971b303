"""Weights as NVIDIA Audio2Face exports them: ``exportFps, trackPath, numPoses, numFrames, facsNames, weightMat``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dyad.exports.bases import in_basis
from dyad.exports.formats import Material


def write(paths: Sequence[Path], material: Material) -> Mapping[str, Any]:
    """Write one seat's weights, (numFrames, numPoses), under their ARKit names.

    Returns:
        What the layout has no place for.

    Raises:
        InputError: the motion has no ARKit weights and cannot be fitted.
    """
    motion, notes = in_basis(material, "arkit52", to="a2f-json")
    content = {
        "exportFps": motion.frame_rate_hz,
        "trackPath": material.sound or "",
        "numPoses": len(motion.channel_names),
        "numFrames": len(motion),
        "facsNames": list(motion.channel_names),
        "weightMat": [[round(float(weight), 9) for weight in row] for row in motion.expression],
    }
    paths[0].write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    left_out = [name for name in ("head_rotation", "head_translation", "gaze") if getattr(motion, name).any()]
    return {"left_out": left_out, "notes": notes}
