"""Live Link Face recordings as phones and programs write them: odd headers, lost frames, other rates, other units."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyad.errors import InputError
from dyad.imports.frame_times import count_of, frame_times
from dyad.live_link import HEADER, VALUES
from dyad.motion_files import read_foreign, read_motion
from dyad.seat import Seat
from dyad.timecode import Timecode, timecode_text

START_S = Fraction(69389)  # 19:16:29


def _times(frames: int, rate: float) -> list[Fraction]:
    return [START_S + Fraction(frame) / Fraction(rate).limit_denominator(100_000) for frame in range(frames)]


def _table(times: Sequence[Fraction], *, count: int = 60, seed: int = 2) -> pd.DataFrame:
    """Smooth weights, and angles whose eyes agree with them."""
    seconds = np.array([float(time - times[0]) for time in times])
    rng = np.random.default_rng(seed)
    pace, phase = rng.uniform(0.3, 1.2, len(VALUES)), rng.uniform(0, 6, len(VALUES))
    values = 0.3 + 0.25 * np.sin(2 * np.pi * pace * seconds[:, None] + phase)
    table = pd.DataFrame(values, columns=list(VALUES))
    table[["HeadYaw", "HeadPitch", "HeadRoll"]] -= 0.3
    for side, (left, right) in {"Left": ("EyeLookOutLeft", "EyeLookInLeft"), "Right": ("EyeLookInRight", "EyeLookOutRight")}.items():
        table[f"{side}EyeYaw"] = -0.6 * (table[left] - table[right])
        table[f"{side}EyePitch"] = 0.5 * (table[f"EyeLookDown{side}"] - table[f"EyeLookUp{side}"])
        table[f"{side}EyeRoll"] = 0.0
    table.insert(0, "BlendShapeCount", 61)
    table.insert(0, "Timecode", [timecode_text(time, frames_per_s=count) for time in times])
    return table


def _write(folder: Path, table: pd.DataFrame) -> Path:
    path = folder / "take.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture
def take(tmp_path: Path) -> Callable[[pd.DataFrame], Path]:
    return lambda table: _write(tmp_path, table)


Take = Callable[[pd.DataFrame], Path]


def test_values_go_where_their_names_say(take: Take) -> None:
    table = _table(_times(150, 60))
    motion = read_motion(take(table), seat=Seat.B)
    assert (motion.seat, motion.frame_rate_hz, len(motion), motion.basis) == (Seat.B, 60.0, 150, "arkit52")
    assert np.allclose(motion.channel("mouthSmileLeft"), table["MouthSmileLeft"], atol=1e-6)
    assert np.allclose(motion.gaze[:, 1, 0], -table["RightEyeYaw"], atol=1e-6)
    assert motion.valid.all()


def test_headers_in_other_cases_and_orders_and_further_columns_are_read(take: Take) -> None:
    table = _table(_times(150, 60))
    plain = read_motion(take(table), seat=Seat.A)
    odd = table[["Timecode", *reversed(table.columns[1:])]].rename(columns=str.upper)
    odd = odd.rename(columns={"BLENDSHAPECOUNT": "BlendshapeCount"}).assign(Emotion_Angry=0.5, BlendshapeCount=68)
    foreign = read_foreign(take(odd), seat=Seat.A)
    assert np.array_equal(foreign.motion.expression, plain.expression)
    assert foreign.notes[0] == "Other columns left out: Emotion_Angry."


def test_the_count_column_may_be_missing_but_no_other(take: Take) -> None:
    table = _table(_times(150, 60))
    assert len(read_motion(take(table.drop(columns="BlendShapeCount")), seat=Seat.A)) == 150
    with pytest.raises(InputError, match="Timecode and 61 values; got none called JawOpen, HeadRoll"):
        read_motion(take(table.drop(columns=["JawOpen", "HeadRoll"])), seat=Seat.A)
    with pytest.raises(InputError, match="got none called Timecode"):
        read_motion(take(table.drop(columns="Timecode")), seat=Seat.A)
    with pytest.raises(InputError, match=r"got none called EyeBlinkLeft, .+, EyeWideLeft, .+, RightEyeRoll\. Export"):
        read_motion(take(table[["Timecode", "BlendShapeCount"]]), seat=Seat.A)
    with pytest.raises(InputError, match="each column once; got twice JawOpen, jawopen"):
        read_motion(take(table.assign(jawopen=0.0)), seat=Seat.A)


@pytest.mark.parametrize(
    ("rate", "count", "read"), [(60, 60, 60.0), (30, 30, 30.0), (30, 60, 30.0), (25, 25, 25.0), (29.97, 30, 29.97), (59.9044, 60, 60.0)]
)
def test_the_rate_is_read_off_the_timecodes(rate: float, count: int, read: float, take: Take) -> None:
    frames = round(rate * 20)
    table = _table(_times(frames, rate), count=count)
    foreign = read_foreign(take(table), seat=Seat.A)
    assert foreign.motion.frame_rate_hz == pytest.approx(read, abs=1e-3)
    drifts = rate == 59.9044  # as real iPhones do
    assert any("interpolated onto an even 60 fps" in note for note in foreign.notes) == drifts
    assert len(foreign.motion) == (round(frames * 60 / 59.9044) if drifts else frames)
    at = np.arange(len(foreign.motion)) / foreign.motion.frame_rate_hz
    wanted = np.interp(at, np.arange(frames) / rate, table["JawOpen"])
    assert np.abs(foreign.motion.channel("jawOpen") - wanted).max() < 2e-3


def test_a_take_shorter_than_a_second_leaves_the_rate_open(take: Take) -> None:
    table = _table(_times(20, 30), count=30)
    with pytest.raises(InputError, match=r"frame rate can be told; got 20 rows with frame numbers up to 19\..+--source-fps"):
        read_foreign(take(table), seat=Seat.A)
    assert read_foreign(take(table), seat=Seat.A, source_rate_hz=30).motion.frame_rate_hz == 30.0
    late = _table([time + Fraction(31, 60) for time in _times(20, 60)])
    assert read_motion(take(late), seat=Seat.A).frame_rate_hz == 60.0
    with pytest.raises(InputError, match=r"whole number of frames in a timecode's second; got 29\.97"):
        read_foreign(take(table), seat=Seat.A, source_rate_hz=29.97)
    with pytest.raises(InputError, match="frame numbers below 25; got higher ones"):
        read_foreign(take(late), seat=Seat.A, source_rate_hz=25)


def test_dropped_frames_are_filled_and_told(take: Take) -> None:
    table = _table(_times(300, 60))
    lost = [50, 51, 52, 53, 200]
    foreign = read_foreign(take(table.drop(index=lost)), seat=Seat.A)
    motion = foreign.motion
    assert len(motion) == 300
    assert list(np.flatnonzero(~motion.valid)) == lost
    assert any("5 dropped frames filled and marked not valid" in note for note in foreign.notes)
    kept = np.setdiff1d(np.arange(300), lost)
    assert np.allclose(motion.channel("jawOpen")[kept], table["JawOpen"][kept], atol=1e-6)
    lines = np.interp(lost, kept, table["JawOpen"][kept])
    assert np.allclose(motion.channel("jawOpen")[lost], lines, atol=1e-6)


def test_frames_without_tracking_are_filled_and_told(take: Take) -> None:
    table = _table(_times(200, 60))
    table.loc[60:64, list(VALUES)] = np.nan  # written as empty cells
    table.loc[60:64, "BlendShapeCount"] = 0
    foreign = read_foreign(take(table), seat=Seat.A)
    assert list(np.flatnonzero(~foreign.motion.valid)) == [60, 61, 62, 63, 64]
    assert any("5 frames without tracking" in note for note in foreign.notes)
    line = np.interp(62, [59, 65], table["JawOpen"][[59, 65]])
    assert foreign.motion.channel("jawOpen")[62] == pytest.approx(line, abs=1e-6)


@pytest.mark.parametrize(("first", "second"), [(60, 30), (30, 60)])
def test_a_rate_that_changes_is_refused(first: int, second: int, take: Take) -> None:
    times = _times(200, first)
    times += [times[-1] + Fraction(frame, second) for frame in range(1, 120)]
    with pytest.raises(InputError, match=r"one frame rate throughout; got about \d+ fps and \d+ fps \(near row \d+\)"):
        read_motion(take(_table(times)), seat=Seat.A)


def test_two_takes_and_jumps_back_are_refused(take: Take) -> None:
    times = _times(100, 60)
    with pytest.raises(InputError, match=r"one take; got a gap of 20\.0 s after row 100\. Split"):
        read_motion(take(_table([*times, *(time + 20 + Fraction(99, 60) for time in times)])), seat=Seat.A)
    with pytest.raises(InputError, match="times that run forwards; got a jump back after row 100"):
        read_motion(take(_table([*times, *times])), seat=Seat.A)


def test_midnight_is_no_jump(take: Take) -> None:
    times = [Fraction(86399) + Fraction(frame, 60) for frame in range(150)]
    motion = read_motion(take(_table(times)), seat=Seat.A)
    assert (len(motion), motion.frame_rate_hz) == (150, 60.0)


def test_calibrated_weights_are_clipped_and_told(take: Take) -> None:
    table = _table(_times(150, 60))
    table["BrowInnerUp"] = np.linspace(-0.34, 1.02, 150)
    foreign = read_foreign(take(table), seat=Seat.A)
    assert foreign.motion.expression.min() == 0.0
    assert foreign.motion.expression.max() == 1.0
    assert any("Weights from -0.34 to 1.02 clipped to 0 to 1" in note for note in foreign.notes)


@pytest.mark.parametrize(
    ("column", "factor", "text"),
    [
        ("JawOpen", 100.0, r"weights from 0 to 1; got 5\d\.\d+\. Divide percentages by 100"),
        ("HeadPitch", 57.3, r"angles in radians; got HeadPitch up to \d+"),
        ("LeftEyeYaw", -1.0, "agree with the EyeLook weights; got LeftEyeYaw the other way round. Turn them with --flip LeftEyeYaw"),
        ("RightEyePitch", -1.0, "got RightEyePitch the other way round"),
    ],
)
def test_other_units_and_signs_are_refused(column: str, factor: float, text: str, take: Take) -> None:
    table = _table(_times(150, 60))
    table[column] *= factor
    with pytest.raises(InputError, match=text):
        read_motion(take(table), seat=Seat.A)


def test_signs_are_turned_on_request(take: Take) -> None:
    table = _table(_times(150, 60))
    plain = read_motion(take(table), seat=Seat.A)
    table[["LeftEyeYaw", "HeadYaw"]] *= -1
    turned = read_foreign(take(table), seat=Seat.A, flip=("lefteyeyaw", "HeadYaw")).motion
    assert np.allclose(turned.gaze, plain.gaze, atol=1e-6)
    assert np.allclose(turned.head_rotation, plain.head_rotation, atol=1e-6)
    with pytest.raises(InputError, match=r"--flip: expected one of HeadYaw, .+; got 'JawOpen'"):
        read_foreign(take(table), seat=Seat.A, flip=("JawOpen",))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda text: text[: len(text) - 300], r"63 cells a line; got \d+ cells in line 151\. The file may be cut short"),
        (lambda text: text.replace(",61,", ",61,x", 1), "line 2: expected numbers; got 'x0"),
        (lambda text: text.replace(",61,", ",61,nan,", 1).replace("\n", ",0\n", 1), "cells"),
        (lambda text: "\n".join(text.split("\n")[:1]), "a header and at least one frame; got 1 lines"),
        (lambda _text: "", "got 0 lines"),
        (lambda text: text.replace("19:16:29:01", "19:16:2901", 1), r"line 3: expected a timecode HH:MM:SS:FF\.sss; got '19:16:2901"),
        (lambda text: text.replace("19:16:29:01", "\x00", 1), "line|NUL|timecode"),
    ],
)
def test_damage_is_named_with_its_line(change: Callable[[str], str], text: str, take: Take) -> None:
    path = take(_table(_times(150, 60)))
    path.write_text(change(path.read_text()))
    with pytest.raises(InputError, match=text):
        read_motion(path, seat=Seat.A)


def test_values_that_are_not_finite_are_refused(take: Take) -> None:
    table = _table(_times(150, 60))
    table.loc[7, "JawOpen"] = np.inf
    with pytest.raises(InputError, match="line 9: expected finite numbers"):
        read_motion(take(table), seat=Seat.A)


def test_binary_files_called_csv_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "take.csv"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="expected a Live Link Face CSV; got"):
        read_motion(path, seat=Seat.A)


@given(
    count=st.sampled_from([24, 25, 30, 50, 60]),
    start=st.fractions(0, 80_000, max_denominator=997),
    lost=st.sets(st.integers(1, 198), max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_rates_and_lost_frames_are_found_whatever_the_start(count: int, start: Fraction, lost: set[int]) -> None:
    frames = [frame for frame in range(200) if frame not in lost]
    codes = [Timecode.parse(timecode_text(start + Fraction(frame, count), frames_per_s=count)) for frame in frames]
    assert count_of(codes, what="take") == count
    found = frame_times(codes, count=count, what="take")
    assert found.frame_rate_hz == count
    assert found.frames == 200
    places: npt.NDArray[np.float64] = np.rint(found.positions)
    assert list(places) == frames
    assert list(np.flatnonzero(~found.recorded())) == sorted(lost)


def test_header_has_63_columns() -> None:
    assert len(HEADER) == len(set(HEADER)) == 63
