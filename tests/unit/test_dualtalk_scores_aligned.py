"""The scores that time decides: known answers, and that neither a frozen nor a shuffled face looks good."""

import math

import numpy as np
import pytest

from dyad.dualtalk_layout import GROUPS
from dyad.eval.dualtalk.aligned import score_alignment, windowed_correlation
from dyad.eval.dualtalk.baselines import apply_ridge, baseline_rows, fit_ridge, ridge_sums
from dyad.eval.dualtalk.listener import score_listening
from dyad.eval.dualtalk.measures import ALIGNED, LISTENER, SCORES, SMOOTHNESS, definitions
from dyad.eval.dualtalk.smoothness import jerk, jitter, score_smoothness
from dyad.eval.dualtalk.strokes import stroke_skill
from dyad.eval.dualtalk.summary import average
from dyad.eval.dualtalk.voices import ClipVoices, clip_voices
from dyad.seat import Seat

FRAMES = 500
TIME_S = np.arange(FRAMES) / 25


def syllables(seed: int = 0) -> np.ndarray:
    """A curve (500,) that opens and closes irregularly, some 3 times a second."""
    rng = np.random.default_rng(seed)
    beats = np.cumsum(rng.uniform(0.2, 0.5, 80))
    return np.sum([rng.uniform(0.5, 1.5) * np.exp(-(((TIME_S - beat) / 0.08) ** 2)) for beat in beats], axis=0)


def talking(seed: int = 0) -> np.ndarray:
    """A face (500, 56) whose jaw follows the syllables and whose head drifts and nods."""
    rng = np.random.default_rng(seed + 100)
    rows = np.cumsum(rng.normal(0, 0.05, (FRAMES, 56)), axis=0)
    rows[:, GROUPS["jaw"]] = 0.0
    rows[:, GROUPS["jaw"].start] = 0.1 * syllables(seed)
    rows[:, GROUPS["pose"]] = 0.1 * np.stack([np.sin(2 * np.pi * rate * TIME_S + seed) for rate in (0.9, 0.37, 0.2)], axis=1)
    return rows


def voices(seed: int = 0, lag_frames: int = 0) -> ClipVoices:
    """Both voices; the own one is as loud as the syllables, so many frames earlier."""
    own = np.ones(FRAMES, np.bool_)
    return ClipVoices(own_db=20 * np.roll(syllables(seed), -lag_frames), own=own, partner=np.zeros(FRAMES, np.bool_))


@pytest.fixture(scope="module")
def faces() -> dict[str, dict[str, float | None]]:
    truth = talking()
    return {name: score_alignment(rows, truth, voices=voices()) for name, rows in baseline_rows(truth, seed=0).items()}


def test_the_truth_scores_perfectly(faces: dict[str, dict[str, float | None]]) -> None:
    truth = faces["truth"]
    assert truth["lip_voice_r"] == pytest.approx(1)
    assert truth["lip_voice_lag_ms"] == 0
    for group in GROUPS:
        assert truth[f"window_r_{group}"] == pytest.approx(1)
        assert truth[f"window_lag_ms_{group}"] == 0
        assert truth[f"velocity_fd_{group}"] == pytest.approx(0, abs=1e-9)
    assert truth["jaw_stroke_skill"] == truth["head_stroke_skill"] == 1


@pytest.mark.parametrize("name", ["mean pose", "hold", "shuffled"])
def test_frozen_and_shuffled_faces_fail(faces: dict[str, dict[str, float | None]], name: str) -> None:
    face = faces[name]
    for key in ("lip_voice_r", "jaw_stroke_skill", "head_stroke_skill", *(f"window_r_{group}" for group in GROUPS)):
        assert face[key] == pytest.approx(0, abs=0.2), key
    if name != "shuffled":
        assert [face[f"window_r_{group}"] for group in GROUPS] == [
            0,
            0,
            0,
        ]  # to the bit: rounding must not make a face that stands still move
    still = faces["mean pose"]
    assert all(face[f"velocity_fd_{group}"] >= 0.99 * still[f"velocity_fd_{group}"] > 0 for group in GROUPS)


def test_a_late_truth_is_told_by_its_lag(faces: dict[str, dict[str, float | None]]) -> None:
    late = faces["truth 0.2 s late"]
    assert late["lip_voice_lag_ms"] == 200
    for group in GROUPS:
        assert late[f"window_lag_ms_{group}"] == 200
        assert late[f"window_peak_r_{group}"] == pytest.approx(1, abs=0.02)
        assert late[f"window_r_{group}"] < 0.9 * late[f"window_peak_r_{group}"]
    assert late["jaw_stroke_skill"] < 0.3


