"""Agents that go wrong, and sinks: one clear fault, and nothing half-written."""

from typing import Any

import pytest

from dyad.conversation import Conversation
from dyad.errors import AgentError, InputError
from dyad.motion import Motion
from dyad.recording import Recording
from dyad.registry import AgentRecipe
from dyad.seat import Seat
from dyad.simulation.loop import simulate
from tests import scenes
from tests.odd_agents import ODD


class Diary:
    """A sink that notes what happens to it."""

    def __init__(self, *, fails_at: str = "") -> None:
        self.entries: list[Any] = []
        self._fails_at = fails_at

    def _note(self, what: str, *more: Any) -> None:
        self.entries.append((what, *more) if more else what)
        if what == self._fails_at:
            raise InputError("diary", expected="paper", got="none", cure="Buy some.")

    def open(self, conversation: Conversation) -> None:
        self._note("open", conversation.id)

    def write(self, motion: Motion) -> None:
        self._note("write", motion.seat.name, motion.start_frame)

    def close(self, recording: Recording) -> None:
        self._note("close", recording.frames)

    def abort(self) -> None:
        self._note("abort")

    @property
    def kinds(self) -> list[str]:
        return [entry if isinstance(entry, str) else entry[0] for entry in self.entries]


def odd(fault: str, **options: Any) -> dict[Seat, AgentRecipe | str]:
    """Seat A stays still, seat B goes wrong at frame 27, in the tick that starts at 25."""
    return {Seat.A: "still", Seat.B: AgentRecipe(agent=ODD, options={"fault": fault, "at_frame": 27, **options})}


WHO = rf"^agent {ODD} on seat B, frame 25"


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("raise", r": expected a motion and a state; got ZeroDivisionError: a share of nothing \(in odd_agents.py, line \d+\)\. Correct"),
        ("long words", r": expected a motion and a state; got ValueError: first line second line \(in"),
        ("frames", r": expected seat B, 5 frames from 25 in arkit52 at 25 fps; got seat B, 4 frames from 25"),
        ("start frame", r": expected seat B, 5 frames from 25 .*; got seat B, 5 frames from 26"),
        ("seat", r": expected seat B, .*; got seat A, 5 frames from 25"),
        ("rate", r": expected .* at 25 fps; got .* at 50 fps"),
        ("basis", r": expected .* in arkit52 .*; got .* in flame50"),
        ("shape", r".*head_rotation: expected an array of shape \(5, 3\); got shape \(5, 4\)"),
        ("nan", r".*head_rotation: expected finite numbers; got 15 NaN or infinite of 15"),
        ("array", r": expected a Motion; got ndarray\. Return dyad.motion.Motion"),
        ("no tuple", r": expected step to return \(motion, state\); got Motion"),
        ("three", r": expected step to return \(motion, state\); got tuple of 3"),
    ],
)
def test_faults_name_agent_seat_and_frame(fault: str, text: str) -> None:
    diary = Diary()
    with pytest.raises(AgentError, match=WHO + text) as caught:
        simulate(scenes.conversation(), odd(fault), sinks=[diary])
    assert "\n" not in str(caught.value)
    assert diary.kinds == ["open", *["write"] * 10, "abort"]  # five whole ticks, and nothing of the sixth


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("start", r"to give its initial state; got FileNotFoundError: no weights"),
        ("no spec", r"to have a spec of type AgentSpec; got AttributeError"),
        ("spec", r"to have a spec of type AgentSpec; got str"),
        ("look back", r"look_ahead_frames: expected 0 or more; got -1"),
    ],
)
def test_faults_before_the_first_frame(fault: str, text: str) -> None:
    diary = Diary()
    with pytest.raises(InputError, match=text):
        simulate(scenes.conversation(), odd(fault), sinks=[diary])
    assert diary.kinds in ([], ["open", "abort"])


def test_slow_agents_are_refused_once_their_step_is_over() -> None:
    text = r": expected a step within 0.1 s; got none in that time\. Make the agent faster, or raise step_timeout_s"
    with pytest.raises(AgentError, match=WHO + text):
        simulate(scenes.conversation(), odd("slow", seconds=0.15), step_timeout_s=0.1)
    assert simulate(scenes.conversation(), odd("slow", seconds=0.01), step_timeout_s=30).frames == 50


def test_sinks_are_opened_fed_and_closed_in_order() -> None:
    first, second = Diary(), Diary()
    simulate(scenes.conversation(0.4, turns=()), dict.fromkeys(Seat, "still"), sinks=[first, second])
    writes = [("write", seat, frame) for frame in (0, 5) for seat in "AB"]
    assert first.entries == second.entries == [("open", "made"), *writes, ("close", 10)]


def test_sinks_see_what_complete_made_of_the_recording() -> None:
    seen: list[Any] = []

    class Reader(Diary):
        def close(self, recording: Recording) -> None:
            seen.append(recording.summary)

    simulate(
        scenes.conversation(),
        dict.fromkeys(Seat, "still"),
        sinks=[Reader()],
        complete=lambda made: Recording(**{**vars(made), "summary": {"done": True}}),
    )
    assert seen == [{"done": True}]


@pytest.mark.parametrize(
    ("fails_at", "first", "second"),
    [
        ("open", ["open", "abort"], []),
        ("write", ["open", "write", "abort"], ["open", "abort"]),
        ("close", ["open", *["write"] * 20, "close", "abort"], ["open", *["write"] * 20, "abort"]),
    ],
)
def test_a_sink_that_fails_ends_the_run_and_all_clean_up(fails_at: str, first: list[str], second: list[str]) -> None:
    failing, other = Diary(fails_at=fails_at), Diary()
    with pytest.raises(InputError, match="diary: expected paper"):
        simulate(scenes.conversation(), dict.fromkeys(Seat, "still"), sinks=[failing, other])
    assert (failing.kinds, other.kinds) == (first, second)


def test_all_sinks_clean_up_even_if_one_cannot() -> None:
    first, second = Diary(fails_at="abort"), Diary(fails_at="abort")
    with pytest.raises(InputError, match="diary"):
        simulate(scenes.conversation(), odd("raise"), sinks=[first, second])
    assert first.kinds[-1] == second.kinds[-1] == "abort"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_whatever_stops_a_run_reaches_the_sinks(stop: type[BaseException]) -> None:
    diary = Diary()

    def interrupt(*_: Any) -> None:
        raise stop

    with pytest.raises(stop):
        simulate(scenes.conversation(), dict.fromkeys(Seat, "still"), sinks=[diary], on_tick=interrupt)
    assert diary.kinds == ["open", "abort"]  # a tick is written while the next one runs; there was none
