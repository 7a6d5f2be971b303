"""From files to a conversation that can be analysed."""

from dataclasses import dataclass
from pathlib import Path

from dyad.analysis.activity import Activity, talk_of
from dyad.analysis.source import Source
from dyad.analysis.talk import Talk
from dyad.annotations import read_annotation
from dyad.errors import InputError
from dyad.eval.turn_taking import TurnIntervals
from dyad.loading import load_conversation
from dyad.recording import Recording
from dyad.seat import Seat


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How files are read.

    Args:
        rttm: turns of a sound file.
        pipeline: pyannote.audio pipeline for sound without turns.
        speakers: the two to keep of an annotation, A first.
    """

    rttm: Path | None = None
    pipeline: str | None = None
    speakers: tuple[str, str] | None = None


def read_talk(item: Source | Activity, *, reading: Reading) -> Talk:
    """Read one conversation.

    An annotation is read by the rules of ``dyad.annotations``; with a sound file beside it the sound says how long the conversation is,
    alone the file does, and where it does not, the conversation ends with the last word.

    Raises:
        InputError: files that are missing, damaged, or not of two people.
    """
    if isinstance(item, Activity):
        return talk_of(item)
    if item.missing:
        raise InputError(item.path.as_posix(), expected="a file for each of two people", got=f"no {item.missing}", cure="Add it.")
    if item.recording is not None:
        return _of_recording(item.id, item.recording)
    if item.annotation is not None and not (item.sound and item.annotation.suffix.lower() == ".rttm"):
        return _of_annotation(item, reading)
    return _of_sound(item, reading)  # with RTTM as well: there the channels say who sits where


def _of_recording(name: str, folder: Path) -> Talk:
    recording = Recording.load(folder)
    duration_s = recording.audio.shape[1] / recording.sample_rate_hz
    return Talk(
        id=name,
        participants=recording.participants,
        intervals=TurnIntervals.from_annotation(recording.diarization, duration_s=duration_s),
        source=f"recording {folder.name}",
        motion=(recording.motion[Seat.A], recording.motion[Seat.B]),
    )


def _of_annotation(item: Source, reading: Reading) -> Talk:
    assert item.annotation is not None
    duration_s = None if not item.sound else _length_s(item.sound[0])
    turns = read_annotation(item.annotation, speakers=reading.speakers, duration_s=duration_s)
    notes = turns.notes
    if turns.duration_s is None:
        notes = (*notes, "The file does not say how long the conversation is: it ends with the last word.")
    end_s = turns.duration_s or max(utterance.end_s for utterance in turns.utterances)
    return Talk(
        id=item.id,
        participants=turns.names,
        intervals=TurnIntervals.from_utterances(turns.utterances, duration_s=end_s),
        source=item.annotation.name,
        notes=notes,
    )


def _length_s(path: Path) -> float:
    import soundfile

    try:
        return float(soundfile.info(path).duration)
    except (OSError, RuntimeError) as error:
        raise InputError(str(path), expected="a sound file", got=str(error), cure="Convert it to WAV or FLAC.") from error


def _of_sound(item: Source, reading: Reading) -> Talk:
    rttm = item.annotation or reading.rttm
    conversation = load_conversation(*item.sound, rttm=rttm, pipeline=reading.pipeline, names=reading.speakers)
    provenance = conversation.provenance
    return Talk(
        id=item.id,
        participants=conversation.participants,
        intervals=TurnIntervals.from_annotation(conversation.diarization, duration_s=conversation.duration_s),
        source=f"{provenance.source}; turns from {provenance.diarization}",
        notes=provenance.notes,
    )
