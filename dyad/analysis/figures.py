"""Numbers for people: how a measure is written, and tables of many."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dyad.analysis.page import Cell, table
from dyad.analysis.reference import reference_corpora

MeasureRow = Mapping[str, Any]
"""name, seat, value, unit, n, definition, parameters, source: what ``turn_taking.json`` lists."""

KEY_FIGURES = (
    "fto_median", "fto_q25", "fto_q75", "fto_overlapped_share", "gap_median", "overlap_median", "pause_median", "ipu_median",
    "speech_share", "overlap_share", "silence_share", "transfers_per_minute", "backchannels_per_minute",
)  # fmt: skip
_QUARTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}
_BARE = ("", "p", "z", "rank", "ratio")  # the name says it already
_COLUMNS = (None, "A", "B")


def shown(value: float | None, unit: str) -> str:
    """A value with its unit: rates to the hundredth, shares as per cent."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "count":
        return f"{value:.0f}"
    digits = 2 if unit == "1/min" else 3
    said = "" if unit in _BARE else f" {unit}"
    return f"{value:.{digits}f}".replace("-", "−") + said


def referred(name: str) -> dict[str, float]:
    """What the reference corpora show for a measure, by their names."""
    stem, _, quartile = name.rpartition("_")
    found = {}
    for corpus in reference_corpora():
        quantiles = corpus.quantiles.get(stem, {})
        if quartile in _QUARTILES and quantiles:
            found[corpus.name] = quantiles[_QUARTILES[quartile]]
        elif name in corpus.figures:
            found[corpus.name] = corpus.figures[name]
    return found


def key_table(measures: Sequence[MeasureRow], texts: Mapping[str, str]) -> str:
    """The main figures beside those of the reference corpora."""
    corpora = reference_corpora()
    by_place = _by_place(measures)
    header = [Cell("measure"), Cell("both"), Cell("A"), Cell("B"), *(Cell(corpus.title, corpus.source) for corpus in corpora)]
    rows = []
    for name in KEY_FIGURES:
        found = [by_place.get((name, seat)) for seat in _COLUMNS]
        first = next(measure for measure in found if measure is not None)
        others = referred(name)
        cells = [_cell(measure) for measure in found]
        cells += [Cell(shown(others[corpus.name], first["unit"]) if corpus.name in others else "") for corpus in corpora]
        rows.append([Cell(_words(name), texts.get(first["definition"], "")), *cells])
    return table(header, rows, caption="Point at a name for its definition, at a number for what it rests on.")


def full_table(measures: Iterable[MeasureRow], texts: Mapping[str, str]) -> str:
    """All measures, a row each, the seats side by side."""
    by_name: dict[str, list[MeasureRow]] = {}
    for measure in measures:
        by_name.setdefault(measure["name"], []).append(measure)
    rows = []
    for name, found in by_name.items():
        by_place = _by_place(found)
        definition = found[0]["definition"]
        cells = [_cell(by_place.get((name, seat))) for seat in _COLUMNS]
        rows.append([Cell(_words(name), texts.get(definition, "")), *cells, Cell(definition, texts.get(definition, ""), words=True)])
    return table([Cell("measure"), Cell("both"), Cell("A"), Cell("B"), Cell("definition", words=True)], rows)


def _by_place(measures: Iterable[MeasureRow]) -> dict[tuple[str, str | None], MeasureRow]:
    return {(measure["name"], measure["seat"]): measure for measure in measures}


def _cell(measure: MeasureRow | None) -> Cell:
    if measure is None:
        return Cell("")
    settings = ", ".join(f"{name} {value}" for name, value in measure["parameters"].items())
    return Cell(shown(measure["value"], measure["unit"]), f"n = {measure['n']}" + (f"; {settings}" if settings else ""))


def _words(name: str) -> str:
    return name.replace("_", " ")
