"""Measures that a study can have as outcomes: all that dyad measures of two people, by one list of names."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Protocol

import numpy as np
from pyannote.core import Annotation, Segment

from dyad.arrays import FloatArray
from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.eval.behaviour import measure_behaviour
from dyad.eval.nonverbal.measure import measure_nonverbal
from dyad.eval.responses import measure_responses
from dyad.eval.seat_view import Recorded
from dyad.eval.synchrony.measure import measure_synchrony
from dyad.eval.synchrony.rules import METHODS, SynchronyRules
from dyad.eval.synchrony.signals import SIGNALS
from dyad.eval.synchrony.surrogates import ShiftRule
from dyad.eval.synchrony.synchrony_measure import synchrony_rows
from dyad.eval.turn_taking import TurnIntervals, TurnMeasure, measure_turns
from dyad.motion import Motion
from dyad.registry import suggestion
from dyad.seat import Seat

_TRIAL_S = 40.0  # length of the recording that tells which measures there are
_ONE_SIGNAL = "head_pitch"


class Row(Protocol):
    """What all measures of dyad have."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def definition(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One measured number.

    Args:
        name: of the measure.
        seat: whose; None for both people's together.
        value: None where it cannot be measured.
        unit: of the value.
    """

    name: str
    seat: Seat | None
    value: float | None
    unit: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """A measure that there is.

    Args:
        family: what kind of measure.
        unit: of its values.
        definition: in words, or the id of one.
    """

    family: str
    unit: str
    definition: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Two people to be measured, who need not have met."""

    audio: FloatArray
    sample_rate_hz: int
    diarization: Annotation
    motion: Mapping[Seat, Motion]


def read_outcomes(recorded: Recorded, names: Collection[str], *, seed: int) -> list[Reading]:
    """Measure what is named, and nothing else of what takes long.

    Args:
        recorded: turns, sound and motion of both seats.
        names: rows of ``catalogue``.
        seed: of surrogates.
    """
    wanted = set(names)
    families = {catalogue()[name].family for name in wanted}
    return [
        Reading(name=row.name, seat=_seat(row), value=row.value, unit=row.unit)
        for family in _FAMILIES
        if family in families
        for row in _FAMILIES[family](recorded, wanted, seed)
        if row.name in wanted
    ]


def check_outcomes(names: Iterable[str], *, key: str) -> None:
    """See that there are such measures; raises InputError, with a suggestion, for one that there is not."""
    for name in names:
        if name not in catalogue():
            cure = f"{suggestion(name, catalogue())[:300]} See dyad study --list."
            raise InputError(f"setting {key}", expected="measures that dyad has", got=repr(name), cure=cure)


@cache
def catalogue() -> Mapping[str, Known]:
    """All measures by name, found by measuring a short made-up recording."""
    trial = _trial()
    known: dict[str, Known] = {}
    for family, read in _FAMILIES.items():
        for row in read(trial, None, 0):
            known.setdefault(row.name, Known(family=family, unit=row.unit, definition=row.definition))
    return MappingProxyType(known)


def _seat(row: Row) -> Seat | None:
    seat: Seat | str | None = getattr(row, "seat")  # noqa: B009  # families call seats by name or by value
    return Seat[seat] if isinstance(seat, str) else seat


def _turns(recorded: Recorded, wanted: Collection[str] | None, seed: int) -> Iterable[Row]:
    duration_s = recorded.audio.shape[1] / recorded.sample_rate_hz
    return measure_turns(TurnIntervals.from_annotation(recorded.diarization, duration_s=duration_s))


def _behaviour(recorded: Recorded, wanted: Collection[str] | None, seed: int) -> Iterable[Row]:
    return measure_behaviour(recorded)


def _responses(recorded: Recorded, wanted: Collection[str] | None, seed: int) -> Iterable[Row]:
    return measure_responses(recorded)


def _synchrony(recorded: Recorded, wanted: Collection[str] | None, seed: int) -> Iterator[Row]:
    """Only the signals and methods that are wanted, as each takes as long as all else together."""
    for signal in SIGNALS:
        for method in METHODS:
            named = {row.name for row in _synchrony_rows(signal, method)}
            if wanted is None:
                yield from _synchrony_rows(signal, method)
            elif not named.isdisjoint(wanted):
                yield from synchrony_rows(measure_synchrony(recorded.motion, rules=_rules(signal, method), seed=seed))


def _rules(signal: str, method: str, *, shifts: int = 200) -> SynchronyRules:
    return SynchronyRules(signals=(signal,), methods=(method,), shifts=ShiftRule(count=shifts))


@cache
def _synchrony_rows(signal: str, method: str) -> tuple[TurnMeasure, ...]:
    """What there is of a signal: names are those of every other signal, whose figures are found once."""
    if signal != _ONE_SIGNAL:
        rows = _synchrony_rows(_ONE_SIGNAL, method)
        return tuple(replace(row, name=row.name.replace(_ONE_SIGNAL, signal)) for row in rows)
    return tuple(synchrony_rows(measure_synchrony(_trial().motion, rules=_rules(signal, method, shifts=2))))


def _nonverbal(recorded: Recorded, wanted: Collection[str] | None, seed: int) -> Iterable[Row]:
    return measure_nonverbal(recorded.motion, recorded.diarization, seed=seed)


_Read = Callable[[Recorded, Collection[str] | None, int], Iterable[Row]]
_FAMILIES: Mapping[str, _Read] = {
    "turn-taking": _turns,
    "behaviour": _behaviour,
    "non-verbal": _nonverbal,
    "responses": _responses,
    "synchrony": _synchrony,
}


def _trial() -> Pair:
    """Two people who each speak and move a little."""
    rate = 16_000
    frames = FrameClock(frame_rate_hz=25.0).frame(_TRIAL_S)
    rng = np.random.default_rng(0)
    turns = Annotation()
    for index in range(int(_TRIAL_S) // 2):
        turns[Segment(2 * index, 2 * index + 1.6), index] = Seat(index % 2).name
    motion = {
        seat: Motion(
            seat=seat,
            frame_rate_hz=25.0,
            expression=rng.uniform(0, 1, (frames, 52)).astype(np.float32),
            head_rotation=rng.normal(0, 0.1, (frames, 3)).astype(np.float32),
            gaze=rng.normal(0, 0.1, (frames, 2, 2)).astype(np.float32),
        )
        for seat in Seat
    }
    audio = rng.uniform(-0.1, 0.1, (2, round(_TRIAL_S * rate))).astype(np.float32)
    return Pair(audio=audio, sample_rate_hz=rate, diarization=turns, motion=motion)
