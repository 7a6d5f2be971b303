"""A corpus in one JSON document: all lengths pooled, every measure over the conversations, and both beside recorded corpora."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dyad.analysis.findings import defined
from dyad.analysis.outputs import CORPUS_FORMAT
from dyad.analysis.pooled import Samples, comparison, distributions, histogram
from dyad.analysis.reference import FIGURES, reference_definitions
from dyad.analysis.synchrony_tables import group_effects
from dyad.eval.turn_taking.spans import Floats

SHARES = (*FIGURES, "backchannels_per_minute")


def summary_of(
    table: pa.Table, samples: Mapping[str, Samples], *, settings: Mapping[str, Any], given: int, passed_over: Sequence[str]
) -> dict[str, Any]:
    """What ``summary.json`` holds.

    Args:
        table: rows of all conversations.
        samples: pooled lengths by pairing.
        settings: how they were measured.
        given: number of conversations, those that could not be measured included.
        passed_over: files that are no conversations.
    """
    from dyad import __version__

    content: dict[str, Any] = {"format": CORPUS_FORMAT, "dyad": __version__, "settings": dict(settings)}
    for pairing in ("real", "pseudo"):
        rows = table.filter(pc.equal(table["pairing"], pairing))
        if len(rows):
            content[pairing] = _of_pairing(rows, samples[pairing])
    content |= {
        "conversations": content["real"]["conversations"],
        "failed": given - content["real"]["conversations"],
        "hours": content["real"]["hours"],
        "passed_over": list(passed_over),
        "references": comparison(samples["real"], content["real"]["figures"]),
        "reference_definitions": reference_definitions(),
        "definitions": defined({row["definition"] for row in content["real"]["over_conversations"]}),
    }
    return content


def _of_pairing(rows: pa.Table, samples: Samples) -> dict[str, Any]:
    lengths = rows.group_by("conversation").aggregate([("duration_s", "max")])["duration_s_max"].to_numpy()
    return {
        "conversations": len(lengths),
        "hours": round(float(lengths.sum()) / 3600, 4),
        "figures": _figures(rows, samples),
        "lengths": distributions(samples),
        "fto_histogram": histogram(samples),
        "synchrony": group_effects(rows),
        "over_conversations": _over_conversations(rows),
    }


def _figures(rows: pa.Table, samples: Samples) -> dict[str, float | None]:
    """Shares of all time (of speech, a person's: the mean of both), rates over all minutes, and the share of all transfers."""
    found: dict[str, float | None] = {}
    for name in SHARES:
        own = rows.filter(_is_pooled(rows, name))
        lengths_s = own["duration_s"].to_numpy()
        found[name] = round(float(np.average(own["value"].to_numpy(), weights=lengths_s)), 6) if len(own) else None
    offsets = samples["fto"]
    found["fto_overlapped_share"] = round(float((offsets < 0).mean()), 6) if len(offsets) else None
    return found


def _is_pooled(rows: pa.Table, name: str) -> pa.ChunkedArray:
    named = pc.equal(rows["name"], name)
    return named if name == "speech_share" else pc.and_(named, pc.is_null(rows["seat"]))


def _over_conversations(rows: pa.Table) -> list[dict[str, Any]]:
    """Every measure over the conversations, each of which counts once."""
    seats = pc.fill_null(rows["seat"], "")
    keys = pc.binary_join_element_wise(rows["name"], seats, rows["unit"], rows["definition"], "\t").combine_chunks().dictionary_encode()
    places, values = keys.indices.to_numpy(), rows["value"].to_numpy()
    order = np.argsort(places, kind="stable")
    edges = np.searchsorted(places[order], np.arange(len(keys.dictionary) + 1))
    found = []
    for key, start, stop in zip(keys.dictionary.to_pylist(), edges[:-1], edges[1:], strict=True):
        name, seat, unit, definition = key.split("\t")
        found.append({"name": name, "seat": seat or None, "unit": unit, "definition": definition, **_spread(values[order[start:stop]])})
    return found


def _spread(values: Floats) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    if not len(known):
        return {"n": 0, "mean": None, "sd": None, "q25": None, "median": None, "q75": None}
    low, middle, high = (round(value, 6) for value in np.quantile(known, (0.25, 0.5, 0.75)).tolist())
    sd = round(float(known.std(ddof=1)), 6) if len(known) > 1 else None
    return {"n": len(known), "mean": round(float(known.mean()), 6), "sd": sd, "q25": low, "median": middle, "q75": high}
