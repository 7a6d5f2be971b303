"""How talk is shared as a conversation goes on."""

from dataclasses import dataclass

import numpy as np

from dyad.eval.turn_taking import TurnAnalysis
from dyad.eval.turn_taking.intervals import MICRO
from dyad.eval.turn_taking.spans import Floats, Spans

LONGEST_S = 150.0
"""Windows of 2.5 min every 30 s are ConvoKit's (TalkTimeSharing); shorter conversations get shorter ones, with the same overlap."""
OF_CONVERSATION = 6
STEPS = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class TalkWindows:
    """Talk over sliding windows.

    Args:
        window_s: their length.
        step_s: from one to the next.
        middle_s: (n,) their middles.
        share: (2, n) share of each window in which A and B speak.
    """

    window_s: float
    step_s: float
    middle_s: Floats
    share: Floats


def talk_windows(analysis: TurnAnalysis) -> TalkWindows:
    """Windows of 2.5 min, or a sixth of a shorter conversation, every fifth of their length; none runs past the end."""
    duration_s = analysis.total / MICRO
    window_s = min(LONGEST_S, duration_s / OF_CONVERSATION)
    step_s = window_s / STEPS
    starts: Floats = step_s * np.arange(int(np.floor((duration_s - window_s) / step_s + 1e-9)) + 1, dtype=np.float64)
    share = np.stack([(_spoken(own, starts + window_s) - _spoken(own, starts)) / window_s for own in analysis.speech])
    return TalkWindows(window_s=window_s, step_s=step_s, middle_s=starts + window_s / 2, share=share.clip(0, 1))


def _spoken(spans: Spans, times_s: Floats) -> Floats:
    """Seconds of speech before each time."""
    if not len(spans):
        return np.zeros(len(times_s))
    before = np.concatenate([[0.0], np.cumsum(spans[:, 1] - spans[:, 0]) / MICRO])
    points = np.concatenate([[0.0], spans.ravel() / MICRO])
    reached = np.concatenate([[0.0], np.column_stack([before[:-1], before[1:]]).ravel()])
    return np.asarray(np.interp(times_s, points, reached), np.float64)
