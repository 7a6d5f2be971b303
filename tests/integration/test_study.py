"""dyad study: on Ray and in one process, stopped and resumed, refused before anything runs."""

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from dyad.studies.statistics import effect_of
from tests.integration.conftest import Dyad

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
STUDY = """
title: Tiny
conversations: {simulated: {count: 3, seconds: 16, seed: 4}}
seeds: 2
conditions:
  real:
  shuffled: {both: {sees: shuffled, hears: shuffled, hears_delay_ms: 80}}
  pseudo: {pseudo: true}
  longer: {gaps: {add_ms: 200}}
  edited: {gaps: {longest_ms: 100}, spoken: {feedback: removed}, a: {style: partner}, b: {agent: still}}
outcomes: [gap_median, nods_rate, feedback_taken_share, synchrony_head_speed_profile_peak]
references: {nods_rate: {low: 1, high: 10, source: somebody}}
statistics: {resamples: 100}
"""


@pytest.fixture
def study(folder: Path) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def values(folder: Path, measure: str, condition: str) -> dict[tuple[str, str, str], str]:
    with open(folder / "results.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (row["measure"], row["condition"]) == (measure, condition)]
    return {(row["conversation"], row["seed"], row["seat"]): row["value"] for row in rows}


def test_ray_one_process_and_a_killed_run_write_the_same_study(study: Path, folder: Path, dyad: Dyad) -> None:
    parallel = dyad("study", study, "--out", "parallel")
    assert parallel.code == 0, parallel.err
    assert "SIMULATED" in parallel.out
    assert parallel.err == ""
    assert sorted(contents(folder / "parallel")) == [
        "manifest.json", "plot.png", "report.md", "results.csv", "results.parquet", "statistics.json",
    ]  # fmt: skip
    whole = contents(folder / "parallel")

    command = [sys.executable, "-m", "dyad", "study", str(study), "--out", "killed", "--backend", "inline"]
    with subprocess.Popen(command, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, stdout=subprocess.DEVNULL) as run:
        kept = folder / ".killed.blocks"
        deadline = time.monotonic() + 120
        while len(list(kept.glob("*.json"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        run.kill()
    done = {path: path.stat().st_mtime_ns for path in kept.glob("*.json")}
    assert 2 <= len(done) < 6
    assert not (folder / "killed").exists()
    resumed = dyad("study", study, "--out", "killed", "--backend", "inline")
    assert resumed.code == 0, resumed.err
    assert contents(folder / "killed") == whole
    assert not kept.exists()

    # Other statistics of the same figures need no further simulation.
    start = time.monotonic()
    again = dyad("study", study, "statistics.correction=bh", "--out", "killed", "--backend", "inline")
    assert again.code == 0, again.err
    assert time.monotonic() - start < 20
    after = contents(folder / "killed")
    assert after["results.csv"] == whole["results.csv"]
    assert after["statistics.json"] != whole["statistics.json"]

    real, edited, pseudo = (values(folder / "parallel", "gap_median", condition) for condition in ("real", "edited", "pseudo"))
    assert all(float(value) <= 0.1001 for value in edited.values() if value)
    assert any(float(value) > 0.11 for value in real.values() if value)
    assert pseudo != real
    assert values(folder / "parallel", "gap_median", "shuffled") == real  # what is said stays the same
    nods = {name: values(folder / "parallel", "nods_rate", name) for name in ("real", "shuffled", "pseudo", "edited")}
    assert nods["pseudo"] == nods["real"]  # the same motion, beside another partner
    assert nods["shuffled"] != nods["real"]
    assert {float(value) for (_, _, seat), value in nods["edited"].items() if seat == "B"} == {0.0}
    planted = next(one for one in json.loads(whole["statistics.json"])["contrasts"] if one["condition"] == "longer")
    assert planted["outcome"] == "gap_median"
    assert planted["effect"]["estimate"] == pytest.approx(0.2, abs=1e-4)
    manifest = json.loads(whole["manifest.json"])
    assert manifest["simulated"] is True
    assert manifest["config"]["conditions"]["shuffled"]["a"]["hears_delay_ms"] == 80.0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("outcomes=[happiness]",), "setting outcomes: expected measures that dyad has; got 'happiness'"),
        (("conditions.real.a.sees=double",), "condition real: setting a.sees"),
        (("--backend", "cloud"), "backend: expected ray or inline"),
        (("--out", "."), "expected a new or empty folder, or an earlier study"),
        (("other.yaml",), "expected one YAML file of a study; got 2"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    words: tuple[str, ...], message: str, study: Path, folder: Path, dyad: Dyad
) -> None:
    answer = dyad("study", study, *words)
    assert answer.code == 2
    assert message in answer.err
    assert sorted(path.name for path in folder.iterdir()) == ["tiny.yaml"]


def test_an_agent_that_fails_leaves_no_results(study: Path, folder: Path, dyad: Dyad) -> None:
    failing = ("conditions.edited.b.agent=tests.odd_agents:Odd", "conditions.edited.b.options.fault=raise")
    answer = dyad("study", study, *failing, "--out", "out", "--backend", "inline")
    assert answer.code == 2
    assert "tests.odd_agents:Odd" in answer.err
    assert not (folder / "out").exists()


def test_the_measures_are_listed(dyad: Dyad) -> None:
    answer = dyad("study", "--list")
    assert answer.code == 0
    assert "blink_answers_above_chance" in answer.out


def test_a_null_is_not_found_more_often_than_it_may() -> None:
    """200 seeds of the whole procedure: 8 conversations that differ in how they react, 3 seeds each, and no effect on average."""
    found = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        differences = 0.7 * rng.standard_normal((8, 1)) + rng.standard_normal((8, 3))
        p = effect_of({str(index): row.tolist() for index, row in enumerate(differences)}, resamples=2).p
        found += p is not None and p <= 0.05
    assert stats.binom.ppf(0.001, 200, 0.03) <= found <= stats.binom.ppf(0.999, 200, 0.05)
