"""dyad measure, dyad diarize and dyad benchmark."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dyad.cli.options import Pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dyad.eval.behaviour import Measure
    from dyad.eval.dualtalk_trial import Trial

TRAINING_STEPS = 60
MEASURE_FIELDS = ("name", "value", "unit", "n", "target_low", "target_high", "definition", "source", "reason")


def measure(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Recording folder of dyad simulate or listen.")],
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Also write the figures as JSON to this file.")] = None,
) -> None:
    """Measure how the heads behave: lips, head, blinks, nods and gaze against the ranges people show.

    \b
    Example:
      dyad measure runs/demo
    """
    from dyad.cli.tables import write_json

    measures = _print_behaviour(folder)
    if out is not None:
        content = [
            {name: getattr(found, name) for name in MEASURE_FIELDS} | {"seat": found.seat.name, "holds": found.holds} for found in measures
        ]
        write_json(out, content)


def _print_behaviour(folder: Path) -> "list[Measure]":
    from dyad.cli.tables import console, print_table
    from dyad.eval.behaviour import behaviour_table, measure_behaviour
    from dyad.recording import Recording

    recording = Recording.load(folder)
    measures = measure_behaviour(recording)
    rows = behaviour_table(measures)
    columns = ("measure", "unit", "target", "A", "B", "holds")
    title = f"{recording.conversation_id}: behaviour over {recording.summary['duration_s']:.0f} s"
    print_table(title, columns, [[row[name] for name in columns] for row in rows])
    for row in rows:
        if row["note"]:
            console().print(f"{row['measure']}: {row['note']}", highlight=False, markup=False)
    return measures


def diarize(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="As for dyad simulate.", show_default=False)] = None,
    *,
    reference: Annotated[Path | None, typer.Option("--reference", help="RTTM to score against.")] = None,
    pipeline: Pipeline = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the turns found to this RTTM file.")] = None,
) -> None:
    """Find who speaks when, and score it against a reference. Without a file, the built-in call and its reference.

    \b
    Examples:
      dyad diarize
      dyad diarize mix.wav --reference mix.rttm --out found.rttm
    """
    from dyad.cli.tables import print_notes, print_table, writing
    from dyad.eval.diarization_score import score_diarization
    from dyad.loading import load_conversation, sample_files
    from dyad.rttm import read_rttm, write_rttm

    paths = list(files or ())
    if not paths:
        wav, sample_reference = sample_files()
        paths, reference = [wav], reference or sample_reference
    conversation = load_conversation(*paths, pipeline=pipeline)
    print_notes(conversation)
    turns = conversation.diarization
    if out is not None:
        with writing(out):
            write_rttm(turns, out, uri=conversation.id)
        typer.echo(f"Wrote {out}")
    if reference is not None:
        scores = score_diarization(read_rttm(reference), turns, duration_s=conversation.duration_s)
        print_table("score", ("", ""), [(name, f"{value:.3f}") for name, value in scores.items()])
    elif out is None:
        for segment, _, label in turns.itertracks(yield_label=True):
            typer.echo(f"{segment.start:8.2f} {segment.end:8.2f}  {label}")


def benchmark(
    *,
    minutes: Annotated[
        list[float] | None, typer.Option("--minutes", help="Length of a run, minutes; repeatable.", show_default="10")
    ] = None,
    behaviour: Annotated[bool, typer.Option("--behaviour", help="Also measure how the heads of each run behave.")] = False,
    rendering: Annotated[bool, typer.Option("--rendering", help="Measure how fast films are drawn instead.")] = False,
    dualtalk: Annotated[bool, typer.Option("--dualtalk", help="Measure the agent dualtalk, with random weights, instead.")] = False,
    training: Annotated[bool, typer.Option("--training", help="Measure how fast dyad train learns, beside plain PyTorch.")] = False,
    gpu: Annotated[bool, typer.Option("--gpu", help="With --training: on a GPU.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Also write the figures as JSON to this file.")] = None,
) -> None:
    """Measure speed and memory: the built-in call repeated to a length, both sides generated, Ray backend, all files written.

    Each run is a process of its own. Ratios compare with the first run of the same call.

    \b
    Examples:
      dyad benchmark
      dyad benchmark --minutes 10 --minutes 60
      dyad benchmark --behaviour
      dyad benchmark --rendering
      dyad benchmark --dualtalk --minutes 1 --minutes 10
    """
    from rich.console import Console

    from dyad.cli.tables import print_table, write_json
    from dyad.errors import InputError
    from dyad.eval.benchmark import as_json, as_rows, measure_lengths

    if rendering:
        _benchmark_rendering(out)
        return
    if training:
        _benchmark_training(out, gpu=gpu)
        return
    lengths = minutes or [10.0]
    if min(lengths) <= 0:
        raise InputError("--minutes", expected="more than 0", got=f"{min(lengths):g}", cure="10 is the default.")
    if dualtalk:
        _benchmark_dualtalk(lengths, out)
        return
    with Console(stderr=True).status(f"Running {', '.join(f'{length:g}' for length in lengths)} minutes"):
        runs = measure_lengths(lengths, look=_print_behaviour if behaviour else None)
    print_table("dyad benchmark", ("", *(f"{run.minutes:g} min" for run in runs), "target"), as_rows(runs))
    if out is not None:
        write_json(out, as_json(runs))


def _benchmark_rendering(out: Path | None) -> None:
    from dataclasses import asdict

    from rich.console import Console

    from dyad.cli.tables import print_table, write_json
    from dyad.eval.render_speed import COLUMNS, as_row, measure_rendering

    with Console(stderr=True).status("Drawing"):
        speeds = [measure_rendering(camera=camera) for camera in ("two-shot", "close-up")]
    print_table("dyad benchmark --rendering", COLUMNS, [as_row(speed) for speed in speeds])
    if out is not None:
        write_json(out, [asdict(speed) for speed in speeds])


def _benchmark_dualtalk(minutes: "Sequence[float]", out: Path | None) -> None:
    from dataclasses import asdict

    from rich.console import Console

    from dyad.cli.tables import console, print_table, write_json
    from dyad.eval.dualtalk_speed import COLUMNS, as_row, compare_ways, measure_closed_loop, measure_memory

    with Console(stderr=True).status("Starting") as status:

        def show(trial: "Trial") -> None:
            status.update(f"{trial.way}, {trial.size}, {trial.dtype}, {trial.seconds:g} s")

        ways = [speed for size in ("large", "base") for speed in compare_ways(size, seconds=60.0, on_trial=show)]
        lengths = measure_memory("base", seconds=[60.0 * length for length in minutes], on_trial=show)
        status.update("both seats")
        loop = {dtype: measure_closed_loop("base", seconds=60.0, dtype=dtype) for dtype in ("float32", "bfloat16")}
    print_table("dyad benchmark --dualtalk: random weights, one side, one thread", COLUMNS, [as_row(speed) for speed in (*ways, *lengths)])
    for dtype, factor in loop.items():
        console().print(f"Both seats in closed loop, base, {dtype}: {factor:.2f} s a second of conversation (real time: below 1)")
    if out is not None:
        write_json(out, {"speeds": [asdict(speed) for speed in (*ways, *lengths)], "closed_loop": loop})


def _benchmark_training(out: Path | None, *, gpu: bool) -> None:
    from dataclasses import asdict

    from rich.console import Console

    from dyad.cli.tables import print_table, write_json
    from dyad.training.throughput import COLUMNS, as_rows, light_recipe, measure_training

    with Console(stderr=True).status("Training"):
        speeds = measure_training(light_recipe(gpu=gpu), steps=TRAINING_STEPS)
    print_table("dyad benchmark --training", COLUMNS, as_rows(speeds))
    if out is not None:
        write_json(out, [asdict(speed) for speed in speeds])
