"""The conversations in a folder and below: recordings of dyad, tables, annotations, and sound files, matched by their names.

Sound files are read as ``dyad data`` does: NAME.wav, or NAME_A.wav with NAME_B.wav, or NAME_speaker1.wav with NAME_speaker2.wav. An
annotation NAME.rttm, .eaf, .TextGrid … beside them says who speaks when; of several the first in the order of ``SUFFIXES`` counts. A
table or .json file that does not begin as one of turns is none.
"""

import csv
from pathlib import Path

from dyad.analysis.activity import Activity, is_activity_table, read_activity
from dyad.analysis.source import SUFFIXES, Source, is_annotation
from dyad.annotations.plain_text import decoded
from dyad.datasets.folder_files import AUDIO_SUFFIXES, find_clips
from dyad.errors import InputError
from dyad.recording import MOTION_FILE, read_manifest

_TURN_COLUMNS = ("speaker", "participant", "seat", "channel", "who")


def is_recording(folder: Path) -> bool:
    """Whether dyad recorded a conversation into this folder."""
    if not (folder / MOTION_FILE).is_file():
        return False
    try:
        read_manifest(folder)
    except InputError:
        return False
    return True


def conversations_in(folder: Path) -> tuple[list[Source | Activity], list[str]]:
    """What is to be read, folder by folder in order of name, and the files that are none of it.

    Raises:
        InputError: no conversation, a damaged table, or a voice that is there twice.
    """
    found: list[Source | Activity] = []
    others: list[str] = []
    _visit(folder, folder, found=found, others=others)
    if not found:
        got = f"{len(others)} other files" if others else "nothing"
        cure = "Give sound files, annotations, a recording of dyad simulate, or a table of voice activity."
        raise InputError(str(folder), expected="conversations", got=got, cure=cure)
    return found, others


def _visit(place: Path, root: Path, *, found: list[Source | Activity], others: list[str]) -> None:
    if place != root and is_recording(place):
        found.append(Source(id=place.relative_to(root).as_posix(), recording=place))
        return
    inside = sorted(path for path in place.iterdir() if not path.name.startswith("."))
    files = [path for path in inside if path.is_file()]
    tables = [path for path in files if is_activity_table(path)]
    for path in tables:
        found += read_activity(path)
    files = [path for path in files if path not in tables]
    annotations: dict[str, Path] = {}
    for path in sorted((path for path in files if _holds_turns(path)), key=lambda path: SUFFIXES.index(path.suffix.lower())):
        annotations.setdefault(path.stem, path)
    clips = find_clips(place)
    for name in sorted({*annotations, *clips}):
        clip = clips.get(name)
        missing = "" if clip is None or name in annotations else ", ".join(clip.missing)
        found.append(
            Source(
                id=(place / name).relative_to(root).as_posix(),
                annotation=annotations.get(name),
                sound=() if clip is None or (clip.missing and not missing) else clip.voices,
                missing=missing,
            )
        )
    others += [str(path) for path in files if path not in annotations.values() and path.suffix.lower() not in AUDIO_SUFFIXES]
    for path in inside:
        if path.is_dir():
            _visit(path, root, found=found, others=others)


def _holds_turns(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".tsv", ".json"):
        return is_annotation(path)
    try:
        start = decoded(path)[0].lstrip()[:4096]
    except InputError:
        return False
    if suffix == ".json":
        return start.startswith("[")
    header = next(csv.reader(start.replace(";", ",").replace("\t", ",").splitlines()), [])
    names = [name.strip().lower() for name in header]
    # A list of events, as dyad writes them, has seats and times as well; its rows are of several kinds.
    return (any(name in _TURN_COLUMNS for name in names) and "kind" not in names) or _is_number(header[:1])


def _is_number(fields: list[str]) -> bool:
    return bool(fields) and fields[0].strip().replace(".", "", 1).isdecimal()
