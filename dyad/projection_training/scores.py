"""How well a score tells trials apart: balanced accuracy and area under the curve, with intervals over conversations."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray

RESAMPLES: Final = 1000
LEVEL: Final = 0.95
MOST_RANKS: Final = 1000
"""Scores are sorted into so many ranks for the intervals of the area, so that a million trials are resampled in a second."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """Trials with a score each.

    Args:
        score: float64 (n,), higher for a shift or backchannel.
        positive: bool (n,), the right answers.
        conversation: int64 (n,), which conversation each comes from.
    """

    score: Floats
    positive: BoolArray
    conversation: npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A value and its interval of 95 %, by resampling whole conversations."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Scores of one predictor on one task.

    Args:
        trials: how many.
        positives: how many of them are shifts or backchannels.
        balanced_accuracy: mean of the shares found of positives and of negatives; 0.5 is chance.
        auc: chance that a positive is scored above a negative, ties half; 0.5 is chance.
    """

    trials: int
    positives: int
    balanced_accuracy: Figure
    auc: Figure


def best_threshold(scored: Scored) -> float:
    """The threshold with the highest balanced accuracy; a score of at least the threshold is called positive."""
    order = np.argsort(scored.score, kind="stable")
    positive = scored.positive[order]
    missed: npt.NDArray[np.int64] = np.cumsum(positive) - positive  # positives and negatives below each trial's score
    passed: npt.NDArray[np.int64] = np.cumsum(~positive) - ~positive
    accuracy = 0.5 * (1 - missed / max(1, positive.sum()) + passed / max(1, (~positive).sum()))
    values = scored.score[order]
    accuracy[np.r_[False, values[1:] == values[:-1]]] = -1.0  # of equal scores only the first can be the border
    return float(values[int(np.argmax(accuracy))])


def quality(scored: Scored, *, threshold: float, seed: int) -> Quality:
    """Both figures, with intervals from conversations drawn with replacement (percentile bootstrap); trials of both kinds are needed."""
    called = scored.score >= threshold
    positive, negative = scored.positive, ~scored.positive
    accuracy = 0.5 * (called[positive].mean() + (~called[negative]).mean())
    _, rank = np.unique(scored.score, return_inverse=True)
    area = _area(*(np.bincount(rank, which)[None].astype(np.float64) for which in (positive, negative)))[0]

    names, place = np.unique(scored.conversation, return_inverse=True)
    drawn = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES).astype(np.float64)
    bins = min(MOST_RANKS, int(rank.max()) + 1)
    coarse = place * bins + rank * bins // (int(rank.max()) + 1)

    def counted(which: BoolArray) -> Floats:
        return drawn @ np.bincount(coarse, which, minlength=len(names) * bins).reshape(len(names), bins)

    positives, negatives = counted(positive), counted(negative)
    good = positives.any(axis=1) & negatives.any(axis=1)
    positives, negatives = positives[good], negatives[good]
    found = (drawn @ np.bincount(place, called & positive))[good] / positives.sum(axis=1)
    spared = (drawn @ np.bincount(place, ~called & negative))[good] / negatives.sum(axis=1)
    return Quality(
        trials=len(called),
        positives=int(positive.sum()),
        balanced_accuracy=_figure(float(accuracy), 0.5 * (found + spared)),
        auc=_figure(float(area), _area(positives, negatives)),
    )


def _area(positives: Floats, negatives: Floats) -> Floats:
    """Chance that a positive ranks above a negative, from counts (n, ranks) of each; ties count half."""
    below = np.cumsum(negatives, axis=1) - 0.5 * negatives
    return np.asarray((positives * below).sum(axis=1) / (positives.sum(axis=1) * negatives.sum(axis=1)))


def _figure(value: float, resampled: Floats) -> Figure:
    low, high = np.quantile(resampled, (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)).tolist()
    return Figure(value=value, low=low, high=high)
