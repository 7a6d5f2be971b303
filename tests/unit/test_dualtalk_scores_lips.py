"""Scores of lips on vertices and on opening curves: known answers."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d

from dyad.errors import InputError
from dyad.eval.dualtalk.lips import (
    dynamics_deviation,
    intensity_correlation,
    lip_vertex_error,
    mouth_opening_difference,
    movement_intensity,
    speech_intensity,
    temporal_misalignment,
)
from dyad.eval.dualtalk.measures import SCORES
from dyad.evaluation.flame_lips import LOWER_LIP, UPPER_LIP, VERTICES, FlameLips
from dyad.evaluation.scoring import Job, score_conversation
from dyad.faces.flame import Flame
from dyad.faces.flame_file import read_flame
from tests.dualtalk_corpus import write_corpus
from tests.unit.faces.flame_files import made_flame, write_npz


def moving(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(60, 7, 3))


def test_one_vertex_moved_by_a_known_way() -> None:
    truth = moving()
    prediction = truth.copy()
    prediction[:, 4] += [3.0, 0.0, 4.0]
    assert lip_vertex_error(prediction, truth) == pytest.approx((5, 25))
    prediction[30:] = truth[30:]
    assert lip_vertex_error(prediction, truth) == pytest.approx((2.5, 12.5))
    assert lip_vertex_error(truth, truth) == (0, 0)


def test_mouth_opening_difference_is_a_mean_of_sizes() -> None:
    assert mouth_opening_difference(np.array([1.0, 5.0]), np.array([2.0, 2.0])) == 2


def test_a_frozen_upper_face_lacks_all_of_the_truths_spread() -> None:
    rest = np.zeros((1, 3))
    truth = np.zeros((4, 1, 3))
    truth[:, 0, 1] = [1.0, 3.0, 1.0, 3.0]  # lengths 1 and 3: spread 1; squares 1 and 9: spread 4
    assert dynamics_deviation(np.zeros_like(truth), truth, rest=rest) == pytest.approx((1, 4))
    assert dynamics_deviation(truth, truth, rest=rest) == (0, 0)
    assert dynamics_deviation(2 * truth, truth, rest=rest)[0] < 0


def test_intensities() -> None:
    steps = np.zeros((3, 2, 3))
    steps[1:, 0, 0] = 6.0  # one of two points moves 6 once: mean way 3, then 0
    assert movement_intensity(steps) == pytest.approx(math.sqrt(9 / 2))
    assert speech_intensity(np.full(10, 0.5, np.float32)) == pytest.approx(0.5)


def test_intensity_correlation_compares_each_person_with_itself() -> None:
    speech, people = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0, 7.0], [*"aaabbbc"]
    assert intensity_correlation(speech, [5, 6, 7, 0.1, 0.2, 0.3, 9], people=people) == (pytest.approx(1), 6)
    assert intensity_correlation(speech, [7, 6, 5, 0.3, 0.2, 0.1, 9], people=people)[0] == pytest.approx(-1)
    assert intensity_correlation(speech, [1.0] * 7, people=people) == (None, 0)  # lips that never differ
    with pytest.raises(InputError, match="as many voices as lips and people"):
        intensity_correlation([1.0], [], people=[])


def test_misalignment_in_time() -> None:
    time_s = np.arange(300) / 25
    curve = np.sin(2 * np.pi * 0.7 * time_s) + 0.5 * np.sin(2 * np.pi * 0.31 * time_s)
    assert temporal_misalignment(curve, curve) == 0
    shifted = {shift: temporal_misalignment(np.roll(curve, shift), curve) for shift in (1, 3, 5)}
    for shift, apart in shifted.items():
        assert apart == pytest.approx(shift, abs=0.6)
    assert temporal_misalignment(np.zeros(300), curve) is None
    assert temporal_misalignment(3 * curve, 3 * curve) == 0


def plain_misalignment(prediction: np.ndarray, truth: np.ndarray) -> float:
    """The definition cell by cell."""
    truth, prediction = (gaussian_filter1d(curve, 2.0) for curve in (truth, prediction))
    steps = [np.diff(curve, prepend=curve[0]) for curve in (truth, prediction)]
    frames = len(truth)
    total = np.full((frames + 1, frames + 1), np.inf)
    total[0, 0] = 0
    for i in range(frames):
        for j in range(frames):
            total[i + 1, j + 1] = abs(steps[0][i] - steps[1][j]) + min(total[i, j + 1], total[i + 1, j], total[i, j])
    i = j = frames
    pairs = []
    while i and j:
        pairs.append((i - 1, j - 1))
        i, j = min(((i - 1, j - 1), (i - 1, j), (i, j - 1)), key=lambda cell: total[cell])
    kinds = []
    for curve in (truth, prediction):
        inner = range(1, frames - 1)
        high = {t: 1 for t in inner if curve[t - 1] < curve[t] > curve[t + 1]}
        kinds.append(high | {t: -1 for t in inner if curve[t - 1] > curve[t] < curve[t + 1]})
    turns = sorted(kinds[0])
    apart = []
    for i, j in pairs:
        if i in kinds[0] and kinds[0][i] == kinds[1].get(j):
            place = turns.index(i)
            first = turns[place - 1] if place else 0
            last = turns[place + 1] if place + 1 < len(turns) else frames - 1
            if first <= j <= last:
                apart.append(abs(i - j))
    return float(np.mean(apart))


@pytest.mark.parametrize("likeness", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_misalignment_follows_the_published_definition(seed: int, likeness: float) -> None:
    rng = np.random.default_rng(seed)
    truth = gaussian_filter1d(rng.normal(size=80), 1)
    prediction = likeness * np.roll(truth, 2) + 0.5 * gaussian_filter1d(rng.normal(size=80), 1)
    assert temporal_misalignment(prediction, truth) == pytest.approx(plain_misalignment(prediction, truth))


@pytest.fixture(scope="module")
def flame_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up FLAME of the right number of vertices: an egg, and loose points of its own where the lips' middles are."""
    model = made_flame(rows=63, columns=79)
    spare = VERTICES - len(model["v_template"])
    for name, fill in (("v_template", 0.0), ("shapedirs", 0.0), ("posedirs", 0.0), ("weights", 0.0)):
        model[name] = np.concatenate([model[name], np.full((spare, *model[name].shape[1:]), fill)]).astype(np.float32)
    model["weights"][-spare:, 1] = 1.0
    model["J_regressor"] = np.concatenate([model["J_regressor"], np.zeros((5, spare))], axis=1)
    model["weights"][LOWER_LIP] = [0, 0, 1, 0, 0]
    model["v_template"][UPPER_LIP], model["v_template"][LOWER_LIP] = [0, -0.04, 0.085], [0, -0.045, 0.085]
    for name in ("shapedirs", "posedirs"):
        model[name][[UPPER_LIP, LOWER_LIP]] = 0.0
    return write_npz(tmp_path_factory.mktemp("flame") / "flame.npz", model)


