"""The published scores of one group of channels, each a pure function of (T, D) arrays.

Source of the definitions: the DualTalk evaluation script (Peng et al., CVPR 2025, arXiv 2505.18096), in our own words and code.
"""

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError

Frames = npt.NDArray[np.floating]

STS_STEP = 0.1  # the published script's time step; its clips run at 0.04 s a frame
DIVERSITY_PAIRS = 100


def mean_squared_error(prediction: Frames, truth: Frames) -> float:
    """Mean over frames and channels of the squared difference; lower is better."""
    _same_shape(prediction, truth)
    return float(np.mean((prediction.astype(np.float64) - truth) ** 2))


def step_distance(prediction: Frames, truth: Frames) -> float:
    """STS: root of the summed squared differences between the steps of prediction and truth, over 0.1; lower is better.

    Not divided by the length: it grows with the root of the clip's duration.
    """
    _same_shape(prediction, truth)
    steps = np.diff(prediction.astype(np.float64), axis=0) - np.diff(truth.astype(np.float64), axis=0)
    return float(np.sqrt(np.sum(steps**2) / STS_STEP))


def pearson(first: Frames, second: Frames) -> float:
    """Pearson's r of two arrays, flattened; 0 where either is constant, because nothing varies together with it."""
    _same_shape(first, second)
    one, other = first.astype(np.float64).ravel(), second.astype(np.float64).ravel()
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    one, other = one - one.mean(), other - other.mean()
    return float(np.clip((one @ other) / np.sqrt((one @ one) * (other @ other)), -1, 1))


def residual_correlation(prediction: Frames, truth: Frames, *, partner_truth: Frames) -> float:
    """RPCC: |r(truth, partner's truth) - r(prediction, partner's truth)| over flattened arrays; lower is better."""
    return abs(pearson(truth, partner_truth) - pearson(prediction, partner_truth))


def about_mean(frames: Frames) -> npt.NDArray[np.float64]:
    """(T, D) about each channel's mean, float64; exactly 0 where a channel stands still, which rounding of the mean would not leave."""
    moved = frames.astype(np.float64) - frames[:1]
    centred: npt.NDArray[np.float64] = moved - moved.mean(axis=0)
    return centred


def diversity(frames: Frames) -> float:
    """Mean distance of 100 random pairs of frames; each side of the pairs is drawn without replacement, seed 0.

    Clips of fewer frames give as many pairs as they have frames; the published script refuses those of 100 and fewer.
    """
    draw = np.random.default_rng(0)
    pairs = min(DIVERSITY_PAIRS, len(frames))
    first, second = (draw.choice(len(frames), pairs, replace=False) for _ in range(2))
    exact = frames.astype(np.float64)
    return float(np.linalg.norm(exact[first] - exact[second], axis=1).mean())


def variance(frames: Frames) -> float:
    """Mean over channels of the variance over time (n degrees of freedom)."""
    return float(frames.astype(np.float64).var(axis=0).mean())


def _same_shape(first: Frames, second: Frames) -> None:
    if first.shape != second.shape or first.ndim != 2:
        got = f"shapes {first.shape} and {second.shape}"
        raise InputError("scores", expected="two arrays (T, D) of one shape", got=got, cure="Cut them to one length.")
