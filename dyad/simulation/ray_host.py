"""Each agent in its own Ray actor.

An actor hands back its state with every motion (the state is explicit and small), so the driver can bring a dead one back: a new actor
gets the last state and the same percept, and the recording is bit-identical to an undisturbed run.
"""

import os
from collections.abc import Mapping
from typing import Any

import ray
from ray.exceptions import (
    ActorUnschedulableError,
    GetTimeoutError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayActorError,
    RayTaskError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from dyad.cluster import connect, first_line
from dyad.contracts import AgentSpec
from dyad.errors import AgentError, DyadError
from dyad.percept import Percept
from dyad.seat import Seat
from dyad.simulation.host import Booking, Lodger, Outcome, too_slow

START_TIMEOUT_S = 120.0
RESTARTS = 5
# Ways in which Ray says that a process is gone, or cannot be.
DEATHS = (RayActorError, ActorUnschedulableError, NodeDiedError, ObjectLostError, OutOfMemoryError)


class _AgentActor:
    """One agent in its own process."""

    def settle(self, booking: Booking, state: tuple[object] | None) -> AgentSpec:
        """Build the agent, here rather than in the constructor, whose errors Ray would wrap beyond recognition."""
        self._lodger = Lodger(booking)
        if state is not None:
            (self._lodger.state,) = state
        return self._lodger.spec

    def process_id(self) -> int:
        return os.getpid()

    def step(self, percept: Percept) -> tuple[Outcome, object]:
        outcome = self._lodger.step(percept)
        return outcome, self._lodger.state


class RayHost:
    """Two actors; percepts are submitted to both, then both answers are awaited once.

    Args:
        bookings: one a seat.
        address: a running cluster to join; None starts a private one and ends it on ``close``.
        step_timeout_s: longest a step may take.
        restarts: how often dead actors are brought back in one run.

    Raises:
        InputError: the cluster cannot be reached, or an agent cannot be built.
    """

    def __init__(
        self, bookings: Mapping[Seat, Booking], *, address: str | None = None, step_timeout_s: float = 60.0, restarts: int = RESTARTS
    ) -> None:
        """Start or join Ray and build both agents."""
        self._bookings = dict(bookings)
        self._step_timeout_s = step_timeout_s
        self._restarts_left = restarts
        self._states: dict[Seat, tuple[object] | None] = dict.fromkeys(bookings)
        self._owns_cluster = connect(address)
        self._actors: dict[Seat, Any] = {}
        self._submitted: dict[Seat, tuple[Percept, Any]] = {}
        try:
            settling = {seat: self._settle(seat, _machine(seat)) for seat in bookings}  # both start up side by side
            self._specs: dict[Seat, AgentSpec] = {seat: self._started(seat, reference) for seat, reference in settling.items()}
        except BaseException:
            self.close()
            raise

    def specs(self) -> Mapping[Seat, AgentSpec]:
        """The specs of both agents."""
        return self._specs

    def process_ids(self) -> dict[Seat, int]:
        """Operating-system process of each actor."""
        return {seat: int(ray.get(actor.process_id.remote())) for seat, actor in self._actors.items()}

    def submit(self, percepts: Mapping[Seat, Percept]) -> None:
        """Submit to both; they start at once, side by side."""
        self._submitted = {seat: (percept, self._actors[seat].step.remote(percept)) for seat, percept in percepts.items()}

    def collect(self) -> Mapping[Seat, Outcome]:
        """Await both; an actor that died is restarted from its last state and asked again."""
        return {seat: self._await(seat, percept, reference) for seat, (percept, reference) in self._submitted.items()}

    def close(self) -> None:
        """End the actors, and the cluster if it is ours."""
        for actor in self._actors.values():
            ray.kill(actor)
        self._actors.clear()
        if self._owns_cluster:
            ray.shutdown()

    def _settle(self, seat: Seat, place: Any = "SPREAD") -> Any:
        # num_cpus=0: the two agents share whatever cores there are instead of waiting for a free one (and Ray then gives each process one
        # numeric thread). Restarting is ours, not Ray's, because only the driver knows the last state.
        as_actor = ray.remote(num_cpus=0, max_restarts=0, max_task_retries=0, scheduling_strategy=place)
        self._actors[seat] = as_actor(_AgentActor).remote()
        return self._actors[seat].settle.remote(self._bookings[seat], self._states[seat])

    def _started(self, seat: Seat, reference: Any) -> AgentSpec:
        try:
            spec: AgentSpec = _answer(reference, timeout_s=START_TIMEOUT_S)
        except (GetTimeoutError, *DEATHS) as error:
            raise AgentError(
                self._bookings[seat].name,
                expected=f"an actor that starts within {START_TIMEOUT_S:g} s",
                got=first_line(error),
                cure="Free memory or processor, or use --backend inline.",
            ) from None
        return spec

    def _await(self, seat: Seat, percept: Percept, reference: Any) -> Outcome:
        outcome: Outcome
        while True:
            try:
                outcome, state = _answer(reference, timeout_s=self._step_timeout_s)
            except GetTimeoutError:
                raise too_slow(self._bookings[seat], percept, self._step_timeout_s) from None
            except RayTaskError as error:  # what an agent raises arrives as an AgentError; this is an answer that cannot be sent
                raise AgentError(
                    f"{self._bookings[seat].name}, frame {percept.start_frame}",
                    expected="a motion and a state that can be sent between processes",
                    got=str(error).splitlines()[-1],
                    cure="Keep locks, files and other handles out of the state.",
                ) from None
            except DEATHS as error:
                if self._restarts_left == 0:
                    raise AgentError(
                        f"{self._bookings[seat].name}, frame {percept.start_frame}",
                        expected="an actor that stays alive",
                        got=f"it died again and again ({first_line(error)})",
                        cure="Look for memory shortage or a crash in the agent's native code.",
                    ) from None
                self._restarts_left -= 1
                ray.kill(self._actors[seat])  # a process that only became unreachable must not live on beside its successor
                self._started(seat, self._settle(seat))
                reference = self._actors[seat].step.remote(percept)
                continue
            self._states[seat] = (state,)
            return outcome


def _machine(seat: Seat) -> NodeAffinitySchedulingStrategy:
    """Where an agent starts: each on a machine of its own, where the cluster has several (Ray's own SPREAD only tends to)."""
    machines = sorted(node["NodeID"] for node in ray.nodes() if node["Alive"])
    return NodeAffinitySchedulingStrategy(machines[seat % len(machines)], soft=False)


def _answer(reference: Any, *, timeout_s: float) -> Any:
    """The value of a remote call; errors dyad raised over there arrive as themselves."""
    try:
        return ray.get(reference, timeout=timeout_s)
    except RayTaskError as error:
        if isinstance(error.cause, DyadError):
            raise error.cause from None
        raise
