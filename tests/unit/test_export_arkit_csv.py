"""Live Link Face files: read by pandas, and back."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from dyad.angles import from_yaw_pitch_roll, to_yaw_pitch_roll
from dyad.errors import InputError
from dyad.exports.export import export
from dyad.faces.head import Head
from dyad.motion_files import read_foreign
from dyad.recording import Recording
from dyad.seat import Seat
from dyad.timecode import Timecode, timecode_text
from tests import scenes

HEADER = (
    "Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,EyeLookUpLeft,EyeSquintLeft,EyeWideLeft,"
    "EyeBlinkRight,EyeLookDownRight,EyeLookInRight,EyeLookOutRight,EyeLookUpRight,EyeSquintRight,EyeWideRight,"
    "JawForward,JawRight,JawLeft,JawOpen,MouthClose,MouthFunnel,MouthPucker,MouthRight,MouthLeft,MouthSmileLeft,MouthSmileRight,"
    "MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,MouthDimpleRight,MouthStretchLeft,MouthStretchRight,MouthRollLower,MouthRollUpper,"
    "MouthShrugLower,MouthShrugUpper,MouthPressLeft,MouthPressRight,MouthLowerDownLeft,MouthLowerDownRight,MouthUpperUpLeft,"
    "MouthUpperUpRight,BrowDownLeft,BrowDownRight,BrowInnerUp,BrowOuterUpLeft,BrowOuterUpRight,CheekPuff,CheekSquintLeft,"
    "CheekSquintRight,NoseSneerLeft,NoseSneerRight,TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,"
    "RightEyeYaw,RightEyePitch,RightEyeRoll"
)


def no_heads(seat: Seat) -> None:
    raise AssertionError("this format needs no head")


def _recording(frame_rate_hz: float = 25.0, frames: int = 70) -> Recording:
    recording = scenes.recording(bases=("arkit52", "arkit52"), frames=frames)
    return replace(recording, motion={seat: replace(motion, frame_rate_hz=frame_rate_hz) for seat, motion in recording.motion.items()})


def _export(folder: Path, recording: Recording, **options: object) -> list[Path]:
    return export(recording, to="arkit-csv", out=folder / "talk", head_of=no_heads, **options)  # type: ignore[arg-type]


def test_the_header_is_the_app_s_letter_for_letter(tmp_path: Path) -> None:
    paths = _export(tmp_path, _recording())
    assert [path.name for path in paths] == ["talk-A.csv", "talk-B.csv"]
    first, second, *_ = paths[0].read_text().split("\n")
    assert first == HEADER
    assert len(first.split(",")) == 63
    assert second.startswith("00:00:00:00.000,61,")


def test_pandas_reads_what_was_moved(tmp_path: Path) -> None:
    recording = _recording()
    table = pd.read_csv(_export(tmp_path, recording)[1])
    motion = recording.motion[Seat.B]
    assert table.shape == (70, 63)
    assert (table["BlendShapeCount"] == 61).all()
    assert np.allclose(table["JawOpen"], motion.channel("jawOpen"), atol=1e-9)
    assert np.allclose(table["EyeBlinkLeft"], motion.channel("eyeBlinkLeft"), atol=1e-9)
    assert table["Timecode"][69] == "00:00:02:19.000"
    assert np.allclose(table["LeftEyeYaw"], -motion.gaze[:, 0, 0], atol=1e-9)
    assert np.allclose(table["RightEyePitch"], motion.gaze[:, 1, 1], atol=1e-9)


@pytest.mark.parametrize(
    ("axis", "column", "sign"), [((0, 0.3, 0), "HeadYaw", -1), ((0.3, 0, 0), "HeadPitch", 1), ((0, 0, 0.3), "HeadRoll", -1)]
)
def test_head_angles_count_as_live_link_s_do(axis: tuple[float, ...], column: str, sign: int, tmp_path: Path) -> None:
    recording = _recording()
    motion = replace(recording.motion[Seat.A], head_rotation=np.tile(np.array(axis, np.float32), (70, 1)))
    table = pd.read_csv(_export(tmp_path, replace(recording, motion={**recording.motion, Seat.A: motion}))[0])
    assert np.allclose(table[column], sign * 0.3, atol=1e-7)
    assert np.allclose(table[[name for name in ("HeadYaw", "HeadPitch", "HeadRoll") if name != column]], 0, atol=1e-7)


def test_units_axes_and_rate_stand_beside_the_file(tmp_path: Path) -> None:
    recording = _recording()
    path, _ = _export(tmp_path, recording, sound="talk/audio.flac")
    said = json.loads((tmp_path / f"{path.name}.about.json").read_text())
    assert (said["kind"], said["format"], said["frame_rate_hz"], said["frames"]) == ("dyad export", "arkit-csv", 25.0, 70)
    assert said["units"] == {"length": "metre", "angle": "radian", "time": "second"}
    assert "y up, z out of the face" in said["axes"]
    assert "yaw > 0 to the subject's right" in said["angles"]
    assert said["left_out"] == ["head translation"]
    assert said["sound"] == "talk/audio.flac"
    assert said["seats"]["A"]["basis"] == "arkit52"
    assert "weights 0" in said["seats"]["A"]["neutral_pose"]
    lost = said["seats"]["A"]["invalid_frames"]
    assert sum(stop - first for first, stop in lost) == int((~recording.motion[Seat.A].valid).sum())


@pytest.mark.parametrize("rate", [24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 100.0])
@pytest.mark.parametrize("stated", [True, False])
def test_there_and_back(rate: float, stated: bool, tmp_path: Path) -> None:
    recording = _recording(rate, frames=130)
    path = _export(tmp_path, recording)[0]
    if not stated:
        (tmp_path / f"{path.name}.about.json").unlink()
    before, after = recording.motion[Seat.A], read_foreign(path, seat=Seat.B).motion
    assert after.seat is Seat.B
    assert after.frame_rate_hz == pytest.approx(rate, abs=1e-3)
    assert np.allclose(after.expression, before.expression, atol=1e-7)
    assert (Rotation.from_rotvec(before.head_rotation).inv() * Rotation.from_rotvec(after.head_rotation)).magnitude().max() < 1e-6
    assert np.allclose(after.gaze, before.gaze, atol=1e-7)
    assert np.array_equal(after.valid, before.valid if stated else np.ones(130, np.bool_))
    assert not after.head_translation.any()  # the layout has no column for it


def test_other_rates_are_resampled(tmp_path: Path) -> None:
    path = _export(tmp_path, _recording(), frame_rate_hz=60.0, seats=(Seat.B,))[0]
    assert path.name == "talk.csv"
    motion = read_foreign(path, seat=Seat.A).motion
    assert (motion.frame_rate_hz, len(motion)) == (60.0, 168)


def test_flame_motion_has_no_weights_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected ARKit weights, which arkit-csv holds; got basis flame50"):
        export(scenes.recording(), to="arkit-csv", out=tmp_path / "talk", head_of=lambda _seat: Head.build(detail="light"))
    assert not list(tmp_path.iterdir())


def test_the_app_s_timecode_is_read_to_the_ten_thousandth() -> None:
    assert float(Timecode.parse("19:16:29:35.273").time_s(frames_per_s=60)) == pytest.approx(69389.5879, abs=5e-5)


@given(thousandths=st.integers(0, 24 * 3600 * 60 * 1000 - 1), count=st.sampled_from([24, 25, 30, 60]))
def test_timecodes_come_back_exactly(thousandths: int, count: int) -> None:
    time = Fraction(thousandths % (24 * 3600 * count * 1000), count * 1000)
    assert Timecode.parse(timecode_text(time, frames_per_s=count)).time_s(frames_per_s=count) == time


@given(time_s=st.fractions(0, 86399, max_denominator=10_000), count=st.sampled_from([24, 25, 30, 60]))
def test_timecodes_never_show_a_frame_that_is_not_there(time_s: Fraction, count: int) -> None:
    code = Timecode.parse(timecode_text(time_s, frames_per_s=count))
    assert code.frames < count
    assert abs(code.time_s(frames_per_s=count) - time_s) <= Fraction(1, 2000 * count)


@pytest.mark.parametrize("text", ["", "1:2:3", "25:00:00:00.0", "10:61:00:00", "10:00:00", "10:00:00:x", "-1:00:00:00.0"])
def test_texts_that_are_no_timecode_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"timecode: expected HH:MM:SS:FF\.sss"):
        Timecode.parse(text)


@given(vector=st.tuples(*[st.floats(-1.4, 1.4)] * 3))
def test_yaw_pitch_and_roll_come_back(vector: tuple[float, float, float]) -> None:
    given_turn = np.array([vector])
    back = Rotation.from_rotvec(from_yaw_pitch_roll(to_yaw_pitch_roll(given_turn)))
    assert (Rotation.from_rotvec(given_turn).inv() * back).magnitude()[0] < 1e-6


def test_yaw_comes_first_then_pitch_then_roll() -> None:
    turned = Rotation.from_rotvec(from_yaw_pitch_roll(np.array([[np.pi / 2, 0.4, 0.0]])))
    # After the quarter turn to the left the face looks along +x; the pitch then takes it straight down from there.
    assert np.allclose(turned.apply([[0.0, 0.0, 1.0]]), [[np.cos(0.4), -np.sin(0.4), 0.0]], atol=1e-9)


def test_no_angles_are_no_angles() -> None:
    assert to_yaw_pitch_roll(np.zeros((0, 3))).shape == from_yaw_pitch_roll(np.zeros((0, 3))).shape == (0, 3)
