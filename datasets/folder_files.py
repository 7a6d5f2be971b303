"""Which files of a user's folder belong to which clip, by their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dyad.errors import InputError
from dyad.seat import Seat

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
MOTION_SUFFIXES = (".npz", ".csv", ".glb", ".npy")
PAIRED_SUFFIXES = AUDIO_SUFFIXES + MOTION_SUFFIXES
TURN_SUFFIXES = (".rttm",)
PAIRS: tuple[tuple[str, str], ...] = (("A", "B"), ("speaker1", "speaker2"))


@dataclass(frozen=True, kw_only=True)
class ClipFiles:
    """The files of one clip.

    Args:
        voices: one stereo file, or the files of A and of B that are there.
        motion: motion files by seat.
        rttm: its turns, or None.
        participants: what its file names call the two.
        missing: names of the files that a pair lacks.
        unread: names of files that say nothing new, as a mix beside the two voices.
    """

    voices: tuple[Path, ...]
    motion: Mapping[Seat, Path]
    rttm: Path | None
    participants: tuple[str, str]
    missing: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def find_clips(folder: Path) -> dict[str, ClipFiles]:
    """The clips that lie directly in a folder, by name.

    NAME_A.wav with NAME_B.wav, or NAME_speaker1.wav with NAME_speaker2.wav, or NAME.wav with a participant on each channel; and beside
    them motion as NAME_A.npz (or .csv, .glb, .npy) and turns as NAME.rttm. Endings may be in capitals; hidden files are passed over.
    Motion without any sound is a clip too, which lacks both voices.

    Raises:
        InputError: a voice or a motion that is there twice, under one name or two.
    """
    there = _Names(folder)
    found: dict[str, ClipFiles] = {}
    for participants in PAIRS:
        stems = [stem for stem, files in there.files.items() if any(file.suffix.lower() in PAIRED_SUFFIXES for file in files)]
        for name in sorted({stem.removesuffix(f"_{who}") for stem in stems for who in participants if stem.endswith(f"_{who}")}):
            pair = _pair(there, name, participants)
            if not pair.voices and there.only(name, AUDIO_SUFFIXES) is not None:
                continue  # its motion goes with the stereo file
            if name in found:
                got = f"{name}_A or _B, and {name}_speaker1 or 2"
                raise InputError(str(folder / name), expected="two voices of this name", got=got, cure="Rename one pair.")
            found[name] = pair
    paired = {path.stem for clip in found.values() for path in clip.voices}
    for stem in sorted(there.files):
        sound = there.only(stem, AUDIO_SUFFIXES)
        if sound is not None and stem not in paired and stem not in found:
            found[stem] = _stereo(there, sound)
    return found


class _Names:
    """The files of a folder by the names they have without their endings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, list[Path]] = {}
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                self.files.setdefault(path.stem, []).append(path)

    def only(self, stem: str, suffixes: tuple[str, ...]) -> Path | None:
        """The one file of a name, with any of the endings."""
        there = [path for path in self.files.get(stem, ()) if path.suffix.lower() in suffixes]
        if len(there) > 1:
            got = " and ".join(path.name for path in there)
            raise InputError(str(self.folder / stem), expected="one file of this name", got=got, cure="Remove or rename one of them.")
        return there[0] if there else None


def _pair(there: _Names, name: str, participants: tuple[str, str]) -> ClipFiles:
    voices = [there.only(f"{name}_{who}", AUDIO_SUFFIXES) for who in participants]
    mix = there.only(name, AUDIO_SUFFIXES)
    return ClipFiles(
        voices=tuple(voice for voice in voices if voice is not None),
        motion=_motion(there, name, participants),
        rttm=there.only(name, TURN_SUFFIXES),
        participants=participants,
        missing=tuple(f"{name}_{who}.wav" for who, voice in zip(participants, voices, strict=True) if voice is None),
        unread=() if mix is None else (mix.name,),
    )


def _stereo(there: _Names, path: Path) -> ClipFiles:
    choices = [(pair, _motion(there, path.stem, pair)) for pair in PAIRS]
    participants, motion = max(choices, key=lambda choice: len(choice[1]))
    return ClipFiles(voices=(path,), motion=motion, rttm=there.only(path.stem, TURN_SUFFIXES), participants=participants)


def _motion(there: _Names, name: str, participants: tuple[str, str]) -> dict[Seat, Path]:
    files = {seat: there.only(f"{name}_{who}", MOTION_SUFFIXES) for seat, who in zip(Seat, participants, strict=True)}
    return {seat: path for seat, path in files.items() if path is not None}
