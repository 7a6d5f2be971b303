"""A whole conversation's events as arrays, for training and for scores over many frames at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyad.agents.projection.features import ANCHORS, EVENT_VALUES, History, advance, anchors, event_values, frame_values
from dyad.arrays import BoolArray, FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Events:
    """Events of one conversation.

    Args:
        frame: int64 (E,), when; the first is frame 0.
        values: float32 (E, ``EVENT_VALUES``), what the recurrent net reads.
        anchor: float64 (E, 2, ``ANCHORS``), what the frames after it start from.
    """

    frame: npt.NDArray[np.int64]
    values: FloatArray
    anchor: npt.NDArray[np.float64]

    def place(self, frames: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Index of the last event at or before each frame."""
        return np.searchsorted(self.frame, frames, side="right") - 1

    def at(self, frames: npt.NDArray[np.int64]) -> FloatArray:
        """float32 (n, ``FRAME_VALUES``), what the head reads at these frames."""
        place = self.place(frames)
        return frame_values(self.anchor[place], event=self.frame[place], frame=frames)


def histories(activity: BoolArray) -> Iterator[History]:
    """The history after each event of bool (T, 2); one object, advanced in place."""
    history = History()
    changes = np.flatnonzero((activity[1:] != activity[:-1]).any(axis=1)) + 1
    for frame in (0, *changes.tolist()):
        advance(history, frame, active=activity[frame].tolist())
        yield history


def read_events(activity: BoolArray) -> Events:
    """All events of bool (T, 2), T > 0."""
    rows = [(history.frame, event_values(history), anchors(history)) for history in histories(activity)]
    return Events(
        frame=np.array([row[0] for row in rows], np.int64),
        values=np.array([row[1] for row in rows], np.float32).reshape(-1, EVENT_VALUES),
        anchor=np.array([row[2] for row in rows], np.float64).reshape(-1, 2, ANCHORS),
    )
