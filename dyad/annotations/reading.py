"""The one way in for annotations: by the ending of the file."""

from collections.abc import Callable
from pathlib import Path

from dyad.annotations.chat import read_chat
from dyad.annotations.csv_turns import read_csv
from dyad.annotations.draft import Draft
from dyad.annotations.eaf import read_eaf
from dyad.annotations.rttm_turns import read_rttm_file
from dyad.annotations.settle import settled
from dyad.annotations.textgrid import read_textgrid
from dyad.annotations.turn_file import TurnFile
from dyad.annotations.vad_list import read_vad_list
from dyad.errors import InputError

READERS: dict[str, Callable[[Path], Draft]] = {
    ".cha": read_chat,
    ".csv": read_csv,
    ".eaf": read_eaf,
    ".json": read_vad_list,
    ".rttm": read_rttm_file,
    ".textgrid": read_textgrid,
    ".tsv": read_csv,
}
"""By ending, in lower case."""
TIERED = frozenset((".eaf", ".textgrid"))


def read_annotation(
    path: str | Path,
    *,
    speakers: tuple[str, str] | None = None,
    tiers: tuple[str, str] | None = None,
    duration_s: float | None = None,
) -> TurnFile:
    """Read who speaks when: RTTM, ELAN .eaf, Praat .TextGrid, a table (.csv, .tsv), a VAP vad_list (.json), or CHAT (.cha).

    Args:
        path: the file.
        speakers: the two to read, A first, where there are more (names in the file; in ELAN also a participant with one tier). One who
            never speaks may be named. By default there must be two, and A is the one called A, or who speaks first.
        tiers: the two tiers to read, A first, of a format that has tiers.
        duration_s: length of the audio; by default what the file says, if it does.

    Raises:
        InputError: the file cannot be read, holds no two speakers, or times that make no sense; with the line where there is one.
    """
    file = Path(path)
    ending = file.suffix.lower()
    if ending not in READERS:
        raise InputError(
            str(path), expected=f"an annotation: {', '.join(READERS)}", got=repr(file.suffix), cure="Convert it, or rename it."
        )
    if speakers is not None and tiers is not None:
        raise InputError(str(path), expected="either speakers or tiers", got="both", cure="Name the two once.")
    if tiers is not None and ending not in TIERED:
        raise InputError(str(path), expected="a format with tiers", got=ending, cure="Name the speakers: speakers=(…, …).")
    if duration_s is not None and not 0 < duration_s < float("inf"):
        raise InputError("duration_s", expected="more than 0 seconds", got=f"{duration_s!r}", cure="Give the length of the audio.")
    draft = read_eaf(file, tiers=tiers) if ending == ".eaf" else READERS[ending](file)
    return settled(draft, file, wanted=tiers or speakers, duration_s=duration_s)
