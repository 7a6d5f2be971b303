"""Non-verbal measures: planted gestures, looks and smiles come back as planted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from dyad.bases import channel_names
from dyad.errors import InputError
from dyad.eval.behaviour import measure_behaviour
from dyad.eval.nonverbal import NONVERBAL_DEFINITIONS, NonverbalRules, measure_nonverbal
from dyad.eval.synchrony import ShiftRule
from dyad.eval.turn_taking import TurnIntervals, TurnMeasure
from dyad.motion import Motion
from dyad.recording import Event
from dyad.seat import Seat
from tests import scenes

RATE_HZ = 25.0
# A speaks 0 to 20 and 40 to 60 s, B 20 to 40 s; phrases of B end at 29 s (a pause of 1 s) and at 40 s.
TURNS = scenes.annotation([("A", 0, 20), ("B", 20, 29), ("B", 30, 40), ("A", 40, 60)])


def motion(seat: Seat, *, seconds: float = 60.0, gaze_yaw_deg: Sequence[tuple[float, float, float]] = (), start_frame: int = 0) -> Motion:
    """A still head that looks 1° past the partner's eyes, and elsewhere (start, end, yaw) as told."""
    frames = round(seconds * RATE_HZ)
    gaze = np.full((frames, 2, 2), np.radians(1.0), np.float32)
    for start, end, yaw in gaze_yaw_deg:
        gaze[round(start * RATE_HZ) : round(end * RATE_HZ), :, 0] = np.radians(yaw)
    return Motion(
        seat=seat, frame_rate_hz=RATE_HZ, start_frame=start_frame, expression=np.zeros((frames, 52), np.float32),
        head_rotation=np.zeros((frames, 3), np.float32), gaze=gaze,
    )  # fmt: skip


def events(kind: str, seat: Seat, *times: tuple[float, float]) -> list[Event]:
    return [Event(seat=seat, kind=kind, start_s=start, end_s=end, strength=5.0 + index) for index, (start, end) in enumerate(times)]


def found(measures: Sequence[TurnMeasure], name: str, seat: str | None = "A") -> TurnMeasure:
    (one,) = [measure for measure in measures if (measure.name, measure.seat) == (name, seat)]
    return one


def value(measures: Sequence[TurnMeasure], name: str, seat: str | None = "A") -> float | None:
    return found(measures, name, seat).value


BOTH = {seat: motion(seat) for seat in Seat}


def test_rates_count_by_who_speaks() -> None:
    nods = events("nod", Seat.A, (5, 6), (21, 22), (25, 25.5), (39.6, 40.6))  # the last one's middle is in A's own turn
    measures = measure_nonverbal(BOTH, TURNS, events=nods)
    assert value(measures, "nods_rate") == 4.0
    assert value(measures, "nods_speaking_rate") == pytest.approx(60 * 2 / 40)
    assert value(measures, "nods_listening_rate") == pytest.approx(60 * 2 / 19, abs=1e-6)
    assert [value(measures, f"nod_length_{which}") for which in ("q25", "median", "q75")] == [0.875, 1.0, 1.0]
    assert [value(measures, f"nod_size_{which}") for which in ("q25", "median", "q75")] == [5.75, 6.5, 7.25]
    assert found(measures, "nods_rate").parameters["nod_opening_deg"] == 2.0
    assert value(measures, "nods_rate", "B") == 0.0
    assert value(measures, "nod_length_median", "B") is None
    assert (value(measures, "visual_backchannels_rate"), found(measures, "visual_backchannels_rate").n) == (pytest.approx(120 / 19), 2)


def test_long_blinks_of_the_listener() -> None:
    blinks = events("blink", Seat.A, (5, 5.9), (21, 21.2), (22, 22.5), (23, 23.41), (24, 24.2))
    long = found(measure_nonverbal(BOTH, TURNS, events=blinks), "long_blinks_listening")
    assert (long.value, long.n) == (0.25, 4)


