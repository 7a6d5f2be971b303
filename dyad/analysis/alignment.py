"""How gaze and nods line up with turns: curves over the seconds around the edges of turns and phrases."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dyad.analysis.talk import Motions, Talk
from dyad.eval.events import detect_events
from dyad.eval.nonverbal import NonverbalRules
from dyad.eval.nonverbal.seat_frames import SeatFrames
from dyad.eval.turn_taking import TurnAnalysis
from dyad.eval.turn_taking.intervals import MICRO
from dyad.eval.turn_taking.spans import Floats
from dyad.seat import Seat

GAZE_REACH_S, GAZE_STEP_S = 3.0, 0.1
NOD_EDGES_S = np.round(np.arange(-2.0, 3.01, 0.5), 6)
SHORTEST_TURN_S = 1.5
"""Turns that are long enough to have a start and an end apart, as in the figures of people that the curves are compared with."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Alignment:
    """Curves of both people; NaN where nothing was seen.

    Args:
        lag_s: (n,) time from the edge of an own turn.
        gaze: by "start" or "end" and seat, (n,) share of turns with gaze at the partner; absent where eyes were not recorded.
        turns: own turns of at least 1.5 s, by seat.
        nods: by seat, (bins,) nods a minute at times from the end of the partner's phrase (``NOD_EDGES_S``), all phrases together.
        phrases: the partner's phrases, by seat.
    """

    lag_s: Floats
    gaze: Mapping[tuple[str, Seat], Floats]
    turns: Mapping[Seat, int]
    nods: Mapping[Seat, Floats]
    phrases: Mapping[Seat, int]


def align(talk: Talk, motion: Motions, analysis: TurnAnalysis, *, rules: NonverbalRules) -> Alignment:
    """Curves of one conversation."""
    lags = np.round(np.arange(-GAZE_REACH_S, GAZE_REACH_S + GAZE_STEP_S / 2, GAZE_STEP_S), 6)
    gaze: dict[tuple[str, Seat], Floats] = {}
    turns, nods, phrases = {}, {}, {}
    for seat, own in zip(Seat, motion, strict=True):
        events = detect_events(own, rules=rules.events)
        frames = SeatFrames(motion=own, turns=talk.intervals, events=events, rules=rules)
        spans = analysis.turns[seat] / MICRO
        spans = spans[spans[:, 1] - spans[:, 0] >= SHORTEST_TURN_S]
        turns[seat] = len(spans)
        if "gaze_away" not in frames.unmeasurable:
            gaze["start", seat] = _shares(frames, spans[:, 0], lags)
            gaze["end", seat] = _shares(frames, spans[:, 1], lags)
        ends = frames.partner_phrases[:, 1] / MICRO
        phrases[seat] = len(ends)
        nods[seat] = _rates(frames, ends)
    return Alignment(lag_s=lags, gaze=gaze, turns=turns, nods=nods, phrases=phrases)


def _shares(frames: SeatFrames, edges_s: Floats, lags_s: Floats) -> Floats:
    """Share of the edges at which, so long after them, the gaze is at the partner; of those with a tracked frame there."""
    times = edges_s[:, None] + lags_s
    seen = frames.during(frames.motion.valid, times)
    looking = frames.during(frames.at_partner & frames.motion.valid, times).sum(axis=0)
    counts = seen.sum(axis=0)
    return _over(looking, counts)


def _rates(frames: SeatFrames, ends_s: Floats) -> Floats:
    """Nods a minute in each bin around the ends; time outside the motion does not count."""
    rate_hz = frames.motion.frame_rate_hz
    first, last = frames.motion.start_frame / rate_hz, frames.motion.stop_frame / rate_hz
    onsets = frames.of_kind("nod")[:, 0]
    count = np.histogram((onsets[None] - ends_s[:, None]).ravel(), bins=NOD_EDGES_S)[0]
    edges = np.clip(ends_s[:, None] + NOD_EDGES_S, first, last)
    seconds = np.diff(edges, axis=1).sum(axis=0)
    return _over(60.0 * count, seconds)


def _over(numbers: Floats, bases: Floats) -> Floats:
    """Numbers over their bases; NaN over nothing."""
    return np.asarray(np.divide(numbers, bases, out=np.full(len(numbers), np.nan), where=bases > 0), np.float64)
