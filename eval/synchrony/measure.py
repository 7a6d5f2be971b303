"""All figures of synchrony of one conversation, each beside what strangers and shifted partners give."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dyad.errors import InputError
from dyad.eval.synchrony.coherence import wavelet_coherence
from dyad.eval.synchrony.granger import granger_causality
from dyad.eval.synchrony.rules import SynchronyRules
from dyad.eval.synchrony.signals import PairSignal, pair_signal
from dyad.eval.synchrony.strength import Strength
from dyad.eval.synchrony.surrogates import OBSERVED, Shifts, surrogate_test
from dyad.eval.synchrony.synchrony_measure import SynchronyMeasure
from dyad.eval.synchrony.windowed import windowed_correlation
from dyad.motion import Motion
from dyad.seat import Seat


def measure_synchrony(
    motion: Mapping[Seat, Motion],
    *,
    others: Sequence[Mapping[Seat, Motion]] = (),
    rules: SynchronyRules | None = None,
    seed: int = 0,
) -> list[SynchronyMeasure]:
    """Every figure of every signal, beside circular shifts and, where there are other conversations, pseudo-dyads.

    The same names in the same order for every conversation; what a recording cannot show (a basis without the channels, someone who never
    moves, too little time) has no value and says why.

    Args:
        motion: of both seats.
        others: motions of other conversations.
        rules: what is measured and how.
        seed: of the circular shifts.

    Raises:
        InputError: motion of fewer than two seats.
    """
    rules = rules or SynchronyRules()
    if set(motion) != set(Seat):
        got = ", ".join(seat.name for seat in motion) or "none"
        raise InputError("motion", expected="both seats", got=got, cure="Give both.")
    measures: list[SynchronyMeasure] = []
    for signal in rules.signals:
        try:
            pair = pair_signal(motion, signal, rule=rules.signal)
        except InputError as error:
            measures += [measure for method in rules.methods for measure in _unmeasured(method, signal, error, rules=rules)]
        else:
            strangers = [_signal_or_none(other, signal, rules=rules) for other in others]
            measures += measure_pair(pair, others=strangers, rules=rules, seed=seed)
    return measures


def measure_pair(
    pair: PairSignal, *, others: Sequence[PairSignal | None] = (), rules: SynchronyRules | None = None, seed: int = 0
) -> list[SynchronyMeasure]:
    """The same of one signal that is at hand already, from motion or from anywhere else.

    Args:
        pair: the signal of both.
        others: the same signal of other conversations, at the same rate; None for one that does not have it.
        rules: methods and their settings; their signals and how these are taken play no part.
        seed: of the circular shifts.

    Raises:
        InputError: another conversation's signal of another name or rate.
    """
    rules = rules or SynchronyRules()
    strangers = _strangers(pair, others, least_overlap=rules.least_overlap)
    return [measure for method in rules.methods for measure in _method_measures(method, pair, strangers, rules=rules, seed=seed)]


@dataclass(frozen=True, kw_only=True)
class _Strangers:
    pairs: list[PairSignal]
    left_out: int  # conversations that make no pairs: too short, still, or without the signal


def _signal_or_none(motion: Mapping[Seat, Motion], signal: str, *, rules: SynchronyRules) -> PairSignal | None:
    try:
        return pair_signal(motion, signal, rule=rules.signal)
    except InputError:
        return None


def _strangers(pair: PairSignal, others: Sequence[PairSignal | None], *, least_overlap: float) -> _Strangers:
    usable = [other for other in others if other is not None and not other.still and len(other) >= least_overlap * len(pair)]
    return _Strangers(pairs=[met for other in usable for met in pair.crossed(other)], left_out=len(others) - len(usable))


def _strength(method: str, pair: PairSignal, shifts: Shifts, *, rules: SynchronyRules) -> Strength:
    if method == "windowed":
        return windowed_correlation(pair, rule=rules.windowed, shifts=shifts)
    if method == "coherence":
        return wavelet_coherence(pair, rule=rules.coherence, shifts=shifts)
    return granger_causality(pair, rule=rules.granger, shifts=shifts)


def _method_measures(
    method: str, pair: PairSignal, strangers: _Strangers, *, rules: SynchronyRules, seed: int
) -> Iterator[SynchronyMeasure]:
    try:
        beyond_s = rules.windowed.max_lag_s if method == "windowed" else 0.0
        shifts = rules.shifts.draw(len(pair), rate_hz=pair.rate_hz, seed=seed, beyond_s=beyond_s)
        found = _strength(method, pair, np.concatenate([OBSERVED, shifts]), rules=rules)
        if method == "granger":  # strangers are fitted with the same model
            rules = replace(rules, granger=replace(rules.granger, order=int(found.settings["order"])))
        unmet = [_strength(method, met, OBSERVED, rules=rules) for met in strangers.pairs]
    except InputError as error:
        yield from _unmeasured(method, pair.name, error, rules=rules)
        return
    parameters = {**rules.parameters(method), "seed": seed, "others_left_out": strangers.left_out}
    for name, figure in rules.figures(method).items():
        value, tests = float({**found.tested, **found.aside}[name][0]), []
        if name in found.tested:
            values = found.tested[name]
            weight = rules.shifts.weight(len(shifts), samples=len(pair), rate_hz=pair.rate_hz, run_s=found.run_s[name])
            tests.append(surrogate_test(values[0], values[1:], kind="circular_shift", weight=weight))
            if unmet:
                tests.append(surrogate_test(values[0], [met.tested[name][0] for met in unmet], kind="pseudo_dyads"))
        yield SynchronyMeasure(
            name=f"{pair.name}_{name}",
            value=value if np.isfinite(value) else None,
            unit=figure.unit,
            n=found.n,
            tests=tuple(tests),
            definition=figure.definition,
            parameters=parameters,
            reason="" if np.isfinite(value) else "no window in which both move",
        )


def _unmeasured(method: str, signal: str, error: InputError, *, rules: SynchronyRules) -> Iterator[SynchronyMeasure]:
    reason = f"{error.what}: {error.got}; needed: {error.expected}"
    parameters = rules.parameters(method)
    for name, figure in rules.figures(method).items():
        yield SynchronyMeasure(
            name=f"{signal}_{name}", value=None, unit=figure.unit, n=0, definition=figure.definition, parameters=parameters, reason=reason
        )
