"""Whether a recording's angles can be what dyad takes them for: radians, with signs that agree with the eyes' own weights."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.live_link import ANGLES, VALUES

Array = npt.NDArray[np.float64]

FEWEST_ROWS = 30
LEAST_SPREAD = 0.02  # rad and weight; below it, agreement is chance
AGAINST = -0.5  # correlation from which an angle runs against its weights
EYE_WEIGHTS = {
    "LeftEyeYaw": ("EyeLookOutLeft", "EyeLookInLeft"),
    "RightEyeYaw": ("EyeLookInRight", "EyeLookOutRight"),
    "LeftEyePitch": ("EyeLookDownLeft", "EyeLookUpLeft"),
    "RightEyePitch": ("EyeLookDownRight", "EyeLookUpRight"),
}
"""The weight that grows with each angle about dyad's axes, and the one that falls."""


def check_angles(angles: Array, path: Path) -> None:
    """See that angles (N, 9) can be radians.

    Raises:
        InputError: one is beyond half a turn.
    """
    furthest = np.abs(angles).max(axis=0, initial=0.0)
    if furthest.max() > np.pi:
        name = ANGLES[int(np.argmax(furthest))]
        raise InputError(str(path), expected="angles in radians", got=f"{name} up to {furthest.max():g}", cure="Convert degrees first.")


def check_eye_signs(values: Array, path: Path) -> None:
    """See that the eyes' angles do not run against their weights, which have no sign to mistake.

    Args:
        values: (N, 61) in the layout's order, angles turned to dyad's axes.
        path: the file, for errors.

    Raises:
        InputError: some do.
    """
    if len(values) < FEWEST_ROWS:
        return
    against = []
    for angle, (grows, falls) in EYE_WEIGHTS.items():
        turned, look = values[:, VALUES.index(angle)], values[:, VALUES.index(grows)] - values[:, VALUES.index(falls)]
        if min(turned.std(), look.std()) > LEAST_SPREAD and np.corrcoef(turned, look)[0, 1] < AGAINST:
            against.append(angle)
    if against:
        raise InputError(
            str(path),
            expected="eye angles that agree with the EyeLook weights",
            got=f"{', '.join(against)} the other way round",
            cure=f"Turn them with {' '.join(f'--flip {name}' for name in against)}; look whether the head needs it too.",
        )
