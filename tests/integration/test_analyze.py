"""dyad analyze on annotations, a recording, and tables of voice activity."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dyad.loading import sample_files
from tests.activity_tables import write_table
from tests.integration.conftest import Dyad

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
ASKED = {
    "fto_median", "fto_q25", "fto_q75", "fto_overlapped_share", "gap_median", "overlap_median", "pause_median", "ipu_median",
    "speech_share", "overlap_share", "silence_share", "transfers_per_minute", "backchannels_per_minute",
}  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_annotation_becomes_figures_turns_and_a_page(folder: Path, dyad: Dyad) -> None:
    answer = dyad("analyze", sample_files()[1], "--out", "call")
    assert answer.code == 0, answer.err
    assert "fto_median" in answer.out
    content = json.loads((folder / "call" / "turn_taking.json").read_text())
    values = {(measure["name"], measure["seat"]): measure["value"] for measure in content["measures"]}
    assert {name for name, _ in values} >= ASKED
    assert values["fto_median", None] == -0.065
    assert "ends with the last word" in content["conversation"]["notes"][-1]
    again = dyad("analyze", folder / "call" / "turns.eaf", "--out", "again")
    assert again.code == 0, again.err
    assert (folder / "again" / "events.csv").read_text() == (folder / "call" / "events.csv").read_text()


def test_sound_and_its_turns_are_one_conversation(folder: Path, sounds: Path, dyad: Dyad) -> None:
    answer = dyad("analyze", sounds / "mix.wav", sounds / "mix.rttm", "--out", "mix", "--join-ms", 250)
    assert answer.code == 0, answer.err
    content = json.loads((folder / "mix" / "turn_taking.json").read_text())
    assert content["conversation"]["duration_s"] == 12.0
    assert content["settings"]["join_s"] == 0.25
    alone = dyad("analyze", sounds / "mix.wav", "--rttm", sounds / "mix.rttm", "--out", "alone", "--join-ms", 250)
    assert alone.code == 0, alone.err
    assert json.loads((folder / "alone" / "turn_taking.json").read_text())["measures"] == content["measures"]


def test_a_recording_shows_motion_too(folder: Path, dyad: Dyad) -> None:
    for seed in (1, 2):
        assert dyad("simulate", "--seed", seed, "--out", f"runs/{seed}", "backend=inline", "viewer.record=false").code == 0
    answer = dyad("analyze", "runs/1", "--out", "one", "--surrogates", 20)
    assert answer.code == 0, answer.err
    content = json.loads((folder / "one" / "turn_taking.json").read_text())
    measures = {measure["name"]: measure for measure in content["measures"]}
    assert measures["synchrony_head_speed_profile_peak_circular_shift_p"]["n"] == 20
    assert {"nods_rate", "mutual_gaze_share", "synchrony_head_speed_profile_peak_circular_shift_rank"} <= measures.keys()
    assert len(content["alignment"]["nods_per_minute"]["A"]) == len(content["alignment"]["nod_edges_s"]) - 1
    events = pd.read_csv(folder / "one" / "events.csv")
    assert {"ipu", "floor_transfer", "blink"} <= set(events["kind"])
    assert events["start_s"].is_monotonic_increasing
    page = (folder / "one" / "report.html").read_text()
    assert page.count("<svg") == 5
    refused = dyad("analyze", "runs/1", "--out", "runs/1", "--force")
    assert refused.code == 2
    assert "got a recording" in refused.err
    both = dyad("analyze", "runs", "--pairs", "--surrogates", 20, "--out", "both", "--backend", "inline")
    assert both.code == 0, both.err
    table = pd.read_parquet(folder / "both" / "turn_taking.parquet")
    assert set(table["conversation"]) == {"1", "2", "1 A + 2 B", "2 A + 1 B"}
    strangers = table[table["name"] == "synchrony_head_speed_profile_peak_pseudo_dyads_mean"]
    assert strangers["value"].notna().all()
    effects = json.loads((folder / "both" / "summary.json").read_text())["real"]["synchrony"]
    assert {effect["beside"] for effect in effects} == {"circular_shift", "pseudo_dyads"}


def test_ray_and_one_process_write_the_same(folder: Path, dyad: Dyad) -> None:
    write_table(folder / "calls.npz", conversations=60, seconds=20)
    for backend in ("ray", "inline"):
        answer = dyad("analyze", "calls.npz", "--out", f"{backend}/out", "--pairs", "--backend", backend)
        assert answer.code == 0, answer.err
        assert "60 conversations" in answer.out
    assert contents(folder / "ray" / "out") == contents(folder / "inline" / "out")


def test_a_killed_run_goes_on_and_gives_the_same_bytes(folder: Path, dyad: Dyad) -> None:
    write_table(folder / "calls.npz", conversations=200, seconds=60)
    words = [sys.executable, "-m", "dyad", "analyze", "calls.npz", "--out", "out", "--backend", "inline"]
    run = subprocess.Popen(words, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not list(folder.glob(".out-*/chunk-*")):
        assert run.poll() is None, run.stderr.read() if run.stderr else ""
        assert time.monotonic() < deadline
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not (folder / "out").exists()
    (hidden,) = folder.glob(".out-*")
    kept = len(list(hidden.glob("chunk-*")))
    assert 1 <= kept < 9
    answer = dyad("analyze", "calls.npz", "--out", "out", "--backend", "ray")
    assert answer.code == 0, answer.err
    assert f"{24 * kept} had been measured before." in answer.out
    assert not list(folder.glob(".out-*"))
    (folder / "straight").mkdir()
    assert dyad("analyze", "calls.npz", "--out", "straight/out", "--backend", "inline").code == 0
    assert contents(folder / "out") == contents(folder / "straight" / "out")


def test_failures_are_listed_and_the_rest_is_finished(folder: Path, dyad: Dyad) -> None:
    corpus = folder / "corpus"
    corpus.mkdir()
    good = "SPEAKER x 1 0.5 1.0 <NA> <NA> ann <NA> <NA>\nSPEAKER x 1 1.7 1.0 <NA> <NA> bob <NA> <NA>\n"
    (corpus / "good.rttm").write_text(good)
    (corpus / "alone.rttm").write_text(good.splitlines()[0] + "\n")
    (corpus / "backwards.csv").write_text("start,end,speaker\n0,1,a\n3,2,b\n")
    (corpus / "commas.csv").write_text("start;end;speaker\n0,5;1,0;a\n1,25;2,5;b\n", encoding="utf-16")
    (corpus / "README.md").write_text("a corpus")
    answer = dyad("analyze", corpus, "--out", "out", "--backend", "inline")
    assert answer.code == 0, answer.err
    assert "2 conversations could not be measured" in answer.out
    failures = pd.read_csv(folder / "out" / "failures.csv").set_index("conversation")["reason"]
    assert "expected two speakers" in failures["alone"]
    assert "backwards.csv, line 3" in failures["backwards"]
    table = pd.read_parquet(folder / "out" / "turn_taking.parquet")
    assert set(table["conversation"]) == {"good", "commas"}
    gap = table[(table["conversation"] == "commas") & (table["name"] == "gap_median") & table["seat"].isna()]
    np.testing.assert_allclose(gap["value"], 0.25)
    summary = json.loads((folder / "out" / "summary.json").read_text())
    assert [Path(name).name for name in summary["passed_over"]] == ["README.md"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere.rttm",), "nowhere.rttm: expected a file or folder; got no such file"),
        (("good.rttm", "--backchannels", "nods"), "expected a known definition"),
        (("good.rttm", "--backchannels", "fdb"), "an annotation with words"),
        (("good.rttm", "--join-ms", "-1"), "join_s: expected 0 seconds or more"),
        (("good.rttm", "--pairs"), "two conversations or more"),
        (("good.rttm", "--speakers", "ann"), "two names parted by a comma"),
        (("good.rttm", "--rttm", "good.rttm"), "--rttm: expected one sound file"),
        (("three.rttm",), "three.rttm, line 3: expected two speakers; got 3"),
        (("full",), "full: expected conversations; got 1 other files"),
    ],
)
def test_what_cannot_work_is_one_line(words: tuple[str, ...], message: str, folder: Path, dyad: Dyad) -> None:
    lines = [f"SPEAKER x 1 {start} 1.0 <NA> <NA> {who} <NA> <NA>" for start, who in ((0.5, "ann"), (1.7, "bob"), (3.0, "cy"))]
    (folder / "good.rttm").write_text("\n".join(lines[:2]) + "\n")
    (folder / "three.rttm").write_text("\n".join(lines) + "\n")
    (folder / "full").mkdir()
    (folder / "full" / "notes.txt").write_text("")
    answer = dyad("analyze", *words, "--out", "out")
    assert answer.code == 2
    assert message in answer.err
    assert len(answer.err.strip().splitlines()) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["full", "good.rttm", "three.rttm"]


def test_an_earlier_analysis_is_replaced_only_when_asked(folder: Path, dyad: Dyad) -> None:
    rttm = sample_files()[1]
    assert dyad("analyze", rttm, "--out", "out").code == 0
    before = contents(folder / "out")
    refused = dyad("analyze", rttm, "--out", "out", "--join-ms", 500)
    assert refused.code == 2
    assert "--force to replace it" in refused.err
    assert contents(folder / "out") == before
    assert dyad("analyze", rttm, "--out", "out", "--join-ms", 500, "--force").code == 0
    assert contents(folder / "out")["turn_taking.json"] != before["turn_taking.json"]
    (folder / "out" / "notes.txt").write_text("mine")
    assert dyad("analyze", rttm, "--out", "out", "--force").code == 2
    assert (folder / "out" / "notes.txt").read_text() == "mine"
