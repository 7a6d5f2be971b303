"""From what a file holds to a two-party annotation: who sits where, and times that make sense, by stated rules."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from pyannote.core import Annotation

from dyad.annotations.draft import UNWRITTEN, Draft, Row
from dyad.annotations.turn_file import TurnFile, Utterance
from dyad.diarization.diarized import annotation_of
from dyad.errors import InputError

OVERHANG_S = 0.05  # turns are often annotated on a coarser clock than the audio; more than that is the wrong file
SHORTEST_S = 2e-6  # pyannote.core drops a microsecond as empty


def settled(draft: Draft, path: Path, *, wanted: tuple[str, str] | None, duration_s: float | None) -> TurnFile:
    """Seat the two speakers and check their times.

    Rules: a turn without length is left out; turns of one person that overlap count once, from the first start to the last end; one that
    ends up to 50 ms after the audio is cropped. All three leave a note. What runs backwards, begins before 0, is no finite time, or ends
    later is refused with its line.

    Args:
        draft: what was read.
        path: of the file, for errors and notes.
        wanted: names of the two, A first; by default there must be two, and A is who speaks first (or is called so).
        duration_s: of the audio.

    Raises:
        InputError: no turns, not two speakers, or times that make no sense.
    """
    if not draft.rows:
        raise InputError(str(path), expected="at least one turn", got="none", cure="Give an annotation that is not empty.")
    names = _chosen(draft, path, wanted) if wanted else _both(draft, path)
    notes = [*draft.notes, *_seating_notes(draft, path, names, asked=wanted is not None)]
    seats = dict(zip(names, ("A", "B"), strict=True))
    rows = sorted((_in_microseconds(row) for row in draft.rows if row.speaker in seats), key=lambda row: (row.start_s, row.end_s))
    kept = [row for row in rows if _has_length(row, path)]
    if len(kept) < len(rows):
        notes.append(f"{path.name}: {len(rows) - len(kept)} turns without length left out.")
    if not kept:
        raise InputError(str(path), expected="at least one turn", got="none with a length", cure="Give an annotation that is not empty.")
    end_s = duration_s if duration_s is not None else draft.duration_s
    if end_s is not None:
        kept, cropped = _within(kept, path, end_s)
        notes += cropped
    utterances = tuple(Utterance(seats[row.speaker], row.start_s, row.end_s, "" if row.text == UNWRITTEN else row.text) for row in kept)
    annotation, overlaps = _annotation(utterances)
    annotation.uri = path.stem
    notes += _overlap_notes(kept, overlaps, path)
    return TurnFile(annotation=annotation, names=names, duration_s=end_s, notes=tuple(notes), utterances=utterances)


def _both(draft: Draft, path: Path) -> tuple[str, str]:
    """The two there are; A is the first channel, whoever is called A, or who speaks first."""
    speaking = {row.speaker for row in draft.rows}
    found = list(draft.speakers) if draft.channels or len(draft.speakers) == 2 else [name for name in draft.speakers if name in speaking]
    if len(found) != 2:
        kind = "tiers" if draft.tiered else "speakers"
        counts = ", ".join(f"{name!r} ({sum(row.speaker == name for row in draft.rows)} turns)" for name in found)
        third = next((row.line for row in draft.rows if row.speaker == found[2]), 0) if len(found) > 2 else 0
        asked = "Name the two, A first" if len(found) > 2 else "If the other never speaks, name both"
        cure = f"{asked}: {kind}=(…, …); --speakers on the command line."
        where = f"{path}, line {third}" if third else str(path)
        raise InputError(where, expected=f"two {kind}", got=f"{len(found)}: {counts or 'none'}", cure=cure)
    first, second = found
    if draft.channels or {first, second} == {"A", "B"}:
        return (first, second) if draft.channels or first == "A" else (second, first)
    starts = {name: min((row.start_s for row in draft.rows if row.speaker == name), default=float("inf")) for name in found}
    return (first, second) if starts[first] <= starts[second] else (second, first)


def _chosen(draft: Draft, path: Path, wanted: tuple[str, str]) -> tuple[str, str]:
    """The two asked for, by name or as the only tier of a participant; one of them may be absent where the format has no tiers."""
    found = [_tier_of(name, draft) or name for name in wanted]
    missing = [name for name in found if name not in draft.speakers]
    if len(set(found)) < 2 or len(missing) == 2 or (missing and draft.tiered):
        there = ", ".join(repr(name) for name in draft.speakers)
        cure = f"Choose two of: {there}."
        raise InputError(str(path), expected="two different speakers of the file", got=", ".join(map(repr, wanted)), cure=cure)
    return found[0], found[1]


def _tier_of(name: str, draft: Draft) -> str | None:
    tiers = [tier for tier in draft.speakers if draft.participants.get(tier) == name]
    return tiers[0] if name not in draft.speakers and len(tiers) == 1 else None


def _seating_notes(draft: Draft, path: Path, names: tuple[str, str], *, asked: bool) -> list[str]:
    notes = []
    if names != ("A", "B"):
        why = "as asked" if asked else "channel 1" if draft.channels else "who speaks first"
        notes.append(f"{path.name}: A is {names[0]!r} ({why}), B is {names[1]!r}.")
    speaking = {row.speaker for row in draft.rows}
    notes += [f"{path.name}: {name!r} never speaks." for name in names if name not in speaking]
    others = sorted({row.speaker for row in draft.rows} - set(names))
    if others:
        left = sum(row.speaker in others for row in draft.rows)
        notes.append(f"{path.name}: {left} annotations of {', '.join(map(repr, others))} left out.")
    return notes


def _in_microseconds(row: Row) -> Row:
    """The row on the grid of RTTM's six decimals, so that turns which touch in the file do not overlap by an error of floating point."""
    return row._replace(start_s=round(row.start_s, 6), end_s=round(row.end_s, 6))


