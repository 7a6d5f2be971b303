"""A study that can be run: all its settings understood and checked, before anything runs."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from math import isfinite
from typing import Any, TypeVar

import numpy as np

from dyad.audio import sha256_of
from dyad.clock import FrameClock
from dyad.config import load_config
from dyad.errors import InputError
from dyad.registry import AgentRecipe, suggestion
from dyad.seat import Seat
from dyad.simulated.people import Style, draw_style
from dyad.studies.config import ConditionConfig, FeedbackConfig, SeatCondition, StudyConfig
from dyad.studies.edits import SilenceEdit
from dyad.studies.feedback import FeedbackEdit
from dyad.studies.lens import HEARD, LONGEST_DELAY_MS, SEEN
from dyad.studies.outcomes import check_outcomes
from dyad.studies.sources import Source, sources_of
from dyad.studies.statistics import CORRECTIONS, METHODS

MEASURED: Mapping[str, tuple[Seat, ...]] = {"both": tuple(Seat), "a": (Seat.A,), "b": (Seat.B,)}
_STYLED = "reactive"  # the agent that people's styles are options of
Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition, understood.

    Args:
        name: of it.
        config: as it was written; ``both`` is in ``a`` and ``b`` already.
        gaps: what becomes of silences between people.
        pauses: and of those within one person's speech.
        spoken: what becomes of spoken feedback.
    """

    name: str
    config: ConditionConfig
    gaps: SilenceEdit
    pauses: SilenceEdit
    spoken: FeedbackEdit

    def seat(self, seat: Seat) -> SeatCondition:
        """What is done to a seat."""
        return self.config.a if seat is Seat.A else self.config.b

    @property
    def needs_stranger(self) -> bool:
        """Whether somebody of another conversation takes part."""
        return self.config.pseudo or any("shuffled" in (self.seat(seat).sees, self.seat(seat).hears) for seat in Seat)


@dataclass(frozen=True, kw_only=True)
class StudyPlan:
    """All that a study does.

    Args:
        config: as it was written.
        sources: its conversations.
        conditions: in the order of the file.
        contrasts: (condition, condition or number it is compared with).
        digest: of all that decides the figures (not of how they are tested), contents of the user's sound files included.
    """

    config: StudyConfig
    sources: tuple[Source, ...]
    conditions: tuple[Condition, ...]
    contrasts: tuple[tuple[str, str], ...]
    digest: str

    @property
    def measures(self) -> tuple[str, ...]:
        """All that is measured: the outcomes."""
        return tuple(dict.fromkeys(self.config.outcomes))

    @property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """(index of the conversation, index of the seed) of all blocks."""
        return tuple(product(range(len(self.sources)), range(self.config.seeds)))


def plan_study(config: StudyConfig) -> StudyPlan:
    """Understand and check a study; nothing is simulated.

    Raises:
        InputError: conditions, measures, contrasts, conversations or agents that there are not, or numbers that cannot work.
    """
    _check_numbers(config)
    if not config.outcomes:
        raise InputError("setting outcomes", expected="at least one measure", got="none", cure="See dyad study --list.")
    check_outcomes(config.outcomes, key="outcomes")
    _check_references(config)
    contrasts = _contrasts(config)
    sources = sources_of(config.conversations)
    conditions = _conditions(config)
    if len(sources) < 2:
        lonely = next((condition.name for condition in conditions if condition.needs_stranger), None)
        if lonely is not None:
            got = "one, which has no strangers"
            raise InputError(f"condition {lonely}", expected="two conversations or more", got=got, cure="Study more conversations.")
    return StudyPlan(config=config, sources=sources, conditions=conditions, contrasts=contrasts, digest=_digest(config))


def recipes_of(config: StudyConfig, condition: Condition | None, *, styles: Mapping[Seat, Style]) -> dict[Seat, AgentRecipe]:
    """The agents of a condition, for the people of one conversation.

    Args:
        config: of the study.
        condition: None for the agents as the study seats them.
        styles: how the people of the conversation move.

    Raises:
        InputError: an agent or options that there are not.
    """
    words = "agents" if condition is None else f"condition {condition.name}"
    wanted = {seat: _seat_settings(config, condition, seat, styles=styles) for seat in Seat}
    return _named(words, lambda: load_config(values={seat.name.lower(): wanted[seat] for seat in Seat}).recipes())


def _seat_settings(config: StudyConfig, condition: Condition | None, seat: Seat, *, styles: Mapping[Seat, Style]) -> dict[str, Any]:
    """Agent and options of a seat: a person's style, then the study's options, then the condition's."""
    change = SeatCondition() if condition is None else condition.seat(seat)
    whose = seat.partner if change.style == "partner" else seat
    own = config.agents.a if whose is Seat.A else config.agents.b
    agent = change.agent or own.agent
    drawn = change.style is not None and change.style != "partner"
    style = draw_style(np.random.default_rng(int(change.style or 0))) if drawn else styles.get(whose, {})
    options: dict[str, Any] = {}
    for part in (style if agent == _STYLED else {}, own.options if agent == own.agent else {}, change.options):
        options = _overlaid(options, part)
    return {"agent": agent, "options": options}


def _overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for name, value in above.items():
        nested = isinstance(value, Mapping) and isinstance(both.get(name), Mapping)
        both[name] = _overlaid(both[name], value) if nested else list(value) if isinstance(value, tuple) else value
    return both


