import numpy as np
import pytest
from pyannote.core import Annotation, Segment

from dyad.arrays import FloatArray
from dyad.audio import read_audio
from dyad.conversation import Conversation
from dyad.datasets.sample import Sample, tiled
from dyad.diarization import voice_activity
from dyad.diarization.cepstra import cepstra
from dyad.diarization.channels import diarize_channels, energy_correlation
from dyad.diarization.fallback import diarize_mix
from dyad.diarization.two_speakers import cheapest_split, part_two_speakers
from dyad.diarization.voice_activity import speech_probability, speech_stretches, window_power
from dyad.errors import InputError
from dyad.eval.diarization_score import score_diarization
from dyad.loading import sample_files
from dyad.seat import Seat


def annotation(*turns: tuple[str, float, float]) -> Annotation:
    built = Annotation()
    for label, start, end in turns:
        segment = Segment(start, end)
        built[segment, built.new_track(segment)] = label
    return built


@pytest.fixture(scope="module")
def mix() -> FloatArray:
    return read_audio(sample_files()[0])[0]


# --- voice activity


@pytest.mark.integration
def test_strands_give_what_one_run_from_end_to_end_gives(call: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_activity, "STRAND_WINDOWS", 10_000)
    whole = speech_probability(call.audio)
    monkeypatch.setattr(voice_activity, "STRAND_WINDOWS", 200)
    stranded = speech_probability(call.audio)
    assert whole.shape == (2, 938)
    disagreeing = (whole >= 0.5) != (stranded >= 0.5)
    assert disagreeing.mean() < 0.002
    assert np.abs(whole - stranded).mean() < 0.005


@pytest.mark.integration
def test_one_run_equals_silero_itself(mix: FloatArray) -> None:
    import silero_vad
    import torch

    theirs = silero_vad.get_speech_timestamps(
        torch.from_numpy(mix[0].copy()), silero_vad.load_silero_vad(), min_speech_duration_ms=100, min_silence_duration_ms=100
    )
    ours = speech_stretches(speech_probability(mix)[0], duration_s=30)
    assert [(round(a * 16_000), round(b * 16_000)) for a, b in ours] == [(t["start"], t["end"]) for t in theirs]


def test_short_feedback_is_kept_and_clicks_are_not() -> None:
    probability = np.zeros(100, np.float32)
    probability[20:25] = 0.9  # 160 ms
    probability[60:62] = 0.9  # 64 ms
    (only,) = speech_stretches(probability, duration_s=3.2)
    assert only == pytest.approx((0.61, 0.83))  # with 30 ms each side


def test_other_sample_rates_are_refused(mix: FloatArray) -> None:
    with pytest.raises(InputError, match="16000 for voice activity; got 8000"):
        speech_probability(mix, sample_rate_hz=8_000)


