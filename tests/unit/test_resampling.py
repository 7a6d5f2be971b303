"""Other frame rates: exact where frames coincide, no overshoot, no blunting, and better than straight lines."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.resampling import bridge, resample, steady_quaternions
from dyad.seat import Seat
from tests import scenes
from tests.driving import same

RATES = (24.0, 25.0, 29.97, 30.0, 50.0, 60.0, 100.0)
OPEN = ARKIT52.index("jawOpen")


def _motion(curve: npt.NDArray[np.floating], *, frame_rate_hz: float, **fields: object) -> Motion:
    """A jaw that opens along a curve."""
    expression = np.zeros((len(curve), 52), np.float32)
    expression[:, OPEN] = curve
    fields.setdefault("head_rotation", np.zeros((len(curve), 3), np.float32))
    return Motion(seat=Seat.A, frame_rate_hz=frame_rate_hz, expression=expression, **fields)  # type: ignore[arg-type]


def _lively(seconds: float, *, frame_rate_hz: float, seed: int = 3) -> npt.NDArray[np.float64]:
    """Weights as faces have them: speech-like openings (3 to 7 Hz), blinks of 0.2 s that shut and stay shut, and flat stretches at 0."""
    rng = np.random.default_rng(seed)
    at = np.arange(round(seconds * frame_rate_hz)) / frame_rate_hz
    knots = np.arange(0, seconds + 1, 0.08)
    speech = np.clip(CubicSpline(knots, rng.normal(0.15, 0.25, len(knots)))(at), 0, None)
    blink = np.zeros_like(at)
    for start in np.cumsum(rng.uniform(1.0, 3.0, 60)):
        rise = np.clip((at - start) / 0.07, 0, 1) - np.clip((at - start - 0.11) / 0.13, 0, 1)
        blink = np.maximum(blink, 0.5 - 0.5 * np.cos(np.pi * rise.clip(0, 1)))
    return np.stack([np.clip(speech, 0, 1), blink, 0.8 * np.clip(speech - 0.2, 0, 1)], axis=1)


def _rms(values: npt.NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def test_the_same_rate_is_the_same_motion() -> None:
    motion = scenes.motion()
    assert resample(motion, frame_rate_hz=25.0) is motion


@pytest.mark.parametrize(("low", "high"), [(25.0, 50.0), (25.0, 100.0), (30.0, 60.0)])
def test_going_up_keeps_every_frame_exactly(low: float, high: float) -> None:
    motion = replace(scenes.motion(frame_rate_hz=low), valid=np.ones(20, np.bool_))
    finer = resample(motion, frame_rate_hz=high)
    step = round(high / low)
    assert len(finer) == 20 * step
    for name in ("expression", "head_translation", "gaze"):
        assert np.allclose(getattr(finer, name)[::step], getattr(motion, name), atol=1e-6)
    for name in ("head_rotation", "jaw_rotation"):
        assert np.allclose(getattr(finer, name)[::step], getattr(motion, name), atol=1e-6)


@pytest.mark.parametrize("low", [25.0, 30.0])
def test_down_and_up_again_is_better_than_straight_lines(low: float) -> None:
    truth = _lively(60, frame_rate_hz=100.0)
    expression = np.zeros((len(truth), 52), np.float32)
    expression[:, :3] = truth
    motion = Motion(seat=Seat.A, frame_rate_hz=100.0, expression=expression, head_rotation=np.zeros((len(truth), 3), np.float32))
    back = resample(resample(motion, frame_rate_hz=low), frame_rate_hz=100.0).expression[:, :3]
    picked = np.arange(0, len(truth), 100 / low)
    nearest = truth[np.rint(picked).astype(int).clip(0, len(truth) - 1)]
    lines = np.column_stack([np.interp(np.arange(len(truth)), picked, column) for column in nearest.T])
    inner = slice(100, -100)
    assert _rms(back[inner] - truth[inner]) < 0.75 * _rms(lines[inner] - truth[inner])


@pytest.mark.parametrize("high", [50.0, 60.0, 100.0])
def test_peaks_between_frames_are_not_cut_off(high: float) -> None:
    at = np.arange(100) / 25.0
    smooth = _motion(0.5 + 0.45 * np.sin(2 * np.pi * 2.3 * at), frame_rate_hz=25.0)
    finer = resample(smooth, frame_rate_hz=high).channel("jawOpen")
    truth = 0.5 + 0.45 * np.sin(2 * np.pi * 2.3 * np.arange(len(finer)) / high)
    inner = slice(10, -20)
    assert np.abs(finer - truth)[inner].max() < 0.01
    lines = np.interp(np.arange(len(finer)) / high, at, smooth.channel("jawOpen"))
    assert _rms((finer - truth)[inner]) < 0.5 * _rms((lines - truth)[inner])


@pytest.mark.parametrize("rate", [24.0, 29.97, 30.0, 50.0, 60.0])
def test_steps_do_not_ring_and_flat_stays_flat(rate: float) -> None:
    curve = np.repeat([0.0, 0.8, 0.8, 0.0, 0.3], 20)
    out = resample(_motion(curve, frame_rate_hz=25.0), frame_rate_hz=rate).channel("jawOpen")
    assert out.min() >= 0.0
    assert out.max() <= np.float32(0.8)
    middle = slice(round(1.1 * rate), round(2.2 * rate))
    assert np.allclose(out[middle], 0.8, atol=1e-6)


def test_a_blink_survives_the_way_down() -> None:
    blink = _lively(60, frame_rate_hz=60.0)[:, 1]
    lower = resample(_motion(blink, frame_rate_hz=60.0), frame_rate_hz=25.0).channel("jawOpen")
    starts = np.flatnonzero((blink[1:] > 0.5) & (blink[:-1] <= 0.5))
    peaks = [lower[int(start / 60 * 25) : int(start / 60 * 25) + 8].max() for start in starts[:-1]]
    assert len(peaks) > 15
    assert min(peaks) > 0.9


def test_what_the_lower_rate_cannot_carry_does_not_come_back_as_something_else() -> None:
    at = np.arange(1000) / 100.0
    tone = _motion(0.5 + 0.4 * np.sin(2 * np.pi * 21.0 * at), frame_rate_hz=100.0)
    picked = tone.channel("jawOpen")[::4]
    lower = resample(tone, frame_rate_hz=25.0).channel("jawOpen")
    assert picked[20:-20].std() > 0.25  # a false 4 Hz
    assert lower[20:-20].std() < 0.01


@given(
    curve=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40),
    rates=st.tuples(st.sampled_from(RATES), st.sampled_from(RATES)),
    start=st.integers(0, 50),
)
@settings(max_examples=60, deadline=None)
def test_weights_stay_weights_and_the_time_covered_stays(curve: list[float], rates: tuple[float, float], start: int) -> None:
    motion = _motion(np.array(curve, np.float32), frame_rate_hz=rates[0], start_frame=start)
    out = resample(motion, frame_rate_hz=rates[1])
    assert out.frame_rate_hz == rates[1]
    assert out.expression.min(initial=0.0) >= 0.0
    assert out.expression.max(initial=0.0) <= 1.0
    assert abs(out.duration_s - motion.duration_s) < 1 / rates[1] + 1e-9
    assert abs(out.start_frame / out.frame_rate_hz - start / motion.frame_rate_hz) < 1.01 / rates[1]


@given(seed=st.integers(0, 10_000), rates=st.tuples(st.sampled_from(RATES), st.sampled_from(RATES)))
@settings(max_examples=40, deadline=None)
def test_rotations_of_any_size_stay_near_the_way_between_frames(seed: int, rates: tuple[float, float]) -> None:
    rng = np.random.default_rng(seed)
    walk = [Rotation.random(random_state=seed)]
    for turn in rng.normal(0, 0.1, (30, 3)):
        walk.append(Rotation.from_rotvec(turn) * walk[-1])
    vectors = Rotation.concatenate(walk).as_rotvec().astype(np.float32)
    motion = _motion(np.zeros(len(vectors)), frame_rate_hz=rates[0], head_rotation=vectors)
    out = Rotation.from_rotvec(resample(motion, frame_rate_hz=rates[1]).head_rotation)
    places = (np.arange(len(out)) * rates[0] / rates[1]).clip(0, len(walk) - 1)
    nearest = Rotation.concatenate([walk[int(place)] for place in np.rint(places)])
    assert (nearest.inv() * out).magnitude().max() < 0.6


def test_a_turn_at_constant_speed_stays_one() -> None:
    angles = np.linspace(0, 7.0, 200)  # more than a whole turn: the rotation vector jumps at a half
    vectors = Rotation.from_rotvec(angles[:, None] * [0.0, 1.0, 0.0]).as_rotvec()
    motion = _motion(np.zeros(200), frame_rate_hz=50.0, head_rotation=vectors.astype(np.float32))
    out = resample(motion, frame_rate_hz=60.0)
    wanted = Rotation.from_rotvec(np.linspace(0, 7.0 * (len(out) - 1) * 50 / 60 / 199, len(out))[:, None] * [0.0, 1.0, 0.0])
    inner = slice(5, -5)
    error = (Rotation.from_rotvec(out.head_rotation).inv() * wanted).magnitude()[inner]
    assert error.max() < 1e-3


def test_a_head_that_stops_does_not_swing_past() -> None:
    yaw = np.repeat([0.0, 0.5], 25)
    motion = _motion(np.zeros(50), frame_rate_hz=25.0, head_rotation=np.column_stack([0 * yaw, yaw, 0 * yaw]).astype(np.float32))
    for rate in (30.0, 60.0, 100.0):
        turned = resample(motion, frame_rate_hz=rate).head_rotation[:, 1]
        assert turned.min() > -1e-6
        assert turned.max() < 0.5 + 1e-6


def test_what_a_tracker_left_in_lost_frames_does_not_leak() -> None:
    curve = np.full(40, 0.4)
    valid = np.ones(40, np.bool_)
    curve[10:15], valid[10:15] = 1.0, False
    out = resample(_motion(curve, frame_rate_hz=25.0, valid=valid), frame_rate_hz=60.0)
    assert np.allclose(out.channel("jawOpen"), 0.4, atol=1e-6)
    lost = np.flatnonzero(~out.valid) / 60.0
    assert lost.min() >= 9 / 25
    assert lost.max() <= 15 / 25
    assert len(lost) >= 11


def test_bridging_draws_straight_lines_and_shortest_turns() -> None:
    vectors = np.zeros((5, 3), np.float32)
    vectors[4] = [0.0, 0.8, 0.0]
    vectors[1:4] = 3.0
    valid = np.array([True, False, False, False, True])
    bridged = bridge(_motion(np.array([0.0, 1, 1, 1, 0.4]), frame_rate_hz=25.0, head_rotation=vectors, valid=valid))
    assert np.allclose(bridged.channel("jawOpen"), [0, 0.1, 0.2, 0.3, 0.4])
    assert np.allclose(bridged.head_rotation[:, 1], [0, 0.2, 0.4, 0.6, 0.8], atol=1e-6)
    assert np.array_equal(bridged.valid, valid)


def test_nothing_to_bridge_with_changes_nothing() -> None:
    motion = replace(scenes.motion(), valid=np.zeros(20, np.bool_))
    assert same(bridge(motion), motion)


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_the_shortest_motions_are_resampled(frames: int) -> None:
    motion = scenes.motion(frames=frames)
    assert len(resample(motion, frame_rate_hz=50.0)) == 2 * frames
    assert len(resample(motion, frame_rate_hz=12.5)) == (frames + 1) // 2


def test_quaternions_keep_one_sign() -> None:
    angles = np.linspace(0, 12.0, 300)
    vectors = Rotation.from_rotvec(angles[:, None] * [0.6, 0.8, 0.0]).as_rotvec()
    steady = steady_quaternions(vectors)
    assert (np.sum(steady[1:] * steady[:-1], axis=1) > 0.99).all()


def test_rates_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="10 to 240 frames per second; got 5"):
        resample(scenes.motion(), frame_rate_hz=5.0)
