"""Nods, shakes and tilts: what is planted is found, and what only looks like one is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dyad.eval.events import EventRules, GestureRule, detect_events
from dyad.motion import Motion
from dyad.recording import Event
from dyad.seat import Seat

Angle = float | np.ndarray

RATES = [20.0, 25.0, 30.0, 50.0, 60.0]
ONSETS = [2.03, 6.51, 11.17, 15.29]
LENGTH_S = 21.0


def times(rate: float) -> np.ndarray:
    return np.arange(0, LENGTH_S, 1 / rate)


def waves(t: np.ndarray, *, hz: float, size: float, cycles: float = 2.0, onsets: list[float] = ONSETS) -> np.ndarray:
    """Raised cosines: rest, ``cycles`` times there and back by ``size`` degrees, rest."""
    angle = np.zeros_like(t)
    for onset in onsets:
        inside = (t >= onset) & (t <= onset + cycles / hz)
        angle[inside] += size / 2 * (1 - np.cos(2 * np.pi * hz * (t[inside] - onset)))
    return angle


def head(rate: float, *, pitch: Angle = 0.0, yaw: Angle = 0.0, roll: Angle = 0.0, **fields: Any) -> Motion:
    """A head whose angles are small enough for rotation vectors to be (pitch, yaw, roll)."""
    rotation = np.radians(np.stack(np.broadcast_arrays(pitch, yaw, roll), axis=-1)).astype(np.float32)
    return Motion(seat=Seat.B, frame_rate_hz=rate, expression=np.zeros((len(rotation), 52)), head_rotation=rotation, **fields)


def found(motion: Motion, kind: str, **options: Any) -> list[Event]:
    return [event for event in detect_events(motion, **options) if event.kind == kind]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("hz", "size", "cycles"),
    [
        (0.9, 3.0, 1),
        (0.9, 3.0, 5),
        (1.0, 6.0, 1),
        (1.0, 6.0, 2),
        (2.0, 3.0, 1),
        (2.0, 3.0, 5),
        (3.0, 12.0, 1),
        (3.0, 12.0, 2),
        (4.0, 4.0, 2),
    ],
)
def test_planted_nods_are_found_on_time(rate: float, hz: float, size: float, cycles: int) -> None:
    onsets = [2.03, 9.51, 15.29][: 3 if hz >= 1 else 2] if cycles == 5 else ONSETS  # what fits into 21 s
    t = times(rate)
    nods = found(head(rate, pitch=waves(t, hz=hz, size=size, cycles=cycles, onsets=onsets)), "nod")
    assert len(nods) == len(onsets)
    for nod, onset in zip(nods, onsets, strict=True):
        assert nod.seat == Seat.B
        # The 0.08 s moving average spreads a gesture by up to half its length; a frame is added at 20 fps.
        assert nod.start_s == pytest.approx(onset, abs=0.05)
        assert nod.end_s == pytest.approx(onset + cycles / hz, abs=0.05)
        assert nod.strength == pytest.approx(size, rel=0.15 if hz < 4 else 0.4)


def test_a_nod_may_begin_upwards() -> None:
    t = times(25.0)
    assert len(found(head(25.0, pitch=-waves(t, hz=2.0, size=5.0)), "nod")) == 4


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    "pitch_of",
    [
        pytest.param(lambda t: 15 * np.sin(2 * np.pi * 0.1 * t), id="slow sway"),
        pytest.param(lambda t: 0.7 * t, id="drift"),
        pytest.param(lambda t: 1.0 * np.sin(2 * np.pi * 0.25 * t), id="breathing"),
        pytest.param(lambda t: 1.1 * np.sin(2 * np.pi * 0.85 * t), id="too lazy: 2.2 degrees in 0.6 s"),
        pytest.param(lambda t: 0.9 * np.sin(2 * np.pi * 2.0 * t), id="too small: 1.8 degrees"),
        pytest.param(lambda t: 12 / (1 + np.exp(-(t - 8) / 0.05)), id="one quick look down"),
        pytest.param(lambda t: 8 * ((t > 5) & (t < 7)).astype(float), id="down, a rest, up"),
        pytest.param(lambda t: np.where((t >= 5) & (t < 5.2), 3 * (1 - np.cos(2 * np.pi * 5 * (t - 5))), 0), id="0.2 s: too short"),
    ],
)
def test_other_pitch_is_no_nod(rate: float, pitch_of: Callable[[np.ndarray], np.ndarray]) -> None:
    assert not found(head(rate, pitch=pitch_of(times(rate))), "nod")


@pytest.mark.parametrize("rate", RATES[1:])  # 8 Hz is too near to the 10 Hz that 20 fps can show
def test_tremor_is_no_nod(rate: float) -> None:
    assert not found(head(rate, pitch=3 * np.sin(2 * np.pi * 8.0 * times(rate))), "nod")


def test_shaking_is_not_nodding_and_nodding_not_shaking() -> None:
    t = times(30.0)
    small, large = waves(t, hz=2.0, size=4.0), waves(t, hz=2.0, size=9.0)
    shaking, nodding = head(30.0, pitch=small, yaw=large), head(30.0, pitch=large, yaw=small)
    assert (len(found(shaking, "nod")), len(found(shaking, "shake"))) == (0, 4)
    assert (len(found(nodding, "nod")), len(found(nodding, "shake"))) == (4, 0)


def test_one_turn_there_and_back_is_no_shake() -> None:
    t = times(30.0)
    assert not found(head(30.0, yaw=waves(t, hz=1.5, size=12.0, cycles=1.0)), "shake")
    assert len(found(head(30.0, yaw=waves(t, hz=1.5, size=12.0, cycles=1.5)), "shake")) == 4


def test_a_nod_with_the_head_turned_away_is_still_a_nod() -> None:
    from scipy.spatial.transform import Rotation

    pitch = waves(times(25.0), hz=2.0, size=6.0)
    turned = Rotation.from_euler("Y", 50, degrees=True) * Rotation.from_euler("X", pitch[:, None], degrees=True)
    motion = Motion(seat=Seat.A, frame_rate_hz=25.0, expression=np.zeros((len(pitch), 52)), head_rotation=turned.as_rotvec())
    assert [event.kind for event in detect_events(motion)] == ["nod"] * 4


@pytest.mark.parametrize("rate", RATES)
def test_noise_and_drift_neither_hide_nods_nor_make_them(rate: float) -> None:
    t = times(rate)
    noise = np.random.default_rng(1).normal(0, 0.15, (2, len(t))) + 4 * np.sin(2 * np.pi * 0.1 * t)
    assert not found(head(rate, pitch=noise[0], yaw=noise[1]), "nod")
    nods = found(head(rate, pitch=noise[0] + waves(t, hz=2.0, size=6.0), yaw=noise[1]), "nod")
    assert [nod.start_s for nod in nods] == pytest.approx(ONSETS, abs=0.12)


def test_later_half_cycles_may_shrink_to_half_and_no_further() -> None:
    def decaying(share: float) -> Motion:
        t = times(50.0)
        once, again = waves(t, hz=2.0, size=6.0, cycles=1, onsets=[5.0]), waves(t, hz=2.0, size=6.0 * share, cycles=1, onsets=[5.5])
        return head(50.0, pitch=once + again)

    (kept,), (cut,) = found(decaying(0.6), "nod"), found(decaying(0.3), "nod")
    assert kept.end_s == pytest.approx(6.0, abs=0.05)
    assert cut.end_s == pytest.approx(5.5, abs=0.05)


def test_nods_a_fifth_of_a_second_apart_are_one() -> None:
    t = times(50.0)
    near = waves(t, hz=2.0, size=6.0, cycles=1, onsets=[5.0, 5.6])
    far = waves(t, hz=2.0, size=6.0, cycles=1, onsets=[5.0, 5.9])
    assert len(found(head(50.0, pitch=near), "nod")) == 1
    assert len(found(head(50.0, pitch=far), "nod")) == 2


def test_a_nod_that_goes_on_smaller_is_still_one() -> None:
    t = times(50.0)
    large, small = waves(t, hz=2.0, size=12.0, cycles=1, onsets=[5.0]), waves(t, hz=2.0, size=4.0, cycles=1, onsets=[5.5])
    (nod,) = found(head(50.0, pitch=large + small), "nod")
    assert (nod.start_s, nod.end_s) == pytest.approx((5.0, 6.0), abs=0.05)


def test_rules_can_be_changed() -> None:
    motion = head(25.0, pitch=waves(times(25.0), hz=2.0, size=3.0))
    assert not found(motion, "nod", rules=EventRules(nod=GestureRule(opening_deg=5.0)))


def test_a_held_tilt_is_found_against_the_usual_roll() -> None:
    t = times(25.0)
    roll = 3.0 + np.where((t >= 5) & (t < 7), -9.0, 0.0) + np.where((t >= 9) & (t < 9.2), 9.0, 0.0)
    (tilt,) = found(head(25.0, roll=roll), "tilt")
    assert (tilt.start_s, tilt.end_s) == pytest.approx((5.0, 7.0), abs=0.05)
    assert tilt.strength == pytest.approx(9.0, abs=0.01)


def test_lost_tracking_makes_no_events() -> None:
    t = times(25.0)
    pitch = waves(t, hz=2.0, size=6.0)
    valid = np.ones(len(t), bool)
    lost = (t > 9.4) & (t < 10.1)
    jumping = pitch + waves(t, hz=2.0, size=30.0, cycles=1, onsets=[9.5])
    valid[lost] = False
    assert len(found(head(25.0, pitch=jumping), "nod")) == 5  # without the mask the jump counts
    assert [nod.start_s for nod in found(head(25.0, pitch=jumping, valid=valid), "nod")] == pytest.approx(ONSETS, abs=0.05)
    valid[:] = False
    assert not detect_events(head(25.0, pitch=pitch, valid=valid))


def test_single_lost_frames_are_bridged() -> None:
    t = times(50.0)
    pitch = waves(t, hz=2.0, size=6.0)
    valid = np.arange(len(t)) % 9 != 0
    nods = found(head(50.0, pitch=np.where(valid, pitch, -40.0), valid=valid), "nod")
    assert [nod.start_s for nod in nods] == pytest.approx(ONSETS, abs=0.06)


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 5])
def test_very_short_motion_has_no_gestures(frames: int) -> None:
    assert not detect_events(head(25.0, pitch=np.linspace(0, 3, frames), yaw=np.zeros(frames)))


def test_times_are_those_of_the_conversation() -> None:
    whole = head(25.0, pitch=waves(times(25.0), hz=2.0, size=6.0))
    part = whole.slice(250, 500)
    assert [nod.start_s for nod in found(part, "nod")] == pytest.approx([nod.start_s for nod in found(whole, "nod")][2:], abs=1e-6)
