"""One conversation in files, not yet read."""

from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".rttm", ".eaf", ".textgrid", ".csv", ".tsv", ".cha", ".json")
"""Of annotations; where a folder holds one conversation in several formats, the first of these counts."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a conversation is read from; the built-in call where nothing is named.

    Args:
        id: its name.
        recording: folder of dyad's.
        annotation: file of turns.
        sound: sound files: one, or two mono ones, A first.
        missing: name of a file that should lie beside them; with one, there is nothing to read.
    """

    id: str
    recording: Path | None = None
    annotation: Path | None = None
    sound: tuple[Path, ...] = ()
    missing: str = ""

    @property
    def path(self) -> Path:
        """What it goes by."""
        return self.recording or self.annotation or (self.sound[0] if self.sound else Path(self.id))

    @property
    def is_slow(self) -> bool:
        """Whether there is more to read than times."""
        return self.annotation is None


def is_annotation(path: Path) -> bool:
    """Whether a file's suffix is that of a format of turns."""
    return path.suffix.lower() in SUFFIXES
