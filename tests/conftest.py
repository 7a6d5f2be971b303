"""Fixtures: the built-in call, and pieces of it."""

from dataclasses import replace

import pytest
from hypothesis import settings
from pyannote.core import Segment

from dyad.conversation import Conversation
from dyad.loading import load_conversation

settings.register_profile("dyad", deadline=None)  # how long an example takes says something about the machine only
settings.load_profile("dyad")


@pytest.fixture(scope="session")
def call() -> Conversation:
    """The real 30 s telephone call."""
    return load_conversation()


@pytest.fixture(scope="session")
def short_call(call: Conversation) -> Conversation:
    """Its busiest 12 seconds (6 to 18 s), starting at zero."""
    start_s, stop_s = 6, 18
    turns = call.diarization.crop(Segment(start_s, stop_s))
    shifted = turns.empty()
    for segment, track, label in turns.itertracks(yield_label=True):
        shifted[Segment(segment.start - start_s, segment.end - start_s), track] = label
    rate = call.sample_rate_hz
    return replace(call, id="short", audio=call.audio[:, start_s * rate : stop_s * rate], diarization=shifted)
