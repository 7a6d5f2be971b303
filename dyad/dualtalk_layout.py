"""The 56 numbers a frame that the DualTalk model and its scores speak of, and the only place that knows their order.

Source: Peng et al., "DualTalk: Dual-Speaker Interaction for 3D Talking Head Conversations", CVPR 2025 (arXiv 2505.18096).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.arrays import FloatArray
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.seat import Seat

CHANNELS: Final = 56
FRAME_RATE_HZ: Final = 25.0  # of all published clips
SAMPLE_RATE_HZ: Final = 16_000
GROUPS: Final = {"exp": slice(0, 50), "jaw": slice(50, 53), "pose": slice(53, 56)}
"""Expression, jaw and neck: the groups that scores are given for. In the corpus's files the two rotations come in the other order."""


def pack(motion: Motion) -> FloatArray:
    """Motion as rows of 56.

    Args:
        motion: of a basis with 50 expression channels: ``flame50`` or ``arkit50``.

    Returns:
        float32 (T, 56): expression, jaw rotation vector, neck (head) rotation vector, rad.

    Raises:
        InputError: another basis.
    """
    if motion.expression.shape[1] != 50:
        raise InputError("motion", expected="basis flame50 or arkit50", got=motion.basis, cure="Convert it with dyad.arkit_jaw.to_arkit50.")
    return np.concatenate([motion.expression, motion.jaw_rotation, motion.head_rotation], axis=1)


def unpack(
    values: npt.NDArray[np.floating], *, seat: Seat, basis: str, start_frame: int = 0, frame_rate_hz: float = FRAME_RATE_HZ
) -> Motion:
    """The opposite of ``pack``.

    Args:
        values: (T, 56).
        seat: whose motion.
        basis: ``flame50`` or ``arkit50``.
        start_frame: index of the first frame.
        frame_rate_hz: frames per second.

    Raises:
        InputError: another shape, or values that are not finite.
    """
    rows = np.asarray(values, np.float32)
    if rows.ndim != 2 or rows.shape[1] != CHANNELS:
        raise InputError("motion rows", expected=f"shape (T, {CHANNELS})", got=f"shape {rows.shape}", cure="Check the order of axes.")
    return Motion(
        seat=seat,
        start_frame=start_frame,
        frame_rate_hz=frame_rate_hz,
        basis=basis,
        expression=rows[:, GROUPS["exp"]],
        head_rotation=rows[:, GROUPS["pose"]],
        jaw_rotation=rows[:, GROUPS["jaw"]],
    )
