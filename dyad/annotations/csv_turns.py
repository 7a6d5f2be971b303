"""Tables of turns: ``start,end,speaker``, with ``text`` where there are words; seconds."""

import csv
from collections.abc import Sequence
from pathlib import Path

from dyad.annotations.draft import Draft, Row
from dyad.annotations.plain_text import Numbers, decoded
from dyad.errors import InputError

_NAMES = {
    "start": ("start", "start_s", "begin", "begin_s", "onset", "from"),
    "end": ("end", "end_s", "stop", "stop_s", "offset", "to"),
    "speaker": ("speaker", "participant", "seat", "channel", "who"),
    "text": ("text", "words", "utterance", "transcript", "transcription"),
}
_FORM = "start,end,speaker in seconds (and text, if known)"


def read_csv(path: Path) -> Draft:
    """Read a table parted by commas, semicolons or tabs.

    A header names the columns, in any order; without one they are start, end, speaker, text, and a note says so. Decimal commas are read
    where they cannot be mistaken: between semicolons or tabs, or in quotes.

    Raises:
        InputError: no such table, or a line that does not fit.
    """
    text, notes = decoded(path)
    first = next((line for line in text.split("\n") if line.strip()), "")
    delimiter = max(";\t", key=first.count) if first.count(";") or first.count("\t") else ","
    reader = csv.reader(text.split("\n"), delimiter=delimiter, skipinitialspace=True)
    numbers, columns, rows, width = Numbers(), dict[str, int](), list[Row](), 0
    try:
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            if not columns:
                columns, is_header = _columns(fields, path, reader.line_num)
                width = len(fields) if is_header else len(columns)
                if is_header:
                    continue
                notes.append(f"{path.name}: no header; the columns are taken as start, end, speaker.")
            rows.append(_row(fields, columns, numbers, width=width, where=f"{path}, line {reader.line_num}", line=reader.line_num))
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}", expected=_FORM, got=str(error), cure="Correct the line.") from error
    return Draft(rows=rows, speakers=list(dict.fromkeys(row.speaker for row in rows)), notes=[*notes, *numbers.notes(path.name)])


def _columns(fields: Sequence[str], path: Path, line: int) -> tuple[dict[str, int], bool]:
    """Where each column is, and whether this line is a header."""
    said = [field.strip().lower() for field in fields]
    found = {name: said.index(word) for name, words in _NAMES.items() for word in reversed(words) if word in said}
    if {"start", "end", "speaker"} <= found.keys():
        return found, True
    try:
        Numbers()(fields[0])
    except ValueError:
        raise InputError(f"{path}, line {line}", expected=_FORM, got=repr(", ".join(fields)), cure="Name the columns so.") from None
    return {"start": 0, "end": 1, "speaker": 2, "text": 3}, False


def _row(fields: Sequence[str], columns: dict[str, int], numbers: Numbers, *, width: int, where: str, line: int) -> Row:
    text = columns.get("text", len(fields))
    try:
        start, end = numbers(fields[columns["start"]]), numbers(fields[columns["end"]])
        speaker = fields[columns["speaker"]].strip()
        if not speaker or len(fields) > width:
            raise ValueError
    except (IndexError, ValueError):
        cure = "Correct the line; with decimal commas, part the columns by semicolons or tabs."
        raise InputError(where, expected=_FORM, got=repr(", ".join(fields)), cure=cure) from None
    return Row(speaker, start, end, fields[text].strip() if text < len(fields) else "", line)