def test_gaze_of_one_and_of_both() -> None:
    away = {Seat.A: [(0.0, 5.0, 25.0), (20.0, 22.0, -25.0)], Seat.B: [(4.0, 10.0, 25.0), (30.0, 30.2, 25.0), (30.4, 31.0, 25.0)]}
    measures = measure_nonverbal({seat: motion(seat, gaze_yaw_deg=away[seat]) for seat in Seat}, TURNS)
    assert value(measures, "gaze_at_partner_speaking") == pytest.approx(35 / 40)
    assert value(measures, "gaze_at_partner_listening") == pytest.approx(17 / 19)
    assert value(measures, "gaze_at_partner") == pytest.approx(53 / 60, abs=1e-6)
    assert value(measures, "gaze_at_partner_listening", "B") == pytest.approx(34 / 40)
    assert value(measures, "mutual_gaze_share", None) == pytest.approx((60 - 10 - 2 - 0.8) / 60, abs=1e-6)
    lengths = [found(measures, f"mutual_gaze_length_{which}", None).value for which in ("q25", "median", "q75")]
    assert lengths == [9.0, 10.0, 19.5]  # 10 to 20, 22 to 30 and 31 to 60 s; 0.2 s is no stretch
    assert value(measures, "gaze_away_rate") == 2.0


def test_latency_is_to_the_nearest_end_of_a_phrase() -> None:
    nods = events("nod", Seat.A, (25, 26), (28.6, 29.5), (29.8, 30.5), (39.9, 41), (40.8, 41))  # too early; three answers; while speaking
    measures = measure_nonverbal(BOTH, TURNS, events=nods)
    assert [value(measures, f"feedback_latency_{which}") for which in ("q25", "median", "q75")] == pytest.approx([-0.25, -0.1, 0.35])
    assert (value(measures, "feedback_before_end"), found(measures, "feedback_before_end").n) == (pytest.approx(2 / 3), 3)
    assert (value(measures, "feedback_taken_share"), found(measures, "feedback_taken_share").n) == (1.0, 2)
    assert value(measures, "feedback_latency_median", "B") is None
    joined = measure_nonverbal(BOTH, TURNS, events=nods, rules=NonverbalRules(join_s=1.5))
    assert found(joined, "feedback_taken_share").n == 1  # the pause is within one phrase


def test_answers_beside_chance() -> None:
    rng = np.random.default_rng(0)
    ends = 10 + np.cumsum(rng.uniform(4.5, 8.5, 90))
    turns = TurnIntervals(a=np.empty((0, 2)), b=np.stack([ends - 4, ends], axis=1), duration_s=620)
    both = {seat: motion(seat, seconds=620) for seat in Seat}
    cued, random = (np.sort(times) for times in (rng.choice(ends, 40, replace=False) + 0.3, rng.uniform(10, 590, 40)))
    figures = {}
    for name, onsets in {"cued": cued, "random": random}.items():
        given = events("nod", Seat.A, *[(float(time), float(time) + 0.8) for time in onsets])
        measures = measure_nonverbal(both, turns, events=given, seed=1)
        figures[name] = {key: value(measures, f"feedback_taken_{key}") for key in ("share", "chance", "z", "p")}
        assert measures == measure_nonverbal(both, turns, events=given, seed=1)
    assert figures["cued"]["share"] == pytest.approx(40 / 90, abs=1e-6)
    assert (figures["cued"]["z"] or 0) > 4
    assert (figures["cued"]["p"] or 1) < 0.01
    assert (figures["random"]["p"] or 0) > 0.05


def test_smiles_are_returned_within_two_seconds() -> None:
    smiles = [
        *events("smile", Seat.B, (5, 6), (15, 16), (25, 26), (50, 51)),
        *events("smile", Seat.A, (5.5, 8), (25, 27), (51.5, 53)),
    ]  # smiles that begin together return nothing
    measures = measure_nonverbal(BOTH, TURNS, events=smiles, rules=NonverbalRules(shifts=ShiftRule(count=50)))
    assert (value(measures, "smile_return_share"), found(measures, "smile_return_share").n) == (0.5, 4)
    assert value(measures, "smile_return_latency_median") == 1.0
    assert value(measures, "smile_return_share", "B") == 0.0
    assert found(measures, "smile_return_chance").n == 50
    assert value(measures, "smile_share") == pytest.approx(6 / 60, abs=1e-3)
    assert value(measures, "mutual_smile_share", None) == pytest.approx(1.5 / 60, abs=1e-3)


