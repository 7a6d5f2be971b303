"""The closed loop: what agents are given, what is made of their answers, and what is said of their faults."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from dyad.clock import Tick
from dyad.conversation import Conversation
from dyad.errors import AgentError, InputError
from dyad.percept import Percept
from dyad.recording import Recording
from dyad.registry import AgentRecipe
from dyad.seat import Seat
from dyad.simulation import loop
from dyad.simulation.host import InlineHost
from dyad.simulation.loop import simulate
from tests import scenes
from tests.driving import recorded_motion, same
from tests.odd_agents import ODD, WITNESS


def both(agent: str, **options: Any) -> dict[Seat, AgentRecipe]:
    return {seat: AgentRecipe(agent=agent, options=options) for seat in Seat}


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Mapping[Seat, Any]:
    """The agents' states at the end of a run."""
    last: dict[Seat, Any] = {}

    class OpenHost(InlineHost):
        def close(self) -> None:
            last.update({seat: lodger.state for seat, lodger in self._lodgers.items()})

    monkeypatch.setattr(loop, "InlineHost", OpenHost)
    return last


@pytest.mark.integration
def test_runs_repeat_bit_for_bit(short_call: Conversation) -> None:
    first, second, other = (simulate(short_call, seed=seed) for seed in (5, 5, 6))
    assert all(same(first.motion[seat], second.motion[seat]) for seat in Seat)
    assert not any(same(first.motion[seat], other.motion[seat]) for seat in Seat)
    assert first.frames == 300
    assert first.step_ms.shape == (60, 2)
    assert (first.step_ms > 0).all()


def test_seats_of_one_run_do_not_share_their_dice() -> None:
    talk = scenes.conversation(4.0, turns=())
    run = simulate(talk, seed=1)
    assert not np.array_equal(run.motion[Seat.A].head_rotation, run.motion[Seat.B].head_rotation)
    neighbour = simulate(talk, seed=2)
    assert not np.array_equal(run.motion[Seat.B].head_rotation, neighbour.motion[Seat.A].head_rotation)


@pytest.mark.parametrize("tick_s", [0.04, 0.2, 0.28])
def test_agents_see_the_partner_of_the_tick_before(tick_s: float, states: Mapping[Seat, Any]) -> None:
    run = simulate(scenes.conversation(), both(WITNESS), tick_s=tick_s)
    for seat in Seat:
        percepts: tuple[Percept, ...] = states[seat]
        assert percepts[0].partner_motion is None
        for before, now in pairwise(percepts):
            seen = now.partner_motion
            assert seen is not None
            assert (seen.seat, seen.start_frame, len(seen)) == (seat.partner, before.start_frame, before.frames)
            assert same(seen, run.motion[seat.partner].slice(before.start_frame, before.start_frame + before.frames))
            assert seen.stop_frame == now.start_frame  # nothing of this tick, nothing missed
        assert sum(percept.frames for percept in percepts) == run.frames == 50


@pytest.mark.parametrize("ahead", [0, 1, 4, 100])
@pytest.mark.parametrize("frame_rate_hz", [25.0, 29.97])
def test_every_sample_is_heard_once_and_silence_after_the_end(ahead: int, frame_rate_hz: float, states: Mapping[Seat, Any]) -> None:
    talk = scenes.conversation(1.99)
    simulate(talk, both(WITNESS, look_ahead_frames=ahead), frame_rate_hz=frame_rate_hz)
    clock = talk.clock(frame_rate_hz)
    total = clock.frames_covering(talk.samples)
    for seat in Seat:
        percepts: tuple[Percept, ...] = states[seat]
        starts = [percept.sample_start for percept in percepts]
        lengths = [len(percept.own_audio) for percept in percepts]
        assert starts == [0, *np.cumsum(lengths)[:-1]]
        assert all(percept.activity_start == clock_start for percept, clock_start in zip(percepts, _heard(percepts), strict=True))
        for percept in percepts:
            assert percept.sample_start + len(percept.own_audio) == clock.sample(percept.start_frame + percept.frames + ahead)
        for name, side in (("own", seat), ("partner", seat.partner)):
            audio = np.concatenate([getattr(percept, f"{name}_audio") for percept in percepts])
            assert np.array_equal(audio[: talk.samples], talk.audio[side])
            assert len(audio) == clock.sample(total + ahead)
            assert not audio[talk.samples :].any()
            active = np.concatenate([getattr(percept, f"{name}_active") for percept in percepts])
            assert np.array_equal(active[:total], talk.activity(frame_rate_hz)[side])
            assert not active[total:].any()


def _heard(percepts: tuple[Percept, ...]) -> list[int]:
    return [0, *np.cumsum([len(percept.own_active) for percept in percepts])[:-1].tolist()]


