"""Scores of lips and upper face on vertices, and of the mouth's timing on any opening curve."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from dyad.arrays import FloatArray
from dyad.errors import InputError
from dyad.eval.dualtalk.coefficients import pearson

Array = npt.NDArray[np.float64]
Points = npt.NDArray[np.floating]

SMOOTHING_FRAMES = 2.0


def lip_vertex_error(prediction: Points, truth: Points) -> tuple[float, float]:
    """LVE: largest distance of any lip vertex, (T, V, 3), averaged over frames.

    Returns:
        In the unit of the vertices, as papers word it; and of the squared distance, as released code computes it.
    """
    worst = np.linalg.norm(prediction.astype(np.float64) - truth, axis=2).max(axis=1)
    return float(worst.mean()), float((worst**2).mean())


def mouth_opening_difference(prediction: Points, truth: Points) -> float:
    """MOD: mean absolute difference of the mouth's opening, (T,) (DiffPoseTalk, Sun et al., 2024)."""
    return float(np.abs(prediction.astype(np.float64) - truth).mean())


def dynamics_deviation(prediction: Points, truth: Points, *, rest: Points) -> tuple[float, float]:
    """FDD: mean over upper-face vertices of the truth's spread over time less the prediction's; > 0 where the prediction moves too little.

    Args:
        prediction: (T, V, 3).
        truth: (T, V, 3).
        rest: (V, 3) the neutral face.

    Returns:
        Of the length of each vertex's way from rest, as papers word it (Xing et al., CodeTalker, 2023); and of its square, as released code
        computes it.
    """
    lengths = [np.linalg.norm(frames.astype(np.float64) - rest, axis=2) for frames in (truth, prediction)]
    plain, squared = ([(way**power).std(axis=0) for way in lengths] for power in (1, 2))
    return float(np.mean(plain[0] - plain[1])), float(np.mean(squared[0] - squared[1]))


def movement_intensity(points: Points) -> float:
    """Root mean square over time of the mean way of the points, (T, V, 3), from frame to frame."""
    ways = np.linalg.norm(np.diff(points.astype(np.float64), axis=0), axis=2).mean(axis=1)
    return float(np.sqrt(np.mean(ways**2)))


def speech_intensity(samples: FloatArray) -> float:
    """Root mean square of a voice."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def intensity_correlation(speech: Sequence[float], lips: Sequence[float], *, people: Sequence[str]) -> tuple[float | None, int]:
    """SLCC: Pearson's r, over clips, of how loud a voice and how lively its lips are, each as a z-score within its person.

    Args:
        speech: intensity of each clip's voice.
        lips: intensity of each clip's lips.
        people: whose clip it is.

    Returns:
        The correlation, None where fewer than three clips count; and how many count. People with one clip, or whose voice or lips never
        differ, do not.
    """
    if not len(speech) == len(lips) == len(people):
        got = f"{len(speech)}, {len(lips)} and {len(people)}"
        raise InputError("SLCC", expected="as many voices as lips and people", got=got, cure="Give one of each for every clip.")
    clips: dict[str, list[int]] = {}
    for index, person in enumerate(people):
        clips.setdefault(person, []).append(index)
    pairs = [_z_scores(np.array([[speech[i], lips[i]] for i in own])) for own in clips.values()]
    counted = np.concatenate([pair for pair in pairs if pair is not None] or [np.zeros((0, 2))])
    return (pearson(counted[:, :1], counted[:, 1:]) if len(counted) > 2 else None), len(counted)


def _z_scores(values: Array) -> Array | None:
    if len(values) < 2 or not (np.ptp(values, axis=0) > 0).all():
        return None
    scores: Array = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    return scores


def temporal_misalignment(prediction: Points, truth: Points) -> float | None:
    """MTM: how far apart in time the mouth opens and closes, frames.

    Both opening curves, (T,), are smoothed (Gaussian, 2 frames) and aligned by derivative dynamic time warping. For each highest or lowest
    point of the truth that the path pairs with a point of the same kind of the prediction, lying between the truth's neighbouring ones, the
    frames between them are averaged.

    Source: Chae-Yeon et al., "Perceptually Accurate 3D Talking Head Generation", CVPR 2025, and its released script.

    Returns:
        None where the path pairs no two such points.
    """
    smooth = [gaussian_filter1d(curve.astype(np.float64), SMOOTHING_FRAMES) for curve in (truth, prediction)]
    wanted, found = (_extremes(curve) for curve in smooth)
    if not (wanted and found):
        return None
    path = _warping_path(*(np.diff(curve, prepend=curve[:1]) for curve in smooth))
    at = sorted(wanted)
    before = dict(zip(at, [0, *at[:-1]], strict=True))
    after = dict(zip(at, [*at[1:], len(truth) - 1], strict=True))
    apart = [
        abs(own - other) for own, other in path if own in wanted and wanted[own] == found.get(other) and before[own] <= other <= after[own]
    ]
    return float(np.mean(apart)) if apart else None


def _extremes(curve: Array) -> Mapping[int, str]:
    return {int(frame): kind for kind, sign in (("high", 1), ("low", -1)) for frame in find_peaks(sign * curve)[0]}


def _warping_path(first: Array, second: Array) -> list[tuple[int, int]]:
    """Cheapest monotone pairing of two curves; computed along anti-diagonals, whose cells do not depend on each other.

    Only the way into each cell is kept, a byte, and the costs of two diagonals: a clip of ten minutes takes 225 MB.
    """
    rows, columns = len(first), len(second)
    ways = np.empty((rows, columns), np.uint8)  # from before in both, in the first only, in the second only
    earlier, last = np.full(rows + 1, np.inf), np.full(rows + 1, np.inf)
    earlier[0] = 0.0
    backwards = second[::-1]
    for diagonal in range(2, rows + columns + 1):
        start, stop = max(1, diagonal - columns), min(rows, diagonal - 1) + 1
        costs = np.stack([earlier[start - 1 : stop - 1], last[start - 1 : stop - 1], last[start:stop]])
        best = np.argmin(costs, axis=0)
        own = np.arange(start - 1, stop - 1)
        ways[own, diagonal - 2 - own] = best
        shift = columns - diagonal + 1
        earlier, last = last, np.full(rows + 1, np.inf)
        last[start:stop] = np.abs(first[start - 1 : stop - 1] - backwards[start - 1 + shift : stop - 1 + shift]) + costs.min(axis=0)
    path, i, j = list[tuple[int, int]](), rows - 1, columns - 1
    while i >= 0 and j >= 0:
        path.append((i, j))
        way = ways[i, j]
        i, j = (i - 1 if way != 2 else i), (j - 1 if way != 1 else j)
    return path[::-1]
