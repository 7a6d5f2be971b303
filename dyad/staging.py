"""Where the two heads stand and which way rotations go: numpy and scipy only, no viewer.

Table frame: y up, seat A at -x looking along +x, seat B at +x looking along -x, so that each rest frame's +z points at the partner and
zero head rotation with zero gaze meets the partner's eyes. Nothing is bent towards the camera: it stands near enough, in front of the
table (+z), that perspective shows both faces at about three quarters.
"""

from math import atan2

import numpy as np
from scipy.spatial.transform import Rotation

from dyad.arrays import FloatArray
from dyad.bases import ARKIT52
from dyad.motion import Motion
from dyad.seat import Seat

SEAT_DISTANCE_M = 0.75
"""From one head's joint to the other's; the near half of Hall's (1966) personal distance."""

LAMP_YAW_RAD = atan2(1.0, 3.0)
"""The viewer's fixed lamp shines from (1, 2, 3) (rerun's lighting.wgsl); the table is turned by this to light both faces alike."""

JAW_FULLY_OPEN_RAD = 0.35
"""FLAME jaw angle shown as ``jawOpen`` = 1; our own choice, about the 20 degrees of a wide-open mouth."""


def rest_rotation(seat: Seat) -> Rotation:
    """Rotation from the seat's rest frame to the table frame."""
    return Rotation.from_euler("y", 90.0 if seat is Seat.A else -90.0, degrees=True)


def rest_position(seat: Seat) -> FloatArray:
    """(3,) position of the seat's head joint in the table frame, metres."""
    return np.array([-0.5 if seat is Seat.A else 0.5, 0.0, 0.0], np.float32) * SEAT_DISTANCE_M


def table_rotation() -> Rotation:
    """Rotation from the table frame to the viewer's world."""
    return Rotation.from_euler("y", LAMP_YAW_RAD)


def to_world(point: tuple[float, float, float]) -> tuple[float, float, float]:
    """A point of the table frame in the viewer's world."""
    x, y, z = table_rotation().apply(point)
    return float(x), float(y), float(z)


def head_quaternions(motion: Motion) -> FloatArray:
    """(T, 4) head rotations as x, y, z, w."""
    return quaternions(Rotation.from_rotvec(motion.head_rotation))


def eye_quaternions(motion: Motion, eye: int) -> FloatArray:
    """(T, 4) rotation of one eyeball (0 left, 1 right) relative to the head, x, y, z, w: first pitch, then yaw, as ``Motion.gaze`` says."""
    return quaternions(Rotation.from_euler("YX", motion.gaze[:, eye]))


def head_angles_deg(motion: Motion) -> tuple[FloatArray, FloatArray]:
    """Pitch (> 0 down) and yaw (> 0 to the subject's left) of the head, degrees, each (T,)."""
    yaw, pitch, _roll = Rotation.from_rotvec(motion.head_rotation).as_euler("YXZ", degrees=True).T
    return pitch.astype(np.float32), yaw.astype(np.float32)


def jaw_open(motion: Motion) -> FloatArray:
    """(T,) opening of the jaw, 0 to 1, in any basis."""
    if motion.basis == "arkit52":
        return motion.channel("jawOpen")
    return np.asarray(np.clip(motion.jaw_rotation[:, 0] / JAW_FULLY_OPEN_RAD, 0.0, 1.0), np.float32)


def arkit_weights(motion: Motion) -> FloatArray:
    """(T, 52) weights the drawn head can show; bases it cannot show (FLAME) keep only the jaw."""
    if motion.basis == "arkit52":
        return motion.expression
    weights = np.zeros((len(motion), len(ARKIT52)), np.float32)
    weights[:, ARKIT52.index("jawOpen")] = jaw_open(motion)
    return weights


def quaternions(rotation: Rotation) -> FloatArray:
    """float32 (..., 4) as x, y, z, w."""
    return np.asarray(rotation.as_quat(), np.float32)
