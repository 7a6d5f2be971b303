"""The published scores of one clip."""

import numpy as np
import numpy.typing as npt

from dyad.dualtalk_layout import GROUPS
from dyad.eval.dualtalk.clip_rows import Rows, same_length
from dyad.eval.dualtalk.clusters import CLUSTERS, cluster_entropy
from dyad.eval.dualtalk.coefficients import diversity, mean_squared_error, residual_correlation, step_distance, variance
from dyad.eval.dualtalk.frechet import frechet_distance

LEAST_FRAMES = max(CLUSTERS.values())


def score_clip(prediction: npt.ArrayLike, truth: npt.ArrayLike, partner_truth: npt.ArrayLike) -> dict[str, float]:
    """Score one side of one clip as the DualTalk benchmark does.

    All three arrays are first cut to the shortest. Values are raw: ``dyad.eval.dualtalk.published.in_published_scaling`` multiplies them
    as the published tables do. These scores alone let a frozen or a shuffled face look good: print those of
    ``dyad.eval.dualtalk.aligned`` beside them.

    Args:
        prediction: (T, 56) predicted motion: expression, jaw, neck (``dyad.dualtalk_layout``).
        truth: (T, 56) recorded motion of the same person.
        partner_truth: (T, 56) recorded motion of the partner.

    Returns:
        ``fd``, ``p_fd``, ``mse``, ``sid`` (clusters of the truth, histogram of the prediction), ``sid_published`` (clusters of the
        prediction, histogram of the truth: the published script swaps its arguments), ``rpcc``, ``sts``, ``diversity`` and ``variance``
        (both of the prediction), each with ``_exp``, ``_jaw`` and ``_pose`` added. Definitions: ``dyad.eval.dualtalk.measures``.

    Raises:
        InputError: another shape, fewer than 40 frames, or values that are not finite.
    """
    arrays = same_length({"prediction": prediction, "truth": truth, "partner's truth": partner_truth}, least_frames=LEAST_FRAMES)
    scores: dict[str, float] = {}
    for group, channels in GROUPS.items():
        own, recorded, partner = (array[:, channels] for array in arrays)
        scores |= {
            f"{name}_{group}": value for name, value in _score_group(own, recorded, partner_truth=partner, clusters=CLUSTERS[group]).items()
        }
    return scores


def _score_group(prediction: Rows, truth: Rows, *, partner_truth: Rows, clusters: int) -> dict[str, float]:
    return {
        "fd": frechet_distance(prediction, truth),
        "p_fd": frechet_distance(np.concatenate([partner_truth, prediction], axis=1), np.concatenate([partner_truth, truth], axis=1)),
        "mse": mean_squared_error(prediction, truth),
        "sid": cluster_entropy(truth, prediction, clusters=clusters),
        "sid_published": cluster_entropy(prediction, truth, clusters=clusters),
        "rpcc": residual_correlation(prediction, truth, partner_truth=partner_truth),
        "sts": step_distance(prediction, truth),
        "diversity": diversity(prediction),
        "variance": variance(prediction),
    }
