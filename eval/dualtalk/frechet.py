"""The Fréchet distance between two clouds of frames."""

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.eval.dualtalk.threads import one_thread

Array = npt.NDArray[np.float64]


def frechet_distance(first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]) -> float:
    """Fréchet distance between the Gaussians fitted to two sets of frames, in squared units of the channels.

    ``|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½)`` with means m and covariances C of n - 1 degrees of freedom (Heusel et al., 2017; Dowson and
    Landau, 1982). The trace of the root is taken as the sum of the singular values of ``R1 R2ᵀ``, where ``C = Rᵀ R`` comes from a QR
    decomposition of the frames. That is the same number, but exists for every pair of covariances, rank-deficient ones too (a frozen
    face; fewer frames than channels; P-FD of a prediction that copies the partner), and does not lose half of the digits. So the 1e-6
    that the published script adds where SciPy's matrix square root fails is never needed.

    Args:
        first: (T, D).
        second: (T', D).

    Returns:
        At least 0.

    Raises:
        InputError: fewer than two frames, other channels, or values that are not finite.
    """
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1] or min(len(first), len(second)) < 2:
        raise InputError(
            "Fréchet distance", expected="two arrays (T, D) of at least 2 frames with the same D",
            got=f"shapes {first.shape} and {second.shape}", cure="Check the axes.",
        )  # fmt: skip
    one, other = first.astype(np.float64), second.astype(np.float64)
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise InputError("Fréchet distance", expected="finite values", got="NaN or infinity", cure="Repair the motion.")
    apart = one.mean(axis=0) - other.mean(axis=0)
    with one_thread():
        roots = [_covariance_root(frames) for frames in (one, other)]
        spread = sum(float(np.sum(root * root)) for root in roots)
        shared = float(np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum())
    return max(0.0, float(apart @ apart) + spread - 2 * shared)


def _covariance_root(frames: Array) -> Array:
    """R of the covariance ``Rᵀ R``, (min(T, D), D)."""
    centred = (frames - frames.mean(axis=0)) / np.sqrt(len(frames) - 1)
    return np.asarray(np.linalg.qr(centred, mode="r"))
