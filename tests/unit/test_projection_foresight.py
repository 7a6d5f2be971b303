"""The reactive agent that acts on what the projection expects: the contracts hold, and it acts before the partner stops."""

import pickle

import numpy as np
import pytest
from pyannote.core import Annotation, Segment

from dyad.agents.reactive import Reactive
from dyad.agents.reactive.foresight import Foresight
from dyad.agents.reactive.style import Anticipation
from dyad.clock import FrameClock
from dyad.contracts import Place
from dyad.conversation import Conversation, Provenance
from dyad.motion import join
from dyad.seat import Seat
from tests.driving import drive, percepts, same

SECONDS = 12
BOTH = Anticipation(feedback=True, gaze=True, stop_chance=0.1, turn_chance=0.2)


def conversation() -> Conversation:
    turns = Annotation()
    for label, start, end in (("B", 0.5, 3.5), ("B", 4.0, 6.5), ("A", 6.9, 8.4), ("B", 8.8, 11.5)):
        turns[Segment(start, end)] = label
    sound = np.random.default_rng(0).uniform(-0.1, 0.1, (2, SECONDS * 16_000)).astype(np.float32)
    return Conversation(id="made", audio=sound, diarization=turns, provenance=Provenance(source="made"))


def agent(anticipation: Anticipation = BOTH, *, frame_rate_hz: float = 25.0) -> Reactive:
    return Reactive(Place(seat=Seat.A, frame_rate_hz=frame_rate_hz), anticipation=anticipation)


def test_what_is_foreseen_does_not_depend_on_ticks() -> None:
    first = drive(agent(), conversation(), chunks=(1, 7, 3), frames=120)
    assert same(first, drive(agent(), conversation(), chunks=(10,), frames=120))
    assert not same(first, drive(agent(Anticipation()), conversation(), frames=120))


def test_a_saved_state_resumes_exactly() -> None:
    whole = drive(agent(), conversation(), chunks=(10,), frames=100)
    host = agent()
    state, made = host.initial_state(seed=3), []
    for percept in percepts(host, conversation(), chunks=(10,), frames=100):
        kept = pickle.dumps(state)
        motion, after = host.step(percept, state)
        assert pickle.dumps(state) == kept
        state = pickle.loads(pickle.dumps(after))
        host = agent()
        made.append(motion)
    assert same(whole, join(made))


@pytest.mark.parametrize("frame_rate_hz", [24.0, 25.0, 29.97, 50.0, 60.0])
def test_the_projection_keeps_its_own_pace(frame_rate_hz: float) -> None:
    clock = FrameClock(frame_rate_hz=frame_rate_hz)
    foresight = Foresight(BOTH, clock)
    state = foresight.initial_state()
    for frame in range(100):
        foresight.follow(frame, own_active=False, partner_active=frame > 20, state=state)
        assert 0 <= state.projection.frame / 50 - clock.seconds(frame + 1) < 0.02


def test_each_thing_is_foreseen_once() -> None:
    clock = FrameClock(frame_rate_hz=25.0)
    foresight = Foresight(Anticipation(feedback=True, gaze=True, stop_chance=0.0, turn_chance=0.0), clock)
    state = foresight.initial_state()
    speech = [10 <= frame < 60 or 70 <= frame < 120 for frame in range(150)]
    told = [foresight.follow(frame, own_active=frame > 130, partner_active=active, state=state) for frame, active in enumerate(speech)]
    stops = [frame for frame, found in enumerate(told) if found.partner_stops]
    assert stops == [27, 87]  # in the first frame at which a stretch has lasted 0.7 s
    assert [frame for frame, found in enumerate(told) if found.own_turn] == [0]  # again only after own speech
