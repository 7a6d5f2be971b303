"""Blinks: short closures of both lids."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from dyad.eval.events.rules import BlinkRule

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Closure:
    """One closing and opening of the lids.

    Args:
        start: frame (not whole) at which the closing passes half of its rise.
        end: the same for the opening.
        rise: height above the level around it, weight.
        long: True where it lasts too long to be a blink.
    """

    start: float
    end: float
    rise: float
    long: bool


def find_closures(lids: Array, *, frame_rate_hz: float, rule: BlinkRule) -> list[Closure]:
    """Closures of the lids: peaks of prominence ``least_closure``, timed at half their rise.

    The rise is the peak's prominence (scipy's definition: height above the higher of the two lowest points between it and the next higher
    peak on either side), so lids that open only in part between two blinks still make two. A closure at the recording's start or end
    counts: before and after, the lids are taken as open.

    Args:
        lids: mean ``eyeBlink`` weight, (T,).
        frame_rate_hz: frames per second.
        rule: thresholds.
    """
    if not len(lids):
        return []
    rest = min(0.0, float(lids.min()))
    padded = np.concatenate([[rest], lids, [rest]])
    longest = rule.longest_s * frame_rate_hz
    closures: list[Closure] = []
    _, found = find_peaks(padded, prominence=rule.least_closure, width=0, rel_height=0.5)
    for start, end, rise in zip(found["left_ips"], found["right_ips"], found["prominences"], strict=True):
        closures.append(Closure(start=start - 1, end=end - 1, rise=float(rise), long=bool(end - start > longest)))
    return closures
