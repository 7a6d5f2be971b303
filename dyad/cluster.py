"""The Ray cluster that simulations, training and corpus-wide work run on: joined where the user names one, private otherwise."""

import logging
import os
import secrets
import signal
import socket
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import ray
from ray.exceptions import RayError, RayTaskError

from dyad.errors import DyadError, InputError

Item = TypeVar("Item")
Result = TypeVar("Result")

OBJECT_STORE_BYTES = 200 * 2**20  # percepts are tens of kilobytes; Ray's default would take a third of the machine's memory
CONNECT_TIMEOUT_S = 5.0
IN_FLIGHT_PER_CORE = 3  # tasks handed out before the first is done: enough that no core waits, few enough that results do not pile up


def connect(address: str | None) -> bool:
    """Join the named cluster, or start a private one; returns whether it is ours to end. A cluster this process already uses is kept."""
    if ray.is_initialized():
        return False
    where: dict[str, Any] = {"address": address}
    if address is None:
        # Ray listens on every network interface, whatever it is told. A token of this process keeps others out, and as it is in the
        # environment Ray writes none into the user's home.
        if not {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys():
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        where = {
            "address": "local",
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE_BYTES,
            # Nobody looks at the history of tasks, which otherwise grows by 2 MB for every simulated minute.
            "_system_config": {"task_events_report_interval_ms": 0},
        }
    else:
        _check_reachable(address)
    at_sigterm = signal.getsignal(signal.SIGTERM)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **where)
    except (RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise InputError(
            "Ray cluster",
            expected=f"a cluster at {address}" if address else "a local cluster to start",
            got=first_line(error),
            cure="Check the address, or use --backend inline.",
        ) from error
    # Ray puts its own in the place of a program's handler, and then prints a stack and may abort. Where there was none it may stay.
    if callable(at_sigterm) and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, at_sigterm)
    return True


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Use one cluster for all that is done within, instead of starting one each time; ended at the end if it is ours."""
    owned = connect(address)
    try:
        yield
    finally:
        if owned:
            ray.shutdown()


def _check_reachable(address: str) -> None:
    """Ray itself tries for minutes where nobody answers."""
    host, _, port = address.rpartition(":")
    if "://" in address or not (host and port.isdecimal()):
        return  # "auto" and the like, which Ray settles at once
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_TIMEOUT_S).close()
    except (OSError, OverflowError) as error:
        raise InputError(
            "Ray cluster", expected=f"a cluster at {address}", got=str(error), cure="Check the address, or use --backend inline."
        ) from error


def first_line(error: Exception) -> str:
    """What an error says, without the stack that Ray adds."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def parallel_map(
    function: Callable[[Item], Result], items: Iterable[Item], *, address: str | None = None, on_done: Callable[[int], None] | None = None
) -> Iterator[tuple[int, Result]]:
    """Apply a function to every item, on all cores of a cluster, one numeric thread each.

    What a function returns must depend on its item alone; then so does the result, whoever computed it. ``items`` is read as tasks are
    handed out, so it may be longer than memory. A worker that dies is replaced, and its item computed again.

    Args:
        function: importable by workers, or a ``functools.partial`` of one that is; it is sent once.
        items: what to apply it to.
        address: a running cluster to join; by default a private one, ended at the end.
        on_done: called after each item with how many are done.

    Yields:
        (index of the item, result) **as they are done**, not in order.

    Raises:
        DyadError: whatever the function raised of them, the first to be known; work under way is dropped.
        InputError: the cluster cannot be reached, or workers keep dying.
    """
    pending: dict[Any, int] = {}
    with connected(address):
        try:
            shared = ray.put(function)
            task = ray.remote(num_cpus=1)(_applied)
            remaining = enumerate(items)
            room = IN_FLIGHT_PER_CORE * max(1, int(ray.cluster_resources().get("CPU", 1)))
            done = 0
            while True:
                for index, item in islice(remaining, room - len(pending)):
                    pending[task.remote(shared, item)] = index
                if not pending:
                    return
                (reference,), _ = ray.wait(list(pending), num_returns=1)
                index = pending.pop(reference)
                result = _outcome(reference)
                done += 1
                if on_done is not None:
                    on_done(done)
                yield index, result
        finally:
            for reference in pending:
                ray.cancel(reference)


def in_order(results: Iterable[tuple[int, Result]]) -> Iterator[Result]:
    """Results of ``parallel_map`` in the order of the items; those that are early wait."""
    waiting: dict[int, Result] = {}
    following = 0
    for index, result in results:
        waiting[index] = result
        while following in waiting:
            yield waiting.pop(following)
            following += 1


def _applied(function: Callable[[Any], Any], item: Any) -> tuple[bool, Any]:
    """(True, result), or (False, error of dyad): Ray would wrap it beyond recognition."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        try:
            return True, function(item)
        except DyadError as error:
            return False, error


def _outcome(reference: Any) -> Any:
    try:
        fine, answer = ray.get(reference)
    except RayTaskError as error:
        raise error.as_instanceof_cause() from None
    except RayError as error:
        cure = "Free memory, or use fewer cores."
        raise InputError("worker process", expected="to finish its work", got=first_line(error), cure=cure) from error
    if not fine:
        raise answer
    return answer
