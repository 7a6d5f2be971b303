"""Which windows are trained on, and which judge: never those that a score is given on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from dyad.datasets.windows import Window, windows
from dyad.errors import InputError
from dyad.training.clips import Corpus
from dyad.training.config import DataConfig

CUT = "_sub_video_"
"""In published names what precedes this is the recording that a clip was cut from; clips of one recording show the same two people."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """What a training is given.

    Args:
        train: windows to learn from.
        validation: windows to judge by.
        lengths: frames of each training clip, by id.
    """

    train: Sequence[Window]
    validation: Sequence[Window]
    lengths: dict[str, int]


def split_windows(corpus: Corpus, config: DataConfig, *, splits: Sequence[str]) -> Split:
    """Cut a corpus into windows and keep some for validation.

    Args:
        corpus: with clips of both sides.
        config: of the data.
        splits: those the corpus has.

    Raises:
        InputError: nothing to learn from, or nothing to judge by.
    """
    frames = config.window_frames
    train = windows(corpus, config.split, frames=frames, last_only=config.last_window_only)
    if config.validation_split in splits:
        validation = windows(corpus, config.validation_split, frames=frames)
    else:
        held_out = {window.id for window in train if _chance(recording_of(window.id)) < config.held_out_share}
        validation = [window for window in windows(corpus, config.split, frames=frames) if window.id in held_out]
        train = [window for window in train if window.id not in held_out]
    for what, found, cure in (
        (f"split {config.split}", train, "Give longer clips, or a smaller data.window_frames."),
        ("validation", validation, "Name a split with data.validation_split, or raise data.held_out_share."),
    ):
        if not found:
            raise InputError(what, expected=f"at least one window of {frames} frames with the motion of both sides", got="none", cure=cure)
    return Split(train=train, validation=validation, lengths={name: corpus.frames(name) for name in {window.id for window in train}})


def recording_of(clip: str) -> str:
    """The recording a clip was cut from, as far as its name tells; else the clip itself."""
    return clip.partition(CUT)[0]


def thinned(found: Sequence[Window], *, most: int | None) -> list[Window]:
    """At most so many windows, evenly spread."""
    if most is None or len(found) <= most:
        return list(found)
    return [found[index * len(found) // most] for index in range(most)]


def _chance(name: str) -> float:
    """A number from 0 to 1 that depends on a name alone, so that it stays the same when a corpus grows."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64
