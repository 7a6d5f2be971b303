"""Recorded motion from files: dyad's own ``motion.npz`` and the layout DualTalk publishes."""

import zipfile
from pathlib import Path

import numpy as np

from dyad.errors import DyadError, InputError
from dyad.motion import Motion
from dyad.recording import motion_from_arrays
from dyad.seat import Seat

DUALTALK_FRAME_RATE_HZ = 25.0  # of all published clips


def read_motion(path: str | Path, *, seat: Seat) -> Motion:
    """Read the motion of one person.

    Args:
        path: ``motion.npz`` of a dyad recording (the seat's own side is taken), or a DualTalk ``.npz`` with ``exp`` (T, 50) and ``pose``
            (T, 6): neck rotation vector first, then jaw, radians, at 25 fps.
        seat: the seat to put it on.

    Raises:
        InputError: the file is missing, damaged, or of neither layout.
    """
    path = Path(path)
    expected = "motion.npz of dyad, or a DualTalk .npz with exp and pose"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if f"{seat.name}_expression" in arrays:
                return motion_from_arrays(seat, arrays)
            if {"exp", "pose"} <= set(arrays.files):
                expression, pose = arrays["exp"], arrays["pose"]
            else:
                raise InputError(str(path), expected=expected, got=f"arrays {', '.join(arrays.files)}", cure="Convert it to one of these.")
    except FileNotFoundError:
        raise InputError(str(path), expected=expected, got="no such file", cure="Check the path.") from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError, AttributeError) as error:
        raise InputError(str(path), expected=expected, got=str(error) or type(error).__name__, cure="Check the file.") from None
    if pose.ndim != 2 or pose.shape[1] != 6 or len(pose) != len(expression):
        raise InputError(str(path), expected="pose of shape (T, 6), as long as exp", got=f"{pose.shape}", cure="Check the file.")
    try:
        return Motion(
            seat=seat,
            frame_rate_hz=DUALTALK_FRAME_RATE_HZ,
            basis="flame50",
            expression=expression,
            head_rotation=pose[:, :3],
            jaw_rotation=pose[:, 3:],
        )
    except DyadError as error:
        raise InputError(str(path), expected=expected, got=str(error), cure="Check the file.") from error
