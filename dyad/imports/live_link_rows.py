"""The table of a Live Link Face recording, cell by cell."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.live_link import COUNT, TIMECODE, VALUES
from dyad.timecode import Timecode

LISTED = 8  # names a note lists before it only counts


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What the file holds.

    Args:
        codes: timecode of each row.
        values: float64 (N, 61) in the order of ``dyad.live_link.VALUES``; zeros in rows that were not tracked.
        tracked: bool (N,), False where a row's cells are empty.
        notes: columns that were left out.
    """

    codes: tuple[Timecode, ...]
    values: npt.NDArray[np.float64]
    tracked: npt.NDArray[np.bool_]
    notes: tuple[str, ...]


def read_rows(path: Path) -> Rows:
    """Read the table; columns are found by name, in any order and case.

    Raises:
        InputError: no text, missing or doubled columns (listed), a row cut short, a cell that is no finite number, or no row.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            table = [(number, row) for number, row in enumerate(csv.reader(file), start=1) if row]
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(str(path), expected="a Live Link Face CSV", got=str(error), cure="Check the file.") from None
    if len(table) < 2:
        raise InputError(str(path), expected="a header and at least one frame", got=f"{len(table)} lines", cure="Check the file.")
    header = [name.strip() for name in table[0][1]]
    places, notes = _columns(header, path)
    codes, values, tracked = [], np.zeros((len(table) - 1, len(VALUES))), np.ones(len(table) - 1, np.bool_)
    for index, (number, row) in enumerate(table[1:]):
        if len(row) != len(header):
            got = f"{len(row)} cells in line {number}"
            raise InputError(str(path), expected=f"{len(header)} cells a line", got=got, cure="The file may be cut short; export it again.")
        codes.append(_code(row[places[0]], number, path))
        cells = [row[place].strip() for place in places[1:]]
        if any(cells):
            values[index] = _numbers(cells, number, path)
        else:
            tracked[index] = False
    if not tracked.any():
        raise InputError(str(path), expected="frames with values", got="only empty ones", cure="Check the file.")
    return Rows(codes=tuple(codes), values=values, tracked=tracked, notes=notes)


def _columns(header: Sequence[str], path: Path) -> tuple[list[int], tuple[str, ...]]:
    """Places of the timecode and of the 61 values, and a note on other columns."""
    lower = [name.lower() for name in header]
    wanted = (TIMECODE, *VALUES)
    missing = [name for name in wanted if name.lower() not in lower]
    if missing:
        cure = "Export it from Live Link Face, or add the columns."
        raise InputError(
            str(path), expected=f"the columns {TIMECODE} and {len(VALUES)} values", got=f"none called {', '.join(missing)}", cure=cure
        )
    doubled = sorted({name for name in header if name and lower.count(name.lower()) > 1})
    if doubled:
        raise InputError(str(path), expected="each column once", got=f"twice {_some(doubled)}", cure="Remove one of them.")
    known = {name.lower() for name in (*wanted, COUNT)}
    extra = [name for name in header if name.lower() not in known]
    notes = (f"Other columns left out: {_some(extra)}.",) if extra else ()
    return [lower.index(name.lower()) for name in wanted], notes


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + rest


def _code(text: str, number: int, path: Path) -> Timecode:
    try:
        return Timecode.parse(text)
    except InputError as error:
        raise InputError(f"{path}, line {number}", expected="a timecode HH:MM:SS:FF.sss", got=repr(text), cure=error.cure) from None


def _numbers(cells: Sequence[str], number: int, path: Path) -> npt.NDArray[Any]:
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError:
        bad = next(cell for cell in cells if not _is_number(cell))
        raise InputError(f"{path}, line {number}", expected="numbers", got=repr(bad), cure="Correct the line.") from None
    if not np.isfinite(values).all():
        raise InputError(f"{path}, line {number}", expected="finite numbers", got="NaN or infinity", cure="Empty the row's cells.")
    return values


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
