"""The layout DualTalk publishes: FLAME coefficients at 25 fps."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dyad.dualtalk_layout import FRAME_RATE_HZ
from dyad.errors import InputError
from dyad.exports.bases import in_basis
from dyad.exports.formats import Material
from dyad.motion import Motion

SHAPES = {"shape": (100,), "tex": (50,), "cam": (3,), "light": (9, 3)}  # what DualTalk's files hold besides; a camera's work, zeros here


def write(paths: Sequence[Path], material: Material) -> Mapping[str, Any]:
    """Write one seat's ``exp`` (T, 50) and ``pose`` (T, 6): neck rotation vector first, then jaw, radians, at 25 fps.

    Raises:
        InputError: the motion is not FLAME's and cannot be fitted, or is not at 25 fps, which the layout cannot state.
    """
    motion, notes = in_basis(material, "flame50", to="flame-npz")
    if motion.frame_rate_hz != FRAME_RATE_HZ:
        raise InputError(
            f"motion of seat {motion.seat.name}",
            expected=f"{FRAME_RATE_HZ:g} fps, which readers of flame-npz take for granted",
            got=f"{motion.frame_rate_hz:g} fps",
            cure=f"Add --fps {FRAME_RATE_HZ:g}.",
        )
    np.savez_compressed(paths[0], **dualtalk_arrays(motion))
    left_out = [name for name in ("head_translation", "gaze") if getattr(motion, name).any()]
    return {
        "arrays": {
            "exp": "(T, 50) FLAME expression coefficients",
            "pose": "(T, 6) radians: rotation vector of the neck, then of the jaw",
            **{name: f"(T, {', '.join(map(str, shape))}) zeros: not known" for name, shape in SHAPES.items()},
        },
        "left_out": left_out,
        "notes": notes,
    }


def dualtalk_arrays(motion: Motion) -> dict[str, Any]:
    """The arrays of DualTalk's files, by name, from motion with 50 expression channels and a jaw joint."""
    arrays: dict[str, Any] = {name: np.zeros((len(motion), *shape), np.float32) for name, shape in SHAPES.items()}
    return arrays | {"exp": motion.expression, "pose": np.concatenate([motion.head_rotation, motion.jaw_rotation], axis=1)}
