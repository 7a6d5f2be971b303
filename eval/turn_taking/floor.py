"""Who holds the floor: the communicative states of Heldner & Edlund (2010), and the silences and overlaps between them.

At every instant nobody, A alone, B alone or both speak. Each silence and each overlap is named after the solo states on its two sides:

============================  ==========================================  ===================
between                       name                                        FTO
============================  ==========================================  ===================
A and B, silence              ``gap``                                     + its duration
A and A, silence              ``pause``                                   none
A and B, both                 ``overlap_between``                         − its duration
A and A, both                 ``overlap_within``                          none
A and B, nothing              ``no_gap_no_overlap``                       0
anything else                 ``unclassified``                            none
============================  ==========================================  ===================

Silence before the first word and after the last, and overlap at either end, is no interval between turns.
"""

from dataclasses import dataclass

import numpy as np

from dyad.eval.turn_taking.spans import Mask, Points, Spans, active_at

ONLY_A, SILENCE, BOTH, ONLY_B = 0, 1, 2, 3  # 2·B − A + 1
KINDS = ("pause", "gap", "overlap_within", "overlap_between", "no_gap_no_overlap", "unclassified")
PAUSE, GAP, OVERLAP_WITHIN, OVERLAP_BETWEEN, NO_GAP_NO_OVERLAP, UNCLASSIFIED = range(len(KINDS))


@dataclass(frozen=True, kw_only=True, eq=False)
class States:
    """The states that follow each other, covering the conversation without holes; neighbours differ.

    Args:
        code: (n,) ONLY_A, SILENCE, BOTH or ONLY_B.
        edges: (n + 1,) the times between them, first 0, last the duration.
    """

    code: Points
    edges: Points

    @property
    def alone(self) -> Mask:
        """Where exactly one person speaks."""
        alone: Mask = (self.code == ONLY_A) | (self.code == ONLY_B)
        return alone

    @property
    def solo_seat(self) -> Points:
        """Seat of whoever speaks alone; without meaning elsewhere."""
        seat: Points = (self.code == ONLY_B).astype(np.int64)
        return seat

    def time_in(self, code: int) -> int:
        """Total length of a state."""
        return int(np.diff(self.edges)[self.code == code].sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class Floor:
    """Silences and overlaps between turns, in order of time.

    Args:
        kind: (n,) index into ``KINDS``.
        spans: (n, 2) start and end.
        before: (n,) seat of who spoke alone before; −1 where unclassified.
        after: (n,) seat of who spoke alone after; −1 where unclassified.
    """

    kind: Points
    spans: Spans
    before: Points
    after: Points

    def of(self, kind: int) -> Spans:
        """Start and end of the intervals of one kind."""
        found: Spans = self.spans[self.kind == kind]
        return found

    @property
    def transfers(self) -> Mask:
        """Which intervals are floor transfers: gaps, overlaps between, and no-gap-no-overlap."""
        transfers: Mask = (self.kind == GAP) | (self.kind == OVERLAP_BETWEEN) | (self.kind == NO_GAP_NO_OVERLAP)
        return transfers

    @property
    def offsets(self) -> Points:
        """Floor transfer offset of each interval: + the length of a gap, − that of an overlap; meaningful for transfers."""
        length = self.spans[:, 1] - self.spans[:, 0]
        return np.where(self.kind == OVERLAP_BETWEEN, -length, length)


def states_of(a: Spans, b: Spans, *, total: int) -> States:
    """The states of a conversation of length ``total``, in the unit of the spans, which lie within it."""
    edges = np.unique(np.concatenate([a.ravel(), b.ravel(), np.array([0, total], np.int64)]))
    begins = edges[:-1]
    return States(code=2 * active_at(b, begins).astype(np.int64) - active_at(a, begins) + 1, edges=edges)


def floor_of(states: States) -> Floor:
    """Name the silences and overlaps that lie between two states."""
    alone, seat, edges = states.alone, states.solo_seat, states.edges
    middle = np.flatnonzero(~alone[1:-1]) + 1
    before, after = seat[middle - 1], seat[middle + 1]
    named = alone[middle - 1] & alone[middle + 1]
    kind = np.where(named, 2 * (states.code[middle] == BOTH) + (before != after), UNCLASSIFIED)
    direct = np.flatnonzero(alone[:-1] & alone[1:])  # A at once after B: no state in between
    starts = np.concatenate([edges[middle], edges[direct + 1]])
    ends = np.concatenate([edges[middle + 1], edges[direct + 1]])
    order = np.argsort(starts, kind="stable")
    return Floor(
        kind=np.concatenate([kind, np.full(len(direct), NO_GAP_NO_OVERLAP)])[order],
        spans=np.column_stack([starts, ends])[order],
        before=np.concatenate([np.where(named, before, -1), seat[direct]])[order],
        after=np.concatenate([np.where(named, after, -1), seat[direct + 1]])[order],
    )
