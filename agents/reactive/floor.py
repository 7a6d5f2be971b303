"""Who has the floor, and the moments at which the partner invites feedback.

Talking and listening are not modes: both are levels between 0 and 1 that blend.
"""

import math
from dataclasses import dataclass, field

from dyad.agents.reactive.hearing import Heard
from dyad.agents.reactive.style import Nods, Talking

PITCH_BINS = 31  # of a running pitch histogram: a semitone each from 70 to 400 Hz
SEMITONE = 12.0


@dataclass
class FloorState:
    """Levels and clocks of one agent."""

    talk: float = 0.0
    listen: float = 0.0
    own_active: bool = False
    own_run_s: float = 0.0  # length of the own speech stretch that is running, or the silence since (negative)
    partner_active: bool = False
    partner_run_s: float = 0.0
    partner_spoke_s: float = 0.0  # the partner's speech since its last long silence
    pitch_counts: list[float] = field(default_factory=lambda: [0.0] * PITCH_BINS)
    low_pitch_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What happened on the floor in one frame."""

    own_onset: bool
    own_offset: bool
    phrase_end: bool  # the partner's speech stretch ended
    low_pitch: bool  # the partner's pitch has been low for long enough (Ward & Tsukahara 2000)
    stop_foreseen: bool = False  # the partner is expected to fall silent soon
    turn_foreseen: bool = False  # an own turn is expected soon


class Floor:
    """Follows both voices.

    Args:
        talking: blend times.
        nods: the cue rule.
        dt: seconds a frame.
    """

    def __init__(self, *, talking: Talking, nods: Nods, dt: float) -> None:
        """Work out the blend steps."""
        self._nods = nods
        self._dt = dt
        self._attack = 1 - math.exp(-dt / (0.5 * talking.attack_s))
        self._release = 1 - math.exp(-dt / (0.5 * talking.release_s))

    def follow(self, own: Heard, partner: Heard, state: FloorState) -> Moment:
        """Advance one frame; updates ``state`` in place."""
        own_onset, own_offset = own.active and not state.own_active, state.own_active and not own.active
        phrase_end = state.partner_active and not partner.active and state.partner_spoke_s >= self._nods.speech_before_s
        state.own_run_s = self._run(state.own_run_s, own.active, state.own_active)
        state.partner_run_s = self._run(state.partner_run_s, partner.active, state.partner_active)
        state.own_active, state.partner_active = own.active, partner.active
        state.talk = self._blend(state.talk, 1.0 if own.active else 0.0)
        # Listening needs a partner who speaks; between turns it fades slowly, so that the attitude of a listener outlasts pauses.
        wanted = (1.0 - state.talk) * (1.0 if partner.active else 0.75 * state.listen)
        state.listen = self._blend(state.listen, wanted)
        return Moment(own_onset=own_onset, own_offset=own_offset, phrase_end=phrase_end, low_pitch=self._low_pitch(partner, state))

    def _run(self, run_s: float, active: bool, was_active: bool) -> float:
        if active != was_active:
            return self._dt if active else -self._dt
        return run_s + (self._dt if active else -self._dt)

    def _blend(self, value: float, wanted: float) -> float:
        return value + (self._attack if wanted > value else self._release) * (wanted - value)

    def _low_pitch(self, partner: Heard, state: FloorState) -> bool:
        """True in the one frame in which a region of low pitch becomes long enough."""
        if not partner.active:
            if state.partner_run_s < -1.0:  # a long silence: what came before is another stretch of speech
                state.partner_spoke_s = 0.0
            state.low_pitch_s = 0.0
            return False
        state.partner_spoke_s += self._dt
        if partner.pitch_hz <= 0:
            return False
        place = min(PITCH_BINS - 1, max(0, int(SEMITONE * math.log2(partner.pitch_hz / 70.0))))
        total = sum(state.pitch_counts)
        below = sum(state.pitch_counts[:place]) + 0.5 * state.pitch_counts[place]
        state.pitch_counts = [count * 0.999 for count in state.pitch_counts]  # a voice is remembered for about a thousand frames
        state.pitch_counts[place] += 1.0
        low = total > 15 and below < self._nods.low_pitch_percentile / 100 * total
        before = state.low_pitch_s
        state.low_pitch_s = before + self._dt if low else 0.0
        long_enough = before < self._nods.low_pitch_s <= state.low_pitch_s
        return long_enough and state.partner_spoke_s >= self._nods.speech_before_s


def merge(moments: list[Moment]) -> Moment:
    """Several frames' moments as one."""
    return Moment(
        own_onset=any(moment.own_onset for moment in moments),
        own_offset=any(moment.own_offset for moment in moments),
        phrase_end=any(moment.phrase_end for moment in moments),
        low_pitch=any(moment.low_pitch for moment in moments),
        stop_foreseen=any(moment.stop_foreseen for moment in moments),
        turn_foreseen=any(moment.turn_foreseen for moment in moments),
    )
