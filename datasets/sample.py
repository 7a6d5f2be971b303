"""The built-in sample: one real telephone call of 30 s that every installation has."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np
from pyannote.core import Annotation, Segment

from dyad.clock import round_half_up
from dyad.contracts import DatasetCard
from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.loading import load_conversation

_ID = "sample"


class Sample:
    """Dataset of one conversation, for first steps and tests."""

    card = DatasetCard(
        name="sample",
        summary="One telephone call of 30 s between two people, mixed to one channel, with reference turns.",
        licence="MIT (part of pyannote.audio)",
        how_to_get="Nothing to do: it comes with pyannote.audio.",
        sample_rate_hz=16_000,
        frame_rate_hz=None,
        hours=30 / 3600,
    )

    def ids(self, split: str) -> Sequence[str]:
        """The one id, whatever its split is called here: only "test" exists.

        Raises:
            InputError: another split.
        """
        if split != "test":
            raise InputError("split", expected="test", got=repr(split), cure="The sample has a test split only; nothing was trained on it.")
        return (_ID,)

    def load(self, conversation_id: str) -> Conversation:
        """The sample, each participant's audio masked to their reference turns.

        Raises:
            InputError: another id.
        """
        if conversation_id != _ID:
            raise InputError("conversation id", expected=_ID, got=repr(conversation_id), cure="The sample dataset holds this one only.")
        return load_conversation()


def tiled(conversation: Conversation, *, minutes: float) -> Conversation:
    """Repeat a conversation without reference motion to a length, for benchmarks and long runs on real speech.

    Args:
        conversation: what to repeat, e.g. the sample.
        minutes: length of the result; its last repetition is cut short where need be.

    Returns:
        A conversation whose turns are repeated with the audio.

    Raises:
        InputError: a length that is not positive, or a conversation with motion, which would jump at every seam.
    """
    if not 0 < minutes < float("inf"):
        raise InputError("minutes", expected="a positive number", got=f"{minutes!r}", cure="1 and 60 are common.")
    if conversation.motion:
        raise InputError("conversation", expected="no reference motion", got="motion", cure="Repeat the audio only.")
    period, samples = conversation.samples, round_half_up(minutes * 60 * conversation.sample_rate_hz)
    audio = np.empty((2, samples), np.float32)
    for start in range(0, samples, period):
        room = min(period, samples - start)
        audio[:, start : start + room] = conversation.audio[:, :room]
    turns = Annotation(uri=conversation.id)
    end_s = samples / conversation.sample_rate_hz
    for repetition in range(ceil(samples / period)):
        offset_s = repetition * conversation.duration_s
        for segment, _, label in conversation.diarization.itertracks(yield_label=True):
            moved = Segment(segment.start + offset_s, min(segment.end + offset_s, end_s))
            if moved:
                turns[moved, turns.new_track(moved)] = label
    note = f"Repeated to {minutes:g} min."
    return replace(
        conversation,
        id=f"{conversation.id}-{minutes:g}min",
        audio=audio,
        diarization=turns,
        provenance=replace(conversation.provenance, notes=(*conversation.provenance.notes, note)),
    )
