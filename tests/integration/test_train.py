"""dyad train as a user runs it: on Ray Train, killed, resumed, and by two workers."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import torch

from dyad.agents.dualtalk.model import DualTalk
from dyad.training.checkpoints import LAST_FILE
from tests.dualtalk_corpus import write_corpus
from tests.integration.conftest import Dyad

pytestmark = pytest.mark.integration

STEPS = 200
TINY = [
    "encoder=null", "model.encoder.model_type=log_mel", "model.encoder.bands=8", "model.encoder.hidden=8", "model.encoder.layers=1",
    "model.width=8", "model.heads=2", "model.feed_forward=8", "model.interaction_layers=1", "model.lstm_layers=1",
    "data.window_frames=20", "batch=4", "scaled=true", "feedback.own_share=0.5", "feedback.ramp_steps=2", "validation.clips=0",
    f"max_steps={STEPS}", "validation.every_steps=20",
]  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("data") / "corpus", clips={"train": 3, "val": 1}, frames=40)


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Never stopped, in one process."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    command = [sys.executable, "-m", "dyad", "train", str(data), *TINY, "--out", str(run), "--backend", "inline"]
    subprocess.run(command, check=True, capture_output=True)
    return run


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """One for all, as starting it takes seconds."""
    import ray

    from dyad.cluster import connect

    connect(None)
    yield
    ray.shutdown()


def same_weights(run: Path, whole: Path) -> bool:
    files = ("best/model.safetensors", "best/config.json")
    return all((run / name).read_bytes() == (whole / name).read_bytes() for name in files)


def wait_for(true: Callable[[], bool], *, seconds: float = 250.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_killed_run_is_taken_up_again(dyad: Dyad, data: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "dyad", "train", str(data), *TINY, "--out", str(run), "--backend", "inline"]
    process = subprocess.Popen(command)
    wait_for((run / LAST_FILE).exists)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not same_weights(run, whole) or not (run / "best").exists()
    assert dyad("train", data, "--out", run).err.endswith("Give --resume to go on with a training there, or another --out.\n")
    answer = dyad("train", "--resume", "--out", run)
    assert answer.code == 0
    assert f"{STEPS} steps" in answer.out
    assert same_weights(run, whole)


def test_runs_that_are_stopped_end_at_once_and_can_be_taken_up_again(data: Path, tmp_path: Path) -> None:
    runs = {}
    for number in (signal.SIGINT, signal.SIGTERM):  # side by side, as they wait for Ray most of the time
        run = tmp_path / number.name
        command = [sys.executable, "-m", "dyad", "train", str(data), *TINY, "max_steps=100000", "--out", str(run)]
        runs[number] = run, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for number, (run, process) in runs.items():
        wait_for((run / LAST_FILE).exists)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 128 + number
        assert "Traceback" not in said
        assert "***" not in said  # as Ray begins a stack
        assert psutil.wait_procs(family, timeout=20)[1] == []
        assert (run / LAST_FILE).exists()
        assert not (run / ".ray").exists()


def test_a_killed_worker_changes_nothing(dyad: Dyad, data: Path, whole: Path, tmp_path: Path, cluster: None) -> None:
    run, killed = tmp_path / "run", []

    def kill() -> None:
        wait_for((run / LAST_FILE).exists)
        for process in psutil.Process().children(recursive=True):
            if "RayTrainWorker" in process.name() or any("RayTrainWorker" in word for word in process.cmdline()):
                process.kill()
                killed.append(process.pid)

    murderer = threading.Thread(target=kill)
    murderer.start()
    answer = dyad("train", data, *TINY, "--out", run)
    murderer.join()
    assert answer.code == 0, answer.err
    assert killed
    assert same_weights(run, whole)
    assert not (run / ".ray").exists()


def test_two_workers_share_the_work(dyad: Dyad, data: Path, tmp_path: Path, cluster: None) -> None:
    run = tmp_path / "run"
    answer = dyad("train", data, *TINY, "workers=2", "max_steps=20", "--out", run)
    assert answer.code == 0, answer.err
    about = json.loads((run / "best" / "training.json").read_text())
    assert about["windows_seen"] == 80
    DualTalk.load(run / "best")


def test_what_a_worker_refuses_is_said_in_one_line(dyad: Dyad, data: Path, tmp_path: Path, cluster: None) -> None:
    answer = dyad("train", data, *TINY, "loss.exp=1e39", "--out", tmp_path / "run")
    assert answer.code == 2
    assert answer.err.startswith("dyad: loss of step 0: expected a finite number")
    assert not (tmp_path / "run").exists()
    assert "a CPU for each of 64 workers" in dyad("train", data, *TINY, "workers=64", "batch=64", "--out", tmp_path / "run").err


def test_the_published_recipe_trains_all_but_the_convolutions(dyad: Dyad, data: Path, tmp_path: Path) -> None:
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    shape = Wav2Vec2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, conv_dim=(16,) * 7, feat_extract_norm="layer"
    )
    before = Wav2Vec2Model(shape)
    before.save_pretrained(tmp_path / "encoder")
    run = tmp_path / "run"
    small = ("model.width=8", "model.feed_forward=8", "data.window_frames=20", "batch=4", "max_steps=2", "validation.clips=1")
    config = Path(__file__).parents[2] / "configs" / "train" / "published.yaml"
    answer = dyad("train", data, "--config", config, f"encoder={tmp_path / 'encoder'}", *small, "--backend", "inline", "--out", run)
    assert (answer.code, answer.err) == (0, "")
    after = DualTalk.load(run / "best").own_encoder.state_dict()
    moved = {name for name, tensor in before.state_dict().items() if not torch.equal(after[f"network.{name}"], tensor)}
    assert moved == {name for name in before.state_dict() if not name.startswith("feature_extractor.")}
    assert [path.name for path in (run / "clips").iterdir()] == ["val-clip0-A.rrd"]
    assert list((run / "tensorboard").glob("events.*"))


def test_without_data_the_cure_is_named(dyad: Dyad, tmp_path: Path) -> None:
    answer = dyad("train", "--out", tmp_path / "run")
    assert answer.code == 2
    assert "Make one: dyad data simulate" in answer.err
