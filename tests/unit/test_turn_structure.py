"""Sampled turns take turns as the corpora do whose statistics they follow."""

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyad.datasets.turn_statistics import Quantiles, turn_statistics
from dyad.datasets.turn_structure import OWN_SILENCE_MS, TurnPlan, _Deck, sample_turns
from dyad.errors import InputError
from dyad.eval.turns import measure_turns
from dyad.seat import Seat

CORPORA = ("switchboard", "ifadv")
CALLS, CALL_S = 10, 360.0  # an hour
UNIFORM = Quantiles(probabilities=(0.0, 1.0), values=(0.0, 1.0))


@dataclass
class Measured:
    """What ``dyad.eval.turns`` finds in an hour of sampled conversations."""

    offsets: list[float] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    units: list[float] = field(default_factory=list)
    swallowed: list[float] = field(default_factory=list)
    isolated: int = 0
    unclassified: int = 0
    speech: float = 0.0
    overlap: float = 0.0
    silence: float = 0.0
    parts: list[float] = field(default_factory=list)

    def add(self, plan: TurnPlan) -> None:
        turns = measure_turns(plan.diarization(), duration_s=plan.duration_s)
        self.offsets += turns.floor_transfer_offsets_s
        self.pauses += turns.durations_s("pause")
        self.unclassified += turns.unclassified
        self.speech += sum(turns.speech_share.values()) / 2 / CALLS
        self.overlap += turns.overlap_share / CALLS
        self.silence += turns.silence_share / CALLS
        self.parts.append(turns.speech_share[Seat.A] / sum(turns.speech_share.values()))
        for seat in Seat:
            own, other = turns.ipus[seat], turns.ipus[seat.partner]
            self.units += [end - start for start, end in own]
            self.swallowed += [end - start for start, end in own if any(first <= start and end <= last for first, last in other)]
            edges = [(-9.0, -9.0), *own, (plan.duration_s + 9, plan.duration_s + 9)]
            for before, (start, end), after in zip(edges, own, edges[2:], strict=False):
                self.isolated += end - start <= 1 and start - before[1] >= 1 and after[0] - end >= 1


@cache
def hour(corpus: str) -> Measured:
    measured = Measured()
    for seed in range(CALLS):
        measured.add(sample_turns(CALL_S, seed=seed, corpus=corpus))
    return measured


@pytest.mark.parametrize("corpus", CORPORA)
def test_lengths_and_offsets_are_distributed_as_published(corpus: str) -> None:
    figures, found = turn_statistics(corpus), hour(corpus)
    shares = [0.1, 0.25, 0.5, 0.75, 0.9]
    np.testing.assert_allclose(np.quantile(found.offsets, shares), figures.floor_transfer_offset_s.at(shares), atol=0.06)
    np.testing.assert_allclose(np.quantile(found.pauses, shares), figures.pause_s.at(shares), rtol=0.08)
    np.testing.assert_allclose(np.quantile(found.units, shares), figures.ipu_s.at(shares), rtol=0.08)
    np.testing.assert_allclose(np.quantile(found.swallowed, shares[1:4]), figures.swallowed_s.at(shares[1:4]), rtol=0.15)


@pytest.mark.parametrize("corpus", CORPORA)
def test_gaps_and_overlaps_are_as_long_as_published(corpus: str) -> None:
    """Medians of the gaps and overlaps alone, computed from the same corpora."""
    gap_s, overlap_s, overlapped = {"switchboard": (0.252, 0.238, 0.378), "ifadv": (0.279, 0.416, 0.427)}[corpus]
    offsets = np.array(hour(corpus).offsets)
    assert np.median(offsets[offsets > 0]) == pytest.approx(gap_s, rel=0.1)
    assert np.median(-offsets[offsets < 0]) == pytest.approx(overlap_s, rel=0.1)
    assert (offsets < 0).mean() == pytest.approx(overlapped, abs=0.03)


@pytest.mark.parametrize("corpus", CORPORA)
def test_everything_happens_as_often_as_published(corpus: str) -> None:
    figures, found = turn_statistics(corpus), hour(corpus)
    assert len(found.units) / 60 == pytest.approx(figures.ipus_per_minute, rel=0.06)
    assert len(found.offsets) / 60 == pytest.approx(figures.floor_transfers_per_minute, rel=0.08)
    assert len(found.swallowed) / 60 == pytest.approx(figures.swallowed_per_minute, rel=0.18)
    assert found.isolated / 60 == pytest.approx(figures.isolated_per_minute, rel=0.15)  # not asked for: it follows from the rest
    assert found.speech == pytest.approx(figures.speech_share, abs=0.02)
    assert found.overlap == pytest.approx(figures.overlap_share, abs=0.01)
    assert found.silence == pytest.approx(figures.silence_share, abs=0.02)
    assert np.std(found.parts) == pytest.approx(figures.share_sd, rel=0.4)
    assert found.unclassified == 0


