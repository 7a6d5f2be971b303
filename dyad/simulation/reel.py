"""Collects the frames of one seat as they are made."""

from dataclasses import replace
from typing import Any

import numpy as np

from dyad.motion import ARRAY_FIELDS, Motion


class Reel:
    """Room for a whole run's frames of one seat.

    Frames are copied into arrays that are allocated once: a tick's own arrays may lie in a buffer that also holds the agent's state, and
    keeping thousands of those would cost ten times the frames themselves.

    Args:
        frames: length of the run.
    """

    def __init__(self, frames: int) -> None:
        """Empty."""
        self._frames = frames
        self._filled = 0
        self._first: Motion | None = None
        self._arrays: dict[str, Any] = {}

    def append(self, motion: Motion) -> None:
        """Add the next frames."""
        if self._first is None:
            self._first = motion
            for name in ARRAY_FIELDS:
                tick = getattr(motion, name)
                self._arrays[name] = np.zeros((self._frames, *tick.shape[1:]), tick.dtype)
        stop = self._filled + len(motion)
        for name, array in self._arrays.items():
            array[self._filled : stop] = getattr(motion, name)
        self._filled = stop

    def motion(self) -> Motion:
        """All frames; the run must be complete."""
        assert self._first is not None
        assert self._filled == self._frames
        return replace(self._first, **self._arrays)
