import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr
from pyannote.core import Annotation, Segment

from dyad.arrays import FloatArray
from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.loading import load_conversation, sample_files
from dyad.rttm import write_rttm

RATE = 16_000
Writer = Callable[..., Path]


@pytest.fixture(scope="module")
def mix() -> FloatArray:
    return np.asarray(soundfile.read(sample_files()[0], dtype="float32")[0])


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    def write_file(name: str, samples: npt.ArrayLike, rate_hz: int = RATE, subtype: str = "PCM_24") -> Path:
        path = tmp_path / name
        soundfile.write(path, np.asarray(samples).T, rate_hz, subtype=subtype if name.endswith(("wav", "flac")) else None)
        return path

    return write_file


@pytest.fixture
def rttm(tmp_path: Path) -> Writer:
    def write_turns(*turns: tuple[str, float, float]) -> Path:
        annotation = Annotation()
        for label, start, end in turns:
            segment = Segment(start, end)
            annotation[segment, annotation.new_track(segment)] = label
        write_rttm(annotation, tmp_path / "turns.rttm", uri="call")
        return tmp_path / "turns.rttm"

    return write_turns


def spans(conversation: Conversation, label: str) -> list[tuple[float, float]]:
    return [(round(s.start, 3), round(s.end, 3)) for s in conversation.diarization.label_timeline(label)]


def test_no_input_gives_the_sample_with_its_reference(call: Conversation) -> None:
    assert call.id == "sample"
    assert call.participants == ("speaker90", "speaker91")  # speaker90 talks first
    assert call.audio.shape == (2, 30 * RATE)
    assert call.duration_s == 30
    assert len(call.diarization) == 10
    assert call.diarization.get_overlap().duration() == pytest.approx(1.89)
    assert call.provenance.licence == "MIT"
    assert "pyannote.audio" in call.provenance.source
    assert set(call.provenance.files) == {"sample.wav", "sample.rttm"}
    assert all(len(digest) == 64 for digest in call.provenance.files.values())


def test_own_audio_of_a_mix_is_the_mix_in_own_turns(call: Conversation, mix: FloatArray) -> None:
    both = call.diarization.get_overlap()
    middle = round(RATE * (both[0].start + both[0].end) / 2)
    assert (call.audio[:, middle] == mix[middle]).all()  # overlap is kept on both sides
    for row, label in zip(call.audio, "AB", strict=True):
        own = np.zeros(len(mix), bool)
        inside = np.zeros(len(mix), bool)
        for turn in call.diarization.label_timeline(label).support():
            first, last = round(turn.start * RATE), round(turn.end * RATE)
            own[first:last] = inside[first + 160 : last - 160] = True
        assert not row[~own].any()
        np.testing.assert_array_equal(row[inside], mix[inside])


def test_edges_of_turns_fade_in_and_out_over_10_ms(write: Writer, rttm: Writer) -> None:
    path = write("x.wav", np.full(RATE, 0.5))
    row = load_conversation(path, rttm=rttm(("A", 0.25, 0.5), ("B", 0.6, 0.7))).audio[0]
    edge = row[4_000:4_160]
    assert (np.diff(edge) > 0).all()
    assert edge[0] < 0.001
    assert edge[80] == pytest.approx(0.25, abs=0.01)
    np.testing.assert_allclose(row[7_840:8_000], edge[::-1], atol=1e-6)


def test_touching_turns_of_one_person_have_no_dip_between_them(write: Writer, rttm: Writer) -> None:
    path = write("x.wav", np.full(RATE, 0.5))
    row = load_conversation(path, rttm=rttm(("A", 0.2, 0.4), ("A", 0.4, 0.6), ("B", 0.7, 0.8))).audio[0]
    assert (row[3_400:9_400] == 0.5).all()


@pytest.mark.integration
def test_stereo_file_keeps_its_channels(call: Conversation, write: Writer) -> None:
    path = write("talk.wav", call.audio)
    loaded = load_conversation(path)
    np.testing.assert_allclose(loaded.audio, call.audio, atol=1e-6)
    assert loaded.id == "talk"
    assert loaded.participants == ("A", "B")
    assert loaded.provenance.licence == "unknown"
    assert loaded.provenance.diarization == "silero-vad per channel"
    assert "Energy correlation between the channels: -0." in loaded.provenance.notes[0]


