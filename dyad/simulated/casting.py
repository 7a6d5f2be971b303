"""Who talks to whom in a simulated corpus: conversations over splits, voices over splits, people over conversations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dyad.errors import InputError
from dyad.simulated.clip_files import Script
from dyad.simulated.people import Person, draw_people

SPLITS: Final[Mapping[str, float]] = {"train": 0.8, "val": 0.1, "test": 0.1}
CONVERSATIONS_PER_PERSON: Final = 4  # on average; so many that one can tell who a person is from how they move


@dataclass(frozen=True, kw_only=True)
class Cast:
    """A corpus on paper.

    Args:
        people: by split; nobody is in two.
        scripts: all conversations.
        shared_voices: whether voices are heard in several splits, because there are too few of them.
    """

    people: Mapping[str, tuple[Person, ...]]
    scripts: tuple[Script, ...]
    shared_voices: bool


def cast_corpus(
    voices: Sequence[str], *, conversations: int, seconds: float, seed: int, splits: Mapping[str, float] = SPLITS, turns: str
) -> Cast:
    """Plan a corpus.

    Args:
        voices: names of at least one voice.
        conversations: how many.
        seconds: length of each.
        seed: whole number; same seed, same plan.
        splits: share of the conversations by name of the split.
        turns: corpus whose turn-taking they follow.

    Raises:
        InputError: numbers that cannot work.
    """
    _check(conversations=conversations, seed=seed, splits=splits)
    counts = shares_of(conversations, splits)
    groups, shared = _voices_by_split(voices, counts)
    people: dict[str, tuple[Person, ...]] = {}
    scripts: list[Script] = []
    for place, (split, count) in enumerate(counts.items()):
        size = max(2, round(2 * count / CONVERSATIONS_PER_PERSON))
        split_seed = _seed(seed, 0, place)
        people[split] = draw_people(size, split=split, voices=groups[split], seed=split_seed)
        rng = np.random.default_rng(_seed(seed, 1, place))
        for _ in range(count):
            index = len(scripts)
            own_seed = _seed(seed, 2, index)
            pair = _pair(people[split], rng)
            scripts.append(Script(name=f"simulated{index:05d}", split=split, seed=own_seed, seconds=seconds, turns=turns, people=pair))
    return Cast(people=people, scripts=tuple(scripts), shared_voices=shared)


def _seed(corpus_seed: int, *key: int) -> int:
    """A seed of its own for each part of a corpus."""
    return int(np.random.SeedSequence(corpus_seed, spawn_key=key).generate_state(1)[0])


def shares_of(count: int, splits: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers in proportion to the shares that add up to ``count``, by the largest remainders; none empty if there is enough."""
    total = sum(splits.values())
    exact = {split: count * share / total for split, share in splits.items()}
    counts = {split: int(value) for split, value in exact.items()}
    for split in sorted(exact, key=lambda split: counts[split] - exact[split])[: count - sum(counts.values())]:
        counts[split] += 1
    for split in (split for split in counts if counts[split] == 0 and splits[split] > 0):
        largest = max(counts, key=lambda other: counts[other])
        if counts[largest] > 1:
            counts[largest], counts[split] = counts[largest] - 1, 1
    return {split: number for split, number in counts.items() if number}


def _voices_by_split(voices: Sequence[str], counts: Mapping[str, int]) -> tuple[dict[str, list[str]], bool]:
    """Two voices or more for each split, in proportion; all for all where there are too few."""
    if len(counts) == 1 or len(voices) < 2 * len(counts):
        return {split: list(voices) for split in counts}, len(counts) > 1
    further = shares_of(len(voices) - 2 * len(counts), {split: float(number) for split, number in counts.items()})
    groups, first = {}, 0
    for split in counts:
        size = 2 + further.get(split, 0)
        groups[split] = list(voices[first : first + size])
        first += size
    return groups, False


def _pair(people: Sequence[Person], rng: np.random.Generator) -> tuple[Person, Person]:
    """Two people, with different voices where there are any."""
    first = people[int(rng.integers(len(people)))]
    others = [person for person in people if person.voice != first.voice] or [person for person in people if person is not first]
    return first, others[int(rng.integers(len(others)))]


def _check(*, conversations: int, seed: int, splits: Mapping[str, float]) -> None:
    if conversations < 1:
        raise InputError("conversations", expected="1 or more", got=str(conversations), cure="10 is a start.")
    if seed < 0:
        raise InputError("seed", expected="a whole number of 0 or more", got=str(seed), cure="Choose another seed.")
    bad = [name for name, share in splits.items() if not 0 <= share < float("inf") or not name.isidentifier()]
    if bad or not sum(splits.values()) > 0:
        got = ", ".join(f"{name}={share:g}" for name, share in splits.items()) or "none"
        raise InputError("splits", expected="names with shares of 0 or more", got=got, cure="For example train=0.8,val=0.1,test=0.1.")
