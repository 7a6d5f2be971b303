"""Which stretch of each sound file of a corpus is heard: clips are cut to the shortest of their voices and motion."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import soundfile

from dyad.clock import round_half_up
from dyad.corpora.level import SAMPLES_A_FRAME
from dyad.datasets.folder import Folder
from dyad.datasets.folder_files import ClipFiles
from dyad.datasets.npz_headers import rows_of
from dyad.dualtalk_layout import SAMPLE_RATE_HZ
from dyad.errors import InputError


@dataclass(frozen=True, kw_only=True)
class VoiceFile:
    """A sound file, and how much of it its clip has.

    Args:
        sound: the file.
        samples: heard of it, from its beginning, at 16 kHz.
    """

    sound: Path
    samples: int


def voices_of(folder: Folder, split: str) -> list[VoiceFile]:
    """All voices of a split, of clips that lack one too.

    Raises:
        InputError: no such split.
    """
    names = sorted({*folder.ids(split), *folder.incomplete(split)})
    return [voice for name in names for voice in voices_in(folder.files(name))]


def voices_in(files: ClipFiles) -> list[VoiceFile]:
    """The voices of one clip, each with as much as ``clip`` of its dataset gives of it; reads headers only.

    A file that cannot be read cuts nothing: whoever reads it says what is wrong.

    Args:
        files: of the clip; motion counts where it is in DualTalk's layout, the only one that is trained on.
    """
    ends = [_samples_in(path) for path in files.voices] + [_samples_beside(path) for path in files.motion.values()]
    shortest = min((end for end in ends if end is not None), default=0)
    return [VoiceFile(sound=path, samples=shortest) for path in files.voices]


def _samples_in(path: Path) -> int | None:
    """Length of a sound file as ``dyad.audio.read_source`` resamples it."""
    try:
        info = soundfile.info(path)
    except soundfile.LibsndfileError:
        return None
    return round_half_up(info.frames * Fraction(SAMPLE_RATE_HZ, info.samplerate))


def _samples_beside(path: Path) -> int | None:
    """Length of the sound that motion goes with."""
    try:
        rows = rows_of(path, "exp") if path.suffix.lower() == ".npz" else 0
    except InputError:
        return None
    return rows * SAMPLES_A_FRAME or None
