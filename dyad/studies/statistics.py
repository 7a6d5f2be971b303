"""What a difference between two conditions is worth.

All conditions share their conversations and seeds, so a block (one conversation with one seed) gives one difference. Blocks of one
conversation are not independent: what is tested is whether the effect holds for *further conversations*. So the differences of all blocks
go into a mixed model with a random intercept for the conversation, seeds being its repeated measures,

    difference(conversation, seed) = effect + u(conversation) + e(conversation, seed),

which is the model of both conditions' values with random intercepts of conversation and of seed within it and a random slope of the
condition by conversation, without what cancels out. It is fitted by REML (statsmodels). Its Wald statistic is referred to Student's t with
one degree of freedom less than there are conversations, not to the normal distribution that statsmodels uses, which is too narrow for a
handful of conversations; with as many seeds in every conversation that is the t test of the conversations' means.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.registry import suggestion

METHODS = ("auto", "mixed", "permutation", "wilcoxon")
CORRECTIONS = {"holm": "holm", "bh": "fdr_bh", "none": None}
FEWEST_CONVERSATIONS = 3
FEWEST_FOR_BOOTSTRAP = 5
_MOST_FLIPS = 9999  # beyond 2^13 sign patterns the permutation test draws so many instead of trying all
Array = npt.NDArray[np.float64]
Differences = Mapping[str, Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One difference, or one distance from a reference, over all conversations.

    Args:
        conversations: how many it rests on.
        blocks: pairs of conversation and seed in them.
        method: ``mixed model``, ``permutation``, ``wilcoxon``, or "none: …" with the reason why nothing was tested.
        estimate: mean difference, in the unit of the outcome.
        low: lower end of its interval: the model's, or Student's t of the conversations' means where there is no model.
        high: upper end.
        p: two-sided, not corrected; None where nothing was tested.
        bootstrap_low: lower end of the bootstrap interval (BCa, whole conversations drawn with replacement); None for
            fewer than ``FEWEST_FOR_BOOTSTRAP``, of whom it would hold too little.
        bootstrap_high: upper end.
        d_z: estimate over the standard deviation of the conversations' mean differences; None where that is 0.
        g: d_z with Hedges' correction for few conversations.
        sd_conversations: of the effect between conversations, by the model; None without one.
        sd_seeds: between seeds of one conversation, by the model; None without one.
    """

    conversations: int
    blocks: int
    method: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    bootstrap_low: float | None = None
    bootstrap_high: float | None = None
    d_z: float | None = None
    g: float | None = None
    sd_conversations: float | None = None
    sd_seeds: float | None = None


def effect_of(differences: Differences, *, method: str = "auto", confidence: float = 0.95, resamples: int = 2000, seed: int = 0) -> Effect:
    """Estimate and test a mean difference.

    Args:
        differences: by conversation, one for each seed; conversations without any do not count.
        method: ``auto`` is the mixed model where it can be fitted, else the permutation test; or ``mixed``, ``permutation`` (signs of the
            conversations' means) or ``wilcoxon``.
        confidence: of the intervals.
        resamples: of the bootstrap.
        seed: of the bootstrap and of drawn permutations.

    Raises:
        InputError: an unknown method, or numbers that are not finite.
    """
    if method not in METHODS:
        raise InputError("statistics.method", expected=" or ".join(METHODS), got=repr(method), cure=suggestion(method, METHODS))
    groups = [np.asarray(values, np.float64) for _, values in sorted(differences.items()) if len(values)]
    if not all(np.isfinite(group).all() for group in groups):
        raise InputError("differences", expected="finite numbers", got="NaN or infinite", cure="Leave missing blocks out.")
    counts: dict[str, Any] = {"conversations": len(groups), "blocks": sum(map(len, groups))}
    if not groups:
        return Effect(method="none: not measurable", **counts)
    means = np.array([group.mean() for group in groups])
    estimate = float(means.mean())
    if len(groups) < FEWEST_CONVERSATIONS:
        return Effect(method=f"none: fewer than {FEWEST_CONVERSATIONS} conversations", estimate=estimate, **counts)
    drawn_low, drawn_high = _bootstrap(means, confidence=confidence, resamples=resamples, seed=seed)
    counts |= {"bootstrap_low": drawn_low, "bootstrap_high": drawn_high, **_sizes(means)}
    fitted = _mixed(groups, confidence=confidence) if method in ("auto", "mixed") else None
    if fitted is not None:
        return Effect(method="mixed model", **counts, **fitted)
    half = _half_width(float(means.std(ddof=1)) / sqrt(len(means)), freedom=len(means) - 1, confidence=confidence)
    low, high = estimate - half, estimate + half
    if method == "mixed":
        return Effect(method="none: the mixed model cannot be fitted", estimate=estimate, low=low, high=high, **counts)
    chosen = "wilcoxon" if method == "wilcoxon" else "permutation"
    p = (_wilcoxon if chosen == "wilcoxon" else _permutation)(means, seed)
    return Effect(method=chosen, estimate=estimate, low=low, high=high, p=p, **counts)


