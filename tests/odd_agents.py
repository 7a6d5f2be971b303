"""Agents for tests: one that remembers all it senses, and one that goes wrong in every way an agent can.

They are named as ``tests.odd_agents:Witness``, so they work in any process that has the repository on its path.
"""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dyad.contracts import AgentSpec, Place
from dyad.motion import Motion
from dyad.percept import Percept
from dyad.seat import Seat

WITNESS = f"{__name__}:Witness"
ODD = f"{__name__}:Odd"


def numbered_motion(percept: Percept, *, frame_rate_hz: float) -> Motion:
    """Motion whose head pitch is the frame number in thousandths, different for each seat."""
    numbers = np.arange(percept.start_frame, percept.start_frame + percept.frames) / 1000 + 10 * percept.seat
    rotation = np.zeros((percept.frames, 3), np.float32)
    rotation[:, 0] = numbers
    return Motion(
        seat=percept.seat,
        start_frame=percept.start_frame,
        frame_rate_hz=frame_rate_hz,
        expression=np.zeros((percept.frames, 52), np.float32),
        head_rotation=rotation,
    )


class Witness:
    """Its state is all it ever sensed; its head says which frame it is, so that partners can be told what they saw."""

    def __init__(self, place: Place, *, look_ahead_frames: int = 0, longest_tick_frames: int | None = None) -> None:
        self.spec = AgentSpec(
            frame_rate_hz=place.frame_rate_hz, look_ahead_frames=look_ahead_frames, longest_tick_frames=longest_tick_frames
        )

    def initial_state(self, *, seed: int) -> tuple[Percept, ...]:
        return ()

    def step(self, percept: Percept, state: tuple[Percept, ...]) -> tuple[Motion, tuple[Percept, ...]]:
        return numbered_motion(percept, frame_rate_hz=self.spec.frame_rate_hz), (*state, percept)


class Odd:
    """Behaves until ``at_frame``, then shows its fault. Its state is the number of steps.

    ``die`` ends the process once if ``mark`` names a file (made at the death), else again and again.
    """

    def __init__(self, place: Place, *, fault: str = "none", at_frame: int = 0, seconds: float = 0.2, mark: str = "") -> None:
        self._fault, self._at_frame, self._seconds, self._mark = fault, at_frame, seconds, mark
        self._buffer = np.zeros((250, 52), np.float32)
        self.spec: Any = "25 fps" if fault == "spec" else AgentSpec(frame_rate_hz=place.frame_rate_hz)
        if fault == "look back":
            self.spec = AgentSpec(frame_rate_hz=place.frame_rate_hz, look_ahead_frames=-1)
        if fault == "no spec":
            del self.spec

    def initial_state(self, *, seed: int) -> int:
        if self._fault == "start":
            raise FileNotFoundError("no weights")
        return 0

    def step(self, percept: Percept, state: int) -> Any:
        motion = numbered_motion(percept, frame_rate_hz=self.spec.frame_rate_hz)
        if self._fault == "buffer":  # one buffer for all steps, as fast code likes to
            self._buffer[: percept.frames] = (state % 100) / 100
            return replace(motion, expression=self._buffer[: percept.frames]), state + 1
        if self._fault == "scribble":
            percept.own_audio[:] = 0
        if not percept.start_frame <= self._at_frame < percept.start_frame + percept.frames:
            return motion, state + 1
        return self._go_wrong(percept, motion, state)

    def _go_wrong(self, percept: Percept, motion: Motion, state: int) -> Any:
        match self._fault:
            case "raise":
                raise ZeroDivisionError("a share of nothing")
            case "long words":
                raise ValueError("first line\nsecond line")
            case "frames":
                return motion.slice(motion.start_frame, motion.stop_frame - 1), state
            case "start frame":
                return replace(motion, start_frame=percept.start_frame + 1), state
            case "seat":
                return replace(motion, seat=Seat(percept.seat).partner), state
            case "rate":
                return replace(motion, frame_rate_hz=50.0), state
            case "basis":
                return replace(motion, basis="flame50", expression=np.zeros((len(motion), 50))), state
            case "shape":
                return replace(motion, head_rotation=np.zeros((len(motion), 4))), state
            case "nan":
                return replace(motion, head_rotation=np.full((len(motion), 3), np.nan)), state
            case "array":
                return np.zeros((percept.frames, 52)), state
            case "no tuple":
                return motion
            case "three":
                return motion, state, "and a note"
            case "slow":
                time.sleep(self._seconds)
            case "lock":
                return motion, threading.Lock()
            case "die":
                if not self._mark or not Path(self._mark).exists():
                    Path(self._mark or os.devnull).touch()
                    os._exit(1)
        return motion, state + 1
