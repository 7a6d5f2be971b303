"""Features of a whole corpus: computed by Ray Data, killed, gone on with."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dyad.cluster import connected
from dyad.corpora.feature_cache import FeatureCache, read_features
from dyad.corpora.front_end import FeatureMaker, read_front_end
from dyad.corpora.voices import VoiceFile
from dyad.errors import InputError
from tests.corpus_files import RATE_HZ, voice
from tests.integration.conftest import Dyad
from tests.tiny_encoder import save_encoder

pytestmark = pytest.mark.integration
CLIPS = 24


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """wav2vec 2.0 with the large model's kind of convolutions, and random weights."""
    return save_encoder(tmp_path_factory.mktemp("encoders") / "tiny", seed=0)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "train").mkdir()
    for index in range(CLIPS):
        for place, name in enumerate("AB"):
            soundfile.write(folder / f"train/clip{index:02d}_{name}.wav", voice(1.0, seed=2 * index + place), RATE_HZ, subtype="FLOAT")
    return folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """One for all commands of this file that run in this process."""
    with connected(None):
        yield


def files_in(out: Path) -> dict[Path, int]:
    """The finished files, and when they were written."""
    return {path: path.stat().st_mtime_ns for path in out.glob("*/*.safetensors")}


def test_a_killed_run_is_gone_on_with(corpus: Path, encoder: Path, tmp_path: Path, dyad: Dyad, cluster: None) -> None:
    out = tmp_path / "cache"
    words = ["data", "features", str(corpus), "--encoder", str(encoder), "--out", str(out)]
    run = subprocess.Popen(
        [sys.executable, "-m", "dyad", *words, "--workers", "1"],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 200
        while len(files_in(out)) < 3 and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    time.sleep(1)  # workers of the killed cluster may finish the file they have
    before = files_in(out)
    assert 3 <= len(before) < 2 * CLIPS
    for path in before:
        assert read_features(path).shape == (1, 49, 16)
    answer = dyad(*words)
    assert answer.code == 0
    assert f"{2 * CLIPS - len(before)} files computed, {len(before)} were there, 0 could not be read" in answer.out
    after = files_in(out)
    assert len(after) == 2 * CLIPS
    assert {path: after[path] for path in before} == before  # not computed twice
    again = dyad(*words)
    assert f"0 files computed, {2 * CLIPS} were there" in again.out


def test_only_what_changed_is_computed_and_what_cannot_be_read_is_said(
    corpus: Path, encoder: Path, tmp_path: Path, dyad: Dyad, cluster: None
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for path in sorted((corpus / "train").glob("clip0[012]_*.wav")):
        shutil.copy(path, mine)
    words = ("data", "features", mine, "--encoder", encoder, "--out", tmp_path / "cache", "--half")
    assert "6 files computed" in dyad(*words).out
    shutil.copy(mine / "clip00_A.wav", mine / "clip09_A.wav")
    shutil.copy(mine / "clip00_B.wav", mine / "clip09_B.wav")
    assert "0 files computed, 8 were there" in dyad(*words).out  # copies have their features already
    soundfile.write(mine / "clip00_A.wav", voice(1.5), RATE_HZ)
    (mine / "clip01_B.wav").write_bytes(b"RIFF")
    answer = dyad(*words)
    assert answer.code == 1
    assert "1 files computed, 6 were there, 1 could not be read" in answer.out
    assert "clip01_B.wav: expected audio that libsndfile reads" in answer.err
    front_end = read_front_end(str(encoder))
    cache = FeatureCache(root=tmp_path / "cache", fingerprint=front_end.fingerprint, half=True)
    expected = FeatureMaker(front_end).rows(voice(1.0, seed=5)[None])
    kept = read_features(cache.path_of(VoiceFile(sound=mine / "clip02_B.wav", samples=RATE_HZ)))
    assert np.allclose(kept, expected, rtol=2**-10, atol=1e-3)
    about = json.loads((cache.folder / "encoder.json").read_text())
    assert (about["fingerprint"], about["encoder"], about["bits"]) == (front_end.fingerprint, str(encoder), 16)


def test_features_that_training_does_not_take_are_told(corpus: Path, tmp_path: Path, dyad: Dyad, cluster: None) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    shutil.copy(corpus / "train" / "clip00_A.wav", mine / "alone_A.wav")  # a voice without a partner has features too
    answer = dyad("data", "features", mine, "--encoder", "log_mel", "--out", tmp_path / "cache")
    assert (answer.code, answer.err) == (0, "log_mel: not for dyad train, as its rows depend on more than their own stretch of sound.\n")
    assert "1 files computed" in answer.out
    assert read_features(next(tmp_path.glob("cache/*/*.safetensors"))).shape == (1, 50, 64)


def test_checking_on_all_cores_finds_the_same(corpus: Path, tmp_path: Path, dyad: Dyad, cluster: None) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for path in sorted((corpus / "train").glob("clip0[0123]_*.wav")):
        shutil.copy(path, mine)
    (mine / "clip01_B.wav").write_bytes(b"RIFF")
    (mine / "clip02_A.wav").unlink()
    reports = []
    for backend in ("inline", "ray"):
        report = tmp_path / f"{backend}.json"
        assert dyad("data", "check", mine, "--backend", backend, "--out", report).code == 1
        reports.append(json.loads(report.read_text()))
    assert reports[0] == reports[1]
    assert (reports[0]["clips"], reports[0]["counts"]) == (4, {"missing partner": 1, "unreadable": 1})


def test_another_encoder_has_another_name_and_a_deeper_one_the_same(encoder: Path, tmp_path: Path) -> None:
    fingerprint = read_front_end(str(encoder)).fingerprint
    assert read_front_end(str(save_encoder(tmp_path / "same", seed=0))).fingerprint == fingerprint
    assert read_front_end(str(save_encoder(tmp_path / "other", seed=1))).fingerprint != fingerprint
    with pytest.raises(InputError, match="absent"):
        read_front_end(str(tmp_path / "absent"))


def test_long_sound_is_computed_in_blocks_with_the_same_result(encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = FeatureMaker(read_front_end(str(encoder)))
    sound = voice(7.77)[None]
    whole = maker.rows(sound)
    monkeypatch.setattr("dyad.corpora.front_end.BLOCK_ROWS", 37)
    assert np.allclose(maker.rows(sound), whole, atol=1e-5)
    assert whole.shape == (1, 389, 16)  # of 195 whole frames


def test_the_base_model_s_convolutions_hear_the_whole_clip_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = FeatureMaker(read_front_end(str(save_encoder(tmp_path / "base", seed=0, norm="group"))))
    whole = maker.rows(voice(2.0)[None])
    monkeypatch.setattr("dyad.corpora.front_end.BLOCK_ROWS", 37)
    assert np.array_equal(maker.rows(voice(2.0)[None]), whole)
