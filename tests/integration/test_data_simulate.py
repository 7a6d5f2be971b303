"""dyad data simulate, on Ray and in one process."""

import json
from pathlib import Path

import pytest

from dyad.datasets.simulated import MANIFEST, Simulated
from tests.integration.conftest import Dyad

pytestmark = pytest.mark.integration

QUICK = ("--conversations", 3, "--seconds", 8, "--seed", 5, "--turns", "ifadv", "--splits", "train=2,test=1")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_ray_and_one_process_write_the_same_corpus(folder: Path, dyad: Dyad) -> None:
    parallel = dyad("data", "simulate", "--out", "parallel", *QUICK)
    assert parallel.code == 0, parallel.err
    assert "SIMULATED" in parallel.out
    assert "same voices" in parallel.out
    inline = dyad("data", "simulate", "--out", "inline", "--backend", "inline", *QUICK)
    assert inline.code == 0, inline.err
    assert contents(folder / "parallel") == contents(folder / "inline")
    corpus = Simulated(folder / "parallel")
    assert {split: len(corpus.ids(split)) for split in corpus.splits} == {"test": 1, "train": 2}


def test_it_goes_on_where_it_was_and_refuses_other_settings(folder: Path, dyad: Dyad, sounds: Path) -> None:
    (folder / "voices" / "ann").mkdir(parents=True)
    (folder / "voices" / "ann" / "one.wav").write_bytes((sounds / "speech.wav").read_bytes())
    words = ("data", "simulate", "--out", "own", "--backend", "inline", "--speech", "voices", "--licence", "CC0-1.0", *QUICK)
    assert dyad(*words).code == 0
    before = contents(folder / "own")
    (folder / "own" / "train" / "simulated00001.rttm").unlink()
    assert dyad(*words).code == 0
    assert contents(folder / "own") == before
    assert json.loads(before[MANIFEST])["speech"]["ann"]["licence"] == "CC0-1.0"
    other = dyad(*words, "--turns", "switchboard")
    assert other.code == 2
    assert "other turns" in other.err
    assert contents(folder / "own") == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--splits", "train:1"), "splits: expected"),
        (("--speech", "nowhere"), "no such folder"),
        (("--conversations", 0), "1 or more"),
        (("--seconds", 0.2), "1 second or more"),
    ],
)
def test_what_cannot_work_is_one_line(words: tuple[object, ...], message: str, folder: Path, dyad: Dyad) -> None:
    answer = dyad("data", "simulate", "--out", "out", "--backend", "inline", *words)
    assert answer.code == 2
    assert message in answer.err
    assert len(answer.err.strip().splitlines()) == 1
    assert not (folder / "out").exists()
