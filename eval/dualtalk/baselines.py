"""Simple faces to score beside a model: what they score well in says little about the model."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyad.dualtalk_layout import FRAME_RATE_HZ

Frames = npt.NDArray[np.floating]
Array = npt.NDArray[np.float64]

DELAY_FRAMES = int(0.2 * FRAME_RATE_HZ)


def baseline_rows(truth: Frames, *, seed: int) -> dict[str, Frames]:
    """Faces made of the truth alone, by the name of their row.

    Args:
        truth: (T, 56).
        seed: of the shuffling.

    Returns:
        ``truth`` itself; ``mean pose``, the clip's own mean, held; ``hold``, its first frame, held; ``shuffled``, its own frames in random
        order; ``truth 0.2 s late``, its first frame held in front. All know the answer: they are bounds, not rivals.
    """
    frames = len(truth)
    return {
        "truth": truth,
        "mean pose": np.repeat(truth.mean(axis=0, keepdims=True), frames, axis=0),
        "hold": np.repeat(truth[:1], frames, axis=0),
        "shuffled": np.random.default_rng(seed).permutation(truth),
        "truth 0.2 s late": np.concatenate([np.repeat(truth[:1], DELAY_FRAMES, axis=0), truth])[:frames],
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class RidgeSums:
    """What least squares needs to know of some frames.

    Args:
        features: (F + 1, F + 1) products of features with features, the last of which is 1.
        targets: (F + 1, 56) products of features with motion.
    """

    features: Array
    targets: Array

    def __add__(self, other: "RidgeSums") -> "RidgeSums":
        """Of both sets of frames."""
        return RidgeSums(features=self.features + other.features, targets=self.targets + other.targets)


def ridge_sums(features: Frames, motion: Frames) -> RidgeSums:
    """Sums of one clip: features (T, F) and motion (T, 56)."""
    full = _with_one(features)
    return RidgeSums(features=full.T @ full, targets=full.T @ motion.astype(np.float64))


def fit_ridge(sums: RidgeSums, *, penalty: float) -> Array:
    """Weights (F + 1, 56) of linear regression on standardised features; the last row is the offset.

    Args:
        sums: of the frames to fit.
        penalty: added to the features' variances of 1.
    """
    frames = sums.features[-1, -1]
    mean = sums.features[-1, :-1] / frames
    covariance = sums.features[:-1, :-1] / frames - np.outer(mean, mean)
    deviation = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    target_mean = sums.targets[-1] / frames
    together = (sums.targets[:-1] / frames - np.outer(mean, target_mean)) / deviation[:, None]
    scaled = covariance / np.outer(deviation, deviation) + penalty * np.eye(len(deviation))
    weights = np.linalg.solve(scaled, together) / deviation[:, None]
    return np.concatenate([weights, (target_mean - mean @ weights)[None]])


def apply_ridge(weights: Array, features: Frames) -> Array:
    """Motion (T, 56) of features (T, F)."""
    return _with_one(features) @ weights


def _with_one(features: Frames) -> Array:
    return np.concatenate([features.astype(np.float64), np.ones((len(features), 1))], axis=1)
