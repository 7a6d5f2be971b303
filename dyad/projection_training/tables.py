"""Reads tables of who speaks when, many conversations in one file.

Two layouts are known:

- ``.npz`` with arrays ``conversation``, ``side`` (0 or 1), ``start_s`` and ``end_s``, a row for each stretch of speech, and optionally
  ``conversation_ids`` and ``duration_s``, the length of each conversation.
- ``.csv`` with a header; columns ``conversation`` or ``dialogue``, ``participant``, and ``begin_s``, ``end_s`` in seconds or ``begin``,
  ``end`` in milliseconds. Of the two participants of a conversation, the first by name is speaker A.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.agents.projection.objective import FRAME_RATE_HZ
from dyad.arrays import BoolArray
from dyad.errors import InputError

KNOWN: Final = "an .npz or .csv table of voice activity; dyad projection train --help describes both layouts"
LONGEST_S: Final = 24 * 3600.0
_ROWS: Final = ("conversation", "side", "start_s", "end_s")
_CURE: Final = "Check the table."
_Interval = tuple[int, float, float]  # side, start, end


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """Voice activity of one conversation.

    Args:
        corpus: name of the folder or file it came from.
        conversation: its id in the table.
        activity: bool (T, 2) at 50 Hz.
    """

    corpus: str
    conversation: str
    activity: BoolArray

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits of the activity: tells a call that was trained on, whatever it is called."""
        packed = np.packbits(self.activity).tobytes()
        return hashlib.sha256(len(self.activity).to_bytes(8, "little") + packed).hexdigest()[:8]


def read_calls(paths: Sequence[Path]) -> list[Call]:
    """All conversations of some tables, or folders with tables; those of one corpus in the order of their ids.

    Raises:
        InputError: no table, or one that cannot be read.
    """
    calls: list[Call] = []
    for path in paths:
        for file in _tables(path.expanduser()):
            name = file.stem if path == file else path.resolve().name
            calls += _read_npz(file, corpus=name) if file.suffix == ".npz" else _read_csv(file, corpus=name)
    return calls


def _tables(path: Path) -> list[Path]:
    if path.is_file() and path.suffix in (".npz", ".csv"):
        return [path]
    found = sorted(file for file in path.glob("*") if file.suffix in (".npz", ".csv")) if path.is_dir() else []
    if not found:
        got = "a folder without one" if path.is_dir() else "another file" if path.exists() else "nothing there"
        raise InputError(str(path), expected=KNOWN, got=got, cure="Give a table, or a folder that holds one.")
    return found


def _read_npz(file: Path, *, corpus: str) -> list[Call]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            table = {name: arrays[name] for name in (*_ROWS, "conversation_ids", "duration_s") if name in arrays}
    except (OSError, ValueError) as error:
        raise InputError(str(file), expected=KNOWN, got=str(error), cure=_CURE) from error
    if missing := [name for name in _ROWS if name not in table]:
        raise InputError(str(file), expected=f"arrays {', '.join(_ROWS)}", got=f"no {', '.join(missing)}", cure=_CURE)
    columns = [table[name] for name in _ROWS]
    if len({column.shape for column in columns}) != 1 or columns[0].ndim != 1:
        raise InputError(str(file), expected="four arrays of one length", got=", ".join(str(c.shape) for c in columns), cure=_CURE)
    rows: dict[str, list[_Interval]] = defaultdict(list)
    for conversation, side, start_s, end_s in zip(*(column.tolist() for column in columns), strict=True):
        rows[str(conversation)].append((side, start_s, end_s))
    lengths: dict[str, float] = {}
    if "conversation_ids" in table and "duration_s" in table:
        lengths = dict(zip(map(str, table["conversation_ids"].tolist()), table["duration_s"].tolist(), strict=False))
    return _calls(rows, lengths, file=file, corpus=corpus)


def _read_csv(file: Path, *, corpus: str) -> list[Call]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            names = list(reader.fieldnames or ())
            table = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(file), expected=KNOWN, got=str(error), cure=_CURE) from error
    conversation = _column(names, ("conversation", "dialogue"), file)
    participant = _column(names, ("participant",), file)
    start, end = _column(names, ("begin_s", "begin"), file), _column(names, ("end_s", "end"), file)
    unit = 1.0 if start.endswith("_s") else 0.001
    people: dict[str, set[str]] = defaultdict(set)
    for row in table:
        people[row[conversation]].add(row[participant])
    sides = {name: {person: side for side, person in enumerate(sorted(known))} for name, known in people.items()}
    rows: dict[str, list[_Interval]] = defaultdict(list)
    for number, row in enumerate(table, start=2):
        try:
            times = (unit * float(row[start]), unit * float(row[end]))
        except (TypeError, ValueError) as error:
            raise InputError(f"{file}, line {number}", expected="times as numbers", got=str(error), cure=_CURE) from error
        rows[row[conversation]].append((sides[row[conversation]][row[participant]], *times))
    return _calls(rows, {}, file=file, corpus=corpus)


def _column(names: Sequence[str], wanted: Sequence[str], file: Path) -> str:
    for name in wanted:
        if name in names:
            return name
    raise InputError(str(file), expected=f"a column {' or '.join(wanted)}", got=f"columns {', '.join(names) or 'none'}", cure=_CURE)


def _calls(rows: dict[str, list[_Interval]], lengths: dict[str, float], *, file: Path, corpus: str) -> list[Call]:
    calls = []
    for name in sorted(rows):
        what = f"{file}, conversation {name}"
        calls.append(Call(corpus=corpus, conversation=name, activity=activity_of(rows[name], length_s=lengths.get(name, 0.0), what=what)))
    return calls


def activity_of(intervals: Iterable[_Interval], *, length_s: float, what: str) -> BoolArray:
    """Activity, bool (T, 2), of (side, start, end); a frame is active from the one nearest the start to the one nearest the end.

    Raises:
        InputError: a side other than 0 and 1, or a time that cannot be.
    """
    found = sorted(intervals)
    for side, start_s, end_s in found:
        if side not in (0, 1) or not 0 <= start_s <= end_s <= LONGEST_S:
            got = f"side {side}, {start_s} to {end_s}"
            raise InputError(what, expected="two sides, and times that run forward from 0 s", got=got, cure=_CURE)
    edges = _nearest_frames([*(edge for _, *times in found for edge in times), length_s])
    activity = np.zeros((int(edges.max()), 2), bool)
    for (side, _, _), start, stop in zip(found, edges[:-1:2].tolist(), edges[1::2].tolist(), strict=True):
        activity[start:stop, side] = True
    return activity


def _nearest_frames(times_s: Sequence[float]) -> npt.NDArray[np.int64]:
    """As ``FrameClock.frame``, for a million times at once; the frame of 20 ms leaves binary fractions no room to err by one."""
    return np.floor(np.array(times_s, np.float64) * FRAME_RATE_HZ + 0.5).astype(np.int64)
