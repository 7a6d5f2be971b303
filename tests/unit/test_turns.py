"""Turn-taking: the golden dyad, its mirror, and what must always hold."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyannote.core import Annotation, Segment

from dyad.errors import InputError
from dyad.eval.turns import FloorInterval, measure_turns
from dyad.seat import Seat

Talk = Sequence[tuple[float, float]]

# turn_taking.md §6.1
GOLDEN_A = [(0, 4), (4.6, 6), (7.6, 8), (9.5, 14)]
GOLDEN_B = [(6.4, 9), (11, 11.5), (13.8, 17), (17.2, 19)]


def talk(a: Talk = (), b: Talk = ()) -> Annotation:
    turns = Annotation()
    for label, segments in (("A", a), ("B", b)):
        for start, end in segments:
            segment = Segment(start, end)
            turns[segment, turns.new_track(segment)] = label
    return turns


def test_golden_dyad() -> None:
    turns = measure_turns(talk(GOLDEN_A, GOLDEN_B), duration_s=20.0)
    assert turns.durations_s("gap") == [0.4, 0.5]
    assert turns.durations_s("overlap_between") == [0.2]
    assert turns.durations_s("overlap_within") == [0.4, 0.5]
    assert turns.durations_s("pause") == [0.6, 0.2]
    assert turns.floor_transfer_offsets_s == [0.4, 0.5, -0.2]
    assert sum(turns.floor_transfer_offsets_s) / 3 == pytest.approx(0.7 / 3)
    assert turns.floor_transfer_offset_median_s == 0.4
    assert turns.gap_median_s == 0.45
    assert turns.turn_changes == 3
    assert turns.unclassified == 0
    assert turns.speech_share[Seat.A] * 20 == pytest.approx(10.3)
    assert turns.speech_share[Seat.B] * 20 == pytest.approx(8.1)
    assert turns.overlap_share * 20 == pytest.approx(1.1)
    assert turns.silence_share * 20 == pytest.approx(2.7)
    assert [(interval.before, interval.after) for interval in turns.intervals if interval.kind == "gap"] == [
        (Seat.A, Seat.B),
        (Seat.B, Seat.A),
    ]


@pytest.mark.parametrize(
    ("ipu_gap_s", "pauses", "units"), [(0.18, [0.6, 0.2], 4), (0.2, [0.6, 0.2], 4), (0.25, [0.6], 3), (0.0, [0.6, 0.2], 4)]
)
def test_only_silences_shorter_than_the_threshold_are_bridged(ipu_gap_s: float, pauses: list[float], units: int) -> None:
    turns = measure_turns(talk(GOLDEN_A, GOLDEN_B), duration_s=20.0, ipu_gap_s=ipu_gap_s)
    assert turns.durations_s("pause") == pauses
    assert len(turns.ipus[Seat.B]) == units
    assert turns.ipu_gap_s == ipu_gap_s
    assert turns.speech_share[Seat.B] * 20 == pytest.approx(8.1)  # speech is counted as given


def test_a_turn_that_starts_where_the_last_ended_is_an_offset_of_zero() -> None:
    # 0.1 + 0.2 is not 0.3 in floating point; whole microseconds do not care.
    turns = measure_turns(talk([(0.1, 0.1 + 0.2)], [(0.3, 1.0)]), duration_s=2.0)
    assert [interval.kind for interval in turns.intervals] == ["no_gap_no_overlap"]
    assert turns.floor_transfer_offsets_s == [0.0]
    assert turns.turn_changes == 1
    assert turns.gap_median_s is None


def test_touching_and_repeated_turns_of_one_seat_are_one() -> None:
    turns = measure_turns(talk([(0, 1), (1, 2), (0.5, 1.5)], []), duration_s=4.0, ipu_gap_s=0.0)
    assert turns.ipus[Seat.A] == ((0.0, 2.0),)
    assert turns.speech_share[Seat.A] == 0.5


def test_silence_beside_overlap_is_counted_but_not_named() -> None:
    # A stops, silence, both start together, B goes on: neither the silence nor the overlap lies between two solo stretches.
    turns = measure_turns(talk([(0, 1), (2, 3)], [(2, 4)]), duration_s=5.0)
    assert turns.unclassified == 2
    assert not turns.intervals


def test_silence_at_the_ends_is_no_interval() -> None:
    turns = measure_turns(talk([(1, 2)], []), duration_s=4.0)
    assert not turns.intervals
    assert turns.unclassified == 0
    assert turns.silence_share == 0.75


def test_nobody_speaks() -> None:
    turns = measure_turns(talk(), duration_s=4.0)
    assert turns.silence_share == 1.0
    assert turns.floor_transfer_offset_median_s is None
    assert turns.turn_changes == 0


def test_both_speak_throughout() -> None:
    turns = measure_turns(talk([(0, 4)], [(0, 4)]), duration_s=4.0)
    assert turns.overlap_share == 1.0
    assert not turns.intervals
    assert turns.unclassified == 0


def test_later_answers_have_larger_offsets() -> None:
    def median(delay: float) -> float | None:
        return measure_turns(talk([(0, 5)], [(5 + delay, 9)]), duration_s=10.0).floor_transfer_offset_median_s

    assert [median(delay) for delay in (-1.0, -0.2, 0.0, 0.3)] == [-1.0, -0.2, 0.0, 0.3]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"duration_s": 0.0}, "duration_s: expected more than 0 seconds"),
        ({"duration_s": float("nan")}, "duration_s: expected more than 0 seconds"),
        ({"duration_s": 10.0}, "expected turns within 0 to 10.00 s; got a turn of A from 9.50 to 14.00 s"),
        ({"duration_s": 20.0, "ipu_gap_s": -0.1}, "ipu_gap_s: expected 0 seconds or more"),
    ],
)
def test_refused(change: dict[str, float], text: str) -> None:
    with pytest.raises(InputError, match=text.replace("(", r"\(")):
        measure_turns(talk(GOLDEN_A, GOLDEN_B), **change)


def test_other_labels_are_refused() -> None:
    with pytest.raises(InputError, match="speakers labelled A and B; got 'SPEAKER_00'"):
        measure_turns(talk([(0, 1)]).rename_labels({"A": "SPEAKER_00"}), duration_s=2.0)


def test_a_frame_past_the_end_is_cropped() -> None:
    assert measure_turns(talk([(0, 2.03)]), duration_s=2.0).speech_share[Seat.A] == 1.0


speech = st.lists(st.tuples(st.integers(0, 2900), st.integers(1, 400)), max_size=12).map(
    lambda items: [(start / 100, min(start + length, 3000) / 100) for start, length in items]
)


@settings(max_examples=60, deadline=None)
@given(a=speech, b=speech, ipu_gap_s=st.sampled_from([0.0, 0.18, 0.5]))
def test_what_always_holds(a: Talk, b: Talk, ipu_gap_s: float) -> None:
    turns = measure_turns(talk(a, b), duration_s=30.0, ipu_gap_s=ipu_gap_s)
    alone = [turns.speech_share[seat] - turns.overlap_share for seat in Seat]
    assert sum(alone) + turns.overlap_share + turns.silence_share == pytest.approx(1.0)
    assert min(*alone, turns.overlap_share, turns.silence_share) >= -1e-9
    for interval in turns.intervals:
        offset = interval.floor_transfer_offset_s
        assert (offset is None) == interval.kind.endswith(("pause", "within"))
        if offset is not None:
            assert (offset > 0, offset < 0) == (interval.kind == "gap", interval.kind == "overlap_between")
    for seat in Seat:
        gaps = [later[0] - earlier[1] for earlier, later in zip(turns.ipus[seat], turns.ipus[seat][1:], strict=False)]
        assert all(gap >= max(ipu_gap_s, 1e-6) - 1e-9 for gap in gaps)
    swapped = measure_turns(talk(b, a), duration_s=30.0, ipu_gap_s=ipu_gap_s)
    assert swapped.intervals == tuple(
        FloorInterval(kind=i.kind, start_s=i.start_s, end_s=i.end_s, before=i.before.partner, after=i.after.partner)
        for i in turns.intervals
    )
    assert swapped.unclassified == turns.unclassified
    assert swapped.speech_share[Seat.A] == turns.speech_share[Seat.B]


@settings(max_examples=25, deadline=None)
@given(a=speech, b=speech)
def test_intervals_agree_with_a_count_of_frames(a: Talk, b: Talk) -> None:
    """The same state machine on 10 ms frames, written the slow way (s = 2·B − A + 1 and triples), as VAP and CANDOR run it."""
    active = {seat: [False] * 3000 for seat in Seat}
    for seat, segments in zip(Seat, (a, b), strict=True):
        for start, end in segments:
            for frame in range(round(start * 100), round(end * 100)):
                active[seat][frame] = True
    states = [2 * int(active[Seat.B][frame]) - int(active[Seat.A][frame]) + 1 for frame in range(3000)]
    codes = [state for index, state in enumerate(states) if index == 0 or state != states[index - 1]]
    names = {
        (0, 1, 3): "gap", (3, 1, 0): "gap", (0, 1, 0): "pause", (3, 1, 3): "pause",
        (0, 2, 3): "overlap_between", (3, 2, 0): "overlap_between", (0, 2, 0): "overlap_within", (3, 2, 3): "overlap_within",
    }  # fmt: skip
    triples = [names.get(triple) for triple in zip(codes, codes[1:], codes[2:], strict=False) if triple[1] in (1, 2)]
    turns = measure_turns(talk(a, b), duration_s=30.0, ipu_gap_s=0.0)
    assert [interval.kind for interval in turns.intervals if interval.kind != "no_gap_no_overlap"] == [name for name in triples if name]
    assert turns.unclassified == triples.count(None)
    direct = sum({before, after} == {0, 3} for before, after in itertools.pairwise(codes))
    assert sum(interval.kind == "no_gap_no_overlap" for interval in turns.intervals) == direct
