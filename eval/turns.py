"""Who holds the floor in a two-person conversation: shares, gaps, overlaps and floor transfers, as values for a run's summary.

The states, names and offsets are those of ``dyad.eval.turn_taking.floor``, which see. Times are whole microseconds inside (RTTM's
precision), so that a turn that starts where the last one ended does touch it. Silence before the first word and after the last is no
interval between turns; it counts in ``silence_share`` only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from pyannote.core import Annotation

from dyad.eval.turn_taking.analysis import IPU_GAP_S
from dyad.eval.turn_taking.floor import BOTH, KINDS, SILENCE, UNCLASSIFIED, Floor, floor_of, states_of
from dyad.eval.turn_taking.intervals import MICRO, TurnIntervals
from dyad.eval.turn_taking.spans import Spans, lengths
from dyad.seat import Seat

__all__ = ["IPU_GAP_S", "FloorInterval", "Turns", "measure_turns"]


@dataclass(frozen=True, kw_only=True)
class FloorInterval:
    """A silence or overlap between two stretches in which one person speaks alone.

    Args:
        kind: gap, pause, overlap_between, overlap_within or no_gap_no_overlap.
        start_s: its start, seconds.
        end_s: its end, seconds.
        before: who spoke alone before.
        after: who spoke alone after.
    """

    kind: str
    start_s: float
    end_s: float
    before: Seat
    after: Seat

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return round(self.end_s - self.start_s, 6)

    @property
    def floor_transfer_offset_s(self) -> float | None:
        """Start of the next speaker minus end of the one before, seconds: > 0 for a gap; None where the floor is not transferred."""
        if self.before == self.after:
            return None
        return -self.duration_s if self.kind == "overlap_between" else self.duration_s


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Turn-taking of one conversation.

    Args:
        duration_s: length of the conversation.
        ipu_gap_s: the threshold used: a speaker's own silences shorter than this are bridged before the states are formed.
        speech_share: per seat, own speech (as given, not bridged) over duration.
        overlap_share: time in which both speak (not bridged) over duration.
        silence_share: time in which nobody speaks (not bridged) over duration.
        ipus: per seat, inter-pausal units as (start, end), seconds.
        intervals: named silences and overlaps in order of time.
        unclassified: silences and overlaps that fit no name, e.g. silence between one person alone and both.
    """

    duration_s: float
    ipu_gap_s: float
    speech_share: Mapping[Seat, float]
    overlap_share: float
    silence_share: float
    ipus: Mapping[Seat, tuple[tuple[float, float], ...]]
    intervals: tuple[FloorInterval, ...]
    unclassified: int

    def durations_s(self, kind: str) -> list[float]:
        """Lengths of the intervals of one kind, seconds, in order of time."""
        return [interval.duration_s for interval in self.intervals if interval.kind == kind]

    @property
    def floor_transfer_offsets_s(self) -> list[float]:
        """Offsets of all floor transfers, seconds, in order of time; backchannels spoken alone count as transfers."""
        return [offset for interval in self.intervals if (offset := interval.floor_transfer_offset_s) is not None]

    @property
    def turn_changes(self) -> int:
        """Number of floor transfers."""
        return len(self.floor_transfer_offsets_s)

    @property
    def floor_transfer_offset_median_s(self) -> float | None:
        """Median of the signed offsets; None without a transfer."""
        return median(offsets) if (offsets := self.floor_transfer_offsets_s) else None

    @property
    def gap_median_s(self) -> float | None:
        """Median length of the gaps alone (always ≥ 0, and 0.15 to 0.3 s above the median offset); None without a gap."""
        return median(gaps) if (gaps := self.durations_s("gap")) else None


def measure_turns(diarization: Annotation, *, duration_s: float, ipu_gap_s: float = IPU_GAP_S) -> Turns:
    """Turn-taking of a conversation from who spoke when.

    Args:
        diarization: turns labelled A and B; touching or overlapping turns of one label count once.
        duration_s: length of the conversation, seconds.
        ipu_gap_s: a speaker's own silences **shorter** than this (not equal) are bridged: 0 bridges none.

    Raises:
        InputError: a duration that is not positive, a threshold below 0, another label, or a turn outside the conversation.
    """
    given = TurnIntervals.from_annotation(diarization, duration_s=duration_s)
    units = given.units(ipu_gap_s)
    states = states_of(*given.speech, total=given.total)
    floor = floor_of(states_of(*units, total=given.total))
    return Turns(
        duration_s=duration_s,
        ipu_gap_s=ipu_gap_s,
        speech_share={seat: int(lengths(given.speech[seat]).sum()) / given.total for seat in Seat},
        overlap_share=states.time_in(BOTH) / given.total,
        silence_share=states.time_in(SILENCE) / given.total,
        ipus={seat: _seconds(units[seat]) for seat in Seat},
        intervals=_named(floor),
        unclassified=int((floor.kind == UNCLASSIFIED).sum()),
    )


def _seconds(spans: Spans) -> tuple[tuple[float, float], ...]:
    return tuple((start / MICRO, end / MICRO) for start, end in spans.tolist())


def _named(floor: Floor) -> tuple[FloorInterval, ...]:
    columns = zip(floor.kind.tolist(), _seconds(floor.spans), floor.before.tolist(), floor.after.tolist(), strict=True)
    return tuple(
        FloorInterval(kind=KINDS[kind], start_s=start, end_s=end, before=Seat(before), after=Seat(after))
        for kind, (start, end), before, after in columns
        if kind != UNCLASSIFIED
    )
