"""Parts frames of speech between two speakers who were never heard before.

Features are whitened over all speech; what is left of a speaker is an offset from the common mean. With a normal prior on the offsets, the
posterior offsets and the evidence of a split have closed forms: the Bayesian HMM of Diez et al. (2020, "Analysis of speaker diarization
based on Bayesian HMM with eigenvoice priors") with one Gaussian, no trained eigenvoices, and hard assignment. First splits come from
k-means (scikit-learn) on blocks of several lengths; each is improved in turn (offsets, then Viterbi with a price on changing speaker), and
the split with most evidence wins.

The constants were chosen by their mean error on 24 mixes of four other voices laid out on real telephone turns (DER 20.5 %, about half of
it missed speech). The built-in sample was watched meanwhile, so its figure (17.2 %) is not a blind test.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray

OFFSET_PRECISION = 100.0
FRAME_WEIGHT = 0.2  # neighbouring 10 ms frames overlap and say much the same
CHANGE_PRICE = 5.0  # nats
CHANGE_PRICE_AT_PAUSE = 1.5
STEP_FRAMES = 10  # 0.1 s
BLOCK_STEPS = (5, 10, 15, 20, 30)
_ITERATIONS = 20

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int_]


def part_two_speakers(features: npt.NDArray[Any], *, stretch: Indices) -> BoolArray:
    """Tell for each frame of speech whether the first or the second speaker talks.

    Args:
        features: (frames, dimensions), speech only, in order, 100 a second; at least as many frames as dimensions.
        stretch: (frames,), number of the stretch of speech each frame belongs to, rising; between stretches there is a pause.

    Returns:
        bool (frames,): True for one speaker, False for the other; which is which means nothing. The same input gives the same result.
    """
    starts = _starts(stretch, length=STEP_FRAMES)
    frames = np.diff(np.append(starts, len(stretch)))
    sums = np.add.reduceat(_whitened(features), starts)
    step_stretch = stretch[starts]
    price = np.where(np.diff(step_stretch, prepend=step_stretch[0]) > 0, CHANGE_PRICE_AT_PAUSE, CHANGE_PRICE)
    best_evidence, best = -np.inf, np.zeros(len(starts), np.bool_)
    for length in BLOCK_STEPS:
        first = _first_split(sums, frames, _starts(step_stretch, length=length))
        evidence, split = _improved(first, sums=sums, frames=frames, price=price)
        if evidence > best_evidence:
            best_evidence, best = evidence, split
    return np.repeat(best, frames)


def cheapest_split(preference: Array, *, price: Array) -> BoolArray:
    """The Viterbi path of two states.

    Args:
        preference: (steps,), log-likelihood of the first speaker over the second.
        price: (steps,), cost of changing speaker before that step, same unit.

    Returns:
        bool (steps,), True where the first speaker talks.
    """
    first = second = 0.0
    from_second, from_first = [], []
    for gain, cost in zip((preference / 2).tolist(), price.tolist(), strict=True):
        from_second.append(second - cost > first)
        from_first.append(first - cost > second)
        first, second = max(first, second - cost) + gain, max(second, first - cost) - gain
    path = np.zeros(len(preference), np.bool_)
    state = first > second
    for step in range(len(preference) - 1, -1, -1):
        path[step] = state
        state = not from_second[step] if state else from_first[step]
    return path


def _starts(stretch: Indices, *, length: int) -> Indices:
    """Where pieces of up to ``length`` entries begin; no piece crosses a pause."""
    edges = [*np.flatnonzero(np.diff(stretch, prepend=stretch[0] - 1)).tolist(), len(stretch)]
    return np.concatenate([np.arange(first, last, length) for first, last in pairwise(edges)])


def _whitened(features: npt.NDArray[Any]) -> Array:
    """Features with zero mean and unit covariance."""
    centred = features - features.mean(axis=0, dtype=np.float64)
    covariance = centred.T @ centred / len(centred) + 1e-6 * np.eye(centred.shape[1])
    whitened: Array = np.linalg.solve(np.linalg.cholesky(covariance), centred.T).T
    return whitened


def _first_split(sums: Array, frames: Indices, blocks: Indices) -> BoolArray:
    """Two-means of the blocks' mean features, spread to the steps."""
    from sklearn.cluster import KMeans

    weights = np.add.reduceat(frames, blocks)
    if len(blocks) < 2:
        return np.zeros(len(sums), np.bool_)
    means = np.add.reduceat(sums, blocks) / weights[:, None]
    labels = KMeans(2, n_init=10, random_state=0).fit_predict(means, sample_weight=weights)
    return np.repeat(labels > 0, np.diff(np.append(blocks, len(sums))))


def _improved(split: BoolArray, *, sums: Array, frames: Indices, price: Array) -> tuple[float, BoolArray]:
    """Evidence of a split (nats, up to a constant) and the split, after improving it until it stays."""
    dimensions = sums.shape[1]
    evidence = -np.inf
    for _ in range(_ITERATIONS):
        preference = np.zeros(len(split))
        evidence = -float(price[1:][split[1:] != split[:-1]].sum())
        for own, sign in ((split, 1), (~split, -1)):
            total = FRAME_WEIGHT * sums[own].sum(axis=0)
            precision = FRAME_WEIGHT * float(frames[own].sum()) + OFFSET_PRECISION
            offset = total / precision
            evidence += 0.5 * float((total**2).sum() / precision - dimensions * np.log(precision / OFFSET_PRECISION))
            preference += sign * FRAME_WEIGHT * (sums @ offset - 0.5 * frames * float((offset**2).sum() + dimensions / precision))
        better = cheapest_split(preference, price=price)
        if np.array_equal(better, split):
            break
        split = better
    return evidence, split
