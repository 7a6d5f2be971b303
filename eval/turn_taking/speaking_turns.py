"""Turns: what one person says until the other has the floor, backchannels and swallowed speech apart."""

import numpy as np

from dyad.eval.turn_taking.spans import EMPTY, Spans, enclosing
from dyad.seat import Seat


def turns_of(units: tuple[Spans, Spans]) -> tuple[Spans, Spans]:
    """Turns of A and of B: units from the first to the last before the other's next, in order of onset.

    A unit wholly within one of the other person's ends no turn and is none. Of two that start together one lies within the other, so the
    order is never a matter of chance.

    Args:
        units: IPUs without backchannels, of A and of B.
    """
    own = [units[seat][~enclosing(units[seat.partner], units[seat])] for seat in Seat]
    spans = np.concatenate(own)
    if not len(spans):
        return EMPTY, EMPTY
    seats = np.repeat(np.arange(len(Seat)), [len(part) for part in own])
    order = np.argsort(spans[:, 0], kind="stable")
    spans, seats = spans[order], seats[order]
    opens = np.flatnonzero(np.r_[True, seats[1:] != seats[:-1]])
    closes = np.r_[opens[1:] - 1, len(spans) - 1]
    turns = np.column_stack([spans[opens, 0], spans[closes, 1]])
    return turns[seats[opens] == Seat.A], turns[seats[opens] == Seat.B]
