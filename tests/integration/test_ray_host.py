"""Agents as Ray actors: the same recording bit for bit, whatever happens to their processes, and nothing left running."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import ray
from ray.cluster_utils import Cluster

from dyad.cluster import connect
from dyad.conversation import Conversation
from dyad.errors import AgentError, InputError
from dyad.recording import Recording
from dyad.registry import AgentRecipe
from dyad.seat import Seat
from dyad.simulation import ray_host
from dyad.simulation.loop import simulate
from tests import scenes
from tests.driving import same
from tests.odd_agents import ODD

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _workers_find_the_tests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])))
        yield


@pytest.fixture(scope="module")
def undisturbed(short_call: Conversation) -> Recording:
    """What the agents do in this process."""
    return simulate(short_call, seed=4)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster that this process already uses, so that the tests below share one."""
    connect(None)
    yield
    ray.shutdown()


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> list[ray_host.RayHost]:
    """The hosts of runs, as they are made."""
    made: list[ray_host.RayHost] = []

    class Remembered(ray_host.RayHost):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

    monkeypatch.setattr(ray_host, "RayHost", Remembered)
    return made


def odd(fault: str, **options: Any) -> dict[Seat, AgentRecipe | str]:
    """Seat A stays still, seat B goes wrong in the tick that starts at frame 25."""
    return {Seat.A: "still", Seat.B: AgentRecipe(agent=ODD, options={"fault": fault, "at_frame": 27, **options})}


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all have ended, within a few seconds."""
    return not psutil.wait_procs(processes, timeout=20)[1]


def is_same(first: Recording, second: Recording) -> bool:
    return all(same(first.motion[seat], second.motion[seat]) for seat in Seat)


def test_a_private_cluster_gives_the_same_recording_and_is_gone_afterwards(short_call: Conversation, undisturbed: Recording) -> None:
    family: list[psutil.Process] = []
    run = simulate(short_call, seed=4, backend="ray", on_tick=lambda *_: family or family.extend(children()))
    assert is_same(run, undisturbed)
    assert run.step_ms.shape == (60, 2)
    assert not ray.is_initialized()
    assert len(family) >= 4  # Ray's own and two actors
    assert gone(family)


def test_two_machines_are_joined_by_address_and_left_running(
    short_call: Conversation, undisturbed: Recording, hosts: list[ray_host.RayHost]
) -> None:
    machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        machines.add_node(num_cpus=1)
        parents: set[int] = set()

        def look(*_: Any) -> None:
            if not parents:
                parents.update(psutil.Process(number).ppid() for number in hosts[0].process_ids().values())

        run = simulate(short_call, seed=4, backend="ray", address=machines.address, on_tick=look)
        assert is_same(run, undisturbed)
        assert len(parents) == 2  # each agent on a machine of its own
        assert not ray.is_initialized()  # we left
        ray.init(address=machines.address, log_to_driver=False)
        assert len([node for node in ray.nodes() if node["Alive"]]) == 2  # they did not
        ray.shutdown()
    finally:
        ray.shutdown()
        machines.shutdown()


def test_a_cluster_in_use_is_kept(cluster: None) -> None:
    run = simulate(scenes.conversation(), dict.fromkeys(Seat, "still"), backend="ray")
    assert run.frames == 50
    assert ray.is_initialized()


def test_killed_actors_come_back_and_leave_no_trace(
    cluster: None, short_call: Conversation, undisturbed: Recording, hosts: list[ray_host.RayHost]
) -> None:
    deaths = {15: [Seat.B], 30: [Seat.A, Seat.B], 59: []}
    used: list[dict[Seat, int]] = []

    def kill(tick: Any, total: int) -> None:
        if tick.index in deaths:
            used.append(hosts[0].process_ids())
            for seat in deaths[tick.index]:
                os.kill(used[-1][seat], signal.SIGKILL)

    run = simulate(short_call, seed=4, backend="ray", on_tick=kill)
    assert is_same(run, undisturbed)
    first, second, third = used  # they were new processes indeed
    assert first[Seat.A] == second[Seat.A]
    assert len({first[Seat.B], second[Seat.B], third[Seat.B], second[Seat.A], third[Seat.A]}) == 5


def test_an_actor_that_dies_within_a_step_is_asked_again(cluster: None, tmp_path: Path) -> None:
    run = simulate(scenes.conversation(), odd("die", mark=str(tmp_path / "died")), backend="ray")
    assert (tmp_path / "died").exists()
    assert is_same(run, simulate(scenes.conversation(), odd("none")))


def test_an_actor_that_dies_again_and_again_is_given_up(cluster: None) -> None:
    text = (
        rf"agent {ODD} on seat B, frame 25: expected an actor that stays alive; got it died again and again .+ crash in the agent's native"
    )
    with pytest.raises(AgentError, match=text):
        simulate(scenes.conversation(), odd("die"), backend="ray")


def test_an_agent_that_hangs_is_given_up_in_time(cluster: None, hosts: list[ray_host.RayHost]) -> None:
    started: list[float] = []
    family: list[psutil.Process] = []

    def note(tick: Any, total: int) -> None:
        if tick.index == 4:
            started.append(time.monotonic())
            family.extend(psutil.Process(number) for number in hosts[0].process_ids().values())

    text = rf"agent {ODD} on seat B, frame 25: expected a step within 1 s; got none in that time\. Make the agent faster"
    with pytest.raises(AgentError, match=text):
        simulate(scenes.conversation(), odd("slow", seconds=600.0), backend="ray", step_timeout_s=1.0, on_tick=note)
    assert 0.9 < time.monotonic() - started[0] < 10
    assert gone(family)  # the one that hangs too


def _text(run: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        run()
    return f"{type(caught.value).__name__}: {caught.value}"


@pytest.mark.parametrize("fault", ["raise", "nan", "start"])
def test_faults_are_told_in_the_same_words_as_inline(fault: str, cluster: None) -> None:
    texts = [_text(lambda backend=backend: simulate(scenes.conversation(), odd(fault), backend=backend)) for backend in ("inline", "ray")]
    assert texts[0] == texts[1]
    assert f"AgentError: agent {ODD} on seat B" in texts[0]


def test_a_state_that_cannot_be_sent_is_named(cluster: None) -> None:
    text = r"on seat B, frame 25: expected a motion and a state that can be sent between processes; got TypeError: cannot pickle"
    with pytest.raises(AgentError, match=text):
        simulate(scenes.conversation(), odd("lock"), backend="ray")


def test_addresses_where_nobody_answers_are_refused_soon() -> None:
    if ray.is_initialized():
        ray.shutdown()
    with socket.socket() as reserved:  # bound but not listening
        reserved.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{reserved.getsockname()[1]}"
        start = time.monotonic()
        with pytest.raises(InputError, match=rf"Ray cluster: expected a cluster at {address}; got .*refused.* or use --backend inline"):
            simulate(scenes.conversation(), backend="ray", address=address)
    assert time.monotonic() - start < 10
    with pytest.raises(InputError, match="Ray cluster: expected a cluster at nonsense"):
        simulate(scenes.conversation(), backend="ray", address="nonsense")
