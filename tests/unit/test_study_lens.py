"""What an agent senses through the lens; the agent behind it is one that writes down what it got."""

import pickle
from typing import Any

import numpy as np
import pytest

from dyad.contracts import Place
from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.seat import Seat
from dyad.studies.lens import Lens, Stranger
from tests.driving import build, drive, percepts, recorded_motion, same
from tests.odd_agents import WITNESS

PLACE = Place(seat=Seat.A, frame_rate_hz=25.0)
CHUNKS = [(1,), (5,), (7,), (3, 1, 10)]


def stranger(call: Conversation) -> Stranger:
    active = call.activity(25.0)[0]
    return Stranger(motion=recorded_motion(Seat.A, frames=60), audio=call.audio[0], active=active)


def lens(**options: Any) -> Lens:
    return Lens(PLACE, **options)


def sensed(call: Conversation, *, chunks: tuple[int, ...] = (5,), frames: int = 200, **options: Any) -> dict[str, np.ndarray]:
    """All that the agent behind the lens got of its partner, put together."""
    agent = lens(agent=WITNESS, **options)
    state = agent.initial_state(seed=3)
    partner = recorded_motion(Seat.B, frames=300)
    got: dict[str, list[np.ndarray]] = {name: [] for name in ("audio", "active", "own", "pitch", "frames")}
    for percept in percepts(agent, call, chunks=chunks, frames=frames, partner=partner):
        _, state = agent.step(percept, state)
        edited = state.inner[-1]
        got["audio"].append(edited.partner_audio)
        got["active"].append(edited.partner_active)
        got["own"].append(edited.own_audio)
        if edited.partner_motion is not None:
            got["pitch"].append(edited.partner_motion.head_rotation)
            got["frames"].append(np.arange(edited.partner_motion.start_frame, edited.partner_motion.stop_frame))
    return {name: np.concatenate(parts) if parts else np.zeros(0) for name, parts in got.items()}


@pytest.mark.parametrize("chunks", CHUNKS)
@pytest.mark.parametrize("delay_ms", [0.0, 40.0, 380.0, 1200.0])
def test_the_partner_comes_late_by_the_delay_to_the_sample_and_frame(
    delay_ms: float, chunks: tuple[int, ...], short_call: Conversation
) -> None:
    got = sensed(short_call, chunks=chunks, sees_delay_ms=delay_ms, hears_delay_ms=delay_ms)
    plain = sensed(short_call, chunks=chunks)
    frames = round(delay_ms / 40)
    for name, late in (("audio", 640 * frames), ("active", frames), ("pitch", frames)):
        assert not got[name][:late].any()
        assert np.array_equal(got[name][late:], plain[name][: len(plain[name]) - late])
        assert len(got[name]) == len(plain[name])
    assert np.array_equal(got["frames"], plain["frames"])  # numbered as if it happened now
    assert np.array_equal(got["own"], plain["own"])


def test_nobody_frozen_and_stranger(short_call: Conversation) -> None:
    plain = sensed(short_call)
    assert plain["active"].any()
    nobody = sensed(short_call, sees="nobody", hears="nobody")
    assert not nobody["audio"].any()
    assert not nobody["active"].any()
    assert len(nobody["pitch"]) == 0
    frozen = sensed(short_call, sees="frozen")
    assert np.array_equal(frozen["pitch"], np.broadcast_to(plain["pitch"][0], plain["pitch"].shape))
    other = stranger(short_call)
    shuffled = sensed(short_call, sees="shuffled", hears="shuffled", stranger=other)
    assert np.array_equal(shuffled["pitch"], other.motion.head_rotation[np.arange(len(plain["pitch"])) % 60])
    assert np.array_equal(shuffled["audio"], short_call.audio[0, : len(plain["audio"])])
    assert np.array_equal(shuffled["active"], other.active[: len(plain["active"])])
    late = sensed(short_call, sees="shuffled", sees_delay_ms=400.0, stranger=other)
    assert np.array_equal(late["pitch"][10:], shuffled["pitch"][:-10])


def test_a_stranger_who_falls_silent_is_followed_by_silence(short_call: Conversation) -> None:
    short = Stranger(motion=recorded_motion(Seat.A, frames=60), audio=short_call.audio[0, :16_000], active=np.ones(25, np.bool_))
    got = sensed(short_call, hears="shuffled", stranger=short)
    assert np.array_equal(got["audio"][:16_000], short.audio)
    assert not got["audio"][16_000:].any()
    assert np.array_equal(np.flatnonzero(got["active"]), np.arange(25))


@pytest.mark.parametrize("options", [{"sees_delay_ms": 400.0, "hears_delay_ms": 600.0}, {"sees": "frozen"}, {"sees": "shuffled"}], ids=str)
def test_an_agent_behind_a_lens_keeps_the_contract(options: dict[str, Any], short_call: Conversation) -> None:
    shown = {"stranger": stranger(short_call)} if "shuffled" in options.values() else {}
    partner = recorded_motion(Seat.B, frames=300)
    agent = lens(**options, **shown)
    whole = drive(agent, short_call, frames=120, partner=partner)
    for chunks in ((1,), (3, 10)):
        assert same(whole, drive(agent, short_call, chunks=chunks, frames=120, partner=partner))
    state = agent.initial_state(seed=3)
    for percept in percepts(agent, short_call, chunks=(5,), frames=60, partner=partner):
        saved = pickle.dumps(state)
        motion, state = lens(**options, **shown).step(percept, pickle.loads(saved))
        assert same(motion, whole.slice(percept.start_frame, percept.start_frame + percept.frames))
    assert not same(whole, drive(lens(), short_call, frames=120, partner=partner))


def test_a_lens_that_changes_nothing_changes_nothing(short_call: Conversation) -> None:
    partner = recorded_motion(Seat.B, frames=300)
    plain, behind = (drive(agent, short_call, frames=120, partner=partner) for agent in (build("reactive"), lens()))
    assert same(plain, behind)
    assert lens().spec == build("reactive").spec


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sees": "blurred"}, "lens, sees: expected partner or shuffled or frozen or nobody; got 'blurred'"),
        ({"hears": "frozen"}, "lens, hears: expected partner or shuffled or nobody"),
        ({"sees": "shuffled"}, "expected a stranger for shuffled; got none"),
        ({"sees_delay_ms": 1300.0}, "lens, sees_delay_ms: expected 0 to 1200 ms; got 1300.0"),
        ({"hears_delay_ms": -1.0}, "lens, hears_delay_ms"),
    ],
)
def test_lenses_that_cannot_be(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        lens(**options)
