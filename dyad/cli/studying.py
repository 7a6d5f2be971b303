"""dyad study."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dyad.cli.options import Address, split

if TYPE_CHECKING:
    from dyad.studies.analysis import Findings


def study(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="CONFIG [KEY=VALUE]...", help="YAML file of a study, and settings by key.", show_default=False),
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the results; replaced only if a study made it.", show_default="runs/NAME")
    ] = None,
    backend: Annotated[str, typer.Option("--backend", help="ray (all cores) or inline (this process).")] = "ray",
    address: Address = None,
    listing: Annotated[bool, typer.Option("--list", help="List the measures that can be outcomes, and end.")] = False,
) -> None:
    """Run an experiment on simulated conversations: conversations × conditions × seeds, measured, tested and reported.

    All settings are checked before anything runs. A study that is stopped goes on where it was when the same command is given again, and
    gives the same files. In OUT: report.md, plot.png, results.csv and .parquet, statistics.json, manifest.json.

    \b
    Examples:
      dyad study configs/studies/partner.yaml
      dyad study configs/studies/delay.yaml conversations.simulated.count=20 seeds=4 --out runs/delay
      dyad study --list
    """
    from dyad.cli.tables import console
    from dyad.errors import InputError
    from dyad.studies.config import load_study_config
    from dyad.studies.folder import check_study_folder
    from dyad.studies.plan import plan_study
    from dyad.studies.run import run_study

    if listing:
        _print_measures()
        return
    files, overrides = split(inputs)
    if len(files) != 1:
        cure = "For example dyad study configs/studies/partner.yaml"
        raise InputError("CONFIG", expected="one YAML file of a study", got=f"{len(files)}", cure=cure)
    plan = plan_study(load_study_config(files[0], overrides=overrides))
    folder = check_study_folder(out or Path("runs") / f"study-{Path(files[0]).stem}")
    with _progress() as told:
        findings = run_study(plan, out=folder, backend=backend, address=address, on_done=told)
    _print_findings(findings)
    console().print(f"Wrote {folder}\nRead {folder / 'report.md'}", highlight=False, markup=False, soft_wrap=True)


def _print_measures() -> None:
    from dyad.cli.tables import print_table
    from dyad.studies.outcomes import catalogue

    rows = [(name, known.family, known.unit) for name, known in catalogue().items()]
    print_table("measures", ("measure", "family", "unit"), rows)


def _print_findings(findings: "Findings") -> None:
    from dyad.cli.tables import print_table
    from dyad.studies.report import (
        LEVEL_HEADER,
        REFERENCE_HEADER,
        contrast_rows,
        level_rows,
        reference_rows,
    )

    header = ("outcome", "contrast", "difference", "interval", "g", "p corrected", "found")
    chosen = (0, 1, 2, 3, 5, 7, 8)
    if findings.contrasts:
        print_table("contrasts (SIMULATED)", header, [[row[column] for column in chosen] for row in contrast_rows(findings)])
    else:
        print_table("means (SIMULATED)", LEVEL_HEADER, level_rows(findings))
    if findings.comparisons:
        print_table("beside people", REFERENCE_HEADER[:-1], [row[:-1] for row in reference_rows(findings)])


@contextmanager
def _progress() -> "Iterator[Callable[[int, int], None]]":
    """A progress bar on standard error; silent when that is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Simulating", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
