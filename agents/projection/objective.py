"""What is predicted: who will speak when in the next two seconds, as one of 256 classes.

The objective is that of voice activity projection (Ekstedt & Skantze 2022), as published with their code.

The two seconds after a frame are cut into four bins a speaker, short ones first. A bin is on when the speaker is active in at least half of
its frames. The eight bits are one class: the flattened (speaker, bin) table, its first entry the least significant bit.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray, frozen

FRAME_RATE_HZ: Final = 50
BIN_FRAMES: Final = (10, 20, 30, 40)
"""Frames of each bin: 0.2, 0.4, 0.6 and 0.8 s."""
HORIZON_FRAMES: Final = sum(BIN_FRAMES)
CLASSES: Final = 2 ** (2 * len(BIN_FRAMES))
NOW_BINS: Final = slice(0, 2)
"""Bins of ``p_now``: 0 to 0.6 s."""
FUTURE_BINS: Final = slice(2, 4)
"""Bins of ``p_future``: 0.6 to 2.0 s."""

_WEIGHTS: Final = 2 ** np.arange(2 * len(BIN_FRAMES))


@cache
def class_bins() -> BoolArray:
    """The table of each class: bool (256, 2, 4), class by speaker by bin; read-only."""
    bits = np.arange(CLASSES)[:, None] // _WEIGHTS % 2 == 1
    return frozen(bits.reshape(CLASSES, 2, len(BIN_FRAMES)), name="bins", shape=(CLASSES, 2, len(BIN_FRAMES)), dtype=np.bool_)


def class_index(bins: BoolArray) -> npt.NDArray[np.int64]:
    """Class of each table: bool (..., 2, 4) to int64 (...)."""
    flat = bins.reshape(*bins.shape[:-2], len(_WEIGHTS))
    return np.asarray(flat @ _WEIGHTS, dtype=np.int64)


@cache
def swapped_classes() -> npt.NDArray[np.int64]:
    """For each class the one in which the two speakers have changed places: int64 (256,), read-only."""
    return frozen(class_index(class_bins()[:, ::-1]), name="classes", shape=(CLASSES,), dtype=np.int64)


def labels(activity: BoolArray) -> npt.NDArray[np.int64]:
    """Class of every frame whose two seconds are known.

    Args:
        activity: bool (T, 2), voice activity at 50 Hz.

    Returns:
        int64 (T - 100,), none if T is less; entry *t* tells of frames *t* + 1 to *t* + 100.
    """
    frames = max(0, len(activity) - HORIZON_FRAMES)
    counted = np.zeros((len(activity) + 1, 2), np.int64)
    np.cumsum(activity, axis=0, out=counted[1:])
    bins = np.zeros((frames, 2, len(BIN_FRAMES)), bool)
    start = 1
    for index, length in enumerate(BIN_FRAMES):
        active = counted[start + length : start + length + frames] - counted[start : start + frames]
        bins[:, :, index] = 2 * active >= length
        start += length
    return class_index(bins)


def activity_chance(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Chance that each speaker is active in each bin: (..., 256) to float64 (..., 2, 4).

    B's are A's of the mirrored classes, so that swapping the speakers swaps the result to the last bit.
    """
    chances: npt.NDArray[np.float64] = _both_views(probabilities) @ class_bins()[:, 0].astype(np.float64)
    return chances


def speaker_share(chances: npt.NDArray[np.float64], bins: slice) -> npt.NDArray[np.float64]:
    """Expected number of active bins of each speaker among ``bins``, as shares of both speakers' sum.

    With ``NOW_BINS`` and ``FUTURE_BINS`` these are the published ``p_now`` and ``p_future``.

    Args:
        chances: (..., 2, 4), see ``activity_chance``.
        bins: which bins count.

    Returns:
        float64 (..., 2); 0.5 each where nobody is expected to speak at all.
    """
    expected = chances[..., bins].sum(axis=-1)
    total = expected[..., :1] + expected[..., 1:]
    shares: npt.NDArray[np.float64] = np.divide(expected, total, out=np.full_like(expected, 0.5), where=total > 0)
    return shares


def backchannel_chance(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Chance that each speaker says something short while the other has the floor: (..., 256) to float64 (..., 2).

    The classes in which the speaker is active in one of the first three bins but not in the last, and the other is active in the last.
    """
    bins = class_bins()
    short = bins[:, 0, :3].any(axis=1) & ~bins[:, 0, 3] & bins[:, 1, 3]
    chance: npt.NDArray[np.float64] = _both_views(probabilities) @ short.astype(np.float64)
    return chance


def _both_views(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """(..., 256) to (..., 2, 256): as they are, and with the speakers swapped."""
    wide = np.asarray(probabilities, np.float64)
    return np.stack((wide, wide[..., swapped_classes()]), axis=-2)