def test_head_speed_and_gaze_agree_with_the_behaviour_figures() -> None:
    turns = [("A", 0.0, 12.01), ("B", 12.5, 24.03), ("A", 23.0, 26.0), ("B", 26.0, 41.0)]
    recording = scenes.recording(bases=("arkit52", "arkit52"), frames=1050, turns=turns)
    theirs = {(one.name, one.seat.name): one.value for one in measure_behaviour(recording)}
    measures = measure_nonverbal(recording.motion, recording.diarization)
    for seat in "AB":
        for name in ("head_speed_speaking", "head_speed_listening", "head_speed_ratio"):
            assert value(measures, name, seat) == pytest.approx(theirs[name, seat], abs=1e-5)
        for name in ("gaze_at_partner_speaking", "gaze_at_partner_listening"):
            assert value(measures, name, seat) == pytest.approx((theirs[name, seat] or 0) / 100, abs=1e-6)
        assert value(measures, "blinks_rate", seat) == pytest.approx(theirs["blinks", seat], abs=1e-5)


def test_what_cannot_be_measured_says_why() -> None:
    flame = replace(
        BOTH[Seat.B], basis="flame50", expression=np.zeros((1500, len(channel_names("flame50"))), np.float32), gaze=np.zeros((1500, 2, 2))
    )
    measures = measure_nonverbal({Seat.A: BOTH[Seat.A], Seat.B: flame}, scenes.annotation([("A", 0, 4)]))
    expected = {
        ("blinks_rate", "B"): "basis flame50 has no eyeBlinkLeft, eyeBlinkRight",
        ("gaze_at_partner", "B"): "gaze is zero throughout: eyes not recorded",
        ("mutual_gaze_share", None): "B: gaze is zero throughout: eyes not recorded",
        ("smile_return_share", "A"): "basis flame50 has no mouthSmileLeft, mouthSmileRight",
        ("feedback_taken_share", "A"): "the partner never speaks",
        ("nods_speaking_rate", "A"): "only 4.0 s to look at, 15 s needed",
        ("head_speed_ratio", "A"): "only 4.0 s to look at, 5 s needed",
    }
    for (name, seat), reason in expected.items():
        one = found(measures, name, seat)
        assert (one.value, one.parameters["not_measured"]) == (None, reason), name
    assert found(measures, "visual_backchannels_rate", "B").parameters["kinds"] == "nod"
    assert value(measures, "nods_rate", "B") == 0.0


def test_same_names_for_every_conversation() -> None:
    first = measure_nonverbal(BOTH, TURNS)
    second = measure_nonverbal({seat: motion(seat, seconds=3) for seat in Seat}, scenes.annotation([]))
    assert [(one.name, one.seat) for one in first] == [(one.name, one.seat) for one in second]
    assert len({(one.name, one.seat) for one in first}) == len(first)
    for one in first:
        assert one.definition in NONVERBAL_DEFINITIONS
        assert one.source == NONVERBAL_DEFINITIONS[one.definition].source
        assert all(isinstance(parameter, int | float | str) for parameter in one.parameters.values())
    alone = measure_nonverbal({Seat.A: BOTH[Seat.A]}, TURNS)
    assert {one.seat for one in alone} == {"A"}


def test_a_part_of_a_recording_keeps_the_conversations_time() -> None:
    nods = events("nod", Seat.A, (21, 22), (28.4, 29.4))
    part = {seat: motion(seat, seconds=40, start_frame=500) for seat in Seat}  # from 20 s on
    measures = measure_nonverbal(part, TURNS, events=nods)
    assert value(measures, "nods_listening_rate") == pytest.approx(60 * 2 / 19, abs=1e-6)
    assert value(measures, "feedback_latency_median") == pytest.approx(-0.6)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="motion of at least one seat"):
        measure_nonverbal({}, TURNS)
    with pytest.raises(InputError, match="labelled A and B"):
        measure_nonverbal(BOTH, scenes.annotation([("C", 0, 1)]))
    with pytest.raises(InputError, match="smile_within_s"):
        NonverbalRules(smile_within_s=-1)
