"""The measures of turn-taking of one conversation, each with its unit, definition, parameters and source."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import log2

import numpy as np

from dyad.eval.turn_taking.analysis import TurnAnalysis, TurnRules, analyse
from dyad.eval.turn_taking.backchannels import backchannel_parameters
from dyad.eval.turn_taking.floor import (
    BOTH,
    GAP,
    NO_GAP_NO_OVERLAP,
    ONLY_A,
    ONLY_B,
    OVERLAP_BETWEEN,
    OVERLAP_WITHIN,
    PAUSE,
    SILENCE,
    UNCLASSIFIED,
    Floor,
)
from dyad.eval.turn_taking.interruptions import OUTCOMES
from dyad.eval.turn_taking.intervals import MICRO, TurnIntervals
from dyad.eval.turn_taking.spans import Mask, Points, Spans, lengths
from dyad.eval.turn_taking.turn_measure import Maker, Parameter, TurnMeasure
from dyad.seat import Seat

_JOIN = ("join_s",)
_BACKCHANNELS = ("join_s", "backchannels")


def measure_turns(intervals: TurnIntervals, rules: TurnRules | None = None) -> list[TurnMeasure]:
    """All measures of a conversation.

    The names and their order are the same for every conversation and definition; only ``sustained_backchannels_per_minute`` exists under
    HiPlex's alone.

    Args:
        intervals: who speaks when.
        rules: thresholds and the definition of backchannels.

    Raises:
        InputError: a definition of backchannels that is unknown or needs words where there are none.
    """
    return list(measures_of(analyse(intervals, rules or TurnRules())))


def measures_of(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    """The measures of a conversation that is taken apart already."""
    for part in (_shares, _talk_time, _units, _floor, _transfers, _prior_turn, _turns, _backchannels, _interruptions):
        yield from part(analysis)


def _maker(analysis: TurnAnalysis, definition: str, names: Sequence[str] = ()) -> Maker:
    parameters: dict[str, Parameter] = {name: getattr(analysis.rules, name) for name in names}
    return Maker(definition=definition, minutes=analysis.total / MICRO / 60, parameters=parameters)


def _whose(analysis_of_both: tuple[Spans, Spans]) -> Iterator[tuple[str | None, Spans]]:
    """The spans of both together, then of each seat."""
    yield None, np.concatenate(analysis_of_both)
    for seat in Seat:
        yield seat.name, analysis_of_both[seat]


def _shares(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    make, states = _maker(analysis, "speech_states"), analysis.states
    for seat, code in ((Seat.A, ONLY_A), (Seat.B, ONLY_B)):
        own = analysis.speech[seat]
        share = int(lengths(own).sum()) / analysis.total
        yield make.number("speech_share", share, unit="share", n=len(own), seat=seat.name)
        alone = int((states.code == code).sum())
        yield make.number("solo_share", states.time_in(code) / analysis.total, unit="share", n=alone, seat=seat.name)
    for name, code in (("overlap_share", BOTH), ("silence_share", SILENCE)):
        yield make.number(name, states.time_in(code) / analysis.total, unit="share", n=int((states.code == code).sum()))


def _talk_time(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    make = _maker(analysis, "talk_time")
    talk = [int(lengths(own).sum()) for own in analysis.speech]
    stretches = sum(len(own) for own in analysis.speech)
    shares = [own / sum(talk) for own in talk] if sum(talk) else []
    for seat in Seat:
        share = shares[seat] if shares else None
        yield make.number("talk_time_share", share, unit="share", n=len(analysis.speech[seat]), seat=seat.name)
    balance = 1 - abs(shares[0] - shares[1]) if shares else None
    yield make.number("talk_time_balance", balance, unit="share", n=stretches)
    entropy = sum(-share * log2(share) for share in shares if share) if shares else None
    yield make.number("talk_time_entropy", entropy, unit="bit", n=stretches)


def _units(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    make = _maker(analysis, "ipu", _JOIN)
    for seat, own in _whose(analysis.units):
        yield make.rate("ipus_per_minute", len(own), seat=seat)
        yield from make.summary("ipu", lengths(own), seat=seat)


def _floor(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    """Pauses by whose they are; gaps and overlaps between by the next speaker; overlaps within by who has the floor."""
    make, floor = _maker(analysis, "state_machine", _JOIN), analysis.floor
    for stem, kind in (("pause", PAUSE), ("gap", GAP), ("overlap", OVERLAP_BETWEEN), ("overlap_within", OVERLAP_WITHIN)):
        for name, seat in ((None, None), *((seat.name, seat) for seat in Seat)):
            found = lengths(floor.spans[(floor.kind == kind) & (True if seat is None else floor.after == seat)])
            yield make.rate(f"{stem}s_per_minute" if "_" not in stem else "overlaps_within_per_minute", len(found), seat=name)
            yield from make.summary(stem, found, seat=name)
    direct = int((floor.kind == NO_GAP_NO_OVERLAP).sum())
    yield make.rate("no_gap_no_overlap_per_minute", direct)
    lost = int((floor.kind == UNCLASSIFIED).sum())
    yield _maker(analysis, "unclassified", _JOIN).number("unclassified", lost, unit="count", n=len(floor.kind) - direct)


def _transfers(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    make = _maker(analysis, "fto_state_machine", _JOIN)
    yield from _offsets(make, "fto", analysis.floor)
    yield make.rate("transfers_per_minute", int(analysis.floor.transfers.sum()))
    without, floor = _maker(analysis, "fto_without_backchannels", _BACKCHANNELS), analysis.floor_without
    yield from _offsets(without, "fto_without_backchannels", floor)
    yield without.rate("transfers_without_backchannels_per_minute", int(floor.transfers.sum()))
    latency = _maker(analysis, "response_latency", _BACKCHANNELS)
    for seat in Seat:
        yield latency.median("response_latency_median", floor.offsets[floor.transfers & (floor.after == seat)], seat=seat.name)


def _offsets(make: Maker, stem: str, floor: Floor) -> Iterator[TurnMeasure]:
    offsets = floor.offsets[floor.transfers]
    yield from make.summary(stem, offsets)
    yield _overlapped(make, stem, offsets < 0)


def _overlapped(make: Maker, stem: str, negative: Mask) -> TurnMeasure:
    share = float(negative.mean()) if len(negative) else None
    return make.number(f"{stem}_overlapped_share", share, unit="share", n=len(negative))


def _prior_turn(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    make = _maker(analysis, "fto_relevant_prior_turn", ("join_s", "window_s", "planning_s"))
    offsets: Points = analysis.prior_turn.offset
    yield from make.summary("fto_relevant_prior_turn", offsets)
    yield _overlapped(make, "fto_relevant_prior_turn", offsets < 0)


def _turns(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    make = _maker(analysis, "talkspurt_turn", _BACKCHANNELS)
    for seat, own in _whose(analysis.turns):
        yield make.rate("turns_per_minute", len(own), seat=seat)
        yield make.median("turn_median", lengths(own), seat=seat)


def _backchannels(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    name = analysis.rules.backchannels
    make = replace(_maker(analysis, name, _BACKCHANNELS), parameters=backchannel_parameters(name, join_s=analysis.rules.join_s))
    for seat, own in _whose(analysis.backchannels):
        yield make.rate("backchannels_per_minute", len(own), seat=seat)
        yield make.median("backchannel_median", lengths(own), seat=seat)
    for own_seat in Seat:
        heard_s, count = int(lengths(analysis.speech[own_seat.partner]).sum()) / MICRO, len(analysis.backchannels[own_seat])
        rate = 60 * count / heard_s if heard_s else None
        yield make.number("backchannels_per_partner_minute", rate, unit="1/min", n=count, seat=own_seat.name)
    if name == "hiplex":
        for seat, own in _whose(analysis.sustained):
            yield make.rate("sustained_backchannels_per_minute", len(own), seat=seat)


def _interruptions(analysis: TurnAnalysis) -> Iterator[TurnMeasure]:
    """By who interrupts, or tries to."""
    make = _maker(analysis, "interruption_proxy", (*_BACKCHANNELS, "min_overlap_s", "yield_s"))
    for code, outcome in enumerate(OUTCOMES):
        counts = [int((own.outcome == code).sum()) for own in analysis.interruptions]
        for seat, count in ((None, sum(counts)), ("A", counts[0]), ("B", counts[1])):
            yield make.rate(f"interruptions_{outcome}_per_minute", count, seat=seat)
