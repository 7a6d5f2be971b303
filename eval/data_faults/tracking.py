"""Faults of tracked motion: values that are no numbers, tracks that stand still or tremble."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import welch

from dyad.arrays import BoolArray
from dyad.eval.data_faults.finding import Finding
from dyad.eval.events.spans import runs
from dyad.eval.mouth import jaw_opening
from dyad.eval.seat_view import SeatView
from dyad.motion import Motion

Array = npt.NDArray[np.float64]

FROZEN_S = 1.0
"""Nobody alive holds every number still for so long; a tracker that has lost the face does."""
REPEATED_SHARE, REPEATED_RUN = 0.1, 4
"""25 fps held to 30 repeats a sixth of the frames, 30 to 60 a half, 15 to 60 three at a time; tracked frames never repeat, and where a
face rests or a capture cuts its weights off at 0 the runs are longer."""
LOW_HZ, HIGH_HZ = (3.0, 6.0), (8.0, 12.0)
"""Heads and faces have little above 6 Hz, and ever less the higher; noise has as much at 8 to 12 Hz as at 3 to 6."""
JITTER_RATIO = {"head": 0.4, "jaw": 0.25, "face": 0.25}
"""Power density at the higher over the lower frequencies. Seen: head 0.17, jaw 0.06, face 0.06 (a published DualTalk clip); jaw 0.01-0.03,
face 0.01-0.04 (captured takes of one speaker); face 0.05-0.09 (phone captures); head 0.03, jaw 0, face 0.05 (dyad). With noise of 0.3° on
every frame heads have 0.4-0.8, of 0.6° 0.8-1; faces with noise of 30 % of each channel's spread have 0.3."""
JITTER_SIZE = {"head": math.radians(0.12), "jaw": math.radians(0.12), "face": 0.003}
"""Root mean square above 8 Hz of an angle or of a channel of the face; less is not seen. The clip above has 0.075° in the head; noise of
0.3° has 0.19°. Faces have 0.001-0.006 in ARKit weights and 0.03 in FLAME's larger coefficients."""
JAW_WEIGHT_DEG = 17.0
"""What ``jawOpen`` = 1 turns the jaw by on the built-in head."""
LEAST_SPECTRUM_S = 4.0


def not_numbers(arrays: Mapping[str, npt.NDArray[Any]], *, where: str) -> list[Finding]:
    """NaN or infinite values in the arrays of a file, by name; arrays of other types are passed over."""
    found = []
    for name, array in arrays.items():
        if array.dtype.kind != "f":
            continue
        bad = ~np.isfinite(array)
        if bad.any():
            share, first = float(bad.mean()), int(np.flatnonzero(bad.reshape(len(array), -1).any(axis=1))[0]) if array.ndim else 0
            found.append(
                Finding(
                    fault="not a number",
                    where=f"{where}, {name}",
                    value=share,
                    limit=0.0,
                    unit="of the values",
                    says=f"{int(bad.sum())} of {array.size} values are NaN or infinite, first in row {first}.",
                    cure="Track the clip again, or fill the gap and mark its frames as not valid.",
                )
            )
    return found


def frozen_tracks(view: SeatView) -> list[Finding]:
    """Head or face that stays exactly the same for ``FROZEN_S`` or longer, or never moves at all.

    A face that rests between utterances may well repeat its numbers where a capture has no noise: only runs with own speech count there.
    """
    motion = view.motion
    found = []
    for part, values in (("head", motion.head_rotation), ("face", _face(motion))):
        still = _repeats(values) & motion.valid
        where = f"{part} of seat {motion.seat.name}"
        if len(values) > 1 and np.ptp(values, axis=0).max() == 0:
            found.append(_frozen(where, motion.duration_s, "It never moves.", severity="warning" if part == "head" else "fault"))
            continue
        spans = [(first, last) for first, last in runs(still) if part == "head" or view.own[first:last].any()]
        first, last = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
        seconds = (last - first) / motion.frame_rate_hz
        if seconds >= FROZEN_S:
            found.append(
                _frozen(where, seconds, f"{len(spans)} runs of equal frames, the longest from {first / motion.frame_rate_hz:.2f} s.")
            )
    return found


