"""The published scores of a clip: known answers, identical input, direction, and what is refused."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg
from sklearn.cluster import KMeans

from dyad.dualtalk_layout import GROUPS
from dyad.errors import InputError
from dyad.eval.dualtalk import score_clip
from dyad.eval.dualtalk.clip_rows import same_length
from dyad.eval.dualtalk.clusters import CLUSTERS, cluster_entropy
from dyad.eval.dualtalk.coefficients import diversity, mean_squared_error, pearson, residual_correlation, step_distance, variance
from dyad.eval.dualtalk.frechet import frechet_distance
from dyad.eval.dualtalk.measures import PUBLISHED, SCORES
from dyad.eval.dualtalk.published import ROWS, in_published_scaling


def walk(seed: int, frames: int = 120, channels: int = 56) -> np.ndarray:
    """Motion that drifts, as faces do."""
    return np.cumsum(np.random.default_rng(seed).normal(0, 0.05, (frames, channels)), axis=0)


def exact_gaussian(mean: list[float], covariance: list[list[float]], frames: int, seed: int = 0) -> np.ndarray:
    """Frames whose sample mean and covariance (n - 1) are exactly these."""
    raw = np.random.default_rng(seed).normal(size=(frames, len(mean)))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    return white @ np.linalg.cholesky(np.array(covariance)).T + mean


def test_frechet_distance_of_gaussians_with_known_moments() -> None:
    first = exact_gaussian([1.0, 2.0], [[4.0, 0.0], [0.0, 9.0]], 50)
    second = exact_gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 25.0]], 80, seed=1)
    # |m|² = 5; for covariances that commute the rest is the squared difference of the deviations: (2 - 1)² + (3 - 5)²
    assert frechet_distance(first, second) == pytest.approx(5 + 1 + 4, rel=1e-9)


@given(seed=st.integers(0, 10_000), frames=st.integers(2, 40), channels=st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_frechet_distance_is_a_distance_whatever_the_rank(seed: int, frames: int, channels: int) -> None:
    first, second = walk(seed, frames, channels), walk(seed + 1, frames, channels)
    apart = frechet_distance(first, second)
    assert apart >= 0
    assert apart == pytest.approx(frechet_distance(second, first), rel=1e-9, abs=1e-12)
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(first, first + 0.5) == pytest.approx(0.25 * channels, rel=1e-9)


def test_frechet_distance_agrees_with_the_matrix_square_root() -> None:
    first, second = walk(0, 200, 20), walk(1, 200, 20)
    one, other = (np.cov(frames, rowvar=False) for frames in (first, second))
    root = linalg.sqrtm(one @ other).real
    apart = first.mean(axis=0) - second.mean(axis=0)
    assert frechet_distance(first, second) == pytest.approx(apart @ apart + np.trace(one + other - 2 * root), rel=1e-8)


def test_frechet_distance_of_a_prediction_that_copies_the_partner_is_defined() -> None:
    truth, partner = walk(0), walk(1)
    scores = score_clip(partner, truth, partner)
    assert all(math.isfinite(scores[f"p_fd_{group}"]) for group in GROUPS)
    assert scores["p_fd_exp"] >= scores["fd_exp"] - 1e-9  # joining channels takes no distance away


def test_mean_squared_error_of_a_known_offset() -> None:
    truth = walk(0, 50, 3)
    assert mean_squared_error(truth + np.array([1.0, 2.0, 3.0]), truth) == pytest.approx((1 + 4 + 9) / 3)


def test_step_distance_of_a_constant_difference_in_slope() -> None:
    truth = walk(0, 101, 2)
    slope = np.stack([0.3 * np.arange(101), np.zeros(101)], axis=1)
    assert step_distance(truth + slope, truth) == pytest.approx(0.3 * math.sqrt(100 / 0.1))
    assert step_distance(truth + 7.0, truth) == pytest.approx(0, abs=1e-6)


def test_entropy_of_frames_spread_evenly_over_clusters() -> None:
    centres = np.eye(8) * 100
    fitted = np.repeat(centres, 5, axis=0)
    assert cluster_entropy(fitted, fitted, clusters=8) == pytest.approx(3, abs=1e-4)
    assert cluster_entropy(fitted, np.repeat(centres[:2], 10, axis=0), clusters=8) == pytest.approx(1, abs=1e-4)
    assert cluster_entropy(fitted, np.repeat(centres[:1], 9, axis=0), clusters=8) == pytest.approx(0, abs=1e-5)


def test_entropy_does_not_depend_on_what_was_scored_before() -> None:
    frames, counted = walk(0, 120, 3), walk(1, 120, 3)
    first = cluster_entropy(frames, counted, clusters=10)
    assert cluster_entropy(frames, frames, clusters=10) != first == cluster_entropy(frames, counted, clusters=10)
    assert cluster_entropy(frames, counted, clusters=5) < first
    frames *= np.array([1.0, 0.0, 0.0])  # the same array with other contents
    clusters = KMeans(10, random_state=0, n_init=1).fit(frames)
    share = np.bincount(clusters.predict(counted), minlength=10) / 120
    assert cluster_entropy(frames, counted, clusters=10) == pytest.approx(-np.sum(share * np.log2(share + 1e-6)), rel=1e-12)


def test_entropy_says_how_many_frames_it_needs() -> None:
    with pytest.raises(InputError, match="at least 10 frames for 10 clusters; got 9"):
        cluster_entropy(np.zeros((9, 3)), np.zeros((9, 3)), clusters=10)


def test_the_two_directions_of_sid() -> None:
    assert CLUSTERS == {"exp": 40, "jaw": 10, "pose": 10}
    truth, still = walk(0), np.zeros((120, 56))
    scores = score_clip(still, truth, walk(1))
    assert scores["sid_exp"] == pytest.approx(0, abs=1e-5)  # all predicted frames lie in one of the truth's clusters
    lively = score_clip(truth, still, walk(1))
    assert lively["sid_published_exp"] == pytest.approx(0, abs=1e-5)  # all true frames lie in one of the prediction's
    clusters = KMeans(10, random_state=0, n_init="auto").fit(truth[:, 50:53])
    share = np.bincount(clusters.predict(walk(2)[:, 50:53]), minlength=10) / 120
    expected = -np.sum(share * np.log2(share + 1e-6))
    assert score_clip(walk(2), truth, walk(1))["sid_jaw"] == pytest.approx(expected, rel=1e-12)
    assert score_clip(truth, walk(2), walk(1))["sid_published_jaw"] == pytest.approx(expected, rel=1e-12)


def test_correlation_with_the_partner() -> None:
    truth, partner = walk(0, 60, 3), walk(1, 60, 3)
    expected = abs(np.corrcoef(truth.ravel(), partner.ravel())[0, 1] - 1)
    assert residual_correlation(partner, truth, partner_truth=partner) == pytest.approx(expected)
    assert residual_correlation(truth, truth, partner_truth=partner) == 0
    assert pearson(np.full((60, 3), 0.1), partner) == 0  # a constant goes together with nothing
    assert residual_correlation(np.zeros((60, 3)), truth, partner_truth=partner) == pytest.approx(abs(pearson(truth, partner)))


def test_variance_and_diversity_of_known_frames() -> None:
    two_faces = np.tile([[0.0, 0.0], [2.0, 6.0]], (50, 1))
    assert variance(two_faces) == pytest.approx((1 + 9) / 2)
    assert diversity(two_faces) == diversity(two_faces)
    assert diversity(np.ones((50, 3))) == 0
    # 100 pairs, each side drawn without replacement: of 100 frames every one is on each side once, so a lone face apart is in two pairs
    for place in range(100):
        lone = np.zeros((100, 2))
        lone[place] = [3.0, 4.0]
        assert diversity(lone) == pytest.approx(2 * 5 / 100) or diversity(lone) == 0  # 0 where it meets itself
    many = np.random.default_rng(0).normal(size=(5000, 4))
    assert diversity(many) == pytest.approx(np.linalg.norm(many[:2500] - many[2500:], axis=1).mean(), rel=0.15)


def test_the_truth_itself_scores_perfectly() -> None:
    truth = walk(0)
    scores = score_clip(truth, truth, walk(1))
    for name in ("fd", "p_fd", "mse", "rpcc", "sts"):
        assert [scores[f"{name}_{group}"] for group in GROUPS] == pytest.approx([0, 0, 0], abs=1e-9)
    assert [scores[f"sid_{group}"] for group in GROUPS] == [scores[f"sid_published_{group}"] for group in GROUPS]


@pytest.mark.parametrize("name", ["fd", "p_fd", "mse", "sts"])
def test_more_noise_scores_worse(name: str) -> None:
    truth, noise = walk(0), np.random.default_rng(5).normal(size=(120, 56))
    small, large = (score_clip(truth + size * noise, truth, walk(1)) for size in (0.1, 0.5))
    assert all(small[f"{name}_{group}"] < large[f"{name}_{group}"] for group in GROUPS)


@pytest.mark.parametrize(("channel", "group"), [(0, "exp"), (49, "exp"), (50, "jaw"), (52, "jaw"), (53, "pose"), (55, "pose")])
def test_channels_are_expression_jaw_and_neck_and_do_not_touch_each_other(channel: int, group: str) -> None:
    truth, moved = walk(0), walk(0)
    moved[:, channel] += np.linspace(-0.5, 0.8, 120)
    scores, same = score_clip(moved, truth, walk(1)), score_clip(truth, truth, walk(1))
    assert {name.rpartition("_")[2] for name, value in scores.items() if value != same[name]} == {group}
    assert scores[f"mse_{group}"] == pytest.approx(np.mean(np.linspace(-0.5, 0.8, 120) ** 2) / (50 if group == "exp" else 3))


def test_scores_are_plain_numbers_of_the_formulas() -> None:
    prediction, truth, partner = walk(0, 130), walk(1, 120), walk(2, 140)
    scores = score_clip(prediction.tolist(), torch.tensor(truth), partner)
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores == score_clip(prediction, truth, partner)
    assert {type(value) for value in scores.values()} == {float}
    for group, channels in GROUPS.items():
        own, recorded, other = prediction[:120, channels], truth[:, channels], partner[:120, channels]
        steps = np.diff(own - recorded, axis=0)
        assert scores[f"fd_{group}"] == pytest.approx(frechet_distance(own, recorded))
        assert scores[f"p_fd_{group}"] == pytest.approx(frechet_distance(np.hstack([other, own]), np.hstack([other, recorded])))
        assert scores[f"mse_{group}"] == pytest.approx(np.mean((own - recorded) ** 2))
        assert scores[f"sts_{group}"] == pytest.approx(np.sqrt(np.sum(steps**2 / 0.1)))
        r = [np.corrcoef(rows.ravel(), other.ravel())[0, 1] for rows in (recorded, own)]
        assert scores[f"rpcc_{group}"] == pytest.approx(abs(r[0] - r[1]))
        assert scores[f"variance_{group}"] == pytest.approx(np.mean(own.var(axis=0)))
        assert scores[f"diversity_{group}"] == pytest.approx(diversity(own))


def test_keys_are_those_of_the_table_of_measures() -> None:
    expected = {key for score in SCORES if score.family == PUBLISHED for key in score.keys}
    assert set(score_clip(walk(0), walk(1), walk(2))) == expected


def test_all_arrays_are_cut_to_the_shortest() -> None:
    prediction, truth, partner = walk(0, 130), walk(1, 120), walk(2, 125)
    assert score_clip(prediction, truth, partner) == score_clip(prediction[:120], truth, partner[:120])


def test_same_input_same_bits_and_precision_is_kept() -> None:
    arrays = [walk(seed).astype(np.float32) for seed in range(3)]
    assert score_clip(*arrays) == score_clip(*arrays)
    for more, kept in (([], np.float32), ([np.zeros((120, 56))], np.float64)):
        checked = same_length({str(index): rows for index, rows in enumerate([*arrays, *more])}, least_frames=2)
        assert {rows.dtype for rows in checked} == {np.dtype(kept)}  # k-means of the same numbers differs with their precision
    mixed = score_clip(arrays[0].astype(np.float64), arrays[1], arrays[2])
    assert mixed["mse_exp"] == pytest.approx(score_clip(*arrays)["mse_exp"], rel=1e-6)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda rows: rows[:, :55], r"shape \(T, 56\); got shape \(120, 55\)"),
        (lambda rows: rows[:39], "at least 40 frames; got 39"),
        (lambda rows: np.where(np.arange(56) == 3, np.nan, rows), "finite numbers; got 120 NaN or infinite"),
        (lambda rows: np.where(np.arange(56) == 3, np.inf, rows), "finite numbers"),
        (lambda rows: rows[0], r"shape \(T, 56\)"),
        (lambda rows: [["x"] * 56], "numbers of shape"),
        (lambda rows: rows + 0j, "numbers of shape.+ got complex numbers"),
        (lambda rows: torch.tensor(rows, requires_grad=True), "numbers of shape.+ requires grad"),
    ],
    ids=["channels", "frames", "NaN", "infinity", "dimensions", "no numbers", "complex", "gradients"],
)
@pytest.mark.parametrize("place", range(3))
def test_what_cannot_be_scored_is_refused_by_name(place: int, change: object, text: str) -> None:
    arrays = [walk(seed) for seed in range(3)]
    arrays[place] = change(arrays[place])  # type: ignore[operator]
    with pytest.raises(InputError, match=text) as refusal:
        score_clip(*arrays)
    assert refusal.value.what == ("prediction", "truth", "partner's truth")[place]


def test_measures_of_two_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="one shape"):
        mean_squared_error(walk(0, 50), walk(0, 51))
    with pytest.raises(InputError, match="same D"):
        frechet_distance(walk(0, 50, 3), walk(0, 50, 4))


def test_published_scaling_has_names_of_its_own() -> None:
    raw = {f"{name}_{group}": 1.0 for name in ("fd", "p_fd", "mse", "sid", "rpcc", "sts") for group in GROUPS}
    scaled = in_published_scaling(raw)
    assert not set(raw) & set(scaled)
    assert [scaled[f"published_fd_{group}"] for group in GROUPS] == [1, 1e3, 1e2]
    assert [scaled[f"published_p_fd_{group}"] for group in GROUPS] == [1, 1e3, 1e2]
    assert [scaled[f"published_mse_{group}"] for group in GROUPS] == [10, 1e3, 1e2]
    assert [scaled[f"published_rpcc_{group}"] for group in GROUPS] == [1e2, 10, 10]
    assert [scaled[f"published_sid_{group}"] for group in GROUPS] == [1, 1, 1]
    assert "published_sts_exp" not in scaled


PUBLISHED_TABLE = """
test | L2L                | 24.61/3.69/7.08  | 24.99           | 5.68           | 2.86/1.89/1.19 | 8.52
test | DualTalk, paper    | 11.14/1.90/3.83  | 11.88           | 3.59           | 3.48/2.23/1.72 | 4.73
test | DualTalk, by TIMAR | 11.26/1.67/3.29  | 12.41/1.78/3.53 | 4.20/1.20/1.92 | 3.28/2.27/1.77 | 4.84/1.23/2.18
test | TIMAR              | 8.97/1.57/3.08   | 9.93/1.65/3.28  | 3.58/1.07/1.61 | 3.53/2.35/1.85 | 4.12/1.22/2.18
test | MimicTalker        | 7.12             | 8.20            | 3.09           | 3.63           | 4.16
ood  | DualTalk, by TIMAR | 21.31/2.75/5.13  | 22.56/2.85/5.40 | 6.53/1.63/2.67 | 2.81/1.97/1.43 | 6.79/1.70/3.02
ood  | TIMAR              | 20.23/2.56/4.50  | 21.34/2.66/4.72 | 6.17/1.48/2.18 | 2.93/2.04/1.52 | 6.26/1.57/2.77
"""
"""FD, P-FD, MSE, SID and rPCC of EXP/JAW/POSE, or of EXP alone."""


def test_published_rows_are_those_of_the_papers_and_have_sources() -> None:
    lines = [[cell.strip() for cell in line.split("|")] for line in PUBLISHED_TABLE.strip().splitlines()]
    assert [(row.split, row.method) for row in ROWS] == [(line[0], line[1]) for line in lines]
    for row, line in zip(ROWS, lines, strict=True):
        for column, cell in zip(("fd", "p_fd", "mse", "sid", "rpcc"), line[2:], strict=True):
            numbers = [float(number) for number in cell.split("/")]
            assert row.values[column] == tuple([*numbers, None, None][:3])
        assert row.source
