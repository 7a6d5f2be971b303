"""Behaviour figures: planted conversations with known answers."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pyannote.core import Annotation, Segment

from dyad.bases import ARKIT52
from dyad.clock import FrameClock
from dyad.conversation import Conversation, Provenance
from dyad.errors import InputError
from dyad.eval.behaviour import measure_behaviour
from dyad.eval.events import detect_events
from dyad.eval.measure import Measure
from dyad.eval.mouth import lip_aperture
from dyad.eval.speech_energy import clip_noise, frame_energy_db
from dyad.eval.summary import summarise
from dyad.motion import Motion
from dyad.seat import Seat

SECONDS = 80.0
RATE = 25.0
SAMPLE_RATE = 4000  # enough for energy, and quick


def turns_of(step_s: float = 10.0) -> Annotation:
    """A and B in turn, 8 s of speech every 10 s."""
    turns = Annotation()
    for index in range(int(SECONDS / step_s)):
        turns[Segment(index * step_s, index * step_s + 8.0)] = "AB"[index % 2]
    return turns


def speaking(rate: float = RATE) -> dict[Seat, np.ndarray]:
    frame = np.arange(round(SECONDS * rate)) / rate
    return {seat: (frame % 10 < 8 - 1e-9) & (frame // 10 % 2 == seat) for seat in Seat}


def voice(seat: Seat) -> np.ndarray:
    """Noise with syllables: log energy swings by ±10 dB at about 4 Hz while the seat speaks, and is 70 dB down otherwise."""
    t = np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    rng = np.random.default_rng(seat)
    own = (t % 10 < 8) & (t // 10 % 2 == seat)
    level_db = np.where(own, -25 + 10 * np.sin(2 * np.pi * (3.7 + 0.6 * seat) * t), -95)
    return (rng.normal(0, 1, len(t)) * 10 ** (level_db / 20)).astype(np.float32).clip(-1, 1)


AUDIO = np.stack([voice(Seat.A), voice(Seat.B)])
ENERGY = {
    seat: frame_energy_db(AUDIO[seat], FrameClock(frame_rate_hz=RATE, sample_rate_hz=SAMPLE_RATE), start_frame=0, frames=2000)
    for seat in Seat
}


def person(seat: Seat, *, jaw: np.ndarray | None = None, **fields: Any) -> Motion:
    """A well-behaved head: jaw from own energy, faster head while speaking, blinks, nods and gaze by role."""
    own = speaking()[seat]
    t = np.arange(len(own)) / RATE
    expression = np.zeros((len(own), 52), np.float32)
    follows = np.where(own, (clip_noise(ENERGY[seat], own) + 60) / 60, 0.0)
    expression[:, ARKIT52.index("jawOpen")] = follows if jaw is None else jaw
    for side in ("Left", "Right"):
        expression[:, ARKIT52.index(f"eyeBlink{side}")] = (t + 1) % 3 < 0.2  # 20 a minute
    yaw = np.cumsum(np.where(own, 8.0, 4.0) * np.where(np.arange(len(own)) // 50 % 2, 1, -1)) / RATE
    pitch = np.zeros(len(own))
    for onset in np.arange(14.0 if seat == Seat.A else 4.0, SECONDS, 20.0):  # one nod in each of the partner's turns
        inside = (t >= onset) & (t <= onset + 1)
        pitch[inside] = 3 * (1 - np.cos(2 * np.pi * 2 * (t[inside] - onset)))
    away = np.where(own, t % 2 < 1, t % 5 < 1)  # 50 % and 80 % at the partner
    gaze = np.zeros((len(own), 2, 2))
    gaze[:, :, 1] = np.where(away, 0.5, 0.0)[:, None]
    # Eyes hold still against the head, so that yaw does not count as looking away.
    gaze[:, :, 0] = -np.radians(yaw)[:, None]
    given = {
        "expression": expression,
        "head_rotation": np.radians(np.stack([pitch, yaw, 0 * yaw], -1)).astype(np.float32),
        "gaze": gaze.astype(np.float32),
        **fields,
    }
    return Motion(seat=seat, frame_rate_hz=RATE, **given)


def meeting(**motions: Motion) -> Conversation:
    return Conversation(
        id="planted",
        audio=AUDIO,
        sample_rate_hz=SAMPLE_RATE,
        diarization=turns_of(),
        motion={Seat[name]: motion for name, motion in motions.items()},
        provenance=Provenance(source="test"),
    )


def figures(conversation: Conversation, seat: Seat = Seat.A, **options: Any) -> dict[str, Measure]:
    return {measure.name: measure for measure in measure_behaviour(conversation, **options) if measure.seat == seat}


def test_a_planted_conversation_gives_its_known_figures() -> None:
    good = meeting(A=person(Seat.A), B=person(Seat.B))
    for seat in Seat:
        found = figures(good, seat)
        assert found["jaw_own_speech_r"].value == pytest.approx(1.0, abs=1e-4)
        assert found["jaw_own_speech_lag"].value == 0
        assert found["jaw_partner_speech_r"].value == 0.0  # a still jaw follows nothing
        assert found["jaw_partner_whole_r"].value < -0.3
        assert found["mouth_closed_silent"].value == 100.0
        assert found["head_speed_speaking"].value == pytest.approx(8.0, abs=0.1)
        assert found["head_speed_listening"].value == pytest.approx(4.0, abs=0.1)
        assert found["head_speed_ratio"].value == pytest.approx(2.0, abs=0.05)
        assert found["blinks"].value == pytest.approx(20.0, abs=0.8)
        assert (found["feedback_nods"].n, found["feedback_nods"].value) == (4, pytest.approx(60 * 4 / 32))
        assert found["nods_speaking_alone"].value == 0
        assert found["gaze_at_partner_speaking"].value == pytest.approx(50, abs=1)
        assert found["gaze_at_partner_listening"].value == pytest.approx(75, abs=1)  # 6 of each 8 s, as turns start with a look away
        assert not [measure for measure in found.values() if measure.holds is False]


def test_jaw_driven_by_the_partner_fails() -> None:
    stolen = (ENERGY[Seat.B] + 80) / 80
    found = figures(meeting(A=person(Seat.A, jaw=stolen)))
    assert found["jaw_partner_speech_r"].value == pytest.approx(1.0, abs=0.02)
    assert found["jaw_partner_whole_r"].value > 0.5
    assert found["jaw_partner_whole_r"].holds is False
    assert found["jaw_partner_whole_r"].holds is False
    assert found["jaw_own_speech_r"].holds is False
    assert found["mouth_closed_silent"].holds is False


def test_a_still_mouth_follows_nobody_and_silence_cannot_be_followed() -> None:
    still = meeting(A=person(Seat.A, jaw=np.zeros(2000)))
    found = figures(still)
    assert (found["jaw_own_speech_r"].value, found["jaw_own_speech_r"].holds) == (0.0, False)
    assert "does not follow" in found["jaw_own_speech_lag"].reason
    mute = replace(still, audio=AUDIO * [[1], [0]], motion={Seat.A: person(Seat.A)})
    assert figures(mute)["jaw_partner_speech_r"].reason == "the sound does not change there"


def test_a_late_jaw_is_found_at_its_lag() -> None:
    follows = (clip_noise(ENERGY[Seat.A], speaking()[Seat.A]) + 60) / 60
    found = figures(meeting(A=person(Seat.A, jaw=np.roll(follows, 2))))
    assert found["jaw_own_speech_lag"].value == pytest.approx(80.0)
    assert found["jaw_own_speech_best_lag_r"].value > 0.97 > found["jaw_own_speech_r"].value


def test_noise_on_the_jaw_lowers_the_correlation_as_it_must() -> None:
    own = speaking()[Seat.A]
    follows = (clip_noise(ENERGY[Seat.A], own) + 60) / 60
    noise = np.random.default_rng(0).normal(0, follows[own].std(), len(own))
    found = figures(meeting(A=person(Seat.A, jaw=follows + noise)))
    assert found["jaw_own_speech_r"].value == pytest.approx(np.sqrt(0.5), abs=0.05)


def test_mouth_left_open_after_own_turns() -> None:
    own = speaking()[Seat.A]
    lingering = np.convolve(own, np.ones(1 + 4), mode="full")[: len(own)] > 0  # 0.16 s longer than the voice
    found = figures(meeting(A=person(Seat.A, jaw=0.3 * lingering)))
    assert found["mouth_closed_silent"].value == pytest.approx(100 * (1 - 4 * 4 / (48 * RATE)), abs=0.1)
    assert found["mouth_closed_silent_clear"].value == 100.0
    assert figures(meeting(A=person(Seat.A, jaw=0.3 * np.ones(len(own)))))["mouth_closed_silent"].value == 0.0


def test_lips_shut_over_an_open_jaw_are_closed() -> None:
    motion = person(Seat.A, jaw=np.full(2000, 0.3))
    expression = motion.expression.copy()
    expression[:, ARKIT52.index("mouthClose")] = 0.3
    assert lip_aperture(replace(motion, expression=expression)).max() < 1e-6
    expression[:, ARKIT52.index("mouthFunnel")] = 0.8
    assert lip_aperture(replace(motion, expression=expression)) == pytest.approx(np.full(2000, 0.3), abs=1e-6)


def test_nods_are_counted_by_the_role_at_their_middle() -> None:
    t = np.arange(2000) / RATE

    def nodding(*onsets: float) -> dict[str, Measure]:
        pitch = sum(np.where((t >= onset) & (t <= onset + 1), 3 * (1 - np.cos(2 * np.pi * 2 * (t - onset))), 0) for onset in onsets)
        rotation = np.radians(np.stack([pitch, 0 * t, 0 * t], -1))
        return figures(meeting(A=person(Seat.A, head_rotation=rotation)))

    # A speaks 0–8, B 10–18: speaking, after own turn, while B speaks, in B's silence, too late (then A's turn).
    counts = [
        (f["nods_speaking_alone"].n, f["feedback_nods"].n, f["feedback_nods_strict"].n) for f in map(nodding, (3, 8.2, 12, 18.1, 18.8))
    ]
    assert counts == [(1, 0, 0), (0, 0, 0), (0, 1, 1), (0, 1, 0), (0, 0, 0)]
    assert nodding(3)["nods_speaking_alone"].holds is False


def test_talking_at_once_is_neither_speaking_alone_nor_listening() -> None:
    t = np.arange(2000) / RATE
    pitch = sum(np.where((t >= onset) & (t <= onset + 1), 3 * (1 - np.cos(2 * np.pi * 2 * (t - onset))), 0) for onset in (10, 30, 50, 70))
    both = Annotation()
    both[Segment(0, 40)], both[Segment(20, 60)] = "A", "B"
    motion = person(Seat.A, head_rotation=np.radians(np.stack([pitch, 0 * t, 0 * t], -1)))
    found = figures(replace(meeting(A=motion), diarization=both))
    assert [found[name].n for name in ("nods_speaking_alone", "feedback_nods", "feedback_nods_strict")] == [1, 1, 1]
    assert found["gaze_at_partner_speaking"].base_s == found["gaze_at_partner_listening"].base_s == 20.0
    assert found["feedback_nods"].value == pytest.approx(60 / 40)  # per minute of all of the partner's speech


def test_room_noise_does_not_matter() -> None:
    quiet = meeting(A=person(Seat.A))
    noisy = replace(quiet, audio=AUDIO + np.random.default_rng(5).normal(0, 10 ** (-60 / 20), AUDIO.shape).astype(np.float32))
    assert figures(noisy)["jaw_own_whole_r"].value == pytest.approx(figures(quiet)["jaw_own_whole_r"].value, abs=0.002)


def test_a_motion_that_starts_later_is_measured_in_its_own_time() -> None:
    whole = person(Seat.A)
    part = figures(meeting(A=whole.slice(300, 1900)))
    assert part["jaw_own_speech_r"].value == pytest.approx(1.0, abs=1e-4)
    assert part["feedback_nods"].n == 4
    assert part["gaze_at_partner_speaking"].value == pytest.approx(50, abs=1)


def test_too_little_to_say_and_why() -> None:
    short = figures(meeting(A=person(Seat.A).slice(0, 100)))
    assert all(measure.value is None and measure.reason for measure in short.values())
    assert short["jaw_own_speech_r"].reason == "only 4.0 s to look at, 5 s needed"
    assert figures(meeting(A=person(Seat.A).slice(0, 0)))["blinks"].reason == "only 0.0 s to look at, 15 s needed"


def test_a_basis_without_lids_and_lips_says_so() -> None:
    frames = len(speaking()[Seat.A])
    jaw = np.zeros((frames, 3))
    jaw[:, 0] = (clip_noise(ENERGY[Seat.A], speaking()[Seat.A]) + 60) / 300
    flame = Motion(
        seat=Seat.A,
        frame_rate_hz=RATE,
        basis="flame50",
        expression=np.zeros((frames, 50)),
        head_rotation=np.zeros((frames, 3)),
        jaw_rotation=jaw,
    )
    found = figures(meeting(A=flame))
    assert found["jaw_own_speech_r"].value == pytest.approx(1.0, abs=1e-4)
    assert "flame50" in found["mouth_closed_silent"].reason
    assert "flame50" in found["blinks"].reason
    assert "eyes not recorded" in found["gaze_at_partner_speaking"].reason
    assert found["head_speed_ratio"].reason == "the head is still while listening"


def test_frames_without_tracking_count_nowhere() -> None:
    motion = person(Seat.A)
    valid = np.ones(len(motion), bool)
    valid[1000:] = False
    broken = motion.head_rotation.copy()
    broken[1000:] = np.random.default_rng(0).normal(0, 1, (1000, 3))
    found = figures(meeting(A=replace(motion, valid=valid, head_rotation=broken)))
    assert found["head_speed_ratio"].value == pytest.approx(2.0, abs=0.05)
    assert found["blinks"].base_s == 40.0


def test_no_motion_is_refused() -> None:
    with pytest.raises(InputError, match="motion of at least one seat; got none"):
        measure_behaviour(meeting())


def test_summary_is_plain_and_right() -> None:
    motion = {seat: person(seat) for seat in Seat}
    events = [event for seat in Seat for event in detect_events(motion[seat])]
    summary = summarise(
        turns_of(),
        duration_s=SECONDS,
        motion=motion,
        events=events,
        step_ms=np.array([[1, 5], [2, 6], [3, 7]], np.float32),
        wall_s=8.0,
        agents={Seat.A: "reactive", Seat.B: "still"},
    )
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["speech_share"] == {"A": 0.4, "B": 0.4}
    assert (summary["turn_changes"], summary["gap_median_s"], summary["overlap_share"]) == (7, 2.0, 0.0)
    assert summary["real_time_factor"] == 0.1
    assert summary["step_ms"] == {"A": {"median": 2.0, "p95": 2.9}, "B": {"median": 6.0, "p95": 6.9}}
    assert summary["events_per_minute"]["A"]["nod"] == 3.0
    assert summary["events_per_minute"]["A"]["smile"] == 0.0
    assert (summary["agents"]["B"], summary["basis"]["A"]) == ("still", "arkit52")


def test_summary_of_nearly_nothing() -> None:
    flame = Motion(seat=Seat.A, frame_rate_hz=25.0, basis="flame50", expression=np.zeros((0, 50)), head_rotation=np.zeros((0, 3)))
    summary = summarise(
        Annotation(), duration_s=1.0, motion={Seat.A: flame}, events=[], step_ms=np.zeros((0, 2), np.float32), wall_s=0.0, agents={}
    )
    assert summary["gap_median_s"] is None
    assert summary["step_ms"]["A"] == {"median": None, "p95": None}
    assert "blink" in summary["not_measurable"]["A"]
    json.dumps(summary, allow_nan=False)
