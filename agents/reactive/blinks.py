"""When the lids close, and how far."""

import math
from dataclasses import dataclass, field

import numpy as np

from dyad.agents.reactive.style import Blinks

CLOSING, CLOSED = 0.36, 0.14  # shares of a blink's length: lids close faster than they open (Evinger et al. 1991)


@dataclass
class BlinkState:
    """The clock towards the next blink, and the blink that is running."""

    progress: float = 0.0
    due: float = 1.0
    start_s: float = -10.0
    seconds: float = 0.2
    prompted_s: list[float] = field(default_factory=list)


class Lids:
    """Spontaneous and prompted blinks.

    Args:
        style: rates and lengths.
        dt: seconds a frame.
    """

    def __init__(self, style: Blinks, *, dt: float) -> None:
        """Remember the style."""
        self._style = style
        self._dt = dt

    def initial_state(self, rng: np.random.Generator) -> BlinkState:
        """Somewhere inside an interval."""
        state = BlinkState(due=self._interval(rng))
        state.progress = float(rng.uniform(0.0, 0.8)) * state.due
        return state

    def prompt(self, start_s: float, state: BlinkState) -> None:
        """Ask for a blink at a time."""
        state.prompted_s.append(start_s)

    def close(self, time_s: float, *, talk: float, rate: float, state: BlinkState, rng: np.random.Generator) -> float:
        """Lid closure (0 to 1) of the frame; updates ``state`` in place.

        Args:
            time_s: time of the frame.
            talk: 0 (listening) to 1 (talking).
            rate: this person's factor on the rates.
            state: of the lids.
            rng: dice; rolled only when a blink starts.
        """
        style = self._style
        per_minute = style.listening_per_minute + talk * (style.speaking_per_minute - style.listening_per_minute)
        state.progress += per_minute * rate / 60.0 * self._dt
        prompted = any(start <= time_s for start in state.prompted_s)
        state.prompted_s = [start for start in state.prompted_s if start > time_s]
        # A prompted blink takes the place of the next spontaneous one unless that had just begun to come due: rates stay the person's own.
        if state.progress >= state.due or (prompted and state.progress > 0.5 * state.due):
            state.progress, state.due = 0.0, self._interval(rng)
            state.start_s = time_s
            long = float(rng.random()) < style.long_share * (1.0 - talk)
            state.seconds = (style.long_s if long else style.duration_s) * math.exp(0.12 * float(rng.standard_normal()))
        return _closure((time_s - state.start_s + 0.5 * self._dt) / state.seconds)

    def _interval(self, rng: np.random.Generator) -> float:
        """Log-normal with mean 1."""
        spread = self._style.spread
        return math.exp(spread * float(rng.standard_normal()) - 0.5 * spread**2)


def _closure(share: float) -> float:
    if not 0.0 <= share < 1.0:
        return 0.0
    if share < CLOSING:
        return math.sin(0.5 * math.pi * share / CLOSING) ** 2
    if share < CLOSING + CLOSED:
        return 1.0
    return math.cos(0.5 * math.pi * (share - CLOSING - CLOSED) / (1.0 - CLOSING - CLOSED)) ** 2
