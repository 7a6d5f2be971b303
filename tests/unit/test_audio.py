import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from dyad import audio as audio_module
from dyad.arrays import FloatArray
from dyad.audio import read_audio, read_source, sha256_of
from dyad.clock import round_half_up
from dyad.errors import InputError
from dyad.loading import sample_files

FORMATS = [
    ("wav", "PCM_16", 1e-4),
    ("wav", "PCM_24", 1e-6),
    ("wav", "PCM_32", 1e-6),
    ("wav", "FLOAT", 1e-7),
    ("flac", "PCM_16", 1e-4),
    ("ogg", "VORBIS", 0.2),
    ("mp3", "MPEG_LAYER_III", 0.2),
]


@pytest.fixture(scope="module")
def speech() -> FloatArray:
    """6 s of the built-in sample, 16 kHz."""
    return np.asarray(soundfile.read(sample_files()[0], start=16_000 * 8, frames=16_000 * 6, dtype="float32")[0])


@pytest.mark.parametrize(("extension", "subtype", "error"), FORMATS)
@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
def test_every_format_and_rate_gives_the_same_speech(
    tmp_path: Path, speech: FloatArray, extension: str, subtype: str, error: float, rate_hz: int
) -> None:
    path = tmp_path / f"speech.{extension}"
    soundfile.write(path, soxr.resample(speech, 16_000, rate_hz), rate_hz, subtype=subtype)
    samples, read_hz = read_audio(path)
    assert read_hz == 16_000
    assert samples.dtype == np.float32
    assert samples.shape == (1, len(speech))
    expected = soxr.resample(soxr.resample(speech, 16_000, rate_hz), rate_hz, 16_000)
    residue = np.linalg.norm(samples[0] - expected) / np.linalg.norm(expected)
    assert residue < max(error * 20 if error < 0.1 else error, 2e-3 if rate_hz != 16_000 else 0)


def test_mp3_is_read_without_seams_between_blocks(
    tmp_path: Path, speech: FloatArray, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "speech.mp3"
    soundfile.write(path, speech, 16_000)
    whole = read_audio(path)[0]
    monkeypatch.setattr(audio_module, "_BLOCK_FRAMES", 5_000)
    np.testing.assert_array_equal(read_audio(path)[0], whole)
    assert "libmpg123" not in capfd.readouterr().err


def test_block_length_does_not_change_what_is_resampled(tmp_path: Path, speech: FloatArray, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "speech.wav"
    soundfile.write(path, np.stack([speech, -0.5 * speech], axis=1), 44_100)
    whole = read_audio(path)[0]
    monkeypatch.setattr(audio_module, "_BLOCK_FRAMES", 3_001)
    np.testing.assert_allclose(read_audio(path)[0], whole, atol=1e-6)
    np.testing.assert_allclose(whole[1], -0.5 * whole[0], atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(frames=st.integers(5_000, 60_000), rate_hz=st.sampled_from([8_000, 11_025, 22_050, 32_000, 44_100, 48_000]))
def test_resampled_length_is_the_exact_length_rounded_once(tmp_path_factory: pytest.TempPathFactory, frames: int, rate_hz: int) -> None:
    path = tmp_path_factory.mktemp("length") / "tone.wav"
    soundfile.write(path, 0.5 * np.sin(np.arange(frames) * 0.05), rate_hz)
    samples = read_audio(path)[0]
    assert samples.shape == (1, round_half_up(frames * 16_000 / rate_hz))
    assert np.abs(samples[0, -200:]).max() > 0.2  # sound to the end, no padding


def test_note_says_what_was_resampled(tmp_path: Path, speech: FloatArray) -> None:
    path = tmp_path / "call.wav"
    soundfile.write(path, speech, 8_000)
    assert read_source(path).notes("call.wav") == ("call.wav: resampled from 8000 to 16000 Hz.",)


def test_clipping_is_counted_across_blocks_and_single_peaks_are_not(
    tmp_path: Path, speech: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio_module, "_BLOCK_FRAMES", 7)
    samples = 0.2 * speech[:8_000] / np.abs(speech).max()
    samples[100] = samples[200] = samples[201] = 1.0
    clean, clipped = tmp_path / "clean.wav", tmp_path / "clipped.wav"
    soundfile.write(clean, samples, 16_000)
    assert read_source(clean).clipped_share == 0
    samples[1_003:1_043] = -1.0
    soundfile.write(clipped, samples, 16_000)
    source = read_source(clipped)
    assert source.clipped_share == 40 / 8_000
    assert source.notes("x") == ("Warning: x: 0.50% of the samples are clipped.",)


def test_float_file_beyond_full_scale_is_scaled_and_says_so(tmp_path: Path, speech: FloatArray) -> None:
    path = tmp_path / "loud.wav"
    loud = 4 * speech / np.abs(speech).max()
    soundfile.write(path, loud, 16_000, subtype="FLOAT")
    source = read_source(path)
    np.testing.assert_allclose(source.samples[0], loud / 4, atol=1e-6)
    assert "scaled by 0.25" in " ".join(source.notes("x"))


def _write(path: Path, samples: npt.ArrayLike, rate_hz: int = 16_000) -> Path:
    soundfile.write(path, samples, rate_hz, subtype="FLOAT")
    return path


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda p: p / "absent.wav", "no such file"),
        (lambda p: p, "got a folder"),
        (lambda p: ((p / "zero.wav").write_bytes(b"") and None) or p / "zero.wav", r"an empty file \(0 bytes\)"),
        (lambda p: (p / "text.wav").write_text("not audio") and p / "text.wav", "libsndfile reads"),
        (lambda p: _write(p / "x.wav", np.zeros((0, 1))), "an empty recording"),
        (lambda p: _write(p / "x.wav", np.ones(100)), "at least 0.1 s"),
        (lambda p: _write(p / "x.wav", np.zeros(16_000)), r"silence \(zeros only\)"),
        (lambda p: _write(p / "x.wav", np.full(16_000, 1e-5)), r"silence \(a peak of -100 dBFS\)"),
        (lambda p: _write(p / "x.wav", np.full((16_000, 3), 0.1)), "3 channels.*pan=stereo"),
        (lambda p: _write(p / "x.wav", np.full((16_000, 6), 0.1)), "6 channels"),
        (lambda p: _write(p / "x.wav", np.full(16_000, 0.1), 4_000), "got 4000 Hz"),
        (lambda p: _write(p / "x.wav", np.r_[np.full(8_000, 0.1), np.nan, np.full(8_000, 0.1)]), "NaN or infinity, first at 0.500 s"),
        (lambda p: _write(p / "x.wav", np.r_[np.full(90_000, 0.1), -np.inf]), "NaN or infinity, first at 5.625 s"),
    ],
)
def test_bad_file_is_refused(tmp_path: Path, make: Callable[[Path], Path], text: str) -> None:
    with pytest.raises(InputError, match=text):
        read_audio(make(tmp_path))


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"dyad")
    assert sha256_of(tmp_path / "x") == hashlib.sha256(b"dyad").hexdigest()