def repeated_frames(view: SeatView) -> list[Finding]:
    """Frames repeated a few at a time, as where a rate was raised by holding frames; long runs are for ``frozen_tracks``.

    Of a capture without a head only frames with own speech count, as there.
    """
    motion = view.motion
    looked_at = motion.valid if motion.head_rotation.any() else motion.valid & view.own
    still = _repeats(np.concatenate([_face(motion), motion.head_rotation], axis=1)) & motion.valid
    short = sum(int(np.count_nonzero(looked_at[first:last])) for first, last in runs(still) if last - first <= REPEATED_RUN)
    share = short / max(int(np.count_nonzero(looked_at)), 1)
    if share < REPEATED_SHARE:
        return []
    return [
        Finding(
            fault="repeated frames",
            where=f"seat {motion.seat.name}",
            value=share,
            limit=REPEATED_SHARE,
            unit="of the frames",
            says=f"{share:.0%} of the frames repeat the one before: the motion is at a lower rate than it says.",
            cure="Export it at the rate it was tracked at; dyad resamples without steps.",
        )
    ]


def jitter(view: SeatView) -> list[Finding]:
    """Trembling that no head, jaw or face does: noise from frame to frame."""
    motion = view.motion
    if motion.duration_s < LEAST_SPECTRUM_S or motion.frame_rate_hz < 2 * HIGH_HZ[0]:
        return []
    tracks = {"head": motion.head_rotation, "jaw": motion.jaw_rotation, "face": motion.expression}
    opening = jaw_opening(motion)
    if opening is not None and opening[1] == "weight":
        tracks["jaw"] = (opening[0][:, None] * math.radians(JAW_WEIGHT_DEG)).astype(np.float32)
    found = []
    for part, values in tracks.items():
        ratio, size = tremble(_bridged(values.astype(np.float64), motion.valid), frame_rate_hz=motion.frame_rate_hz)
        if ratio >= JITTER_RATIO[part] and size >= JITTER_SIZE[part]:
            found.append(
                Finding(
                    fault="jitter",
                    where=f"{part} of seat {motion.seat.name}",
                    value=ratio,
                    limit=JITTER_RATIO[part],
                    unit="power 8-12 Hz / 3-6 Hz",
                    says=f"It trembles by {f'{size:.3f}' if part == 'face' else f'{math.degrees(size):.2f}°'} from frame to frame.",
                    cure="Smooth it where it was tracked (Savitzky-Golay over 7 frames is usual), or track it again.",
                )
            )
    return found


def tremble(values: Array, *, frame_rate_hz: float) -> tuple[float, float]:
    """Power density of values (T, C) at 8 to 12 Hz over that at 3 to 6 Hz; and root mean square above 8 Hz of a channel, in their unit.

    Channels that never move do not count.
    """
    moving = values[:, np.ptp(values, axis=0) > 0]
    if not moving.size:
        return 0.0, 0.0
    frequency, power = welch(moving, frame_rate_hz, nperseg=round(LEAST_SPECTRUM_S * frame_rate_hz), axis=0, detrend="linear")
    density = power.mean(axis=1)
    low = density[(frequency >= LOW_HZ[0]) & (frequency <= LOW_HZ[1])].mean()
    above = frequency >= HIGH_HZ[0]
    high = density[above & (frequency <= HIGH_HZ[1])].mean()
    return (float(high / low) if low > 0 else 0.0), math.sqrt(float(density[above].sum()) * float(frequency[1]))


def _bridged(values: Array, valid: BoolArray) -> Array:
    """Values (T, C) with straight lines over frames that were not tracked."""
    if valid.all() or not valid.any():
        return values
    frames = np.arange(len(values))
    return np.stack([np.interp(frames, frames[valid], column[valid]) for column in values.T], axis=1)


def _face(motion: Motion) -> npt.NDArray[np.float32]:
    return np.concatenate([motion.expression, motion.jaw_rotation], axis=1)


def _repeats(values: npt.NDArray[np.float32]) -> BoolArray:
    """Which frames equal the one before, bool (T,)."""
    same = np.zeros(len(values), np.bool_)
    same[1:] = (values[1:] == values[:-1]).all(axis=1)
    return same


def _frozen(where: str, seconds: float, says: str, *, severity: str = "fault") -> Finding:
    return Finding(
        fault="frozen track",
        severity="warning" if severity == "warning" else "fault",
        where=where,
        value=seconds,
        limit=FROZEN_S,
        unit="s",
        says=says,
        cure="Mark lost frames as not valid, or leave the clip out.",
    )
