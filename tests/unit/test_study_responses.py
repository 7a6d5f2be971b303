"""Answers beyond chance: planted ones are counted, independent ones are not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from dyad.bases import ARKIT52
from dyad.eval.events import detect_events
from dyad.eval.responses import RESPONSES, answered, measure_responses, response_lag
from dyad.motion import Motion
from dyad.seat import Seat
from tests.scenes import recording

LENGTH_S = 600.0


def events(seed: int, *, per_minute: float = 12.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.sort(rng.uniform(0, LENGTH_S, rng.poisson(per_minute * LENGTH_S / 60)))


def above_chance(triggers: np.ndarray, responses: np.ndarray) -> float:
    hits, chance = answered(triggers, responses, first_s=0.2, last_s=0.8, duration_s=LENGTH_S)
    return hits - chance


def test_planted_answers_are_counted_beyond_those_of_chance() -> None:
    triggers = events(1)
    planted = triggers[::4] + 0.5
    responses = np.sort(np.concatenate([events(2), planted]))
    # A trigger that would be answered by chance anyway is not answered twice.
    by_chance = 1 - np.exp(-12 / 60 * 0.6)
    assert above_chance(triggers, responses) == pytest.approx(len(planted) * (1 - by_chance), abs=12)
    assert above_chance(triggers, np.sort(planted)) == pytest.approx(len(planted), rel=0.15)
    assert above_chance(triggers, np.sort(triggers[::4] + 2.0)) < 0.2 * len(planted)  # too late


def test_independent_people_answer_at_chance() -> None:
    excess = [above_chance(events(seed), events(1000 + seed)) for seed in range(200)]
    assert stats.ttest_1samp(excess, 0.0).pvalue > 0.01
    assert abs(np.mean(excess)) < 1.0


def test_chance_is_the_mean_over_all_shifts() -> None:
    triggers, responses = events(3), events(4)
    _, chance = answered(triggers, responses, first_s=0.2, last_s=0.8, duration_s=LENGTH_S)
    circle = np.concatenate([responses - LENGTH_S, responses, responses + LENGTH_S])
    drawn = []
    for shift in np.random.default_rng(5).uniform(0, LENGTH_S, 2000):
        moved = (triggers + shift) % LENGTH_S
        drawn.append(np.count_nonzero(np.searchsorted(circle, moved + 0.8, side="right") > np.searchsorted(circle, moved + 0.2)))
    assert chance == pytest.approx(np.mean(drawn), rel=0.02)


def test_no_cause_and_no_answer_are_nothing() -> None:
    assert answered(np.zeros(0), events(1), first_s=0.2, last_s=0.8, duration_s=LENGTH_S) == (0, 0.0)
    assert answered(events(1), np.zeros(0), first_s=0.2, last_s=0.8, duration_s=LENGTH_S) == (0, 0.0)


@pytest.mark.parametrize("delay_s", [0.3, 0.48, 1.2])
def test_the_lag_is_that_of_the_planted_answers(delay_s: float) -> None:
    triggers = events(6)
    answers = triggers[::3] + delay_s + np.random.default_rng(7).normal(0, 0.05, len(triggers[::3]))
    responses = np.sort(np.concatenate([events(8), answers]))
    assert response_lag([(triggers, responses)]) == pytest.approx(delay_s, abs=0.12)


def test_two_people_together_tell_a_lag_that_one_alone_does_not() -> None:
    def seldom_answered(seed: int) -> tuple[np.ndarray, np.ndarray]:
        triggers = events(seed)[:60]
        return triggers, np.sort(np.concatenate([events(seed + 1, per_minute=30), triggers[::10] + 0.6]))

    errors = {
        people: np.mean(
            [abs((response_lag([seldom_answered(9 * seed + 100 * own) for own in range(people)]) or 9.0) - 0.6) for seed in range(20)]
        )
        for people in (1, 4)
    }
    assert errors[4] < 0.5 * errors[1]


def test_what_both_do_at_once_is_no_answer() -> None:
    together = events(6)
    answers = np.sort(np.concatenate([together, together[::4] + 0.6]))
    assert response_lag([(together, answers)]) == pytest.approx(0.6, abs=0.08)


def test_too_few_events_have_no_lag() -> None:
    assert response_lag([(events(1)[:4], events(2))]) is None
    assert response_lag([]) is None


def test_what_a_basis_cannot_show_has_no_value() -> None:
    rows = {(row.name, row.seat): row.value for row in measure_responses(recording())}  # B in FLAME's basis: no smile, no lids
    assert len(rows) == (2 * 2 + 1) * len(RESPONSES)
    for name in ("smile_answers_above_chance", "blink_answers_above_chance"):
        assert rows[name, Seat.A.name] is None
        assert rows[name, Seat.B.name] is None
    assert rows["nod_answers_above_chance", "A"] is not None


def test_of_a_recording_what_chance_gives_is_taken_off() -> None:
    partner, own = blinking(np.arange(4.0, 116.0, 4.0)), blinking(np.arange(4.5, 116.0, 4.0))
    made = replace(recording(bases=("arkit52", "arkit52"), frames=3000), motion={Seat.A: own(Seat.A), Seat.B: partner(Seat.B)})
    rows = {(row.name, row.seat): row.value for row in measure_responses(made)}
    onsets = {seat: np.array([event.start_s for event in detect_events(made.motion[seat]) if event.kind == "blink"]) for seat in Seat}
    hits, chance = answered(onsets[Seat.B], onsets[Seat.A], first_s=0.2, last_s=0.8, duration_s=120.0)
    assert (hits, len(onsets[Seat.B])) == (28, 28)
    assert chance == pytest.approx(28 * 0.15, abs=0.3)  # a window of 0.6 s in every 4 s
    assert rows["blink_answers_above_chance", "A"] == pytest.approx((hits - chance) / 2)
    assert rows["blink_answers_lag", None] == rows["blink_answers_lag", "A"]  # B's answers, 3.5 s later, lie beyond the longest lag
    assert rows["blink_answers_lag", "A"] == pytest.approx(0.5, abs=0.05)
    assert rows["blink_answers_above_chance", "B"] == pytest.approx(-28 * 0.15 / 2, abs=0.2)  # B blinks 3.5 s after A, never soon


def blinking(times_s: np.ndarray) -> Callable[[Seat], Motion]:
    """Someone whose lids close for 0.2 s at these times."""
    expression = np.zeros((3000, len(ARKIT52)), np.float32)
    for start in np.round(times_s * 25).astype(int):
        for name in ("eyeBlinkLeft", "eyeBlinkRight"):
            expression[start : start + 5, ARKIT52.index(name)] = (0.3, 0.9, 1.0, 0.9, 0.3)
    return lambda seat: Motion(seat=seat, frame_rate_hz=25.0, expression=expression, head_rotation=np.zeros((3000, 3), np.float32))
