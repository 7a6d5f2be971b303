"""One clip of a corpus as models and measures want it: both voices and the motion there is, cut to the same length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dyad.arrays import FloatArray
from dyad.audio import SAMPLE_RATE_HZ, read_source
from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.seat import Seat

USUAL_MISMATCH_S = 0.12  # three frames at 25 fps; clips that trackers make differ from their sound by a frame or two
WORTH_A_NOTE_S = 0.04


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """A conversation without its turns, which take most of the time to find.

    Args:
        id: as in ``ids`` of its dataset.
        audio: float32 (2, N) in [-1, 1] at 16 kHz; row = ``Seat``.
        motion: recorded motion by seat; a seat without any is absent.
        notes: what was cut, resampled or missing, one sentence each.
        files: all files it was read from.
        recorded_s: length of the longer voice, before anything was cut.
    """

    id: str
    audio: FloatArray
    motion: Mapping[Seat, Motion]
    notes: tuple[str, ...]
    files: tuple[Path, ...]
    recorded_s: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Voice:
    """One participant's channel.

    Args:
        name: its file.
        samples: float32 (N,) at 16 kHz.
    """

    name: str
    samples: FloatArray


def read_voices(paths: Sequence[Path]) -> tuple[tuple[Voice, Voice], list[str]]:
    """The channel of A and of B, and notes on the files.

    Args:
        paths: one stereo file, or two mono files, A first. A participant may be silent throughout.

    Raises:
        InputError: a file cannot be read, or has another number of channels.
    """
    sources = [(path, read_source(path, may_be_silent=True)) for path in paths]
    wanted = 2 // len(paths)
    for path, source in sources:
        if source.channels != wanted:
            expected, cure = (
                ("a mono file, as one of two", "One speaker a file: export it again.")
                if wanted == 1
                else ("a channel for each participant", "Give two mono files NAME_A and NAME_B, or a stereo file.")
            )
            raise InputError(str(path), expected=expected, got=f"{source.channels} channel(s)", cure=cure)
    notes = [note for path, source in sources for note in source.notes(path.name)]
    first, second = (Voice(name=path.name, samples=row) for path, source in sources for row in source.samples)
    for seat, voice in zip(Seat, (first, second), strict=True):
        if not voice.samples.any():
            notes.append(f"{voice.name}: {seat.name} is silent throughout.")
    return (first, second), notes


def fit_together(
    clip_id: str, *, voices: tuple[Voice, Voice], motion: Mapping[Seat, tuple[Path, Motion]], notes: Sequence[str], files: Sequence[Path]
) -> Clip:
    """A clip of voices and motion, each cut at its end to the shortest of them; notes say what was cut.

    Args:
        clip_id: its id.
        voices: of A and B.
        motion: by seat, with the file it is from; any frame rates.
        notes: what is known so far.
        files: all files.

    Raises:
        InputError: a motion without frames.
    """
    for path, found in motion.values():
        if not len(found):
            raise InputError(str(path), expected="motion", got="no frame of it", cure="Track the clip again, or leave the file out.")
    clocks = {seat: FrameClock(frame_rate_hz=found.frame_rate_hz, sample_rate_hz=SAMPLE_RATE_HZ) for seat, (_, found) in motion.items()}
    ends = [len(voice.samples) for voice in voices] + [clocks[seat].sample(found.stop_frame) for seat, (_, found) in motion.items()]
    samples = min(ends)
    said = list(notes)
    for voice in voices:
        said += _cut_note(voice.name, lost_s=(len(voice.samples) - samples) / SAMPLE_RATE_HZ)
    kept = {}
    for seat, (path, found) in motion.items():
        stop = max(found.start_frame, min(found.stop_frame, clocks[seat].frames_covering(samples)))
        kept[seat] = found.slice(found.start_frame, stop)
        lost = found.stop_frame - stop
        said += _cut_note(path.name, lost_s=clocks[seat].seconds(lost), frames=lost)
    return Clip(
        id=clip_id,
        audio=np.stack([voice.samples[:samples] for voice in voices]),
        motion=kept,
        notes=tuple(dict.fromkeys(said)),  # the two channels of one file lose the same
        files=tuple(files),
        recorded_s=max(len(voice.samples) for voice in voices) / SAMPLE_RATE_HZ,
    )


def _cut_note(name: str, *, lost_s: float, frames: int | None = None) -> list[str]:
    if not frames and lost_s < WORTH_A_NOTE_S:
        return []
    counted = "" if frames is None else f"{frames} frame{'s' if frames > 1 else ''}, "
    warning = "Warning: " if lost_s > USUAL_MISMATCH_S + 1e-9 else ""
    return [f"{warning}{name}: {counted}{lost_s:.2f} s cut from its end, to the length of the shortest file."]
