"""Where things sit on one person's head: an identity turned into metres.

Axes as everywhere in dyad: y up, z out of the face, x to the subject's left, origin at the joint between skull and neck.
The average numbers are those of adult anthropometry (head about 0.23 m high, 0.153 m broad, 0.195 m deep; pupils 0.063 m
apart; face thirds of about 0.06 m), rounded to what looked right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.faces.identity import Identity

Array = npt.NDArray[np.float64]

MM: Final = 1e-3
CENTRE: Final = np.array([0.0, 0.030, 0.012])
"""The point inside the skull from which the whole outer surface is visible (the sculpture is star-shaped about it)."""
JAW_HINGE: Final = np.array([0.0, 0.014, 0.014])
"""A point on the axis through both jaw joints, which runs along x, just in front of the ear canals."""
LID_CLEARANCE: Final = 0.70 * MM
"""Gap between eyeball and the open lid's inner edge; see `dyad.faces.eyelids` for why a closed lid needs more."""


@dataclass(frozen=True, kw_only=True)
class Landmarks:
    """Positions and sizes in metres; only the left side (+x) where there are two.

    Attributes:
        eye: (3,) centre of the left eyeball.
        eye_radius: radius of the eyeball.
        eye_half_width: half the distance between the corners of one eye.
        lid_up: height of the open upper lid above the line through the corners.
        lid_down: depth of the lower lid below that line.
        eye_tilt: rise of the outer corner over the inner one.
        brow: height of the brow's lower edge over the eye's centre.
        nose_tip: (3,) foremost point of the nose.
        nose_wing: (3,) centre of the left nostril wing.
        nose_base: (3,) where the nose meets the upper lip, on the midline.
        lip_line: y of the line between closed lips.
        mouth_half_width: half the distance between the mouth's corners.
        lip_upper: height of the red of the upper lip, at its peaks.
        lip_lower: height of the red of the lower lip, on the midline.
        chin: y of the lowest point of the chin.
        chin_depth: z of the foremost point of the chin.
        top: y of the top of the bare skull.
        width: factor on breadths of skull and cheekbones.
        jaw: factor on breadths of the jaw.
        ear: (3,) where the left ear is fixed, and `ear_height` its full height.
        ear_height: full height of the ear.
    """

    eye: Array
    eye_radius: float
    eye_half_width: float
    lid_up: float
    lid_down: float
    eye_tilt: float
    brow: float
    nose_tip: Array
    nose_wing: Array
    nose_base: Array
    lip_line: float
    mouth_half_width: float
    lip_upper: float
    lip_lower: float
    chin: float
    chin_depth: float
    top: float
    width: float
    jaw: float
    ear: Array
    ear_height: float


def place_landmarks(person: Identity) -> Landmarks:
    """Turn a person's proportions into positions.

    Args:
        person: the identity.

    Returns:
        The landmarks, in metres.
    """
    eye_y = 50.0
    length = person.face_length
    base_y = -2.0 - 2.0 * length - 2.6 * person.nose_length
    lip_y = -22.5 - 3.6 * length - 1.6 * person.nose_length
    chin_y = -66.0 - 6.5 * length - 0.6 * person.nose_length
    tip_z = 122.5 + 3.0 * person.nose_bridge
    width = 1.0 + 0.045 * person.face_width
    wing_x = 10.9 + 1.9 * person.nose_width
    radius = 12.1 + 0.35 * person.eye_size
    thin = 1.0 - 0.28 * person.age
    return Landmarks(
        eye=MM * np.array([31.6 + 1.5 * person.eye_spacing, eye_y, 79.0]),
        eye_radius=MM * radius,
        eye_half_width=MM * (14.9 + 0.7 * person.eye_size),
        lid_up=MM * (5.3 + 0.75 * person.eye_size - 0.6 * person.age),
        lid_down=MM * (4.9 + 0.35 * person.eye_size),
        eye_tilt=MM * (1.2 + 1.4 * person.eye_tilt),
        brow=MM * (16.8 + 2.2 * person.brow_height),
        nose_tip=MM * np.array([0.0, base_y + 12.5, tip_z]),
        nose_wing=MM * np.array([wing_x, base_y + 7.0, 104.5 + 0.8 * person.nose_bridge]),
        nose_base=MM * np.array([0.0, base_y, 104.0]),
        lip_line=MM * lip_y,
        mouth_half_width=MM * (25.0 + 2.0 * person.mouth_width),
        lip_upper=MM * max(3.0, (6.9 + 2.0 * person.lip_fullness) * thin),
        lip_lower=MM * max(4.0, (8.9 + 2.2 * person.lip_fullness) * thin),
        chin=MM * chin_y,
        chin_depth=MM * (99.0 + 3.0 * person.chin),
        top=MM * (163.0 + 5.0 * person.forehead_height),
        width=width,
        jaw=(1.0 + 0.075 * person.jaw_width) * (0.5 + 0.5 * width),
        ear=MM * np.array([73.0 * width, 28.0, 1.0]),
        ear_height=MM * (62.0 + 5.0 * person.ear_size),
    )
