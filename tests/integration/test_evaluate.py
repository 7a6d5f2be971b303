"""dyad evaluate on a small corpus, with real workers."""

import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import ray

from dyad.cluster import connected, parallel_map
from dyad.datasets.dualtalk import DualTalk
from dyad.dualtalk_layout import pack, unpack
from dyad.errors import InputError
from dyad.evaluation.predictions import write_prediction
from dyad.evaluation.scoring import Job, score_conversation
from tests.dualtalk_corpus import write_corpus
from tests.integration.conftest import Dyad
from tests.tiny_dualtalk import tiny_checkpoint

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _one_cluster_whose_workers_find_the_tests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])))
        with connected(None):
            yield


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "c", clips={"train": 2, "test": 3, "ood": 2}, frames=150)


def squared(number: int, *, refuse: int | None = None) -> int:
    if number == refuse:
        raise InputError("number", expected="another", got=str(number), cure="Choose one.")
    return number**2


def broken(number: int) -> int:
    return 1 // number


def die_once(path: Path) -> str:
    if not path.exists():
        path.touch()
        os._exit(1)
    return "alive"


def test_parallel_map_gives_every_result_with_its_index() -> None:
    done: list[int] = []
    results = dict(parallel_map(squared, iter(range(40)), on_done=done.append))
    assert results == {number: number**2 for number in range(40)}
    assert done == list(range(1, 41))
    assert dict(parallel_map(squared, [])) == {}


def test_errors_come_back_as_themselves_and_the_cluster_stays_usable() -> None:
    with pytest.raises(InputError, match=r"^number: expected another; got 7\. Choose one\.$"):
        dict(parallel_map(partial(squared, refuse=7), range(50)))
    with pytest.raises(ZeroDivisionError):
        dict(parallel_map(broken, [0]))
    assert dict(parallel_map(squared, [3])) == {0: 9}
    assert ray.is_initialized()


def test_items_are_read_as_they_are_needed() -> None:
    read = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            read.append(number)
            yield number

    results = parallel_map(squared, items())
    next(results)
    assert len(read) < 1000
    results.close()  # type: ignore[attr-defined]


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    assert dict(parallel_map(die_once, [tmp_path / "died"])) == {0: "alive"}


def test_workers_score_as_this_process_does(corpus: Path) -> None:
    names = DualTalk(corpus).ids("test")
    score = partial(score_conversation, job=Job(root=corpus, folds={}))
    assert dict(parallel_map(score, names)) == {index: score(name) for index, name in enumerate(names)}


def test_benchmark_of_predictions_in_files(corpus: Path, dyad: Dyad, tmp_path: Path) -> None:
    dataset = DualTalk(corpus)
    for split in ("test", "ood"):
        for name in dataset.ids(split):
            for seat, motion in dataset.clip(name).motion.items():
                blurred = unpack(0.9 * pack(motion), seat=seat, basis=motion.basis)
                write_prediction(tmp_path / "predicted" / f"{name}_speaker{seat + 1}.npz", blurred)
    words = ("evaluate", corpus, "--predictions", tmp_path / "predicted", "--benchmark", "dualtalk", "--out")
    answer = dyad(*words, tmp_path / "one")
    assert answer.code == 0, answer.err
    assert "TIMAR" in answer.out
    assert "DualTalk, by TIMAR" in answer.out  # whole, though the table is wide
    assert "…" not in answer.out
    assert "Ridge and train mean: of the split train." in answer.out
    content = json.loads((tmp_path / "one/results.json").read_text())
    assert {split: values["sides"] for split, values in content["splits"].items()} == {"test": 6, "ood": 4}
    means = {face: values["mean"] for face, values in content["splits"]["test"]["rows"].items()}
    assert list(means) == ["prediction", "truth", "mean pose", "hold", "shuffled", "truth 0.2 s late", "train mean", "ridge"]
    assert means["truth"]["mse_exp"] == 0 < means["prediction"]["mse_exp"] < means["mean pose"]["mse_exp"]
    assert means["prediction"]["window_r_exp"] > 0.99 > 0.3 > means["shuffled"]["window_r_exp"]
    assert means["ridge"]["window_r_jaw"] > 0.5  # the corpus's jaw follows the voice
    assert "slcc_jaw" in means["prediction"]
    against = content["splits"]["test"]["differences"]
    assert list(against) == ["train mean", "mean pose", "hold", "ridge"]  # and no stranger's partner, which files do not have
    assert all(parts["all"]["share"] < 0 and parts["all"]["better"] == 3 for parts in against.values())
    expected = means["prediction"]["mse_jaw"] / means["hold"]["mse_jaw"] - 1
    assert against["hold"]["jaw"]["share"] == pytest.approx(expected)
    assert "3 of 3" in answer.out
    answer = dyad(*words, tmp_path / "two")
    for name in ("results.json", "results.md", "plot.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    answer = dyad(*words, tmp_path / "two")
    assert answer.code == 2
    assert "--force" in answer.err


def test_checkpoint_predicts_and_keeps_what_it_predicted(corpus: Path, dyad: Dyad, tmp_path: Path) -> None:
    model, kept = tiny_checkpoint("arkit50"), tmp_path / "kept"
    answer = dyad("evaluate", corpus, "--checkpoint", model, "--save-predictions", kept, "--limit", 1, "--out", tmp_path / "a")
    assert answer.code == 0, answer.err
    assert sorted(path.name for path in kept.glob("test/*")) == ["clip0_speaker1.npz", "clip0_speaker2.npz"]
    again = dyad("evaluate", corpus, "--predictions", kept, "--limit", 1, "--out", tmp_path / "b", "--no-baselines")
    assert again.code == 0, again.err
    first, second = (json.loads((tmp_path / run / "results.json").read_text())["splits"]["test"]["rows"] for run in "ab")
    assert first["prediction"] == second["prediction"]
    (corpus / "dyad-simulated.json").write_text("{}")
    marked = dyad("evaluate", corpus, "--limit", 1, "--out", tmp_path / "c")
    (corpus / "dyad-simulated.json").unlink()
    assert "test, SIMULATED, EXP" in marked.out
    assert "no score on it is one on people" in marked.out
    assert json.loads((tmp_path / "c/results.json").read_text())["splits"]["test"]["simulated"] is True
    assert list(second) == ["prediction"]
    with np.load(kept / "test/clip0_speaker1.npz") as arrays:
        assert (arrays["exp"].shape, arrays["pose"].shape, str(arrays["basis"])) == ((150, 50), (150, 6), "arkit50")


def test_a_model_of_another_basis_leaves_nothing(corpus: Path, dyad: Dyad, tmp_path: Path) -> None:
    answer = dyad("evaluate", corpus, "--checkpoint", tiny_checkpoint("flame50"), "--save-predictions", tmp_path / "kept", "--limit", 1)
    assert answer.code == 2
    assert "basis arkit50" in answer.err
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--split", "tset"), "Did you mean test?"),
        (("--benchmark", "dualtalks"), "Did you mean dualtalk?"),
        (("--benchmark", "dualtalk", "--split", "test"), "got both"),
        (("--predictions", "nowhere"), "no such folder"),
        (("--predictions", "a", "--checkpoint", "b"), "got both"),
        (("--save-predictions", "a"), "--checkpoint beside it"),
        (("--no-baselines",), "something to score"),
    ],
)
def test_refusals(corpus: Path, dyad: Dyad, folder: Path, words: tuple[str, ...], text: str) -> None:
    answer = dyad("evaluate", corpus, *words, "--out", "results")
    assert answer.code == 2
    assert text in " ".join(answer.err.split())
    assert list(folder.iterdir()) == []
