"""What a writer puts into a file: for each seat, stretches in order that do not overlap, with their words."""

from collections.abc import Sequence
from typing import NamedTuple

from pyannote.core import Annotation

from dyad.annotations.draft import SILENT, UNWRITTEN
from dyad.annotations.turn_file import Utterance
from dyad.errors import InputError


class Stretch(NamedTuple):
    """Speech from start to end, seconds on the grid of microseconds, and its words or ``UNWRITTEN``."""

    start_s: float
    end_s: float
    text: str


def stretches_of(annotation: Annotation, *, utterances: Sequence[Utterance]) -> tuple[list[Stretch], list[Stretch]]:
    """Speech of A and of B; turns of one that overlap become one, those that touch stay two.

    Args:
        annotation: labelled A and B.
        utterances: words, each for the stretch that its middle lies in.

    Raises:
        InputError: another label, or no turns.
    """
    labels = set(annotation.labels())
    if not labels or not labels <= {"A", "B"}:
        got = ", ".join(sorted(map(str, labels))) or "no turns"
        raise InputError("annotation", expected="turns labelled A and B", got=got, cure="Rename the labels.")
    return _of_seat(annotation, "A", utterances), _of_seat(annotation, "B", utterances)


def _of_seat(annotation: Annotation, seat: str, utterances: Sequence[Utterance]) -> list[Stretch]:
    spans: list[list[float]] = []
    for segment in annotation.label_timeline(seat):
        start, end = round(segment.start, 6), round(segment.end, 6)
        if spans and start < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    said = [utterance for utterance in utterances if utterance.seat == seat and utterance.text]
    return [Stretch(start, end, _text(said, start, end)) for start, end in spans]


def _text(said: Sequence[Utterance], start: float, end: float) -> str:
    words = [text for _, first, last, text in said if start <= (first + last) / 2 < end]
    plain = "".join(letter if letter.isprintable() else " " for letter in " ".join(words)).strip()
    return UNWRITTEN if plain.lower() in SILENT else plain