def test_velocity_fd_of_a_known_drift() -> None:
    truth = talking()
    drifting = truth.copy()
    drifting[:, [0, 50, 53]] += np.multiply.outer(TIME_S, [0.3, 0.2, 0.1])
    scores = score_alignment(drifting, truth, voices=voices())
    assert [scores[f"velocity_fd_{group}"] for group in GROUPS] == pytest.approx([0.09, 0.04, 0.01])  # squared, a second


def test_lips_are_sought_on_both_sides_of_the_sound() -> None:
    truth = talking()
    for lag in (-5, -3, 0, 4):
        scores = score_alignment(truth, truth, voices=voices(lag_frames=lag))
        assert scores["lip_voice_lag_ms"] == 40 * lag
        assert scores["lip_voice_r"] == pytest.approx(1, abs=0.02)


def test_a_silent_side_says_nothing_about_lips() -> None:
    quiet = ClipVoices(own_db=np.full(FRAMES, -80.0), own=np.zeros(FRAMES, np.bool_), partner=np.ones(FRAMES, np.bool_))
    scores = score_alignment(talking(), talking(), voices=quiet)
    assert scores["lip_voice_r"] is None
    assert scores["lip_voice_lag_ms"] is None


def test_windows_need_three_seconds_and_a_truth_that_moves() -> None:
    assert windowed_correlation(talking()[:70], talking()[:70]) is None
    assert windowed_correlation(talking(), np.ones((FRAMES, 56))) is None
    paused = talking()
    paused[:300] = paused[300]  # windows in which the truth rests say nothing, and do not count as failures
    for truth in (talking()[:74], paused):
        curve = windowed_correlation(truth, truth)
        assert curve is not None
        assert curve[12] == pytest.approx(1)


def test_strokes_are_matched_once_and_only_where_both_have_them() -> None:
    wave = np.radians(5) * np.sin(2 * np.pi * 0.8 * TIME_S)[:, None]
    assert stroke_skill(wave, wave, tolerance_frames=2) == 1
    assert stroke_skill(np.zeros_like(wave), wave, tolerance_frames=2) == 0
    assert stroke_skill(wave, np.zeros_like(wave), tolerance_frames=2) is None
    assert stroke_skill(wave, 0.08 * wave, tolerance_frames=2) is None  # 0.8° to and fro is no stroke
    opposite = stroke_skill(-wave, wave, tolerance_frames=2)
    assert opposite is not None
    assert opposite < 0  # highest and lowest points are not each other's
    busy = np.radians(5) * np.sin(2 * np.pi * 6.0 * TIME_S)[:, None]
    skill = stroke_skill(busy, wave, tolerance_frames=2)
    assert skill is not None
    assert abs(skill) < 0.15  # many strokes hit by chance, and chance is taken off


def test_a_listener_that_answers_half_a_second_later_is_found() -> None:
    speaker = talking(3)
    listener = np.roll(speaker, 12, axis=0)
    listening = np.ones(FRAMES, np.bool_)
    listening[:50] = False
    scores = score_listening(listener, speaker, listening=listening)
    for group in GROUPS:
        assert scores[f"listener_tlcc_{group}"] == pytest.approx(1, abs=0.02)
        assert scores[f"listener_tlcc_lag_ms_{group}"] == 480
        assert scores[f"listener_variation_{group}"] == pytest.approx(listener[50:, GROUPS[group]].var(axis=0).mean())
    mirror = score_listening(speaker, speaker, listening=listening)
    assert mirror["listener_pcc_exp"] == pytest.approx(1)
    frozen = np.repeat(speaker[:1], FRAMES, axis=0).astype(np.float32)  # float32: the mean of its frames is not quite each of them
    still = score_listening(frozen, speaker, listening=listening)
    assert still["listener_pcc_exp"] == still["listener_tlcc_exp"] == still["listener_variation_exp"] == 0
    assert still["listener_tlcc_lag_ms_exp"] is None


def test_too_little_listening_says_nothing() -> None:
    listening = np.arange(FRAMES) < 49
    assert set(score_listening(talking(), talking(1), listening=listening).values()) == {None}


def test_jerk_of_a_known_curve() -> None:
    cubic = np.stack([TIME_S**3, np.zeros(FRAMES)], axis=1)
    assert jerk(cubic) == pytest.approx(6)  # the third derivative of t³
    assert jerk(np.ones((FRAMES, 3))) == 0


