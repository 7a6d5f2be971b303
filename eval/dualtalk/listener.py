"""Scores of a listener: how a head answers its partner while the partner alone speaks.

After Learning to Listen (Ng et al., CVPR 2022), which compares listener and speaker by correlation, by its peak over time lags, and by
variation. There a value is good where it is near that of real listeners: look at the row of the truth.
"""

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray
from dyad.dualtalk_layout import FRAME_RATE_HZ, GROUPS
from dyad.eval.dualtalk.coefficients import about_mean, pearson, variance
from dyad.eval.speech_energy import lagged_correlation

Frames = npt.NDArray[np.floating]

LEAST_LISTENING_FRAMES = 50
"""Figures over less than 2 s of listening say nothing (proposal)."""
LONGEST_ANSWER_FRAMES = 50
"""Answers are sought up to 2 s after what they answer."""
NAMES = ("listener_pcc", "listener_tlcc", "listener_tlcc_lag_ms", "listener_variation")


def score_listening(own: Frames, partner_truth: Frames, *, listening: BoolArray) -> dict[str, float | None]:
    """Score one side of one clip over the frames in which the partner alone speaks.

    Args:
        own: (T, 56) predicted or recorded motion of the listener, at 25 fps.
        partner_truth: (T, 56) recorded motion of the speaker.
        listening: (T,) the frames.

    Returns:
        ``listener_pcc``, ``listener_tlcc``, ``listener_tlcc_lag_ms`` and ``listener_variation`` by group; None where there is less than
        2 s of listening, or nothing moves. Definitions: ``dyad.eval.dualtalk.measures``.
    """
    if np.count_nonzero(listening) < LEAST_LISTENING_FRAMES:
        return {f"{name}_{group}": None for name in NAMES for group in GROUPS}
    scores: dict[str, float | None] = {}
    for group, channels in GROUPS.items():
        mine, theirs = own[:, channels][listening], partner_truth[:, channels][listening]
        peak, lag = _peak(own[:, channels], partner_truth[:, channels], listening=listening)
        values = (pearson(about_mean(mine), about_mean(theirs)), peak, lag, variance(mine))
        scores |= {f"{name}_{group}": value for name, value in zip(NAMES, values, strict=True)}
    return scores


def _peak(own: Frames, partner: Frames, *, listening: BoolArray) -> tuple[float, float | None]:
    """Largest r, over lags, of how fast both move, and the lag, ms; a listener that does not move answers nothing: 0 and no lag."""
    mine, theirs = _speed(own), _speed(partner)
    lags = range(LONGEST_ANSWER_FRAMES + 1)
    by_lag = {lag: lagged_correlation(mine, theirs, where=listening, lag_frames=lag) for lag in lags}
    defined = {lag: r for lag, r in by_lag.items() if r is not None}
    if not defined:
        return 0.0, None
    best = max(defined, key=lambda lag: (defined[lag], -lag))
    return defined[best], 1000 * best / FRAME_RATE_HZ


def _speed(frames: Frames) -> npt.NDArray[np.float64]:
    """Length of the change a second, (T,); the first frame has that of the second."""
    steps = np.linalg.norm(np.diff(frames.astype(np.float64), axis=0), axis=1) * FRAME_RATE_HZ
    return np.concatenate([steps[:1], steps])
