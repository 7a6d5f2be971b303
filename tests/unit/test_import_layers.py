"""Imports point down. This file holds the one table of which part of dyad may import which; an exception is a row in it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINKED = ("agents", "datasets", "eval")  # real folders at the top; dyad holds links to them

# From the bottom up: each of these may import those before it, and every part below may import them all.
VALUES = (
    "torchaudio_fallback", "errors", "seat", "clock", "arrays", "bases", "angles", "timecode", "live_link", "glb_container", "rttm",
    "motion", "staging", "statement", "arkit_gaze", "arkit_jaw", "dualtalk_layout", "resampling", "percept", "conversation", "recording",
)  # fmt: skip

# What each part may import besides itself and the values: contracts, then parts (never each other), then what puts them together.
PARTS: dict[str, set[str]] = {
    "contracts": set(),
    "registry": {"contracts"},
    "output_folder": set(),
    "output_files": {"output_folder"},
    "cluster": set(),
    "audio": set(),
    "diarization": {"audio"},
    "loading": {"audio", "diarization"},
    "speech": {"audio", "diarization"},
    "agents": {"contracts", "output_files"},  # weights are written whole or not at all
    # A corpus is read like any other recording.
    "datasets": {"audio", "contracts", "diarization", "loading", "motion_files", "registry"},
    "eval": set(),
    "faces": set(),
    "sinks": {"contracts", "output_folder"},  # a full disk is told in the same words
    "simulation": {"cluster", "contracts", "registry"},
    "imports": {"faces"},  # a sequence of vertices is read by the head that made it
    "motion_files": {"imports"},
    "exports": {"faces", "output_files", "output_folder", "registry"},
    "annotations": {"diarization", "output_files"},
    "simulated": {"cluster", "datasets", "exports", "output_files", "registry", "simulation"},  # whole corpora
    "speech_synthesis": {"audio", "datasets", "output_files"},  # folders of utterances, as data sets read them
    "video": {"exports", "faces", "output_files", "registry"},
    "corpora": {"agents", "audio", "cluster", "datasets", "eval", "motion_files", "output_files"},  # checks and features
    "settings": {"registry"},
    "config": {"registry", "settings", "simulation"},
    "analysis": {
        "annotations", "cluster", "datasets", "diarization", "eval", "loading", "output_folder",
    },  # reads conversations of every kind, measures and draws them
    "evaluation": {
        "agents", "cluster", "datasets", "diarization", "eval", "exports", "faces", "motion_files", "output_files", "output_folder",
    },  # predicts a corpus and scores it
    "runs": {"config", "contracts", "eval", "faces", "motion_files", "output_folder", "registry", "simulation", "sinks"},
    "training": {"agents", "cluster", "corpora", "datasets", "eval", "faces", "output_folder", "registry", "settings", "sinks"},
    # Edits conversations, seats agents, simulates and measures them.
    "studies": {
        "audio", "cluster", "config", "contracts", "datasets", "diarization", "eval", "loading", "output_files", "output_folder",
        "registry", "settings", "simulated", "simulation",
    },
    "projection_training": {"agents", "eval", "output_files"},  # of dyad.agents.projection; its file is complete or absent
}  # fmt: skip
TOP = "cli"  # may import everything

EXCEPTIONS: dict[str, set[str]] = {
    "eval.benchmark": {"datasets", "loading"},  # runs the whole of dyad on a data set
    "eval.dualtalk_speed": {"agents"},  # runs models of given sizes
    "eval.dualtalk_trial": {"agents", "contracts", "datasets", "loading", "simulation"},
    "eval.render_speed": {"faces", "loading", "simulation", "video"},  # draws a film of a simulated call
}

HEAVY = ("torch", "torchaudio", "ray", "rerun", "pyannote.audio", "transformers", "sklearn", "silero_vad", "lightning", "pandas", "pxr")


def sources() -> Iterator[tuple[str, Path]]:
    """(module, file) of all of dyad, by its real folders; the links are left out."""
    for path in sorted((ROOT / "dyad").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[1] not in LINKED:
            yield ".".join(parts).removesuffix(".__init__"), path
    for folder in LINKED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ".".join(("dyad", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"), path


SOURCES = dict(sources())


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Every module that a file imports, wherever in the file; ``from package import module`` counts as the module."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
    return tuple(names)


def part_of(module: str) -> str:
    """The part a module of dyad belongs to; "" for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def allowed(module: str) -> set[str]:
    """The parts that a module may import."""
    part = part_of(module)
    if part in VALUES:
        return {part, *VALUES[: VALUES.index(part)]}
    if part in (TOP, "__main__"):
        return KNOWN
    return {part, "", *VALUES, *PARTS.get(part, set()), *EXCEPTIONS.get(module.removeprefix("dyad."), set())}


KNOWN = {"", "__main__", TOP, *VALUES, *PARTS}


def parts_imported(module: str) -> set[str]:
    """Those of the table; a name such as ``dyad.__version__`` is none."""
    return {part_of(name) for name in imported(SOURCES[module]) if name.partition(".")[0] == "dyad"} & KNOWN


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_imports_point_down(module: str) -> None:
    assert part_of(module) in KNOWN, f"{module} has no row in the table"
    assert not [name for name in imported(SOURCES[module]) if name.startswith(".")], "write imports in full"
    upwards = parts_imported(module) - allowed(module)
    assert not upwards, f"{module} may not import {', '.join(sorted(upwards))}: move what is shared down, or add a row that says why"


def test_the_table_allows_no_circle() -> None:
    done: set[str] = set()
    while ready := {row for row, needs in PARTS.items() if row not in done and needs <= done}:
        done |= ready
    assert done == set(PARTS)


def test_every_row_is_needed() -> None:
    parts = {part_of(module) for module in SOURCES}
    assert {*VALUES, *PARTS, TOP} <= parts
    unused = {row: needs - parts_imported(f"dyad.{row}") for row, needs in EXCEPTIONS.items()}
    assert not any(unused.values()), f"withdraw what nobody needs any more: {unused}"


HOMES = {"ray": ("dyad.cluster", "dyad.corpora.extraction", "dyad.simulation.ray_host", "dyad.training.trainer"), "rerun": ("dyad.sinks",)}


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_has_few_homes(library: str) -> None:
    users = {module for module, path in SOURCES.items() if library in {name.partition(".")[0] for name in imported(path)}}
    assert users
    assert {module for module in users if not any(f"{module}.".startswith(f"{home}.") for home in HOMES[library])} == set()


def test_short_names_are_not_imported() -> None:
    files = [*SOURCES.values(), *(ROOT / "tests").rglob("*.py")]
    short = {f"{path.name}: {name}" for path in files for name in imported(path) if name.partition(".")[0] in LINKED}
    assert short == set()  # "datasets" is Hugging Face's, and a second copy of a module is a second class


def test_links_lead_to_the_folders_at_the_top() -> None:
    for folder in LINKED:
        assert (ROOT / "dyad" / folder).is_symlink()
        assert (ROOT / "dyad" / folder).resolve() == ROOT / folder


@pytest.mark.integration
@pytest.mark.parametrize(
    "code",
    [
        "import dyad",
        "from dyad.cli import main; sys.argv = ['dyad', '--help']; main()",
        "import dyad.config, dyad.recording, dyad.simulation.loop",
        "from dyad.registry import AGENTS, agent_class; print([agent_class(name) for name in AGENTS])",
    ],
    ids=["import dyad", "dyad --help", "the core", "the agents"],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    program = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
