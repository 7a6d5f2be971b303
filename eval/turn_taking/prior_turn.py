"""Floor transfer offsets by the relevant prior turn, the reading of conversation analysis."""

from dataclasses import dataclass

import numpy as np

from dyad.eval.turn_taking.spans import Points, Spans
from dyad.seat import Seat

WINDOW_US = 10_000_000
PLANNING_US = 200_000


@dataclass(frozen=True, kw_only=True, eq=False)
class PriorTurnOffsets:
    """Offsets of all units that follow the other person, in order of time.

    Args:
        offset: (n,) start of the unit minus end of the relevant prior one, microseconds; negative is overlap.
        unit: (n, 2) the units.
        seat: (n,) who speaks them.
    """

    offset: Points
    unit: Spans
    seat: Points


def prior_turn_offsets(units: tuple[Spans, Spans], *, window: int = WINDOW_US, planning: int = PLANNING_US) -> PriorTurnOffsets:
    """For every unit, its start minus the end of the other person's relevant prior unit.

    That is the latest to start among those that began more than ``planning`` before it and lie at least partly in the ``window`` before
    it. A unit that continues its speaker's own talk has none: where an own unit began after the prior one and outlasted it. Unlike in
    the state machine, units that begin and end within the other's count, with large negative offsets.

    Source: the rule that scikit-talk's ``calculate_FTO`` documents (window 10 s, planning buffer 200 ms, two participants).

    Args:
        units: of A and of B, microseconds.
        window: how far back the prior unit may have ended, microseconds.
        planning: least time between the two starts, microseconds.
    """
    found = [_offsets(units[seat], units[seat.partner], seat, window=window, planning=planning) for seat in Seat]
    seat, unit, offset = (np.concatenate([part[index] for part in found]) for index in range(3))
    order = np.argsort(unit[:, 0], kind="stable")
    return PriorTurnOffsets(offset=offset[order], unit=unit[order], seat=seat[order])


def _offsets(own: Spans, other: Spans, seat: Seat, *, window: int, planning: int) -> tuple[Points, Spans, Points]:
    if not len(own) or not len(other):
        return np.empty(0, np.int64), np.empty((0, 2), np.int64), np.empty(0, np.int64)
    last = np.searchsorted(other[:, 0], own[:, 0] - planning, side="left") - 1
    prior = other[np.maximum(last, 0)]
    relevant = (last >= 0) & (prior[:, 1] > own[:, 0] - window)
    before = np.vstack([[[-1, -1]], own[:-1]])
    continues = (before[:, 0] > prior[:, 0]) & (before[:, 1] > prior[:, 1])
    kept = relevant & ~continues
    return np.full(int(kept.sum()), int(seat)), own[kept], (own[:, 0] - prior[:, 1])[kept]
