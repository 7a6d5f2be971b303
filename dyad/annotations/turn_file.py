"""What reading an annotation of two people yields."""

from dataclasses import dataclass
from typing import NamedTuple

from pyannote.core import Annotation


class Utterance(NamedTuple):
    """One stretch of speech as the file has it; ``text`` is "" where it holds no words."""

    seat: str
    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, kw_only=True, eq=False)
class TurnFile:
    """Who speaks when, from a file.

    Args:
        annotation: labelled A and B, seconds; no two turns of one label overlap (they may touch).
        names: of A and of B in the file: speakers, participants or tiers.
        duration_s: length of the conversation where the file (or the caller) knows it.
        notes: what was assumed, repaired or left out, one sentence each, for people.
        utterances: the stretches as read, in order of time, with their words; those of one seat may overlap.
    """

    annotation: Annotation
    names: tuple[str, str]
    duration_s: float | None
    notes: tuple[str, ...] = ()
    utterances: tuple[Utterance, ...] = ()
