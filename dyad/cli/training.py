"""dyad train."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dyad.cli.options import Address, Backend, Config, Seed, split

if TYPE_CHECKING:
    from dyad.training.config import TrainConfig
    from dyad.training.launching import Outcome
    from dyad.training.session import Job

POLL_S = 0.5


def train(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="DATA [KEY=VALUE]...", help="Folder of a corpus in DualTalk's layout, and settings.", show_default=False),
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for weights, logs and clips.")] = Path("runs/train"),
    config: Config = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in --out, with its data and settings.")] = False,
    seed: Seed = None,
    backend: Backend = None,
    address: Address = None,
) -> None:
    """Train a DualTalk model on a corpus, by the published recipe unless a file or settings say otherwise.

    Stopping at any time and going on with --resume gives the same weights as never stopping. The best weights by the validation split are
    in OUT/best, as dyad evaluate and the agent dualtalk take them; curves in OUT/tensorboard, validation clips for dyad view in OUT/clips.

    \b
    Examples:
      dyad train data/simulated --config configs/train/small.yaml --out runs/small
      dyad train data/dualtalk gpu=true workers=4 precision=bfloat16 --out runs/published
      dyad train --resume --out runs/small
      dyad train data/dualtalk gpu=true data.level=clip data.features=cache   (after dyad data features data/dualtalk --out cache)
    """
    from dyad.training.launching import check_run, plan_training, run_training
    from dyad.training.watching import draw_clips

    run = check_run(out, resume=resume)
    folders, overrides = split(inputs)
    settings, data = _settings(
        folders, overrides, config=config, run=run if resume else None, values={"seed": seed, "backend": backend, "address": address}
    )
    job, steps = plan_training(settings, data=data, out=run)
    with _progress(run, steps=steps):
        outcome = run_training(job, steps=steps)
        clips = draw_clips(job)
    _print_outcome(outcome)
    for clip in clips:
        typer.echo(f"Watch: dyad view {clip}")
    cut = settings.data.validation_split
    typer.echo(
        f"Curves: tensorboard --logdir {run / 'tensorboard'}\nScore it: dyad evaluate {data} --checkpoint {run / 'best'} --split {cut}"
    )


def _settings(
    folders: list[str], overrides: list[str], *, config: Path | None, run: Path | None, values: dict[str, Any]
) -> "tuple[TrainConfig, Path]":
    """The settings and the corpus; those of an earlier start where there was one."""
    from dyad.errors import InputError
    from dyad.training.config import load_train_config
    from dyad.training.launching import saved_settings

    if run is not None:
        for what, given in (("DATA", bool(folders)), ("--config", config is not None)):
            if given:
                raise InputError(
                    what, expected="none with --resume", got="one", cure="Leave it out: the folder knows what it was started with."
                )
        saved, data = saved_settings(run)
        return load_train_config(overrides=overrides, values=values, saved=saved), data
    if len(folders) != 1:
        cure = "Make one: dyad data simulate --out data/simulated; then dyad train data/simulated --config configs/train/small.yaml"
        raise InputError("DATA", expected="one folder of a corpus", got=f"{len(folders)}", cure=cure)
    return load_train_config(config, overrides=overrides, values=values), Path(folders[0])


def _judged_by(job: "Job") -> str:
    """The split whose clips were held out, whole or in part."""
    data = job.config.data
    return data.validation_split if data.validation_split in job.corpus().splits else data.split


def _print_outcome(outcome: "Outcome") -> None:
    from dyad.cli.tables import console, print_table
    from dyad.training.losses import PARTS

    values = outcome.best["validation"]
    conditions = [name for name in ("recorded", "generated", "mean_pose") if f"{name}/{PARTS[0]}" in values]
    rows = [(part, *(f"{values[f'{name}/{part}']:.4g}" for name in conditions)) for part in PARTS]
    title = f"best weights, of step {outcome.best['step']}: validation loss by what is seen of the partner"
    print_table(title, ("part", *(name.replace("_", " ") for name in conditions)), rows)
    early = "" if outcome.steps == outcome.planned else f" of {outcome.planned}: nothing got better any more"
    console().print(f"{outcome.steps} steps{early}\nWrote {outcome.run}", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _progress(run: Path, *, steps: int) -> Iterator[None]:
    """A progress bar on standard error, fed by the run's log, as workers may be elsewhere; silent when that is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    done = threading.Event()
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Starting", total=steps)

        def follow() -> None:
            from dyad.training.logs import read_log

            while not done.wait(POLL_S):
                if rows := read_log(run):
                    losses = [row["loss"] for row in rows if row["kind"] == "train"]
                    title = f"Training, loss {losses[-1]:.4g}" if losses else "Training"
                    bar.update(task, completed=rows[-1]["step"], description=title)

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            done.set()
            follower.join()
