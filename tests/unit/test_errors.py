"""Errors say what is wrong and survive the way between processes."""

import copy
import pickle

import pytest

from dyad.errors import AgentError, DyadError, InputError


@pytest.mark.parametrize("kind", [InputError, AgentError])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_survive_pickling(kind: type[InputError], protocol: int) -> None:
    error = kind("agent x on seat A, frame 3", expected="a motion", got="ValueError: näh", cure="Correct the agent.")
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is kind
    assert str(back) == str(error) == "agent x on seat A, frame 3: expected a motion; got ValueError: näh. Correct the agent."
    for name in ("what", "expected", "got", "cure"):
        assert getattr(back, name) == getattr(error, name)
    assert str(copy.deepcopy(error)) == str(error)


def test_the_command_line_can_catch_them_all() -> None:
    assert issubclass(AgentError, InputError)
    assert issubclass(InputError, DyadError)
    assert not issubclass(DyadError, (ValueError, OSError))  # no except clause for those may swallow them
