"""Lips against voice: motion that leads or lags its sound, runs at another pace, or belongs to the other person."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from dyad.arrays import BoolArray
from dyad.eval.data_faults.finding import Finding
from dyad.eval.data_faults.lengths import FRAME_RATES_HZ
from dyad.eval.mouth import jaw_opening
from dyad.eval.seat_view import LEAST_TIME_S, SeatView, widened
from dyad.eval.speech_energy import lagged_correlation

Array = npt.NDArray[np.float64]

SLOW_S = 1.0
"""Both curves lose their mean over this long, so that syllables count and not who has the turn."""
WIDENED_S = 0.3
"""Frames up to this long beside own speech count too: where a voice begins and ends is what a lag shows best in."""
LONGEST_LAG_S, FURTHEST_LAG_S = 0.4, 2.0
"""Lags to look at; up to the second of them only what is sure counts, since there is more to choose from."""
LEAST_R = 0.25
"""A peak lower than this tells nothing. Seen: 0.34 (a published DualTalk clip), 0.59-0.81 (one captured speaker), 0.76-0.80 (dyad)."""
EARLIEST_S, LATEST_S = -0.06, 0.09
"""Jaws follow the energy of their voice by about a frame: 33 ms at 30 fps in five captured takes, 0 to 20 ms in dyad. What is more than
two frames of 25 fps from there is a shift. (People notice sound early by 45 ms and late by 125 ms, ITU-R BT.1359.)"""
SYLLABLE_LAG_S = 0.2
"""Lags to look at where the question is what follows a voice, and not when."""
SURE_R, SURE_MARGIN, SURE_TIME_S = 0.5, 0.25, 8.0
"""What must be reached, by how much more than as stated, and from how much own speech, to say that motion belongs to another voice or rate.
Jaws moved against their voice by seconds reach 0.46 at the best of all rates with 8 s of speech (90 trials), 0.32 with 15 s."""
SAME_PACE = 0.005
"""Rates nearer than this to what is stated are the same to lips: 24 and 23.976 part by 0.06 s in a minute."""


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
    if jaw is None:
        return []
    near, far = follows_voice(jaw[0], view), follows_voice(jaw[0], view, longest_lag_s=FURTHEST_LAG_S, least_s=SURE_TIME_S)
    peak = far if near is not None and far is not None and far.r >= max(SURE_R, near.r + SURE_MARGIN) else near
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


def wrong_person(view: SeatView) -> list[Finding]:
    """A jaw that goes with the partner's voice and not with its own: the motion files of the two stand in each other's place."""
    jaw = jaw_opening(view.motion)
    if jaw is None:
        return []
    other = replace(view, own=view.partner, partner=view.own, own_db=view.partner_db, partner_db=view.own_db)
    own, partner = (follows_voice(jaw[0], whose, longest_lag_s=SYLLABLE_LAG_S, least_s=SURE_TIME_S) for whose in (view, other))
    if partner is None or partner.r < SURE_R or (own is not None and own.r > partner.r - SURE_MARGIN):
        return []
    says = f"The jaw follows the partner's voice (r {partner.r:.2f}), not its own (r {0.0 if own is None else own.r:.2f})."
    return [
        Finding(
            fault="wrong person",
            where=f"seat {view.motion.seat.name}",
            value=partner.r,
            unit="r",
            limit=SURE_R,
            says=says,
            cure="Exchange the motion files of the two, or their sound.",
        )
    ]


def wrong_pace(view: SeatView) -> list[Finding]:
    """Motion of another rate than it states, cut to the length of its sound so that lengths do not tell: it falls behind or runs ahead."""
    jaw = jaw_opening(view.motion)
    stated_hz = view.motion.frame_rate_hz
    stated = None if jaw is None else follows_voice(jaw[0], view)
    if jaw is None or stated is None or stated.r >= 1 - SURE_MARGIN:
        return []
    peaks = {}
    for rate in FRAME_RATES_HZ:
        at = np.arange(len(jaw[0])) * (rate / stated_hz)
        inside = at <= len(jaw[0]) - 1
        if abs(rate / stated_hz - 1) > SAME_PACE and inside.any():
            peaks[rate] = follows_voice(np.interp(at, np.arange(len(jaw[0])), jaw[0]), view, among=inside, least_s=SURE_TIME_S)
    rate, peak = max(peaks.items(), key=lambda item: -1.0 if item[1] is None else item[1].r, default=(stated_hz, None))
    if peak is None or peak.r < SURE_R or peak.r < stated.r + SURE_MARGIN:
        return []
    return [
        Finding(
            fault="wrong rate",
            where=f"seat {view.motion.seat.name}",
            value=rate,
            unit="fps",
            limit=stated_hz,
            says=f"The jaw follows the voice at {rate:g} frames a second (r {peak.r:.2f}), not at {stated_hz:g} (r {stated.r:.2f}).",
            cure=f"State {rate:g} fps where it was exported, and resample (dyad import --fps).",
        )
    ]


def follows_voice(
    curve: Array,
    view: SeatView,
    *,
    longest_lag_s: float = LONGEST_LAG_S,
    among: BoolArray | None = None,
    least_s: float = LEAST_TIME_S,
) -> Peak | None:
    """The best lag of a curve behind the own voice, either way up to a longest; None with too little own speech.

    Args:
        curve: float64 (T,).
        view: whose voice.
        longest_lag_s: how far to look.
        among: bool (T,), the frames to look at; all tracked ones if None.
        least_s: own speech that it takes.
    """
    rate = view.motion.frame_rate_hz
    tracked = view.motion.valid if among is None else view.motion.valid & among
    if view.seconds(view.own & tracked) < least_s:
        return None
    where = widened(view.own, rate, before_s=WIDENED_S, after_s=WIDENED_S) & tracked
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