def test_lip_scores_of_a_flame_file(flame_file: Path) -> None:
    model = FlameLips(flame_file)
    truth = np.zeros((60, 56), np.float32)
    truth[:, 50] = 0.1 + 0.1 * np.sin(2 * np.pi * 1.5 * np.arange(60) / 25)
    recorded = model.move(truth)
    same = model.score(recorded, recorded)
    assert [same[name] for name in ("lve_mm", "mod_mm", "fdd_mm", "mtm_lips_ms")] == [0, 0, 0, 0]
    frozen = model.score(model.move(np.zeros_like(truth)), recorded)
    assert frozen["lve_mm"] > 0
    assert frozen["mod_mm"] > 0
    assert frozen["fdd_mm"] > 0
    assert frozen["mtm_lips_ms"] is None
    assert frozen["lip_intensity"] == pytest.approx(0, abs=1e-3)
    late = model.score(model.move(np.concatenate([truth[:1]] * 2 + [truth[:-2]])), recorded)
    assert late["mtm_lips_ms"] == pytest.approx(80, abs=15)  # two frames
    turned = truth.copy()
    turned[:, 53:] = 0.4
    assert model.score(model.move(turned), recorded)["lve_mm"] == 0  # the head's pose is not the lips'


def test_moved_vertices_are_those_of_the_whole_model(flame_file: Path) -> None:
    rows = np.random.default_rng(0).normal(0, 0.3, (5, 56)).astype(np.float32)
    lips, whole = FlameLips(flame_file).move(rows), Flame(read_flame(flame_file))
    points = 1000 * whole.vertices(expression=torch.tensor(rows[:, :50]), jaw=torch.tensor(rows[:, 50:53])).numpy()
    assert np.allclose(lips.opening, np.linalg.norm(points[:, UPPER_LIP] - points[:, LOWER_LIP], axis=1), atol=1e-2)
    assert np.abs(points[:, None] - lips.mouth[:, :1, None]).max(axis=(0, 1, 3)).min() < 1e-2


@pytest.mark.integration
def test_lip_scores_stand_beside_the_others_of_a_flame_corpus(flame_file: Path, tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "c", clips={"test": 1}, frames=100, basis="flame50")
    (side, _) = score_conversation("test/clip0", job=Job(root=root, folds={}, flame=flame_file))
    keys = {key for score in SCORES for key in score.keys}
    assert all(set(scores) == keys | {"jaw_intensity", "lip_intensity"} for scores in side.rows.values())
    assert side.rows["truth"]["lve_mm"] == 0 < side.rows["mean pose"]["lve_mm"]
    other = write_corpus(tmp_path / "d", clips={"test": 1}, frames=100, basis="arkit50")
    with pytest.raises(InputError, match="FLAME motion; got basis arkit50"):
        score_conversation("test/clip0", job=Job(root=other, folds={}, flame=flame_file))


def test_another_topology_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="FLAME's 5023 vertices; got 120"):
        FlameLips(write_npz(tmp_path / "small.npz", made_flame()))
