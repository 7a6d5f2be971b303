"""Spans of frames: runs of a condition, with hysteresis, joining and a least length."""

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray
from dyad.eval.events.rules import SpanRule

Array = npt.NDArray[np.float64]
Spans = list[tuple[int, int]]


def runs(condition: BoolArray) -> Spans:
    """First frame and first frame after each stretch of True."""
    steps = np.diff(condition.astype(np.int8), prepend=0, append=0)
    return list(zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True))


def joined(spans: Spans, *, gap: float) -> Spans:
    """Spans with those less than ``gap`` frames apart made one."""
    result: Spans = []
    for first, last in spans:
        if result and first - result[-1][1] < gap - 1e-9:
            result[-1] = (result[-1][0], last)
        else:
            result.append((first, last))
    return result


def spans_above(signal: Array, *, frame_rate_hz: float, rule: SpanRule) -> Spans:
    """Where the signal is up, by the rule: at or above ``off``, having reached ``on``, joined, and long enough."""
    reached = [(first, last) for first, last in runs(signal >= rule.off) if signal[first:last].max() >= rule.on]
    shortest = rule.shortest_s * frame_rate_hz - 1e-9
    return [(first, last) for first, last in joined(reached, gap=rule.join_s * frame_rate_hz) if last - first >= shortest]


def tracked_stretches(valid: BoolArray, *, bridge: float) -> Spans:
    """Stretches of valid frames, losses of up to ``bridge`` frames included."""
    return joined(runs(valid), gap=bridge + 1)


def bridged(signal: Array, valid: BoolArray) -> Array:
    """The signal with invalid frames filled in by straight lines (held at the ends)."""
    if valid.all() or not valid.any():
        return signal
    frames = np.arange(len(signal))
    return np.interp(frames, frames[valid], signal[valid])
