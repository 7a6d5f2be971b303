"""One person's recorded speech, for a listener to listen to."""

from pathlib import Path

import numpy as np

from dyad.audio import SAMPLE_RATE_HZ, read_source, sha256_of
from dyad.conversation import Conversation, Provenance
from dyad.diarization.diarized import cropped


def load_speech(path: str | Path) -> Conversation:
    """Load speech as a conversation with a silent listener.

    Args:
        path: a sound file; several channels are mixed down, since they hold one speaker.

    Returns:
        A Conversation at 16 kHz with the speech on seat A; its turns are found by voice activity detection.

    Raises:
        InputError: the file cannot be read, or holds no sound.
    """
    from dyad.diarization.channels import diarize_channels

    file = Path(path)
    source = read_source(file)
    notes = list(source.notes(file.name))
    if source.channels > 1:
        notes.append(f"{file.name}: {source.channels} channels mixed down to one speaker.")
    audio = np.zeros((2, source.samples.shape[1]), np.float32)
    np.mean(source.samples, axis=0, out=audio[0])
    found = diarize_channels(audio)
    turns = cropped(found.turns, duration_s=audio.shape[1] / SAMPLE_RATE_HZ)
    turns.uri = file.stem
    return Conversation(
        id=file.stem,
        participants=(file.stem, "listener"),
        audio=audio,
        diarization=turns,
        provenance=Provenance(source=file.name, diarization="silero-vad", notes=tuple(notes), files={file.name: sha256_of(file)}),
    )
