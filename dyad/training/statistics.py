"""How the motion of a corpus is distributed: what the mean pose is, and what it scores."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dyad.datasets.windows import Window
from dyad.dualtalk_layout import CHANNELS, GROUPS
from dyad.training.clips import ClipCache
from dyad.training.splitting import thinned

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

MOST_WINDOWS = 1000  # more would not change three digits, and reading all of a large corpus takes hours
FLOOR = 0.1  # of the group's spread: a channel that hardly moves in one corpus may move in another


@dataclass(frozen=True, kw_only=True)
class MotionStatistics:
    """Of the training windows.

    Args:
        mean: of each of the 56 channels.
        spread: standard deviation of each, at least a tenth of its group's.
        step_spread: root mean square of the steps from frame to frame, the same.
    """

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    step_spread: tuple[float, ...]

    def plain(self) -> dict[str, Any]:
        """As plain values, for a checkpoint."""
        return {name: list(value) for name, value in asdict(self).items()}

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> "MotionStatistics":
        """The opposite of ``plain``."""
        return cls(**{name: tuple(value) for name, value in values.items()})


def measure_motion(clips: ClipCache, found: Sequence[Window]) -> MotionStatistics:
    """Measure the motion to be predicted in (up to a thousand, evenly spread) windows.

    Args:
        clips: where they are cut from.
        found: the windows; they may begin elsewhere later.

    Raises:
        InputError: a clip cannot be read.
    """
    count, steps = 0, 0
    total, square, step_square = (np.zeros(CHANNELS) for _ in range(3))
    for window in thinned(found, most=MOST_WINDOWS):
        rows = clips.clip(window.id).motion[window.seat, window.start_frame : window.start_frame + window.frames].astype(np.float64)
        moved = np.diff(rows, axis=0)
        count, steps = count + len(rows), steps + len(moved)
        total, square, step_square = (
            total + rows.sum(axis=0),
            square + np.square(rows).sum(axis=0),
            step_square + np.square(moved).sum(axis=0),
        )
    mean = total / count
    spread = np.sqrt(np.maximum(square / count - np.square(mean), 0.0))
    step_spread = np.sqrt(step_square / steps)
    return MotionStatistics(
        mean=tuple(mean.tolist()), spread=tuple(_lifted(spread).tolist()), step_spread=tuple(_lifted(step_spread).tolist())
    )


def _lifted(spread: Array) -> Array:
    """At least a tenth of its group's; where a whole group never moves (a corpus without head motion), 1."""
    lifted = spread.copy()
    for channels in GROUPS.values():
        usual = float(np.sqrt(np.square(spread[channels]).mean())) or 1.0 / FLOOR
        lifted[channels] = np.maximum(spread[channels], FLOOR * usual)
    return lifted
