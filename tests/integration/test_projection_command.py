"""dyad projection train and evaluate, as they are typed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.integration


def dyad(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "dyad", *arguments], capture_output=True, text=True, check=False)


def table(path: Path, *, conversations: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(conversations):
        time, side = 0.0, 0
        while time < 60:
            length = float(draw.uniform(0.4, 3))
            rows.append((number, side, time, time + length))
            time += length + float(draw.uniform(0.1, 0.8))
            side = side if draw.random() < 0.6 else 1 - side
    conversation, sides, start, end = np.array(rows).T
    np.savez(path, conversation=conversation.astype(int), side=sides.astype(int), start_s=start, end_s=end)


def test_train_then_evaluate(tmp_path: Path) -> None:
    table(tmp_path / "calls.npz", conversations=12, seed=0)
    table(tmp_path / "others.npz", conversations=3, seed=1)
    weights, figures = tmp_path / "made.safetensors", tmp_path / "figures.json"
    trained = dyad("projection", "train", str(tmp_path / "calls.npz"), "--out", str(weights), "--epochs", "1")
    assert trained.returncode == 0, trained.stderr
    assert "Learnt from 10 conversations, 1 chose the epoch" in trained.stdout
    again = dyad("projection", "train", str(tmp_path / "calls.npz"), "--out", str(weights))
    assert again.returncode == 2
    assert "expected a new file" in again.stderr

    scored = dyad("projection", "evaluate", str(tmp_path), "--weights", str(weights), "--baselines", "--out", str(figures))
    assert scored.returncode == 0, scored.stderr
    rows = json.loads(figures.read_text(encoding="utf-8"))
    first = [row for row in rows if row["view"] == "shift or hold, first frame of the silence"]
    assert {"projection, p_now", "majority", "turn length", "last silence", "gradient boosting"} <= {row["predictor"] for row in first}
    assert all(row["quality"]["balanced_accuracy"]["value"] == 0.5 for row in first if row["predictor"] == "majority")

    unknown = dyad("projection", "evaluate", str(tmp_path / "calls.npz"), "--weights", str(tmp_path / "none"))
    assert unknown.returncode == 2
    assert "Traceback" not in unknown.stderr
