"""What every agent of the registry promises."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.registry import AGENTS
from dyad.seat import Seat
from tests.driving import build, drive, percepts, recorded_motion, same

NAMES = sorted(AGENTS)
RANDOM = ["reactive"]  # agents whose motion depends on the seed
HEARING = [*RANDOM, "dualtalk"]  # and on the sound
AT_25_FPS = ["dualtalk"]  # agents made for one frame rate


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("chunks", [(1,), (7,), (25,), (3, 1, 13)])
def test_motion_does_not_depend_on_chunking(name: str, chunks: tuple[int, ...], short_call: Conversation) -> None:
    agent = build(name)
    assert same(drive(agent, short_call), drive(agent, short_call, chunks=chunks))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("chunks", [(1,), (7,), (10,)])
def test_what_is_seen_of_the_partner_does_not_depend_on_chunking(name: str, chunks: tuple[int, ...], short_call: Conversation) -> None:
    agent = build(name)
    partner = recorded_motion(Seat.B, frames=300)
    assert same(drive(agent, short_call, partner=partner), drive(agent, short_call, chunks=chunks, partner=partner))


@pytest.mark.parametrize("name", NAMES)
def test_future_is_not_heard_beyond_the_look_ahead(name: str, short_call: Conversation) -> None:
    agent = build(name)
    clock = short_call.clock(agent.spec.frame_rate_hz)
    edited_frame = 103  # inside a tick of five frames, not on its border
    edited = short_call.audio.copy()
    first = clock.sample(edited_frame)
    edited[:, first:] = np.roll(edited[:, first:], 4000, axis=1)[::-1]
    motion, changed = (drive(agent, talk, chunks=(5,)) for talk in (short_call, replace(short_call, audio=edited)))
    safe = edited_frame - agent.spec.look_ahead_frames
    assert same(motion.slice(0, safe), changed.slice(0, safe))
    if name in HEARING:
        assert not same(motion.slice(safe, 250), changed.slice(safe, 250))


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_motion(name: str, short_call: Conversation) -> None:
    assert same(drive(build(name), short_call), drive(build(name), short_call))


@pytest.mark.parametrize("name", RANDOM)
def test_other_seed_other_motion(name: str, short_call: Conversation) -> None:
    first, second = (drive(build(name), short_call, seed=seed) for seed in (1, 2))
    assert not np.array_equal(first.head_rotation, second.head_rotation)


@pytest.mark.parametrize("name", NAMES)
def test_saved_state_resumes_exactly_and_step_leaves_it_alone(name: str, short_call: Conversation) -> None:
    agent = build(name)
    partner = recorded_motion(Seat.B, frames=300)
    whole = drive(agent, short_call, partner=partner)
    state = agent.initial_state(seed=3)
    for percept in percepts(agent, short_call, chunks=(5,), frames=250, partner=partner):
        saved = pickle.dumps(state)
        agent.step(percept, state)  # as if the answer had been lost
        assert pickle.dumps(state) == saved
        motion, state = build(name).step(percept, pickle.loads(saved))
        assert same(motion, whole.slice(percept.start_frame, percept.start_frame + percept.frames))


@pytest.mark.parametrize("name", NAMES)
def test_two_agents_share_nothing(name: str, short_call: Conversation) -> None:
    alone = drive(build(name), short_call)
    agent = build(name)
    states = [agent.initial_state(seed=3), agent.initial_state(seed=99)]
    made = []
    for percept in percepts(agent, short_call, chunks=(5,), frames=250):
        motion, states[0] = agent.step(percept, states[0])
        _, states[1] = agent.step(percept, states[1])
        made.append(motion)
    assert all(same(motion, alone.slice(motion.start_frame, motion.stop_frame)) for motion in made)


@pytest.mark.parametrize("name", RANDOM)
def test_listening_differs_from_speaking(name: str, short_call: Conversation) -> None:
    agent = build(name)
    motion = drive(agent, short_call, frames=300)
    own, partner = short_call.activity(25.0, frames=300)
    jaw = motion.channel("jawOpen")
    assert jaw[own].mean() > 0.08
    assert np.mean(jaw[~own & partner] < 0.05) > 0.95


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("frame_rate_hz", [20.0, 29.97, 30.0, 60.0])
def test_every_frame_rate(name: str, frame_rate_hz: float, short_call: Conversation) -> None:
    if name in AT_25_FPS:
        with pytest.raises(InputError, match="Set frame_rate_hz=25"):
            build(name, frame_rate_hz=frame_rate_hz)
        return
    agent = build(name, frame_rate_hz=frame_rate_hz)
    motion = drive(agent, short_call, chunks=(4, 9), frames=int(8 * frame_rate_hz))
    assert motion.frame_rate_hz == agent.spec.frame_rate_hz == frame_rate_hz
    assert np.all((motion.expression >= 0) & (motion.expression <= 1))
    assert same(motion, drive(agent, short_call, chunks=(1,), frames=int(8 * frame_rate_hz)))
