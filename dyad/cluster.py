"""The Ray cluster that simulations, training and corpus-wide work run on: joined where the user names one, private otherwise."""

import logging
import os
import secrets
import socket
import warnings
from typing import Any

import ray
from ray.exceptions import RayError

from dyad.errors import InputError

OBJECT_STORE_BYTES = 200 * 2**20  # percepts are tens of kilobytes; Ray's default would take a third of the machine's memory
CONNECT_TIMEOUT_S = 5.0


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
    return True


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
