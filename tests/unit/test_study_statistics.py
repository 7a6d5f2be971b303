"""Planted effects are found, nulls are not, and known answers come out."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from dyad.errors import InputError
from dyad.studies.statistics import Differences, Effect, corrected, effect_of

QUICK = 200  # draws of a bootstrap that a test does not look at


def table(seed: int, *, effect: float = 0.0, conversations: int = 8, seeds: int = 3, spread: float = 0.5) -> Differences:
    """Differences with a spread of the effect between conversations, and of 1 between seeds."""
    rng = np.random.default_rng(seed)
    own = effect + spread * rng.standard_normal((conversations, 1)) + rng.standard_normal((conversations, seeds))
    return {f"c{index}": row.tolist() for index, row in enumerate(own)}


def test_a_planted_effect_of_known_size_is_recovered() -> None:
    found = effect_of(table(1, effect=2.0, conversations=40, seeds=4), resamples=QUICK)
    assert found.method == "mixed model"
    assert found.estimate == pytest.approx(2.0, abs=0.25)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 2.0 < found.high
    assert found.p is not None
    assert found.p < 1e-9
    assert found.sd_conversations == pytest.approx(0.5, abs=0.25)
    assert found.sd_seeds == pytest.approx(1.0, abs=0.15)
    # d_z of means over four seeds: 2 / sqrt(0.5² + 1²/4)
    assert found.d_z == pytest.approx(2.0 / sqrt(0.5), rel=0.25)


@pytest.mark.integration
def test_the_intervals_hold_the_planted_effect_as_often_as_they_say() -> None:
    effects = [effect_of(table(seed, effect=1.0, seeds=1), method="permutation", resamples=500) for seed in range(100)]
    held = sum(found.bootstrap_low < 1.0 < found.bootstrap_high for found in effects)  # type: ignore[operator]
    assert held >= stats.binom.ppf(0.001, 100, 0.88)  # of 8 conversations BCa holds some 90 %, not 95


@pytest.mark.integration
@pytest.mark.parametrize("method", ["mixed", "permutation", "wilcoxon"])
def test_a_null_is_not_found_more_often_than_it_may(method: str) -> None:
    """Over 200 seeds, at 5 %: at most what chance allows in 1 of 1,000; the effect differs between conversations, and is 0 on average."""
    runs = 200 if method != "mixed" else 40  # its 200 seeds are in the integration tests: a fit takes 10 ms
    p_values = [effect_of(table(seed), method=method, resamples=2).p for seed in range(runs)]
    found = sum(p is not None and p <= 0.05 for p in p_values)
    assert found <= stats.binom.ppf(0.999, runs, 0.05)


def test_treating_seeds_as_conversations_would_find_too_much() -> None:
    """What the model is for: the same null, tested as if all blocks were independent, is 'found' too often."""
    p_values = [stats.ttest_1samp(np.concatenate(list(table(seed, spread=1.0).values())), 0.0).pvalue for seed in range(200)]
    assert sum(p <= 0.05 for p in p_values) > stats.binom.ppf(0.999, 200, 0.05)


def test_the_mixed_model_of_equal_seeds_is_the_t_test_of_the_means() -> None:
    differences = table(3, effect=0.7, spread=1.5)
    found = effect_of(differences, resamples=QUICK)
    means = np.array([np.mean(values) for values in differences.values()])
    assert found.p == pytest.approx(stats.ttest_1samp(means, 0.0).pvalue, rel=1e-3)
    assert found.estimate == pytest.approx(means.mean())
    assert (found.low, found.high) == pytest.approx(stats.ttest_1samp(means, 0.0).confidence_interval(0.95), rel=1e-3)


def test_scale_and_order_do_not_matter() -> None:
    differences = table(3, effect=0.7)
    found = effect_of(differences, resamples=QUICK)
    small = effect_of({name: [1e-7 * value for value in values] for name, values in differences.items()}, resamples=QUICK)
    assert small.p == pytest.approx(found.p, rel=1e-4)
    assert effect_of(dict(reversed(list(differences.items()))), resamples=QUICK) == found
    assert effect_of(differences, resamples=QUICK) == found  # same seed, same numbers


def test_exact_permutation_of_signs() -> None:
    found = effect_of({name: [value] for name, value in zip("abcdef", (1, 2, 3, 4, 5, 6), strict=True)}, resamples=QUICK)
    assert found.method == "permutation"  # one seed a conversation tells nothing about seeds
    assert found.p == pytest.approx(2 / 2**6)
    assert found.estimate == 3.5
    d_z = 3.5 / sqrt(3.5)
    assert (found.d_z, found.g) == pytest.approx((d_z, d_z * (1 - 3 / 19)))


def test_what_cannot_be_tested_says_so() -> None:
    assert effect_of({}) == Effect(conversations=0, blocks=0, method="none: not measurable")
    two = effect_of({"a": [1.0, 2.0], "b": [3.0]})
    assert (two.method, two.estimate, two.p) == ("none: fewer than 3 conversations", 2.25, None)
    zero = effect_of({name: [0.0, 0.0] for name in "abcdef"})
    assert (zero.method, zero.p, zero.estimate, zero.d_z, zero.bootstrap_low) == ("permutation", 1.0, 0.0, None, 0.0)
    with pytest.raises(InputError, match=r"statistics\.method: expected auto or mixed.*Did you mean wilcoxon"):
        effect_of({}, method="wilcoxn")
    with pytest.raises(InputError, match="finite numbers"):
        effect_of({"a": [float("nan")]})


def test_corrections_have_known_answers() -> None:
    p_values = [0.01, None, 0.04, 0.03]
    assert corrected(p_values, method="holm") == pytest.approx([0.03, None, 0.06, 0.06])
    assert corrected(p_values, method="bh") == pytest.approx([0.03, None, 0.04, 0.04])
    assert corrected(p_values, method="none") == p_values
    assert corrected([None], method="holm") == [None]
    with pytest.raises(InputError, match=r"statistics\.correction: expected holm or bh or none"):
        corrected(p_values, method="bonferroni")
