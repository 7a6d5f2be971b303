"""Timing of strokes: do jaw and head turn round when the truth's do?"""

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from dyad.dualtalk_layout import GROUPS
from dyad.eval.events.gestures import turning_points

Frames = npt.NDArray[np.floating]
Array = npt.NDArray[np.float64]
Strokes = dict[str, npt.NDArray[np.int64]]

REVERSAL_DEG = 1.0
"""A way back by less is noise, not a turning point (proposal: about the smallest stroke that shows in 25 fps fits)."""
JAW_TOLERANCE_FRAMES, HEAD_TOLERANCE_FRAMES = 2, 4
"""80 ms, as people notice sound that leads the picture from 45 to 125 ms on (ITU-R BT.1359); twice that for the head (proposal)."""
CHANCE_SHIFTS = 20
SMOOTHING_FRAMES = 3


def jaw_stroke_skill(prediction: Frames, truth: Frames) -> float | None:
    """Skill in timing of the jaw's turning points, 1 at best, 0 at chance; see ``stroke_skill``."""
    jaw = GROUPS["jaw"].start
    return stroke_skill(prediction[:, [jaw]], truth[:, [jaw]], tolerance_frames=JAW_TOLERANCE_FRAMES)


def head_stroke_skill(prediction: Frames, truth: Frames) -> float | None:
    """Skill in timing of the turning points of the head's rotation about x and y (nods, turns); see ``stroke_skill``."""
    neck = GROUPS["pose"].start
    return stroke_skill(prediction[:, neck : neck + 2], truth[:, neck : neck + 2], tolerance_frames=HEAD_TOLERANCE_FRAMES)


def stroke_skill(prediction: Frames, truth: Frames, *, tolerance_frames: int) -> float | None:
    """F1 of turning points found at the right time, above chance: ``(F1 - chance) / (1 - chance)``.

    Turning points of each angle (after a mean over 3 frames; turns back by less than 1° ignored) are matched one to one with the truth's
    of the same kind, highest or lowest. Chance is the mean F1 when the predicted points are shifted round the clip by 20 equal steps: so
    busy motion gains nothing, and what is late by more than the tolerance scores 0 or less.

    Args:
        prediction: (T, angles) rad.
        truth: (T, angles) rad.
        tolerance_frames: how far apart matched points may lie.

    Returns:
        At most 1; 0 for a prediction without strokes; None where the truth has none.
    """
    found, wanted = _strokes(prediction), _strokes(truth)
    if not any(len(points) for points in wanted.values()):
        return None
    frames = len(truth)
    steps = [round(frames * step / (CHANCE_SHIFTS + 1)) for step in range(1, CHANCE_SHIFTS + 1)]
    right = _f1(found, wanted, tolerance=tolerance_frames)
    chance = float(np.mean([_f1(_shifted(found, step, frames=frames), wanted, tolerance=tolerance_frames) for step in steps]))
    return (right - chance) / (1 - chance) if chance < 1 else 0.0


def _strokes(angles: Frames) -> Strokes:
    strokes: Strokes = {}
    for column in range(angles.shape[1]):
        smooth: Array = uniform_filter1d(np.degrees(angles[:, column].astype(np.float64)), SMOOTHING_FRAMES, mode="nearest")
        points = np.array(turning_points(smooth, reversal=REVERSAL_DEG), np.int64)
        inside = points[(points > 0) & (points < len(smooth) - 1)]  # the clip's ends are not turns
        high = np.array([smooth[point] >= max(smooth[point - 1], smooth[point + 1]) for point in inside], np.bool_)
        strokes[f"{column} high"], strokes[f"{column} low"] = inside[high], inside[~high]
    return strokes


def _shifted(strokes: Strokes, step: int, *, frames: int) -> Strokes:
    return {name: np.sort((points + step) % frames) for name, points in strokes.items()}


def _f1(found: Strokes, wanted: Strokes, *, tolerance: int) -> float:
    total = sum(len(points) for strokes in (found, wanted) for points in strokes.values())
    matched = sum(_matched(found[name].tolist(), points.tolist(), tolerance=tolerance) for name, points in wanted.items())
    return 2 * matched / total


def _matched(found: list[int], wanted: list[int], *, tolerance: int) -> int:
    """Most pairs, one to one, at most ``tolerance`` apart: both lists rise, so taking the earliest is best."""
    count = first = second = 0
    while first < len(found) and second < len(wanted):
        apart = found[first] - wanted[second]
        if abs(apart) <= tolerance:
            count, first, second = count + 1, first + 1, second + 1
        elif apart < 0:
            first += 1
        else:
            second += 1
    return count
