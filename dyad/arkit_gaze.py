"""Eye angles and ARKit's ``eyeLook*`` weights, two ways to say where the eyes point."""

import math
from typing import Final

import numpy as np

from dyad.arrays import FloatArray
from dyad.motion import Motion

FULL_LOOK_RAD: Final = math.radians(30)
"""``eyeLook*`` weight 1; Apple publishes no angle, chosen as the comfortable ocular range. In ten iPhone recordings: 0.5 to 0.6 rad."""


def gaze_of_weights(motion: Motion) -> FloatArray:
    """Where the eyes point by the weights: float32 (T, 2, 2), left eye, right eye; yaw (> 0 to the subject's left), pitch (> 0 down); rad.

    Args:
        motion: of a basis that has the ``eyeLook*`` channels.

    Raises:
        InputError: the basis has none.
    """
    weights = {(look, side): motion.channel(f"eyeLook{look}{side}") for look in ("Out", "In", "Down", "Up") for side in ("Left", "Right")}
    yaw = (weights["Out", "Left"] - weights["In", "Left"], weights["In", "Right"] - weights["Out", "Right"])
    pitch = tuple(weights["Down", side] - weights["Up", side] for side in ("Left", "Right"))
    gaze: FloatArray = np.float32(FULL_LOOK_RAD) * np.stack([np.stack(yaw, axis=-1), np.stack(pitch, axis=-1)], axis=-1)
    return gaze
