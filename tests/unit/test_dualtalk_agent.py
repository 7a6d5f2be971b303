"""DualTalk in the loop, with tiny random weights; what all agents promise is tested in tests/contracts."""

import pickle
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from torch import Tensor

from dyad.agents.dualtalk.agent import DualTalkAgent, Windows
from dyad.agents.dualtalk.hearing import SAMPLES_A_FRAME
from dyad.agents.dualtalk.inference import Inference
from dyad.agents.dualtalk.model import DualTalk
from dyad.contracts import Agent, Place
from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.registry import AgentRecipe, build_agent
from dyad.seat import Seat
from dyad.simulation.loop import simulate
from tests.driving import drive, percepts, recorded_motion, same
from tests.tiny_dualtalk import WINDOWS, tiny_checkpoint, tiny_options

CHUNK = WINDOWS["chunk_frames"]


def agent_of(basis: str = "flame50", **changes: object) -> Agent[Any]:
    return build_agent(AgentRecipe(agent="dualtalk", options=tiny_options(basis) | changes), Place(seat=Seat.A, frame_rate_hz=25.0))


def speeds(motion: Motion) -> npt.NDArray[np.float32]:
    return np.linalg.norm(np.diff(motion.expression, axis=0), axis=1)


@pytest.mark.integration
def test_what_the_partner_does_is_answered(short_call: Conversation) -> None:
    agent = agent_of()
    still = drive(agent, short_call)
    moved = drive(agent, short_call, partner=recorded_motion(Seat.B, frames=300))
    assert np.abs(still.expression - moved.expression).max() > 1e-4  # of some 1.5: random weights see little
    delay = WINDOWS["sight_delay_frames"]
    assert same(still.slice(0, delay - CHUNK), moved.slice(0, delay - CHUNK))  # nothing was seen yet


@pytest.mark.parametrize("basis", ["flame50", "arkit50"])
def test_bases(basis: str, short_call: Conversation) -> None:
    motion = drive(agent_of(basis), short_call)
    if basis == "arkit50":
        assert motion.basis == "arkit52"
        assert 0 <= motion.expression.min() <= motion.expression.max() <= 1
        assert not motion.jaw_rotation.any()
    else:
        assert motion.basis == "flame50"
        assert motion.jaw_rotation.any()
    assert motion.head_rotation.any()


def test_windows_join_without_visible_seams(short_call: Conversation) -> None:
    speed = speeds(drive(agent_of(), short_call))
    at_seam = np.arange(len(speed)) % CHUNK == CHUNK - 1  # from the last frame of a chunk to the first of the next
    assert np.median(speed[at_seam]) <= np.quantile(speed[~at_seam], 0.95)
    assert np.quantile(speed[at_seam], 0.95) <= 1.25 * np.quantile(speed[~at_seam], 0.95)


def test_without_blending_seams_would_show(short_call: Conversation) -> None:
    speed = speeds(drive(agent_of(windows=Windows(**(WINDOWS | {"ahead_frames": 0}))), short_call))
    at_seam = np.arange(len(speed)) % CHUNK == CHUNK - 1
    assert np.median(speed[at_seam]) > np.quantile(speed[~at_seam], 0.95)


@pytest.mark.parametrize("ahead_frames", [10, 0])
def test_a_trained_model_s_head_is_no_faster_at_seams(ahead_frames: int, call: Conversation) -> None:
    """Lips are quick at any time, so a seam shows in the head first. Without frames that two windows share it does show."""
    seams, between = [], []
    for seat in Seat:
        recipe = AgentRecipe(agent="dualtalk", options={"windows": Windows(ahead_frames=ahead_frames)})
        agent = build_agent(recipe, Place(seat=seat, frame_rate_hz=25.0))
        motion = drive(agent, call, frames=300, seat=seat, partner=recorded_motion(seat, frames=300))
        speed = np.linalg.norm(np.diff(motion.head_rotation, axis=0), axis=1)
        at_seam = np.arange(299) % Windows().chunk_frames == Windows().chunk_frames - 1
        seams.extend(speed[at_seam])
        between.extend(speed[~at_seam])
    hidden = ahead_frames > 0
    assert (np.median(seams) < np.median(between)) == hidden
    assert (np.mean(seams > np.quantile(between, 0.95)) < 0.1) == hidden  # 0.05 if seams were like any other frame


