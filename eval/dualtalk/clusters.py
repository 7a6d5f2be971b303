"""SID: how evenly frames spread over clusters of typical faces."""

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.eval.dualtalk.threads import one_thread

if TYPE_CHECKING:
    from sklearn.cluster import KMeans

CLUSTERS = {"exp": 40, "jaw": 10, "pose": 10}
"""Number of clusters by group of channels, as in the published script."""
_EPSILON = 1e-6  # as in the published script


def cluster_entropy(fitted: npt.NDArray[np.floating], counted: npt.NDArray[np.floating], *, clusters: int) -> float:
    """Entropy, in bits, of how ``counted`` frames fall into clusters found in ``fitted`` frames.

    ``-Σ p·log2(p + 1e-6)`` over k-means clusters (k-means++, one start, seed 0); at most ``log2(clusters)``. A face that never changes
    scores ``-log2(1 + 1e-6)``, which is not quite 0.

    Args:
        fitted: (T, D) frames that clusters are sought in.
        counted: (T', D) frames that are counted; of the same precision as ``fitted``.
        clusters: how many.

    Raises:
        InputError: fewer frames to fit than clusters.
    """
    if len(fitted) < clusters:
        expected = f"at least {clusters} frames for {clusters} clusters"
        raise InputError("SID", expected=expected, got=f"{len(fitted)}", cure="Score a longer clip.")
    rows = np.ascontiguousarray(fitted)
    model = _clusters(rows.tobytes(), dtype=rows.dtype.str, shape=rows.shape, clusters=clusters)
    with one_thread():
        labels = model.predict(np.ascontiguousarray(counted))
    share = np.bincount(labels, minlength=clusters) / len(labels)
    return float(-np.sum(share * np.log2(share + _EPSILON)))


@lru_cache(maxsize=8)
def _clusters(content: bytes, *, dtype: str, shape: tuple[int, ...], clusters: int) -> "KMeans":
    """Kept for a while, because all faces that are scored against one truth are counted in its clusters, one group after the other."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    rows = np.frombuffer(content, dtype).reshape(shape)
    with warnings.catch_warnings(), one_thread():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a frozen face has fewer distinct frames than clusters
        return KMeans(n_clusters=clusters, random_state=0, n_init=1).fit(rows)
