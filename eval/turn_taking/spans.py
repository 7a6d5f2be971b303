"""Stretches of time as arrays: int64 (n, 2), start and end in one whole unit (microseconds or frames), in order, disjoint."""

import numpy as np
import numpy.typing as npt

Spans = npt.NDArray[np.int64]
Points = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

EMPTY: Spans = np.empty((0, 2), np.int64)


def joined(spans: Spans, *, shorter_than: int) -> Spans:
    """Stretches in order, those that overlap, touch, or lie **less** than ``shorter_than`` apart (not equal) made one.

    Args:
        spans: (n, 2), any order; may overlap. Those of no length are left out.
        shorter_than: silence that is bridged, in the unit of the spans; 0 or 1 joins only what overlaps or touches.
    """
    kept = spans[spans[:, 1] > spans[:, 0]]
    if not len(kept):
        return EMPTY
    kept = kept[np.argsort(kept[:, 0], kind="stable")]
    reach = np.maximum.accumulate(kept[:, 1])
    opens = np.flatnonzero(np.r_[True, kept[1:, 0] - reach[:-1] >= max(shorter_than, 1)])
    return np.column_stack([kept[opens, 0], reach[np.r_[opens[1:] - 1, len(kept) - 1]]])


def active_at(spans: Spans, points: Points) -> Mask:
    """Whether each point lies in a stretch, its start included and its end not."""
    inside: Mask = np.searchsorted(spans[:, 0], points, side="right") > np.searchsorted(spans[:, 1], points, side="right")
    return inside


def enclosing(spans: Spans, inner: Spans) -> Mask:
    """Whether each inner stretch lies wholly within one of the spans; equal edges count as within."""
    if not len(spans):
        return np.zeros(len(inner), np.bool_)
    last = np.searchsorted(spans[:, 0], inner[:, 0], side="right") - 1
    within: Mask = (last >= 0) & (inner[:, 1] <= spans[np.maximum(last, 0), 1])
    return within


def touched(spans: Spans, others: Spans) -> Mask:
    """Whether each of the others shares any time with one of the spans."""
    shared: Mask = np.searchsorted(spans[:, 0], others[:, 1], side="left") > np.searchsorted(spans[:, 1], others[:, 0], side="right")
    return shared


def lengths(spans: Spans) -> Points:
    """End minus start of each."""
    return spans[:, 1] - spans[:, 0]
