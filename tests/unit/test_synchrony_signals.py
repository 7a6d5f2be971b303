"""Signals of two people on one clock, and the surrogates they are put beside."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import wilcoxon

from dyad.arrays import BoolArray
from dyad.errors import InputError
from dyad.eval.synchrony import (
    PairSignal,
    ShiftRule,
    SignalRule,
    SurrogateTest,
    across_conversations,
    pair_signal,
    surrogate_test,
)
from dyad.motion import Motion
from dyad.seat import Seat
from tests import scenes


def nodding(
    seat: Seat, *, rate_hz: float, hz: float = 1.0, start_frame: int = 0, seconds: float = 10.0, valid: BoolArray | None = None
) -> Motion:
    """Pitch of 5° at one frequency, phase zero at the conversation's start."""
    frames = round(seconds * rate_hz)
    time_s = (start_frame + np.arange(frames)) / rate_hz
    rotation = np.zeros((frames, 3), np.float32)
    rotation[:, 0] = np.radians(5 * np.sin(2 * np.pi * hz * time_s))
    expression = np.zeros((frames, 52), np.float32)
    return Motion(seat=seat, frame_rate_hz=rate_hz, start_frame=start_frame, head_rotation=rotation, expression=expression, valid=valid)  # type: ignore[arg-type]


def test_motions_of_other_rates_and_starts_meet_on_one_clock() -> None:
    motion = {Seat.A: nodding(Seat.A, rate_hz=60.0), Seat.B: nodding(Seat.B, rate_hz=30.0, start_frame=45)}
    pair = pair_signal(motion, "head_pitch", rule=SignalRule(rate_hz=20.0, smoothing_s=0.01))
    assert (pair.rate_hz, len(pair), pair.unit) == (20.0, 170, "°")  # 1.5 s to 9.95 s
    truth = 5 * np.sin(2 * np.pi * (1.5 + np.arange(170) / 20))
    assert np.abs(pair.a - truth).max() < 0.06
    assert np.abs(pair.b - truth)[:-2].max() < 0.06


def test_head_speed_lies_between_frames() -> None:
    motion = {seat: nodding(seat, rate_hz=50.0) for seat in Seat}
    pair = pair_signal(motion, "head_speed", rule=SignalRule(rate_hz=25.0, smoothing_s=0.001))
    time_s = (1 + np.arange(len(pair))) / 25  # the first speed is known at half a frame, so the grid begins after it
    assert np.abs(pair.a - np.abs(2 * np.pi * 5 * np.cos(2 * np.pi * time_s))).max() < 0.7


def test_lost_tracking_is_bridged_or_refused() -> None:
    valid = np.ones(250, np.bool_)
    valid[100:104] = False
    clean, holed = nodding(Seat.A, rate_hz=25.0), nodding(Seat.B, rate_hz=25.0, valid=valid)
    wild = holed.head_rotation.copy()
    wild[100:104] = 3.0
    pair = pair_signal({Seat.A: clean, Seat.B: replace(holed, head_rotation=wild)}, "head_pitch")
    assert np.abs(pair.a - pair.b).max() < 1.5
    valid[100:140] = False
    with pytest.raises(InputError, match=r"seat B: expected at most 10 % .* got 16 %"):
        pair_signal({Seat.A: clean, Seat.B: replace(holed, valid=valid)}, "head_pitch")


@pytest.mark.parametrize("name", ["head_pitch", "head_yaw", "head_roll", "head_speed", "smile", "brows", "jaw"])
def test_every_signal_is_its_own(name: str) -> None:
    whole = {seat: replace(scenes.motion(seat, frames=100), valid=np.ones(100, np.bool_)) for seat in Seat}
    pair = pair_signal(whole, name)
    assert len(pair) >= 98
    assert not np.allclose(pair.a, pair.b)
    others = [pair_signal(whole, other) for other in ("head_pitch", "jaw") if other != name]
    assert all(len(other) != len(pair) or not np.allclose(other.a, pair.a) for other in others)


def test_what_cannot_be_taken_is_refused() -> None:
    both = {seat: nodding(seat, rate_hz=25.0) for seat in Seat}
    with pytest.raises(InputError, match=r"expected one of head_pitch, .*got 'head_pich'"):
        pair_signal(both, "head_pich")
    with pytest.raises(InputError, match="none of seat B"):
        pair_signal({Seat.A: both[Seat.A]}, "head_pitch")
    with pytest.raises(InputError, match="time in common"):
        pair_signal({**both, Seat.B: nodding(Seat.B, rate_hz=25.0, start_frame=400)}, "head_pitch")
    flame = replace(scenes.motion(Seat.B, basis="flame50", frames=250), valid=np.ones(250, np.bool_))
    with pytest.raises(InputError, match=r"channels for the mean weight of .*mouthSmile"):
        pair_signal({**both, Seat.B: flame}, "smile")


