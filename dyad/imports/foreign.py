"""What reading a file of another program yields."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dyad.motion import Motion


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """Motion from a file.

    Args:
        motion: as read.
        notes: what was assumed, filled, clipped or left out, for people.
    """

    motion: Motion
    notes: tuple[str, ...] = ()


def with_invalid_frames(motion: Motion, runs: Sequence[Sequence[int]]) -> Motion:
    """The motion with these runs of frames, [first, one past the last], marked as not valid."""
    valid = np.array(motion.valid)
    for first, stop in runs:
        valid[int(first) : int(stop)] = False
    return replace(motion, valid=valid)
