"""Tables of names: a new agent or dataset is one new file and one new row here.

An agent can also be named as ``"module:Class"``, so that users' own need no row.
"""

import difflib
import importlib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dyad.contracts import Agent, Dataset, Place
from dyad.errors import DyadError, InputError

AGENTS: dict[str, str] = {
    "dualtalk": "dyad.agents.dualtalk.agent:DualTalkAgent",
    "reactive": "dyad.agents.reactive:Reactive",
    "replay": "dyad.agents.replay:Replay",
    "still": "dyad.agents.still:Still",
}

DATASETS: dict[str, str] = {
    "dualtalk": "dyad.datasets.dualtalk:DualTalk",
    "folder": "dyad.datasets.folder:Folder",
    "sample": "dyad.datasets.sample:Sample",
    "simulated": "dyad.datasets.simulated:Simulated",
}


@dataclass(frozen=True, kw_only=True)
class AgentRecipe:
    """What it takes to build an agent in any process.

    Args:
        agent: a name of ``AGENTS``, or ``"module:Class"``.
        options: keyword options of its constructor, plain or structured values.
    """

    agent: str
    options: Mapping[str, Any] = field(default_factory=dict)


def suggestion(name: str, choices: Iterable[str]) -> str:
    """A cure that names the nearest choice, or all of them."""
    ordered = sorted(choices)
    if not ordered:
        return "There are none."
    near = difflib.get_close_matches(name, ordered, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"Choose one of: {', '.join(ordered)}."


def find_class(name: str, *, table: Mapping[str, str], kind: str) -> type[Any]:
    """The class behind a registry name or a ``"module:Class"``.

    Raises:
        InputError: the name is in no table, or the module or class cannot be imported.
    """
    target = table.get(name, name)
    module_name, _, class_name = target.partition(":")
    if not class_name:
        raise InputError(kind, expected=f"a known {kind} or module:Class", got=repr(name), cure=suggestion(name, table))
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except Exception as error:  # a user's module may raise anything while it is imported
        reason = str(error) or type(error).__name__
        raise InputError(
            kind, expected="an importable module:Class", got=f"{name!r} ({reason})", cure="Check the name and PYTHONPATH."
        ) from error
    if not inspect.isclass(found):
        raise InputError(kind, expected="a class", got=f"{name!r}, which is a {type(found).__name__}", cure="Name a class.")
    return found


def agent_class(name: str) -> type[Any]:
    """The class of an agent, by registry name or ``"module:Class"``; raises InputError as ``find_class`` does."""
    return find_class(name, table=AGENTS, kind="agent")


def agent_options(name: str) -> dict[str, Any]:
    """Options of an agent with their defaults: the keyword-only parameters of its constructor.

    Raises:
        InputError: unknown agent, or an option without a default.
    """
    described = agent_class(name)
    try:
        parameters = inspect.signature(described).parameters.values()
    except (TypeError, ValueError) as error:
        form = "a constructor of the form Class(place, *, option=default)"
        raise InputError(f"agent {name}", expected=form, got=str(error), cure="Name another class.") from error
    options = [parameter for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
    bare = [parameter.name for parameter in options if parameter.default is inspect.Parameter.empty]
    if bare:
        raise InputError(f"agent {name}", expected="a default for every option", got=f"none for {', '.join(bare)}", cure="Add defaults.")
    return {parameter.name: parameter.default for parameter in options}


def build_agent(recipe: AgentRecipe, place: Place) -> Agent[Any]:
    """Construct an agent.

    Raises:
        InputError: unknown agent or option, or the constructor refuses.
    """
    known = agent_options(recipe.agent)
    for option in recipe.options:
        if option not in known:
            raise InputError(
                f"option of agent {recipe.agent}", expected="an option it has", got=repr(option), cure=suggestion(option, known)
            )
    try:
        agent: Agent[Any] = agent_class(recipe.agent)(place, **recipe.options)
    except DyadError:
        raise
    except Exception as error:  # a user's class may raise anything; they get its words without our stack
        raise InputError(
            f"agent {recipe.agent}", expected="to be constructed", got=f"{type(error).__name__}: {error}", cure="Correct its options."
        ) from error
    return agent


def dataset_class(name: str) -> type[Any]:
    """The class of a dataset, by registry name or ``"module:Class"``; raises InputError as ``find_class`` does."""
    return find_class(name, table=DATASETS, kind="dataset")


def build_dataset(name: str, root: str | Path | None = None) -> Dataset:
    """Construct a dataset.

    Args:
        name: a name of ``DATASETS``, or ``"module:Class"``.
        root: the folder it lies in, for a class whose constructor takes a ``root``.

    Raises:
        InputError: unknown dataset, a folder that is missing or not wanted, or the constructor refuses.
    """
    described = dataset_class(name)
    wants_root = "root" in inspect.signature(described).parameters
    if wants_root and root is None:
        raise InputError(f"dataset {name}", expected="the folder it lies in", got="none", cure=described.card.how_to_get)
    if root is not None and not wants_root:
        raise InputError(f"dataset {name}", expected="no folder", got=str(root), cure="It comes with dyad: leave the folder out.")
    dataset: Dataset = described(root) if wants_root else described()
    return dataset
