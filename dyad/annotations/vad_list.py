"""The vad_list of voice activity projection models: ``[[[start, end], …], [[start, end], …]]``, channel 0 then 1, seconds, as JSON."""

import json
import re
from bisect import bisect
from pathlib import Path
from typing import Any

from dyad.annotations.draft import Draft, Row
from dyad.annotations.plain_text import decoded
from dyad.errors import InputError

_FORM = "[[[start, end], …], [[start, end], …]], one list for each of two channels"
_PAIR = re.compile(r"\[\s*[^\[\]]*?\s*\]")


def read_vad_list(path: Path) -> Draft:
    """Read a vad_list; channel 0 is A.

    Raises:
        InputError: not JSON, or not of that form.
    """
    text, notes = decoded(path)
    try:
        channels = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}"
        raise InputError(where, expected=f"JSON: {_FORM}", got=error.msg, cure="Correct the line.") from error
    if not isinstance(channels, list) or len(channels) != 2 or not all(isinstance(channel, list) for channel in channels):
        got = f"{len(channels)} channels" if isinstance(channels, list) else type(channels).__name__
        raise InputError(str(path), expected=_FORM, got=got, cure="Give the two people who talk to each other.")
    breaks = [match.start() for match in re.finditer("\n", text)]
    lines = iter([bisect(breaks, match.start()) + 1 for match in _PAIR.finditer(text) if match.group().strip("[] \n\t")])
    speakers = ("channel 0", "channel 1")
    rows = [_row(name, pair, path, next(lines, 1)) for name, channel in zip(speakers, channels, strict=True) for pair in channel]
    return Draft(rows=rows, speakers=speakers, notes=notes, channels=True)


def _row(speaker: str, pair: Any, path: Path, line: int) -> Row:
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(edge, int | float) for edge in pair):
        raise InputError(f"{path}, line {line}", expected=_FORM, got=repr(pair), cure="Correct the line.")
    return Row(speaker, float(pair[0]), float(pair[1]), "", line)
