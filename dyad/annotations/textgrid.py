"""Praat's .TextGrid, long and short: speech is the labelled intervals of two interval tiers.

Both forms are one: what stands free between blanks, as a number, a text in quotes or a flag in angle brackets, is a value; the rest
(``xmin =``, ``intervals [3]:``) is decoration that the long form adds.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from dyad.annotations.draft import SILENT, Draft, Row
from dyad.annotations.plain_text import Numbers, decoded
from dyad.errors import InputError

_TOKEN = re.compile(r'"((?:[^"]|"")*)"|(<[^>\s]*>)|(![^\n]*)|([^\s"]+)')
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?$")
_Value = tuple[str, str, int]  # "text", "flag" or "number"; itself; its line


class _Values:
    """The values of a file, one after the other."""

    def __init__(self, text: str, path: Path) -> None:
        self.path, self.line = path, 1
        self.number_of = Numbers()
        self._values = _values(text)

    def take(self, kind: str) -> str:
        """The next value, which must be of this kind."""
        try:
            found, value, self.line = next(self._values)
        except StopIteration:
            raise self._fault(kind, "the end of the file") from None
        if found != kind:
            raise self._fault(kind, repr(value))
        return value

    def number(self) -> float:
        """The next value as a number."""
        return self.number_of(self.take("number"))

    def count(self) -> int:
        """The next value as a whole number."""
        value = self.take("number")
        if not value.isdecimal():
            raise self._fault("whole number", value)
        return int(value)

    def _fault(self, kind: str, got: str) -> InputError:
        where = f"{self.path}, line {self.line}"
        return InputError(where, expected=f"a {kind}, as Praat's text formats have it", got=got, cure="Save it again with Praat.")


def _values(text: str) -> Iterator[_Value]:
    line, place = 1, 0
    for match in _TOKEN.finditer(text):
        line, place = line + text.count("\n", place, match.start()), match.start()
        quoted, flag, comment, word = match.groups()
        if quoted is not None:
            yield "text", quoted.replace('""', '"'), line
        elif flag:
            yield "flag", flag, line
        elif not comment and _NUMBER.match(word):
            yield "number", word, line


def read_textgrid(path: Path) -> Draft:
    """Read a TextGrid of text form; tiers of points are left out.

    Raises:
        InputError: not such a file, or damaged.
    """
    if path.is_file() and path.read_bytes()[:16].startswith(b"ooBinaryFile"):
        raise InputError(str(path), expected="a TextGrid in text form", got="Praat's binary form", cure="Save it as a text file in Praat.")
    text, notes = decoded(path)
    values = _Values(text, path)
    if values.take("text") not in ("ooTextFile", "ooTextFile short") or values.take("text") != "TextGrid":
        raise InputError(str(path), expected="a Praat TextGrid", got="another kind of file", cure="Give a .TextGrid file.")
    values.number()
    duration_s = values.number()
    if values.take("flag") != "<exists>":
        raise InputError(str(path), expected="a TextGrid with tiers", got="none", cure="Give an annotation that is not empty.")
    rows: list[Row] = []
    names: list[str] = []
    left_out: list[str] = []
    for _ in range(values.count()):
        kind, name = values.take("text"), values.take("text")
        name = name if name not in names else f"{name} ({names.count(name) + 1})"
        if kind == "IntervalTier":
            names.append(name)
            rows += _intervals(values, name)
        else:
            left_out.append(name)
            _skip_points(values)
    notes += values.number_of.notes(path.name)
    if left_out:
        notes.append(f"{path.name}: tiers of points left out: {', '.join(map(repr, left_out))}.")
    silent = sorted({row.text for row in rows if row.text.strip().lower() in SILENT} - {""})
    if silent:
        notes.append(f"{path.name}: intervals labelled {', '.join(map(repr, silent))} count as silence.")
    return Draft(rows=_spoken(rows), speakers=_speaking(names, rows), notes=notes, duration_s=duration_s, tiered=True)


def _intervals(values: _Values, name: str) -> Iterator[Row]:
    values.number()
    values.number()
    for _ in range(values.count()):
        start, line = values.number(), values.line
        yield Row(name, start, values.number(), values.take("text"), line)


def _skip_points(values: _Values) -> None:
    values.number()
    values.number()
    for _ in range(values.count()):
        values.number()
        values.take("text")


def _spoken(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.text.strip().lower() not in SILENT]


def _speaking(names: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The tiers with speech; both, where there are two."""
    speaking = {row.speaker for row in _spoken(rows)}
    return list(names) if len(names) == 2 else [name for name in names if name in speaking]
