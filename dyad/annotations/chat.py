"""CHAT (.cha) of TalkBank, read by pylangacq, which comes with the extra ``dyad[chat]``."""

import re
from collections.abc import Iterable
from pathlib import Path

from dyad.annotations.draft import Draft, Row
from dyad.annotations.plain_text import decoded
from dyad.errors import InputError

_BULLET = re.compile(r"•\s*(\d+_\d+)\s*•")
_TIMES = re.compile("\x15(\\d+)_(\\d+)\x15")
_SIGNS = re.compile(r"[^\w'’ -]|_")


def read_chat(path: Path) -> Draft:
    """Read the main lines that have times; those without are left out, with a note.

    Time marks between bullets (•), as older files have them, are read like those between U+0015.

    Raises:
        InputError: pylangacq is not installed, or cannot read the file.
    """
    try:
        from pylangacq import CHAT
    except ImportError as error:
        raise InputError("CHAT files", expected="the package pylangacq", got="none", cure="pip install 'dyad[chat]'") from error
    text, notes = decoded(path)
    text = _BULLET.sub("\x15\\1\x15", text)
    _check_times(text, path)
    try:
        utterances = CHAT.from_strs([text], [path.name]).utterances()
    except (ValueError, RuntimeError) as error:
        raise InputError(str(path), expected="a CHAT transcript", got=str(error), cure="Check it with CLAN.") from error
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if line.startswith("*")]
    spoken = [(str(utterance.participant), utterance.time_marks, utterance.tokens) for utterance in utterances if utterance.participant]
    places = lines if len(lines) == len(spoken) else [1] * len(spoken)
    rows = [
        Row(speaker, marks[0] / 1000, marks[1] / 1000, _words(tokens or ()), line)
        for (speaker, marks, tokens), line in zip(spoken, places, strict=True)
        if marks
    ]
    if len(rows) < len(spoken):
        notes.append(f"{path.name}: {len(spoken) - len(rows)} of {len(spoken)} utterances have no times and are left out.")
    return Draft(rows=rows, speakers=list(dict.fromkeys(row.speaker for row in rows)), notes=notes)


def _check_times(text: str, path: Path) -> None:
    """Refuse what pylangacq would, but with the line."""
    for number, line in enumerate(text.split("\n"), start=1):
        for start, end in _TIMES.findall(line):
            if int(start) >= int(end):
                got = f"{start} to {end} ms"
                raise InputError(f"{path}, line {number}", expected="a start before the end", got=got, cure="Correct the line.")


def _words(tokens: Iterable[object]) -> str:
    """What was said, without punctuation."""
    said = (_SIGNS.sub("", str(getattr(token, "word", ""))).strip() for token in tokens)
    return " ".join(word for word in said if word)
