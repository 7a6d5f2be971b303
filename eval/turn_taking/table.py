"""The events behind the measures, one row each, as a table of them wants."""

from collections.abc import Iterator
from typing import NamedTuple

from dyad.eval.turn_taking.analysis import TurnAnalysis, TurnRules, analyse
from dyad.eval.turn_taking.floor import KINDS, NO_GAP_NO_OVERLAP, UNCLASSIFIED
from dyad.eval.turn_taking.interruptions import OUTCOMES
from dyad.eval.turn_taking.intervals import MICRO, TurnIntervals
from dyad.eval.turn_taking.vap import vap_events
from dyad.eval.turn_taking.vap_config import vap_config
from dyad.seat import Seat


class EventRow(NamedTuple):
    """One event.

    ``seat`` is who speaks; of gaps, overlaps between and floor transfers the next speaker, of overlaps within whoever has the floor, of
    interruptions who interrupts, "" of what is unclassified. ``value`` is the length in seconds, of floor transfers the signed offset.
    """

    kind: str
    seat: str
    start_s: float
    end_s: float
    value: float
    definition: str


def events_table(intervals: TurnIntervals, rules: TurnRules | None = None, *, vap: str | None = "event_config") -> list[EventRow]:
    """All events of a conversation, in order of time (then kind and seat).

    Args:
        intervals: who speaks when.
        rules: thresholds and the definition of backchannels.
        vap: configuration of the VAP events, a name of ``VAP_CONFIGS``, used on the whole recording; None leaves them out.

    Raises:
        InputError: an unknown name, or a definition that needs words where there are none.
    """
    rows = list(_rows(analyse(intervals, rules or TurnRules())))
    if vap is not None:
        found = vap_events(intervals, vap_config(vap).whole()).by_kind()
        rows += [
            EventRow(f"vap_{kind}", seat.name, start, end, round(end - start, 6), f"vap_{vap}")
            for kind, regions in found.items()
            for start, end, seat in regions
        ]
    return sorted(rows, key=lambda row: (row.start_s, row.end_s, row.kind, row.seat))


def _rows(analysis: TurnAnalysis) -> Iterator[EventRow]:
    for seat in Seat:
        for kind, spans, definition in (
            ("ipu", analysis.units[seat], "ipu"),
            ("turn", analysis.turns[seat], "talkspurt_turn"),
            ("backchannel", analysis.backchannels[seat], analysis.rules.backchannels),
            ("sustained_backchannel", analysis.sustained[seat], analysis.rules.backchannels),
        ):
            for start, end in spans.tolist():
                yield _row(kind, seat.name, start, end, definition)
        own = analysis.interruptions[seat]
        for code, (start, end) in zip(own.outcome.tolist(), own.overlap.tolist(), strict=True):
            yield _row(f"interruption_{OUTCOMES[code]}", seat.name, start, end, "interruption_proxy")
    yield from _floor_rows(analysis)
    prior = analysis.prior_turn
    for offset, (start, _), code in zip(prior.offset.tolist(), prior.unit.tolist(), prior.seat.tolist(), strict=True):
        edges = sorted((start - offset, start))
        yield _row("floor_transfer", Seat(code).name, edges[0], edges[1], "fto_relevant_prior_turn", value=offset)


def _floor_rows(analysis: TurnAnalysis) -> Iterator[EventRow]:
    floor = analysis.floor
    columns = zip(
        floor.kind.tolist(), floor.spans.tolist(), floor.after.tolist(), floor.transfers.tolist(), floor.offsets.tolist(), strict=True
    )
    for kind, (start, end), after, transfer, offset in columns:
        seat = "" if kind == UNCLASSIFIED else Seat(after).name
        if kind != NO_GAP_NO_OVERLAP:
            yield _row(KINDS[kind], seat, start, end, "unclassified" if kind == UNCLASSIFIED else "state_machine")
        if transfer:
            yield _row("floor_transfer", seat, start, end, "fto_state_machine", value=offset)


def _row(kind: str, seat: str, start: int, end: int, definition: str, *, value: int | None = None) -> EventRow:
    return EventRow(kind, seat, start / MICRO, end / MICRO, (end - start if value is None else value) / MICRO, definition)
