"""From a clip to a conversation: who speaks when."""

from pathlib import Path

from dyad.audio import SAMPLE_RATE_HZ, sha256_of
from dyad.conversation import Conversation, Provenance
from dyad.datasets.clips import Clip
from dyad.diarization.diarized import Diarized, cropped
from dyad.errors import InputError
from dyad.loading import read_turns


def as_conversation(
    clip: Clip, *, participants: tuple[str, str], source: str, licence: str = "unknown", rttm: Path | None = None
) -> Conversation:
    """A clip with its turns: those of an RTTM where there is one, else by voice activity in each channel.

    Args:
        clip: what was read.
        participants: the two names, seat A first; the RTTM may call its speakers so, or A and B.
        source: of the provenance.
        licence: of the provenance.
        rttm: turns beside the clip.

    Raises:
        InputError: the RTTM does not belong to this audio, or calls its speakers otherwise.
    """
    found = _heard(clip) if rttm is None else _given(clip, rttm, participants=participants)
    turns = cropped(found.turns, duration_s=clip.audio.shape[1] / SAMPLE_RATE_HZ)
    turns.uri = clip.id
    files = (*clip.files, *([] if rttm is None else [rttm]))
    return Conversation(
        id=clip.id.replace("/", "-"),
        participants=participants,
        audio=clip.audio,
        diarization=turns,
        motion=clip.motion,
        provenance=Provenance(
            source=source,
            licence=licence,
            diarization=found.method,
            notes=(*clip.notes, *found.notes),
            files={file.name: sha256_of(file) for file in files},
        ),
    )


def _heard(clip: Clip) -> Diarized:
    from dyad.diarization.channels import diarize_channels

    return diarize_channels(clip.audio)


def _given(clip: Clip, rttm: Path, *, participants: tuple[str, str]) -> Diarized:
    found = read_turns(rttm, duration_s=clip.recorded_s)
    labels = {str(label) for label in found.turns.labels()}
    for names in (("A", "B"), participants):
        if labels <= set(names):
            seats = dict(zip(names, ("A", "B"), strict=True))
            return Diarized(turns=found.turns.rename_labels(seats), method=found.method, notes=found.notes)
    expected = " or ".join(f"speakers called {' and '.join(names)}" for names in dict.fromkeys((("A", "B"), participants)))
    raise InputError(str(rttm), expected=expected, got=", ".join(sorted(labels)), cure="Rename them.")
