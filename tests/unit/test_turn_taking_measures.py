"""Measures of turn-taking: the golden dyad of the reference, and what must always hold."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyannote.core import Annotation, Segment

from dyad.errors import InputError
from dyad.eval.turn_taking import DEFINITIONS, TurnIntervals, TurnMeasure, TurnRules, analyse, events_table, measure_turns
from dyad.eval.turn_taking.floor import KINDS
from dyad.eval.turn_taking.spans import joined

Talk = Sequence[tuple[float, float]]

GOLDEN_A = [(0, 4), (4.6, 6), (7.6, 8), (9.5, 14)]
GOLDEN_B = [(6.4, 9), (11, 11.5), (13.8, 17), (17.2, 19)]
ASKED = (
    "fto_median", "fto_q25", "fto_q75", "fto_overlapped_share", "gap_median", "overlap_median", "pause_median", "ipu_median",
    "overlap_share", "silence_share", "transfers_per_minute", "backchannels_per_minute",
)  # fmt: skip


def talk(a: Talk, b: Talk, *, duration_s: float = 20.0) -> TurnIntervals:
    return TurnIntervals(a=np.array(a, np.float64).reshape(-1, 2), b=np.array(b, np.float64).reshape(-1, 2), duration_s=duration_s)


def by_name(measures: Sequence[TurnMeasure]) -> dict[tuple[str, str | None], float | None]:
    found = {(measure.name, measure.seat): measure.value for measure in measures}
    assert len(found) == len(measures)  # no name stands for two things
    return found


def golden(**rules: float | str) -> dict[tuple[str, str | None], float | None]:
    return by_name(measure_turns(talk(GOLDEN_A, GOLDEN_B), TurnRules(**rules)))


def test_golden_dyad() -> None:
    found = golden()
    for name, value in {
        "fto_median": 0.4, "fto_mean": 0.233333, "fto_q25": 0.1, "fto_q75": 0.45, "fto_overlapped_share": 0.333333, "gap_median": 0.45,
        "overlap_median": 0.2, "overlap_within_median": 0.45, "pause_median": 0.4, "ipu_median": 2.2, "overlap_share": 0.055,
        "silence_share": 0.135, "transfers_per_minute": 9.0, "unclassified": 0, "backchannels_per_minute": 6.0,
        "turns_per_minute": 12.0, "talk_time_balance": 0.880435, "fto_relevant_prior_turn_median": -0.2,
    }.items():  # fmt: skip
        assert found[name, None] == pytest.approx(value, abs=1e-6), name
    assert found["speech_share", "A"] == pytest.approx(10.3 / 20)
    assert found["speech_share", "B"] == pytest.approx(8.1 / 20)
    assert (found["gap_median", "A"], found["gap_median", "B"]) == (0.5, 0.4)  # of the next speaker
    assert found["response_latency_median", "B"] == pytest.approx(0.1)  # +0.4 and −0.2
    assert found["backchannels_per_partner_minute", "B"] == pytest.approx(60 / 10.3)


def test_every_asked_number_is_there_with_its_definition() -> None:
    measures = measure_turns(talk(GOLDEN_A, GOLDEN_B))
    found = by_name(measures)
    assert all(found[name, None] is not None for name in ASKED)
    assert all(found["speech_share", seat] is not None for seat in ("A", "B"))
    for measure in measures:
        assert measure.source == DEFINITIONS[measure.definition].source
        assert measure.unit in ("s", "1/min", "share", "bit", "count")
    assert next(measure for measure in measures if measure.name == "pause_median").parameters == {"join_s": 0.18}


@pytest.mark.parametrize(("join_s", "pauses"), [(0.18, 2), (0.2, 2), (0.200001, 1), (0.25, 1)])
def test_a_silence_of_exactly_the_threshold_divides(join_s: float, pauses: int) -> None:
    """17.0 to 17.2 s: "shorter than" joins, so at 200 ms it stays a pause."""
    assert golden(join_s=join_s)["pauses_per_minute", None] == 3 * pauses


def test_relevant_prior_turn_counts_speech_within_the_others() -> None:
    prior = analyse(talk(GOLDEN_A, GOLDEN_B), TurnRules()).prior_turn
    assert (prior.offset / 1e6).tolist() == [0.4, -1.4, 0.5, -3.0, -0.2]
    assert prior.seat.tolist() == [1, 0, 0, 1, 1]  # nothing for 17.2 s: B goes on
    # An answer 150 ms after the onset of a unit is none to it: nobody plans so fast.
    fast = analyse(talk([(0, 1), (2, 5)], [(2.15, 3)]), TurnRules()).prior_turn
    assert (fast.offset / 1e6).tolist() == [1.15]  # to the first unit, not the one that runs
    old = analyse(talk([(0, 1)], [(11.5, 12)]), TurnRules()).prior_turn
    assert len(old.offset) == 0


def test_turns_run_on_over_backchannels_and_swallowed_speech() -> None:
    analysis = analyse(talk(GOLDEN_A, GOLDEN_B), TurnRules())
    assert (analysis.turns[0] / 1e6).tolist() == [[0, 6], [9.5, 14]]
    assert (analysis.turns[1] / 1e6).tolist() == [[6.4, 9], [13.8, 19]]


@pytest.mark.parametrize(("end_s", "kinds"), [(5.9, ["yielded"]), (6.4, ["prolonged"]), (12, ["failed"]), (5.2, [])])
def test_interruptions_by_who_stops_first(end_s: float, kinds: list[str]) -> None:
    """B speaks from 5 to 9 s, A from 0 to the end given."""
    rows = events_table(talk([(0, end_s)], [(5, 9)]), vap=None)
    found = [(row.kind, row.seat) for row in rows if row.kind.startswith("interruption")]
    assert found == [(f"interruption_{kind}", "B") for kind in kinds]


def test_nobody_speaks() -> None:
    found = by_name(measure_turns(talk([], [])))
    assert found["silence_share", None] == 1.0
    assert found["fto_median", None] is None
    assert found["talk_time_share", "A"] is None
    assert found["transfers_per_minute", None] == 0
    assert found["backchannels_per_partner_minute", "A"] is None


def test_an_annotation_and_its_arrays_measure_alike() -> None:
    annotation = Annotation()
    for label, rows in (("A", GOLDEN_A), ("B", GOLDEN_B)):
        for row in rows:
            annotation[Segment(*row), label] = label
    assert measure_turns(TurnIntervals.from_annotation(annotation, duration_s=20.0)) == measure_turns(talk(GOLDEN_A, GOLDEN_B))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"duration_s": 10.0}, "turns within 0 to 10.00 s; got a turn of A from 9.50 to 14.00 s"),
        ({"a": np.array([[3.0, 2.0]])}, "got a turn of A from 3.00 to 2.00 s"),
        ({"b": np.zeros((2, 3))}, "speech of B: expected an array of shape"),
        ({"texts": (("yes",), ())}, "texts: expected 4 of A and 4 of B"),
        ({"a": np.array([[np.nan, 2.0]])}, "speech of A: expected finite numbers"),
    ],
)
def test_intervals_that_make_no_sense_are_refused(change: dict[str, object], text: str) -> None:
    fields = {"a": np.array(GOLDEN_A, np.float64), "b": np.array(GOLDEN_B, np.float64), "duration_s": 20.0, **change}
    with pytest.raises(InputError, match=text):
        TurnIntervals(**fields)


def test_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="join_s: expected 0 seconds or more"):
        TurnRules(join_s=-0.1)
    with pytest.raises(InputError, match="yield_s"):
        TurnRules(yield_s=float("nan"))


speech = st.lists(st.tuples(st.integers(0, 2900), st.integers(0, 400)), max_size=12).map(
    lambda items: [(start / 100, min(start + length, 3000) / 100) for start, length in items]
)
definitions = st.sampled_from(["vap_code", "vap_paper", "hiplex", "turnbench"])


@settings(max_examples=30, deadline=None)
@given(a=speech, b=speech, join_s=st.sampled_from([0.0, 0.18, 0.5]), backchannels=definitions)
def test_what_always_holds(a: Talk, b: Talk, join_s: float, backchannels: str) -> None:
    rules = TurnRules(join_s=join_s, backchannels=backchannels)
    given_talk = talk(a, b, duration_s=30.0)
    found, analysis = by_name(measure_turns(given_talk, rules)), analyse(given_talk, rules)
    shares = [found["solo_share", "A"], found["solo_share", "B"], found["overlap_share", None], found["silence_share", None]]
    assert sum(shares) == pytest.approx(1.0, abs=1e-5)
    assert all(share >= 0 for share in shares)

    # Every silence and overlap between the first word and the last is named or counted.
    states = analysis.floor.kind.tolist()
    timeline = np.zeros((2, 3000), np.bool_)
    for row, own in zip(timeline, analysis.units, strict=True):
        for start, end in own // 10_000:
            row[start:end] = True
    alone = timeline.sum(axis=0) == 1
    code = 2 * timeline[1].astype(int) - timeline[0]
    runs = np.flatnonzero(np.r_[True, np.diff(code) != 0])
    inner = [index for index in runs[1:] if not alone[index] and index != runs[-1]]
    classes = Counter(KINDS[kind] for kind in states)
    assert len(inner) == len(states) - classes["no_gap_no_overlap"]

    # The two people are treated alike.
    swapped = by_name(measure_turns(talk(b, a, duration_s=30.0), rules))
    mirror = {None: None, "A": "B", "B": "A"}
    assert found == {(name, mirror[seat]): value for (name, seat), value in swapped.items()}


@settings(max_examples=25, deadline=None)
@given(a=speech, b=speech, shift=st.integers(1, 5000))
def test_a_shift_in_time_changes_nothing_but_silence(a: Talk, b: Talk, shift: int) -> None:
    """Whatever the shift, as long as the backchannels are not VAP's, which have a grid of 20 ms and ask for 3 s of context."""
    early, late = (
        talk(*[[(start + wait, end + wait) for start, end in own] for own in (a, b)], duration_s=90.0) for wait in (1.0, 1.0 + shift / 100)
    )  # not from 0: what stands first is at the edge, and no interval between turns
    rules = TurnRules(backchannels="turnbench")
    first, second = analyse(early, rules), analyse(late, rules)
    assert first.floor.kind.tolist() == second.floor.kind.tolist()
    assert first.floor.offsets.tolist() == second.floor.offsets.tolist()
    assert first.prior_turn.offset.tolist() == second.prior_turn.offset.tolist()
    for name in ("units", "turns", "backchannels"):
        for before, after in zip(getattr(first, name), getattr(second, name), strict=True):
            assert (before + shift * 10_000).tolist() == after.tolist()
    for before, after in zip(first.interruptions, second.interruptions, strict=True):
        assert before.outcome.tolist() == after.outcome.tolist()


