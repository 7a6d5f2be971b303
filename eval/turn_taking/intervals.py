"""When each of two people speaks, as arrays: what every measure of turn-taking starts from."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from pyannote.core import Annotation

from dyad.arrays import frozen
from dyad.errors import InputError
from dyad.eval.turn_taking.spans import Floats, Spans, joined
from dyad.seat import Seat

SLACK_S = 0.05  # how far a turn may outlast the sound, as in Conversation
MICRO = 1_000_000

Texts = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class TurnIntervals:
    """Speech of both seats on one clock.

    Args:
        a: float64 (n, 2), start and end of each stretch of A's speech, seconds, in any order; they may touch or overlap.
        b: the same of B.
        duration_s: length of the conversation, seconds.
        texts: what was said in each row of ``a`` and of ``b``; None where no words are known.

    Raises:
        InputError: a duration that is not positive, another shape, a stretch outside the conversation (50 ms after its end are cropped)
            or that ends before it starts, or texts that do not fit the rows.
    """

    a: Floats
    b: Floats
    duration_s: float
    texts: Texts | None = None

    def __post_init__(self) -> None:
        """Check once; make the arrays read-only."""
        if not 0 < self.duration_s < float("inf"):
            got = f"{self.duration_s!r}"
            raise InputError("duration_s", expected="more than 0 seconds", got=got, cure="Measure a conversation with sound.")
        for seat, given in zip(Seat, (self.a, self.b), strict=True):
            shaped = np.asarray(given, np.float64).reshape(-1, 2) if np.size(given) == 0 else given
            rows = frozen(shaped, name=f"speech of {seat.name}", shape=(None, 2), dtype=np.float64)
            object.__setattr__(self, seat.name.lower(), rows)
            self._check(rows, seat)
        if self.texts is not None and [len(texts) for texts in self.texts] != [len(self.a), len(self.b)]:
            expected = f"{len(self.a)} of A and {len(self.b)} of B"
            raise InputError("texts", expected=expected, got=str([len(own) for own in self.texts]), cure="Give one for each stretch.")

    @classmethod
    def from_annotation(cls, annotation: Annotation, *, duration_s: float) -> "TurnIntervals":
        """From turns labelled A and B; raises InputError as the class, or for another label."""
        rows = [(str(label), segment.start, segment.end, "") for segment, _, label in annotation.itertracks(yield_label=True)]
        return cls._from(rows, duration_s=duration_s, with_texts=False)

    @classmethod
    def from_utterances(cls, utterances: Iterable[tuple[str, float, float, str]], *, duration_s: float) -> "TurnIntervals":
        """From (seat, start, end, text) with seat "A" or "B" and times in seconds.

        Words count as known where at least one text is not empty; raises InputError as ``from_annotation``.
        """
        rows = list(utterances)
        return cls._from(rows, duration_s=duration_s, with_texts=any(text.strip() for _, _, _, text in rows))

    @classmethod
    def _from(cls, rows: list[tuple[str, float, float, str]], *, duration_s: float, with_texts: bool) -> "TurnIntervals":
        for label, *_ in rows:
            if label not in ("A", "B"):
                raise InputError("diarization", expected="speakers labelled A and B", got=repr(label), cure="Rename them.")
        own = {name: [row for row in rows if row[0] == name] for name in ("A", "B")}
        edges = {name: np.array([row[1:3] for row in own[name]], np.float64).reshape(-1, 2) for name in own}
        texts = (tuple(row[3] for row in own["A"]), tuple(row[3] for row in own["B"])) if with_texts else None
        return cls(a=edges["A"], b=edges["B"], duration_s=duration_s, texts=texts)

    @property
    def total(self) -> int:
        """The length in whole microseconds."""
        return round(self.duration_s * MICRO)

    @cached_property
    def speech(self) -> tuple[Spans, Spans]:
        """Speech of A and of B in whole microseconds, as given: touching and overlapping stretches of one seat are one."""
        return self._spans(self.a), self._spans(self.b)

    def units(self, join_s: float) -> tuple[Spans, Spans]:
        """Inter-pausal units of A and of B, microseconds: own silences **shorter** than ``join_s`` (not equal) are bridged.

        Raises:
            InputError: a negative or infinite ``join_s``.
        """
        if not 0 <= join_s < float("inf"):
            raise InputError("ipu_gap_s", expected="0 seconds or more", got=f"{join_s!r}", cure="0.18 is usual.")
        threshold = round(join_s * MICRO)
        return joined(self.speech[0], shorter_than=threshold), joined(self.speech[1], shorter_than=threshold)

    def _spans(self, rows: npt.NDArray[np.float64]) -> Spans:
        return joined(np.clip(np.rint(rows * MICRO).astype(np.int64), 0, self.total), shorter_than=1)

    def _check(self, rows: Floats, seat: Seat) -> None:
        outside = (rows[:, 0] < -1.5e-6) | (rows[:, 1] > self.duration_s + SLACK_S + 5e-7) | (rows[:, 1] < rows[:, 0])
        if outside.any():
            start, end = rows[outside][0]
            raise InputError(
                "diarization",
                expected=f"turns within 0 to {self.duration_s:.2f} s",
                got=f"a turn of {seat.name} from {start:.2f} to {end:.2f} s",
                cure="Crop the turns, or give the duration they belong to.",
            )
