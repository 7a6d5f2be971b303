"""Turn-taking events as the voice activity projection models define them: shift, hold, backchannel, and the regions to predict them in.

Ekstedt & Skantze (2022), as their published code computes them (github.com/ErikEkstedt/VoiceActivityProjection, commit f39a78b,
``vap/events.py``), on frames: a time becomes the whole frame it lies in (0.25 s at 50 Hz is 12 frames). Here the floor is taken of whole
microseconds, so that 4.6 s is frame 230 and not, by an error of floating point, 229.

Kept as they are there: a backchannel that touches the start or the end of the recording is none; the configuration of the code does not
ask whether the other person spoke before it; a shift or hold needs its second of speech on both sides inside the recording.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from dyad.eval.turn_taking.floor import GAP, PAUSE, Floor, States, floor_of, states_of
from dyad.eval.turn_taking.intervals import MICRO, TurnIntervals
from dyad.eval.turn_taking.spans import Mask, Points, Spans, enclosing, joined, lengths, touched
from dyad.eval.turn_taking.vap_config import VapConfig
from dyad.seat import Seat

Region = tuple[float, float, Seat]
"""Start and end in seconds, and whose: the next speaker of a shift or hold, the one who gives the backchannel (or could)."""


@dataclass(frozen=True, kw_only=True)
class VapEvents:
    """All events of a recording, none left out to balance classes (see ``balanced``).

    Args:
        shift: silences after which the other person speaks.
        hold: silences after which the same person goes on.
        long: first part of the speech after a shift that becomes a long turn.
        pred_shift: stretch before a shift's silence.
        pred_hold: stretch before a hold's silence.
        backchannel: short speech on its own ("short" in the published code).
        pred_backchannel: stretch before it.
        no_backchannel: where the other speaks and a backchannel could come; stretches to draw negatives from.
    """

    shift: tuple[Region, ...] = ()
    hold: tuple[Region, ...] = ()
    long: tuple[Region, ...] = ()
    pred_shift: tuple[Region, ...] = ()
    pred_hold: tuple[Region, ...] = ()
    backchannel: tuple[Region, ...] = ()
    pred_backchannel: tuple[Region, ...] = ()
    no_backchannel: tuple[Region, ...] = ()

    def by_kind(self) -> Mapping[str, tuple[Region, ...]]:
        """The regions by the name of their kind."""
        return {kind.name: getattr(self, kind.name) for kind in fields(self)}


def vap_events(intervals: TurnIntervals, config: VapConfig | None = None) -> VapEvents:
    """The events of a recording, by the configuration exactly: the default looks at the first 20 s only (``VapConfig().whole()``).

    Regions are in order of time, and of two that start together A's is first.
    """
    frames = _Frames.of(intervals, config or VapConfig())
    turns = {kind: _around_silence(frames, kind) for kind in (GAP, PAUSE)}
    backchannels = frames.backchannels()
    return VapEvents(
        shift=frames.regions(*turns[GAP].region),
        hold=frames.regions(*turns[PAUSE].region),
        long=frames.regions(*turns[GAP].long),
        pred_shift=frames.regions(*turns[GAP].prediction),
        pred_hold=frames.regions(*turns[PAUSE].prediction),
        backchannel=frames.regions(*backchannels),
        pred_backchannel=frames.regions(*_before_backchannels(frames, *backchannels)),
        no_backchannel=frames.regions(*_no_backchannels(frames)),
    )


def vap_backchannels(intervals: TurnIntervals, config: VapConfig) -> tuple[Spans, Spans]:
    """The backchannels of A and of B alone, microseconds."""
    frames = _Frames.of(intervals, config)
    spans, seat = frames.backchannels()
    micro = spans * MICRO // config.frame_hz
    return micro[seat == Seat.A], micro[seat == Seat.B]


def balanced(events: VapEvents, config: VapConfig | None = None, *, seed: int) -> VapEvents:
    """As the published code leaves them: as many holds as shifts, and as many negatives as regions before a shift, drawn by chance.

    The number of negatives of backchannels too is that of the regions before a *shift* (so it is there). Each is a stretch as long as
    the other regions, from a random frame of its own. The draws are this seed's, not those of the original, and nothing is carried from
    one recording to the next.

    Args:
        events: all of them.
        config: with which they were found.
        seed: of the draws.
    """
    draw, settings = np.random.default_rng(seed), config or VapConfig()

    def some(regions: tuple[Region, ...], count: int) -> tuple[Region, ...]:
        chosen = draw.choice(len(regions), size=min(count, len(regions)), replace=False) if regions else np.empty(0, np.int64)
        return tuple(regions[index] for index in sorted(chosen.tolist()))

    def stretch(region: Region) -> Region:
        first, last = (round(time * settings.frame_hz) for time in region[:2])
        length = int(settings.prediction_s * settings.frame_hz)
        start = int(draw.integers(first, last - length + 1))
        return start / settings.frame_hz, (start + length) / settings.frame_hz, region[2]

    return replace(
        events,
        hold=some(events.hold, len(events.shift)),
        pred_hold=some(events.pred_hold, len(events.pred_shift)),
        no_backchannel=tuple(stretch(region) for region in some(events.no_backchannel, len(events.pred_shift))),
    )


Regions = tuple[Spans, Points]  # in frames, and whose


@dataclass(frozen=True, kw_only=True, eq=False)
class _Frames:
    """A recording in frames.

    Args:
        config: settings.
        total: number of frames.
        speech: of A and of B.
        filled: the same with the pauses closed in which nobody else spoke.
        states: of the speech.
        floor: named silences and overlaps of the states.
    """

    config: VapConfig
    total: int
    speech: tuple[Spans, Spans]
    filled: tuple[Spans, Spans]
    states: States
    floor: Floor

    @classmethod
    def of(cls, intervals: TurnIntervals, config: VapConfig) -> "_Frames":
        total = intervals.total * config.frame_hz // MICRO
        a, b = (joined(spans * config.frame_hz // MICRO, shorter_than=1) for spans in intervals.speech)
        states = states_of(a, b, total=total)
        floor = floor_of(states)
        filled_a, filled_b = (_filled(own, floor, seat) for seat, own in ((Seat.A, a), (Seat.B, b)))
        return cls(config=config, total=total, speech=(a, b), filled=(filled_a, filled_b), states=states, floor=floor)

    def count(self, seconds: float) -> int:
        """Whole frames in a time."""
        return round(seconds * MICRO) * self.config.frame_hz // MICRO

    @property
    def limit(self) -> int:
        """First frame at which no event may start."""
        return self.total if self.config.max_s is None else self.count(self.config.max_s)

    def starts_in_time(self, starts: Points) -> Mask:
        """Whether there is enough context before, and the limit is not reached."""
        return (starts >= self.count(self.config.min_context_s)) & (starts < self.limit)

    def only(self, seat: Points, stretches: Spans) -> Mask:
        """Whether this seat, and nobody else, speaks throughout each stretch, pauses closed."""
        a, b = self.filled
        is_a = enclosing(a, stretches) & ~touched(b, stretches)
        is_b = enclosing(b, stretches) & ~touched(a, stretches)
        return np.where(seat == Seat.A, is_a, is_b)

    def regions(self, spans: Spans, seat: Points) -> tuple[Region, ...]:
        """In seconds, in order of time."""
        order = np.lexsort((seat, spans[:, 0]))
        times = (spans[order] / self.config.frame_hz).tolist()
        return tuple((start, end, Seat(own)) for (start, end), own in zip(times, seat[order].tolist(), strict=True))

    def backchannels(self) -> Regions:
        """Short speech of one seat between long silences of that seat."""
        found = [self._backchannels_of(seat) for seat in Seat]
        return np.concatenate(found), np.repeat(np.arange(len(Seat)), [len(spans) for spans in found])

    def _backchannels_of(self, seat: Seat) -> Spans:
        config, islands = self.config, self.filled[seat]
        ends_before = np.r_[0, islands[:-1, 1]]
        starts_after = np.r_[islands[1:, 0], self.total]
        chosen = (
            self.starts_in_time(islands[:, 0])
            & (lengths(islands) <= self.count(config.bc_max_s))
            & (islands[:, 0] - ends_before >= max(1, self.count(config.bc_pre_s)))
            & (starts_after[: len(islands)] - islands[:, 1] >= max(1, self.count(config.bc_post_s)))
        )
        if config.bc_after_partner:
            chosen &= self._partner_was_last(islands[:, 0], ends_before, seat)
        found: Spans = islands[chosen]
        return found

    def _partner_was_last(self, starts: Points, own_ends: Points, seat: Seat) -> Mask:
        other = self.speech[seat.partner]
        if not len(other):
            return np.zeros(len(starts), np.bool_)
        last = np.searchsorted(other[:, 0], starts, side="left") - 1
        heard = np.minimum(other[np.maximum(last, 0), 1], starts)
        partner: Mask = (last >= 0) & (heard > own_ends)
        return partner


def _filled(own: Spans, floor: Floor, seat: Seat) -> Spans:
    pauses = floor.spans[(floor.kind == PAUSE) & (floor.before == seat)]
    return joined(np.concatenate([own, pauses]), shorter_than=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Around:
    """What belongs to the silences of one kind: the silences, what to predict them from, and the onset of long turns after them."""

    region: Regions
    prediction: Regions
    long: Regions


def _around_silence(frames: _Frames, kind: int) -> _Around:
    config = frames.config
    of_kind = frames.floor.kind == kind
    silence, before, after = frames.floor.spans[of_kind], frames.floor.before[of_kind], frames.floor.after[of_kind]
    start, onset = silence[:, 0], silence[:, 1]
    good = (
        frames.starts_in_time(start)
        & (lengths(silence) >= frames.count(config.metric_s + config.metric_pad_s))
        & frames.only(before, np.column_stack([start - frames.count(config.pre_s), start]))
        & frames.only(after, np.column_stack([onset, onset + frames.count(config.post_s)]))
    )
    place = np.searchsorted(frames.states.edges, start)  # the silence among the states
    run = np.diff(frames.states.edges)
    prediction = np.column_stack([start - frames.count(config.prediction_s), start])
    foreseen = good & (prediction[:, 0] >= frames.count(config.min_context_s))
    if config.prediction_on_active:
        foreseen &= run[place - 1] >= frames.count(config.prediction_s)
    long = good & (run[place + 1] >= frames.count(config.long_turn_s))
    onsets = np.column_stack([onset, onset + frames.count(config.long_onset_s)])
    return _Around(
        region=(silence[good], after[good]), prediction=(prediction[foreseen], after[foreseen]), long=(onsets[long], after[long])
    )


def _before_backchannels(frames: _Frames, spans: Spans, seat: Points) -> Regions:
    before = np.column_stack([spans[:, 0] - frames.count(frames.config.prediction_s), spans[:, 0]])
    kept = before[:, 0] >= frames.count(frames.config.min_context_s)
    return before[kept], seat[kept]


def _no_backchannels(frames: _Frames) -> Regions:
    config = frames.config
    states = states_of(*frames.filled, total=frames.total)
    runs = np.column_stack([states.edges[:-1], states.edges[1:]])
    left, right = frames.count(config.bc_negative_left_s), frames.count(config.bc_negative_right_s)
    inner = np.column_stack(
        [np.maximum(runs[:, 0] + left, frames.count(config.min_context_s)), np.minimum(runs[:, 1] - right, frames.limit)]
    )
    kept = states.alone & (lengths(runs) >= left + right) & (lengths(inner) >= frames.count(config.prediction_s))
    return inner[kept], 1 - states.solo_seat[kept]
