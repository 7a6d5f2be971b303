"""Where people look, and when they look at each other; smiles of one and of both."""

from collections.abc import Iterator, Mapping

import numpy as np

from dyad.arrays import BoolArray
from dyad.eval.events.spans import runs
from dyad.eval.nonverbal.seat_frames import QUARTILES, SeatFrames, measure
from dyad.eval.turn_taking.turn_measure import TurnMeasure
from dyad.seat import Seat


def gaze_measures(seat: SeatFrames) -> Iterator[TurnMeasure]:
    """Shares of gaze at the partner: overall, speaking, listening."""
    for state, where in seat.states.items():
        yield seat.number(
            f"gaze_at_partner{state}",
            float(seat.at_partner[where].mean()) if where.any() else None,
            unit="share",
            n=int(where.sum()),
            definition="gaze_share",
            parameters={**seat.rules.detector("gaze_away"), **seat.rules.named("least_s")},
            reason=seat.unmeasurable.get("gaze_away", "") or seat.too_short(where),
        )


def smile_share(seat: SeatFrames) -> TurnMeasure:
    """Share of the time within a smile."""
    valid = seat.motion.valid
    return seat.number(
        "smile_share",
        float(smiling(seat)[valid].mean()) if valid.any() else None,
        unit="share",
        n=int(valid.sum()),
        definition="smile_share",
        parameters={**seat.rules.detector("smile"), **seat.rules.named("least_s")},
        reason=seat.unmeasurable.get("smile", "") or seat.too_short(valid),
    )


def smiling(seat: SeatFrames) -> BoolArray:
    """Frames within a smile."""
    inside = np.zeros(len(seat.motion), np.bool_)
    for start, end, _ in seat.of_kind("smile"):
        first, last = (round(time * seat.motion.frame_rate_hz) - seat.motion.start_frame for time in (start, end))
        inside[max(first, 0) : max(last, 0)] = True
    return inside


def mutual_measures(seats: Mapping[Seat, SeatFrames]) -> Iterator[TurnMeasure]:
    """Mutual gaze (share, stretches) and shared smiles; of the conversation, so of no seat.

    Both motions must have one frame rate; they are compared over the frames that both have.
    """
    a, b = seats[Seat.A], seats[Seat.B]
    same = a.motion.frame_rate_hz == b.motion.frame_rate_hz
    differ = "" if same else f"frame rates differ: {a.motion.frame_rate_hz:g} and {b.motion.frame_rate_hz:g}"
    first, last = max(a.motion.start_frame, b.motion.start_frame), min(a.motion.stop_frame, b.motion.stop_frame)
    parts = [np.s_[first - seat.motion.start_frame : max(first, last) - seat.motion.start_frame] if same else np.s_[:0] for seat in (a, b)]
    valid = a.motion.valid[parts[0]] & b.motion.valid[parts[1]]
    looking = a.at_partner[parts[0]] & b.at_partner[parts[1]] & valid
    smiles = smiling(a)[parts[0]] & smiling(b)[parts[1]] & valid
    short = differ or a.too_short(valid)
    reasons = {
        kind: next((f"{seat.motion.seat.name}: {seat.unmeasurable[kind]}" for seat in (a, b) if kind in seat.unmeasurable), short)
        for kind in ("gaze_away", "smile")
    }
    gaze, least = a.rules.detector("gaze_away"), a.rules.named("least_s", "mutual_least_s")

    def share(name: str, where: BoolArray, *, kind: str, definition: str) -> TurnMeasure:
        value = float(where[valid].mean()) if valid.any() else None
        parameters = {**a.rules.detector(kind), **least}
        frames = int(valid.sum())
        return measure(name, value, seat=None, unit="share", n=frames, definition=definition, parameters=parameters, reason=reasons[kind])

    yield share("mutual_gaze_share", looking, kind="gaze_away", definition="mutual_gaze")
    lengths = np.array([stop - start for start, stop in runs(looking)], np.float64) / a.motion.frame_rate_hz
    lengths = lengths[lengths >= a.rules.mutual_least_s - 1e-9]
    for suffix, percent in QUARTILES:
        yield measure(
            f"mutual_gaze_length_{suffix}",
            float(np.percentile(lengths, percent)) if len(lengths) else None,
            seat=None,
            unit="s",
            n=len(lengths),
            definition="mutual_gaze",
            parameters={**gaze, **least},
            reason=reasons["gaze_away"],
        )
    yield share("mutual_smile_share", smiles, kind="smile", definition="smile_share")
