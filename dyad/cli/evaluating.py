"""dyad evaluate."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dyad.cli.options import Address

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.progress import TaskID

    from dyad.datasets.dualtalk import DualTalk
    from dyad.evaluation.run import Progress

BENCHMARKS = {"dualtalk": ("test", "ood")}


def evaluate(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of a corpus in DualTalk's layout: SPLIT/NAME_speaker1.wav, .npz …")],
    *,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Folder of predicted motion: SPLIT/NAME_speaker1.npz (or .npy) and so on.")
    ] = None,
    checkpoint: Annotated[Path | None, typer.Option("--checkpoint", help="Folder of a DualTalk model to predict with first.")] = None,
    save_predictions: Annotated[
        Path | None, typer.Option("--save-predictions", help="New folder to keep what --checkpoint predicts.")
    ] = None,
    split: Annotated[
        list[str] | None, typer.Option("--split", help="Split to score; repeatable.", show_default="test, or the only one")
    ] = None,
    benchmark: Annotated[
        str | None, typer.Option("--benchmark", help="dualtalk: score test and ood, beside the published rows.", show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Score only the first so many clips of a split.")] = None,
    flame: Annotated[Path | None, typer.Option("--flame", help="Your FLAME file, for lip scores on vertices.")] = None,
    baselines: Annotated[bool, typer.Option("--baselines/--no-baselines", help="Score simple faces beside the prediction.")] = True,
    device: Annotated[str, typer.Option("--device", help="torch device that --checkpoint predicts on.")] = "cpu",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for results.json, results.md and plot.png.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace results that exist.")] = False,
    address: Address = None,
) -> None:
    """Score predicted motion against recorded motion, in both directions of every clip, beside simple faces.

    Without predictions and checkpoint, only the simple faces are scored: what a model has to beat.

    \b
    Examples:
      dyad evaluate corpus --predictions predicted --out results
      dyad evaluate corpus --checkpoint model --benchmark dualtalk --out results
      dyad evaluate corpus --split ood --limit 20
    """
    from dyad.cli.tables import console, print_table
    from dyad.cluster import connected
    from dyad.datasets.dualtalk import DualTalk
    from dyad.errors import InputError
    from dyad.evaluation.comparison import comparison_tables
    from dyad.evaluation.flame_lips import FlameLips
    from dyad.evaluation.report import check_report, notes_on, write_report
    from dyad.evaluation.run import clips_to_score, evaluate_split
    from dyad.evaluation.scoring import Job
    from dyad.evaluation.tables import benchmark_tables
    from dyad.evaluation.whole_clips import predicted
    from dyad.output_folder import check_target

    if predictions is None and checkpoint is None and not baselines:
        raise InputError("dyad evaluate", expected="something to score", got="--no-baselines alone", cure="Add --predictions DIR.")
    if predictions is not None and checkpoint is not None:
        raise InputError("--checkpoint", expected="it or --predictions", got="both", cure="Leave one out.")
    if save_predictions is not None and checkpoint is None:
        raise InputError("--save-predictions", expected="--checkpoint beside it", got="none", cure="Add --checkpoint DIR.")
    if out is not None:
        check_report(out, replace=force)
    if flame is not None:
        FlameLips(flame)  # a file that is none is better told now than after hours of predicting
    if save_predictions is not None:
        check_target(save_predictions)
    dataset = DualTalk(data)
    splits = _splits(dataset, split, benchmark=benchmark)
    chosen = [name for part in splits for name in clips_to_score(dataset, part, limit=limit)[0]]
    with _progress() as told:
        source: AbstractContextManager[Path | None] = nullcontext(predictions)
        if checkpoint is not None:
            source = predicted(
                checkpoint, dataset, conversation_ids=chosen, keep=save_predictions, device=device,
                on_done=lambda done: told("Predicting", done, len(chosen)),
            )  # fmt: skip
        with connected(address), source as folder:
            job = Job(root=data, predictions=folder, baselines=baselines, flame=flame, folds={})
            results = [evaluate_split(dataset, part, job=job, limit=limit, on_progress=told) for part in splits]
    for found in results:
        for table in (*benchmark_tables(found, published=benchmark is not None), *comparison_tables(found)):
            for part in table.fitted(console().width):
                print_table(part.title, part.header, part.rows)
        for note in notes_on(found, published=benchmark is not None):
            console().print(note, highlight=False, markup=False, soft_wrap=True)
    if out is not None:
        about = {
            "data": str(data),
            "predictions": _named(predictions),
            "checkpoint": _named(checkpoint),
            "benchmark": benchmark,
            "limit": limit,
        }
        for path in write_report(results, out, about=about, published=benchmark is not None, replace=force):
            typer.echo(f"Wrote {path}")


def _named(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _splits(dataset: "DualTalk", wanted: list[str] | None, *, benchmark: str | None) -> tuple[str, ...]:
    from dyad.errors import InputError
    from dyad.registry import suggestion

    if benchmark is not None:
        if benchmark not in BENCHMARKS:
            raise InputError("--benchmark", expected="one dyad knows", got=repr(benchmark), cure=suggestion(benchmark, BENCHMARKS))
        if wanted:
            raise InputError("--split", expected="it or --benchmark", got="both", cure="Leave one out.")
        absent = [part for part in BENCHMARKS[benchmark] if part not in dataset.splits]
        if absent:
            cure = "Name the folder that holds both, or score one with --split."
            raise InputError(str(dataset.root), expected="the splits test and ood", got=f"no {' and no '.join(absent)}", cure=cure)
        return BENCHMARKS[benchmark]
    if wanted:
        return tuple(dict.fromkeys(wanted))
    return (dataset.splits[0],) if len(dataset.splits) == 1 else ("test",)


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A progress bar on standard error; silent when that is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def told(title: str, done: int, total: int) -> None:
            if title not in tasks:
                tasks[title] = bar.add_task(title, total=total)
            bar.update(tasks[title], completed=done)

        yield told
