"""What one person does after the other: nods at the ends of phrases, smiles at smiles, each beside chance."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.eval.nonverbal.seat_frames import SeatFrames
from dyad.eval.synchrony.surrogates import surrogate_test
from dyad.eval.turn_taking.intervals import MICRO
from dyad.eval.turn_taking.turn_measure import Parameter, TurnMeasure

Array = npt.NDArray[np.float64]


def feedback_measures(seat: SeatFrames, *, seed: int) -> Iterator[TurnMeasure]:
    """Latency of nods to the partner's phrase ends, and how many of the ends are answered."""
    rules = seat.rules
    parameters = {
        **rules.detector("nod"), **rules.named("join_s", "feedback_before_s", "feedback_after_s"),
    }  # fmt: skip
    ends = np.sort(seat.partner_phrases[:, 1]) / MICRO
    nods = seat.of_kind("nod")[:, 0]
    silent = nods[~seat.during(seat.own, nods)]
    latencies = _latencies(silent, ends, before_s=rules.feedback_before_s, after_s=rules.feedback_after_s)
    reason = "" if len(ends) else "the partner never speaks"
    yield from seat.quartiles("feedback_latency", latencies, unit="s", definition="feedback_latency", parameters=parameters, reason=reason)
    yield seat.number(
        "feedback_before_end",
        float((latencies < 0).mean()) if len(latencies) else None,
        unit="share",
        n=len(latencies),
        definition="feedback_latency",
        parameters=parameters,
        reason=reason,
    )

    def taken(onsets: Array) -> float:
        return _answered(ends, onsets, before_s=rules.feedback_before_s, after_s=rules.feedback_after_s)

    run_s = rules.feedback_before_s + rules.feedback_after_s
    yield from _beside_chance(
        seat, "feedback_taken", taken, silent, n=len(ends), run_s=run_s, parameters=parameters, seed=seed, reason=reason
    )


def smile_return_measures(seat: SeatFrames, partner: SeatFrames, *, seed: int) -> Iterator[TurnMeasure]:
    """How many of the partner's smiles are returned, and how soon."""
    rules = seat.rules
    parameters = {**rules.detector("smile"), **rules.named("smile_within_s")}
    theirs, own = partner.of_kind("smile")[:, 0], seat.of_kind("smile")[:, 0]
    unknown = seat.unmeasurable.get("smile", "") or partner.unmeasurable.get("smile", "")
    reason = unknown or ("" if len(theirs) else "the partner never smiles")
    first = np.searchsorted(own, theirs, side="right")  # smiles that begin together return nothing
    follows = first < len(own)
    waits = own[first[follows]] - theirs[follows]
    latencies = waits[waits <= rules.smile_within_s]
    yield from seat.quartiles("smile_return_latency", latencies, unit="s", definition="smile_return", parameters=parameters, reason=reason)

    def returned(onsets: Array) -> float:
        return _answered(theirs, onsets, before_s=-1 / MICRO, after_s=rules.smile_within_s)

    yield from _beside_chance(
        seat, "smile_return", returned, own, n=len(theirs), run_s=rules.smile_within_s, parameters=parameters, seed=seed, reason=reason
    )


def _latencies(onsets: Array, ends: Array, *, before_s: float, after_s: float) -> Array:
    """Each onset minus the end nearest to it, of those within the window."""
    if not len(ends) or not len(onsets):
        return np.empty(0)
    difference = onsets[:, None] - ends[None]
    nearest = difference[np.arange(len(onsets)), np.abs(difference).argmin(axis=1)]
    found: Array = nearest[(nearest >= -before_s - 1e-9) & (nearest <= after_s + 1e-9)]
    return found


def _answered(cues: Array, onsets: Array, *, before_s: float, after_s: float) -> float:
    """Share of the cues with an onset from so long before to so long after."""
    onsets = np.sort(onsets)
    first = np.searchsorted(onsets, cues - before_s - 1e-9, side="left")
    last = np.searchsorted(onsets, cues + after_s + 1e-9, side="right")
    return float((last > first).mean())


def _beside_chance(
    seat: SeatFrames,
    name: str,
    share_of: Callable[[Array], float],
    onsets: Array,
    *,
    n: int,
    run_s: float,
    parameters: Mapping[str, Parameter],
    seed: int,
    reason: str,
) -> Iterator[TurnMeasure]:
    """A share, what circular shifts of the onsets give, and the p-value of the difference."""
    shifts, motion = seat.rules.shifts, seat.motion
    definition = "smile_return" if name == "smile_return" else "feedback_taken"
    parameters = {**parameters, "shift_count": shifts.count, "shift_least_s": shifts.least_s, "seed": seed}

    def figure(suffix: str, value: float | None, *, unit: str, count: int, why: str) -> TurnMeasure:
        return seat.number(f"{name}_{suffix}", value, unit=unit, n=count, definition=definition, parameters=parameters, reason=why)

    share = None if reason else share_of(onsets)
    yield figure("share", share, unit="share", count=n, why=reason)
    why = reason or ("" if len(onsets) else "none to shift")
    test = None
    if not why and share is not None:
        try:
            drawn = shifts.draw(len(motion), rate_hz=motion.frame_rate_hz, seed=seed, beyond_s=run_s)
        except InputError as error:
            why = f"{error.what}: {error.got}; needed: {error.expected}"
        else:
            start, length = motion.start_frame / motion.frame_rate_hz, motion.duration_s
            surrogates = [share_of(start + (onsets - start + shift / motion.frame_rate_hz) % length) for shift in drawn]
            weight = shifts.weight(len(drawn), samples=len(motion), rate_hz=motion.frame_rate_hz, run_s=run_s)
            test = surrogate_test(share, surrogates, kind="circular_shift", weight=weight)
    count = test.n if test else 0
    yield figure("chance", test.mean if test else None, unit="share", count=count, why=why)
    yield figure("z", test.z if test else None, unit="z", count=count, why=why)
    yield figure("p", test.p_value if test else None, unit="p", count=count, why=why)
