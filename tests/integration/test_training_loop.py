"""Training itself, on a tiny model: exact resume, seeds, early stop, what a broken loss leaves, and weights that fit the agent."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dyad.agents.dualtalk.config import DualTalkConfig
from dyad.agents.dualtalk.model import DualTalk
from dyad.errors import InputError
from dyad.training.checkpoints import LAST_FILE, load_last
from dyad.training.config import TrainConfig, load_train_config
from dyad.training.launching import check_run, plan_training, run_training, saved_settings
from dyad.training.logs import read_log
from dyad.training.scaling import Scaled
from dyad.training.statistics import MotionStatistics
from tests.dualtalk_corpus import write_corpus

pytestmark = pytest.mark.integration

TINY = [
    "backend=inline", "encoder=null", "model.encoder.model_type=log_mel", "model.encoder.bands=8", "model.encoder.hidden=8",
    "model.encoder.layers=1", "model.width=8", "model.heads=2", "model.feed_forward=8", "model.interaction_layers=1",
    "model.lstm_layers=1", "data.window_frames=20", "data.shift=true", "batch=4", "max_steps=6", "log_steps=1", "scaled=true",
    "loss.relative=true", "optimiser.learning_rate=1e-2", "validation.every_steps=3", "feedback.own_share=0.5",
    "feedback.ramp_steps=2", "feedback.held_share=0.5",
]  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("data") / "corpus", clips={"train": 3, "val": 1}, frames=40)


def tiny(*overrides: str) -> TrainConfig:
    return load_train_config(overrides=[*TINY, *overrides])


def trained(config: TrainConfig, *, data: Path, run: Path) -> dict[str, torch.Tensor]:
    """The last weights."""
    job, steps = plan_training(config, data=data, out=run)
    run_training(job, steps=steps)
    last = load_last(run)
    assert last is not None
    return last["model"]


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six steps without a stop."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    trained(tiny(), data=data, run=run)
    return run


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_stopping_and_going_on_equals_never_stopping(precision: str, whole: Path, data: Path, tmp_path: Path) -> None:
    config = tiny(f"precision={precision}", "optimiser.weight_decay=0.1")
    never = trained(config, data=data, run=tmp_path / "never")
    run = tmp_path / "stopped"
    half = trained(replace(config, max_steps=3), data=data, run=run)
    assert not same(half, never)
    assert same(trained(config, data=data, run=run), never)
    for name in ("best/model.safetensors", "best/training.json"):
        assert (run / name).read_bytes() == (tmp_path / "never" / name).read_bytes()
    rows = [[row["step"], row["kind"], row.get("loss"), row.get("score")] for row in read_log(run)]
    assert rows == [[row["step"], row["kind"], row.get("loss"), row.get("score")] for row in read_log(tmp_path / "never")]
    assert [row[0] for row in rows if row[1] == "train"] == [1, 2, 3, 4, 5, 6]


def test_steps_past_the_last_state_are_done_again(whole: Path, data: Path, tmp_path: Path) -> None:
    """As after a crash: validation at step 3, then two more steps that are lost."""
    run = tmp_path / "crashed"
    trained(tiny("validation.every_steps=5", "max_steps=5"), data=data, run=run)
    state = torch.load(run / LAST_FILE, weights_only=True)
    early = tmp_path / "early"
    trained(tiny("max_steps=3"), data=data, run=early)
    (run / LAST_FILE).write_bytes((early / LAST_FILE).read_bytes())
    assert state["position"]["done"] == 5
    assert same(trained(tiny(), data=data, run=run), load_last(whole)["model"])  # type: ignore[index]
    assert [row["step"] for row in read_log(run) if row["kind"] == "train"] == [1, 2, 3, 4, 5, 6]


def test_the_seed_decides(whole: Path, data: Path, tmp_path: Path) -> None:
    known = load_last(whole)["model"]  # type: ignore[index]
    assert same(trained(tiny(), data=data, run=tmp_path / "again"), known)
    assert not same(trained(tiny("seed=1"), data=data, run=tmp_path / "other"), known)


def test_the_best_weights_are_a_model_with_a_past(whole: Path, data: Path) -> None:
    model = DualTalk.load(whole / "best")
    assert model.config.basis == "arkit50"
    about = json.loads((whole / "best" / "training.json").read_text())
    assert (about["kind"], about["data"], about["simulated"], about["seed"]) == ("dyad training", data.name, False, 0)
    scores = {row["step"]: row["score"] for row in read_log(whole) if row["kind"] == "validation"}
    assert about["validation"]["score"] == min(scores.values()) == scores[about["step"]]
    assert {"recorded/exp", "generated/jaw", "mean_pose/velocity"} <= about["validation"].keys()
    assert saved_settings(whole)[1] == data


def test_it_learns(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    off = ("model.dropout=0", "model.layer_dropout=0", "feedback.own_share=0", "feedback.held_share=0", "model.width=16")
    trained(tiny("max_steps=25", "validation.every_steps=25", *off), data=data, run=run)
    rows = read_log(run)
    losses = [row["jaw"] for row in rows if row["kind"] == "train"]
    assert np.mean(losses[-3:]) < 0.5 * np.mean(losses[:3])
    assert "generated/jaw" not in rows[-1]  # a model that is not trained for the loop is not judged by it


def test_training_ends_when_nothing_gets_better(data: Path, tmp_path: Path) -> None:
    config = tiny(
        "optimiser.learning_rate=1e-12", "max_steps=40", "validation.every_steps=1", "validation.patience=2", "feedback.own_share=0"
    )
    job, steps = plan_training(config, data=data, out=tmp_path / "run")
    outcome = run_training(job, steps=steps)
    assert outcome.planned == 40
    assert outcome.steps < 15
    assert outcome.steps - outcome.best["step"] == 2
    assert run_training(job, steps=steps).steps == outcome.steps  # and stays ended


def test_a_loss_that_is_not_finite_leaves_the_last_good_weights(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    good = trained(tiny("max_steps=3"), data=data, run=run)
    broken = tiny("loss.exp=1e38", "loss.jaw=1e38", "loss.pose=1e38")
    with pytest.raises(InputError, match="loss of step 3: expected a finite number"):
        trained(broken, data=data, run=run)
    assert same(load_last(run)["model"], good)  # type: ignore[index]
    DualTalk.load(run / "best")


def test_a_failure_before_the_first_state_leaves_nothing(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="loss of step 0"):
        trained(tiny("loss.exp=1e39"), data=data, run=tmp_path / "new" / "run")
    assert not (tmp_path / "new" / "run").exists()


def test_what_a_killed_training_had_half_written_is_swept_up(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained(tiny("max_steps=3"), data=data, run=run)
    (run / ".best-x.partial").mkdir()
    (run / ".last.pt.partial").write_bytes(b"half")
    (run / "notes.txt").write_text("mine")
    trained(tiny("max_steps=4"), data=data, run=run)
    assert {path.name for path in run.iterdir()} == {"best", "last.pt", "log.jsonl", "notes.txt", "settings.yaml", "tensorboard"}


def test_folders(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--resume to go on"):
        check_run(whole, resume=False)
    with pytest.raises(InputError, match=r"expected a folder of dyad train; got no settings.yaml"):
        check_run(tmp_path, resume=True)
    assert check_run(tmp_path, resume=False) == tmp_path
    assert check_run(whole, resume=True) == whole


def test_another_model_does_not_go_on(whole: Path, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained(tiny("max_steps=3"), data=data, run=run)
    with pytest.raises(InputError, match="state of the training: expected that of this model"):
        trained(tiny("model.width=16"), data=data, run=run)
    (run / LAST_FILE).write_bytes(b"PK broken")
    with pytest.raises(InputError, match="expected the state of a training"):
        trained(tiny(), data=data, run=run)


def test_folding_changes_no_prediction() -> None:
    torch.manual_seed(0)
    shape = DualTalkConfig(encoder={"model_type": "log_mel", "hidden": 8, "bands": 8}, width=8, feed_forward=8, basis="arkit50")
    numbers = np.random.default_rng(0)
    statistics = MotionStatistics(
        mean=tuple(numbers.normal(size=56)),
        spread=tuple(numbers.uniform(0.01, 2.0, 56)),
        step_spread=(1.0,) * 56,
    )
    scaled = Scaled(DualTalk(shape), statistics).eval()
    own, partner, motion = torch.randn(2, 6400), torch.randn(2, 6400), torch.randn(2, 10, 56)
    with torch.inference_mode():
        torch.testing.assert_close(scaled.folded()(own, partner, motion), scaled(own, partner, motion), atol=1e-4, rtol=1e-4)
        assert not torch.allclose(scaled.model(own, partner, motion), scaled(own, partner, motion), atol=0.1)
