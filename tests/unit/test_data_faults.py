"""Every fault planted in clean data and found there, and none found where there is none."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dyad.conversation import Conversation
from dyad.diarization.channels import diarize_channels
from dyad.eval.data_faults.finding import Finding
from dyad.eval.data_faults.lengths import length_mismatch
from dyad.eval.data_faults.lips import audio_motion_lag, follows_voice, wrong_pace, wrong_person
from dyad.eval.data_faults.rotations import rotation_order, rotation_unit
from dyad.eval.data_faults.sound import channel_leak, clipping, sample_rate, silent_channel
from dyad.eval.data_faults.tracking import frozen_tracks, jitter, not_numbers, repeated_frames
from dyad.eval.seat_view import SeatView, seat_views
from dyad.motion import Motion
from dyad.resampling import resample
from dyad.seat import Seat
from tests.corpus_files import RATE_HZ, with_generated_motion

OF_MOTION = (frozen_tracks, repeated_frames, jitter, rotation_unit, rotation_order, wrong_person, wrong_pace, audio_motion_lag)
Change = Callable[[Motion], Motion]


@pytest.fixture(scope="module")
def clean(call: Conversation) -> Conversation:
    """Nothing is wrong with it."""
    return with_generated_motion(call)


def views(conversation: Conversation, change: Change = lambda motion: motion) -> list[SeatView]:
    return seat_views(replace(conversation, motion={seat: change(motion) for seat, motion in conversation.motion.items()}))


def kinds(found: list[Finding]) -> set[str]:
    return {finding.fault for finding in found}


def every(conversation: Conversation, change: Change = lambda motion: motion) -> list[Finding]:
    return [finding for view in views(conversation, change) for check in OF_MOTION for finding in check(view)]


@pytest.mark.parametrize("frame_rate_hz", [25.0, 30.0, 60.0])
def test_nothing_is_found_where_nothing_is_wrong(frame_rate_hz: float, clean: Conversation) -> None:
    assert every(clean, lambda motion: resample(motion, frame_rate_hz=frame_rate_hz)) == []
    assert channel_leak(clean) == []
    for channel in clean.audio:
        assert silent_channel(channel, where="") == clipping(channel, where="") == []


def test_noise_in_the_room_is_no_leak(call: Conversation) -> None:
    noise = np.random.default_rng(0).normal(0, 10 ** (-55 / 20), call.audio.shape).astype(np.float32)
    assert channel_leak(replace(call, audio=(call.audio + noise).clip(-1, 1))) == []


@pytest.mark.integration
@pytest.mark.parametrize("leak_db", [-6, -12, -40])
def test_a_leak_into_one_channel(leak_db: float, short_call: Conversation) -> None:
    audio = short_call.audio.copy()
    audio[Seat.A] += 10 ** (leak_db / 20) * audio[Seat.B]
    turns = diarize_channels(audio).turns  # the turns are found in what leaks, as they would be
    found = channel_leak(replace(short_call, audio=audio.clip(-1, 1), diarization=turns))
    assert {finding.severity for finding in found} == {"fault"}
    assert [finding.where for finding in found] == ["channel of A"]


@pytest.mark.integration
def test_one_voice_on_both_channels(short_call: Conversation) -> None:
    audio = np.stack([short_call.audio.sum(axis=0).clip(-1, 1)] * 2)
    found = channel_leak(replace(short_call, audio=audio, diarization=diarize_channels(audio).turns))
    assert [(finding.where, finding.value) for finding in found] == [(f"channel of {seat.name}", pytest.approx(1)) for seat in Seat]


@pytest.mark.integration
@pytest.mark.parametrize("leak_db", [-3, -20])
def test_a_leak_both_ways(leak_db: float, short_call: Conversation) -> None:
    audio = ((short_call.audio + 10 ** (leak_db / 20) * short_call.audio[::-1]) / 2).astype(np.float32)
    found = channel_leak(replace(short_call, audio=audio, diarization=diarize_channels(audio).turns))
    assert [finding.where for finding in found] == ["channel of A", "channel of B"]
    assert all(finding.severity == "fault" for finding in found)


@pytest.mark.parametrize("frames", [-30, -4, -3, -2, 3, 5, 45])
def test_motion_that_leads_or_lags(frames: int, clean: Conversation) -> None:
    for view in views(clean, partial(_rolled, frames=frames)):
        (finding,) = audio_motion_lag(view)
        assert finding.value == pytest.approx(frames / 25, abs=0.02)
        assert ("leads" if frames < 0 else "follows") in finding.says


def test_a_frame_early_or_late_is_within_what_jaws_do(clean: Conversation) -> None:
    for frames in (-1, 1):
        assert not any(audio_motion_lag(view) for view in views(clean, partial(_rolled, frames=frames)))


def _rolled(motion: Motion, *, frames: int) -> Motion:
    return replace(motion, jaw_rotation=np.roll(motion.jaw_rotation, frames, axis=0))


def test_a_jaw_that_does_not_follow_the_voice_has_no_lag(clean: Conversation) -> None:
    noise = np.random.default_rng(0)
    assert not any(
        audio_motion_lag(view)
        for view in views(clean, lambda motion: replace(motion, jaw_rotation=noise.normal(0, 0.1, (len(motion), 3)).astype(np.float32)))
    )


def test_neck_and_jaw_in_each_other_s_place(clean: Conversation) -> None:
    def swapped(motion: Motion) -> Motion:
        return replace(motion, head_rotation=motion.jaw_rotation, jaw_rotation=motion.head_rotation)

    assert all(kinds(rotation_order(view)) == {"wrong rotation order"} for view in views(clean, swapped))


def test_a_head_that_stays_low_is_known_by_its_voice(clean: Conversation) -> None:
    def swapped(motion: Motion) -> Motion:
        return replace(motion, head_rotation=motion.jaw_rotation, jaw_rotation=motion.head_rotation * np.float32(0.3))

    assert any("follows the voice" in finding.says for view in views(clean, swapped) for finding in rotation_order(view))


def test_a_jaw_that_turns_like_a_neck_is_known_without_a_voice(clean: Conversation) -> None:
    def swapped(motion: Motion) -> Motion:
        return replace(motion, head_rotation=motion.jaw_rotation, jaw_rotation=motion.head_rotation * np.float32(2))

    silent = replace(clean, diarization=clean.diarization.empty())
    assert all("turns aside" in rotation_order(view)[0].says for view in views(silent, swapped))
    assert not any(rotation_order(view) for view in views(silent))


def test_degrees_for_radians(clean: Conversation) -> None:
    def in_degrees(motion: Motion) -> Motion:
        return replace(motion, head_rotation=np.degrees(motion.head_rotation), jaw_rotation=np.degrees(motion.jaw_rotation))

    for view in views(clean, in_degrees):
        found = rotation_unit(view)
        assert [finding.where.split()[0] for finding in found] == ["head", "jaw"]
        assert all(finding.fault == "wrong rotation unit" and "from_euler" in finding.cure for finding in found)


def test_a_head_that_hangs_upside_down(clean: Conversation) -> None:
    def turned(motion: Motion) -> Motion:
        return replace(motion, head_rotation=motion.head_rotation + np.float32([3, 0, 0]) * motion.valid[:, None])

    (finding,) = rotation_unit(views(clean, turned)[0])
    assert finding.where == "head of seat A"
    assert "rest pose" in finding.cure


@pytest.mark.parametrize(
    ("order", "sign", "about"),
    [([0, 1, 2], -1, "about −x"), ([1, 0, 2], 1, "about y"), ([2, 1, 0], 1, "about z"), ([2, 1, 0], -1, "about −z")],
)
def test_a_jaw_about_another_axis(order: list[int], sign: int, about: str, clean: Conversation) -> None:
    def turned(motion: Motion) -> Motion:
        jaw, head = (np.float32(sign) * rotation[:, order] for rotation in (motion.jaw_rotation, motion.head_rotation))
        return replace(motion, head_rotation=head, jaw_rotation=jaw)

    for view in views(clean, turned):
        (finding,) = rotation_order(view)
        assert finding.fault == "wrong rotation axes"
        assert f"{about} (r 0." in finding.says


def test_a_jaw_about_another_axis_is_known_without_following_the_voice(clean: Conversation) -> None:
    def turned(motion: Motion) -> Motion:
        jaw = np.roll(motion.jaw_rotation[:, [2, 1, 0]], 70, axis=0)
        return replace(motion, head_rotation=motion.head_rotation[:, [2, 1, 0]], jaw_rotation=jaw)

    for view in views(clean, turned):
        (finding,) = rotation_order(view)
        assert finding.says == "The jaw turns about z (100% of its movement), not about x."


def test_the_motion_of_the_other_person(clean: Conversation) -> None:
    exchanged = replace(clean, motion={seat: replace(clean.motion[seat.partner], seat=seat) for seat in Seat})
    for view, rightly in zip(seat_views(exchanged), reversed(seat_views(clean)), strict=True):
        (finding,) = wrong_person(view)
        peak = follows_voice(rightly.motion.jaw_rotation[:, 0].astype(np.float64), rightly)
        assert peak is not None
        assert finding.value == pytest.approx(peak.r)


@pytest.mark.parametrize("true_fps", [24, 30])
def test_a_rate_that_lengths_do_not_tell(true_fps: int, clean: Conversation) -> None:
    def cut(motion: Motion) -> Motion:
        return replace(
            resample(motion, frame_rate_hz=true_fps).slice(0, min(len(motion), len(motion) * true_fps // 25)), frame_rate_hz=25.0
        )

    found = [finding for view in views(clean, cut) for finding in wrong_pace(view)]
    assert found
    assert [finding.value for finding in found] == pytest.approx([true_fps] * len(found), rel=0.0015)  # 23.976 will do for 24


@pytest.mark.parametrize("frame_rate_hz", [25.0, 60.0])
def test_jitter_of_head_and_jaw(frame_rate_hz: float, clean: Conversation) -> None:
    rng = np.random.default_rng(5)

    def noisy(motion: Motion) -> Motion:
        even = resample(motion, frame_rate_hz=frame_rate_hz)
        head = even.head_rotation + rng.normal(0, 0.008, even.head_rotation.shape).astype(np.float32)
        return replace(even, head_rotation=head, jaw_rotation=even.jaw_rotation + rng.normal(0, 0.05, head.shape).astype(np.float32))

    for view in views(clean, noisy):
        assert [finding.where.split()[0] for finding in jitter(view)] == ["head", "jaw"]
        assert frozen_tracks(view) == repeated_frames(view) == []


def test_jitter_of_a_face(clean: Conversation) -> None:
    rng = np.random.default_rng(6)

    def noisy(motion: Motion) -> Motion:
        spread = 0.4 * motion.expression.std(axis=0)
        return replace(motion, expression=motion.expression + (spread * rng.standard_normal(motion.expression.shape)).astype(np.float32))

    assert [finding.where for view in views(clean, noisy) for finding in jitter(view)] == ["face of seat A", "face of seat B"]


def test_frames_that_were_not_tracked_do_not_tremble(clean: Conversation) -> None:
    def lost(motion: Motion) -> Motion:
        valid = np.random.default_rng(7).random(len(motion)) > 0.2
        head = np.where(valid[:, None], motion.head_rotation, np.float32(0.5))
        return replace(motion, head_rotation=head, valid=valid)

    for view in views(clean, lost):
        assert jitter(view) == []
        assert jitter(replace(view, motion=replace(view.motion, valid=None))) != []  # type: ignore[arg-type]


def test_a_track_that_stands_still(clean: Conversation) -> None:
    def held(motion: Motion) -> Motion:
        head = motion.head_rotation.copy()
        head[100:131] = head[100]
        return replace(motion, head_rotation=head)

    for view in views(clean, held):
        (finding,) = frozen_tracks(view)
        assert finding.where.startswith("head")
        assert finding.value == pytest.approx(30 / 25)
        lost = replace(view.motion, valid=~np.isin(np.arange(len(view.motion)), range(100, 131)))
        assert frozen_tracks(replace(view, motion=lost)) == []  # it says itself that nothing was tracked there


def test_a_face_that_never_moves_is_a_fault_and_a_head_a_warning(clean: Conversation) -> None:
    def dead(motion: Motion) -> Motion:
        return replace(
            motion, expression=motion.expression * 0, jaw_rotation=motion.jaw_rotation * 0, head_rotation=motion.head_rotation * 0
        )

    found = frozen_tracks(views(clean, dead)[0])
    assert [(finding.where, finding.severity) for finding in found] == [("head of seat A", "warning"), ("face of seat A", "fault")]


def test_a_face_that_rests_between_utterances_is_not_frozen(clean: Conversation) -> None:
    def resting(motion: Motion) -> Motion:
        own = clean.activity(25.0, frames=len(motion))[motion.seat]
        face, jaw = motion.expression.copy(), motion.jaw_rotation.copy()
        face[~own], jaw[~own] = 0, 0
        return replace(motion, expression=face, jaw_rotation=jaw)

    assert not any(frozen_tracks(view) or repeated_frames(view) for view in views(clean, resting))


@pytest.mark.parametrize("frame_rate_hz", [30, 50, 60])
def test_frames_repeated_to_raise_the_rate(frame_rate_hz: int, clean: Conversation) -> None:
    def held(motion: Motion) -> Motion:
        at = np.arange(len(motion) * frame_rate_hz // 25) * 25 // frame_rate_hz
        arrays = {
            name: getattr(motion, name)[at] for name in ("expression", "head_rotation", "head_translation", "jaw_rotation", "gaze", "valid")
        }
        return replace(motion, frame_rate_hz=frame_rate_hz, **arrays)

    for view in views(clean, held):
        (finding,) = repeated_frames(view)
        assert finding.value == pytest.approx(1 - 25 / frame_rate_hz, abs=0.01)


def test_a_capture_that_rests_for_a_few_frames_repeats_none(clean: Conversation) -> None:
    def resting(motion: Motion) -> Motion:
        at = np.arange(len(motion))
        at -= np.where(at % 25 < 12, at % 25, 0)  # nearly half of the frames, twelve at a time
        return replace(
            motion, expression=motion.expression[at], jaw_rotation=motion.jaw_rotation[at], head_rotation=motion.head_rotation[at]
        )

    assert not any(repeated_frames(view) for view in views(clean, resting))


def test_frames_repeated_beside_a_head_that_is_not_tracked_are_counted_where_there_is_speech(clean: Conversation) -> None:
    def held(motion: Motion) -> Motion:
        own = clean.activity(25.0, frames=len(motion))[motion.seat]
        at = np.where(own, np.arange(len(motion)) // 2 * 2, np.arange(len(motion)))
        jaw, face = motion.jaw_rotation[at], motion.expression[at]
        return replace(motion, expression=face, jaw_rotation=jaw, head_rotation=motion.head_rotation * 0)

    for view in views(clean, held):
        (finding,) = repeated_frames(view)
        assert finding.value == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("true_fps", [24, 30, 50, 60, 29.97])
def test_a_frame_rate_stated_wrongly(true_fps: float) -> None:
    frames = round(40.02 * true_fps)
    (finding,) = length_mismatch(frames=frames, frame_rate_hz=25.0, samples=40 * RATE_HZ, sample_rate_hz=RATE_HZ, where="x.npz")
    assert finding.fault == "wrong rate"
    assert f"are {true_fps:g} fps, not 25" in finding.says or true_fps == 29.97
    assert finding.value == pytest.approx(true_fps, rel=0.003)


def test_a_sample_rate_stated_wrongly() -> None:
    (finding,) = length_mismatch(frames=1000, frame_rate_hz=25.0, samples=40 * 44_100, sample_rate_hz=48_000, where="x.npz")
    assert (finding.fault, finding.unit) == ("wrong sample rate", "Hz")
    assert "are 44100 Hz; the sound file says 48000" in finding.says


def test_lengths_that_no_rate_explains_and_those_that_are_usual() -> None:
    def found(frames: int) -> list[Finding]:
        return length_mismatch(frames=frames, frame_rate_hz=25.0, samples=40 * RATE_HZ, sample_rate_hz=RATE_HZ, where="x.npz")

    assert found(998) == found(1003) == []
    assert kinds(found(996)) == kinds(found(1012)) == {"length mismatch"}
    assert "0.48 s longer" in found(1012)[0].says
    assert found(0) == []  # there is nothing to compare, and readers refuse it
    assert length_mismatch(frames=1000, frame_rate_hz=25.0, samples=0, sample_rate_hz=RATE_HZ, where="x.npz") == []
    (late,) = length_mismatch(frames=14_988, frame_rate_hz=25.0, samples=600 * RATE_HZ, sample_rate_hz=RATE_HZ, where="x.npz")
    assert late.fault == "length mismatch"  # 24.98 fps are no usual rate


def test_values_that_are_no_numbers() -> None:
    pose = np.zeros((10, 6), np.float32)
    pose[7, 2] = np.nan
    (finding,) = not_numbers({"pose": pose, "exp": np.zeros((10, 50)), "basis": np.array(["flame50"])}, where="x.npz")
    assert (finding.where, finding.says) == ("x.npz, pose", "1 of 60 values are NaN or infinite, first in row 7.")
    assert kinds(not_numbers({"scale": np.array(np.inf)}, where="x.npz")) == {"not a number"}


def test_silence_clipping_and_sample_rates(call: Conversation) -> None:
    assert kinds(silent_channel(np.full(1000, 1e-4, np.float32), where="x")) == {"silent channel"}
    loud = (call.audio[Seat.A] * 8).clip(-0.9, 0.9) / 2  # clipped, then turned down
    assert kinds(clipping(loud, where="x")) == {"clipping"}
    assert sample_rate(16_000, where="x", wanted_hz=16_000) == []
    assert [sample_rate(hz, where="x", wanted_hz=16_000)[0].severity for hz in (8_000, 48_000)] == ["fault", "warning"]
