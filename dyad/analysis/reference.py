"""Floor transfer offsets of recorded corpora, for comparison; the file beside this one holds the figures with definitions and sources."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from dyad.eval.turn_taking.spans import Floats

_FILE = Path(__file__).with_name("reference_offsets.json")


@dataclass(frozen=True, kw_only=True, eq=False)
class ReferenceCorpus:
    """What one corpus shows.

    Args:
        name: short name.
        title: for people.
        source: what it is.
        conversations: how many.
        hours: of conversation.
        counts: transfers in each bin between ``edges_s``; the outermost bins also hold what lies beyond them.
        edges_s: of the bins, seconds.
        quantiles: seconds by what (fto, gap, overlap, pause, ipu) and share.
        figures: other figures by the names of the measures; rates a minute.
    """

    name: str
    title: str
    source: str
    conversations: int
    hours: float
    counts: Floats
    edges_s: Floats
    quantiles: Mapping[str, Mapping[float, float]]
    figures: Mapping[str, float]

    @property
    def shares(self) -> Floats:
        """Share of all transfers in each bin."""
        return np.asarray(self.counts / self.counts.sum())


FIGURES = ("fto_overlapped_share", "transfers_per_minute", "speech_share", "overlap_share", "silence_share")


@cache
def reference_corpora() -> tuple[ReferenceCorpus, ...]:
    """All that are known."""
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    found = []
    for name, corpus in content["corpora"].items():
        counts = np.array(corpus["fto_counts"], np.float64)
        found.append(
            ReferenceCorpus(
                name=name,
                title=corpus["title"],
                source=corpus["source"],
                conversations=corpus["conversations"],
                hours=corpus["hours"],
                counts=counts,
                edges_s=np.round(content["first_s"] + content["bin_s"] * np.arange(len(counts) + 1), 6),
                quantiles={what: {float(share): value for share, value in values.items()} for what, values in corpus["quantiles"].items()},
                figures={figure: corpus[figure] for figure in FIGURES},
            )
        )
    return tuple(found)


def reference_definitions() -> str:
    """How these figures were counted."""
    return str(json.loads(_FILE.read_text(encoding="utf-8"))["definitions"])


def binned(offsets_s: Floats, edges_s: Floats) -> Floats:
    """How many offsets lie in each bin; the outermost bins also hold what lies beyond them."""
    middle = (edges_s[0], np.nextafter(edges_s[-1], -np.inf))
    return np.histogram(np.clip(offsets_s, *middle), bins=edges_s)[0].astype(np.float64)


def largest_difference(offsets_s: Floats, corpus: ReferenceCorpus) -> float | None:
    """Kolmogorov and Smirnov's distance, 0 to 1, at the edges of the reference's bins; None without offsets."""
    if not len(offsets_s):
        return None
    own = np.cumsum(binned(offsets_s, corpus.edges_s)) / len(offsets_s)
    return round(float(np.abs(own - np.cumsum(corpus.shares)).max()), 4)
