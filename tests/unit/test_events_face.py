"""Blinks, smiles, brows and gaze."""

from typing import Any

import numpy as np
import pytest

from dyad.bases import ARKIT52
from dyad.eval.events import EVENT_KINDS, EventRules, GazeRule, detect_events, unmeasurable_kinds
from dyad.eval.head_pose import gaze_offset, head_angles, head_speed
from dyad.motion import Motion
from dyad.recording import Event
from dyad.seat import Seat

RATES = [20.0, 25.0, 30.0, 50.0, 60.0]


def face(rate: float, frames: int, *, weights: dict | None = None, **fields: Any) -> Motion:
    expression = np.zeros((frames, 52), np.float32)
    for name, weight in (weights or {}).items():
        expression[:, ARKIT52.index(name)] = weight
    return Motion(
        seat=Seat.A, frame_rate_hz=rate, expression=expression, head_rotation=fields.pop("head_rotation", np.zeros((frames, 3))), **fields
    )


def both(stem: str, weight: Any) -> dict:
    return {f"{stem}Left": weight, f"{stem}Right": weight}


def found(motion: Motion, kind: str, **options: Any) -> list[Event]:
    return [event for event in detect_events(motion, **options) if event.kind == kind]


def bumps(t: np.ndarray, onsets: list[float], *, length: float, height: float = 0.9) -> np.ndarray:
    lids = np.zeros_like(t)
    for onset in onsets:
        inside = (t >= onset) & (t < onset + length)
        lids[inside] = height * np.sin(np.pi * (t[inside] - onset) / length)
    return lids


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("length", [0.2, 0.3, 0.6])
def test_planted_blinks_are_found_on_time(rate: float, length: float) -> None:
    t = np.arange(0, 30, 1 / rate)
    onsets = np.arange(1.03, 28, 2.71).tolist()
    blinks = found(face(rate, len(t), weights=both("eyeBlink", bumps(t, onsets, length=length))), "blink")
    assert len(blinks) == len(onsets)
    for blink, onset in zip(blinks, onsets, strict=True):  # half height of a half sine: the middle two thirds
        assert blink.start_s == pytest.approx(onset + length / 6, abs=0.75 / rate)
        assert blink.end_s == pytest.approx(onset + 5 * length / 6, abs=0.75 / rate)


def test_lids_that_do_not_blink() -> None:
    t = np.arange(0, 30, 1 / 60)
    squint = 0.25 + 0.1 * np.sin(2 * np.pi * 0.2 * t) + np.random.default_rng(0).normal(0, 0.02, len(t))
    assert not found(face(60.0, len(t), weights=both("eyeBlink", squint)), "blink")
    both_and_one = {"eyeBlinkLeft": bumps(t, [5.0], length=0.3, height=0.5)}
    assert not found(face(60.0, len(t), weights=both_and_one), "blink")  # half a wink moves the mean by a quarter


def test_two_blinks_with_the_lids_half_open_between() -> None:
    t = np.arange(0, 10, 1 / 50)
    lids = np.interp(t, [4, 4.1, 4.25, 4.35, 4.5], [0, 1, 0.5, 1, 0])
    assert len(found(face(50.0, len(t), weights=both("eyeBlink", lids)), "blink")) == 2


def test_closed_eyes_are_no_blink() -> None:
    t = np.arange(0, 20, 1 / 25)
    lids = ((t >= 5) & (t < 7.5)).astype(float) + (t >= 18) + bumps(t, [12.0], length=0.3)
    motion = face(25.0, len(t), weights=both("eyeBlink", lids))
    assert [event.kind for event in detect_events(motion)] == ["eyes_closed", "blink", "eyes_closed"]
    closed = found(motion, "eyes_closed")
    assert [(event.start_s, event.end_s) for event in closed] == [pytest.approx((5, 7.5), abs=0.03), pytest.approx((18, 20), abs=0.03)]


def test_blinks_on_lowered_lids_count_from_there() -> None:
    t = np.arange(0, 10, 1 / 50)
    lids = np.maximum(0.35, bumps(t, [3.0, 6.0], length=0.3, height=0.95))
    blinks = found(face(50.0, len(t), weights=both("eyeBlink", lids)), "blink")
    assert [blink.strength for blink in blinks] == pytest.approx([0.95, 0.95], abs=0.36)
    assert len(blinks) == 2


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("stem", "kind"), [("mouthSmile", "smile")])
def test_smiles_join_and_must_last(rate: float, stem: str, kind: str) -> None:
    t = np.arange(0, 12, 1 / rate)
    shown = ((t >= 2) & (t < 3)) | ((t >= 3.1) & (t < 4)) | ((t >= 6) & (t < 6.2)) | ((t >= 8) & (t < 10))
    smiles = found(face(rate, len(t), weights=both(stem, 0.6 * shown)), kind)
    assert [(smile.start_s, smile.end_s) for smile in smiles] == [
        pytest.approx((2, 4), abs=1.01 / rate),
        pytest.approx((8, 10), abs=1.01 / rate),
    ]
    assert smiles[0].strength == pytest.approx(0.6)


def test_a_smile_is_held_to_the_lower_level() -> None:
    t = np.arange(0, 10, 1 / 25)
    weight = np.interp(t, [0, 4, 5, 6, 8, 9], [0.1, 0.1, 0.5, 0.25, 0.25, 0.1])
    (smile,) = found(face(25.0, len(t), weights=both("mouthSmile", weight)), "smile")
    assert smile.start_s == pytest.approx(4.25, abs=0.05)
    assert smile.end_s == pytest.approx(8.33, abs=0.05)
    assert not found(face(25.0, len(t), weights=both("mouthSmile", 0.29)), "smile")


