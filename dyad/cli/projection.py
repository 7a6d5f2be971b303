"""dyad projection: train and score the model that foresees who speaks next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dyad.projection_training.evaluation import Row

app = typer.Typer(help="Voice activity projection: train and score the model that foresees who speaks next.", no_args_is_help=True)

Tables = Annotated[list[Path], typer.Argument(metavar="TABLE...", help="Tables of voice activity, or folders with tables.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of everything random.")]


@app.command("train")
def train(
    tables: Tables,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="New file for the weights.")] = Path("projection.safetensors"),
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Passes over the conversations.  [default: as shipped]")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier file.")] = False,
    seed: Seed = 0,
) -> None:
    """Train on tables of who speaks when; a tenth of the conversations is kept for tests, another chooses the best epoch.

    A table is an .npz with the arrays conversation, side (0 or 1), start_s and end_s, a row for each stretch of speech, and optionally
    conversation_ids and duration_s, the length of each; or a .csv with the columns conversation or dialogue, participant, and begin_s and
    end_s (seconds) or begin and end (milliseconds). Two hundred hours take some ten minutes on one core.

    \b
    Example:
      dyad projection train timings/switchboard --out mine.safetensors
    """
    from dyad.cli.tables import console
    from dyad.projection_training.fitting import Recipe
    from dyad.projection_training.session import train_weights

    recipe = Recipe(seed=seed) if epochs is None else Recipe(seed=seed, epochs=epochs)
    with _progress() as told:
        origin = train_weights(tables, out, recipe=recipe, replace=force, told=told)
    console().print(
        f"Learnt from {len(origin.train)} conversations, {len(origin.valid)} chose the epoch: loss {origin.loss:.3f}\nWrote {out}\n"
        f"Score it: dyad projection evaluate {' '.join(map(str, tables))} --weights {out}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


@app.command("evaluate")
def evaluate(
    tables: Tables,
    *,
    weights: Annotated[Path | None, typer.Option("--weights", "-w", help="Made by dyad projection train; else those of dyad.")] = None,
    baselines: Annotated[bool, typer.Option("--baselines", help="Score baselines too; they learn from the same conversations.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="JSON file for the figures.")] = None,
    seed: Seed = 0,
) -> None:
    """Score weights on the published events of the conversations that they were not made of, corpus by corpus.

    Conversations that the weights learnt from, or that chose thresholds, are known by their contents and left out. Intervals of 95 % are
    over conversations. Tables are as for dyad projection train.

    \b
    Example:
      dyad projection evaluate timings/switchboard timings/ifadv --baselines --out scores.json
    """
    from dataclasses import asdict

    from dyad.cli.tables import print_table, write_json
    from dyad.projection_training.session import evaluate_weights

    with _progress() as told:
        rows = evaluate_weights(tables, weights, with_baselines=baselines, seed=seed, told=told)
    for corpus, view in dict.fromkeys((row.corpus, row.view) for row in rows):
        chosen = [row for row in rows if (row.corpus, row.view) == (corpus, view)]
        quality = chosen[0].quality
        title = f"{corpus}: {view} ({quality.positives} of {quality.trials})"
        print_table(title, ("by", "balanced accuracy", "95 %", "AUC", "95 %"), [_figures(row) for row in chosen])
    if out is not None:
        write_json(out, [asdict(row) for row in rows])


def _figures(row: "Row") -> tuple[str, ...]:
    cells = [row.predictor]
    for figure in (row.quality.balanced_accuracy, row.quality.auc):
        cells += [f"{figure.value:.3f}", f"{figure.low:.3f} to {figure.high:.3f}"]
    return tuple(cells)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error; silent when that is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading")
        yield lambda doing, done, total: bar.update(task, description=doing.capitalize(), completed=done, total=total)
