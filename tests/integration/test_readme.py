"""The README's code blocks, run as a user would."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dyad.loading import sample_files

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder: some speech, and the files that the README shows."""
    path = tmp_path_factory.mktemp("readme")
    shutil.copy(sample_files()[0], path / "speech.wav")
    (path / "configs").symlink_to(ROOT / "configs")
    for _, name, code in BLOCKS:
        if name:
            (path / name).write_text(code, encoding="utf-8")
    return path


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.integration
@pytest.mark.parametrize("code", [code for language, name, code in BLOCKS if language == "python" and not name])
def test_python_block_runs(code: str, folder: Path) -> None:
    done = run([sys.executable, "-c", code], folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.integration
def test_console_blocks_run_in_order(folder: Path) -> None:
    lines = [line for language, _, code in BLOCKS if language == "console" for line in code.splitlines() if line.startswith("dyad")]
    assert len(lines) >= 4
    for line in lines:
        done = run(["bash", "-c", line], folder)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert {path.name for path in (folder / "runs").iterdir()} == {"analysis", "call", "call.glb", "listener", "nodder", "small"}


def test_make_targets_that_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = [line for language, _, code in BLOCKS if language == "console" for line in code.splitlines()]
    targets = {line.split()[1] for line in lines if line.startswith("make")}
    assert targets == {"demo", "test"}
    assert all(f"\n{target}:" in makefile for target in targets)
