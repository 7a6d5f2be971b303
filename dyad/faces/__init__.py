"""A human head made by dyad's own code: geometry, people, the 52 ARKit shapes, and pictures of them."""

from dyad.faces.head import Head, Patch
from dyad.faces.identity import SEAT_A, SEAT_B, Identity

__all__ = ["SEAT_A", "SEAT_B", "Head", "Identity", "Patch"]
