"""The one way in: any recording of two people becomes a Conversation."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from dyad.arrays import FloatArray
from dyad.audio import SAMPLE_RATE_HZ, SourceAudio, read_source, sha256_of
from dyad.conversation import Conversation, Provenance
from dyad.diarization.diarized import Diarized, cropped, speakers_by_first_turn
from dyad.diarization.seating import masked_to_turns, seat_by_channel, seat_by_first_turn
from dyad.errors import InputError
from dyad.rttm import read_rttm

OVERHANG_S = 0.05  # turns are often annotated on a coarser clock than the audio; more than that is the wrong file
SAME_SOUND_CORRELATION = 0.999  # even strong leakage between two microphones stays far below
_SAMPLE_PACKAGE = "pyannote.audio"
SAMPLE_SOURCE = "built-in sample: a 30 s telephone call shipped inside pyannote.audio"


def sample_files() -> tuple[Path, Path]:
    """The built-in sample: a real 30 s telephone call, and its reference turns, from inside the pyannote.audio wheel (MIT licence).

    Raises:
        InputError: pyannote.audio is not installed, or without its sample.
    """
    spec = find_spec(_SAMPLE_PACKAGE)  # finds the folder without importing the package, which takes seconds
    folder = Path(next(iter(spec.submodule_search_locations or []), "")) / "sample" if spec else Path()
    files = folder / "sample.wav", folder / "sample.rttm"
    if not all(file.is_file() for file in files):
        raise InputError(
            "built-in sample", expected="sample.wav in pyannote.audio", got="no such file", cure="Install pyannote.audio 4, or name a file."
        )
    return files


def load_conversation(
    *paths: str | Path, rttm: str | Path | None = None, pipeline: str | None = None, names: tuple[str, str] | None = None
) -> Conversation:
    """Load two people in conversation.

    Args:
        paths: none for the built-in sample; one stereo file (left = A, right = B) or one mono mix; or two mono files, A first.
        rttm: turns of the two speakers. A mix whose speakers are not called A and B gets A for whoever speaks first; with a channel each,
            speakers are seated by the energy of their channel.
        pipeline: pyannote.audio pipeline to use where there is no RTTM: a hub id (token from HF_TOKEN) or a local folder.
        names: the participants' names, A first; by default the RTTM's speakers, the two files' names, or A and B. Where they are the
            speakers of a mix's RTTM, they also say which of them is A.

    Returns:
        A Conversation at 16 kHz; ``provenance.notes`` says what was done to the input.

    Raises:
        InputError: anything that cannot be read or does not fit together; the text names the cure.
    """
    if len(paths) > 2:
        raise InputError(
            "paths", expected="at most two audio files", got=f"{len(paths)}", cure="Give one stereo or mono file, or two mono files."
        )
    from_sample = not paths
    if from_sample and rttm is not None:
        raise InputError("rttm", expected="the audio its turns belong to", got=f"only {rttm}", cure="Name the audio file too.")
    if from_sample:
        wav, reference = sample_files()
        paths, rttm = (wav,), reference if pipeline is None else None
    files = [Path(path) for path in paths]
    audio, own_channels, notes = _read(files)
    duration_s = audio.shape[1] / SAMPLE_RATE_HZ
    given = read_turns(Path(rttm), duration_s=duration_s) if rttm is not None else None
    if given is not None and pipeline is not None:
        notes.append(f"Pipeline {pipeline} not run: an RTTM was given.")
    diarize = _diarize_channels if own_channels else _diarize_mix
    found, seats = diarize(audio, given=given, pipeline=pipeline, names=names)
    turns = cropped(found.turns, duration_s=duration_s).rename_labels(seats)
    turns.uri = "+".join(file.stem for file in files)
    return Conversation(
        id=turns.uri,
        participants=names or _names(files, seats if rttm is not None else {}),
        audio=audio if own_channels else masked_to_turns(audio[0], turns, sample_rate_hz=SAMPLE_RATE_HZ),
        diarization=turns,
        provenance=Provenance(
            source=SAMPLE_SOURCE if from_sample else ", ".join(file.name for file in files),
            licence="MIT" if from_sample else "unknown",
            diarization=found.method,
            notes=(*notes, *found.notes),
            files=_hashes(files if rttm is None else [*files, Path(rttm)]),
        ),
    )


def _read(files: Sequence[Path]) -> tuple[FloatArray, bool, list[str]]:
    """Audio (2, N) with a channel each, or (1, N) for a mix; whether there is a channel each; notes."""
    sources = [read_source(file) for file in files]
    notes = [note for file, source in zip(files, sources, strict=True) for note in source.notes(file.name)]
    audio = sources[0].samples if len(sources) == 1 else _paired(files, sources, notes)
    if len(audio) == 1:
        return audio, False, notes
    if _same_sound(audio):
        notes.append("Both channels hold the same sound: treated as a mono mix.")
        return audio.mean(axis=0, keepdims=True), False, notes
    for row, name in zip(audio, ("A", "B"), strict=True):
        if not row.any():
            notes.append(f"The channel of {name} is silent: {name} only listens.")
    return audio, True, notes


def _paired(files: Sequence[Path], sources: list[SourceAudio], notes: list[str]) -> FloatArray:
    """Two mono files as (2, N); empties ``sources`` as it goes, so that an hour is not held twice."""
    for file, source in zip(files, sources, strict=True):
        if source.channels != 1:
            raise InputError(
                str(file), expected="a mono file, as one of two", got="a stereo file", cure="Give the stereo file alone, or two mono files."
            )
    samples = max(source.samples.shape[1] for source in sources)
    audio = np.zeros((2, samples), np.float32)
    for row, file in enumerate(files):
        own = sources.pop(0).samples[0]
        length = len(own)
        audio[row, :length] = own
        if length < samples:
            notes.append(f"{file.name}: padded with {(samples - length) / SAMPLE_RATE_HZ:.2f} s of silence to the other's length.")
    return audio


def _same_sound(audio: FloatArray) -> bool:
    left, right = audio
    both = float(np.vdot(left, left)) * float(np.vdot(right, right))
    return both > 0 and float(np.vdot(left, right)) >= SAME_SOUND_CORRELATION * both**0.5


def read_turns(rttm: Path, *, duration_s: float) -> Diarized:
    """The turns of an RTTM that belongs to audio of this length; a note says where they end a little after it.

    Raises:
        InputError: the file cannot be read, or its turns end more than ``OVERHANG_S`` after the audio.
    """
    turns = read_rttm(rttm)
    end = turns.get_timeline().extent().end
    if end > duration_s + OVERHANG_S:
        raise InputError(
            str(rttm),
            expected=f"turns within the audio's {duration_s:.2f} s",
            got=f"a turn that ends at {end:.2f} s",
            cure="Give the audio these turns belong to, or correct the file.",
        )
    notes = (f"{rttm.name}: last turn cropped by {(end - duration_s) * 1000:.0f} ms to the end of the audio.",) if end > duration_s else ()
    return Diarized(turns=turns, method=f"RTTM {rttm.name}", notes=notes)


def _diarize_channels(
    audio: FloatArray, *, given: Diarized | None, pipeline: str | None, names: tuple[str, str] | None
) -> tuple[Diarized, dict[str, str]]:
    """Turns where each participant has a channel, and the seat of each speaker in them."""
    if given is None and pipeline is None:
        from dyad.diarization.channels import diarize_channels

        return diarize_channels(audio), {}
    found = given or _run_pipeline(audio.mean(axis=0, keepdims=True), str(pipeline))
    _check_speakers(found, fewest=2 if audio.any(axis=1).all() else 1)
    heard, note = seat_by_channel(found.turns, audio)
    seats = seat_by_first_turn(found.turns)
    if set(seats) <= {"A", "B"}:  # the file says itself who sits where
        return (found if seats == heard else found.with_note(f"Warning: the labels A and B look swapped. {note}")), seats
    return found.with_note(note), heard


def _diarize_mix(
    audio: FloatArray, *, given: Diarized | None, pipeline: str | None, names: tuple[str, str] | None
) -> tuple[Diarized, dict[str, str]]:
    """Turns in a mono mix, and the seat of each speaker in them."""
    if given is None and pipeline is None:
        from dyad.diarization.fallback import diarize_mix

        given = diarize_mix(audio)
    found = given or _run_pipeline(audio, str(pipeline))
    _check_speakers(found, fewest=2)
    if names is not None and set(names) == set(found.turns.labels()):
        return found, {names[0]: "A", names[1]: "B"}
    return found, seat_by_first_turn(found.turns)


def _run_pipeline(mix: FloatArray, pipeline: str) -> Diarized:
    from dyad.diarization.pipeline import diarize_with_pipeline

    return diarize_with_pipeline(mix, pipeline=pipeline, sample_rate_hz=SAMPLE_RATE_HZ)


def _check_speakers(found: Diarized, *, fewest: int) -> None:
    speakers = speakers_by_first_turn(found.turns)
    if fewest <= len(speakers) <= 2:
        return
    if len(speakers) < 2:
        cure = "For one person and a silent listener, give a stereo file whose other channel is silent."
    else:
        cure = "Keep the two who talk to each other: delete or rename the other lines."
    raise InputError(found.method, expected="two speakers", got=f"{len(speakers)} ({', '.join(speakers)})", cure=cure)


def _hashes(files: Sequence[Path]) -> dict[str, str]:
    """SHA-256 by file name; files that share a name in different folders go by their path."""
    names = [file.name for file in files]
    return {str(file) if names.count(file.name) > 1 else file.name: sha256_of(file) for file in files}


def _names(files: Sequence[Path], seats: dict[str, str]) -> tuple[str, str]:
    if len(files) == 2 and set(seats) <= {"A", "B"}:
        return files[0].stem, files[1].stem
    by_seat = {seat: speaker for speaker, seat in seats.items()}
    return by_seat.get("A", "A"), by_seat.get("B", "B")
