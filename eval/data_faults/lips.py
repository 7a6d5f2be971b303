"""Lips against voice: motion that leads or lags its sound, and the jaw's rotation in the place of the head's."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from dyad.eval.data_faults.finding import Finding
from dyad.eval.mouth import jaw_opening
from dyad.eval.seat_view import LEAST_TIME_S, SeatView, widened
from dyad.eval.speech_energy import lagged_correlation

Array = npt.NDArray[np.float64]

SLOW_S = 1.0
"""Both curves lose their mean over this long, so that syllables count and not who has the turn."""
WIDENED_S = 0.3
"""Frames up to this long beside own speech count too: where a voice begins and ends is what a lag shows best in."""
LONGEST_LAG_S = 0.4
LEAST_R = 0.25
"""A peak lower than this tells nothing. Seen: 0.34 (a published DualTalk clip), 0.59-0.81 (one captured speaker), 0.76-0.80 (dyad)."""
EARLIEST_S, LATEST_S = -0.06, 0.09
"""Jaws follow the energy of their voice by about a frame: 33 ms at 30 fps in five captured takes, 0 to 20 ms in dyad. What is more than
two frames of 25 fps from there is a shift. (People notice sound early by 45 ms and late by 125 ms, ITU-R BT.1359.)"""
SWAP_MARGIN = 0.1
"""The one axis of the neck must follow the voice better than the jaw's by this much to speak for a swap."""
SWAP_LAG_S = 0.2
"""Lags to look at for that: heads nod with stressed words, but later."""
JAW_ASIDE_RAD = 0.15
"""Jaws of published clips turn less than 0.14 rad about y and z; necks turn further than this in most clips."""
ASIDE_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class Peak:
    """Where a curve follows the voice best.

    Args:
        r: Pearson's r there.
        lag_s: the curve's delay behind the sound, seconds; negative where it leads.
    """

    r: float
    lag_s: float


def audio_motion_lag(view: SeatView) -> list[Finding]:
    """Jaw opening against the energy of the own voice: a peak away from where jaws are."""
    jaw = jaw_opening(view.motion)
    peak = None if jaw is None else follows_voice(jaw[0], view)
    if peak is None or peak.r < LEAST_R or EARLIEST_S <= peak.lag_s <= LATEST_S:
        return []
    early = peak.lag_s < 0
    frames = abs(peak.lag_s) * view.motion.frame_rate_hz
    return [
        Finding(
            fault="audio-motion lag",
            where=f"seat {view.motion.seat.name}",
            value=peak.lag_s,
            unit="s",
            limit=EARLIEST_S if early else LATEST_S,
            says=f"The jaw {'leads' if early else 'follows'} the voice by {frames:.1f} frames (r {peak.r:.2f} there).",
            cure=f"Shift the motion {'later' if early else 'earlier'} by {round(frames)} frames, or find where the two lost each other.",
        )
    ]


def rotation_order(view: SeatView) -> list[Finding]:
    """Neck and jaw in each other's place; two published codebases disagree about their order.

    A jaw is a hinge that goes with the voice; a neck turns about all three axes, further, and hardly with the voice. Judged where a jaw
    rotation is there: the head must be more of a hinge, and either follow the voice better or leave the jaw turning too far aside.
    """
    motion = view.motion
    jaw, head = (rotation[motion.valid].astype(np.float64) for rotation in (motion.jaw_rotation, motion.head_rotation))
    if not jaw.any() or off_axis(head) >= off_axis(jaw):
        return []
    aside = float((np.abs(jaw[:, 1:]).max(axis=1) > JAW_ASIDE_RAD).mean())
    if aside >= ASIDE_SHARE:
        return [
            _swapped(view, aside, ASIDE_SHARE, "of the frames", f"The jaw turns aside by more than {JAW_ASIDE_RAD:g} rad, the neck less.")
        ]
    of_jaw, of_head = (
        follows_voice(rotation[:, 0].astype(np.float64), view, longest_lag_s=SWAP_LAG_S)
        for rotation in (motion.jaw_rotation, motion.head_rotation)
    )
    if of_jaw is None or of_head is None or of_head.r < LEAST_R or of_head.r - of_jaw.r < SWAP_MARGIN:
        return []
    says = f"The neck follows the voice (r {of_head.r:.2f}) better than the jaw does (r {of_jaw.r:.2f}), and about one axis."
    return [_swapped(view, of_head.r - of_jaw.r, SWAP_MARGIN, "r", says)]


def _swapped(view: SeatView, value: float, limit: float, unit: str, says: str) -> Finding:
    return Finding(
        fault="wrong rotation order",
        where=f"seat {view.motion.seat.name}",
        value=value,
        limit=limit,
        unit=unit,
        says=says,
        cure="Swap them: pose holds the neck first, then the jaw.",
    )


def off_axis(rotation: Array) -> float:
    """Share of a rotation's movement, rotation vectors (T, 3), that is not about x: 0 for a hinge; 1 where nothing moves."""
    spread = rotation.var(axis=0)
    return math.sqrt(float(spread[1:].sum() / spread.sum())) if spread.any() else 1.0


def follows_voice(curve: Array, view: SeatView, *, longest_lag_s: float = LONGEST_LAG_S) -> Peak | None:
    """The best lag of a curve (T,) behind the own voice, either way up to a longest; None with less than 5 s of own speech."""
    rate = view.motion.frame_rate_hz
    if view.seconds(view.own & view.motion.valid) < LEAST_TIME_S:
        return None
    where = widened(view.own, rate, before_s=WIDENED_S, after_s=WIDENED_S) & view.motion.valid
    window = max(3, int(SLOW_S * rate) | 1)
    fast, loud = (values - uniform_filter1d(values, window) for values in (curve, view.own_db))
    longest = round(longest_lag_s * rate)
    found = [lagged_correlation(fast, loud, where=where, lag_frames=lag) for lag in range(-longest, longest + 1)]
    r = np.array([-1.0 if value is None else value for value in found])
    best = int(r.argmax())
    return Peak(r=float(r[best]), lag_s=(best - longest + _vertex(r, best)) / rate)


def _vertex(values: Array, at: int) -> float:
    """Where the parabola through a maximum and its neighbours peaks, frames from it."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = values[at - 1 : at + 2]
    bend = before - 2 * here + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0
