"""Keeps vertices where they are until they visibly move: what does not move costs (almost) no bytes."""

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray, FloatArray

IntArray = npt.NDArray[np.int64]

GRID_M = 2.0**-14
"""Logged positions are multiples of this, 0.061 mm. A head fills about 500 of a screen's pixels, half a millimetre each."""

COARSE_GRID_M = 2.0 * GRID_M
"""The same for heads of many vertices: some 20 % fewer bytes."""

HOLD = 0.8
"""A coordinate keeps its logged value until it departs by more than this share of the grid, which is the largest error a viewer can see:
0.049 mm, or 0.098 mm on the coarse grid."""


class HeldPositions:
    """Reduces the positions of one patch to what moved.

    A coordinate that has moved less than ``HOLD`` of the grid keeps *exactly* its last value, so consecutive frames share long runs of
    bytes, which the file's LZ4 compression (64 KB window) removes; a frame in which nothing moved is not logged at all.

    Args:
        grid_m: what logged positions are multiples of, metres; a power of two, so that the low bits of all numbers are zero.
    """

    def __init__(self, *, grid_m: float = GRID_M) -> None:
        self._grid_m = grid_m
        self._held: FloatArray | None = None

    def reduce(self, positions: FloatArray) -> tuple[BoolArray, FloatArray]:
        """Take the next frames.

        Args:
            positions: float32 (T, V, D), metres.

        Returns:
            Which frames to log, bool (T,), and their positions, float32 (K, V, D). The very first frame is always among them.
        """
        snapped = np.rint(positions * np.float32(1.0 / self._grid_m)) * np.float32(self._grid_m)
        moved = np.zeros(len(positions), np.bool_)
        rows: list[FloatArray] = []
        for frame, (exact, near) in enumerate(zip(positions, snapped, strict=True)):
            if self._held is None:
                self._held = near.copy()
            else:
                left = np.abs(exact - self._held) > HOLD * self._grid_m
                if not left.any():
                    continue
                np.copyto(self._held, near, where=left)
            moved[frame] = True
            rows.append(self._held.copy())
        return moved, np.stack(rows) if rows else np.empty((0, *positions.shape[1:]), np.float32)