def test_agents_cannot_write_into_what_they_are_given() -> None:
    with pytest.raises(AgentError, match="ValueError: assignment destination is read-only"):
        simulate(scenes.conversation(), both(ODD, fault="scribble"))


def test_agents_may_use_one_buffer_for_all_their_answers(states: Mapping[Seat, Any]) -> None:
    run = simulate(scenes.conversation(), {Seat.A: AgentRecipe(agent=ODD, options={"fault": "buffer"}), Seat.B: WITNESS})
    said = [step / 100 for step in range(10)]
    assert np.unique(run.motion[Seat.A].expression[:, 0]).tolist() == pytest.approx(said)
    seen = [percept.partner_motion.expression[0, 0] for percept in states[Seat.B][1:]]
    assert seen == pytest.approx(said[:-1])  # the partner sees what was said then, not what the buffer holds now


def test_recorded_motion_is_replayed_and_its_end_is_marked() -> None:
    recorded = recorded_motion(Seat.A, frames=30)
    talk = scenes.conversation()
    with_motion = Conversation(**{**vars(talk), "motion": {Seat.A: recorded}})
    made = simulate(with_motion, {Seat.A: "replay", Seat.B: "still"}).motion[Seat.A]
    assert same(made.slice(0, 30), recorded)
    assert np.array_equal(made.expression[30:], np.repeat(recorded.expression[-1:], 20, axis=0))
    assert made.valid.tolist() == [True] * 30 + [False] * 20
    with pytest.raises(InputError, match=r"agent replay on seat A: expected motion at the run's 30 fps; got 25 fps\. Set frame_rate_hz=25"):
        simulate(with_motion, {Seat.A: "replay", Seat.B: "still"}, frame_rate_hz=30.0)


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (640, 1), (641, 2)])
def test_a_conversation_of_a_frame(samples: int, frames: int) -> None:
    run = simulate(scenes.conversation(samples / 16_000, turns=()))
    assert run.frames == frames
    assert run.step_ms.shape == (1, 2)


def test_a_tick_may_be_longer_than_the_conversation() -> None:
    ticks: list[tuple[Tick, int]] = []
    run = simulate(scenes.conversation(), both(WITNESS, longest_tick_frames=50), tick_s=10.0, on_tick=lambda *tick: ticks.append(tick))
    assert run.frames == 50
    assert ticks == [(Tick(index=0, start_frame=0, frames=50), 50)]


def test_every_tick_is_reported() -> None:
    ticks: list[tuple[int, int]] = []
    simulate(scenes.conversation(0.5, turns=()), on_tick=lambda tick, total: ticks.append((tick.stop_frame, total)))
    assert ticks == [(5, 13), (10, 13), (13, 13)]


def test_complete_adds_to_what_is_returned() -> None:
    def complete(recording: Recording) -> Recording:
        return Recording(**{**vars(recording), "summary": {"frames": recording.frames}})

    assert simulate(scenes.conversation(), both("still"), complete=complete).summary == {"frames": 50}


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"seed": -1}, "seed: expected a whole number of 0 or more; got -1"),
        ({"tick_s": 0.0}, "tick_s: expected more than 0 and at most 10 seconds; got 0.0"),
        ({"tick_s": float("nan")}, "tick_s: .* got nan"),
        ({"tick_s": 11.0}, "tick_s: .* got 11.0"),
        ({"frame_rate_hz": 5.0}, "frame_rate_hz: expected 10 to 240"),
        ({"backend": "threads"}, "backend: expected inline or ray; got 'threads'"),
        ({"step_timeout_s": 0.0}, "step_timeout_s: expected more than 0 seconds; got 0.0"),
        ({"step_timeout_s": float("nan")}, "step_timeout_s: .* got nan"),
        ({"agents": {Seat.A: "reactve"}}, r"agent: .* Did you mean reactive\?"),
        ({"agents": both("still", bass="x")}, r"option of agent still: .* Did you mean basis\?"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        simulate(scenes.conversation(), **settings)


def test_conversations_and_agents_must_fit() -> None:
    with pytest.raises(InputError, match="conversation made: expected some sound; got no samples"):
        simulate(scenes.conversation(0.0, turns=()))
    with pytest.raises(InputError, match=r"agent on seat A: expected audio at 16000 Hz; got 8000 Hz\. Resample the audio"):
        simulate(scenes.conversation(sample_rate_hz=8_000))
    with pytest.raises(InputError, match=r"agent on seat A: expected ticks of at most 4 frames; got 5\. Set a smaller tick_s"):
        simulate(scenes.conversation(), both(WITNESS, longest_tick_frames=4))
