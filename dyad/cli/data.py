"""dyad data: folders of conversations listed, checked, and prepared for training."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dyad.cli import data_simulate, data_speak
from dyad.cli.options import Address

if TYPE_CHECKING:
    from dyad.datasets.clips import Clip
    from dyad.seat import Seat

app = typer.Typer(help="Folders of conversations: list and check them, and prepare them for training.", no_args_is_help=True)
app.command("simulate")(data_simulate.simulate)
app.command("speak")(data_speak.speak)

Root = Annotated[Path, typer.Argument(metavar="DIR", help="Folder with NAME_A.wav and NAME_B.wav, or in DualTalk's layout.")]
Split = Annotated[str, typer.Option("--split", help="Folder within DIR.")]


@app.command("list")
def list_clips(root: Root, *, split: Split = "all") -> None:
    """List the conversations of a folder: length, motion, turns, and what is missing or does not fit.

    A conversation is NAME_A.wav and NAME_B.wav (or NAME_speaker1.wav and NAME_speaker2.wav, as DualTalk publishes), or NAME.wav with a
    participant on each channel; motion is NAME_A.npz, .csv, .glb or .npy; turns are NAME.rttm. Folders within DIR are its splits,
    and may have folders within.

    \b
    Example:
      dyad data list corpus --split test
    """
    from dyad.cli.tables import console, print_table
    from dyad.datasets.folder import Folder
    from dyad.errors import InputError
    from dyad.seat import Seat

    folder = Folder(root)
    rows, notes = [], [f"{name}: no {', no '.join(missing)}" for name, missing in folder.incomplete(split).items()]
    names = folder.ids(split)
    with _progress(f"Reading {root}") as on_clip:
        for index, name in enumerate(names, start=1):
            try:
                clip = folder.clip(name)
            except InputError as error:
                rows.append((name, *["–"] * 4))
                notes.append(f"{name}: {error}")
            else:
                turns = "voice activity" if folder.files(name).rttm is None else "rttm"
                rows.append((name, f"{clip.recorded_s:.1f}", *(_motion(clip, seat) for seat in Seat), turns))
                notes += [f"{name}: {note}" for note in clip.notes]
            on_clip(index, len(names))
    print_table(f"{root}: {len(names)} conversations", ("conversation", "s", "motion A", "motion B", "turns"), rows)
    for note in notes:
        console().print(note, highlight=False, markup=False, soft_wrap=True)


@app.command("check")
def check(
    root: Root,
    *,
    split: Split = "all",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Also write the findings as JSON to this file.")] = None,
    backend: Annotated[str, typer.Option("--backend", help="inline (this process) or ray (a process for each core).")] = "inline",
    address: Address = None,
) -> None:
    """Find the usual faults; exit status 1 where there are any.

    Looks for leaks between the channels, motion that leads or lags its sound, runs at another pace or belongs to the other person, jitter,
    frozen and repeated frames, wrong rates and lengths, neck and jaw in each other's place, other axes, degrees for radians, values that
    are no numbers, clipping, silence, files that cannot be read, and missing partners. What a jaw tells needs 5 to 8 s of own speech.

    \b
    Examples:
      dyad data check corpus --out report.json
      dyad data check corpus --split train --backend ray
    """
    from dyad.cli.tables import console, print_table, write_json
    from dyad.corpora.check import as_json, check_folder
    from dyad.errors import InputError

    if backend not in ("inline", "ray"):
        raise InputError("--backend", expected="inline or ray", got=repr(backend), cure="Leave it out for inline.")
    with _progress(f"Checking {root}") as on_clip:
        checked = check_folder(root, split=split, parallel=backend == "ray", address=address, on_clip=on_clip)
    found = [(clip.id, finding) for clip in checked for finding in clip.findings]
    rows = [
        (name, finding.severity, finding.fault, _figure(finding.value, finding.unit), _figure(finding.limit, finding.unit), finding.where)
        for name, finding in found
    ]
    if rows:
        print_table(f"{root}: findings", ("conversation", "", "fault", "measured", "limit", "where"), rows)
        for name, finding in found:
            line = f"{name}, {finding.where}: {finding.says} {finding.cure}"
            console().print(line, highlight=False, markup=False, soft_wrap=True)
    faulty = sum(clip.faulty for clip in checked)
    typer.echo(f"{faulty} of {len(checked)} conversations have faults.")
    if out is not None:
        write_json(out, as_json(checked))
        typer.echo(f"Wrote {out}")
    if faulty:
        raise typer.Exit(1)


@app.command("features")
def features(
    root: Root,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the cache; one may hold those of several encoders.")],
    encoder: Annotated[
        str | None,
        typer.Option(
            "--encoder",
            help="A transformers encoder (folder or hub name), a DualTalk model of dyad, or log_mel.",
            show_default="what dyad train starts from",
        ),
    ] = None,
    split: Split = "all",
    half: Annotated[bool, typer.Option("--half", help="Keep 16-bit floats: half the disk.")] = False,
    workers: Annotated[int | None, typer.Option("--workers", help="Files at once, a core each.", show_default="all cores")] = None,
    address: Address = None,
) -> None:
    """Compute the encoder's features of all voices once, by Ray Data, so that training need not.

    They are what the frozen convolutions give, 50 rows a second, each voice brought to zero mean and unit variance over its clip: 0.4 GB
    for an hour of one voice, with --half the half of that. A file whose features are there is passed over, so a run that was stopped goes
    on where it was; another encoder has a folder of its own. dyad train takes them with data.features=CACHE data.level=clip.

    \b
    Examples:
      dyad data features corpus --out cache
      dyad data features corpus --encoder wav2vec2-large --out cache --half
    """
    from dyad.corpora.extraction import extract_features
    from dyad.corpora.feature_cache import FeatureCache
    from dyad.corpora.front_end import read_front_end
    from dyad.corpora.voices import voices_of
    from dyad.datasets.folder import Folder
    from dyad.training.config import TrainConfig

    voices = voices_of(Folder(root), split)
    front_end = read_front_end(encoder or str(TrainConfig().encoder))
    if not front_end.local:
        typer.echo(f"{front_end.name}: not for dyad train, as its rows depend on more than their own stretch of sound.", err=True)
    cache = FeatureCache(root=out, fingerprint=front_end.fingerprint, half=half)
    with _progress(f"Computing features of {len(voices)} files") as on_file:
        done = extract_features(voices, front_end=front_end, cache=cache, workers=workers, address=address, on_file=on_file)
    for error in done.failed.values():
        typer.echo(error, err=True)
    typer.echo(f"{done.made} files computed, {done.kept} were there, {len(done.failed)} could not be read: {cache.folder}")
    if done.failed:
        raise typer.Exit(1)


def _figure(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:.3g} {unit}".strip()


def _motion(clip: "Clip", seat: "Seat") -> str:
    if seat not in clip.motion:
        return "–"
    motion = clip.motion[seat]
    return f"{len(motion)} × {motion.basis} at {motion.frame_rate_hz:g}"


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; silent when that is not a terminal."""
    from dyad.cli.pictures import frame_progress

    with frame_progress(title, shown=True) as options:
        yield options["on_frame"]