class Counted(Inference):
    """Adds up the frames that go through the model."""

    frames = 0

    def features(self, audio: Tensor, *, own: bool) -> Tensor:
        self.frames += audio.shape[1] // SAMPLES_A_FRAME
        return super().features(audio, own=own)

    def decode(self, own_features: Tensor, partner_features: Tensor, partner_motion: Tensor, *, last: int) -> Tensor:
        self.frames += own_features.shape[1]
        return super().decode(own_features, partner_features, partner_motion, last=last)


def test_time_is_linear_and_memory_flat(call: Conversation) -> None:
    model = Counted(DualTalk.load(tiny_checkpoint("flame50")))
    agent = DualTalkAgent.of_model(Place(seat=Seat.A, frame_rate_hz=25.0), model, windows=Windows(**WINDOWS))
    state, sizes, done = agent.initial_state(seed=0), [], []
    for percept in percepts(agent, call, chunks=(5,), frames=400, partner=recorded_motion(Seat.B, frames=400)):
        _, state = agent.step(percept, state)
        sizes.append(len(pickle.dumps(state)))
        done.append(model.frames)
    assert max(sizes[40:]) <= max(sizes[10:40]) + 20  # the first windows have no past yet; larger numbers take a few bytes more
    # 160 frames of motion are 40 windows of 20 + 4 + 3 frames, and in both voices 20 blocks of 2 + 8 + 2, fewer where it is silent.
    assert 40 * 27 < done[-1] - done[-33] <= 40 * 27 + 2 * 20 * 12


@pytest.mark.integration
def test_the_loop_closes_with_another_agent(short_call: Conversation) -> None:
    recipes = {Seat.A: AgentRecipe(agent="dualtalk", options=tiny_options("arkit50")), Seat.B: "reactive"}
    recording = simulate(short_call, recipes, seed=1)
    assert recording.motion[Seat.A].basis == recording.motion[Seat.B].basis == "arkit52"
    assert len(recording.motion[Seat.A]) == 300


@pytest.mark.integration
def test_numbers_of_half_the_size_say_nearly_the_same(short_call: Conversation) -> None:
    full, half = (drive(agent_of(dtype=dtype), short_call).expression for dtype in ("float32", "bfloat16"))
    error = np.linalg.norm(full - half) / np.linalg.norm(full)
    assert 0 < error < 4e-2  # few and small layers average less rounding out than large ones


@pytest.mark.parametrize(
    ("frame_rate_hz", "options", "text"),
    [
        (30.0, {}, "25 fps, as the model; got 30 fps"),
        (25.0, {"dtype": "float64"}, "float32 or bfloat16"),
        (25.0, {"checkpoint": "/nowhere"}, "/nowhere"),
    ],
)
def test_what_cannot_work_is_refused(frame_rate_hz: float, options: dict[str, object], text: str) -> None:
    recipe = AgentRecipe(agent="dualtalk", options={"checkpoint": str(tiny_checkpoint("flame50"))} | options)
    with pytest.raises(InputError) as caught:
        build_agent(recipe, Place(seat=Seat.A, frame_rate_hz=frame_rate_hz))
    assert text in str(caught.value)


def test_the_model_that_comes_along_speaks_and_listens(short_call: Conversation) -> None:
    motion = drive(build_agent(AgentRecipe(agent="dualtalk"), Place(seat=Seat.A, frame_rate_hz=25.0)), short_call)
    own, partner = short_call.activity(25.0, frames=250)
    jaw = motion.channel("jawOpen")
    assert jaw[own].mean() > 0.1
    assert np.mean(jaw[~own & partner] < 0.05) > 0.9


def test_ticks_longer_than_the_delay_are_refused(short_call: Conversation) -> None:
    with pytest.raises(InputError, match="ticks of at most 10 frames"):
        simulate(short_call, {Seat.A: AgentRecipe(agent="dualtalk", options=tiny_options())}, tick_s=0.6)
