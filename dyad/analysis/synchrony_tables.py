"""Synchrony beside its surrogates: one conversation as a table, a corpus as one effect a figure."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dyad.analysis.figures import shown
from dyad.analysis.page import Cell, table
from dyad.eval.synchrony import SurrogateTest, SynchronyMeasure, across_conversations

KINDS = ("circular_shift", "pseudo_dyads")
_FIELDS = {"mean": "mean", "sd": "sd", "z": "z", "rank": "rank", "p": "p_value"}


def synchrony_table(measures: Iterable[SynchronyMeasure]) -> str:
    """Every figure that was tested, beside its surrogates."""
    rows = []
    for measure in measures:
        for test in measure.tests:
            cells = [Cell(shown(value, "")) for value in (test.mean, test.sd, test.z, test.rank, test.p_value)]
            about = f"n = {measure.n}; {measure.definition}"
            observed = Cell(shown(measure.value, measure.unit), about)
            rows.append([Cell(measure.name.replace("_", " ")), observed, Cell(test.kind.replace("_", " "), f"{test.n} of them"), *cells])
    header = [Cell(name) for name in ("figure", "observed", "beside", "their mean", "their sd", "z", "effect", "p")]
    caption = (
        "Effect: share of surrogates below the observed figure minus share above, −1 to 1. p is one-sided, and not corrected for how many "
        "tests there are."
    )
    return table(header, rows, caption=caption)


def group_effects(rows: pa.Table) -> list[dict[str, Any]]:
    """Each figure over all conversations: mean difference from surrogates, Cohen's d, and Wilcoxon's p.

    Args:
        rows: those of real pairs, of the table of a corpus.
    """
    named = rows.filter(pc.starts_with(rows["name"], "synchrony_"))
    values = {
        (conversation, name): (value, n)
        for conversation, name, value, n in zip(*(named[key].to_pylist() for key in ("conversation", "name", "value", "n")), strict=True)
        if value is not None
    }
    found: dict[tuple[str, str], list[SurrogateTest]] = {}
    for conversation, name in values:
        kind = next((kind for kind in KINDS if name.endswith(f"_{kind}_mean")), None)
        if kind is None:
            continue
        figure = name.removesuffix(f"_{kind}_mean")
        fields: dict[str, Any] = {
            key: values.get((conversation, f"{figure}_{kind}_{suffix}"), (None, 0))[0] for suffix, key in _FIELDS.items()
        }
        observed, count = values[conversation, figure][0], values[conversation, name][1]
        test = SurrogateTest(kind=kind, observed=observed, n=count, weight=1.0, **fields)  # only p-values depend on the weight
        found.setdefault((figure, kind), []).append(test)
    return [
        {"name": figure, "beside": kind, **asdict(across_conversations(tests))} for (figure, kind), tests in found.items() if len(tests) > 1
    ]
