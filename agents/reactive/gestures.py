"""Timed gestures: nods, tilts, head beats, smiles and brow raises as closed curves over time.

A gesture is decided once and then follows from the frame number alone, so it looks the same however the frames are cut into ticks.
"""

import math
from typing import NamedTuple


class Gesture(NamedTuple):
    """One gesture.

    Attributes:
        kind: "nod", "tilt", "beat", "smile" or "brow".
        start_s: onset, seconds.
        seconds: length.
        size: peak in degrees (head) or weight (face).
        cycles: how often a nod goes down and up.
        yaw: for beats, share of the size that turns to the subject's left (−1 to 1).
        roll: for beats, share of the size that tilts (−1 to 1).
        fade: share of the nod's depth lost a cycle.
    """

    kind: str
    start_s: float
    seconds: float
    size: float
    cycles: int = 1
    yaw: float = 0.0
    roll: float = 0.0
    fade: float = 0.0

    @property
    def stop_s(self) -> float:
        """Offset, seconds."""
        return self.start_s + self.seconds


def swing(gesture: Gesture, time_s: float) -> float:
    """A nod's depth (0 to 1): down and up once a cycle, each a little shallower, the last one more so.

    Raised cosines start and stop at rest. Declination after Mori, Den & Jokinen 2025.
    """
    phase = (time_s - gesture.start_s) / gesture.seconds * gesture.cycles
    if not 0.0 < phase < gesture.cycles:
        return 0.0
    cycle = int(phase)
    depth = 1.0 - gesture.fade * cycle - (0.18 if cycle and cycle == gesture.cycles - 1 else 0.0)
    return depth * 0.5 * (1.0 - math.cos(2 * math.pi * phase))


def hold(gesture: Gesture, time_s: float, *, onset_s: float) -> float:
    """A plateau (0 to 1): smooth rise within ``onset_s``, hold, a slower smooth fall."""
    since, left = time_s - gesture.start_s, gesture.stop_s - time_s
    if since <= 0.0 or left <= 0.0:
        return 0.0
    rise = min(onset_s, 0.45 * gesture.seconds)
    fall = min(1.6 * onset_s, 0.55 * gesture.seconds)
    return _smooth(since / rise) * _smooth(left / fall)


def _smooth(share: float) -> float:
    """0 to 1 with zero slope and curvature at both ends (minimum jerk, Flash & Hogan 1985)."""
    x = min(1.0, max(0.0, share))
    return x * x * x * (10.0 + x * (6.0 * x - 15.0))
