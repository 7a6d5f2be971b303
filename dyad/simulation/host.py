"""Where agents live: the contract, and the host that runs them in this process."""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from dyad.contracts import AgentSpec, Place
from dyad.errors import AgentError, InputError
from dyad.motion import ARRAY_FIELDS, Motion
from dyad.percept import Percept
from dyad.registry import AgentRecipe, build_agent
from dyad.seat import Seat


@dataclass(frozen=True, kw_only=True)
class Booking:
    """One agent of a run: what to build, where it sits, and its seed."""

    recipe: AgentRecipe
    place: Place
    seed: int

    @property
    def name(self) -> str:
        """How faults call it."""
        return f"agent {self.recipe.agent} on seat {self.place.seat.name}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A step's result: the motion, and the milliseconds the agent itself took."""

    motion: Motion
    step_ms: float


class Host(Protocol):
    """Runs both agents, one step at a time."""

    def specs(self) -> Mapping[Seat, AgentSpec]:
        """The specs of both agents."""
        ...

    def submit(self, percepts: Mapping[Seat, Percept]) -> None:
        """Hand both agents their percepts; neither sees the other's result."""
        ...

    def collect(self) -> Mapping[Seat, Outcome]:
        """Await what both make of the percepts submitted last."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class Lodger:
    """One agent with its state, in whatever process it lives."""

    def __init__(self, booking: Booking) -> None:
        """Build the agent and its state before the first frame."""
        self._name = booking.name
        self._agent = build_agent(booking.recipe, booking.place)
        self.spec: AgentSpec = _guarded(lambda: self._agent.spec, self._name, "to have a spec of type AgentSpec")
        if not isinstance(self.spec, AgentSpec):
            got = type(self.spec).__name__
            raise AgentError(self._name, expected="to have a spec of type AgentSpec", got=got, cure="Correct the agent.")
        self.state: Any = _guarded(lambda: self._agent.initial_state(seed=booking.seed), self._name, "to give its initial state")

    def step(self, percept: Percept) -> Outcome:
        """One step of the agent, checked.

        Raises:
            AgentError: the agent raised, or what it returned is not the motion asked for.
        """
        start = time.perf_counter()
        moment = f"{self._name}, frame {percept.start_frame}"
        answer = _guarded(lambda: self._agent.step(percept, self.state), moment, "a motion and a state")
        step_ms = (time.perf_counter() - start) * 1e3
        if not (isinstance(answer, tuple) and len(answer) == 2):
            got = f"tuple of {len(answer)}" if isinstance(answer, tuple) else type(answer).__name__
            raise AgentError(moment, expected="step to return (motion, state)", got=got, cure="Correct the agent.")
        motion, state = answer
        _check_motion(motion, percept, self.spec, moment)
        self.state = state
        # A copy, as between processes: an agent that uses its buffers again must not rewrite what it has said.
        kept = replace(motion, **{name: getattr(motion, name).copy() for name in ARRAY_FIELDS})
        return Outcome(motion=kept, step_ms=step_ms)


class InlineHost:
    """Both agents in this process, one after the other.

    Args:
        bookings: one a seat.
        step_timeout_s: longest a step may take. A step cannot be interrupted here; it is refused once it is over.
    """

    def __init__(self, bookings: Mapping[Seat, Booking], *, step_timeout_s: float) -> None:
        """Build both agents."""
        self._bookings = dict(bookings)
        self._lodgers = {seat: Lodger(booking) for seat, booking in bookings.items()}
        self._step_timeout_s = step_timeout_s
        self._percepts: Mapping[Seat, Percept] = {}

    def specs(self) -> Mapping[Seat, AgentSpec]:
        """The specs of both agents."""
        return {seat: lodger.spec for seat, lodger in self._lodgers.items()}

    def submit(self, percepts: Mapping[Seat, Percept]) -> None:
        """Keep the percepts until ``collect``."""
        self._percepts = percepts

    def collect(self) -> Mapping[Seat, Outcome]:
        """Let both agents act, A first; neither sees the other's result."""
        outcomes = {}
        for seat, percept in self._percepts.items():
            outcomes[seat] = self._lodgers[seat].step(percept)
            if outcomes[seat].step_ms > self._step_timeout_s * 1e3:
                raise too_slow(self._bookings[seat], percept, self._step_timeout_s)
        return outcomes

    def close(self) -> None:
        """Nothing to give back."""


def too_slow(booking: Booking, percept: Percept, limit_s: float) -> AgentError:
    """The fault of an agent that outlasts its step time."""
    return AgentError(
        f"{booking.name}, frame {percept.start_frame}",
        expected=f"a step within {limit_s:g} s",
        got="none in that time",
        cure="Make the agent faster, or raise step_timeout_s.",
    )


def _guarded(call: Callable[[], Any], what: str, expected: str) -> Any:
    """Run foreign code; whatever it raises becomes one clear fault."""
    try:
        return call()
    except InputError as error:  # one of our own checks, of the motion it made for example
        raise AgentError(f"{what}: {error.what}", expected=error.expected, got=error.got, cure=error.cure) from error
    except Exception as error:
        # The author of an agent needs the line; unlike the traceback, it survives the way between processes.
        where = traceback.extract_tb(error.__traceback__)[-1]
        words = " ".join(str(error).split())
        got = f"{type(error).__name__}: {words} (in {Path(where.filename).name}, line {where.lineno})"
        raise AgentError(what, expected=expected, got=got, cure="Correct the agent.") from error


def _check_motion(motion: object, percept: Percept, spec: AgentSpec, moment: str) -> None:
    if not isinstance(motion, Motion):
        raise AgentError(moment, expected="a Motion", got=type(motion).__name__, cure="Return dyad.motion.Motion.")
    wanted = (percept.seat, percept.start_frame, percept.frames, spec.basis)
    got = (motion.seat, motion.start_frame, len(motion), motion.basis)
    if wanted != got or not np.isclose(motion.frame_rate_hz, spec.frame_rate_hz):
        raise AgentError(
            moment,
            expected=f"seat {wanted[0].name}, {wanted[2]} frames from {wanted[1]} in {wanted[3]} at {spec.frame_rate_hz:g} fps",
            got=f"seat {got[0].name}, {got[2]} frames from {got[1]} in {got[3]} at {motion.frame_rate_hz:g} fps",
            cure="Generate what the percept asks for.",
        )
