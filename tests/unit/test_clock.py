"""Time as whole frames: nothing lost between seconds, frames and samples."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyad.clock import FrameClock, Tick, round_half_up
from dyad.errors import InputError

FRAME_RATES = st.sampled_from([25.0, 29.97, 30.0, 60.0])
SAMPLE_RATES = st.sampled_from([8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
CLOCKS = st.builds(lambda frames, samples: FrameClock(frame_rate_hz=frames, sample_rate_hz=samples), FRAME_RATES, SAMPLE_RATES)
FRAMES = st.integers(0, 10**6)


@given(clock=CLOCKS, frame=FRAMES)
def test_a_frame_s_own_time_is_that_frame(clock: FrameClock, frame: int) -> None:
    assert clock.frame(clock.seconds(frame)) == frame


@given(clock=CLOCKS, frame=FRAMES)
def test_a_frame_s_first_sample_lies_within_half_a_sample_of_its_instant(clock: FrameClock, frame: int) -> None:
    error = clock.sample(frame) - Fraction(frame) / clock.rate * clock.sample_rate_hz
    assert -Fraction(1, 2) < error <= Fraction(1, 2)


@given(clock=CLOCKS, frame=FRAMES)
def test_frames_own_all_samples_once(clock: FrameClock, frame: int) -> None:
    exact = clock.sample_rate_hz / clock.rate
    assert clock.sample(0) == 0
    assert clock.sample(frame + 1) - clock.sample(frame) in {int(exact), ceil(exact)}


@given(clock=CLOCKS, samples=FRAMES)
def test_covering_frames_cover_and_are_no_more_than_needed(clock: FrameClock, samples: int) -> None:
    frames = clock.frames_covering(samples)
    per_frame = clock.sample_rate_hz / clock.rate
    assert (frames - 1) * per_frame < samples <= frames * per_frame


@given(rate=FRAME_RATES, milliseconds=st.integers(0, 10**7))
def test_seconds_go_to_the_nearest_frame(rate: float, milliseconds: int) -> None:
    clock = FrameClock(frame_rate_hz=rate)
    distance = abs(clock.frame(milliseconds / 1000) - Fraction(milliseconds, 1000) * clock.rate)
    assert distance <= Fraction(1, 2) + Fraction(1, 10**6)  # a tie in decimals is none in binary


def test_no_frame_is_lost_where_truncation_loses_one() -> None:
    lost = 0
    for rate in (25.0, 30.0, 60.0, 100.0):
        clock = FrameClock(frame_rate_hz=rate)
        for frame in range(3_000):
            t = frame / rate
            lost += int(t * rate) != frame
            assert clock.frame(t) == frame
    assert lost > 0  # the very fault this clock is there to avoid does occur in these numbers
    assert FrameClock(frame_rate_hz=100.0).frame(0.29) == 29
    assert int(0.29 * 100) == 28


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        (29.97, Fraction(30_000, 1001)),
        (23.976, Fraction(24_000, 1001)),
        (59.94, Fraction(60_000, 1001)),
        (119.88, Fraction(120_000, 1001)),
        (30_000 / 1001, Fraction(30_000, 1001)),
        (25.0, Fraction(25)),
        (12.5, Fraction(25, 2)),
        (30.0, Fraction(30)),
        (240.0, Fraction(240)),
    ],
)
def test_broadcast_rates_are_read_as_their_fraction(written: float, exact: Fraction) -> None:
    assert FrameClock(frame_rate_hz=written).rate == exact


def test_an_hour_at_29_97_has_the_frames_of_broadcast() -> None:
    clock = FrameClock(frame_rate_hz=29.97)
    assert clock.frame(3603.6) == 108_000  # 3603.6 s = 108000 · 1001 / 30000, exactly
    assert clock.seconds(108_000) == pytest.approx(3603.6, abs=1e-9)


@given(clock=CLOCKS, total=st.integers(0, 3_000), tick_s=st.floats(0.001, 10.0))
def test_ticks_tile_exactly(clock: FrameClock, total: int, tick_s: float) -> None:
    ticks = list(clock.ticks(total, tick_s=tick_s))
    assert [tick.index for tick in ticks] == list(range(len(ticks)))
    assert [tick.start_frame for tick in ticks] == [0, *(tick.stop_frame for tick in ticks)][: len(ticks)]
    assert sum(tick.frames for tick in ticks) == total
    assert len({tick.frames for tick in ticks[:-1]}) <= 1
    if ticks:
        assert ticks[-1].stop_frame == total
        assert 1 <= ticks[-1].frames <= ticks[0].frames


def test_a_tick_knows_its_end() -> None:
    assert Tick(index=2, start_frame=10, frames=5).stop_frame == 15


@given(numerator=st.integers(-10_000, 10_000), denominator=st.integers(1, 1000))
def test_rounding_is_to_the_nearest_and_ties_go_up(numerator: int, denominator: int) -> None:
    value = Fraction(numerator, denominator)
    error = round_half_up(value) - value
    assert -Fraction(1, 2) < error <= Fraction(1, 2)


def test_rounding_does_not_alternate_on_ties() -> None:
    assert [round_half_up(tie) for tie in (0.5, 1.5, 2.5, -0.5)] == [1, 2, 3, 0]


@pytest.mark.parametrize("rate", [0.0, 9.99, 240.1, -25.0, float("nan"), float("inf")])
def test_frame_rates_out_of_range_are_refused(rate: float) -> None:
    with pytest.raises(InputError, match=r"frame_rate_hz: expected 10 to 240 frames per second; got .* 25, 30, 50 and 60 are common"):
        FrameClock(frame_rate_hz=rate)


@pytest.mark.parametrize("rate", [0, -16_000])
def test_sample_rates_below_one_are_refused(rate: int) -> None:
    with pytest.raises(InputError, match=f"sample_rate_hz: expected a positive number; got {rate}"):
        FrameClock(frame_rate_hz=25.0, sample_rate_hz=rate)


def test_the_numbers_of_numpy_are_understood() -> None:
    import numpy as np

    clock = FrameClock(frame_rate_hz=25.0)
    assert clock.frame(np.float32(0.5)) == clock.frame(np.float64(0.5)) == 13
    assert clock.sample(int(np.int64(3))) == 1920
