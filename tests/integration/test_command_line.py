"""The commands as a user gives them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dyad.cli.app import app
from dyad.motion_files import read_motion
from dyad.recording import Recording
from dyad.seat import Seat
from tests.driving import same
from tests.integration.conftest import Dyad

pytestmark = pytest.mark.integration

QUICK = ("backend=inline", "viewer.record=false")
FILES = {"audio.flac", "events.csv", "manifest.json", "motion.npz", "summary.json", "timings.npz", "turns.rttm"}
ROOT = Path(__file__).parents[2]
COMMANDS = [str(command.name) for command in app.registered_commands]


def start(*words: object, folder: Path) -> subprocess.Popen[str]:
    """``dyad WORDS…`` in a process of its own, with tests' agents on its path."""
    command = [sys.executable, "-m", "dyad", *map(str, words)]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def recorded(sounds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run in a process of its own, with the viewer's recording and all files."""
    place = tmp_path_factory.mktemp("recorded")
    run = start("simulate", sounds / "call.wav", "--seed", 3, "--out", "run", "backend=inline", "viewer.detail=light", folder=place)
    out, err = run.communicate(timeout=200)
    assert run.returncode == 0, err
    assert "Watch it: dyad view " in out
    assert "Traceback" not in err
    assert sorted(path.name for path in place.iterdir()) == ["run"]
    return place / "run"


def test_a_run_leaves_all_its_files(recorded: Path) -> None:
    assert {path.name for path in recorded.iterdir()} == {*FILES, "recording.rrd"}
    recording = Recording.load(recorded)
    assert recording.frames == 300
    assert recording.manifest["seed"] == 3
    assert recording.manifest["config"]["viewer"]["detail"] == "light"
    assert recording.manifest["conversation"]["sha256"].keys() == {"call.wav"}
    assert recording.summary["agents"] == {"A": "reactive", "B": "reactive"}


def test_a_run_can_be_repeated_from_its_manifest(recorded: Path, sounds: Path, folder: Path, dyad: Dyad) -> None:
    settings = json.loads((recorded / "manifest.json").read_text())["config"]
    (folder / "settings.yaml").write_text(json.dumps(settings))
    answer = dyad(
        "simulate", sounds / "call.wav", "--config", "settings.yaml", "--backend", "inline", "--out", "again", "viewer.record=false"
    )
    assert answer.code == 0, answer.err
    first, second = Recording.load(recorded), Recording.load(folder / "again")
    assert all(same(first.motion[seat], second.motion[seat]) for seat in Seat)


def test_measure_writes_figures(recorded: Path, folder: Path, dyad: Dyad) -> None:
    answer = dyad("measure", recorded, "--out", "figures.json")
    assert answer.code == 0, answer.err
    assert "jaw_own_speech_r" in answer.out
    figures = json.loads((folder / "figures.json").read_text())
    assert {figure["seat"] for figure in figures} == {"A", "B"}
    assert all((figure["value"] is None) == bool(figure["reason"]) for figure in figures)


def test_view_takes_a_picture(recorded: Path, folder: Path, dyad: Dyad) -> None:
    answer = dyad("view", recorded, "--out", "picture.png", "--at", 6, "--size", "640x360")
    if "Vulkan" in answer.err:
        pytest.skip("no Vulkan driver for the viewer to draw with")
    assert answer.code == 0, answer.err
    assert (folder / "picture.png").stat().st_size > 10_000


def test_simulate_without_input_in_a_process_of_its_own(folder: Path) -> None:
    run = start("simulate", *QUICK, folder=folder)
    out, err = run.communicate(timeout=120)
    assert (run.returncode, err) == (0, "")
    assert "built-in sample" in out
    assert "speaker90" in out
    assert {path.name for path in (folder / "runs" / "sample").iterdir()} == FILES


def test_an_earlier_recording_is_replaced(sounds: Path, folder: Path, dyad: Dyad) -> None:
    for seed in (1, 2):
        assert dyad("simulate", sounds / "mix.wav", "--rttm", sounds / "mix.rttm", "--seed", seed, "-o", "run", *QUICK).code == 0
    assert Recording.load(folder / "run").manifest["seed"] == 2
    assert [path.name for path in folder.iterdir()] == ["run"]


@pytest.mark.parametrize("with_motion", [False, True])
def test_listen(with_motion: bool, recorded: Path, sounds: Path, folder: Path, dyad: Dyad) -> None:
    motion = ("--motion", recorded / "motion.npz") if with_motion else ()
    answer = dyad("listen", sounds / "speech.wav", *motion, "-o", "run", *QUICK)
    assert answer.code == 0, answer.err
    run = Recording.load(folder / "run")
    assert run.summary["agents"] == {"A": "replay" if with_motion else "reactive", "B": "reactive"}
    assert same(run.motion[Seat.A], read_motion(recorded / "motion.npz", seat=Seat.A)) == with_motion
    assert set(run.diarization.labels()) == {"A"}
    assert np.percentile(run.motion[Seat.B].channel("jawOpen"), 95) < 0.05  # who listens does not talk


def test_diarize_finds_and_scores_turns(sounds: Path, folder: Path, dyad: Dyad) -> None:
    listed = dyad("diarize", sounds / "call.wav")
    assert listed.code == 0, listed.err
    assert {line.split()[-1] for line in listed.out.splitlines()[-3:]} <= {"A", "B"}
    scored = dyad("diarize", sounds / "call.wav", "--reference", sounds / "mix.rttm", "--out", "found.rttm")
    assert scored.code == 0, scored.err
    assert "Wrote found.rttm" in scored.out
    assert (folder / "found.rttm").read_text().startswith("SPEAKER call 1 ")


def test_list_names_all_there_is(folder: Path, dyad: Dyad) -> None:
    shown = dyad("list", "seed=9", "a.agent=still")
    assert shown.code == 0
    for text in ("reactive", "replay", "sample", "arkit52", "flame50", "seed: 9", "basis: arkit52", "per_minute"):
        assert text in shown.out
    assert dyad("list", "--out", "all.json").code == 0
    content = json.loads((folder / "all.json").read_text())
    assert content["settings"]["a"]["options"]["nods"]["per_minute"] > 0


def test_a_file_may_be_called_like_a_setting(sounds: Path, folder: Path, dyad: Dyad) -> None:
    shutil.copy(sounds / "call.wav", folder / "take=2.wav")
    assert dyad("simulate", "take=2.wav", "-o", "run", *QUICK).code == 0
    assert Recording.load(folder / "run").conversation_id == "take=2"


def test_help_and_version(dyad: Dyad) -> None:
    answer = dyad("--help")
    assert answer.code == 0
    assert all(f"\n  {name} " in answer.out for name in COMMANDS)
    assert dyad("--version").out.strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_s_help_shows_an_example(command: str, dyad: Dyad) -> None:
    answer = dyad(command, "--help")
    assert answer.code == 0
    lines = answer.out.splitlines()
    examples = next(index for index, line in enumerate(lines) if line.strip() in ("Example:", "Examples:"))
    assert lines[examples + 1].startswith(f"    dyad {command}")  # on a line of its own, not folded into a paragraph


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_nothing(number: signal.Signals, sounds: Path, folder: Path) -> None:
    slow = ("a.agent=tests.odd_agents:Odd", "a.options.fault=slow", "a.options.seconds=60", "a.options.at_frame=100")
    run = start("simulate", sounds / "call.wav", "-o", "new/run", *slow, *QUICK, folder=folder)
    deadline = time.monotonic() + 60
    while not list(folder.glob("new/.run-*.partial")):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    run.send_signal(number)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 128 + number
    assert "Traceback" not in err
    assert list(folder.iterdir()) == []
