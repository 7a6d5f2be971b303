"""Conversations: checked once, and who speaks in which frame."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyannote.core import Segment

from dyad.errors import InputError
from dyad.seat import Seat
from tests import scenes


def test_seats_are_partners() -> None:
    assert Seat.A.partner is Seat.B
    assert Seat.B.partner is Seat.A
    assert [int(seat) for seat in Seat] == [0, 1]


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        ((("A", 0, 1), ("C", 1, 2)), r"diarization of made: expected speakers labelled A and B; got A, C. Rename them"),
        ((("speaker90", 0, 1),), "got speaker90"),
        ((("A", 0, 2.06),), r"expected turns within the audio's 0 to 2.00 s; got turns from 0.00 to 2.06 s"),
        ((("A", -0.1, 1),), "got turns from -0.10 to 1.00 s"),
    ],
)
def test_wrong_turns_are_refused(turns: scenes.Turns, text: str) -> None:
    with pytest.raises(InputError, match=text):
        scenes.conversation(turns=turns)


def test_a_small_overhang_and_silence_are_accepted() -> None:
    assert scenes.conversation(turns=(("A", 0, 2.04),)).turns(Seat.A)
    silent = scenes.conversation(turns=())
    assert silent.turns(Seat.A) == []
    assert not silent.activity(25.0).any()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"audio": np.zeros((1, 32_000))}, r"audio of made: expected an array of shape \(2, any\); got shape \(1, 32000\)"),
        ({"audio": np.zeros((32_000, 2))}, r"got shape \(32000, 2\)"),
        ({"audio": np.full((2, 32_000), np.nan)}, "audio of made: expected finite numbers; got 64000 NaN or infinite of 64000"),
        ({"sample_rate_hz": 0}, "sample_rate_hz: expected a positive number; got 0"),
        ({"motion": {Seat.A: scenes.motion(Seat.B)}}, "motion of made: expected motion of seat A; got of seat B. Swap the seats"),
    ],
)
def test_what_does_not_fit_is_refused(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        replace(scenes.conversation(), **fields)


def test_audio_is_read_only_and_not_copied() -> None:
    talk = scenes.conversation()
    with pytest.raises(ValueError, match="read-only"):
        talk.audio[0, 0] = 1
    assert np.shares_memory(replace(talk, id="other").audio, talk.audio)


def test_length_in_samples_and_seconds() -> None:
    talk = scenes.conversation(1.5, turns=(), sample_rate_hz=8_000)
    assert (talk.samples, talk.duration_s) == (12_000, 1.5)
    assert talk.clock(30.0).sample_rate_hz == 8_000


def test_activity_goes_to_the_nearest_frame() -> None:
    # at 25 fps a frame is 40 ms: 0.10 s is frame 2.5 and goes up, 0.33 s is 8.25, 1.15 s is 28.75
    talk = scenes.conversation(turns=(("A", 0.10, 0.33), ("B", 0.33, 1.15)))
    active = talk.activity(25.0)
    assert active.shape == (2, 50)
    assert active.dtype == np.bool_
    assert np.flatnonzero(active[Seat.A]).tolist() == list(range(3, 8))
    assert np.flatnonzero(active[Seat.B]).tolist() == list(range(8, 29))


def test_overlap_is_kept_and_own_overlap_counts_once() -> None:
    talk = scenes.conversation(turns=(("A", 0.0, 1.0), ("A", 0.4, 1.2), ("B", 0.8, 2.0)))
    active = talk.activity(25.0)
    assert active.sum(axis=1).tolist() == [30, 30]
    assert np.flatnonzero(active.all(axis=0)).tolist() == list(range(20, 30))
    assert talk.turns(Seat.A) == [Segment(0.0, 1.2)]


def test_activity_of_any_length() -> None:
    talk = scenes.conversation(turns=(("A", 0.0, 2.0),))
    assert talk.activity(25.0, frames=60)[Seat.A].tolist() == [True] * 50 + [False] * 10
    assert talk.activity(25.0, frames=10).shape == (2, 10)
    assert talk.activity(29.97).shape == (2, 60)  # 59.94 frames, rounded up: the last is not cut off


EDGES = st.lists(st.integers(0, 2000), min_size=2, max_size=12, unique=True).filter(lambda edges: len(edges) % 2 == 0)


@given(edges=EDGES, rate=st.sampled_from([25.0, 29.97, 30.0, 60.0]))
def test_activity_follows_the_turns_to_half_a_frame(edges: list[int], rate: float) -> None:
    marks = [edge / 1000 for edge in sorted(edges)]
    spans = list(zip(marks[::2], marks[1::2], strict=True))
    talk = scenes.conversation(turns=tuple(("B", start, end) for start, end in spans))
    active = talk.activity(rate)
    times = np.arange(active.shape[1]) / float(talk.clock(rate).rate)
    half = 0.5 / rate + 1e-9
    for time_s, is_active in zip(times, active[Seat.B], strict=True):
        surely = any(start + half <= time_s < end - half for start, end in spans)
        maybe = any(start - half <= time_s < end + half for start, end in spans)
        assert surely <= bool(is_active) <= maybe
    assert not active[Seat.A].any()
