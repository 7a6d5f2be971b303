"""What is measured of one conversation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from dyad.analysis.alignment import Alignment, align
from dyad.analysis.talk import Motions, Talk
from dyad.eval.nonverbal import NONVERBAL_DEFINITIONS, NonverbalRules, measure_nonverbal
from dyad.eval.synchrony import (
    SYNCHRONY_DEFINITIONS,
    ShiftRule,
    SynchronyMeasure,
    SynchronyRules,
    measure_synchrony,
    synchrony_rows,
)
from dyad.eval.turn_taking import DEFINITIONS, Definition, TurnAnalysis, TurnMeasure, TurnRules, analyse, measures_of
from dyad.motion import Motion
from dyad.seat import Seat


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How conversations are measured.

    Args:
        turns: thresholds of turn-taking.
        surrogates: circular shifts beside each figure of synchrony.
        seed: of everything drawn.
    """

    turns: TurnRules = field(default_factory=TurnRules)
    surrogates: int = 200
    seed: int = 0

    @property
    def synchrony(self) -> SynchronyRules:
        """Rules of the measures of synchrony."""
        return SynchronyRules(shifts=ShiftRule(count=self.surrogates))

    @property
    def nonverbal(self) -> NonverbalRules:
        """Rules of the non-verbal measures."""
        return NonverbalRules(join_s=self.turns.join_s, shifts=ShiftRule(count=self.surrogates))

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self.turns), "surrogates": self.surrogates, "seed": self.seed}


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """One conversation, measured.

    Args:
        talk: what was read.
        analysis: its turns taken apart.
        measures: all numbers.
        nonverbal: those of what heads and faces did; empty without motion.
        synchrony: those of synchrony, with their surrogates; empty without motion.
        alignment: gaze and nods around turns; None without motion.
    """

    talk: Talk
    analysis: TurnAnalysis
    measures: tuple[TurnMeasure, ...]
    nonverbal: tuple[TurnMeasure, ...] = ()
    synchrony: tuple[SynchronyMeasure, ...] = ()
    alignment: Alignment | None = None


def all_definitions() -> Mapping[str, Definition]:
    """Every definition that a measure can name, by id."""
    return {**DEFINITIONS, **NONVERBAL_DEFINITIONS, **SYNCHRONY_DEFINITIONS}


def defined(used: Collection[str]) -> dict[str, dict[str, str]]:
    """Text and source of each of the definitions used, in the order of the tables of definitions."""
    return {key: {"text": known.text, "source": known.source} for key, known in all_definitions().items() if key in used}


def measure_talk(talk: Talk, settings: Settings, *, others: Sequence[Motions] = ()) -> Findings:
    """Measure turn-taking, and where there is motion, non-verbal behaviour and synchrony.

    Args:
        talk: the conversation.
        settings: how.
        others: motion of other conversations, for pseudo-dyads.

    Raises:
        InputError: a definition of backchannels that is unknown or needs words where there are none.
    """
    analysis = analyse(talk.intervals, settings.turns)
    turns = tuple(measures_of(analysis))
    if talk.motion is None:
        return Findings(talk=talk, analysis=analysis, measures=turns)
    motion, strangers = _by_seat(talk.motion), [_by_seat(other) for other in others]
    nonverbal = measure_nonverbal(motion, talk.intervals, rules=settings.nonverbal, seed=settings.seed)
    synchrony = measure_synchrony(motion, others=strangers, rules=settings.synchrony, seed=settings.seed)
    return Findings(
        talk=talk,
        analysis=analysis,
        measures=(*turns, *nonverbal, *synchrony_rows(synchrony)),
        nonverbal=tuple(nonverbal),
        synchrony=tuple(synchrony),
        alignment=align(talk, talk.motion, analysis, rules=settings.nonverbal),
    )


def _by_seat(motion: Motions) -> dict[Seat, Motion]:
    return dict(zip(Seat, motion, strict=True))
