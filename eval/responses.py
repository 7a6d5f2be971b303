"""What one person does after the other did something, beyond what would come at that moment anyway.

A response counts if it begins within a window after its trigger. How many would do so by chance is the mean over all circular shifts of the
responses against the triggers, which is exact: a response that is equally likely at any time falls into a window with the share of the time
that the windows cover. What is given is answered triggers a minute above that chance: 0 for someone who acts alone, and for someone whose
partner gives no cause.

=====================  ===================  ==================  ===================================================================
name                   the partner's        the own             window after it
=====================  ===================  ==================  ===================================================================
``smile_answers``      onset of a smile     onset of a smile    0.5 to 2.5 s: studies of smile events
``nod_answers``        onset of a nod       onset of a nod      0.3 to 1.8 s: followers lag 0.6 s behind (Hale 2020), in nods of
                                                                0.9 s and more
``blink_answers``      onset of a blink     onset of a blink    0.2 to 0.8 s: 0.25 to 0.5 s (Nakano & Kitazawa 2010), and some more
=====================  ===================  ==================  ===================================================================

Answers to the partner's *speech* are in ``dyad.eval.nonverbal``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyad.eval.events import detect_events, unmeasurable_kinds
from dyad.eval.seat_view import Recorded
from dyad.eval.turn_taking.turn_measure import TurnMeasure
from dyad.motion import Motion
from dyad.seat import Seat

SHORTEST_LAG_S, LONGEST_LAG_S = 0.2, 3.0
"""Lags that ``response_lag`` looks at: nobody answers what they see within a fifth of a second; what two people do sooner than that after
each other, they do at the same turn (proposal)."""
LAG_STEP_S = 0.04
LAG_WIDTH_S = 0.15
"""Standard deviation of the Gaussian by which onsets near a lag count towards it (proposal: events are timed to about that)."""
FEWEST_FOR_LAG = 5
"""Triggers and responses below which a lag says nothing."""

_SOURCE = "dyad.eval.responses"
Times = npt.NDArray[np.float64]
_Pair = tuple[Times, Times]  # triggers, responses


@dataclass(frozen=True, kw_only=True)
class ResponseRule:
    """One row of the table above.

    Args:
        kind: of the partner's events, and of the own.
        first_s: start of the window after the partner's onset.
        last_s: its end.
    """

    kind: str
    first_s: float
    last_s: float


RESPONSES: dict[str, ResponseRule] = {
    "smile_answers": ResponseRule(kind="smile", first_s=0.5, last_s=2.5),
    "nod_answers": ResponseRule(kind="nod", first_s=0.3, last_s=1.8),
    "blink_answers": ResponseRule(kind="blink", first_s=0.2, last_s=0.8),
}


def measure_responses(recording: Recorded) -> list[TurnMeasure]:
    """How often each seat answers what the partner's head does, and how soon.

    For each row and seat: ``NAME_above_chance`` (a minute) and ``NAME_lag`` (seconds, see ``response_lag``); the lag of both together, too.
    Where the partner gives no cause, the first is 0 and the other has no value; where the motion of one cannot show such events, neither
    has.

    Args:
        recording: motion of both seats, and sound, which tells how long it lasts.
    """
    duration_s = recording.audio.shape[1] / recording.sample_rate_hz
    onsets = {seat: _onsets(motion) for seat, motion in recording.motion.items()}
    rows: list[TurnMeasure] = []
    for name, rule in RESPONSES.items():
        known = {seat: own for seat in Seat if (own := onsets.get(seat, {}).get(rule.kind)) is not None}
        pairs = {seat: (known[seat.partner], known[seat]) for seat in Seat if len(known) == len(Seat)}
        for seat in sorted(onsets):
            rows += _rows(name, rule, seat, pairs.get(seat), duration_s=duration_s)
        rows.append(_lag_row(name, rule, None, list(pairs.values()), duration_s=duration_s))
    return rows


def answered(triggers: Times, responses: Times, *, first_s: float, last_s: float, duration_s: float) -> tuple[int, float]:
    """How many triggers are answered within the window, and how many would be by chance.

    By chance: each response, moved round the circle of the recording, and all of them together by the same time; the mean over all times.

    Args:
        triggers: seconds.
        responses: seconds.
        first_s: start of the window after a trigger.
        last_s: its end.
        duration_s: length of the recording.
    """
    if not len(triggers) or not len(responses):
        return 0, 0.0
    found = np.searchsorted(responses, triggers + last_s, side="right") - np.searchsorted(responses, triggers + first_s, side="left")
    return int(np.count_nonzero(found > 0)), len(triggers) * _covered(responses, width_s=last_s - first_s, duration_s=duration_s)


def _covered(responses: Times, *, width_s: float, duration_s: float) -> float:
    """Share of all moments at which a window of this width, on the circle, holds a response."""
    gaps = np.diff(responses, append=responses[0] + duration_s)
    return float(np.minimum(gaps, width_s).sum() / duration_s)


def _onsets(motion: Motion) -> dict[str, Times]:
    """Onsets in order, by kind; kinds that the motion cannot show are left out."""
    hidden = unmeasurable_kinds(motion)
    events = detect_events(motion)
    kinds = {rule.kind for rule in RESPONSES.values()} - set(hidden)
    return {kind: np.array([event.start_s for event in events if event.kind == kind], np.float64) for kind in kinds}


def _rows(name: str, rule: ResponseRule, seat: Seat, pair: _Pair | None, *, duration_s: float) -> Iterator[TurnMeasure]:
    above: float | None = None
    if pair is not None:
        hits, chance = answered(*pair, first_s=rule.first_s, last_s=rule.last_s, duration_s=duration_s)
        above = 60 * (hits - chance) / duration_s
    yield TurnMeasure(
        name=f"{name}_above_chance",
        seat=seat.name,
        value=above,
        unit="1/min",
        n=0 if pair is None else len(pair[0]),
        definition=name,
        parameters={"first_s": rule.first_s, "last_s": rule.last_s},
        source=_SOURCE,
    )
    yield _lag_row(name, rule, seat.name, [] if pair is None else [pair], duration_s=duration_s)


def _lag_row(name: str, rule: ResponseRule, seat: str | None, pairs: Sequence[_Pair], *, duration_s: float) -> TurnMeasure:
    return TurnMeasure(
        name=f"{name}_lag",
        seat=seat,
        value=response_lag(pairs) if duration_s > LONGEST_LAG_S else None,
        unit="s",
        n=sum(len(triggers) for triggers, _ in pairs),
        definition=name,
        parameters={"shortest_s": SHORTEST_LAG_S, "longest_s": LONGEST_LAG_S, "width_s": LAG_WIDTH_S},
        source=_SOURCE,
    )


def response_lag(pairs: Sequence[_Pair]) -> float | None:
    """The time after a trigger about which responses begin most often, ``SHORTEST_LAG_S`` to ``LONGEST_LAG_S``; None if there are few.

    Each trigger with each response that begins ``SHORTEST_LAG_S`` after it or later counts by a Gaussian about the lag.

    Args:
        pairs: triggers and responses, seconds; those of several people together tell a lag better than each alone.
    """
    if not pairs or min(sum(map(len, side)) for side in zip(*pairs, strict=True)) < FEWEST_FOR_LAG:
        return None
    apart = np.concatenate([(responses[None, :] - triggers[:, None]).ravel() for triggers, responses in pairs])
    near = apart[(apart >= SHORTEST_LAG_S) & (apart < LONGEST_LAG_S + 4 * LAG_WIDTH_S)]
    lags = np.arange(round(SHORTEST_LAG_S / LAG_STEP_S), round(LONGEST_LAG_S / LAG_STEP_S) + 1) * LAG_STEP_S
    weight = np.exp(-0.5 * ((near[:, None] - lags[None, :]) / LAG_WIDTH_S) ** 2).sum(axis=0)
    return float(lags[int(np.argmax(weight))]) if len(near) else None
