"""Features of sound, and what they are kept by."""

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dyad.corpora.feature_cache import FeatureCache, read_features, write_features
from dyad.corpora.front_end import FeatureMaker, FrontEnd, read_front_end
from dyad.corpora.voices import VoiceFile
from dyad.errors import InputError
from tests.corpus_files import RATE_HZ, voice
from tests.tiny_dualtalk import tiny_checkpoint

CACHE = FeatureCache(root=Path("cache"), fingerprint="ab" * 32)


def test_features_are_what_a_model_hears_of_the_whole_clip() -> None:
    import torch

    from dyad.agents.dualtalk.model import DualTalk

    samples = voice(2.0)
    made = FeatureMaker(read_front_end("log_mel")).rows(np.stack([samples * np.float32(0.1), -samples]))
    assert made.shape == (2, 100, 64)  # two rows for each of 50 frames
    model = DualTalk.load(tiny_checkpoint("flame50"))
    even = torch.from_numpy((samples - samples.mean()) / samples.std())[None]
    heard = model.own_encoder.convolve(even)[0].detach().numpy()
    for row in made:  # the level does not count, nor the sign
        assert np.allclose(row, heard, atol=1e-3)


def test_a_voice_that_is_silent_gives_finite_features() -> None:
    assert np.isfinite(FeatureMaker(read_front_end("log_mel")).rows(np.zeros((1, RATE_HZ), np.float32))).all()


def test_the_fingerprint_tells_front_ends_apart_and_models_that_share_one_not() -> None:
    plain = read_front_end("log_mel")
    model = read_front_end(str(tiny_checkpoint("flame50")))
    assert plain.fingerprint == model.fingerprint  # it has other weights, but all of them behind the features
    assert len(plain.fingerprint) == 64
    assert replace(plain, settings={"model_type": "log_mel", "bands": 40}).fingerprint != plain.fingerprint
    assert replace(plain, weights={"x": np.zeros(3, np.float32)}).fingerprint != plain.fingerprint


@pytest.mark.parametrize(
    ("settings", "local"),
    [
        ({"model_type": "wav2vec2", "feat_extract_norm": "layer"}, True),
        ({"model_type": "wavlm", "feat_extract_norm": "group"}, False),
        ({"model_type": "data2vec-audio"}, True),  # always has layer norm
        ({"model_type": "log_mel"}, False),
    ],
)
def test_where_rows_depend_on_their_own_sound_alone(settings: dict[str, str], local: bool) -> None:
    assert FrontEnd(name="x", settings=settings, weights={}).local == local


def test_features_follow_the_bytes_of_a_sound_not_its_name(tmp_path: Path) -> None:
    first, copy, other = (tmp_path / name for name in ("a.wav", "b.wav", "c.wav"))
    soundfile.write(first, voice(1.0), RATE_HZ)
    copy.write_bytes(first.read_bytes())
    soundfile.write(other, voice(1.0, seed=1), RATE_HZ)
    at = {path: CACHE.path_of(VoiceFile(sound=path, samples=16000)) for path in (first, copy, other)}
    assert at[first] == at[copy] != at[other]
    assert CACHE.path_of(VoiceFile(sound=first, samples=15999)) != at[first]  # levelled over less, its rows are others
    half = replace(CACHE, half=True)
    assert half.folder != CACHE.folder
    with pytest.raises(InputError, match=r"absent.wav: expected a readable sound file; got No such file"):
        CACHE.path_of(VoiceFile(sound=tmp_path / "absent.wav", samples=1))


@pytest.mark.parametrize("half", [False, True])
def test_files_come_back(half: bool, tmp_path: Path) -> None:
    features = np.random.default_rng(0).normal(0, 3, (2, 8, 40)).astype(np.float32).transpose(0, 2, 1)  # in memory as encoders give them
    path = tmp_path / "x.safetensors"
    write_features(path, features, half=half)
    assert [file.name for file in tmp_path.iterdir()] == ["x.safetensors"]
    read = read_features(path)
    assert read.dtype == np.float32
    assert np.allclose(read, features, rtol=2**-11 if half else 0, atol=0)
    assert np.array_equal(read_features(path, rows=slice(3, 20)), read[:, 3:20])
    full = path.stat().st_size
    write_features(path, features, half=not half)
    assert (path.stat().st_size < full) == (not half)


def test_damaged_files_and_numbers_too_large_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    with pytest.raises(InputError, match=r"expected finite features; got some too large for the precision\. Leave --half out"):
        write_features(path, np.full((1, 2, 3), 1e6, np.float32), half=True)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"cut")
    with pytest.raises(InputError, match=r"x.safetensors: expected features; got .+ Delete it, and run dyad data features again"):
        read_features(path)


def test_what_killed_runs_left_is_cleared_away_when_it_is_old(tmp_path: Path) -> None:
    cache = replace(CACHE, root=tmp_path)
    for name in (".x-1.partial", ".y-2.partial"):
        (cache.folder / name).mkdir(parents=True)
    old_s = time.time() - 2 * 3600
    os.utime(cache.folder / ".x-1.partial", (old_s, old_s))
    cache.describe({"encoder": "log_mel"})
    assert sorted(path.name for path in cache.folder.iterdir()) == [".y-2.partial", "encoder.json"]
