"""Settings: where they come from, which win, and what is said of wrong ones."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dyad.agents.reactive.style import Gaze, Nods
from dyad.config import RunConfig, as_plain, load_config
from dyad.contracts import Place
from dyad.errors import InputError
from dyad.seat import Seat

POLITE = f"{__name__}:Polite"


@dataclass(frozen=True, kw_only=True)
class Bow:
    depth_deg: float = 30.0
    times: tuple[int, ...] = (1, 2)


class Polite:
    """An agent with options of every kind."""

    def __init__(self, place: Place, *, bow: Bow = Bow(), note: str | None = None, bows: int = 2, loud: bool = False) -> None:
        self.bow = bow


def resolve(*overrides: str, **given: Any) -> RunConfig:
    return load_config(overrides=overrides, **given)


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_settings_all_is_as_documented() -> None:
    config = load_config()
    assert config.seed == 0
    assert (config.frame_rate_hz, config.tick_s, config.backend) == (25.0, 0.2, "ray")
    assert config.a.agent == config.b.agent == "reactive"
    assert config.a.options["nods"] == Nods()
    assert config.viewer.record
    assert not config.viewer.live


def test_what_comes_later_wins(tmp_path: Path) -> None:
    file = written(tmp_path, "seed: 1\ntick_s: 0.1\nframe_rate_hz: 30\na:\n  agent: still\n")
    assert resolve(file=file).seed == 1
    everything = resolve("seed=2", "frame_rate_hz=50", file=file, values={"seed": 3}, defaults=["seed=9", "tick_s=9", "step_timeout_s=9"])
    assert everything.seed == 3  # an option of the command line
    assert everything.frame_rate_hz == 50.0  # an override
    assert everything.tick_s == 0.1  # the file
    assert everything.step_timeout_s == 9.0  # the command's own default
    assert everything.a.agent == "still"
    assert everything.b.agent == "reactive"  # nobody said anything


def test_options_that_were_not_given_change_nothing() -> None:
    assert resolve("seed=2", values={"seed": None, "input.rttm": None}).seed == 2
    assert resolve(values={"input.rttm": "x.rttm", "viewer.live": True}).input.rttm == "x.rttm"


def test_nested_options_come_as_their_dataclasses() -> None:
    config = resolve("a.options.nods.per_minute=6", "a.options.gaze.away_deg=[10, 12]", "b.name=Zoë")
    assert config.a.options["nods"] == Nods(per_minute=6.0)
    assert config.a.options["gaze"] == Gaze(away_deg=(10.0, 12.0))
    assert isinstance(config.a.options["gaze"].away_deg, tuple)
    assert config.b.options["nods"] == Nods()
    assert config.b.name == "Zoë"


def test_options_follow_the_agent_that_is_chosen() -> None:
    config = resolve(f"b.agent={POLITE}", "b.options.bow.times=[3]", "b.options.bows=7")
    assert config.b.options == {"bow": Bow(times=(3,)), "note": None, "bows": 7, "loud": False}
    assert config.recipes()[Seat.B].options == config.b.options
    assert resolve("a.agent=still", "a.options.basis=flame50").recipes()[Seat.A].options == {"basis": "flame50"}


@pytest.mark.parametrize(
    ("override", "key", "cure"),
    [
        ("sede=1", "sede", r"Did you mean seed\?"),
        ("inputs.rttm=x", "inputs", r"Did you mean input\?"),
        ("input.rtmm=x", "input.rtmm", r"Did you mean rttm\?"),
        ("a.agnet=still", "a.agnet", r"Did you mean agent\?"),
        ("b.opions.nods.per_minute=1", "b.opions", r"Did you mean options\?"),
        ("b.options.nod.per_minute=1", "b.options.nod", r"Did you mean nods\?"),
        ("a.options.nods.per_minut=1", "a.options.nods.per_minut", r"Did you mean per_minute\?"),
        ("viewer.xyz=1", "viewer.xyz", r"Choose one of: address, detail, live, rate_hz, record\."),
    ],
)
def test_unknown_keys_are_refused_at_every_depth(override: str, key: str, cure: str, tmp_path: Path) -> None:
    text = rf"^setting {key}: expected a known key; got an unknown one\. {cure}$"
    with pytest.raises(InputError, match=text):
        resolve(override)
    nested: Any = "x"
    for part in reversed(override.partition("=")[0].split(".")):
        nested = {part: nested}
    with pytest.raises(InputError, match=text):
        resolve(file=written(tmp_path, json.dumps(nested)))  # JSON is YAML
    with pytest.raises(InputError, match=text):
        resolve(values={override.partition("=")[0]: "x"})


def test_options_of_another_agent_are_unknown() -> None:
    with pytest.raises(InputError, match=r"setting a.options.nods: expected a known key; .* Choose one of: basis\."):
        resolve("a.agent=still", "a.options.nods.per_minute=1")
    with pytest.raises(InputError, match=r"setting a.options.speed: .* There are none\."):
        resolve("a.agent=replay", "a.options.speed=1")
    with pytest.raises(InputError, match=r"got 'reactiv'\. Did you mean reactive\?"):
        resolve("a.agent=reactiv")


@pytest.mark.parametrize(
    ("override", "key", "got"),
    [
        ("seed=many", "seed", "'many'"),
        ("seed=1.5", "seed", "'1.5'"),
        ("seed=null", "seed", "None"),
        ("tick_s=[1]", "tick_s", r"\[1\]"),
        ("viewer.record=maybe", "viewer.record", "'maybe'"),
        ("viewer.rate_hz=fast", "viewer.rate_hz", "'fast'"),
        ("viewer=3", "viewer", "3"),
        ("viewer=[1, 2]", "viewer", r"\[1, 2\]"),
        ("a=null", "a", "not Optional"),
        ("a.face=round", "a.face", "str"),
        ("a.options=3", "a.options", "int"),
        ("a.options.nods=3", "a.options.nods", "3"),
        ("a.options.nods=null", "a.options.nods", "null"),
        ("a.options.nods.per_minute=fast", "a.options.nods.per_minute", "'fast'"),
        ("a.options.nods.cue_delay_s=[1]", "a.options.nods.cue_delay_s", r"\[1\]"),
        ("a.options.nods.cue_delay_s=[x, y]", "a.options.nods.cue_delay_s", r"\['x', 'y'\]"),
        ("seed=${sed}", "seed", "'sed' not found"),
    ],
)
def test_values_of_another_type_name_their_key(override: str, key: str, got: str) -> None:
    with pytest.raises(InputError, match=rf"^setting {key}: expected .+; got .*{got}"):
        resolve(override)


@pytest.mark.parametrize("override", ["a=${other}", "a.agent=${other}"])
def test_references_to_nothing_are_refused(override: str) -> None:
    with pytest.raises(InputError, match="settings: expected consistent keys; got Interpolation key 'other' not found"):
        resolve(override)


def test_references_between_settings_are_followed() -> None:
    assert resolve("seed=4", "a.face.seed=${seed}").a.face == {"seed": 4}


@pytest.mark.parametrize("words", ["seed", "=3", "seed 3", "3=seed", "a.agent:still", "--seed=3"])
def test_what_is_no_override_is_refused(words: str) -> None:
    with pytest.raises(InputError, match=r"override: expected key=value; got .* For example seed=3 or a.agent=still"):
        resolve(words)


def test_broken_values_are_refused() -> None:
    with pytest.raises(InputError, match="overrides: expected key=value with YAML values"):
        resolve("seed={1: [}")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"seed: [1\n", "expected ',' or ']' in line 2"),
        (b"- seed\n- 3\n", "expected keys and values; got a list"),
        (b"seed: 1\nseed: 2\n", "got found duplicate key seed in line 2"),
        (b"\xff\xfe\x00", "got .+"),
    ],
)
def test_files_that_hold_no_settings_are_refused(content: bytes, text: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=rf"settings.yaml: .*{text}.* Correct the file") as caught:
        resolve(file=file)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named_and_an_empty_one_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent.yaml: expected a settings file \(YAML\); got no such file\. Check the path"):
        resolve(file=tmp_path / "absent.yaml")
    assert resolve(file=written(tmp_path, "# nothing yet\n")) == load_config()


def test_wrong_places_and_choices_are_named() -> None:
    with pytest.raises(InputError, match=r"^a: expected settings of a seat; got 'still'\. Write a\.agent=NAME\."):
        resolve("a=still")
    with pytest.raises(InputError, match=r"setting backend: expected inline or ray; got 'rai'\. Did you mean ray\?"):
        resolve("backend=rai")


def test_settings_as_plain_values_resolve_to_themselves(tmp_path: Path) -> None:
    config = resolve("seed=7", "a.options.nods.per_minute=3", "b.agent=still", "a.face.age=0.5")
    plain = as_plain(config)
    assert load_config(written(tmp_path, json.dumps(plain))) == config  # what a manifest holds can be run again


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[2] / "configs").glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_settings_load_and_change_something(file: Path) -> None:
    assert load_config(file) != load_config()


def test_a_list_where_keys_are_expected_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("a: {agent: still}\n", encoding="utf-8")
    with pytest.raises(InputError, match="consistent keys"):
        load_config(file, overrides=["a=[1]"])
    with pytest.raises(InputError, match=r"setting viewer: expected a value of its type; got \[1\]"):
        load_config(overrides=["viewer=[1]"])