def _conditions(config: StudyConfig) -> tuple[Condition, ...]:
    conditions = [_named(f"condition {name}", partial(_condition, name, written)) for name, written in config.conditions.items()]
    seated: set[str] = set()
    for condition in conditions:
        seats = repr([(change.agent, change.options, change.style) for change in map(condition.seat, Seat)])
        if seats not in seated:  # most conditions seat the same agents
            recipes_of(config, condition, styles={})
            seated.add(seats)
    return tuple(conditions)


def _condition(name: str, written: ConditionConfig) -> Condition:
    for seat, change in (("a", written.a), ("b", written.b)):
        _one_of(f"{seat}.sees", change.sees, SEEN)
        _one_of(f"{seat}.hears", change.hears, HEARD)
        for sense in ("sees_delay_ms", "hears_delay_ms"):
            delay = getattr(change, sense)
            if not 0 <= delay <= LONGEST_DELAY_MS:
                expected = f"0 to {LONGEST_DELAY_MS:g} ms"
                raise InputError(f"{seat}.{sense}", expected=expected, got=f"{delay!r}", cure="Longer delays are no conversation any more.")
        if change.style is not None and change.style != "partner" and not change.style.isdecimal():
            cure = "A number is the seed of a person."
            raise InputError(f"{seat}.style", expected="partner or a whole number", got=repr(change.style), cure=cure)
    _one_of("spoken.of", written.spoken.of, MEASURED)
    return Condition(
        name=name,
        config=written,
        gaps=SilenceEdit(**asdict(written.gaps)),
        pauses=SilenceEdit(**asdict(written.pauses)),
        spoken=_feedback(written.spoken),
    )


def _feedback(spoken: FeedbackConfig) -> FeedbackEdit:
    return FeedbackEdit(feedback=spoken.feedback, shift_ms=spoken.shift_ms, definition=spoken.definition, seats=MEASURED[spoken.of])


def _contrasts(config: StudyConfig) -> tuple[tuple[str, str], ...]:
    names = tuple(config.conditions)
    if not names:
        raise InputError("setting conditions", expected="at least one", got="none", cure="For example conditions: {real: {}}.")
    if config.contrasts:
        for pair in config.contrasts:
            if len(pair) != 2 or pair[0] == pair[1]:
                raise InputError("setting contrasts", expected="pairs of two conditions", got=str(pair), cure="For example [[late, real]].")
            for name in pair:
                if name != pair[1] or not _is_number(name):
                    _one_of("contrasts", name, names)
        return tuple((first, second) for first, second in config.contrasts)
    baseline = config.baseline or names[0]
    _one_of("baseline", baseline, names)
    return tuple((name, baseline) for name in names if name != baseline)


def _is_number(word: str) -> bool:
    try:
        return isfinite(float(word))
    except ValueError:
        return False


def _check_numbers(config: StudyConfig) -> None:
    for key, value, fewest in (
        ("seeds", config.seeds, 1),
        ("seed", config.seed, 0),
        ("statistics.resamples", config.statistics.resamples, 1),
    ):
        if value < fewest:
            raise InputError(f"setting {key}", expected=f"{fewest} or more", got=str(value), cure="Correct the number.")
    for key, share in (("alpha", config.statistics.alpha), ("confidence", config.statistics.confidence)):
        if not 0 < share < 1:
            raise InputError(f"setting statistics.{key}", expected="between 0 and 1", got=f"{share!r}", cure="0.05 and 0.95 are usual.")
    _one_of("measured", config.measured, MEASURED)
    _one_of("statistics.method", config.statistics.method, METHODS)
    _one_of("statistics.correction", config.statistics.correction, CORRECTIONS)
    FrameClock(frame_rate_hz=config.frame_rate_hz)
    if not 0 < config.tick_s <= 10:
        raise InputError("setting tick_s", expected="more than 0 and at most 10 seconds", got=f"{config.tick_s!r}", cure="0.2 is usual.")


def _check_references(config: StudyConfig) -> None:
    check_outcomes(config.references, key="references")
    for name, reference in config.references.items():
        if name not in config.outcomes:
            raise InputError(
                f"setting references.{name}", expected="one of the outcomes", got="another measure", cure="Add it to outcomes."
            )
        if not reference.low <= reference.high:
            got = f"{reference.low:g} to {reference.high:g}"
            raise InputError(f"setting references.{name}", expected="low up to high", got=got, cure="Swap them.")


def _one_of(key: str, value: str, known: Mapping[str, Any] | Sequence[str]) -> None:
    if value not in known:
        raise InputError(f"setting {key}", expected=f"one of {', '.join(known)}", got=repr(value), cure=suggestion(value, known))


def _named(words: str, make: Callable[[], Made]) -> Made:
    """What is made; faults say where it was wanted."""
    try:
        return make()
    except InputError as error:
        raise InputError(f"{words}: {error.what}", expected=error.expected, got=error.got, cure=error.cure) from None


def _digest(config: StudyConfig) -> str:
    from dyad import __version__

    aside = ("title", "question", "expected", "statistics", "references", "baseline", "contrasts", "measured")
    plain = {name: value for name, value in dataclasses.asdict(config).items() if name not in aside}
    files = [path for file in config.conversations.files for path in (*file.audio, file.rttm) if path is not None]
    contents = {path: sha256_of(path) for path in files}
    return hashlib.sha256(json.dumps({"dyad": __version__, "files": contents, **plain}, sort_keys=True).encode()).hexdigest()