def test_raised_brows() -> None:
    t = np.arange(0, 10, 1 / 30)
    up = 0.6 * ((t >= 3) & (t < 4))
    (raised,) = found(face(30.0, len(t), weights={"browInnerUp": up, **both("browOuterUp", up)}), "brow_raise")
    assert (raised.start_s, raised.end_s) == pytest.approx((3, 4), abs=0.04)
    assert not found(face(30.0, len(t), weights=both("browDown", up)), "brow_raise")


def test_gaze_is_eyes_turned_by_the_head() -> None:
    degrees = np.radians
    turns = np.array([[0, 0, 0], [0, 30, 0], [0, 30, 0], [20, 0, 0], [0, 0, 40]])
    eyes = np.array([[15, 0], [0, 0], [-30, 0], [0, -20], [0, 12]])  # yaw, pitch
    motion = face(25.0, 5, head_rotation=degrees(turns), gaze=np.repeat(degrees(eyes)[:, None], 2, axis=1))
    # Straight-on maths: eyes aside 15; head aside 30; head aside with eyes back 0; head down with eyes up 0; roll keeps the angle.
    assert gaze_offset(motion) == pytest.approx([15, 30, 0, 0, 12], abs=1e-3)
    aside = gaze_offset(motion, partner_yaw_deg=30.0)
    assert aside[1] == pytest.approx(0, abs=1e-3)


def test_gaze_signs_follow_the_motion() -> None:
    pitch, yaw, roll = head_angles(face(25.0, 3, head_rotation=np.radians(np.diag([5.0, 6.0, 7.0]))))
    assert np.diag([pitch[0], yaw[1], roll[2]]) == pytest.approx(np.diag([5, 6, 7]), abs=1e-5)
    down = np.radians([[[0, 20.0], [0, 20.0]]])
    assert gaze_offset(face(25.0, 1, gaze=down), partner_pitch_deg=20.0)[0] == pytest.approx(0, abs=1e-3)
    left = np.radians([[[20.0, 0], [20.0, 0]]])
    assert gaze_offset(face(25.0, 1, gaze=left), partner_yaw_deg=20.0)[0] == pytest.approx(0, abs=1e-3)


def test_vergence_is_not_looking_away() -> None:
    eyes = np.radians([[[-12.0, 0], [12.0, 0]]])
    assert gaze_offset(face(25.0, 1, gaze=eyes))[0] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("rate", RATES)
def test_looks_away(rate: float) -> None:
    t = np.arange(0, 20, 1 / rate)
    yaw = 1.0 + 20.0 * ((t >= 4) & (t < 5.5)) + 20.0 * ((t >= 8) & (t < 8.1)) + 8.0 * ((t >= 12) & (t < 14))
    motion = face(rate, len(t), gaze=np.radians(np.stack([yaw, 0 * yaw], -1))[:, None].repeat(2, axis=1))
    (away,) = found(motion, "gaze_away")
    assert (away.start_s, away.end_s) == pytest.approx((4, 5.5), abs=1.01 / rate)
    assert away.strength == pytest.approx(21.0, abs=1e-3)
    assert len(found(motion, "gaze_away", rules=EventRules(gaze=GazeRule(tolerance_deg=5.0)))) == 2


def test_what_a_basis_lacks_is_listed_and_left_out() -> None:
    flame = Motion(seat=Seat.A, frame_rate_hz=25.0, basis="flame50", expression=np.ones((50, 50)), head_rotation=np.zeros((50, 3)))
    reasons = unmeasurable_kinds(flame)
    assert set(reasons) == {"blink", "eyes_closed", "smile", "brow_raise", "gaze_away"}
    assert "flame50 has no eyeBlinkLeft" in reasons["blink"]
    assert "eyes not recorded" in reasons["gaze_away"]
    assert not detect_events(flame)
    assert not unmeasurable_kinds(face(25.0, 2, gaze=np.full((2, 2, 2), 0.01)))


def test_a_resting_head_does_nothing_and_kinds_are_known() -> None:
    assert not detect_events(face(25.0, 200, gaze=np.full((200, 2, 2), 0.001)))
    assert set(EVENT_KINDS) == {"nod", "shake", "tilt", "blink", "eyes_closed", "smile", "brow_raise", "gaze_away"}


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_very_short_motion(frames: int) -> None:
    motion = face(25.0, frames, gaze=np.full((frames, 2, 2), 0.5))
    assert not detect_events(motion)
    assert len(head_speed(motion)) == max(0, frames - 1)
    assert len(gaze_offset(motion)) == frames


def test_head_speed_of_a_steady_turn() -> None:
    turning = np.radians(np.arange(50)[:, None] * [0.0, 0.8, 0.0])  # 0.8° a frame
    assert head_speed(face(25.0, 50, head_rotation=turning)) == pytest.approx(np.full(49, 20.0), rel=1e-4)
    tumbling = np.radians(np.arange(50)[:, None] * [4.0, 3.0, 0.0])
    assert head_speed(face(30.0, 50, head_rotation=tumbling)) == pytest.approx(np.full(49, 150.0), rel=1e-4)