def corrected(p_values: Sequence[float | None], *, method: str) -> list[float | None]:
    """P values corrected for how many there are; None stays None and does not count.

    Args:
        p_values: of all tests of a study.
        method: ``holm`` (Holm 1979, family-wise error), ``bh`` (Benjamini & Hochberg 1995, false discovery rate) or ``none``.

    Raises:
        InputError: another method.
    """
    if method not in CORRECTIONS:
        raise InputError("statistics.correction", expected=" or ".join(CORRECTIONS), got=repr(method), cure=suggestion(method, CORRECTIONS))
    known = [p for p in p_values if p is not None]
    if not known or CORRECTIONS[method] is None:
        return list(p_values)
    from statsmodels.stats.multitest import multipletests

    following = iter(multipletests(known, method=CORRECTIONS[method])[1].tolist())
    return [None if p is None else float(next(following)) for p in p_values]


def _sizes(means: Array) -> dict[str, float | None]:
    spread = float(means.std(ddof=1))
    if spread <= 1e-12 * max(1e-300, float(np.abs(means).max())):
        return {"d_z": None, "g": None}
    d_z = float(means.mean()) / spread
    return {"d_z": d_z, "g": d_z * (1 - 3 / (4 * (len(means) - 1) - 1))}


def _mixed(groups: Sequence[Array], *, confidence: float) -> dict[str, Any] | None:
    """The mixed model's answer; None where it cannot be fitted: no conversation with two seeds, nothing that varies, no convergence."""
    values = np.concatenate(groups)
    scale = float(values.std())
    if max(map(len, groups)) < 2 or scale <= 1e-12 * max(1e-300, float(np.abs(values).max())):
        return None
    from scipy.stats import t as student
    from statsmodels.regression.mixed_linear_model import MixedLM

    labels = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "on the boundary": conversations do not differ, which is an answer
        try:
            fit = MixedLM(values / scale, np.ones((len(values), 1)), groups=labels).fit(reml=True)
        except (np.linalg.LinAlgError, ValueError):
            return None
    estimate, error = float(fit.fe_params[0]) * scale, float(fit.bse_fe[0]) * scale
    if not (fit.converged and isfinite(error) and error > 0):
        return None
    freedom = len(groups) - 1
    half = _half_width(error, freedom=freedom, confidence=confidence)
    return {
        "estimate": estimate,
        "low": estimate - half,
        "high": estimate + half,
        "p": float(2 * student.sf(abs(estimate) / error, freedom)),
        "sd_conversations": sqrt(max(0.0, float(fit.cov_re[0, 0]))) * scale,
        "sd_seeds": sqrt(float(fit.scale)) * scale,
    }


def _half_width(error: float, *, freedom: int, confidence: float) -> float:
    """Half of Student's interval."""
    from scipy.stats import t as student

    return float(student.ppf(0.5 + confidence / 2, freedom)) * error


def _bootstrap(means: Array, *, confidence: float, resamples: int, seed: int) -> tuple[float | None, float | None]:
    if len(means) < FEWEST_FOR_BOOTSTRAP:
        return None, None
    if np.ptp(means) == 0:
        return float(means[0]), float(means[0])
    from scipy.stats import bootstrap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of degenerate draws; told by what is not finite
        found = bootstrap(
            (means,), np.mean, confidence_level=confidence, n_resamples=resamples, method="BCa", rng=np.random.default_rng(seed)
        ).confidence_interval
    low, high = float(found.low), float(found.high)
    return (low, high) if isfinite(low) and isfinite(high) else (None, None)


def _permutation(means: Array, seed: int) -> float:
    """Two-sided, by flipping the signs of whole conversations: all patterns, or many drawn ones where there are too many."""
    from scipy.stats import permutation_test

    if not means.any():
        return 1.0
    found = permutation_test(
        (means,), np.mean, permutation_type="samples", n_resamples=_MOST_FLIPS, vectorized=False, rng=np.random.default_rng(seed)
    )
    return float(found.pvalue)


def _wilcoxon(means: Array, seed: int) -> float:
    from scipy.stats import wilcoxon

    return 1.0 if not means.any() else float(wilcoxon(means).pvalue)
