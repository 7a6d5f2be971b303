"""The people of a simulated corpus: each has a voice, a loudness, and a way of moving that stays the same in every conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from dyad.registry import AgentRecipe, agent_options

AGENT: Final = "reactive"
GAIN_SD_DB: Final = 3.0  # of speech level between people; chosen
MOST_GAIN_DB: Final = 6.0


@dataclass(frozen=True, kw_only=True)
class Trait:
    """An option of the reactive agent in which people differ.

    Args:
        group: of its options, e.g. ``nods``.
        option: within the group.
        spread: standard deviation of the log-normal factor on its default.
        low: it is drawn no smaller; None for no limit.
        high: it is drawn no larger.
    """

    group: str
    option: str
    spread: float
    low: float | None = None
    high: float | None = None


# Spreads are chosen: wide enough that a model could tell people apart. Limits are the ranges of the sources in dyad.agents.reactive.style.
TRAITS: Final = (
    Trait(group="articulation", option="jaw_gain", spread=0.15, low=0.40, high=0.85),
    Trait(group="articulation", option="rounding_gain", spread=0.15, high=1.0),
    Trait(group="articulation", option="spread_gain", spread=0.15, high=0.8),
    Trait(group="talking", option="head_sd_deg", spread=0.25),
    Trait(group="talking", option="head_band_hz", spread=0.12, low=0.5, high=0.95),
    Trait(group="talking", option="beats_per_minute", spread=0.25, low=7.0, high=24.0),
    Trait(group="talking", option="beat_deg", spread=0.20, low=1.8, high=4.5),
    Trait(group="talking", option="brow_share", spread=0.30, low=0.15, high=0.80),
    Trait(group="nods", option="per_minute", spread=0.25, low=6.0, high=14.0),
    Trait(group="nods", option="amplitude_deg", spread=0.20, low=4.0, high=8.0),
    Trait(group="nods", option="smile_share", spread=0.30, low=0.05, high=0.35),
    Trait(group="nods", option="brow_share", spread=0.30, low=0.05, high=0.30),
    Trait(group="nods", option="tilt_share", spread=0.30, low=0.04, high=0.25),
    Trait(group="gaze", option="speaking_share", spread=0.18, low=0.30, high=0.75),
    Trait(group="gaze", option="listening_share", spread=0.08, low=0.65, high=0.94),
    Trait(group="gaze", option="turn_start_share", spread=0.12, low=0.50, high=0.90),
    Trait(group="blinks", option="speaking_per_minute", spread=0.25, low=10.5, high=32.5),
    Trait(group="blinks", option="listening_per_minute", spread=0.25, low=8.0, high=21.0),
    Trait(group="sway", option="listening_sd_deg", spread=0.20),
    Trait(group="sway", option="breaths_per_minute", spread=0.10, low=12.0, high=20.0),
    Trait(group="mirroring", option="smile_share", spread=0.25, low=0.20, high=0.70),
    Trait(group="mirroring", option="smile_weight", spread=0.20, low=0.25, high=0.70),
    Trait(group="mirroring", option="nod_share", spread=0.25, low=0.10, high=0.45),
)
# What the agent would draw anew in every run is settled by the traits, but for a rest, so that a person stays one.
DAILY_FORM: Final[Mapping[str, float]] = {"spread": 0.02, "asymmetry": 0.02}

Style = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who takes part in conversations of one split.

    Args:
        name: unique in the corpus.
        voice: name of the voice they speak with.
        gain_db: on that voice.
        style: options of the reactive agent, by group.
    """

    name: str
    voice: str
    gain_db: float
    style: Style


def draw_people(count: int, *, split: str, voices: Sequence[str], seed: int) -> tuple[Person, ...]:
    """The people of one split; voices go round among them.

    Args:
        count: how many.
        split: its name, the beginning of theirs.
        voices: names of the voices of this split.
        seed: of the corpus and the split.
    """
    people = []
    for index in range(count):
        rng = np.random.default_rng(np.random.SeedSequence((seed, index)))
        gain_db = float(np.clip(GAIN_SD_DB * rng.standard_normal(), -MOST_GAIN_DB, MOST_GAIN_DB))
        voice = voices[index % len(voices)]
        people.append(Person(name=f"{split}-person{index:04d}", voice=voice, gain_db=round(gain_db, 2), style=draw_style(rng)))
    return tuple(people)


def draw_style(rng: np.random.Generator) -> Style:
    """One person's way of moving: options of the reactive agent that differ from its defaults, rounded so that they read well."""
    defaults = agent_options(AGENT)
    style: dict[str, dict[str, Any]] = {}
    for trait in TRAITS:
        usual = getattr(defaults[trait.group], trait.option)
        factor = float(np.exp(trait.spread * np.clip(rng.standard_normal(), -2, 2)))
        drawn: Any
        if isinstance(usual, tuple):
            drawn = tuple(round(value * factor, 4) for value in usual)
        else:
            drawn = round(float(np.clip(usual * factor, trait.low, trait.high)), 4)
        style.setdefault(trait.group, {})[trait.option] = drawn
    return style | {"person": dict(DAILY_FORM)}


def recipe_of(person: Person) -> AgentRecipe:
    """The agent that moves like this person."""
    defaults = agent_options(AGENT)
    assert all(set(values) <= {field.name for field in fields(defaults[group])} for group, values in person.style.items())
    return AgentRecipe(agent=AGENT, options={group: replace(defaults[group], **values) for group, values in person.style.items()})
