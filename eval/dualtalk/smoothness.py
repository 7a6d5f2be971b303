"""Smoothness of motion."""

import numpy as np
import numpy.typing as npt

from dyad.dualtalk_layout import FRAME_RATE_HZ, GROUPS
from dyad.eval.dualtalk.coefficients import about_mean

Frames = npt.NDArray[np.floating]

TREMOR_FROM_HZ = 8.0
"""Faces and heads move below; fits of 25 fps video and frame-wise predictors tremble above (proposal)."""


def score_smoothness(rows: Frames) -> dict[str, float | None]:
    """``jerk`` and ``jitter`` of (T, 56) rows at 25 fps, by group. Definitions: ``dyad.eval.dualtalk.measures``."""
    scores: dict[str, float | None] = {}
    for group, channels in GROUPS.items():
        scores[f"jerk_{group}"] = jerk(rows[:, channels])
        scores[f"jitter_{group}"] = jitter(rows[:, channels])
    return scores


def jerk(frames: Frames) -> float:
    """Mean length of the third difference, in units of the channels a second cubed."""
    return float(np.linalg.norm(np.diff(frames.astype(np.float64), n=3, axis=0), axis=1).mean() * FRAME_RATE_HZ**3)


def jitter(frames: Frames) -> float:
    """Share of the motion's power above 8 Hz (about each channel's mean, Hann window); 0 for what does not move."""
    moved = about_mean(frames)
    power = np.sum(np.abs(np.fft.rfft(moved * np.hanning(len(moved))[:, None], axis=0)) ** 2, axis=1)
    if len(moved) % 2 == 0:
        power[-1] /= 2  # half the frame rate has no twin among the negative frequencies, which all others stand for too
    fast = np.fft.rfftfreq(len(moved), 1 / FRAME_RATE_HZ) > TREMOR_FROM_HZ
    total = float(power[1:].sum())
    return float(power[fast].sum()) / total if total > 0 else 0.0