@settings(max_examples=40, deadline=None)
@given(spans=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=9), gap=st.integers(0, 5))
def test_joining_agrees_with_the_slow_way(spans: list[tuple[int, int]], gap: int) -> None:
    slow: list[list[int]] = []
    for start, end in sorted((start, start + length) for start, length in spans if length):
        if slow and start - slow[-1][1] < max(gap, 1):
            slow[-1][1] = max(slow[-1][1], end)
        else:
            slow.append([start, end])
    rows = np.array([(start, start + length) for start, length in spans], np.int64).reshape(-1, 2)
    assert joined(rows, shorter_than=gap).tolist() == slow


def test_events_are_in_order_and_agree_with_the_measures() -> None:
    rows = events_table(talk(GOLDEN_A, GOLDEN_B))
    assert [row.start_s for row in rows] == sorted(row.start_s for row in rows)
    transfers = [(row.seat, row.value) for row in rows if row.kind == "floor_transfer" and row.definition == "fto_state_machine"]
    assert transfers == [("B", 0.4), ("A", 0.5), ("B", -0.2)]
    assert Counter(row.kind for row in rows)["vap_shift"] == 2
    assert [(row.start_s, row.seat) for row in rows if row.kind == "pause"] == [(4.0, "A"), (17.0, "B")]
