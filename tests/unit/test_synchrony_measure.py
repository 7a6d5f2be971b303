"""Synchrony of a conversation: figures, surrogates, strangers, and what cannot be measured."""

from dataclasses import replace

import numpy as np
import pytest

from dyad.errors import InputError
from dyad.eval.synchrony import (
    METHODS,
    SYNCHRONY_DEFINITIONS,
    CoherenceRule,
    PairSignal,
    ShiftRule,
    SynchronyMeasure,
    SynchronyRules,
    WindowedRule,
    measure_pair,
    measure_synchrony,
    synchrony_rows,
)
from dyad.motion import Motion
from dyad.seat import Seat
from tests import scenes

CHEAP = SynchronyRules(
    shifts=ShiftRule(count=40), windowed=WindowedRule(step_s=3.0, max_lag_s=1.0), coherence=CoherenceRule(bands={"band": (0.4, 1.0)})
)


def moving(seat: Seat, seed: int, *, frames: int = 1500, lag: int = 0) -> Motion:
    """Random at every frame; same seed, same motion, ``lag`` frames later."""
    whole = scenes.motion(Seat.A, frames=frames, seed=seed)
    smooth = np.cumsum(whole.head_rotation, axis=0) * 0.05
    return replace(whole, seat=seat, head_rotation=np.roll(smooth - smooth.mean(axis=0), lag, axis=0), valid=np.ones(frames, np.bool_))


def by_name(measures: list[SynchronyMeasure]) -> dict[str, SynchronyMeasure]:
    found = {measure.name: measure for measure in measures}
    assert len(found) == len(measures)
    return found


def test_a_follower_stands_out_among_shifts_and_strangers() -> None:
    motion = {Seat.A: moving(Seat.A, 1), Seat.B: moving(Seat.B, 1, lag=10)}
    others = [{seat: moving(seat, 10 * index + seat) for seat in Seat} for index in range(1, 12)]
    found = by_name(measure_synchrony(motion, others=others, rules=replace(CHEAP, signals=("head_pitch",), methods=("windowed",))))
    peak = found["head_pitch_profile_peak"]
    assert [(test.kind, test.n, test.rank) for test in peak.tests] == [("circular_shift", 40, 1.0), ("pseudo_dyads", 22, 1.0)]
    assert peak.tests[1].p_value == 1 / 23
    assert all(test.z is not None and test.z > 3 for test in peak.tests)
    assert found["head_pitch_profile_lag"].value == pytest.approx(0.4)  # 10 frames of 25: B follows
    assert not found["head_pitch_profile_lag"].tests


def test_same_names_whatever_can_be_measured() -> None:
    lively = {seat: moving(seat, seat) for seat in Seat}
    still = {**lively, Seat.B: Motion(seat=Seat.B, frame_rate_hz=25.0, expression=np.zeros((1500, 52)), head_rotation=np.zeros((1500, 3)))}
    short = {seat: side.slice(0, 120) for seat, side in lively.items()}
    rules = replace(CHEAP, signals=("head_pitch", "smile"))
    names = [list(by_name(measure_synchrony(motion, rules=rules))) for motion in (lively, still, short)]
    assert names[0] == names[1] == names[2]
    assert len(names[0]) == 2 * (5 + 2 + 4)
    for measure in measure_synchrony(still, rules=rules):
        assert (measure.value, measure.tests) == (None, ())
        assert "B still throughout" in measure.reason
    assert all(measure.value is None and "needed:" in measure.reason for measure in measure_synchrony(short, rules=rules))


def test_same_seed_same_figures() -> None:
    motion = {seat: moving(seat, seat) for seat in Seat}
    rules = replace(CHEAP, signals=("head_speed",))
    first, again, other = (measure_synchrony(motion, rules=rules, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert [measure.value for measure in first] == [measure.value for measure in other]
    assert [measure.tests for measure in first] != [measure.tests for measure in other]


def test_strangers_that_do_not_fit_are_counted() -> None:
    rng = np.random.default_rng(0)
    pairs = [PairSignal(name="s", rate_hz=25, a=rng.normal(size=samples), b=rng.normal(size=samples)) for samples in (1500, 1000, 700)]
    still = replace(pairs[1], b=np.zeros(1000))
    measures = measure_pair(pairs[0], others=[pairs[1], pairs[2], still, None], rules=CHEAP)
    assert {measure.parameters["others_left_out"] for measure in measures} == {3}
    assert {test.n for measure in measures for test in measure.tests if test.kind == "pseudo_dyads"} == {2}


def test_strangers_get_the_same_model() -> None:
    rng = np.random.default_rng(0)
    pairs = [PairSignal(name="s", rate_hz=5, a=rng.normal(size=600), b=rng.normal(size=600)) for _ in range(2)]
    echo = replace(pairs[0], b=np.roll(pairs[0].a, 4) + 0.1 * pairs[0].b)
    found = by_name(measure_pair(echo, others=pairs[1:], rules=replace(CHEAP, methods=("granger",))))
    assert found["s_granger_a_to_b"].parameters["granger_order"] >= 4


def test_flat_rows_hold_every_figure_and_test() -> None:
    motion = {seat: moving(seat, seat) for seat in Seat}
    measures = measure_synchrony(motion, rules=replace(CHEAP, signals=("head_pitch",)))
    rows = {row.name: row for row in synchrony_rows(measures)}
    tested = [measure for measure in measures if measure.tests]
    assert len(rows) == len(measures) + 5 * len(tested)
    for measure in tested:
        (test,) = measure.tests
        stem = f"synchrony_{measure.name}_circular_shift"
        assert rows[f"synchrony_{measure.name}"].value == measure.value
        assert [rows[f"{stem}_{key}"].value for key in ("mean", "z", "rank", "p")] == [test.mean, test.z, test.rank, test.p_value]
    for row in rows.values():
        assert row.definition in SYNCHRONY_DEFINITIONS
        assert (row.seat, row.source) == (None, SYNCHRONY_DEFINITIONS[row.definition].source)
        assert all(isinstance(value, int | float | str) for value in row.parameters.values())
    assert rows["synchrony_head_pitch_coherence_band"].parameters["band_band"] == "0.4 to 1 Hz"


def test_names_are_checked() -> None:
    with pytest.raises(InputError, match=r"signal: expected one of head_pitch, .* got 'smiles'"):
        SynchronyRules(signals=("smiles",))
    with pytest.raises(InputError, match="windowed, coherence, granger"):
        SynchronyRules(methods=(*METHODS, "dtw"))
    with pytest.raises(InputError, match="got A"):
        measure_synchrony({Seat.A: moving(Seat.A, 1)})
