"""Interruptions, as far as times alone can tell: a proxy, since only words show whether a turn was complete."""

from dataclasses import dataclass

import numpy as np

from dyad.eval.turn_taking.spans import Points, Spans

OUTCOMES = ("yielded", "prolonged", "failed")
YIELDED, PROLONGED, FAILED = range(len(OUTCOMES))


@dataclass(frozen=True, kw_only=True, eq=False)
class Interruptions:
    """Attempts of one person to speak while the other does.

    Args:
        outcome: (n,) index into ``OUTCOMES``.
        overlap: (n, 2) from the onset to the first of both ends.
    """

    outcome: Points
    overlap: Spans


def interruptions_of(own: Spans, other: Spans, *, shortest: int, yielding: int) -> Interruptions:
    """Units that begin while the other speaks and overlap long enough, by who stops first.

    Yielded: the other stops first and within ``yielding`` of the onset; prolonged: the other stops first, later; failed: the unit ends
    first, or both end together.

    Args:
        own: units of the one who interrupts, without backchannels.
        other: units of the other person.
        shortest: least overlap.
        yielding: longest time to yield. All in the unit of the spans.
    """
    if not len(own) or not len(other):
        return Interruptions(outcome=np.empty(0, np.int64), overlap=np.empty((0, 2), np.int64))
    last = np.searchsorted(other[:, 0], own[:, 0], side="left") - 1
    held = other[np.maximum(last, 0)]
    overlap = np.column_stack([own[:, 0], np.minimum(own[:, 1], held[:, 1])])
    chosen = (last >= 0) & (overlap[:, 1] - overlap[:, 0] >= max(shortest, 1))
    quick = held[:, 1] - own[:, 0] <= yielding
    outcome = np.where(own[:, 1] <= held[:, 1], FAILED, np.where(quick, YIELDED, PROLONGED))
    return Interruptions(outcome=outcome[chosen], overlap=overlap[chosen])
