"""What the words of a command line name: one conversation, or many.

- A folder that dyad recorded into is one conversation, with motion.
- A table of voice activity is a corpus (``dyad.analysis.activity``).
- Any other folder is a corpus: the recordings, tables, annotations and sound files in it and below (``dyad.analysis.folders``).
- A sound file and an annotation are one conversation, and so are two mono sound files; among more files, a sound file belongs to the
  annotation of its name. Every other file is a conversation of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dyad.analysis.activity import Activity, is_activity_table, read_activity
from dyad.analysis.folders import conversations_in, is_recording
from dyad.analysis.source import Source, is_annotation
from dyad.errors import InputError

Item = Source | Activity


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """What is to be analysed.

    Args:
        items: a conversation each.
        is_corpus: whether it is to be told as a corpus, even of one conversation.
        passed_over: files of the folders that are none of these, for the record.
    """

    items: tuple[Item, ...]
    is_corpus: bool
    passed_over: tuple[str, ...] = ()


def find_inputs(words: Sequence[str | Path]) -> Inputs:
    """Recognise what is named; the built-in call where nothing is.

    Raises:
        InputError: a path that does not exist, a folder without a conversation, a damaged table, or two conversations of one name.
    """
    paths = [Path(word) for word in words]
    if not paths:
        return Inputs(items=(Source(id="sample"),), is_corpus=False)
    items: list[Item] = []
    files, passed_over, many = list[Path](), list[str](), False
    for path in paths:
        if not path.exists():
            raise InputError(str(path), expected="a file or folder", got="no such file", cure="Check the path.")
        if path.is_dir() and is_recording(path):
            items.append(Source(id=path.resolve().name, recording=path))
        elif path.is_dir():
            found, others = conversations_in(path)
            items, passed_over, many = [*items, *found], [*passed_over, *others], True
        elif is_activity_table(path):
            items, many = [*items, *read_activity(path)], True
        else:
            files.append(path)
    items = _named_apart([*items, *_of_files(files)])
    return Inputs(items=tuple(items), is_corpus=many or len(items) > 1, passed_over=tuple(passed_over))


def _of_files(files: Sequence[Path]) -> list[Source]:
    annotations = [path for path in files if is_annotation(path)]
    sounds = [path for path in files if not is_annotation(path)]
    if len(files) == 2 and len(annotations) == 1:
        return [Source(id=sounds[0].stem, annotation=annotations[0], sound=(sounds[0],))]
    if len(files) == 2 and not annotations and all(_is_mono(path) for path in sounds):
        return [Source(id="+".join(path.stem for path in sounds), sound=tuple(sounds))]
    beside = {path.with_suffix(""): path for path in sounds}
    found = []
    for path in annotations:
        sound = beside.pop(path.with_suffix(""), None)
        found.append(Source(id=path.stem, annotation=path, sound=() if sound is None else (sound,)))
    return found + [Source(id=path.stem, sound=(path,)) for path in beside.values()]


def _is_mono(path: Path) -> bool:
    import soundfile

    try:
        return int(soundfile.info(path).channels) == 1
    except (OSError, RuntimeError):
        return False  # the loader says what is wrong with it


def _named_apart(items: Sequence[Item]) -> list[Item]:
    """The same; files of one name in different folders go by their path."""
    names = [item.id for item in items]
    if len(set(names)) == len(names):
        return list(items)
    again = {name for name in names if names.count(name) > 1}
    apart = [_by_path(item) if item.id in again else item for item in items]
    seen: set[str] = set()
    for item in apart:
        if item.id in seen:
            raise InputError(item.id, expected="conversations of different names", got="two of this one", cure="Rename or leave out one.")
        seen.add(item.id)
    return apart


def _by_path(item: Item) -> Item:
    return replace(item, id=item.path.as_posix() if isinstance(item, Source) else f"{item.table}/{item.id}")
