"""Who holds the floor: shares, gaps, overlaps and floor transfers of a two-person conversation.

The communicative-state machine of Heldner & Edlund (2010), run on interval times instead of frames: at every instant nobody, A alone, B
alone or both speak. Each silence and each overlap is named after the solo states on its two sides:

============================  ==========================================  ===================
between                       name                                        FTO
============================  ==========================================  ===================
A and B, silence              ``gap``                                     + its duration
A and A, silence              ``pause``                                   none
A and B, both                 ``overlap_between``                         − its duration
A and A, both                 ``overlap_within``                          none
A and B, nothing              ``no_gap_no_overlap``                       0
anything else                 counted in ``unclassified``                 none
============================  ==========================================  ===================

Times are whole microseconds inside (RTTM's precision), so that a turn that starts where the last one ended does touch it. Silence before
the first word and after the last is no interval between turns; it counts in ``silence_share`` only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from pyannote.core import Annotation

from dyad.errors import InputError
from dyad.seat import Seat

IPU_GAP_S = 0.18
"""Silence of one speaker that ends an inter-pausal unit: 180 ms or more, longer than stop closures (Levinson & Torreira 2015)."""
SLACK_S = 0.05  # how far a turn may outlast the sound, as in Conversation

_MICRO = 1_000_000
_NAMES = {(False, False): "pause", (False, True): "gap", (True, False): "overlap_within", (True, True): "overlap_between"}
_Interval = tuple[int, int]


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
    if not 0 < duration_s < float("inf"):
        raise InputError("duration_s", expected="more than 0 seconds", got=f"{duration_s!r}", cure="Measure a conversation with sound.")
    if not 0 <= ipu_gap_s < float("inf"):
        raise InputError("ipu_gap_s", expected="0 seconds or more", got=f"{ipu_gap_s!r}", cure="0.18 is usual.")
    total, threshold = round(duration_s * _MICRO), round(ipu_gap_s * _MICRO)
    speech = _speech(diarization, total=total)
    ipus = {seat: _bridged(speech[seat], threshold=threshold) for seat in Seat}
    times = _state_times(speech, total=total)
    intervals, unclassified = _name(_states(ipus, total=total))
    return Turns(
        duration_s=duration_s,
        ipu_gap_s=ipu_gap_s,
        speech_share={seat: sum(end - start for start, end in speech[seat]) / total for seat in Seat},
        overlap_share=times[True, True] / total,
        silence_share=times[False, False] / total,
        ipus={seat: tuple((start / _MICRO, end / _MICRO) for start, end in ipus[seat]) for seat in Seat},
        intervals=tuple(intervals),
        unclassified=unclassified,
    )


def _speech(diarization: Annotation, *, total: int) -> dict[Seat, list[_Interval]]:
    """Each seat's speech in microseconds: in order, disjoint, not touching."""
    raw: dict[Seat, list[_Interval]] = {seat: [] for seat in Seat}
    for segment, _, label in diarization.itertracks(yield_label=True):
        if label not in ("A", "B"):
            raise InputError("diarization", expected="speakers labelled A and B", got=repr(label), cure="Rename them.")
        start, end = round(segment.start * _MICRO), round(segment.end * _MICRO)
        if start < -1 or end > total + SLACK_S * _MICRO:
            raise InputError(
                "diarization",
                expected=f"turns within 0 to {total / _MICRO:.2f} s",
                got=f"a turn of {label} from {segment.start:.2f} to {segment.end:.2f} s",
                cure="Crop the turns, or give the duration they belong to.",
            )
        raw[Seat[label]].append((max(0, start), min(end, total)))
    # A threshold of one microsecond joins what touches or overlaps and nothing else.
    return {seat: _bridged(sorted((start, end) for start, end in turns if end > start), threshold=1) for seat, turns in raw.items()}


def _bridged(speech: Sequence[_Interval], *, threshold: int) -> list[_Interval]:
    joined: list[_Interval] = []
    for start, end in speech:
        if joined and (start - joined[-1][1] < threshold or start <= joined[-1][1]):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


_State = tuple[bool, bool]  # whether A speaks, whether B speaks


def _states(speech: Mapping[Seat, Sequence[_Interval]], *, total: int) -> list[tuple[_State, int, int]]:
    """The states that follow each other, with start and end, covering the conversation."""
    edges = [(time, seat, begins) for seat in Seat for turn in speech[seat] for time, begins in zip(turn, (True, False), strict=True)]
    states: list[tuple[_State, int, int]] = []
    now, since = [False, False], 0
    for time, seat, begins in sorted(edges):
        if time > since:
            states.append(((now[Seat.A], now[Seat.B]), since, time))
            since = time
        now[seat] = begins
    if total > since:
        states.append(((now[Seat.A], now[Seat.B]), since, total))
    return states


def _state_times(speech: Mapping[Seat, Sequence[_Interval]], *, total: int) -> dict[_State, int]:
    times = {(a, b): 0 for a in (False, True) for b in (False, True)}
    for state, start, end in _states(speech, total=total):
        times[state] += end - start
    return times


def _name(states: Sequence[tuple[_State, int, int]]) -> tuple[list[FloorInterval], int]:
    """Name the silences and overlaps; also how many between the first and the last word have no name."""
    intervals: list[FloorInterval] = []
    unclassified = 0
    for index, ((a, b), start, end) in enumerate(states[:-1]):
        after, follows = _alone(states[index + 1][0]), states[index + 1][1]
        here = _alone((a, b))
        if here is not None and after is not None:
            intervals.append(_interval("no_gap_no_overlap", follows, follows, here, after))
        if here is not None or index == 0:
            continue
        before = _alone(states[index - 1][0])
        if before is None or after is None:
            unclassified += 1
        else:
            intervals.append(_interval(_NAMES[a and b, before != after], start, end, before, after))
    return intervals, unclassified


def _alone(state: _State) -> Seat | None:
    return None if state[0] == state[1] else Seat.A if state[0] else Seat.B


def _interval(kind: str, start: int, end: int, before: Seat, after: Seat) -> FloorInterval:
    return FloorInterval(kind=kind, start_s=start / _MICRO, end_s=end / _MICRO, before=before, after=after)
