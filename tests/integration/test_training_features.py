"""Training from a cache of features: what comes out is what comes out without, and goes on exactly."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from dyad.agents.dualtalk.encoders import AudioEncoder
from dyad.agents.dualtalk.model import DualTalk
from dyad.cluster import connected
from dyad.training.checkpoints import load_last
from dyad.training.config import TrainConfig, load_train_config
from dyad.training.launching import plan_training, run_training
from dyad.training.logs import read_log
from tests.dualtalk_corpus import write_corpus
from tests.integration.conftest import Dyad
from tests.tiny_encoder import save_encoder

pytestmark = pytest.mark.integration

STEPS = 6
TINY = [
    "backend=inline", "model.width=8", "model.heads=2", "model.feed_forward=8", "model.interaction_layers=1", "model.lstm_layers=1",
    "data.window_frames=20", "data.shift=true", "data.level=clip", "batch=4", f"max_steps={STEPS}", "log_steps=1", "scaled=true",
    "optimiser.learning_rate=1e-3", "validation.every_steps=3", "validation.clips=1", "feedback.own_share=0.5", "feedback.ramp_steps=2",
    "feedback.held_share=0.5",
]  # fmt: skip


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    with connected(None):
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("data") / "corpus", clips={"train": 3, "val": 1}, frames=40)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("encoder") / "tiny")


@pytest.fixture(scope="module")
def cache(data: Path, encoder: Path, tmp_path_factory: pytest.TempPathFactory, cluster: None) -> Path:
    from typer.testing import CliRunner

    from dyad.cli.app import app

    folder = tmp_path_factory.mktemp("cache")
    answer = CliRunner().invoke(app, ["data", "features", str(data), "--encoder", str(encoder), "--out", str(folder)])
    assert "8 files computed, 0 were there" in answer.output
    return folder


@pytest.fixture(scope="module")
def plain(data: Path, encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without a cache."""
    run = tmp_path_factory.mktemp("runs") / "plain"
    trained(tiny(encoder), data=data, run=run)
    return run


@pytest.fixture(scope="module")
def cached(data: Path, encoder: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With one."""
    run = tmp_path_factory.mktemp("runs") / "cached"
    trained(tiny(encoder, f"data.features={cache}"), data=data, run=run)
    return run


def tiny(encoder: Path, *overrides: str) -> TrainConfig:
    return load_train_config(overrides=[*TINY, f"encoder={encoder}", *overrides])


def trained(config: TrainConfig, *, data: Path, run: Path) -> dict[str, torch.Tensor]:
    """The last weights."""
    job, steps = plan_training(config, data=data, out=run)
    run_training(job, steps=steps)
    return weights_of(run)


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    last = load_last(run)
    assert last is not None
    found: dict[str, torch.Tensor] = last["model"]
    return found


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


def test_it_is_the_same_training(plain: Path, cached: Path) -> None:
    """Rows may differ in their last places, losses then by some 1e-7 of themselves, and Adam's steps only where a gradient is almost 0."""
    rows = zip(read_log(plain), read_log(cached), strict=True)
    for one, other in rows:
        for name in one.keys() - {"windows_per_s", "windows_per_cpu_s"}:
            assert other[name] == (pytest.approx(one[name], rel=1e-4) if isinstance(one[name], float) else one[name])
    before, after = weights_of(plain), weights_of(cached)
    assert before.keys() == after.keys()
    apart = torch.cat([(after[name] - tensor).abs().flatten() for name, tensor in before.items()])
    assert apart.mean() < 1e-6  # of steps of 1e-3
    assert apart.max() <= 2 * STEPS * 1e-3


def test_what_is_saved_is_a_whole_model(plain: Path, cached: Path, encoder: Path) -> None:
    from safetensors.torch import load_file

    assert (plain / "best" / "config.json").read_bytes() == (cached / "best" / "config.json").read_bytes()
    saved = [load_file(run / "best" / "model.safetensors") for run in (plain, cached)]
    assert saved[0].keys() == saved[1].keys()
    source = load_file(encoder / "model.safetensors")
    for name in (name for name in source if name.startswith("feature_extractor.")):
        assert torch.equal(saved[1][f"own_encoder.network.{name}"], source[name])
    sound, motion = torch.randn(2, 1, 12800), torch.zeros(1, 20, 56)
    models = [DualTalk.load(run / "best") for run in (plain, cached)]
    torch.testing.assert_close(*(model(sound[0], sound[1], motion) for model in models), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("extra", [(), ("data.loaders=1", "precision=bfloat16")], ids=["float32", "bfloat16, reading ahead"])
def test_stopping_and_going_on_equals_never_stopping(
    extra: tuple[str, ...], data: Path, encoder: Path, cache: Path, tmp_path: Path
) -> None:
    config = tiny(encoder, f"data.features={cache}", *extra)
    never = trained(config, data=data, run=tmp_path / "never")
    half = trained(tiny(encoder, f"data.features={cache}", *extra, "max_steps=3"), data=data, run=tmp_path / "stopped")
    assert not same(half, never)
    assert same(trained(config, data=data, run=tmp_path / "stopped"), never)
    assert (tmp_path / "stopped/best/model.safetensors").read_bytes() == (tmp_path / "never/best/model.safetensors").read_bytes()


def test_nothing_is_convolved(
    data: Path, encoder: Path, cache: Path, cached: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in steps, nor for the partner's prediction, nor in validation."""

    def never(encoder: AudioEncoder, audio: torch.Tensor) -> torch.Tensor:
        raise AssertionError("nobody asked")

    monkeypatch.setattr(AudioEncoder, "convolve", never)
    always = ("feedback.own_share=1", "feedback.ramp_steps=0")
    assert not same(trained(tiny(encoder, f"data.features={cache}", *always), data=data, run=tmp_path / "run"), weights_of(cached))
    assert {"recorded/exp", "generated/exp"} <= read_log(tmp_path / "run")[-1].keys()
    with pytest.raises(AssertionError, match="nobody asked"):
        trained(tiny(encoder), data=data, run=tmp_path / "without")


def test_two_workers_train_from_one_cache(data: Path, encoder: Path, cache: Path, cached: Path, tmp_path: Path, dyad: Dyad) -> None:
    words = [*TINY, f"encoder={encoder}", f"data.features={cache}", "backend=ray", "workers=2"]
    answer = dyad("train", data, *words, "--out", tmp_path / "run")
    assert answer.code == 0, answer.err
    assert [path.name for path in (tmp_path / "run" / "clips").iterdir()] == ["val-clip0-A.rrd"]
    first, of_one = (read_log(run)[0]["gradient_norm"] for run in (tmp_path / "run", cached))
    assert first == pytest.approx(of_one, rel=0.5)  # other draws, the same windows
    again = dyad("train", data, *words, "--out", tmp_path / "again")
    assert again.code == 0, again.err
    assert same(weights_of(tmp_path / "again"), weights_of(tmp_path / "run"))


def test_what_is_missing_is_said_in_one_line(data: Path, encoder: Path, cache: Path, tmp_path: Path, dyad: Dyad) -> None:
    part = tmp_path / "part"
    shutil.copytree(cache, part)
    sorted(part.glob("*/*.safetensors"))[0].unlink()
    answer = dyad("train", data, *TINY, f"encoder={encoder}", f"data.features={part}", "backend=ray", "--out", tmp_path / "run")
    assert answer.code == 2
    assert "expected features of all voices; got none of clip" in answer.err
    assert f"Run dyad data features {data} --encoder {encoder} --out {part}" in answer.err
    assert not (tmp_path / "run").exists()
