"""Drives one agent by hand, tick by tick, as the loop would."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import numpy as np

from dyad.clock import Tick
from dyad.contracts import Agent, Place
from dyad.conversation import Conversation
from dyad.motion import Motion, join
from dyad.percept import Percept
from dyad.registry import AgentRecipe, build_agent
from dyad.seat import Seat
from dyad.simulation.ears import Ears
from tests.tiny_dualtalk import tiny_options


def recorded_motion(seat: Seat, *, frames: int, frame_rate_hz: float = 25.0) -> Motion:
    """Lively motion of any length, for ``replay`` and as a partner to look at."""
    rng = np.random.default_rng(11 + seat)
    time_s = np.arange(frames) / frame_rate_hz
    wave = np.sin(2 * np.pi * time_s[:, None] * rng.uniform(0.2, 1.5, 52))
    return Motion(
        seat=seat,
        frame_rate_hz=frame_rate_hz,
        expression=(0.5 + 0.5 * wave).astype(np.float32),
        head_rotation=(0.12 * wave[:, :3]).astype(np.float32),
        gaze=np.repeat(0.3 * wave[:, None, 3:5], 2, axis=1).astype(np.float32),
    )


def build(name: str, *, seat: Seat = Seat.A, frame_rate_hz: float = 25.0) -> Agent[Any]:
    recorded = recorded_motion(seat, frames=2000, frame_rate_hz=frame_rate_hz)
    options = tiny_options() if name == "dualtalk" else {}  # it needs a checkpoint
    return build_agent(AgentRecipe(agent=name, options=options), Place(seat=seat, frame_rate_hz=frame_rate_hz, recorded=recorded))


def percepts(
    agent: Agent[Any], conversation: Conversation, *, chunks: Sequence[int], frames: int, seat: Seat = Seat.A, partner: Motion | None = None
) -> Iterator[Percept]:
    """The percepts of one seat, with ticks of the given lengths in turn."""
    clock = conversation.clock(agent.spec.frame_rate_hz)
    ears = Ears(conversation, clock=clock, specs={seat: agent.spec}, total=clock.frames_covering(conversation.samples))
    start, before = 0, 0
    for index, chunk in enumerate(cycle(chunks)):
        if start >= frames:
            return
        tick = Tick(index=index, start_frame=start, frames=min(chunk, frames - start))
        seen = partner.slice(before, start) if partner is not None and start else None
        yield ears.listen(seat, tick, partner_motion=seen)
        before, start = start, tick.stop_frame


def drive(
    agent: Agent[Any],
    conversation: Conversation,
    *,
    chunks: Sequence[int] = (5,),
    frames: int = 250,
    seed: int = 3,
    seat: Seat = Seat.A,
    partner: Motion | None = None,
) -> Motion:
    state = agent.initial_state(seed=seed)
    made = []
    for percept in percepts(agent, conversation, chunks=chunks, frames=frames, seat=seat, partner=partner):
        motion, state = agent.step(percept, state)
        made.append(motion)
    return join(made)


def same(first: Motion, second: Motion) -> bool:
    """Bit for bit."""
    names = ("expression", "head_rotation", "head_translation", "jaw_rotation", "gaze", "valid")
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in names)
