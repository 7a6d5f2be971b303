"""Turns as RTTM, the field's plain-text diarization format."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pyannote.core import Annotation, Segment

from dyad.errors import InputError


class RttmTurn(NamedTuple):
    """One SPEAKER line: its number in the file, the recording it is of, start and duration in seconds, and who speaks."""

    line: int
    recording: str
    start_s: float
    duration_s: float
    speaker: str


def read_rttm(path: str | Path) -> Annotation:
    """Read the SPEAKER lines of one file.

    The layout is NIST's: ``SPEAKER file channel start duration <NA> <NA> speaker …``; lines of nine fields (without the last <NA>) occur
    and are read, other line types are skipped.

    Raises:
        InputError: the file is missing, not RTTM, names several recordings, or has a negative start or a non-positive duration.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors put a byte-order mark first
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), expected="a readable RTTM file", got=_reason(error), cure="Check the path.") from error
    found = rttm_turns(text, path)
    turns = Annotation(uri=found[0].recording)
    for turn in found:
        segment = Segment(turn.start_s, turn.start_s + turn.duration_s)
        turns[segment, turns.new_track(segment)] = turn.speaker
    return turns


def rttm_turns(text: str, path: Path, *, number: Callable[[str], float] = float) -> list[RttmTurn]:
    """The SPEAKER lines of a text, in its order; raises InputError as ``read_rttm``.

    Args:
        text: contents of the file.
        path: how errors call it.
        number: reads a number, raising ValueError where there is none.
    """
    found: list[RttmTurn] = []
    lines = text.splitlines()
    for line_number, line in enumerate(lines, start=1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            turn = RttmTurn(line_number, fields[1], number(fields[3]), number(fields[4]), fields[7])
        except (IndexError, ValueError):
            raise _bad_line(
                path, line_number, expected="SPEAKER file channel start duration <NA> <NA> name", got=repr(line.strip())
            ) from None
        if not (
            0 <= turn.start_s < float("inf") and 2e-6 <= turn.duration_s < float("inf")
        ):  # NaN fails; pyannote.core drops 1 µs as empty
            raise _bad_line(
                path,
                line_number,
                expected="start ≥ 0 and duration > 0 s (two microseconds at least)",
                got=f"start {turn.start_s:g}, duration {turn.duration_s:g}",
            )
        found.append(turn)
    recordings = {turn.recording for turn in found}
    if len(recordings) > 1:
        raise InputError(
            str(path), expected="turns of one recording", got=", ".join(sorted(recordings)), cure="Split the file, one recording each."
        )
    if not found:
        raise InputError(str(path), expected="at least one SPEAKER line", got=f"{len(lines)} other lines", cure="Give an RTTM file.")
    return found


def write_rttm(turns: Annotation, path: str | Path, *, uri: str) -> None:
    """Write turns, times with six decimals (spaces in names become underscores, as RTTM separates by blanks)."""
    name = "_".join(uri.split()) or "conversation"
    with open(path, "w", encoding="utf-8") as file:
        for segment, _, label in turns.itertracks(yield_label=True):
            speaker = "_".join(str(label).split())
            file.write(f"SPEAKER {name} 1 {segment.start:.6f} {segment.duration:.6f} <NA> <NA> {speaker} <NA> <NA>\n")


def _reason(error: Exception) -> str:
    return "no such file" if isinstance(error, FileNotFoundError) else str(error)


def _bad_line(path: Path, number: int, *, expected: str, got: str) -> InputError:
    return InputError(f"{path}, line {number}", expected=expected, got=got, cure="Correct the line.")
