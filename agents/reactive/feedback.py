"""Listener feedback: when to nod, smile, raise the brows or tilt the head while the partner speaks.

Cues invite (phrase ends, regions of low pitch: Ward & Tsukahara 2000); a budget decides. Feedback is due at the person's own rate per
minute of the partner's speech, so it stays human whether a recording offers many cues or few.
"""

import math
from dataclasses import dataclass

import numpy as np

from dyad.agents.reactive.floor import FloorState, Moment
from dyad.agents.reactive.gestures import Gesture
from dyad.agents.reactive.style import Mirroring, Nods

CUE_SLOPE = 5.0  # steepness with which a cue is taken as feedback falls due; chosen: how much there is follows from the rate


@dataclass
class FeedbackState:
    """How much feedback is due, and when it may come."""

    due: float = 0.35  # nods owed to the partner; some are due soon after the start
    ready_s: float = 0.0  # no new feedback before this
    since_cue_s: float = 0.0  # partner's speech since the last cue


class Listener:
    """Plans feedback.

    Args:
        nods: rates and shapes.
        mirroring: how smiles look.
        dt: seconds a frame.
    """

    def __init__(self, nods: Nods, mirroring: Mirroring, *, dt: float) -> None:
        """Remember the style."""
        self._nods = nods
        self._mirroring = mirroring
        self._dt = dt
        self._cycle_edges = np.cumsum(nods.cycle_shares).tolist()

    def attend(
        self, time_s: float, moment: Moment, *, floor: FloorState, rate: float, size: float, state: FeedbackState, rng: np.random.Generator
    ) -> list[Gesture]:
        """Gestures that are decided in this frame; updates ``state`` in place.

        Args:
            time_s: time of the frame.
            moment: cues of the frame.
            floor: who speaks.
            rate: this person's factor on the rate.
            size: this person's factor on sizes.
            state: of the listener.
            rng: dice; rolled at cues only.
        """
        if floor.own_active or not floor.partner_active:
            state.since_cue_s = 0.0
        else:
            state.due += self._nods.per_minute * rate / 60.0 * self._dt
            state.since_cue_s += self._dt
        delay = self._opportunity(moment, state, rng)
        if delay is None or floor.own_active or time_s < state.ready_s or self._nods.per_minute <= 0.0:
            return []
        if float(rng.random()) > 1.0 / (1.0 + math.exp(-CUE_SLOPE * (state.due - 0.3))):
            return []
        return self.respond(time_s + delay, size=size, state=state, rng=rng)

    def respond(self, start_s: float, *, size: float, state: FeedbackState, rng: np.random.Generator) -> list[Gesture]:
        """A nod, at times with company; takes it off the budget."""
        nods = self._nods
        nod = self.nod(start_s, size=size, rng=rng)
        state.due -= 1.0
        state.since_cue_s = 0.0
        state.ready_s = nod.stop_s + float(rng.uniform(*nods.refractory_s)) - 0.4
        gestures = [nod]
        if float(rng.random()) < nods.smile_share:
            gestures.append(
                Gesture("smile", start_s - 0.1, self._mirroring.smile_s * float(rng.uniform(0.7, 1.3)), 0.7 * self._mirroring.smile_weight)
            )
        if float(rng.random()) < nods.brow_share:
            gestures.append(Gesture("brow", start_s, float(rng.uniform(0.7, 1.3)), float(rng.uniform(0.25, 0.5))))
        if float(rng.random()) < nods.tilt_share:
            side = 1.0 if float(rng.random()) < 0.5 else -1.0
            gestures.append(Gesture("tilt", start_s + 0.2, nods.tilt_s * float(rng.uniform(0.8, 1.4)), side * nods.tilt_deg * size))
        return gestures

    def give_way(self, time_s: float, gestures: list[Gesture], state: FeedbackState) -> None:
        """Own speech begins: nods not yet seen for the better part are dropped and stay due. A nod past its middle fades by itself."""
        unseen = [gesture for gesture in gestures if gesture.kind == "nod" and time_s < gesture.start_s + 0.5 * gesture.seconds]
        for gesture in unseen:
            state.due += 1.0
            if gesture.start_s > time_s:
                gestures.remove(gesture)

    def nod(self, start_s: float, *, size: float, rng: np.random.Generator) -> Gesture:
        """A nod with cycles, length and depth drawn from the style."""
        nods = self._nods
        roll = float(rng.random()) * self._cycle_edges[-1]
        cycles = 1 + sum(roll > edge for edge in self._cycle_edges[:-1])
        depth = nods.amplitude_deg * size * math.exp(nods.amplitude_spread * float(rng.standard_normal()))
        seconds = nods.seconds_by_cycles[cycles - 1] * math.exp(0.10 * float(rng.standard_normal()))
        return Gesture("nod", start_s, seconds, depth * (1.12 if cycles > 1 else 1.0), cycles=cycles, fade=nods.declination)

    def _opportunity(self, moment: Moment, state: FeedbackState, rng: np.random.Generator) -> float | None:
        """Delay to the feedback that a cue invites; None without a cue."""
        if moment.phrase_end or moment.stop_foreseen:
            return float(rng.uniform(*self._nods.phrase_end_delay_s))
        if moment.low_pitch:
            return float(rng.uniform(*self._nods.cue_delay_s))
        if state.since_cue_s > self._nods.patience_s:
            state.since_cue_s = 0.5 * self._nods.patience_s
            return float(rng.uniform(*self._nods.cue_delay_s))
        return None
