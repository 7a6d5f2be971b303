"""Who speaks when in a conversation that never took place, sampled so that it takes turns as people do.

A main unit of whoever holds the floor is followed by a pause and a further unit, by a turn of the other person, or by the other's
backchannel, after which the holder goes on. Inside long units the other may put in a word that is swallowed by it. How often each of
these happens follows from a corpus' rates (``dyad.datasets.turn_statistics``); lengths and offsets are drawn from its quantiles.

Lengths must fit together (who overlaps half a second must have spoken, and must go on, for longer), so they are dealt from shuffled decks
that hold each part of a distribution equally often: a card that does not fit stays on top for the next chance, so that fitting does not
bend the distributions in the long run. Times are whole milliseconds.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from pyannote.core import Annotation, Segment

from dyad.datasets.turn_statistics import DEFAULT, Array, Quantiles, TurnStatistics, turn_statistics
from dyad.errors import InputError
from dyad.seat import Seat

OWN_SILENCE_MS = 180  # less is bridged by the definition of an inter-pausal unit
ALONE_MS = 30  # shortest stretch that one person has alone on each side of an overlap; chosen, below any that is heard
SHORTEST_MS = 100  # of a stretch cut off by the end of the conversation
WARM_UP_MS = 60_000  # talk that is thrown away: fresh decks deal what fits easily first, so that long overlaps would come late
FIRST_WORD_MS = 800  # latest start of the first unit; chosen
SHORTEST_HOST_MS = 600  # units that can swallow another; chosen, hosts have a 5 % quantile of 0.84 s on Switchboard
LONGEST_BACKCHANNEL_MS = 1000  # the usual limit: Ekstedt & Skantze 2022
FEWEST_SHARE = 0.25  # the less talkative person's part of the floor is drawn no smaller; chosen, 2 % of Switchboard's calls pass it
_CARDS = 100  # in a pack: one of each hundredth of the distribution
_MOST_PACKS = 20  # bought for one deal; beyond it the question is wrong


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """One inter-pausal unit of one person.

    Args:
        seat: who speaks.
        start_s: its start, seconds.
        end_s: its end, seconds.
        kind: ``turn``; or, for units that do not take the floor, ``backchannel`` up to 1 s and ``interjection`` beyond.
    """

    seat: Seat
    start_s: float
    end_s: float
    kind: str


@dataclass(frozen=True, kw_only=True)
class TurnPlan:
    """A sampled conversation.

    Args:
        duration_s: its length.
        corpus: whose statistics it follows.
        stretches: all units of both people, by start.
    """

    duration_s: float
    corpus: str
    stretches: tuple[Stretch, ...]

    def diarization(self) -> Annotation:
        """Who speaks when, labelled A and B."""
        turns = Annotation()
        for stretch in self.stretches:
            segment = Segment(stretch.start_s, stretch.end_s)
            turns[segment, turns.new_track(segment)] = stretch.seat.name
        return turns


def sample_turns(duration_s: float, *, seed: int, corpus: str = DEFAULT) -> TurnPlan:
    """Sample who speaks when.

    Args:
        duration_s: length of the conversation, at least a second.
        seed: whole number; same seed, same plan.
        corpus: whose turn-taking: ``switchboard`` or ``ifadv``.

    Returns:
        The plan; what passes the end is cut off.

    Raises:
        InputError: too short a duration, a negative seed or another corpus.
    """
    if not 1 <= duration_s < float("inf"):
        raise InputError("duration of a conversation", expected="1 second or more", got=f"{duration_s!r}", cure="60 is usual.")
    if seed < 0:
        raise InputError("seed", expected="a whole number of 0 or more", got=str(seed), cure="Choose another seed.")
    end_ms = int(duration_s * 1000)
    talk = _Talk(turn_statistics(corpus), np.random.default_rng(seed))
    talk.run(WARM_UP_MS)
    talk.run(end_ms)
    units = sorted((start, min(end, end_ms), seat, kind) for start, end, seat, kind in talk.units if start <= end_ms - SHORTEST_MS)
    stretches = tuple(Stretch(seat=seat, start_s=start / 1000, end_s=end / 1000, kind=kind) for start, end, seat, kind in units)
    return TurnPlan(duration_s=duration_s, corpus=corpus, stretches=stretches)


@dataclass(kw_only=True)
class _Deck:
    """Deals from a distribution, each part of it equally often."""

    quantile: Callable[[Array], Array]
    rng: np.random.Generator
    cards: list[float] = field(default_factory=list)

    def deal(self, fits: Callable[[float], bool] = lambda card: True) -> float:
        """The first card that fits; the others stay."""
        place = next((place for place, card in enumerate(self.cards) if fits(card)), None)
        for _ in range(_MOST_PACKS):
            if place is not None:
                break
            shares = (self.rng.permutation(_CARDS) + self.rng.random(_CARDS)) / _CARDS
            fresh = self.quantile(shares).tolist()
            place = next((len(self.cards) + place for place, card in enumerate(fresh) if fits(card)), None)
            self.cards += fresh
        assert place is not None, "no card of this deck can fit"
        return self.cards.pop(place)


class _Talk:
    """A conversation that goes on, unit by unit."""

    def __init__(self, figures: TurnStatistics, rng: np.random.Generator) -> None:
        between, swallowed = figures.backchannels_between_per_minute, figures.swallowed_per_minute
        main_per_minute = figures.ipus_per_minute - between - swallowed
        parts = ((swallowed, figures.swallowed_s), (between, figures.backchannel_s))
        main = figures.ipu_s.without(*((rate / figures.ipus_per_minute, lengths) for rate, lengths in parts))
        self._rng = rng
        # A backchannel between two units of the other is a floor transfer there and one back.
        self._turn_share = (figures.floor_transfers_per_minute - 2 * between) / main_per_minute
        self._backchannel_share = between / main_per_minute
        host_ms = main.at((np.arange(1000) + 0.5) / 1000) * 1000 - SHORTEST_HOST_MS
        self._swallowed_per_ms = swallowed / main_per_minute / float(host_ms.clip(min=0).mean())
        part = float(np.clip(rng.normal(0.5, figures.share_sd), FEWEST_SHARE, 1 - FEWEST_SHARE))
        self._part = {Seat.A: part, Seat.B: 1 - part}
        self._offset, self._pause, self._main, self._backchannel, self._swallowed = (
            _milliseconds(lengths, rng)
            for lengths in (figures.floor_transfer_offset_s, figures.pause_s, main, figures.backchannel_s, figures.swallowed_s)
        )
        self._shortest_swallowed = int(figures.swallowed_s.at(0.0) * 1000) + 1
        self._owed = 0  # swallowed words that found no room yet
        self._next = {seat: _Deck(quantile=lambda share: share, rng=rng) for seat in Seat}
        self._begin()

    def run(self, end_ms: int) -> None:
        """Begin anew, with the decks as they are, and talk for so long."""
        self._begin()
        while self.floor_end_ms < end_ms:
            self._go_on()

    def _begin(self) -> None:
        self.units: list[tuple[int, int, Seat, str]] = []
        self._last_end = dict.fromkeys(Seat, -OWN_SILENCE_MS)
        self._holder = Seat(int(self._rng.integers(2)))
        self._start, self.floor_end_ms = 0, 0
        self._speak(self._holder, int(self._rng.integers(FIRST_WORD_MS)))

    def _go_on(self) -> None:
        """Add what follows the unit that holds the floor."""
        roll = self._next[self._holder].deal()
        # Who holds more of the floor gives it away less often; the mean number of units in a turn of both stays the corpus'.
        give_away = self._turn_share / (2 * self._part[self._holder])
        if roll < give_away:
            self._hand_over()
        elif roll < give_away + self._backchannel_share:
            self._receive_backchannel()
        else:
            self._speak(self._holder, self.floor_end_ms + int(self._pause.deal(lambda pause: pause >= OWN_SILENCE_MS)))

    def _hand_over(self) -> None:
        other = self._holder.partner
        self._speak(other, self.floor_end_ms + self._offset_for(other, longest=float("inf")))

    def _receive_backchannel(self) -> None:
        listener = self._holder.partner
        length = int(self._backchannel.deal())
        start = self.floor_end_ms + self._offset_for(listener, longest=length)
        self._add(listener, start, start + length, "backchannel")
        earlier_end, self._start, self.floor_end_ms = self.floor_end_ms, start, start + length
        offset = self._offset_for(self._holder, longest=float("inf"), own_end=earlier_end)
        self._speak(self._holder, self.floor_end_ms + offset)

    def _offset_for(self, seat: Seat, *, longest: float, own_end: int | None = None) -> int:
        """A floor transfer offset to a unit of ``seat`` no longer than ``longest`` that leaves both people time alone."""
        silent_since = self._last_end[seat] if own_end is None else own_end
        earliest = max(silent_since + OWN_SILENCE_MS, self._start + ALONE_MS)
        return int(self._offset.deal(lambda offset: self.floor_end_ms + offset >= earliest and -offset <= longest - ALONE_MS))

    def _speak(self, seat: Seat, start: int) -> None:
        """A main unit, which ends after the one it may overlap; it takes the floor."""
        length = int(self._main.deal(lambda length: start + length >= self.floor_end_ms + ALONE_MS))
        alone_from = max(start, self.floor_end_ms)
        self._holder, self._start, self.floor_end_ms = seat, start, start + length
        self._add(seat, start, start + length, "turn")
        self._put_in(seat.partner, alone_from)

    def _put_in(self, seat: Seat, alone_from: int) -> None:
        """Words of the other that the unit holding the floor swallows."""
        room = max(0, self.floor_end_ms - self._start - SHORTEST_HOST_MS)
        self._owed += int(self._rng.poisson(self._swallowed_per_ms * room))
        latest_end = self.floor_end_ms - ALONE_MS
        while self._owed:
            earliest = max(alone_from + ALONE_MS, self._last_end[seat] + OWN_SILENCE_MS)
            longest = latest_end - earliest
            if longest < self._shortest_swallowed:
                return
            length = int(self._swallowed.deal(partial(operator.ge, longest)))
            start = int(self._rng.integers(earliest, latest_end - length + 1))
            self._add(seat, start, start + length, "backchannel" if length <= LONGEST_BACKCHANNEL_MS else "interjection")
            self._owed -= 1

    def _add(self, seat: Seat, start: int, end: int, kind: str) -> None:
        self.units.append((start, end, seat, kind))
        self._last_end[seat] = end


def _milliseconds(lengths: Quantiles, rng: np.random.Generator) -> _Deck:
    return _Deck(quantile=lambda share: np.floor(lengths.at(share) * 1000 + 0.5), rng=rng)
