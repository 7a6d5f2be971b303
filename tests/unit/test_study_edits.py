"""Silences and spoken feedback, edited: sound and turns stay true to each other."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyad.conversation import Conversation
from dyad.datasets.turn_structure import sample_turns
from dyad.errors import InputError
from dyad.eval.turns import measure_turns
from dyad.seat import Seat
from dyad.studies.edits import SilenceEdit, with_silences
from dyad.studies.feedback import FeedbackEdit, with_feedback
from tests.scenes import conversation, motion

NONE = SilenceEdit()
# A speaks, gap 0.5 s, B, pause 0.4 s, B, overlap 0.2 s, A; and a backchannel of B's far from its other speech.
TURNS = (("A", 0.5, 4.0), ("B", 4.5, 5.5), ("B", 5.9, 7.0), ("A", 6.8, 12.0), ("B", 9.0, 9.4))


def talk() -> Conversation:
    """Sound where somebody speaks and nowhere else: every sample tells its seat and place."""
    made = conversation(13.0, turns=TURNS)
    audio = made.audio.copy()
    for seat in Seat:
        silent = np.ones(made.samples, np.bool_)
        for turn in made.turns(seat):
            silent[round(turn.start * 16_000) : round(turn.end * 16_000)] = False
        audio[seat, silent] = 0.0
    return replace(made, audio=audio)


def said(made: Conversation, seat: Seat) -> np.ndarray:
    """All that a seat says, in order, silence left out."""
    return np.concatenate([made.audio[seat, round(turn.start * 16_000) : round(turn.end * 16_000)] for turn in made.turns(seat)])


def silences(made: Conversation, kind: str) -> list[float]:
    return measure_turns(made.diarization, duration_s=made.duration_s).durations_s(kind)


@pytest.mark.parametrize(
    ("edit", "gap"),
    [
        (SilenceEdit(factor=3.0), 1.5),
        (SilenceEdit(factor=0.0), None),
        (SilenceEdit(longest_ms=120.0), 0.12),
        (SilenceEdit(add_ms=-200.0), 0.3),
        (SilenceEdit(add_ms=-900.0), None),
        (SilenceEdit(factor=2.0, add_ms=100.0, longest_ms=1050.0), 1.05),
    ],
)
def test_gaps_become_as_long_as_they_should_and_nothing_else_changes(edit: SilenceEdit, gap: float | None) -> None:
    before, after = talk(), with_silences(talk(), gaps=edit, pauses=NONE)
    assert silences(after, "gap") == ([] if gap is None else [pytest.approx(gap, abs=1e-4)])
    for kind in ("pause", "overlap_between", "overlap_within"):
        assert silences(after, kind) == pytest.approx(silences(before, kind), abs=1e-4)
    assert after.duration_s - before.duration_s == pytest.approx((gap or 0.0) - 0.5, abs=1e-4)
    for seat in Seat:
        assert np.array_equal(said(after, seat), said(before, seat))
    assert "EDITED: 1 silences" in after.provenance.notes[-1]


def test_pauses_are_edited_apart_from_gaps() -> None:
    after = with_silences(talk(), gaps=NONE, pauses=SilenceEdit(factor=2.0))
    assert silences(after, "pause") == pytest.approx([0.8], abs=1e-4)
    assert silences(after, "gap") == pytest.approx([0.5], abs=1e-4)


def test_what_changes_nothing_gives_the_same_conversation() -> None:
    made = talk()
    assert with_silences(made, gaps=NONE, pauses=NONE) is made
    assert with_feedback(made, FeedbackEdit(), seed=0) is made


@given(seed=st.integers(0, 50), factor=st.floats(0.0, 3.0))
@settings(max_examples=15, deadline=None)
def test_any_conversation_keeps_its_words_and_its_order(seed: int, factor: float) -> None:
    made = conversation(30.0, turns=[(one.seat.name, one.start_s, one.end_s) for one in sample_turns(30.0, seed=seed).stretches])
    after = with_silences(made, gaps=SilenceEdit(factor=factor), pauses=NONE)
    before_turns, after_turns = ([*one.diarization.itertracks(yield_label=True)] for one in (made, after))
    assert [label for *_, label in before_turns] == [label for *_, label in after_turns]
    for (first, *_), (second, *_) in zip(before_turns, after_turns, strict=True):
        assert first.duration == pytest.approx(second.duration, abs=1e-4)
    was, now = (measure_turns(one.diarization, duration_s=one.duration_s) for one in (made, after))
    gaps_s = sum(was.durations_s("gap"))
    assert after.duration_s - made.duration_s == pytest.approx((factor - 1) * gaps_s, abs=2e-3)
    if factor >= 1:  # where gaps shrink, one person's stretches on both sides of a short word may come so near that they count as one
        assert sum(now.durations_s("gap")) == pytest.approx(factor * gaps_s, abs=2e-3)
        assert now.overlap_share * after.duration_s == pytest.approx(was.overlap_share * made.duration_s, abs=1e-3)


def feedback(made: Conversation) -> list[tuple[float, float]]:
    return [(round(turn.start, 3), round(turn.end, 3)) for turn in made.turns(Seat.B) if turn.duration == pytest.approx(0.4)]


def test_feedback_is_removed_from_sound_and_turns() -> None:
    before, after = talk(), with_feedback(talk(), FeedbackEdit(feedback="removed"), seed=0)
    assert feedback(before) == [(9.0, 9.4)]
    assert feedback(after) == []
    assert not after.audio[Seat.B, 144_000:150_400].any()
    assert np.array_equal(after.audio[Seat.A], before.audio[Seat.A])
    kept = np.r_[0:144_000, 150_400 : before.samples]
    assert np.array_equal(after.audio[Seat.B, kept], before.audio[Seat.B, kept])
    assert feedback(with_feedback(talk(), FeedbackEdit(feedback="removed", seats=(Seat.A,)), seed=0)) == [(9.0, 9.4)]


def test_feedback_is_shifted_with_its_sound_or_left_out_where_nobody_can_say_it() -> None:
    before, after = talk(), with_feedback(talk(), FeedbackEdit(feedback="shifted", shift_ms=1200.0), seed=0)
    assert feedback(after) == [(10.2, 10.6)]
    moved, sound = after.audio[Seat.B, 163_200:169_600], before.audio[Seat.B, 144_000:150_400]
    assert np.array_equal(moved[160:-160], sound[160:-160])  # its edges are faded
    assert not after.audio[Seat.B, 144_000:150_400].any()
    for shift_ms in (-2500.0, 5000.0):  # into own speech; beyond the end
        assert feedback(with_feedback(talk(), FeedbackEdit(feedback="shifted", shift_ms=shift_ms), seed=0)) == []


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_shuffled_feedback_stays_clear_of_own_speech(seed: int) -> None:
    after = with_feedback(talk(), FeedbackEdit(feedback="shuffled"), seed=seed)
    ((start, end),) = feedback(after)
    assert start >= 0
    assert end <= 13.0
    assert all(end + 0.199 <= turn[1] or turn[2] + 0.199 <= start for turn in (("B", 4.5, 5.5), ("B", 5.9, 7.0)))
    assert feedback(with_feedback(talk(), FeedbackEdit(feedback="shuffled"), seed=seed)) == [(start, end)]


def test_recorded_motion_does_not_survive() -> None:
    made = replace(talk(), motion={Seat.A: motion(frames=325)})
    after = with_silences(made, gaps=SilenceEdit(factor=2.0), pauses=NONE)
    assert after.motion == {}
    assert "Recorded motion left out" in after.provenance.notes[-1]


@pytest.mark.parametrize("wrong", [{"factor": -1.0}, {"factor": float("nan")}, {"add_ms": float("inf")}, {"longest_ms": -5.0}])
def test_lengths_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        SilenceEdit(**wrong)


def test_feedback_that_cannot_be() -> None:
    with pytest.raises(InputError, match=r"feedback: expected kept or removed.*Did you mean shuffled"):
        FeedbackEdit(feedback="shufled")
    with pytest.raises(InputError, match="words"):
        FeedbackEdit(definition="fdb")
    with pytest.raises(InputError, match="shift_ms"):
        FeedbackEdit(shift_ms=float("nan"))
