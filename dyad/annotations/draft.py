"""What a reader finds in a file, before it is known who sits where and whether the times make sense."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

UNWRITTEN = "speech"
"""The label that speech has in dyad's files where its words are not known; an empty one would be silence to Praat."""
SILENT = frozenset(("", "#", "_", "sil", "<sil>", "sp", "silent", "silence", "<p:>"))
"""Labels, lower case, of a TextGrid's intervals in which nobody speaks."""


class Row(NamedTuple):
    """One stretch of speech: by whom, when (seconds), what, and the line of the file that says so."""

    speaker: str
    start_s: float
    end_s: float
    text: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The contents of a file.

    Args:
        rows: stretches in the order of the file.
        speakers: all of them in the order of the file, also those who never speak; tiers where the format has tiers.
        notes: what the reader assumed or repaired.
        duration_s: length of the conversation where the file says it.
        participants: who speaks on a tier, by tier, where the file says it.
        tiered: whether the format has tiers.
        channels: whether the order of the speakers says who is A.
    """

    rows: Sequence[Row]
    speakers: Sequence[str]
    notes: Sequence[str] = ()
    duration_s: float | None = None
    participants: Mapping[str, str] = field(default_factory=dict)
    tiered: bool = False
    channels: bool = False
