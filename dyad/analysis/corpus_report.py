"""A corpus as a page: offsets beside recorded corpora, quantiles, every measure over the conversations, and what failed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dyad.analysis.exchange import offset_histogram
from dyad.analysis.figures import shown
from dyad.analysis.page import Cell, bullets, figure, folded, glossary, heading, page, paragraph, table
from dyad.analysis.pooled import QUANTILES, Samples
from dyad.analysis.reference import reference_corpora
from dyad.eval.turn_taking.intervals import MICRO

_MOST_SHOWN = 200


def corpus_report(name: str, summary: Mapping[str, Any], samples: Mapping[str, Samples], failures: Sequence[tuple[str, str]]) -> str:
    """The page.

    Args:
        name: of the corpus.
        summary: contents of ``summary.json``.
        samples: pooled lengths by pairing.
        failures: conversation and reason.
    """
    return page(f"Turn-taking of {name}", _parts(summary, samples, failures))


def _parts(summary: Mapping[str, Any], samples: Mapping[str, Samples], failures: Sequence[tuple[str, str]]) -> Iterator[str]:
    real = summary["real"]
    yield paragraph(f"{real['conversations']:,} conversations, {real['hours']:.2f} h; {summary['failed']} could not be measured.")
    settings = ", ".join(f"{key} {value}" for key, value in summary["settings"].items())
    yield paragraph(f"Measured with {settings}; dyad {summary['dyad']}.", quiet=True)
    yield heading("Floor transfer offsets")
    caption = "Offset: start of the next speaker minus end of the one before; the outermost bins (not drawn) hold what lies beyond."
    yield figure(offset_histogram(samples["real"]["fto"] / MICRO, title="this corpus"), caption=caption)
    yield heading("Beside recorded corpora")
    yield _beside(summary)
    yield paragraph(summary["reference_definitions"], quiet=True)
    yield heading("Quantiles of all lengths, s")
    yield _quantiles(real["lengths"])
    if "pseudo" in summary:
        yield heading("People who never met")
        yield paragraph("A of each conversation beside B of another: what chance alone gives.")
        yield _quantiles(summary["pseudo"]["lengths"])
    if real["synchrony"]:
        yield heading("Synchrony over the conversations")
        yield _effects(real["synchrony"])
    yield heading("Every measure over the conversations")
    yield folded("Show", _measures(real["over_conversations"], summary["definitions"]))
    if failures:
        yield heading("Not measured")
        yield bullets([f"{conversation}: {why}" for conversation, why in failures[:_MOST_SHOWN]])
        if len(failures) > _MOST_SHOWN:
            yield paragraph(f"… and {len(failures) - _MOST_SHOWN} more in failures.csv.")
    yield heading("Definitions")
    yield glossary((key, known["text"], known["source"]) for key, known in summary["definitions"].items())


def _beside(summary: Mapping[str, Any]) -> str:
    references = summary["references"]
    corpora = reference_corpora()
    names = [f"{kind}, {share}" for kind in ("fto", "gap", "overlap", "pause", "ipu") for share in ("0.25", "0.5", "0.75")]
    rows = []
    for label in [*names, *corpora[0].figures]:
        kind, _, share = label.partition(", ")
        found = [references[corpus.name]["figures"].get(kind) for corpus in corpora]
        pairs = [pair if pair is None or not share else pair[share] for pair in found]
        first = next((pair for pair in pairs if pair is not None), None)
        if first is not None:
            unit = "s" if share else "1/min" if "per_minute" in kind else "share"
            cells = [Cell("" if pair is None else shown(pair["reference"], unit)) for pair in pairs]
            rows.append([Cell(label.replace("_", " ")), Cell(shown(first["own"], unit)), *cells])
    distances = [Cell(f"{references[corpus.name]['fto_largest_difference']:.3f}") for corpus in corpora]
    rows.append([Cell("largest difference of the offsets' distributions (0 to 1)"), Cell(""), *distances])
    header = [Cell("figure"), Cell("this corpus"), *(Cell(corpus.title, corpus.source) for corpus in corpora)]
    return table(header, rows, caption="Quantiles in seconds; speech share is a person's.")


def _quantiles(lengths: Mapping[str, Any]) -> str:
    header = [Cell("kind"), Cell("n"), Cell("mean"), *(Cell(f"{100 * share:g} %") for share in QUANTILES)]
    rows = []
    for kind, found in lengths.items():
        values = found["quantiles"] or {}
        cells = [Cell(shown(values.get(str(share)), "")) for share in QUANTILES]
        rows.append([Cell(kind.replace("_", " ")), Cell(f"{found['n']:,}"), Cell(shown(found["mean"], "")), *cells])
    return table(header, rows)


def _effects(rows: Sequence[Mapping[str, Any]]) -> str:
    header = [Cell(name) for name in ("figure", "beside", "n", "mean difference", "Cohen's d", "p")]
    lines = [
        [
            Cell(row["name"].removeprefix("synchrony_").replace("_", " ")),
            Cell(row["beside"].replace("_", " ")),
            Cell(str(row["n"])),
            *(Cell(shown(row[key], "")) for key in ("mean_difference", "cohens_d", "p_value")),
        ]
        for row in rows
    ]
    return table(header, lines, caption="Observed minus the mean of its surrogates, each conversation once; Wilcoxon's test, one-sided.")


def _measures(rows: Sequence[Mapping[str, Any]], definitions: Mapping[str, Mapping[str, str]]) -> str:
    header = [Cell("measure"), Cell("seat"), Cell("n"), Cell("median"), Cell("25 %"), Cell("75 %"), Cell("mean"), Cell("sd")]
    lines = []
    for row in rows:
        tip = definitions[row["definition"]]["text"]
        cells = [Cell(shown(row[key], row["unit"])) for key in ("median", "q25", "q75", "mean", "sd")]
        lines.append([Cell(row["name"].replace("_", " "), tip), Cell(row["seat"] or ""), Cell(str(row["n"])), *cells])
    return table(header, lines, caption="Each conversation counts once.")
