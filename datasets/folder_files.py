"""Which files of a user's folder belong to which clip, by their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dyad.errors import InputError
from dyad.seat import Seat

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
MOTION_SUFFIXES = (".npz", ".csv", ".glb", ".npy")
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
    them motion as NAME_A.npz (or .csv, .glb, .npy) and turns as NAME.rttm.

    Raises:
        InputError: a voice or a motion that is there twice, under one name or two.
    """
    sounds = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in AUDIO_SUFFIXES)
    found: dict[str, ClipFiles] = {}
    for participants in PAIRS:
        names = {path.stem.removesuffix(f"_{who}") for path in sounds for who in participants if path.stem.endswith(f"_{who}")}
        for name in sorted(names):
            if name in found:
                got = f"{name}_A or _B, and {name}_speaker1 or 2"
                raise InputError(str(folder / name), expected="two voices of this name", got=got, cure="Rename one pair.")
            found[name] = _pair(folder, name, participants)
    paired = {path for clip in found.values() for path in clip.voices}
    for path in sounds:
        if path not in paired and path.stem not in found:
            found[path.stem] = _stereo(folder, path)
    return found


def _pair(folder: Path, name: str, participants: tuple[str, str]) -> ClipFiles:
    voices = [_only(folder, f"{name}_{who}", AUDIO_SUFFIXES) for who in participants]
    mix = _only(folder, name, AUDIO_SUFFIXES)
    return ClipFiles(
        voices=tuple(voice for voice in voices if voice is not None),
        motion=_motion(folder, name, participants),
        rttm=_only(folder, name, (".rttm",)),
        participants=participants,
        missing=tuple(f"{name}_{who}.wav" for who, voice in zip(participants, voices, strict=True) if voice is None),
        unread=() if mix is None else (mix.name,),
    )


def _stereo(folder: Path, path: Path) -> ClipFiles:
    _only(folder, path.stem, AUDIO_SUFFIXES)
    choices = [(pair, _motion(folder, path.stem, pair)) for pair in PAIRS]
    participants, motion = max(choices, key=lambda choice: len(choice[1]))
    return ClipFiles(voices=(path,), motion=motion, rttm=_only(folder, path.stem, (".rttm",)), participants=participants)


def _motion(folder: Path, name: str, participants: tuple[str, str]) -> dict[Seat, Path]:
    files = {seat: _only(folder, f"{name}_{who}", MOTION_SUFFIXES) for seat, who in zip(Seat, participants, strict=True)}
    return {seat: path for seat, path in files.items() if path is not None}


def _only(folder: Path, stem: str, suffixes: tuple[str, ...]) -> Path | None:
    """The one file of a name, with any of the suffixes."""
    there = [path for suffix in suffixes if (path := folder / f"{stem}{suffix}").is_file()]
    if len(there) > 1:
        got = " and ".join(path.name for path in there)
        raise InputError(str(folder / stem), expected="one file of this name", got=got, cure="Remove or rename one of them.")
    return there[0] if there else None