def test_a_lower_rate_keeps_what_is_slow_and_no_alias() -> None:
    time_s = np.arange(1000) / 50
    pair = PairSignal(name="s", rate_hz=50, a=np.sin(2 * np.pi * 0.2 * time_s), b=np.sin(2 * np.pi * 4.8 * time_s))
    slow = pair.at_rate(5)
    assert len(slow) == 100
    assert np.abs(slow.a - np.sin(2 * np.pi * 0.2 * np.arange(100) / 5))[2:-2].max() < 0.02
    assert np.abs(slow.b)[5:-5].max() < 0.1  # would alias to 0.2 Hz
    with pytest.raises(InputError, match="up to the signal's 50"):
        pair.at_rate(60)


def test_strangers_are_paired_both_ways() -> None:
    own = PairSignal(name="s", rate_hz=10, a=np.arange(5.0), b=np.arange(5.0) + 10)
    other = PairSignal(name="s", rate_hz=10, a=np.arange(3.0) + 20, b=np.arange(3.0) + 30)
    first, second = own.crossed(other)
    assert [side.tolist() for side in (first.a, first.b, second.a, second.b)] == [[0, 1, 2], [30, 31, 32], [20, 21, 22], [10, 11, 12]]
    with pytest.raises(InputError, match="expected s at 10 Hz; got s at 5 Hz"):
        own.crossed(replace(other, rate_hz=5))


def test_shifts_stay_away_from_zero_and_do_not_repeat() -> None:
    rule = ShiftRule(count=200)
    shifts = rule.draw(15_000, rate_hz=25, seed=4)
    assert len(set(shifts.tolist())) == 200
    assert shifts.min() >= 250
    assert shifts.max() <= 14_750
    assert np.array_equal(shifts, rule.draw(15_000, rate_hz=25, seed=4))
    assert not np.array_equal(shifts, rule.draw(15_000, rate_hz=25, seed=5))
    short = rule.draw(400, rate_hz=25, seed=0)  # 16 s: a quarter of it instead of 10 s
    assert (short.min(), short.max()) >= (100, 100)
    assert short.max() <= 300
    with pytest.raises(InputError, match=r"expected more than the largest lag, 5 s; got 4\.0 s"):
        rule.draw(400, rate_hz=25, seed=0, beyond_s=5)


def test_the_observed_figure_stands_for_the_shifts_of_its_run() -> None:
    rule = ShiftRule(count=200)
    assert rule.weight(200, samples=15_000, rate_hz=25, run_s=6.0) == pytest.approx(200 * 6 / 580, rel=1e-3)
    assert rule.weight(20, samples=15_000, rate_hz=25, run_s=6.0) == 1.0


def test_a_figure_beside_its_surrogates() -> None:
    test = surrogate_test(3.0, [1.0, 2.0, 3.0, 4.0], kind="pseudo_dyads")
    assert (test.n, test.mean, test.rank, test.p_value) == (4, 2.5, 0.25, 3 / 5)
    assert test.z == pytest.approx(0.5 / np.std([1, 2, 3, 4], ddof=1))
    best = surrogate_test(9.0, np.arange(99.0) / 99, kind="circular_shift")
    assert (best.rank, best.p_value, best.least_p_value) == (1.0, 0.01, 0.01)
    heavy = surrogate_test(9.0, np.arange(99.0) / 99, kind="circular_shift", weight=11.0)
    assert heavy.p_value == heavy.least_p_value == pytest.approx(0.1)
    assert surrogate_test(1.0, [1.0, 1.0], kind="circular_shift").z is None
    with pytest.raises(InputError, match="at least one surrogate"):
        surrogate_test(1.0, [], kind="circular_shift")
    with pytest.raises(InputError, match="1 of them not finite"):
        surrogate_test(1.0, [0.0, np.nan], kind="circular_shift")


def test_one_effect_over_conversations() -> None:
    observed = [0.5, 0.7, 0.4, 0.9]
    tests: list[SurrogateTest] = [surrogate_test(value, [0.1, 0.3], kind="circular_shift") for value in observed]
    group = across_conversations(tests)
    differences = np.array(observed) - 0.2
    assert (group.n, group.mean_difference) == (4, pytest.approx(differences.mean()))
    assert group.cohens_d == pytest.approx(differences.mean() / differences.std(ddof=1))
    assert group.p_value == wilcoxon(differences, alternative="greater").pvalue == 1 / 16
    with pytest.raises(InputError, match="at least two"):
        across_conversations(tests[:1])


def test_rounding_makes_no_effect() -> None:
    test = surrogate_test(0.3 + 1e-13, [0.3, 0.3 - 1e-13, 0.3], kind="pseudo_dyads")
    assert (test.z, test.rank, test.p_value) == (None, 0.0, 1.0)
