"""Bad inputs: one line that says what is wrong, exit code 2, and nothing left behind."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.integration.conftest import Answer, Dyad

pytestmark = pytest.mark.integration

QUICK = ("backend=inline", "viewer.record=false")
RATE_HZ = 16_000

AGENTS = '''
"""Agents of a user's own, each with a fault."""
import time
from dataclasses import replace
import numpy as np
from dyad.agents.still import Still

class Raises(Still):
    def step(self, percept, state):
        if percept.start_frame >= 50:
            return [][percept.start_frame], state
        return super().step(percept, state)

class Short(Still):
    def step(self, percept, state):
        motion, state = super().step(percept, state)
        return motion.slice(motion.start_frame, motion.stop_frame - 1), state

class Misshapen(Still):
    def step(self, percept, state):
        motion, state = super().step(percept, state)
        return replace(motion, expression=np.zeros((len(motion), 51))), state

class Nan(Still):
    def step(self, percept, state):
        motion, state = super().step(percept, state)
        return replace(motion, head_rotation=np.full((len(motion), 3), np.nan)), state

class Slow(Still):
    def step(self, percept, state):
        time.sleep(0.3)
        return super().step(percept, state)

class Stranger:
    pass
'''


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def refused(folder: Path, dyad: Dyad) -> Callable[..., str]:
    """Runs a command that must be refused; returns its one line."""

    def command(*words: object) -> str:
        before = everything(folder)
        answer: Answer = dyad(*words)
        assert answer.code == 2, answer
        assert answer.err.startswith("dyad: ")
        assert answer.err.count("\n") == 1
        assert "Traceback" not in answer.err + answer.out
        assert everything(folder) == before
        return answer.err

    return command


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.3, 0.3, shape).astype(np.float32)


def test_sound_files_that_cannot_be_used(refused: Callable[..., str], folder: Path) -> None:
    nan = noise(RATE_HZ, 2)
    nan[8_000, 1] = np.nan
    (folder / "words.wav").write_text("these are words")
    (folder / "empty.wav").write_bytes(b"")
    soundfile.write(folder / "nothing.wav", np.zeros((0, 1)), RATE_HZ)
    soundfile.write(folder / "silent.wav", np.zeros(RATE_HZ), RATE_HZ)
    soundfile.write(folder / "nan.wav", nan, RATE_HZ, subtype="FLOAT")
    soundfile.write(folder / "three.wav", noise(RATE_HZ, 3), RATE_HZ)
    soundfile.write(folder / "stereo.wav", noise(RATE_HZ, 2), RATE_HZ)
    for words, said in (
        (("missing.wav",), "missing.wav: expected an audio file; got no such file. Check the path."),
        (("words.wav",), "words.wav: expected audio that libsndfile reads"),
        (("empty.wav",), "empty.wav: expected an audio file; got an empty file (0 bytes)"),
        (("nothing.wav",), "nothing.wav: expected at least 0.1 s of audio; got an empty recording"),
        (("silent.wav",), "silent.wav: expected sound; got silence"),
        (("nan.wav",), "nan.wav: expected finite samples; got NaN or infinity, first at 0.500 s"),
        (("three.wav",), "three.wav: expected one or two channels; got 3 channels"),
        (("stereo.wav", "stereo.wav"), "stereo.wav: expected a mono file, as one of two; got a stereo file"),
        (("stereo.wav", "nan.wav", "three.wav"), "expected at most two audio files; got 3"),
    ):
        assert said in refused("simulate", *words, "--out", "new/out", *QUICK)
        if len(words) == 1 and words[0] not in ("three.wav",):
            assert said in refused("listen", *words, "--out", "new/out", *QUICK)
    assert "speech: expected one sound file; got 0" in refused("listen", "seed=1")


def turns(*rows: tuple[float, float, str]) -> str:
    return "".join(f"SPEAKER mix 1 {start} {seconds} <NA> <NA> {name} <NA> <NA>\n" for start, seconds, name in rows)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (turns((0, 1, "ann")), "expected two speakers; got 1 (ann)"),
        (turns((0, 1, "ann"), (1, 1, "bob"), (2, 1, "cy")), "expected two speakers; got 3 (ann, bob, cy)"),
        (turns((-0.5, 1, "ann"), (1, 1, "bob")), "line 1: expected start ≥ 0"),
        (turns((0, 1, "ann"), (1, -1, "bob")), "line 2: expected start ≥ 0"),
        (turns((0, 1, "ann"), (11, 5, "bob")), "expected turns within the audio's 12.00 s; got a turn that ends at 16.00 s"),
        ("", "expected at least one SPEAKER line"),
        ("start,end\n0,1\n", "expected at least one SPEAKER line"),
    ],
)
def test_turns_that_cannot_be_used(text: str, said: str, refused: Callable[..., str], sounds: Path, folder: Path) -> None:
    (folder / "turns.rttm").write_text(text)
    assert said in refused("simulate", sounds / "mix.wav", "--rttm", "turns.rttm", "-o", "out", *QUICK)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.agent=reactve",), "agent: expected a known agent or module:Class; got 'reactve'. Did you mean reactive?"),
        (("b.agent=no.module:Class",), "agent: expected an importable module:Class"),
        (("sede=1",), "setting sede: expected a known key; got an unknown one. Did you mean seed?"),
        (
            ("a.options.nods.per_minut=1",),
            "setting a.options.nods.per_minut: expected a known key; got an unknown one. Did you mean per_minute?",
        ),
        (("a.options.nods.per_minute=often",), "setting a.options.nods.per_minute: expected a value of its type; got Value 'often'"),
        (("a.face.nose=1",), "setting a.face.nose: expected a property of a face; got an unknown one. Did you mean"),
        (("a.face.seed=abc",), "setting a.face.seed: expected a whole number of 0 or more; got 'abc'"),
        (("b.face.hair_colour=red",), "setting b.face.hair_colour: expected a number, or [red, green, blue]; got 'red'"),
        (("a.face.age=old",), "setting a.face.age: expected a number"),
        (("a.face.age=7",), "Identity.age: expected a number from 0 to 1; got 7"),
        (("--seed", "-1"), "seed: expected a whole number of 0 or more; got -1"),
        (("tick_s=0",), "tick_s: expected more than 0 and at most 10 seconds; got 0.0"),
        (("frame_rate_hz=5",), "frame_rate_hz: expected 10 to 240 frames per second; got 5.0"),
        (("backend=rai",), "setting backend: expected inline or ray; got 'rai'. Did you mean ray?"),
        (("a.agent=replay",), "agent replay on seat A: expected recorded motion of that seat; got none"),
        (("a.motion=absent.npz",), "setting a.motion: expected the agent replay, which plays it; got agent reactive. Set a.agent=replay."),
        (("a.agent=replay", "a.motion=absent.npz"), "absent.npz: expected motion.npz of dyad"),
        (("--config", "absent.yaml"), "absent.yaml: expected a settings file (YAML); got no such file"),
        (("--rttm", "x.rttm"), "rttm: expected the audio its turns belong to"),
    ],
)
def test_settings_that_cannot_be_used(words: tuple[str, ...], said: str, refused: Callable[..., str]) -> None:
    assert said in refused("simulate", *QUICK, "--out", "new/out", *words)


def test_folders_that_are_not_ours(refused: Callable[..., str], folder: Path) -> None:
    (folder / "photos").mkdir()
    (folder / "photos" / "one.jpg").write_text("precious")
    said = "photos: expected a new or empty folder, or an earlier dyad recording; got a folder with other contents"
    assert said in refused("simulate", "--out", "photos", *QUICK)
    assert said in refused("simulate", "never-looked-at.wav", "--out", "photos", *QUICK)  # before any work is done
    assert "expected a folder for the output; got a file" in refused("simulate", "--out", "photos/one.jpg", *QUICK)
    for command in ("measure", "view"):
        assert "photos: expected a " in refused(command, "photos")
        assert "absent: expected a " in refused(command, "absent")
    assert "x.rttm: expected an output that can be written" in refused("diarize", "--out", "absent/x.rttm")
    assert "x.json: expected an output that can be written" in refused("list", "--out", "absent/x.json")


@pytest.fixture
def tiny_disk(folder: Path, tmp_path: Path) -> Iterator[Path]:
    """A disk of 100 kB, where we may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(disk)], capture_output=True, check=False)
    if mount.returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("viewer", ["viewer.record=false", "viewer.detail=light"])
def test_a_full_disk(viewer: str, refused: Callable[..., str], tiny_disk: Path, sounds: Path) -> None:
    said = refused("simulate", sounds / "call.wav", "--out", tiny_disk / "out", "backend=inline", viewer)
    assert "expected room for the output; got a full disk. Free some space or give another --out." in said
    assert everything(tiny_disk) == []


@pytest.fixture
def agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a module of agents, on the path."""
    (tmp_path / "my_agents.py").write_text(AGENTS)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("my_agents", None)


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Raises",
            "on seat B, frame 50: expected a motion and a state; got IndexError: list index out of range (in my_agents.py, line 11)",
        ),
        ("Short", "on seat B, frame 0: expected seat B, 5 frames from 0 in arkit52 at 25 fps; got seat B, 4 frames"),
        ("Misshapen", "on seat B, frame 0: motion of seat B, expression: expected an array of shape (any, 52); got shape (5, 51)"),
        ("Nan", "on seat B, frame 0: motion of seat B, head_rotation: expected finite numbers; got 15 NaN or infinite of 15"),
        ("Slow", "on seat B, frame 0: expected a step within 0.2 s; got none in that time"),
    ],
)
def test_agents_that_go_wrong(agent: str, said: str, refused: Callable[..., str], agents: Path, sounds: Path) -> None:
    options = (f"b.agent=my_agents:{agent}", "step_timeout_s=0.2")
    assert f"agent my_agents:{agent} {said}" in refused("simulate", sounds / "call.wav", "-o", "new/out", *options, *QUICK)


def test_classes_that_are_no_agents(refused: Callable[..., str], agents: Path, sounds: Path) -> None:
    for name, said in (("Stranger", "expected to be constructed; got TypeError"), ("Nobody", "has no attribute 'Nobody'")):
        assert said in refused("simulate", sounds / "call.wav", "-o", "out", f"b.agent=my_agents:{name}", *QUICK)


def test_an_agent_that_raises_in_an_actor(agents: Path, sounds: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "dyad", "simulate", str(sounds / "call.wav"), "-o", "out", "b.agent=my_agents:Raises"]
    surroundings = {**os.environ, "PYTHONPATH": str(agents)}
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False, timeout=120)
    said = "on seat B, frame 50: expected a motion and a state; got IndexError: list index out of range (in my_agents.py, line 11). Correct"
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"dyad: agent my_agents:Raises {said}")
    assert done.stderr.count("\n") == 1
    assert everything(folder) == []
