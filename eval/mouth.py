"""Jaw opening and lip aperture of a motion."""

import numpy as np
import numpy.typing as npt

from dyad.motion import Motion

Array = npt.NDArray[np.float64]

APERTURE_WEIGHTS: dict[str, float] = {
    "jawOpen": 1.0,
    "mouthClose": -1.0,
    "mouthFunnel": 0.375,
    "mouthUpperUpLeft": 0.12,
    "mouthUpperUpRight": 0.12,
    "mouthLowerDownLeft": 0.10,
    "mouthLowerDownRight": 0.10,
}
"""What each channel at weight 1 adds to the gap between the lips, as a share of what jawOpen adds (2.9 cm).

Measured on the shapes of ICT-FaceKit (MIT; da5f95a): mean vertical change at the three inner lip landmarks. Its mouthClose is −1.29, which
would push the lips through each other at full jaw; −1 is where ARKit's shut lips meet an open jaw. Other channels that press or roll shut
lips are left out, so they cannot hide an open mouth.
"""


def jaw_opening(motion: Motion) -> tuple[Array, str] | None:
    """How far the jaw is open, (T,), and the unit; None for a basis of which dyad does not know the jaw.

    ARKit: the weight ``jawOpen``. FLAME and arkit50: the jaw joint's rotation about x, radians (> 0 opens).
    """
    if "jawOpen" in motion.channel_names:
        return motion.channel("jawOpen").astype(np.float64), "weight"
    if motion.basis.startswith("flame") or motion.basis == "arkit50":
        return motion.jaw_rotation[:, 0].astype(np.float64), "rad"
    return None


def lip_aperture(motion: Motion) -> Array | None:
    """Gap between the lips as a share of what a fully open jaw makes, (T,), never below 0; None where the channels are missing.

    FLAME's lips open with most of its expression channels, so its aperture takes the mesh and is not measured here.
    """
    if not set(APERTURE_WEIGHTS) <= set(motion.channel_names):
        return None
    aperture = sum((weight * motion.channel(name).astype(np.float64) for name, weight in APERTURE_WEIGHTS.items()), np.zeros(len(motion)))
    return np.maximum(aperture, 0.0)