@pytest.mark.integration
@pytest.mark.parametrize(("extension", "rates"), [("wav", (8_000, 48_000)), ("flac", (44_100, 16_000)), ("mp3", (22_050, 44_100))])
def test_two_mono_files_of_different_rate_and_length(call: Conversation, write: Writer, extension: str, rates: tuple[int, int]) -> None:
    short = call.audio[1, : 25 * RATE]
    anna = write(f"anna.{extension}", soxr.resample(call.audio[0], RATE, rates[0]), rates[0])
    ben = write(f"ben.{extension}", soxr.resample(short, RATE, rates[1]), rates[1])
    loaded = load_conversation(anna, ben)
    assert loaded.id == "anna+ben"
    assert loaded.participants == ("anna", "ben")
    assert loaded.samples == 30 * RATE
    assert not loaded.audio[1, 25 * RATE :].any()
    notes = " ".join(loaded.provenance.notes)
    assert f"ben.{extension}: padded with 5.00 s of silence" in notes
    for name, rate in zip(("anna", "ben"), rates, strict=True):
        assert (f"{name}.{extension}: resampled from {rate} to 16000 Hz." in notes) == (rate != RATE)
    assert np.corrcoef(loaded.audio[0], call.audio[0])[0, 1] > 0.95


@pytest.mark.integration
def test_given_names_win(call: Conversation, write: Writer) -> None:
    assert load_conversation(write("talk.wav", call.audio), names=("Ann", "Bo")).participants == ("Ann", "Bo")


def test_mix_with_rttm_seats_the_first_to_talk_as_a(mix: FloatArray, write: Writer, rttm: Writer) -> None:
    turns = rttm(("zoe", 6.7, 8.0), ("adam", 7.5, 10.0))
    loaded = load_conversation(write("mix.flac", mix), rttm=turns)
    assert loaded.participants == ("zoe", "adam")
    assert spans(loaded, "A") == [(6.7, 8.0)]
    assert spans(loaded, "B") == [(7.5, 10.0)]
    assert loaded.provenance.diarization == "RTTM turns.rttm"


def test_labels_a_and_b_are_kept_whoever_talks_first(mix: FloatArray, write: Writer, rttm: Writer) -> None:
    loaded = load_conversation(write("mix.wav", mix), rttm=rttm(("B", 6.7, 8.0), ("A", 7.5, 10.0)))
    assert spans(loaded, "B") == [(6.7, 8.0)]
    assert loaded.participants == ("A", "B")


def test_names_of_the_rttms_speakers_say_who_is_a(mix: FloatArray, write: Writer, rttm: Writer) -> None:
    loaded = load_conversation(write("mix.wav", mix), rttm=rttm(("zoe", 6.7, 8.0), ("adam", 7.5, 10.0)), names=("adam", "zoe"))
    assert spans(loaded, "A") == [(7.5, 10.0)]


@pytest.mark.parametrize("swap", [False, True])
def test_rttm_speakers_are_seated_by_their_channel(call: Conversation, write: Writer, swap: bool) -> None:
    audio = call.audio[::-1] if swap else call.audio
    loaded = load_conversation(write("talk.wav", audio), rttm=sample_files()[1])
    assert loaded.participants == (("speaker91", "speaker90") if swap else ("speaker90", "speaker91"))
    assert spans(loaded, "B" if swap else "A") == spans(call, "A")
    assert f"speaker90 → {'B' if swap else 'A'}" in loaded.provenance.notes[0]
    np.testing.assert_allclose(loaded.audio, audio, atol=1e-6)  # nothing is masked


def test_swapped_labels_on_channels_are_kept_with_a_warning(call: Conversation, write: Writer, tmp_path: Path) -> None:
    write_rttm(call.diarization, tmp_path / "turns.rttm", uri="x")
    straight = load_conversation(write("talk.wav", call.audio), rttm=tmp_path / "turns.rttm")
    crossed = load_conversation(write("talk2.wav", call.audio[::-1]), rttm=tmp_path / "turns.rttm")
    assert not any("swapped" in note for note in straight.provenance.notes)
    assert any("look swapped" in note for note in crossed.provenance.notes)
    assert spans(crossed, "A") == spans(call, "A")


def test_stereo_with_the_same_sound_twice_is_a_mix(mix: FloatArray, write: Writer) -> None:
    loaded = load_conversation(write("dual.wav", np.stack([mix, 0.5 * mix])), rttm=sample_files()[1])
    assert "same sound: treated as a mono mix" in " ".join(loaded.provenance.notes)
    assert not loaded.audio[:, : 6 * RATE].any()  # masked: nobody talks yet


