"""Live Link Face recordings: see ``dyad.live_link`` for the layout and the signs."""

import csv
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from dyad.angles import to_yaw_pitch_roll
from dyad.clock import FrameClock
from dyad.exports.bases import in_basis
from dyad.exports.formats import Material
from dyad.live_link import HEADER, SIGNS, VALUES
from dyad.motion import Motion
from dyad.timecode import timecode_text

DECIMALS = 10  # as the app writes; 5e-11 is far below float32


def write(paths: Sequence[Path], material: Material) -> Mapping[str, Any]:
    """Write one seat's CSV; the first frame of a conversation is timecode 00:00:00:00.000.

    Returns:
        Signs, order and unit of the angles, the frame count of a timecode's second, and what the layout has no column for.

    Raises:
        InputError: the motion has no ARKit weights and cannot be fitted.
    """
    motion, notes = in_basis(material, "arkit52", to="arkit-csv")
    rate = FrameClock(frame_rate_hz=motion.frame_rate_hz).rate
    count = ceil(rate)
    with open(paths[0], "w", newline="", encoding="ascii") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(HEADER)
        for frame, values in enumerate(_values(motion), start=motion.start_frame):
            time = timecode_text(Fraction(frame) / rate, frames_per_s=count)
            rows.writerow((time, len(VALUES), *(f"{value:.{DECIMALS}f}" for value in values)))
    left_out = ["head translation"] if motion.head_translation.any() else []
    return {
        "timecode_frames_per_s": count,
        "angles": "radians; intrinsic yaw, pitch, roll; yaw > 0 to the subject's right, pitch > 0 down, "
        "roll > 0 crown to the subject's left, as Live Link Face counts; eyes relative to the head",
        "left_out": left_out,
        "notes": notes,
    }


def _values(motion: Motion) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(T, 61) in the layout's order."""
    head = to_yaw_pitch_roll(motion.head_rotation)
    no_roll = np.zeros((len(motion), 1))
    eyes = [np.column_stack([motion.gaze[:, eye], no_roll]) for eye in (0, 1)]
    angles = np.column_stack([head, *eyes]) * SIGNS
    return np.column_stack([motion.expression.astype(np.float64), angles + 0.0])  # + 0.0: no "-0.0000000000"
