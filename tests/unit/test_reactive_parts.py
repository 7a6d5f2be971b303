"""The reactive agent's parts, one by one: noise, gestures, eyes, ears, lids."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from dyad.agents.reactive.blinks import CLOSED, CLOSING, BlinkState, Lids
from dyad.agents.reactive.gaze import LARGEST_EYE_RAD, eyes_in_head, gaze_in_rest_frame
from dyad.agents.reactive.gestures import Gesture, hold, swing
from dyad.agents.reactive.hearing import Ear, EarState, Heard
from dyad.agents.reactive.noise import Wander
from dyad.agents.reactive.style import Blinks
from dyad.clock import FrameClock
from dyad.conversation import Conversation
from dyad.seat import Seat

Floats = npt.NDArray[np.float64]


def wander(frame_rate_hz: float, *, seconds: int = 12, band_hz: float = 0.5, walkers: int = 400) -> Floats:
    """Positions (frames, walkers)."""
    rng = np.random.default_rng(8)
    noise = Wander(band_hz=band_hz, frame_rate_hz=frame_rate_hz)
    states = noise.start(rng.standard_normal((walkers, 2)))
    made = []
    for _ in range(int(seconds * frame_rate_hz)):
        made.append([position for position, _ in states])
        noise.advance(states, rng.standard_normal(2 * walkers).tolist())
    return np.array(made)


@pytest.mark.parametrize("frame_rate_hz", [25.0, 60.0])
def test_wandering_has_the_stated_spread_and_band_at_any_frame_rate(frame_rate_hz: float) -> None:
    walked = wander(frame_rate_hz)
    assert walked[0].std() == pytest.approx(1, abs=0.1)  # from the first frame on
    assert walked.std() == pytest.approx(1, abs=0.04)
    assert abs(walked.mean()) < 0.06
    omega = 2 * math.pi * 0.5
    for lag_s in (0.12, 0.4, 0.8, 2.0):  # the autocorrelation of a critically damped oscillator, hence its spectrum
        lag = round(lag_s * frame_rate_hz)
        correlation = np.mean(walked[lag:] * walked[:-lag]) / np.mean(walked**2)
        assert correlation == pytest.approx((1 + omega * lag_s) * math.exp(-omega * lag_s), abs=0.04)
    speed = np.diff(walked, axis=0) * frame_rate_hz
    assert speed.std() == pytest.approx(omega, rel=0.08)


GESTURES = st.builds(
    Gesture,
    kind=st.just("nod"),
    start_s=st.floats(0, 100),
    seconds=st.floats(0.3, 3.0),
    size=st.just(5.0),
    cycles=st.integers(1, 5),
    fade=st.floats(0, 0.1),
)


@given(gesture=GESTURES)
def test_nods_start_and_end_at_rest(gesture: Gesture) -> None:
    step = 1e-3 * gesture.seconds
    for edge, inwards in ((gesture.start_s, step), (gesture.stop_s, -step)):
        assert swing(gesture, edge) == pytest.approx(0, abs=1e-9)
        assert swing(gesture, edge - inwards) == 0
        assert 0 <= swing(gesture, edge + inwards) < 1e-3  # no speed either: depth grows with the square of time
    assert swing(gesture, gesture.start_s - 1) == swing(gesture, gesture.stop_s + 1) == 0


@given(gesture=GESTURES)
def test_nods_go_down_once_a_cycle_and_ever_less(gesture: Gesture) -> None:
    depths = [swing(gesture, gesture.start_s + gesture.seconds * (cycle + 0.5) / gesture.cycles) for cycle in range(gesture.cycles)]
    assert depths == sorted(depths, reverse=True)
    assert depths[0] == pytest.approx(1)
    assert min(depths) > 0.2
    for cycle in range(1, gesture.cycles):
        assert swing(gesture, gesture.start_s + gesture.seconds * cycle / gesture.cycles) == pytest.approx(0, abs=1e-9)
    dense = np.array([swing(gesture, gesture.start_s + share * gesture.seconds) for share in np.linspace(0, 1, 501)])
    assert ((dense[1:-1] > dense[:-2]) & (dense[1:-1] >= dense[2:])).sum() == gesture.cycles


@given(start_s=st.floats(0, 100), seconds=st.floats(0.2, 5), onset_s=st.floats(0.05, 1))
def test_held_gestures_rise_and_fall_smoothly(start_s: float, seconds: float, onset_s: float) -> None:
    gesture = Gesture("smile", start_s, seconds, 1.0)
    values = np.array([hold(gesture, start_s + share * seconds, onset_s=onset_s) for share in np.linspace(-0.1, 1.1, 601)])
    assert values.min() == 0
    assert 0.95 < values.max() < 1 + 1e-9
    top = int(values.argmax())
    assert (np.diff(values[: top + 1]) >= -1e-12).all()
    assert (np.diff(values[top:]) <= 1e-12).all()
    quickest_s = min(onset_s, 0.45 * seconds)
    assert np.abs(np.diff(values)).max() <= 1.9 * 1.2 * seconds / 600 / quickest_s  # the steepest slope of a minimum-jerk rise is 15/8


ANGLES = st.floats(-0.55, 0.55)


@given(gaze=st.tuples(ANGLES, ANGLES), head=st.tuples(ANGLES, ANGLES, ANGLES))
def test_eye_angles_agree_with_rotation_matrices(gaze: tuple[float, float], head: tuple[float, float, float]) -> None:
    yaw, pitch = gaze
    looking = Rotation.from_euler("YX", [yaw, pitch]).apply([0, 0, 1])  # dyad's axes: yaw > 0 to the left (+x), pitch > 0 down (-y)
    x, y, z = Rotation.from_rotvec(head).inv().apply(looking)
    wanted = math.atan2(x, z), math.atan2(-y, math.hypot(x, z))
    eyes = eyes_in_head(gaze, head)
    assert eyes == pytest.approx([max(-LARGEST_EYE_RAD, min(LARGEST_EYE_RAD, angle)) for angle in wanted], abs=1e-9)
    if max(map(abs, wanted)) < LARGEST_EYE_RAD:
        assert gaze_in_rest_frame(eyes, head) == pytest.approx(gaze, abs=1e-9)


def test_signs_of_the_eyes() -> None:
    assert eyes_in_head((0.2, 0.1), (0, 0, 0)) == pytest.approx((0.2, 0.1))
    assert eyes_in_head((0.0, 0.0), (0.1, 0, 0)) == pytest.approx((0, -0.1))  # a head that nods down looks up to keep its gaze
    assert eyes_in_head((0.0, 0.0), (0, 0.1, 0)) == pytest.approx((-0.1, 0))


def heard(sound: npt.NDArray[np.float32], active: npt.NDArray[np.bool_] | None = None, *, frame_rate_hz: float = 25.0) -> list[Heard]:
    clock = FrameClock(frame_rate_hz=frame_rate_hz)
    ear, state = Ear(clock), EarState()
    frames = len(sound) * frame_rate_hz / 16_000
    return [
        ear.hear(sound[clock.sample(frame) : clock.sample(frame + 1)], active is None or bool(active[frame]), state)
        for frame in range(int(frames))
    ]


@pytest.mark.parametrize("frame_rate_hz", [25.0, 60.0])
@pytest.mark.parametrize("pitch_hz", [80.0, 118.0, 205.0, 330.0])
def test_pitch_of_voices_made_of_harmonics(pitch_hz: float, frame_rate_hz: float) -> None:
    time_s = np.arange(16_000) / 16_000
    rng = np.random.default_rng(3)
    sound = sum(np.sin(2 * np.pi * pitch_hz * order * time_s + rng.uniform(0, 6)) / order for order in range(1, 12))
    sound = (0.1 * sound + 0.002 * rng.standard_normal(16_000)).astype(np.float32)
    found = [frame.pitch_hz for frame in heard(sound, frame_rate_hz=frame_rate_hz)[4:]]
    assert np.allclose(found, pitch_hz, rtol=0.03)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = (0.1 * np.random.default_rng(1).standard_normal(16_000)).astype(np.float32)
    assert np.mean([frame.pitch_hz > 0 for frame in heard(noise)]) < 0.1
    assert all(frame.pitch_hz == 0 and frame.level == 0 for frame in heard(np.zeros(16_000, np.float32)))


def test_hissing_is_told_from_vowels() -> None:
    time_s = np.arange(16_000) / 16_000
    vowel = (0.1 * np.sign(np.sin(2 * np.pi * 120 * time_s))).astype(np.float32)
    hiss = np.diff((0.05 * np.random.default_rng(1).standard_normal(16_001)), prepend=0)[1:].astype(np.float32)
    assert np.mean([frame.hiss for frame in heard(hiss)]) > 0.9
    assert np.mean([frame.hiss for frame in heard(vowel)]) < 0.1


def test_pitch_of_a_real_voice(call: Conversation) -> None:
    active = call.activity(25.0)
    for seat in Seat:
        pitch = np.array([frame.pitch_hz for frame in heard(call.audio[seat], active[seat])])
        assert not pitch[~active[seat, : len(pitch)]].any()
        voiced = pitch[active[seat, : len(pitch)]]
        assert 0.3 < np.mean(voiced > 0) < 0.95
        octaves = np.log2(voiced[voiced > 0])
        assert 80 < 2 ** np.median(octaves) < 300
        both = (pitch[1:] > 0) & (pitch[:-1] > 0)
        steps = np.abs(np.diff(np.log2(np.maximum(pitch, 1))))[both]
        assert np.mean(steps > 0.75) < 0.15  # octave errors, most of them where both speak
        assert np.median(steps) < 0.1


@pytest.mark.parametrize("frame_rate_hz", [25.0, 60.0])
def test_blinks_close_faster_than_they_open(frame_rate_hz: float) -> None:
    style = Blinks(long_share=0.0, speaking_per_minute=0.0, listening_per_minute=0.0)
    lids, rng, state = Lids(style, dt=1 / frame_rate_hz), np.random.default_rng(0), BlinkState(progress=1.0)
    lids.prompt(1.0, state)
    closure = [lids.close(frame / frame_rate_hz, talk=0.0, rate=1.0, state=state, rng=rng) for frame in range(int(3 * frame_rate_hz))]
    shut = np.flatnonzero(closure)
    assert shut[0] in (0, round(frame_rate_hz))
    start = shut[0]
    assert np.array_equal(shut, np.arange(start, start + len(shut)))  # one blink, without a gap
    assert len(shut) / frame_rate_hz == pytest.approx(style.duration_s, abs=0.1)
    assert max(closure) > 0.9
    top = int(np.argmax(closure))
    assert top - start <= start + len(shut) - 1 - top
    assert CLOSING < 1 - CLOSING - CLOSED


def test_blink_rates_are_those_of_the_style() -> None:
    style = Blinks()
    for talk, wanted in ((0.0, style.listening_per_minute), (1.0, style.speaking_per_minute)):
        lids, rng = Lids(style, dt=0.04), np.random.default_rng(5)
        state = lids.initial_state(rng)
        closure = np.array([lids.close(frame * 0.04, talk=talk, rate=1.0, state=state, rng=rng) for frame in range(20 * 60 * 25)])
        assert ((closure[1:] > 0) & (closure[:-1] == 0)).sum() / 20 == pytest.approx(wanted, rel=0.1)
