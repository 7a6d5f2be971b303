"""Scores that order in time decides: a frozen face and a shuffled one both fail them.

They stand beside the published ones in every table, because those reward standing still (MSE, STS) or the right pile of frames in any order
(FD, SID).
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from dyad.dualtalk_layout import FRAME_RATE_HZ, GROUPS
from dyad.eval.dualtalk.frechet import frechet_distance
from dyad.eval.dualtalk.strokes import head_stroke_skill, jaw_stroke_skill
from dyad.eval.dualtalk.voices import ClipVoices
from dyad.eval.speech_energy import lagged_correlation

Frames = npt.NDArray[np.floating]
Array = npt.NDArray[np.float64]

VOICE_LAG_FRAMES = 5
"""Lips are sought up to 0.2 s before and after the sound: in one public clip the motion leads the sound by 3 frames."""
LEAST_VOICED_FRAMES = 50
"""Clips with less than 2 s of own voice say nothing about lips (proposal)."""
WINDOW_FRAMES, WINDOW_STEP_FRAMES = 50, 25
"""2 s and 1 s, as in windowed lagged cross-correlation of head motion (Boker et al., 2002)."""
WINDOW_LAG_FRAMES = 12
"""Just under half a second to both sides."""


def score_alignment(prediction: Frames, truth: Frames, *, voices: ClipVoices) -> dict[str, float | None]:
    """Score how one side of one clip moves in time with its own voice and with the truth.

    Args:
        prediction: (T, 56) at 25 fps.
        truth: (T, 56).
        voices: of the same frames.

    Returns:
        ``lip_voice_r``, ``lip_voice_lag_ms``; ``window_r``, ``window_peak_r``, ``window_lag_ms`` and ``velocity_fd`` by group;
        ``jaw_stroke_skill``, ``head_stroke_skill``. None where the clip has too little to say. Definitions:
        ``dyad.eval.dualtalk.measures``.
    """
    scores: dict[str, float | None] = dict(_voice_scores(prediction, voices))
    for group, channels in GROUPS.items():
        own, recorded = prediction[:, channels], truth[:, channels]
        scores |= {f"{name}_{group}": value for name, value in _window_scores(own, recorded).items()}
        scores[f"velocity_fd_{group}"] = frechet_distance(_velocity(own), _velocity(recorded))
    scores["jaw_stroke_skill"] = jaw_stroke_skill(prediction, truth)
    scores["head_stroke_skill"] = head_stroke_skill(prediction, truth)
    return scores


def jaw_opening_curve(rows: Frames) -> Array:
    """Rotation of the jaw about x, (T,), rad, > 0 opens: of rows of 56 in ``flame50`` and ``arkit50`` alike."""
    return rows[:, GROUPS["jaw"].start].astype(np.float64)


def _voice_scores(prediction: Frames, voices: ClipVoices) -> Mapping[str, float | None]:
    """Over all frames, pauses too. A jaw that does not move follows nothing: r = 0, and no lag."""
    everywhere = np.ones(len(prediction), np.bool_)
    if np.count_nonzero(voices.own) < LEAST_VOICED_FRAMES:
        return {"lip_voice_r": None, "lip_voice_lag_ms": None}
    jaw = jaw_opening_curve(prediction)
    lags = range(-VOICE_LAG_FRAMES, VOICE_LAG_FRAMES + 1)
    by_lag = {lag: lagged_correlation(jaw, voices.own_db, where=everywhere, lag_frames=lag) for lag in lags}
    defined = {lag: r for lag, r in by_lag.items() if r is not None}
    if not defined:
        return {"lip_voice_r": 0.0, "lip_voice_lag_ms": None}
    best = max(defined, key=lambda lag: (defined[lag], -abs(lag)))
    return {"lip_voice_r": defined[best], "lip_voice_lag_ms": 1000 * best / FRAME_RATE_HZ}


def _window_scores(prediction: Frames, truth: Frames) -> dict[str, float | None]:
    curve = windowed_correlation(prediction, truth)
    if curve is None:
        return dict.fromkeys(("window_r", "window_peak_r", "window_lag_ms"))
    peak = int(np.argmax(curve))
    lag_ms = 1000 * (peak - WINDOW_LAG_FRAMES) / FRAME_RATE_HZ
    return {
        "window_r": float(curve[WINDOW_LAG_FRAMES]),
        "window_peak_r": float(curve[peak]),
        "window_lag_ms": lag_ms if curve[peak] > 0 else None,
    }


def windowed_correlation(prediction: Frames, truth: Frames) -> Array | None:
    """Correlation with the truth by lag: windows of 2 s each second, averaged **before** a peak is sought, so that chance makes no peak.

    In each window every channel loses its mean, and one r is taken over all channels together, so channels weigh by how much they move.
    A window in which the prediction stands still counts as 0; one in which the truth does is left out.

    Args:
        prediction: (T, D).
        truth: (T, D).

    Returns:
        (25,) for lags of -12 to 12 frames, > 0 where the prediction follows the truth; None for clips of under 3 s or a still truth.
    """
    last = len(truth) - WINDOW_FRAMES - WINDOW_LAG_FRAMES
    if last < WINDOW_LAG_FRAMES:
        return None
    starts = np.arange(WINDOW_LAG_FRAMES, last + 1, WINDOW_STEP_FRAMES)
    recorded = _windows(truth, starts)
    recorded_size = np.sqrt(np.sum(recorded**2, axis=(1, 2)))
    moving = recorded_size > 0
    if not moving.any():
        return None
    curve = np.zeros(2 * WINDOW_LAG_FRAMES + 1)
    for index, lag in enumerate(range(-WINDOW_LAG_FRAMES, WINDOW_LAG_FRAMES + 1)):
        own = _windows(prediction, starts + lag)
        size = np.sqrt(np.sum(own**2, axis=(1, 2))) * recorded_size
        together = np.sum(own * recorded, axis=(1, 2))
        curve[index] = np.mean(np.divide(together, size, out=np.zeros_like(size), where=size > 0)[moving])
    return curve


def _windows(frames: Frames, starts: npt.NDArray[np.int64]) -> Array:
    """(windows, 50, D), each channel of each window about its mean; exactly 0 where a channel stands still."""
    cut = frames[starts[:, None] + np.arange(WINDOW_FRAMES)].astype(np.float64)
    cut -= cut[:, :1].copy()
    centred: Array = cut - cut.mean(axis=1, keepdims=True)
    return centred


def _velocity(frames: Frames) -> Array:
    """Change a second."""
    return np.diff(frames.astype(np.float64), axis=0) * FRAME_RATE_HZ
