"""The partner's motion as rows of 56, as far as it has been seen."""

from dataclasses import dataclass, field, replace

import numpy as np

from dyad.arkit_jaw import to_arkit50
from dyad.arrays import FloatArray
from dyad.dualtalk_layout import CHANNELS, GROUPS, pack
from dyad.motion import Motion


@dataclass(frozen=True, kw_only=True, eq=False)
class Sight:
    """What is remembered of the partner's motion.

    Args:
        rows: float32 (n, 56), from frame ``start`` on.
        start: frame of the first row.
    """

    rows: FloatArray = field(default_factory=lambda: np.zeros((0, CHANNELS), np.float32))
    start: int = 0

    def see(self, motion: Motion, *, basis: str) -> "Sight":
        """With more frames at its end."""
        return replace(self, rows=np.concatenate([self.rows, as_rows(motion, basis=basis)]))

    def window(self, start: int, stop: int, *, known: int) -> FloatArray:
        """Frames ``start`` to ``stop``; from frame ``known`` on the last one before it is held, and rest before anything was seen.

        Returns:
            float32 (stop - start, 56).
        """
        if known <= self.start or not len(self.rows):
            return np.zeros((stop - start, CHANNELS), np.float32)
        last = min(known, self.start + len(self.rows)) - 1
        seen: FloatArray = self.rows[np.minimum(np.arange(start, stop), last) - self.start]
        return seen

    def forget(self, before: int) -> "Sight":
        """Without frames before one; the last is kept, to be held."""
        drop = min(max(0, before - self.start), max(0, len(self.rows) - 1))
        return replace(self, rows=self.rows[drop:].copy(), start=self.start + drop)


def as_rows(motion: Motion, *, basis: str) -> FloatArray:
    """Motion in the channels that a model of some basis was trained on.

    ARKit weights are converted for a model of basis ``arkit50``. Between FLAME and ARKit there is no conversion without a FLAME file: of a
    partner in the other basis the model sees head and jaw, with a resting expression.

    Args:
        motion: of any basis.
        basis: of the model.

    Returns:
        float32 (T, 56).
    """
    jawed = to_arkit50(motion) if motion.basis == "arkit52" else motion
    rows = pack(jawed)
    if jawed.basis != basis:
        rows[:, GROUPS["exp"]] = 0.0
    return rows
