"""Head angles, head speed and gaze direction of a motion, in degrees.

Rest frame: the head at rotation zero, facing its partner, who sits straight ahead (+z). Signs as in ``dyad.motion``: pitch > 0 nods down,
yaw > 0 turns to the subject's left, roll > 0 tilts the crown to the subject's right.
"""

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from dyad.motion import Motion

Array = npt.NDArray[np.float64]


def head_angles(motion: Motion) -> tuple[Array, Array, Array]:
    """Pitch, yaw and roll of the head, degrees, each (T,).

    Intrinsic yaw, then pitch, then roll: pitch is measured in the plane the head already faces, so a nod made with the head turned away
    is the same nod.
    """
    if not len(motion):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    yaw, pitch, roll = Rotation.from_rotvec(motion.head_rotation.astype(np.float64)).as_euler("YXZ", degrees=True).T
    return pitch, yaw, roll


def head_speed(motion: Motion) -> Array:
    """Angular speed between each frame and the next, degrees per second, (max(T − 1, 0),).

    The angle of the rotation that leads from one frame to the next, times the frame rate; no smoothing, so tracking noise counts as
    motion (it lifts slow heads more than fast ones, and more so at high frame rates).
    """
    if len(motion) < 2:
        return np.zeros(0)
    rotations = Rotation.from_rotvec(motion.head_rotation.astype(np.float64))
    speed: Array = np.degrees((rotations[:-1].inv() * rotations[1:]).magnitude()) * motion.frame_rate_hz
    return speed


def gaze_offset(motion: Motion, *, partner_yaw_deg: float = 0.0, partner_pitch_deg: float = 0.0) -> Array:
    """Angle between where the eyes look and where the partner's eyes are, degrees ≥ 0, (T,).

    The eyes' direction (mean of both, which cancels vergence) is turned by the head's rotation, so a head turned aside with the eyes
    turned back is at the partner. Head translation is left out: 3 cm aside at 1 m is 1.7°.

    Args:
        motion: whose gaze.
        partner_yaw_deg: direction of the partner in the rest frame, > 0 to the subject's left.
        partner_pitch_deg: the same, > 0 down.
    """
    if not len(motion):
        return np.zeros(0)
    gaze = motion.gaze.astype(np.float64)
    eyes = _direction(gaze[..., 0], gaze[..., 1]).mean(axis=1)
    looking = Rotation.from_rotvec(motion.head_rotation.astype(np.float64)).apply(eyes)
    looking /= np.maximum(np.linalg.norm(looking, axis=1, keepdims=True), 1e-12)
    partner = _direction(np.radians(partner_yaw_deg), np.radians(partner_pitch_deg))
    # atan2 of sine and cosine stays exact at 0°, where arccos loses half the digits.
    offset: Array = np.degrees(np.arctan2(np.linalg.norm(np.cross(looking, partner), axis=1), looking @ partner))
    return offset


def _direction(yaw: npt.ArrayLike, pitch: npt.ArrayLike) -> Array:
    yaw, pitch = np.asarray(yaw, np.float64), np.asarray(pitch, np.float64)
    return np.stack([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), np.cos(yaw) * np.cos(pitch)], axis=-1)
