"""All commands."""

from typing import Annotated

import typer

from dyad.cli import (
    analyses,
    analyzing,
    catalogue,
    convert,
    data,
    evaluating,
    exchanging,
    pictures,
    projection,
    running,
    studying,
    training,
    viewing,
)

app = typer.Typer(
    name="dyad",
    help="Two people in conversation, simulated: both heads generated in closed loop, watched in Rerun, and measured.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("simulate")(running.simulate)
app.command("listen")(running.listen)
app.command("view")(viewing.view)
app.command("export")(exchanging.export_motion)
app.command("import")(exchanging.import_motion)
app.command("convert")(convert.convert)
app.command("train")(training.train)
app.command("shapes")(pictures.shapes)
app.command("list")(catalogue.list_everything)
app.command("measure")(analyses.measure)
app.command("analyze")(analyzing.analyze)
app.command("evaluate")(evaluating.evaluate)
app.command("study")(studying.study)
app.command("diarize")(analyses.diarize)
app.command("benchmark")(analyses.benchmark)
app.add_typer(data.app, name="data")
app.add_typer(projection.app, name="projection")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    if version:
        from dyad import __version__

        typer.echo(__version__)
        raise typer.Exit