@settings(max_examples=40)
@given(st.floats(1, 90), st.integers(0, 2**32), st.sampled_from(CORPORA))
def test_a_plan_is_what_the_measures_find_in_it(duration_s: float, seed: int, corpus: str) -> None:
    plan = sample_turns(duration_s, seed=seed, corpus=corpus)
    turns = measure_turns(plan.diarization(), duration_s=duration_s)
    for seat in Seat:
        own = [stretch for stretch in plan.stretches if stretch.seat == seat]
        assert [pytest.approx(unit) for unit in turns.ipus[seat]] == [(stretch.start_s, stretch.end_s) for stretch in own]
        silences = [round(1000 * (after.start_s - before.end_s)) for before, after in pairwise(own)]
        assert all(silence >= OWN_SILENCE_MS for silence in silences)
    assert all(stretch.kind != "backchannel" or stretch.end_s - stretch.start_s <= 1.0 for stretch in plan.stretches)
    starts = [stretch.start_s for stretch in plan.stretches]
    assert starts == sorted(starts)


def test_turns_follow_the_seed_alone() -> None:
    plan = sample_turns(60, seed=5)
    assert plan == sample_turns(60, seed=5)
    assert plan != sample_turns(60, seed=6)
    longer = sample_turns(90, seed=5)
    assert plan.stretches[:-1] == longer.stretches[: len(plan.stretches) - 1]


def test_short_conversations_overlap_as_long_ones_do() -> None:
    """Fresh decks deal what fits easily first; the talk before the beginning sees to that."""
    offsets: list[float] = []
    for seed in range(120):
        plan = sample_turns(15, seed=seed, corpus="ifadv")
        offsets += measure_turns(plan.diarization(), duration_s=15).floor_transfer_offsets_s
    assert (np.array(offsets) < 0).mean() == pytest.approx(0.427, abs=0.06)
    assert np.quantile(offsets, 0.1) == pytest.approx(-0.79, abs=0.15)


def test_who_does_not_take_the_floor_is_marked() -> None:
    plan = sample_turns(600, seed=1)
    per_minute = {kind: sum(stretch.kind == kind for stretch in plan.stretches) / 10 for kind in ("backchannel", "interjection", "turn")}
    figures = turn_statistics()
    between = figures.backchannels_between_per_minute + figures.swallowed_per_minute
    assert per_minute["backchannel"] + per_minute["interjection"] == pytest.approx(between, rel=0.2)
    assert per_minute["backchannel"] > 5 * per_minute["interjection"] > 0


def test_a_deck_deals_every_card_in_the_end() -> None:
    deck = _Deck(quantile=UNIFORM.at, rng=np.random.default_rng(0))
    picky = [deck.deal(lambda card: card > 0.5) for _ in range(300)]
    easy = [deck.deal() for _ in range(700)]
    assert min(picky) > 0.5
    assert np.histogram(picky + easy, bins=4, range=(0, 1))[0].tolist() == [250] * 4
    with pytest.raises(AssertionError, match="can fit"):
        deck.deal(lambda card: card > 2)


def test_a_mixture_without_its_part_is_the_rest() -> None:
    low, high = Quantiles(probabilities=(0.0, 1.0), values=(0.0, 0.5)), Quantiles(probabilities=(0.0, 1.0), values=(0.5, 1.0))
    rest = UNIFORM.without((0.5, low))
    np.testing.assert_allclose(rest.at([0.25, 0.5, 0.75]), high.at([0.25, 0.5, 0.75]), atol=2e-3)
    assert rest.mean() == pytest.approx(0.75, abs=2e-3)


@given(st.floats(0, 1))
def test_below_undoes_at(share: float) -> None:
    lengths = turn_statistics().ipu_s
    inside = float(np.clip(share, lengths.probabilities[0], lengths.probabilities[-1]))
    assert float(lengths.below(lengths.at(inside))) == pytest.approx(inside, abs=1e-9)


def test_what_cannot_be_sampled_is_refused() -> None:
    with pytest.raises(InputError, match=r"1 second or more; got 0\.5"):
        sample_turns(0.5, seed=0)
    with pytest.raises(InputError, match="seed: expected a whole number of 0 or more; got -1"):
        sample_turns(5, seed=-1)
    with pytest.raises(InputError, match="Did you mean switchboard"):
        sample_turns(5, seed=0, corpus="switchbord")
