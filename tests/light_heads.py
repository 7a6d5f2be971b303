"""The built-in heads of both seats, as light as they come."""

from functools import cache

from dyad.faces.head import Head
from dyad.faces.identity import SEAT_A, SEAT_B
from dyad.seat import Seat


@cache
def head_of(seat: Seat) -> Head:
    """Made once a process."""
    return Head.build((SEAT_A, SEAT_B)[seat], detail="light")
