"""What every way of diarizing returns, and the few things all of them do with turns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyannote.core import Annotation, Segment, Timeline


@dataclass(frozen=True, kw_only=True, eq=False)
class Diarized:
    """Turns, and how they were found.

    Args:
        turns: who speaks when, seconds; overlap is kept.
        method: in words, for ``Provenance.diarization``.
        notes: what the user should know, one sentence each.
    """

    turns: Annotation
    method: str
    notes: tuple[str, ...] = ()

    def with_note(self, note: str) -> "Diarized":
        """The same with one more note."""
        return replace(self, notes=(*self.notes, note))


def annotation_of(turns: Mapping[str, Sequence[tuple[float, float]]]) -> Annotation:
    """An Annotation from (start, end) pairs in seconds by label."""
    annotation = Annotation()
    for label, pairs in turns.items():
        for start, end in pairs:
            segment = Segment(start, end)
            annotation[segment, annotation.new_track(segment)] = label
    return annotation


def speakers_by_first_turn(turns: Annotation) -> list[str]:
    """Labels in the order in which they first speak; of two that start together, the one who ends first."""
    seen: dict[str, None] = {}
    for _, _, label in turns.itertracks(yield_label=True):  # sorted by time
        seen.setdefault(label, None)
    return list(seen)


def cropped(turns: Annotation, *, duration_s: float) -> Annotation:
    """The turns within 0 to ``duration_s``, labels and overlap kept."""
    return turns.crop(Timeline([Segment(0, duration_s)]), mode="intersection")