def test_jitter_is_the_share_of_fast_motion() -> None:
    slow, fast = (np.sin(2 * np.pi * rate * TIME_S)[:, None] for rate in (2.0, 10.0))
    assert jitter(slow) == pytest.approx(0, abs=1e-4)
    assert jitter(fast) == pytest.approx(1, abs=1e-4)
    assert jitter(np.concatenate([slow, fast], axis=1)) == pytest.approx(0.5, abs=1e-3)
    assert jitter(TIME_S[:, None]) < 1e-5  # a drift does not tremble, though its ends do not meet
    assert jitter(np.full((FRAMES, 2), 0.3)) == 0


@pytest.mark.parametrize("frames", [FRAMES, FRAMES - 1])
def test_every_other_frame_trembles_no_more_than_its_power(frames: int) -> None:
    slow = math.sqrt(2) * np.sin(2 * np.pi * 2.0 * TIME_S[:frames])[:, None]
    flicker = np.where(np.arange(frames) % 2, 1.0, -1.0)[:, None]  # half the frame rate; a mean square of 1 as well
    assert jitter(np.concatenate([slow, flicker], axis=1)) == pytest.approx(0.5, abs=2e-3)


def test_voices_are_told_apart_by_their_level() -> None:
    rng = np.random.default_rng(0)
    audio = np.zeros((2, 320_000), np.float32)
    audio[0, :160_000] = 0.1 * rng.standard_normal(160_000)
    audio[1, 160_000:] = 0.1 * rng.standard_normal(160_000)
    audio[1, :160_000] = 0.1 * audio[0, :160_000]  # leakage, 20 dB down
    first, second = (clip_voices(audio, seat=seat, frames=500) for seat in Seat)
    assert np.array_equal(first.own, np.arange(500) < 250)
    assert np.array_equal(second.own, np.arange(500) >= 250)
    assert np.array_equal(first.listening, second.own)
    silent = clip_voices(np.zeros((2, 320_000), np.float32), seat=Seat.A, frames=500)
    assert not silent.own.any()
    assert not silent.partner.any()


def test_simple_faces_are_what_their_names_say() -> None:
    truth = talking()
    faces = baseline_rows(truth, seed=3)
    assert all(rows.shape == truth.shape for rows in faces.values())
    assert np.allclose(faces["mean pose"], truth.mean(axis=0))
    assert np.array_equal(faces["hold"], np.repeat(truth[:1], FRAMES, axis=0))
    assert np.array_equal(np.sort(faces["shuffled"], axis=0), np.sort(truth, axis=0))
    assert np.array_equal(faces["truth 0.2 s late"][5:], truth[:-5])
    assert np.array_equal(faces["shuffled"], baseline_rows(truth, seed=3)["shuffled"])


def test_ridge_finds_a_linear_face_and_its_sums_add_up() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(3, 2, (400, 6))
    motion = features @ rng.normal(size=(6, 56)) + rng.normal(size=56)
    parts = ridge_sums(features[:150], motion[:150]) + ridge_sums(features[150:], motion[150:])
    assert np.allclose(apply_ridge(fit_ridge(parts, penalty=1e-9), features), motion, atol=1e-5)
    heavy = apply_ridge(fit_ridge(parts, penalty=1e9), features)
    assert np.allclose(heavy, motion.mean(axis=0), atol=1e-3)  # a penalty without bound leaves the mean


def test_averages_leave_out_clips_without_a_value() -> None:
    means = average([{"a": 1.0, "b": None, "c": None}, {"a": 3.0, "b": 5.0, "c": None}])
    assert (means["a"].value, means["a"].clips) == (2, 2)
    assert (means["b"].value, means["b"].clips) == (5, 1)
    assert (means["c"].value, means["c"].clips) == (None, 0)


@pytest.mark.parametrize(
    ("family", "keys"),
    [
        (ALIGNED, score_alignment(talking(), talking(), voices=voices())),
        (LISTENER, score_listening(talking(), talking(1), listening=np.ones(FRAMES, np.bool_))),
        (SMOOTHNESS, score_smoothness(talking())),
    ],
)
def test_every_score_has_a_definition(family: str, keys: dict[str, float | None]) -> None:
    assert set(keys) == {key for score in SCORES if score.family == family for key in score.keys}


def test_definitions_say_everything() -> None:
    for score in SCORES:
        assert score.better in ("lower", "higher", "truth")
        assert len(score.units) == max(1, len(score.groups))
        assert score.definition
        assert score.source
    assert len(definitions()) == len({score.name for score in SCORES}) + 2
