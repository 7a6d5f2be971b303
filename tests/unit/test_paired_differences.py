"""Differences of errors within conversations."""

import numpy as np
import pytest
from scipy import stats

from dyad.errors import InputError
from dyad.eval.dualtalk.paired import paired_difference, squared_errors

NAMES = ("one", "one", "two", "two", "three", "three")


def test_each_conversation_counts_once() -> None:
    ours, theirs = np.array([1.0, 3.0, 2.0, 2.0, 1.0, 1.0]), np.array([2.0, 4.0, 2.0, 3.0, 3.0, 2.0])
    found = paired_difference(ours, theirs, conversations=NAMES)
    differences = np.array([-1.0, -0.5, -1.5])
    rival = np.mean([3.0, 2.5, 2.5])
    assert found.share == pytest.approx(-1.0 / rival)
    assert found.p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    reach = stats.t.ppf(0.975, 2) * differences.std(ddof=1) / np.sqrt(3)
    assert (found.low, found.high) == (pytest.approx((-1.0 - reach) / rival), pytest.approx((-1.0 + reach) / rival))
    assert (found.better, found.conversations) == (3, 3)


def test_a_worse_prediction_is_above_zero() -> None:
    found = paired_difference([3.0, 3.0, 2.5, 2.0], [2.0, 2.0, 2.0, 2.0], conversations=("a", "a", "b", "b"))
    assert found.share > 0
    assert found.better == 0


@pytest.mark.parametrize("names", [("one",) * 2, ("one", "two")])
def test_no_chance_is_given_where_there_is_none_to_compute(names: tuple[str, str]) -> None:
    found = paired_difference([1.0, 1.0], [2.0, 2.0], conversations=names)
    assert (found.share, found.low, found.high, found.p) == (-0.5, None, None, None)


def test_chance_alone_is_called_so() -> None:
    """Of a hundred comparisons of noise about five have p < 0.05."""
    rng = np.random.default_rng(0)
    names = [f"{index // 2}" for index in range(40)]
    found = [paired_difference(*(1 + 0.1 * rng.standard_normal((2, 40))), conversations=names).p or 0.0 for _ in range(100)]
    assert 1 <= sum(p < 0.05 for p in found) <= 10


def test_errors_are_of_a_group_or_summed() -> None:
    sides = [{"mse_exp": 1.0, "mse_jaw": 2.0, "mse_pose": 4.0, "fd_exp": 9.0}, {"mse_exp": 0.0, "mse_jaw": 1.0, "mse_pose": 0.5}]
    assert squared_errors(sides, part="jaw").tolist() == [2.0, 1.0]
    assert squared_errors(sides, part="all").tolist() == [7.0, 1.5]
    with pytest.raises(InputError, match="part: expected one of all, exp, jaw, pose; got 'lips'"):
        squared_errors(sides, part="lips")


@pytest.mark.parametrize(
    ("ours", "theirs", "names"),
    [([1.0], [1.0, 2.0], ("a", "b")), ([], [], ()), ([np.nan], [1.0], ("a",)), ([1.0], [0.0], ("a",)), ([1.0, 2.0], [1.0, 2.0], ("a",))],
)
def test_what_cannot_be_compared_is_refused(ours: list[float], theirs: list[float], names: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="errors: expected"):
        paired_difference(ours, theirs, conversations=names)
