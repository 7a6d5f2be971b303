"""Results as files: JSON for programs, Markdown and a plot for people."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dyad.errors import InputError
from dyad.eval.dualtalk.measures import CORPUS_SCORES, SCORES, definitions
from dyad.eval.dualtalk.published import FACTORS, PUBLISHED_BASIS, ROWS, SIDES, in_published_scaling
from dyad.evaluation.comparison import comparison_tables, differences
from dyad.evaluation.run import SplitResults
from dyad.evaluation.tables import benchmark_tables, raw_tables
from dyad.output_files import check_targets, placed_files

NAMES = ("results.json", "results.md", "plot.png")
FORMAT = "dyad evaluation 1"
READ_ME = """Arrows: ↓ lower is better, ↑ higher, ≈ nearest to `truth`. Besides `prediction` there are simple faces: `mean pose` and
`hold` stand still, `train mean` in the mean pose of the clips that others train on, `shuffled` is the truth's own frames in random order,
`truth 0.2 s late` is late, `ridge` is linear in both voices, `shuffled partner` is the model beside another clip's partner. MSE
and STS reward standing still, FD and SID the right frames in any order: read them only together with the time-aligned scores beside them,
which both fail. Those are *r* with the truth in windows of 2 s; FD of the change a second (*vel. FD*); *lip r* of jaw and own voice at the
best lag, and that lag in ms; and the timing of turning points (*beats*: 1 perfect, 0 chance).
"""


def notes_on(results: SplitResults, *, published: bool) -> list[str]:
    """What limits these numbers, one sentence each."""
    notes = list(results.notes)
    if results.simulated:
        notes.insert(0, "SIMULATED corpus: its truth is the motion of dyad's reactive agent, and no score on it is one on people.")
    if published and len(results.sides) != SIDES.get(results.split):
        notes.append(f"{len(results.sides)} sides scored; published rows rest on {SIDES.get(results.split, 'other')}.")
    if published and results.basis != PUBLISHED_BASIS:
        notes.append(f"Motion is {results.basis}: its numbers do not compare with published ones, which are of FLAME motion.")
    if published:
        notes.append("Published SID: whether as SID or as SID swap here is not said; DualTalk's released script computes SID swap.")
    if all(mean.value is None for means in results.rows.values() if (mean := means.get("slcc_jaw")) is not None):
        notes.append("No SLCC: it compares clips of one person, and takes people with two or more here.")
    if results.skipped:
        notes.append(f"{len(results.skipped)} clips not scored: {'; '.join(f'{name} ({why})' for name, why in results.skipped.items())}.")
    return notes


def check_report(folder: Path, *, replace: bool) -> None:
    """See that the files may be written, before any work is done.

    Raises:
        InputError: files exist and ``replace`` is False, or the folder is none, or cannot be made or written to.
    """
    nearest = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        got = "a folder that may not be written to" if nearest.is_dir() else f"a file, {nearest}"
        raise InputError(str(folder), expected="a folder for the results", got=got, cure="Give another --out.")
    check_targets([folder / name for name in NAMES], replace=replace)


def write_report(splits: Sequence[SplitResults], folder: Path, *, about: Mapping[str, Any], published: bool, replace: bool) -> list[Path]:
    """Write ``results.json``, ``results.md`` and ``plot.png``, all or none.

    Args:
        splits: what was scored.
        folder: where; made if absent.
        about: what was evaluated, plain values.
        published: put published rows beside ours.
        replace: whether files that stand there are replaced.

    Raises:
        InputError: files exist and ``replace`` is False, or they cannot be written.
    """
    from dyad.evaluation.plot import draw

    targets = [folder / name for name in NAMES]
    with placed_files(targets, replace=replace) as (as_json, as_markdown, plot):
        content = as_plain_values(splits, about=about, published=published)
        as_json.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
        as_markdown.write_text(markdown(splits, about=about, published=published), encoding="utf-8")
        draw(splits, plot, published=published)
    return targets


def as_plain_values(splits: Sequence[SplitResults], *, about: Mapping[str, Any], published: bool) -> dict[str, Any]:
    """Everything as plain values: means raw and in published scaling under names of their own, every side, and all definitions."""
    return {
        "format": FORMAT,
        **about,
        "splits": {results.split: _split_values(results, published=published) for results in splits},
        "published_rows": [asdict(row) for row in ROWS] if published else [],
        "published_factors": {name: list(factors) for name, factors in FACTORS.items()},
        "definitions": definitions(),
    }


def _split_values(results: SplitResults, *, published: bool) -> dict[str, Any]:
    rows = {}
    for name, means in results.rows.items():
        values = {key: mean.value for key, mean in means.items()}
        known = {key: value for key, value in values.items() if value is not None}
        rows[name] = {"mean": values | in_published_scaling(known), "clips": {key: mean.clips for key, mean in means.items()}}
    return {
        "simulated": results.simulated,
        "sides": len(results.sides),
        "basis": results.basis,
        "notes": notes_on(results, published=published),
        "rows": rows,
        "differences": {rival: {part: asdict(found) for part, found in parts.items()} for rival, parts in differences(results).items()},
        "per_side": [asdict(side) for side in results.sides],
    }


def markdown(splits: Sequence[SplitResults], *, about: Mapping[str, Any], published: bool) -> str:
    """The tables, what they mean, and where published rows come from."""
    parts = ["# Evaluation\n", "".join(f"- {key}: {value}\n" for key, value in about.items() if value is not None), READ_ME + "\n"]
    for results in splits:
        parts.append(f"## {results.title}\n")
        parts.extend(f"- {note}" for note in notes_on(results, published=published))
        parts.append("")
        tables = [*benchmark_tables(results, published=published), *comparison_tables(results), *raw_tables(results)]
        parts.extend(table.markdown() for table in tables)
    parts.append("## Definitions\n")
    parts.append("| score | better | definition | source |\n| --- | --- | --- | --- |")
    for score in (*SCORES, *CORPUS_SCORES):
        cells = (score.name, score.better, score.definition, score.source)
        parts.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    if published:
        parts.append("\n## Sources of the published rows\n")
        parts.extend(f"- {row.split}, {row.method}: {row.source}" for row in ROWS)
    return "\n".join(parts) + "\n"
