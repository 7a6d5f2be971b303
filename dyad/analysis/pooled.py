"""Lengths and offsets of many conversations together: what a corpus is compared by."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dyad.analysis.reference import ReferenceCorpus, binned, largest_difference, reference_corpora
from dyad.eval.turn_taking import TurnAnalysis
from dyad.eval.turn_taking.floor import GAP, OVERLAP_BETWEEN, OVERLAP_WITHIN, PAUSE
from dyad.eval.turn_taking.intervals import MICRO
from dyad.eval.turn_taking.spans import Floats, Points, lengths

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
POOLED = ("fto", "fto_without_backchannels", "gap", "overlap", "overlap_within", "pause", "ipu", "turn", "backchannel")
"""Kinds of lengths; ``fto`` is signed. In the terms of the definitions of ``dyad.eval.turn_taking``."""

Samples = Mapping[str, Points]


def samples_of(analysis: TurnAnalysis) -> dict[str, Points]:
    """All lengths of one conversation by kind, microseconds."""
    floor, without = analysis.floor, analysis.floor_without
    return {
        "fto": floor.offsets[floor.transfers],
        "fto_without_backchannels": without.offsets[without.transfers],
        "gap": lengths(floor.of(GAP)),
        "overlap": lengths(floor.of(OVERLAP_BETWEEN)),
        "overlap_within": lengths(floor.of(OVERLAP_WITHIN)),
        "pause": lengths(floor.of(PAUSE)),
        "ipu": lengths(np.concatenate(analysis.units)),
        "turn": lengths(np.concatenate(analysis.turns)),
        "backchannel": lengths(np.concatenate(analysis.backchannels)),
    }


def pooled(samples: Iterable[Samples]) -> dict[str, Points]:
    """The lengths of several conversations put together, in their order."""
    every = list(samples)
    return {kind: np.concatenate([own[kind] for own in every] or [np.empty(0, np.int64)]) for kind in POOLED}


def distributions(samples: Samples) -> dict[str, dict[str, Any]]:
    """Number, mean, standard deviation and quantiles of each kind, seconds."""
    return {kind: _distribution(samples[kind] / MICRO) for kind in POOLED}


def _distribution(values: Floats) -> dict[str, Any]:
    if not len(values):
        return {"n": 0, "mean": None, "sd": None, "quantiles": None}
    return {
        "n": len(values),
        "mean": round(float(values.mean()), 6),
        "sd": round(float(values.std(ddof=1)), 6) if len(values) > 1 else None,
        "quantiles": {str(share): round(value, 6) for share, value in zip(QUANTILES, np.quantile(values, QUANTILES).tolist(), strict=True)},
    }


def histogram(samples: Samples) -> dict[str, Any]:
    """Floor transfer offsets in the bins of the reference corpora."""
    edges = reference_corpora()[0].edges_s
    counts = binned(samples["fto"] / MICRO, edges)
    return {"edges_s": edges.tolist(), "count": [int(count) for count in counts]}


def comparison(samples: Samples, figures: Mapping[str, float | None]) -> dict[str, dict[str, Any]]:
    """Beside each reference corpus: its figures, own minus its, and the distance of the offsets' distributions.

    Args:
        samples: own lengths.
        figures: own shares and rates by the names of the measures.
    """
    return {corpus.name: _beside(corpus, samples, figures) for corpus in reference_corpora()}


def _beside(corpus: ReferenceCorpus, samples: Samples, figures: Mapping[str, float | None]) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for kind, values in corpus.quantiles.items():
        if len(samples[kind]):
            own = np.quantile(samples[kind] / MICRO, list(values))
            pairs = zip(values.items(), own.tolist(), strict=True)
            rows[kind] = {str(share): _pair(theirs, ours) for (share, theirs), ours in pairs}
    for name, theirs in corpus.figures.items():
        ours = figures.get(name)
        if ours is not None:
            rows[name] = _pair(theirs, ours)
    return {
        "title": corpus.title,
        "source": corpus.source,
        "fto_largest_difference": largest_difference(samples["fto"] / MICRO, corpus),
        "figures": rows,
    }


def _pair(reference: float, own: float) -> dict[str, float]:
    return {"reference": reference, "own": round(own, 6), "difference": round(own - reference, 6)}