@pytest.mark.parametrize("samples", [512, 1_000, 1_024, 5_000])
def test_window_power_covers_every_sample(samples: int) -> None:
    audio = np.random.default_rng(0).normal(size=(2, samples)).astype(np.float32)
    power = window_power(audio)
    assert power.shape == (2, -(-samples // 512))
    np.testing.assert_allclose(power.sum(axis=1) * 512, (audio.astype(float) ** 2).sum(axis=1))


# --- channels


@pytest.mark.integration
def test_channels_of_the_sample_match_its_reference(call: Conversation) -> None:
    found = diarize_channels(call.audio)
    assert score_diarization(call.diarization, found.turns, duration_s=30)["der"] < 0.06
    assert found.turns.get_overlap().duration() > 1.0  # overlap is kept
    assert not any(note.startswith("Warning") for note in found.notes)


@pytest.mark.integration
@pytest.mark.parametrize("gain", [1.0, 0.3])
def test_leak_is_left_out_and_warned_of(call: Conversation, gain: float) -> None:
    leaking = call.audio + 0.15 * call.audio[::-1]
    leaking[1] *= gain
    found = diarize_channels(leaking)
    assert score_diarization(call.diarization, found.turns, duration_s=30)["der"] < 0.1
    assert any(note.startswith("Warning: speech leaks between the channels") for note in found.notes)


@pytest.mark.integration
def test_leak_into_the_channel_of_a_silent_listener_is_nobodys_speech(call: Conversation) -> None:
    leaking = np.stack([call.audio[0], 0.1 * call.audio[0]])
    leaking += np.random.default_rng(0).normal(0, 1e-5, leaking.shape).astype(np.float32)
    found = diarize_channels(leaking)
    assert found.turns.labels() == ["A"]
    assert "No speech found in the channel of B." in found.notes


def test_energy_correlation_has_its_known_values() -> None:
    level = 10 ** (np.random.default_rng(0).normal(0, 0.5, 1_000))
    assert energy_correlation(np.stack([level, 0.01 * level])) == pytest.approx(1)
    assert energy_correlation(np.stack([level, 1 / level])) == pytest.approx(-1)
    assert energy_correlation(np.stack([level, np.ones(1_000)])) == pytest.approx(0)


# --- fallback


@pytest.mark.integration
def test_fallback_on_the_sample_stays_as_good_as_stated(mix: FloatArray, call: Conversation) -> None:
    first, again = diarize_mix(mix), diarize_mix(mix)
    assert first.turns == again.turns
    score = score_diarization(call.diarization, first.turns, duration_s=30)
    assert score["der"] < 0.20  # 0.172 when written; chance confusion alone would be above 0.4
    assert score["confusion"] < 0.10
    assert not first.turns.get_overlap()


def test_two_kinds_of_frames_are_parted_and_short_flickers_are_not() -> None:
    random = np.random.default_rng(1)
    truth = np.repeat([True, False, True, False, True], 300)
    centre = np.where(truth[:, None], 1.0, -1.0) * np.array([1.0, -0.5, 0.25])
    features = centre + random.normal(0, 1, (len(truth), 3))
    found = part_two_speakers(features, stretch=np.zeros(len(truth), int))
    assert max((found == truth).mean(), (found != truth).mean()) > 0.97
    assert np.count_nonzero(np.diff(found)) == 4


def test_cheapest_split_weighs_gain_against_price() -> None:
    gain = np.array([1.0, 1, -3, 1, 1])
    assert cheapest_split(gain, price=np.full(5, 1.0)).tolist() == [True, True, False, True, True]
    assert cheapest_split(gain, price=np.full(5, 2.0)).tolist() == [True] * 5
    assert cheapest_split(np.array([-1.0, -1, 5, 5]), price=np.array([9.0, 9, 0, 9])).tolist() == [False, False, True, True]


def test_cepstra_do_not_depend_on_blocks_or_loudness(mix: FloatArray, monkeypatch: pytest.MonkeyPatch) -> None:
    from dyad.diarization import cepstra as module

    whole = cepstra(mix[0], coefficients=16)
    assert whole.shape == (3_000, 16)
    monkeypatch.setattr(module, "_BLOCK_FRAMES", 77)
    np.testing.assert_allclose(cepstra(mix[0], coefficients=16), whole, atol=1e-4)
    loud = whole[1_000:1_400]
    np.testing.assert_allclose(cepstra(0.5 * mix[0], coefficients=16)[1_000:1_400], loud, atol=0.5)


# --- score


def test_score_of_the_reference_itself_is_zero(call: Conversation) -> None:
    score = score_diarization(call.diarization, call.diarization, duration_s=30)
    assert score["der"] == score["jer"] == score["missed"] == score["false_alarm"] == score["confusion"] == 0
    assert [score["reference_s"], score["hypothesis_s"]] == pytest.approx([24.35, 24.35])


def test_score_has_its_known_parts() -> None:
    reference = annotation(("x", 0, 10), ("y", 10, 20))
    hypothesis = annotation(("A", 0, 8), ("B", 8, 19), ("A", 22, 23))
    score = score_diarization(reference, hypothesis, duration_s=30)
    assert score["confusion"] == pytest.approx(2 / 20)
    assert score["missed"] == pytest.approx(1 / 20)
    assert score["false_alarm"] == pytest.approx(1 / 20)
    assert score["der"] == pytest.approx(4 / 20)
    assert score["jer"] == pytest.approx((3 / 11 + 3 / 12) / 2)


def test_overlap_counts_and_error_grows_with_confusion() -> None:
    reference = annotation(("x", 0, 10), ("y", 5, 10))
    assert score_diarization(reference, annotation(("x", 0, 10)), duration_s=10)["missed"] == pytest.approx(5 / 15)
    turns = annotation(("x", 0, 10), ("y", 10, 20))
    errors = [score_diarization(turns, annotation(("x", 0, 10 - d), ("y", 10 - d, 20)), duration_s=20)["der"] for d in (0, 1, 2, 4)]
    assert errors == sorted(errors)
    assert len(set(errors)) == 4


def test_score_refuses_what_it_cannot_judge() -> None:
    turns = annotation(("x", 0, 10))
    with pytest.raises(InputError, match="at least one turn"):
        score_diarization(Annotation(), turns, duration_s=10)
    with pytest.raises(InputError, match=r"hypothesis: expected turns within 0 to 9.00 s; got turns from 0.00 to 10.00 s"):
        score_diarization(annotation(("x", 0, 9)), turns, duration_s=9)


# --- the sample as a dataset


def test_sample_dataset_holds_the_call(call: Conversation) -> None:
    dataset = Sample()
    (only,) = dataset.ids("test")
    np.testing.assert_array_equal(dataset.load(only).audio, call.audio)
    with pytest.raises(InputError, match="expected test; got 'train'"):
        dataset.ids("train")
    with pytest.raises(InputError, match="expected sample; got 'other'"):
        dataset.load("other")


def test_tiled_repeats_audio_and_turns(call: Conversation) -> None:
    long = tiled(call, minutes=1.2)
    assert long.duration_s == 72
    np.testing.assert_array_equal(long.audio[:, 30 * 16_000 : 60 * 16_000], call.audio)
    once = [(s.start + 30, s.end + 30) for s in call.turns(Seat.B)]
    assert [(s.start, s.end) for s in long.turns(Seat.B) if 30 <= s.start < 60] == [pytest.approx(span) for span in once]
    assert long.diarization.get_timeline().extent().end <= 72
    with pytest.raises(InputError, match="a positive number"):
        tiled(call, minutes=0)