def _has_length(row: Row, path: Path) -> bool:
    """Whether the turn has any; raises InputError for times that make no sense."""
    got = f"a turn of {row.speaker!r} from {row.start_s:g} to {row.end_s:g} s"
    if not (isfinite(row.start_s) and isfinite(row.end_s)) or row.start_s < 0:
        raise _bad_row(row, path, expected="times from 0 s", got=got)
    if row.end_s < row.start_s:
        raise _bad_row(row, path, expected="a start before the end", got=got)
    return row.end_s - row.start_s >= SHORTEST_S


def _within(rows: Sequence[Row], path: Path, end_s: float) -> tuple[list[Row], list[str]]:
    """The rows cropped to the audio, and a note."""
    latest = max(rows, key=lambda row: row.end_s)
    if latest.end_s > end_s + OVERHANG_S or any(row.start_s > end_s - SHORTEST_S for row in rows):
        late = latest if latest.end_s > end_s + OVERHANG_S else max(rows, key=lambda row: row.start_s)
        raise _bad_row(
            late,
            path,
            expected=f"turns within the audio's {end_s:.2f} s",
            got=f"a turn of {late.speaker!r} from {late.start_s:.2f} to {late.end_s:.2f} s",
            cure="Give the audio these turns belong to, or correct the file.",
        )
    if latest.end_s <= end_s:
        return list(rows), []
    note = f"{path.name}: last turn cropped by {(latest.end_s - end_s) * 1000:.0f} ms to the end of the audio."
    return [row._replace(end_s=min(row.end_s, end_s)) for row in rows], [note]


def _annotation(utterances: Sequence[Utterance]) -> tuple[Annotation, list[int]]:
    """The turns with those of one seat that overlap joined, and the indices of the utterances that overlap an earlier one."""
    spans: dict[str, list[tuple[float, float]]] = {"A": [], "B": []}
    overlaps = []
    for index, (seat, start, end, _) in enumerate(utterances):
        own = spans[seat]
        if own and start < own[-1][1]:
            overlaps.append(index)
            own[-1] = (own[-1][0], max(own[-1][1], end))
        else:
            own.append((start, end))
    return annotation_of(spans), overlaps


def _overlap_notes(rows: Sequence[Row], overlaps: Sequence[int], path: Path) -> list[str]:
    if not overlaps:
        return []
    first = rows[overlaps[0]]
    return [
        f"{path.name}: {len(overlaps)} turns overlap another of the same speaker (line {first.line}, {first.speaker!r}): counted once, "
        "from the first start to the last end."
    ]


def _bad_row(row: Row, path: Path, *, expected: str, got: str, cure: str = "Correct the line.") -> InputError:
    return InputError(f"{path}, line {row.line}", expected=expected, got=got, cure=cure)
