"""dyad analyze."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dyad.cli.options import Address, Pipeline

if TYPE_CHECKING:
    from dyad.analysis.corpus import CorpusResult
    from dyad.analysis.findings import Findings


def analyze(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[INPUT]...",
            help="Sound files, annotations (RTTM, ELAN, TextGrid, CSV, VAP JSON, CHAT), recording folders, tables of voice activity, or a "
            "folder of these.",
            show_default="the built-in call",
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    join_ms: Annotated[float, typer.Option("--join-ms", help="Own silences shorter than this do not end a unit of speech.")] = 180.0,
    backchannels: Annotated[
        str, typer.Option("--backchannels", help="Definition: vap_code, vap_paper, candor_backbiter, fdb, hiplex or turnbench.")
    ] = "vap_code",
    surrogates: Annotated[int, typer.Option("--surrogates", min=1, help="Shifted partners beside each figure of synchrony.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of all that is drawn; same seed, same output.")] = 0,
    pairs: Annotated[bool, typer.Option("--pairs", help="Of several conversations: also measure people who never met.")] = False,
    speakers: Annotated[
        str | None, typer.Option("--speakers", help="The two to keep of an annotation, A first: ANN,BOB.", show_default="who there is")
    ] = None,
    rttm: Annotated[Path | None, typer.Option("--rttm", help="Turns of the sound file.")] = None,
    pipeline: Pipeline = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier analysis.")] = False,
    backend: Annotated[str, typer.Option("--backend", help="For several conversations: ray (all cores) or inline.")] = "ray",
    address: Address = None,
) -> None:
    """Measure turn-taking, and where heads move, non-verbal behaviour and synchrony; one conversation or thousands.

    One conversation becomes turn_taking.json, events.csv, its turns in five formats, and report.html. Several become one table,
    turn_taking.parquet, with summary.json, failures.csv and report.html; a run that was stopped goes on where it was.

    \b
    Examples:
      dyad analyze call.wav --out analysis
      dyad analyze interview.eaf --speakers ANN,BOB --backchannels candor_backbiter --out analysis
      dyad analyze runs/demo --out analysis
      dyad analyze corpus --pairs --out corpus-analysis
    """
    from dyad.analysis.conversation import analyse_conversation
    from dyad.analysis.findings import Settings
    from dyad.analysis.inputs import find_inputs
    from dyad.analysis.outputs import check_output
    from dyad.analysis.reading import Reading
    from dyad.analysis.source import Source
    from dyad.errors import InputError
    from dyad.eval.turn_taking import TurnRules

    check_output(out, replace=force)  # before any work is done
    settings = Settings(turns=TurnRules(join_s=join_ms / 1000, backchannels=backchannels), surrogates=surrogates, seed=seed)
    reading = Reading(rttm=rttm, pipeline=pipeline, speakers=_two(speakers))
    found = find_inputs(inputs or ())
    first = found.items[0]
    if rttm is not None and (found.is_corpus or not isinstance(first, Source) or not first.sound or first.annotation):
        raise InputError(
            "--rttm", expected="one sound file", got="another input", cure="Name one sound file, or give the RTTM as the input."
        )
    if found.is_corpus or not isinstance(first, Source):
        from dyad.analysis.corpus import analyse_corpus

        with _progress(f"Analysing {len(found.items)} conversations") as on_done:
            result = analyse_corpus(
                found, out, settings=settings, reading=reading, pairs=pairs,
                replace=force, backend=backend, address=address, on_done=on_done,
            )  # fmt: skip
        _print_corpus(result)
    else:
        if pairs:
            raise InputError("--pairs", expected="two conversations or more", got="one", cure="Leave it out, or name several.")
        _print_conversation(analyse_conversation(first, out, settings=settings, reading=reading, replace=force), out)


def _two(speakers: str | None) -> tuple[str, str] | None:
    from dyad.errors import InputError

    if speakers is None:
        return None
    names = [name.strip() for name in speakers.split(",")]
    if len(names) != 2 or not all(names):
        raise InputError("--speakers", expected="two names parted by a comma", got=repr(speakers), cure="For example ANN,BOB.")
    return names[0], names[1]


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; silent when that is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print_conversation(findings: "Findings", out: Path) -> None:
    from dyad.analysis.figures import KEY_FIGURES, shown
    from dyad.cli.tables import console, print_table

    by_place = {(measure.name, measure.seat): measure for measure in findings.measures}
    rows = []
    for name in KEY_FIGURES:
        found = [by_place.get((name, seat)) for seat in (None, "A", "B")]
        rows.append((name, *("" if measure is None else shown(measure.value, measure.unit) for measure in found)))
    talk = findings.talk
    print_table(f"{talk.id}: {talk.intervals.duration_s:.1f} s", ("measure", "both", "A", "B"), rows)
    for note in talk.notes:
        console().print(note, highlight=False, markup=False, soft_wrap=True)
    typer.echo(f"Wrote {out}")


def _print_corpus(result: "CorpusResult") -> None:
    from dyad.analysis.figures import shown
    from dyad.cli.tables import console, print_table

    summary: Mapping[str, Any] = result.summary
    rows = []
    for kind, found in summary["real"]["lengths"].items():
        values = found["quantiles"] or {}
        rows.append((kind, f"{found['n']}", *(shown(values.get(share), "") for share in ("0.25", "0.5", "0.75"))))
    title = f"{summary['conversations']} conversations, {summary['hours']:.1f} h"
    print_table(title, ("seconds", "n", "25 %", "50 %", "75 %"), rows)
    out = console()
    if result.kept:
        out.print(f"{result.kept} had been measured before.", highlight=False)
    for name, why in result.failures[:5]:
        out.print(f"Not measured: {name}: {why}", highlight=False, markup=False, soft_wrap=True)
    if result.failures:
        typer.echo(f"{summary['failed']} conversations could not be measured; failures.csv says why.")
    typer.echo(f"Wrote {result.folder}")
