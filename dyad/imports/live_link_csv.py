"""Live Link Face recordings: see ``dyad.live_link`` for the layout and the signs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.angles import from_yaw_pitch_roll
from dyad.arrays import BoolArray
from dyad.errors import InputError
from dyad.imports.foreign import Foreign, with_invalid_frames
from dyad.imports.frame_times import FrameTimes, count_of, frame_times
from dyad.imports.live_link_rows import Rows, read_rows
from dyad.imports.live_link_signs import check_angles, check_eye_signs
from dyad.live_link import ANGLES, HEAD_ANGLES, LEFT_EYE_ANGLES, RIGHT_EYE_ANGLES, SIGNS, VALUES, WEIGHTS
from dyad.motion import Motion
from dyad.resampling import bridge, follow_curves, follow_rotations
from dyad.seat import Seat
from dyad.statement import read_statement

Array = npt.NDArray[np.float64]

FURTHEST_WEIGHT = 1.5  # calibrated recordings (neutral subtracted) run from about -0.5 to 1; beyond this the unit is another


def read_live_link(path: Path, *, seat: Seat, source_rate_hz: float | None = None, flip: Sequence[str] = ()) -> Foreign:
    """Read a recording.

    Frames that are missing or were not tracked are filled (straight lines; shortest turns) and marked as not valid; weights outside 0 to 1,
    which calibrated recordings have, are clipped; notes say how many. Rows whose times drift off an even grid are interpolated onto it.

    Args:
        path: the CSV.
        seat: the seat to put it on.
        source_rate_hz: frames in a second of its timecodes, where the file does not tell.
        flip: angle columns to take with the other sign.

    Raises:
        InputError: missing columns, numbers that are none, units, signs or rates that do not fit or cannot be known.
    """
    rows = read_rows(path)
    statement = read_statement(path)
    notes = list(rows.notes)
    values = rows.values * _signs(flip)
    _check_weights(values[:, : len(WEIGHTS)], path)
    check_angles(values[:, len(WEIGHTS) :], path)
    check_eye_signs(values, path)
    stated = _stated(statement, rows)
    count = _count(rows, source_rate_hz, stated, path)
    times = frame_times(rows.codes, count=count, what=str(path), frame_rate_hz=stated.get("frame_rate_hz"))
    recorded = _motion(values, rows.tracked, seat=seat, times=times)
    motion = _on_even_frames(recorded, times, notes)
    _note_weights(values[:, : len(WEIGHTS)], notes)
    if not stated and values[:, len(WEIGHTS) : len(WEIGHTS) + 3].any():
        notes.append("Head angles taken as Live Link Face counts: radians, yaw > 0 right, pitch > 0 down, roll > 0 left; see --flip.")
    elif not stated:
        notes.append("Head angles are all zero: the head stays still.")
    if stated:
        motion = with_invalid_frames(motion, stated["invalid_frames"])
    return Foreign(motion=motion, notes=tuple(notes))


def _signs(flip: Sequence[str]) -> Array:
    """(61,) factors from the file's values to dyad's axes."""
    known = {name.lower(): name for name in ANGLES}
    for name in flip:
        if name.lower() not in known:
            raise InputError("--flip", expected=f"one of {', '.join(ANGLES)}", got=repr(name), cure="Name an angle column.")
    flipped = {known[name.lower()] for name in flip}
    turned = [-sign if name in flipped else sign for name, sign in zip(ANGLES, SIGNS, strict=True)]
    return np.array([1.0] * len(WEIGHTS) + turned)


def _stated(statement: Mapping[str, Any] | None, rows: Rows) -> dict[str, Any]:
    """Rate and lost frames from dyad's own statement, where it still fits the file."""
    if statement is None or statement.get("format") != "arkit-csv" or statement.get("frames") != len(rows.codes):
        return {}
    (seat,) = statement["seats"].values()
    return {
        "frame_rate_hz": float(statement["frame_rate_hz"]),
        "count": int(statement["timecode_frames_per_s"]),
        "invalid_frames": seat["invalid_frames"],
    }


def _count(rows: Rows, source_rate_hz: float | None, stated: Mapping[str, Any], path: Path) -> int:
    if source_rate_hz is None:
        return int(stated["count"]) if stated else count_of(rows.codes, what=str(path))
    if source_rate_hz != round(source_rate_hz):
        got, cure = f"{source_rate_hz:g}", "29.97 fps timecodes count in 30, 59.94 in 60."
        raise InputError("--source-fps", expected="a whole number of frames in a timecode's second", got=got, cure=cure)
    return round(source_rate_hz)


def _check_weights(weights: Array, path: Path) -> None:
    furthest = float(np.abs(weights).max(initial=0.0))
    if furthest > FURTHEST_WEIGHT:
        cure = "Divide percentages by 100."
        raise InputError(str(path), expected="weights from 0 to 1", got=f"{furthest:g}", cure=cure)


def _note_weights(weights: Array, notes: list[str]) -> None:
    outside = (weights < 0.0) | (weights > 1.0)
    if outside.any():
        share = 100.0 * outside.mean()
        notes.append(f"Weights from {weights.min():.2f} to {weights.max():.2f} clipped to 0 to 1 ({share:.1f} % of them).")


def _motion(values: Array, tracked: BoolArray, *, seat: Seat, times: FrameTimes) -> Motion:
    """One frame a row."""

    def columns(names: Sequence[str]) -> Array:
        return values[:, [VALUES.index(name) for name in names]]

    gaze = np.stack([columns(LEFT_EYE_ANGLES)[:, :2], columns(RIGHT_EYE_ANGLES)[:, :2]], axis=1)
    return Motion(
        seat=seat,
        frame_rate_hz=times.frame_rate_hz,
        expression=columns(WEIGHTS).clip(0.0, 1.0).astype(np.float32),
        head_rotation=from_yaw_pitch_roll(columns(HEAD_ANGLES)).astype(np.float32),
        gaze=gaze.astype(np.float32),
        valid=tracked,
    )


def _on_even_frames(motion: Motion, times: FrameTimes, notes: list[str]) -> Motion:
    """Put rows in their places; fill what lies between."""
    untracked = int((~motion.valid).sum())
    if untracked:
        notes.append(f"{untracked} frames without tracking filled from their neighbours and marked not valid.")
    lost = ~times.recorded()
    if lost.any():
        notes.append(f"{int(lost.sum())} dropped frames filled and marked not valid; longest step {times.longest_step:.0f} frames.")
    if not times.even:
        notes.append(f"Frames are not evenly timed: interpolated onto an even {times.frame_rate_hz:g} fps.")
    source, at = bridge(motion), times.rows_at()
    arrays: dict[str, Any] = {}
    for name in ("expression", "gaze", "head_rotation"):
        follow = follow_rotations if name == "head_rotation" else follow_curves
        arrays[name] = follow(np.asarray(getattr(source, name), np.float64), at, ratio=1.0).astype(np.float32)
    arrays["expression"] = arrays["expression"].clip(0.0, 1.0)
    valid = motion.valid[np.floor(at).astype(int)] & motion.valid[np.ceil(at).astype(int)] & ~lost
    return bridge(Motion(seat=motion.seat, frame_rate_hz=times.frame_rate_hz, valid=valid, **arrays))
