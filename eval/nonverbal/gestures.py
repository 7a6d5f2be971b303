"""How often, how long and how large: nods, shakes, tilts, blinks, smiles, looks away; and how fast the head moves."""

from collections.abc import Iterator

import numpy as np

from dyad.eval.events import EVENT_KINDS
from dyad.eval.head_pose import head_speed
from dyad.eval.nonverbal.seat_frames import SeatFrames
from dyad.eval.turn_taking.turn_measure import TurnMeasure

PLURALS = {"nod": "nods", "shake": "shakes", "tilt": "tilts", "blink": "blinks", "smile": "smiles", "brow_raise": "brow_raises"}
SIZE_UNITS = {"nod": "°", "shake": "°", "tilt": "°", "gaze_away": "°"}
VISUAL = ("nod", "smile", "brow_raise")


def gesture_measures(seat: SeatFrames) -> Iterator[TurnMeasure]:
    """Rates, lengths and sizes of every kind of event."""
    for kind in EVENT_KINDS:
        yield from _kind_measures(seat, kind)
    yield _long_blinks(seat)
    yield _visual_backchannels(seat)


def _kind_measures(seat: SeatFrames, kind: str) -> Iterator[TurnMeasure]:
    found, reason, parameters = seat.of_kind(kind), seat.unmeasurable.get(kind, ""), seat.rules.detector(kind)
    for state, where in seat.states.items():
        seconds = seat.seconds(where)
        # Short losses of tracking are bridged by the detectors, so an event's middle may lie in one: overall, every event counts.
        count = int(seat.during(where, found[:, :2].mean(axis=1)).sum()) if state else len(found)
        yield seat.number(
            f"{PLURALS.get(kind, kind)}{state}_rate",
            60 * count / seconds if seconds else None,
            unit="1/min",
            n=count,
            definition="gesture_rate",
            parameters={**parameters, **seat.rules.named("least_rate_s")},
            reason=reason or seat.too_short(where, rate=True),
        )
    lengths, sizes = found[:, 1] - found[:, 0], found[:, 2]
    yield from seat.quartiles(f"{kind}_length", lengths, unit="s", definition="gesture_length", parameters=parameters, reason=reason)
    unit = SIZE_UNITS.get(kind, "weight")
    yield from seat.quartiles(f"{kind}_size", sizes, unit=unit, definition="gesture_size", parameters=parameters, reason=reason)


def _long_blinks(seat: SeatFrames) -> TurnMeasure:
    # A closure beyond the detector's longest blink is no blink of either kind.
    found = seat.of_kind("blink")
    listening = found[seat.during(seat.states["_listening"], found[:, :2].mean(axis=1))]
    long = listening[:, 1] - listening[:, 0] > seat.rules.long_blink_s + 1e-9
    return seat.number(
        "long_blinks_listening",
        float(long.mean()) if len(long) else None,
        unit="share",
        n=len(long),
        definition="long_blinks",
        parameters={**seat.rules.detector("blink"), **seat.rules.named("long_blink_s")},
        reason=seat.unmeasurable.get("blink", ""),
    )


def _visual_backchannels(seat: SeatFrames) -> TurnMeasure:
    """Whatever of them the motion can show: a basis without the face's channels leaves the nods."""
    kinds = [kind for kind in VISUAL if kind not in seat.unmeasurable]
    middles = np.concatenate([seat.of_kind(kind)[:, :2].mean(axis=1) for kind in kinds])
    listening = seat.states["_listening"]
    count, seconds = int(seat.during(listening, middles).sum()), seat.seconds(listening)
    return seat.number(
        "visual_backchannels_rate",
        60 * count / seconds if seconds else None,
        unit="1/min",
        n=count,
        definition="visual",
        parameters={"kinds": ", ".join(kinds), **seat.rules.named("least_rate_s")},
        reason=seat.too_short(listening, rate=True),
    )


def head_speed_measures(seat: SeatFrames) -> Iterator[TurnMeasure]:
    """Median angular speed speaking and listening, and their ratio."""
    speed = head_speed(seat.motion)
    parameters = seat.rules.named("least_s")
    medians: dict[str, float | None] = {}
    shortest = len(seat.motion)
    reasons: list[str] = []
    for state in ("_speaking", "_listening"):
        where = seat.states[state]
        steps = where[:-1] & where[1:]
        count = int(steps.sum())
        reason = seat.too_short(where)
        medians[state] = float(np.median(speed[steps])) if steps.any() and not reason else None
        shortest = min(shortest, count)
        reasons.append(reason)
        yield seat.number(
            f"head_speed{state}",
            medians[state],
            unit="°/s",
            n=int(steps.sum()),
            definition="head_speed",
            parameters=parameters,
            reason=reason,
        )
    speaking, listening = medians["_speaking"], medians["_listening"]
    still = "the head is still while listening" if listening == 0 else ""
    ratio = speaking / listening if speaking is not None and listening else None
    reason = next(filter(None, [*reasons, still]), "")
    yield seat.number("head_speed_ratio", ratio, unit="ratio", n=shortest, definition="head_speed", parameters=parameters, reason=reason)
