"""Head beats and brow raises on the accents of the own voice."""

import math
from dataclasses import dataclass

import numpy as np

from dyad.agents.reactive.gestures import Gesture
from dyad.agents.reactive.hearing import Heard
from dyad.agents.reactive.style import Talking

PITCH_MEMORY_S = 4.0  # a speaker's pitch register is followed this slowly
ACCENT_LEVEL = 0.62  # loudness within the own range; chosen
ACCENT_SEMITONES = 1.0  # above the register; chosen: the smallest pitch movement heard as prominent is 1–2 semitones ('t Hart 1981)


@dataclass
class AccentState:
    """The register so far, and when the next beat may come."""

    register_octaves: float = 0.0
    voiced_s: float = 0.0
    ready_s: float = 0.0
    prominent: bool = False


class Accents:
    """Finds prominent syllables (loud and high) and marks some of them.

    Args:
        style: of the speaker.
        dt: seconds a frame.
    """

    def __init__(self, style: Talking, *, dt: float) -> None:
        """Remember the style."""
        self._style = style
        self._dt = dt

    def mark(self, time_s: float, own: Heard, *, size: float, state: AccentState, rng: np.random.Generator) -> list[Gesture]:
        """Gestures for the frame heard; updates ``state`` in place. The voice is heard ahead, so the head starts before the sound."""
        if own.pitch_hz <= 0.0:
            state.prominent = False
            return []
        octaves = math.log2(own.pitch_hz)
        state.voiced_s += self._dt
        state.register_octaves += self._dt / min(state.voiced_s, PITCH_MEMORY_S) * (octaves - state.register_octaves)
        prominent = own.level > ACCENT_LEVEL and 12.0 * (octaves - state.register_octaves) > ACCENT_SEMITONES
        begins, state.prominent = prominent and not state.prominent, prominent
        style = self._style
        if not begins or time_s < state.ready_s or style.beats_per_minute <= 0.0:
            return []
        pause_s = 60.0 / style.beats_per_minute
        state.ready_s = time_s + pause_s * (0.25 + 0.5 * float(rng.exponential()))
        side = 1.0 if float(rng.random()) < 0.5 else -1.0
        seconds = style.beat_s * float(rng.uniform(0.8, 1.5))
        depth = style.beat_deg * size * float(rng.uniform(0.6, 1.4))
        gestures = [Gesture("beat", time_s, seconds, depth, yaw=side * float(rng.uniform(0.5, 1.0)), roll=float(rng.uniform(-0.6, 0.6)))]
        if float(rng.random()) < style.brow_share:
            gestures.append(Gesture("brow", time_s, seconds + 0.25, style.brow_raise * float(rng.uniform(0.6, 1.3))))
        return gestures
