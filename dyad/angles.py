"""Yaw, pitch and roll of rotations, the one order in which dyad takes them.

Intrinsic yaw (about y), then pitch (about the turned x), then roll (about the turned z): pitch is measured in the plane the head already
faces. Signs are those of dyad's axes: yaw > 0 to the subject's left, pitch > 0 down, roll > 0 crown to the subject's right.
"""

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

Array = npt.NDArray[np.float64]

ORDER = "YXZ"  # scipy's name for intrinsic yaw, pitch, roll


def to_yaw_pitch_roll(rotation_vectors: npt.NDArray[np.floating]) -> Array:
    """Angles (T, 3) in radians, yaw, pitch, roll, of rotation vectors (T, 3) in radians; pitch within ±π/2."""
    if not len(rotation_vectors):
        return np.zeros((0, 3))
    angles: Array = Rotation.from_rotvec(np.asarray(rotation_vectors, np.float64)).as_euler(ORDER)
    return angles


def from_yaw_pitch_roll(angles: npt.NDArray[np.floating]) -> Array:
    """Rotation vectors (T, 3) in radians of angles (T, 3) in radians: yaw, pitch, roll."""
    if not len(angles):
        return np.zeros((0, 3))
    vectors: Array = Rotation.from_euler(ORDER, np.asarray(angles, np.float64)).as_rotvec()
    return vectors
