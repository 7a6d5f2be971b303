"""RTTM in any encoding, decimal commas included."""

from pathlib import Path

from dyad.annotations.draft import Draft, Row
from dyad.annotations.plain_text import Numbers, decoded
from dyad.rttm import rttm_turns


def read_rttm_file(path: Path) -> Draft:
    """Read the SPEAKER lines of a file; raises InputError as ``dyad.rttm.read_rttm``."""
    text, notes = decoded(path)
    numbers = Numbers()
    turns = rttm_turns(text, path, number=numbers)
    rows = [Row(turn.speaker, turn.start_s, turn.start_s + turn.duration_s, "", turn.line) for turn in turns]
    return Draft(rows=rows, speakers=list(dict.fromkeys(row.speaker for row in rows)), notes=[*notes, *numbers.notes(path.name)])
