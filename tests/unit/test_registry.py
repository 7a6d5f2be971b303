"""Names of agents and datasets, and what is said of wrong ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dyad.contracts import Place
from dyad.errors import InputError
from dyad.registry import AGENTS, DATASETS, AgentRecipe, agent_class, agent_options, build_agent, build_dataset, dataset_class, suggestion
from dyad.seat import Seat

PLACE = Place(seat=Seat.A, frame_rate_hz=25.0)
HERE = __name__


class Polite:
    """An agent of a user's own."""

    def __init__(self, place: Place, *, bows: int = 2, note: str | None = None) -> None:
        self.place, self.bows, self.note = place, bows, note


class Bare:
    def __init__(self, place: Place, *, weights: str) -> None:
        pass


class Broken:
    def __init__(self, place: Place, *, size: float = 1.0) -> None:
        raise RuntimeError("weights are missing")


class Refusing:
    def __init__(self, place: Place) -> None:
        raise InputError("weights", expected="a file", got="none", cure="Download them.")


def build(agent: str, options: Mapping[str, Any] | None = None) -> Any:
    return build_agent(AgentRecipe(agent=agent, options=options or {}), PLACE)


@pytest.mark.parametrize("name", sorted(AGENTS))
def test_every_row_names_a_class_with_words_and_defaults(name: str) -> None:
    assert (agent_class(name).__doc__ or "").strip()
    agent_options(name)


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_dataset_is_on_its_card(name: str) -> None:
    assert dataset_class(name).card.name == name


def test_a_dataset_in_a_folder_needs_one_and_the_built_in_takes_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"dataset dualtalk: expected the folder it lies in; got none\. Ask the authors"):
        build_dataset("dualtalk")
    with pytest.raises(InputError, match=r"dataset sample: expected no folder; got .+ leave the folder out"):
        build_dataset("sample", tmp_path)
    assert build_dataset("sample").ids("test") == ("sample",)


def test_agents_of_users_need_no_row() -> None:
    agent = build(f"{HERE}:Polite", {"bows": 5})
    assert (agent.place, agent.bows, agent.note) == (PLACE, 5, None)
    assert agent_options(f"{HERE}:Polite") == {"bows": 2, "note": None}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reactve", r"agent: expected a known agent or module:Class; got 'reactve'\. Did you mean reactive\?"),
        ("xyz", r"got 'xyz'\. Choose one of: dualtalk, reactive, replay, still\."),
        ("", r"expected a known agent or module:Class; got ''"),
        ("no.such.module:Agent", r"an importable module:Class; got 'no.such.module:Agent' \(No module named 'no'\)\. Check the name"),
        ("dyad.registry:Nobody", r"got 'dyad.registry:Nobody' \(module 'dyad.registry' has no attribute 'Nobody'\)"),
        (":Agent", r"expected an importable module:Class; got ':Agent'"),
        ("dyad.registry:AGENTS", r"expected a class; got 'dyad.registry:AGENTS', which is a dict"),
        ("builtins:int", r"agent builtins:int: expected a constructor of the form Class\(place, \*, option=default\)"),
    ],
)
def test_wrong_names_are_refused(name: str, text: str) -> None:
    with pytest.raises(InputError, match=text):
        agent_options(name)


@pytest.mark.parametrize("source", ["def (", "1 / 0", "raise SystemError('no licence')", "import no_such_library"])
def test_modules_that_cannot_be_imported_are_named(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"agent_of_{len(source)}_letters"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=rf"an importable module:Class; got '{name}:Agent' \(.+\)\. Check the name and PYTHONPATH"):
        build(f"{name}:Agent")


def test_unknown_options_are_refused_with_a_suggestion() -> None:
    with pytest.raises(InputError, match=rf"option of agent {HERE}:Polite: expected an option it has; got 'bow'. Did you mean bows\?"):
        build(f"{HERE}:Polite", {"bow": 1})
    with pytest.raises(InputError, match=r"option of agent replay: .+ got 'speed'\. There are none\."):
        build("replay", {"speed": 2})


def test_options_need_defaults() -> None:
    with pytest.raises(InputError, match=f"agent {HERE}:Bare: expected a default for every option; got none for weights"):
        agent_options(f"{HERE}:Bare")


def test_constructors_that_raise_are_named_and_our_own_words_are_kept() -> None:
    with pytest.raises(InputError, match=rf"agent {HERE}:Broken: expected to be constructed; got RuntimeError: weights are missing"):
        build(f"{HERE}:Broken")
    with pytest.raises(InputError, match=r"^weights: expected a file; got none\. Download them\.$"):
        build(f"{HERE}:Refusing")


def test_replay_needs_motion() -> None:
    with pytest.raises(InputError, match=r"agent replay on seat A: expected recorded motion of that seat; got none\. Give a motion file"):
        build("replay")


def test_suggestions_name_the_nearest_or_all() -> None:
    assert suggestion("sed", ["seed", "tick_s"]) == "Did you mean seed?"
    assert suggestion("colour", ["seed", "address"]) == "Choose one of: address, seed."
    assert suggestion("anything", []) == "There are none."