@pytest.mark.integration
def test_one_person_and_a_silent_channel(call: Conversation, write: Writer, rttm: Writer) -> None:
    path = write("monologue.wav", np.stack([np.zeros_like(call.audio[0]), call.audio[0]]))
    loaded = load_conversation(path, rttm=rttm(("ann", 6.69, 21.49)))
    assert loaded.diarization.labels() == ["B"]
    assert "The channel of A is silent: A only listens." in loaded.provenance.notes
    without = load_conversation(path)
    assert without.diarization.labels() == ["B"]


@pytest.mark.integration
def test_mix_alone_uses_the_fallback_and_warns(mix: FloatArray, write: Writer) -> None:
    loaded = load_conversation(write("mix.wav", mix))
    assert set(loaded.diarization.labels()) == {"A", "B"}
    assert min(s.start for s in loaded.diarization.label_timeline("A")) < min(s.start for s in loaded.diarization.label_timeline("B"))
    assert loaded.provenance.diarization.startswith("built-in two-speaker fallback")
    assert any(note.startswith("Warning: the turns were found in a mono mix") for note in loaded.provenance.notes)


def test_overhang_of_50_ms_is_cropped_and_more_is_refused(mix: FloatArray, write: Writer, rttm: Writer) -> None:
    path = write("mix.wav", mix)
    loaded = load_conversation(path, rttm=rttm(("a", 1, 2), ("b", 3, 30.04)))
    assert spans(loaded, "B") == [(3, 30)]
    assert "cropped by 40 ms" in " ".join(loaded.provenance.notes)
    with pytest.raises(InputError, match=r"turns within the audio's 30.00 s; got a turn that ends at 30.06 s"):
        load_conversation(path, rttm=rttm(("a", 1, 2), ("b", 3, 30.06)))


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        ((("ann", 1, 2), ("ann", 4, 5)), r"expected two speakers; got 1 \(ann\).*stereo file whose other channel is silent"),
        ((("ann", 1, 2), ("ben", 4, 5), ("cleo", 6, 7)), r"got 3 \(ann, ben, cleo\).*delete or rename"),
        ((("a", 1, 2), ("b", 3, 4), ("c", 5, 6), ("d", 7, 8)), "got 4"),
    ],
)
def test_other_than_two_speakers_are_refused_for_a_mix_and_for_channels(
    mix: FloatArray, call: Conversation, write: Writer, rttm: Writer, turns: tuple[Any, ...], text: str
) -> None:
    for path in (write("mix.wav", mix), write("stereo.wav", call.audio)):
        with pytest.raises(InputError, match=text):
            load_conversation(path, rttm=rttm(*turns))


def test_files_that_do_not_go_together_are_refused(call: Conversation, mix: FloatArray, write: Writer, rttm: Writer) -> None:
    stereo, mono = write("stereo.wav", call.audio), write("mono.wav", mix)
    with pytest.raises(InputError, match="a mono file, as one of two; got a stereo file"):
        load_conversation(mono, stereo)
    with pytest.raises(InputError, match="at most two audio files; got 3"):
        load_conversation(mono, mono, mono)
    with pytest.raises(InputError, match="the audio its turns belong to"):
        load_conversation(rttm=rttm(("a", 1, 2), ("b", 3, 4)))


def test_mix_without_enough_speech_is_refused(write: Writer) -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 5 * RATE)
    with pytest.raises(InputError, match=r"at least 2 s of speech to tell two speakers apart; got 0.0 s"):
        load_conversation(write("noise.wav", noise))


def test_clipping_is_told(write: Writer, mix: FloatArray, rttm: Writer) -> None:
    loaded = load_conversation(write("loud.wav", np.clip(8 * mix, -1, 1)), rttm=sample_files()[1])
    assert any("samples are clipped" in note for note in loaded.provenance.notes)


def test_files_of_one_name_in_two_folders_both_keep_their_hash(call: Conversation, tmp_path: Path) -> None:
    for row, folder in enumerate(("left", "right")):
        (tmp_path / folder).mkdir()
        soundfile.write(tmp_path / folder / "mic.wav", call.audio[row, : 8 * RATE * (row + 1)], RATE)
    assert len(load_conversation(tmp_path / "left" / "mic.wav", tmp_path / "right" / "mic.wav").provenance.files) == 2


@pytest.mark.integration
def test_loading_with_turns_imports_no_torch() -> None:
    code = "import sys, dyad.loading as l; l.load_conversation(); import dyad.eval.diarization_score; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
