"""Tables of voice activity: the speech of many conversations in one file, one row a stretch.

``.npz`` with the arrays ``conversation``, ``side`` (0 is A, 1 is B), ``start_s``, ``end_s``, and ``conversation_ids`` with ``duration_s``;
or ``.csv`` and ``.parquet`` with the columns ``conversation``, ``start``, ``end`` and ``speaker``, and ``duration`` where it is known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.analysis.talk import Talk
from dyad.errors import InputError
from dyad.eval.turn_taking import TurnIntervals
from dyad.eval.turn_taking.spans import Floats

COLUMNS = ("conversation", "start", "end", "speaker")
_ARRAYS = ("conversation", "side", "start_s", "end_s", "conversation_ids", "duration_s")
_SIDES = ("A", "B")


@dataclass(frozen=True, kw_only=True, eq=False)
class Activity:
    """The rows of one conversation, as they stand in the table.

    Args:
        id: the conversation.
        table: name of the file.
        spans: (n, 2) start and end, seconds.
        speakers: (n,) names.
        duration_s: its length; None where the table has none.
    """

    id: str
    table: str
    spans: Floats
    speakers: npt.NDArray[np.str_]
    duration_s: float | None


def is_activity_table(path: Path) -> bool:
    """Whether a file is such a table, by its suffix and its columns; says no where it cannot be read."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return set(_ARRAYS) <= set(arrays.files)
        if suffix == ".parquet":
            return True
        if suffix == ".csv":
            with open(path, encoding="utf-8-sig") as file:
                names = [name.strip().strip('"').lower() for name in file.readline().split(",")]
            return {"conversation", "speaker"} <= set(names)
    except (OSError, ValueError):
        pass
    return False


def read_activity(path: Path) -> list[Activity]:
    """The conversations of a table, in the order in which it first names them (``.npz``: of ``conversation_ids``).

    Raises:
        InputError: not such a table. What is wrong within one conversation is told when that one is read: ``talk_of``.
    """
    try:
        found = list(_of_arrays(path) if path.suffix.lower() == ".npz" else _of_columns(path))
    except InputError:
        raise
    except Exception as error:  # readers of three formats, given a damaged file, raise families of their own
        cure = f"Give columns {', '.join(COLUMNS)}, times in seconds with decimal points."
        raise InputError(str(path), expected="a table of voice activity", got=str(error) or type(error).__name__, cure=cure) from error
    if not found:
        raise InputError(str(path), expected="a conversation", got="an empty table", cure="Give a table with rows.")
    return found


def talk_of(activity: Activity) -> Talk:
    """Seat the two speakers: by their names where these are A and B, else A is who speaks first.

    Without a duration the conversation ends with the last word.

    Raises:
        InputError: one or three speakers, times that run backwards or lie outside the conversation, or nothing said.
    """
    what = f"{activity.table}, conversation {activity.id}"
    names = _seating(activity, what)
    end_s = float(activity.spans[:, 1].max())
    duration_s = end_s if activity.duration_s is None else activity.duration_s
    rows = [activity.spans[activity.speakers == name] for name in names]
    try:
        intervals = TurnIntervals(a=rows[0], b=rows[1], duration_s=duration_s)
    except InputError as error:
        raise InputError(f"{what}, {error.what}", expected=error.expected, got=error.got, cure=error.cure) from None
    notes = ("No duration given: the conversation ends with the last word.",) if activity.duration_s is None else ()
    return Talk(id=activity.id, participants=names, intervals=intervals, source=activity.table, notes=notes)


def _seating(activity: Activity, what: str) -> tuple[str, str]:
    order = np.argsort(activity.spans[:, 0], kind="stable")
    names = list(dict.fromkeys(activity.speakers[order].tolist()))
    if not names:
        raise InputError(what, expected="speech", got="no rows", cure="Leave the conversation out.")
    if set(names) <= set(_SIDES):
        return _SIDES
    if len(names) != 2:
        shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
        raise InputError(what, expected="two speakers", got=f"{len(names)} ({shown})", cure="Keep the two who talk to each other.")
    return names[0], names[1]


def _of_arrays(path: Path) -> Iterator[Activity]:
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in _ARRAYS}
    if not np.isin(arrays["side"], (0, 1)).all():
        raise InputError(f"{path}, side", expected="0 (A) or 1 (B)", got="other numbers", cure="Keep two sides.")
    ids, durations = arrays["conversation_ids"], _decimal(arrays["duration_s"])
    if len(ids) != len(durations):
        got = f"{len(durations)} for {len(ids)} conversations"
        raise InputError(f"{path}, duration_s", expected="one for each conversation", got=got, cure="Correct the table.")
    unknown = np.setdiff1d(arrays["conversation"], ids)
    if len(unknown):
        got = f"rows of {unknown[0]}, which has no duration"
        raise InputError(f"{path}, conversation_ids", expected="every conversation of the rows", got=got, cure="Correct the table.")
    spans = np.column_stack([_decimal(arrays["start_s"]), _decimal(arrays["end_s"])])
    sides = np.array(_SIDES)[arrays["side"]]
    order = np.argsort(arrays["conversation"], kind="stable")
    known = arrays["conversation"][order]
    for name, duration_s in zip(ids.tolist(), durations.tolist(), strict=True):
        rows = _rows(order, known, name)
        yield Activity(id=str(name), table=path.name, spans=spans[rows], speakers=sides[rows], duration_s=duration_s)


def _rows(order: npt.NDArray[np.int64], known: npt.NDArray[Any], name: Any) -> npt.NDArray[np.int64]:
    return order[np.searchsorted(known, name, side="left") : np.searchsorted(known, name, side="right")]


def _of_columns(path: Path) -> Iterator[Activity]:
    columns = _columns(path)
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        got = f"no {', '.join(missing)}"
        raise InputError(str(path), expected=f"columns {', '.join(COLUMNS)}", got=got, cure="Rename the columns.")
    spans = np.column_stack([columns["start"].astype(np.float64), columns["end"].astype(np.float64)])
    speakers = columns["speaker"].astype(np.str_)
    names, first, which = np.unique(columns["conversation"].astype(np.str_), return_index=True, return_inverse=True)
    order = np.argsort(which, kind="stable")
    known = which[order]
    for place in np.argsort(first, kind="stable").tolist():
        rows = _rows(order, known, place)
        duration_s = float(columns["duration"][rows[0]]) if "duration" in columns else None
        yield Activity(id=str(names[place]), table=path.name, spans=spans[rows], speakers=speakers[rows], duration_s=duration_s)


def _columns(path: Path) -> Mapping[str, npt.NDArray[Any]]:
    """By name, lower case, without the unit that ``start_s`` and its like carry."""
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
    else:
        import pyarrow.csv

        table = pyarrow.csv.read_csv(path)
    return {name.strip().lower().removesuffix("_s"): table[name].to_numpy() for name in table.column_names}


def _decimal(times: npt.NDArray[Any]) -> Floats:
    """Seconds as written, to the microsecond: 32-bit floats carry noise beyond it."""
    return np.asarray(np.round(times.astype(np.float64), 6), np.float64)
