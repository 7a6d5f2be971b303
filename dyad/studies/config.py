"""Settings of a study, as its YAML file gives them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from dyad.errors import InputError
from dyad.settings import chosen, fit, gather


@dataclass
class SimulatedConfig:
    """Conversations that dyad makes: sampled turns, recorded voices, people who each move in their own way.

    Args:
        count: how many; 0 for none.
        seconds: length of each.
        seed: of turns, voices and people.
        turns: corpus whose turn-taking they follow, ``switchboard`` or ``ifadv``.
        speech: folder of utterances; None takes the two voices of the built-in call.
        styles: whether people differ in how they move (where a seat's agent is ``reactive``).
    """

    count: int = 0
    seconds: float = 120.0
    seed: int = 0
    turns: str = "switchboard"
    speech: str | None = None
    styles: bool = True


@dataclass
class FileConfig:
    """A recording: one stereo or mixed sound file, or two mono files; and its turns, or None to find them."""

    audio: list[str] = field(default_factory=list)
    rttm: str | None = None


@dataclass
class DatasetConfig:
    """Conversations of a corpus: ``name`` as in ``dyad list``, or None; its folder, its split, and how many of it (None for all)."""

    name: str | None = None
    root: str | None = None
    split: str = "test"
    limit: int | None = None


@dataclass
class ConversationsConfig:
    """Which conversations, all kinds together.

    Args:
        simulated: made by dyad.
        files: recordings.
        dataset: of a corpus.
        sample: the built-in call of 30 s.
    """

    simulated: SimulatedConfig = field(default_factory=SimulatedConfig)
    files: list[FileConfig] = field(default_factory=list)
    dataset: DatasetConfig = field(default_factory=DatasetConfig)
    sample: bool = False


@dataclass
class SeatCondition:
    """What is done to one seat.

    Args:
        agent: another agent than ``agents`` names; None for the same.
        options: options of the agent that differ.
        style: ``partner`` for the partner's agent and style; a whole number for those of a person drawn from that seed; None for the own.
        sees: ``partner``, ``shuffled`` (somebody of another conversation), ``frozen`` (the partner's first frame), ``nobody``.
        hears: ``partner``, ``shuffled``, ``nobody``.
        sees_delay_ms: how late the partner is seen.
        hears_delay_ms: how late the partner is heard.
    """

    agent: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    style: str | None = None
    sees: str = "partner"
    hears: str = "partner"
    sees_delay_ms: float = 0.0
    hears_delay_ms: float = 0.0


@dataclass
class SilenceConfig:
    """New lengths of silences: ``factor`` times, ``add_ms`` more, at most ``longest_ms``."""

    factor: float = 1.0
    add_ms: float = 0.0
    longest_ms: float | None = None


@dataclass
class FeedbackConfig:
    """Spoken feedback ``kept``, ``removed``, ``shuffled`` or ``shifted`` (by ``shift_ms``), of ``both`` people, ``a`` or ``b``."""

    feedback: str = "kept"
    shift_ms: float = 0.0
    definition: str = "vap_code"
    of: str = "both"


@dataclass
class ConditionConfig:
    """One condition; what is left out stays as it is.

    Args:
        both: of both seats; ``a`` and ``b`` win over it.
        a: of seat A.
        b: of seat B.
        gaps: silences between two people's turns.
        pauses: silences within one person's.
        spoken: spoken feedback.
        pseudo: measure A's motion with that of B of *another* conversation, and so on: a pseudo-dyad. Nothing else changes.
    """

    both: SeatCondition = field(default_factory=SeatCondition)
    a: SeatCondition = field(default_factory=SeatCondition)
    b: SeatCondition = field(default_factory=SeatCondition)
    gaps: SilenceConfig = field(default_factory=SilenceConfig)
    pauses: SilenceConfig = field(default_factory=SilenceConfig)
    spoken: FeedbackConfig = field(default_factory=FeedbackConfig)
    pseudo: bool = False


@dataclass
class AgentConfig:
    """The agent of a seat: registry name or module:Class, and its options."""

    agent: str = "reactive"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class AgentsConfig:
    """Who sits where, unless a condition says otherwise."""

    a: AgentConfig = field(default_factory=AgentConfig)
    b: AgentConfig = field(default_factory=AgentConfig)


@dataclass
class StatisticsConfig:
    """How differences are tested; see ``dyad.studies.statistics``.

    Args:
        method: ``auto``, ``mixed``, ``permutation`` or ``wilcoxon``.
        correction: ``holm``, ``bh`` or ``none``, over all outcomes and contrasts of the study.
        alpha: corrected p values below it count as found.
        confidence: of all intervals.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """

    method: str = "auto"
    correction: str = "holm"
    alpha: float = 0.05
    confidence: float = 0.95
    resamples: int = 2000
    seed: int = 0


@dataclass
class ReferenceConfig:
    """Figures of people, to compare an outcome with: from ``low`` to ``high``, and where they come from."""

    low: float = 0.0
    high: float = 0.0
    source: str = ""


@dataclass
class StudyConfig:
    """All settings of a study.

    Args:
        title: for the report.
        question: what it asks, in words.
        expected: what should come out, and what would speak against it; in words, shown in the report.
        conversations: on which.
        seeds: how many seeds each conversation is simulated with.
        seed: of the study; everything follows from it.
        agents: who sits where.
        conditions: by name.
        baseline: the condition that all others are compared with; None for the first.
        contrasts: pairs [condition, condition it is compared with] instead; or [condition, number], for measures with a chance level.
        outcomes: measures, see ``dyad study --list``.
        measured: seats whose figures count, for measures that are one person's: ``both``, ``a`` or ``b``.
        references: figures of people by measure.
        statistics: how differences are tested.
        frame_rate_hz: of the motion.
        tick_s: of the loop.
    """

    title: str = "Study"
    question: str = ""
    expected: str = ""
    conversations: ConversationsConfig = field(default_factory=ConversationsConfig)
    seeds: int = 2
    seed: int = 0
    agents: AgentsConfig = field(default_factory=AgentsConfig)
    conditions: dict[str, ConditionConfig] = field(default_factory=dict)
    baseline: str | None = None
    contrasts: list[list[str]] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    measured: str = "both"
    references: dict[str, ReferenceConfig] = field(default_factory=dict)
    statistics: StatisticsConfig = field(default_factory=StatisticsConfig)
    frame_rate_hz: float = 25.0
    tick_s: float = 0.2


def load_study_config(file: str | Path, *, overrides: Sequence[str] = ()) -> StudyConfig:
    """The settings of a study, their keys and types checked; ``dyad.studies.plan`` checks what they mean.

    Args:
        file: YAML file.
        overrides: ``key=value``, dots for nesting, e.g. ``conversations.simulated.count=4``.

    Raises:
        InputError: an unreadable file, an unknown key (with a suggestion), or a value of the wrong type.
    """
    wanted = gather(file, overrides=overrides)
    schema = OmegaConf.structured(StudyConfig)
    for name, of in (("conditions", ConditionConfig), ("references", ReferenceConfig)):
        given = chosen(wanted, name)
        if given is None:
            continue
        if not isinstance(given, DictConfig):
            raise InputError(f"setting {name}", expected="names with settings", got=repr(given), cure=f"Write {name}: NAME: …")
        for key in given:
            if given[key] is None:
                given[key] = {}
            schema[name][key] = OmegaConf.structured(of)
    for name in chosen(wanted, "conditions") or ():
        condition = wanted.conditions[name]
        if isinstance(condition, DictConfig) and isinstance(condition.get("both"), DictConfig):
            for seat in ("a", "b"):
                condition[seat] = OmegaConf.merge(condition["both"], condition.get(seat) or {})
    config = fit(schema, wanted, free=("options",), cure="See configs/studies for examples.")
    assert isinstance(config, StudyConfig)
    return config
