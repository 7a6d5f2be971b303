"""The two timelines of a viewer recording."""

from collections.abc import Sequence

import numpy as np
import rerun as rr

from dyad.clock import FrameClock
from dyad.sinks import entities
from dyad.sinks.held_positions import IntArray


def at_frames(frames: IntArray, clock: FrameClock) -> list[rr.TimeColumn]:
    """Rows at these frames, on both timelines."""
    return [rr.TimeColumn(entities.TIME, duration=frames / float(clock.rate)), rr.TimeColumn(entities.FRAME, sequence=frames)]


def at_seconds(seconds: Sequence[float], clock: FrameClock) -> list[rr.TimeColumn]:
    """Rows at these instants, on both timelines; the frame is the nearest."""
    frames = [clock.frame(second) for second in seconds]
    return [rr.TimeColumn(entities.TIME, duration=np.asarray(seconds, np.float64)), rr.TimeColumn(entities.FRAME, sequence=frames)]
