"""dyad data simulate."""

from pathlib import Path
from typing import Annotated

import typer

from dyad.cli.options import Address


def simulate(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; new, empty, or with an unfinished corpus of these settings.")],
    conversations: Annotated[int, typer.Option("--conversations", "-n", help="How many.")] = 10,
    seconds: Annotated[float, typer.Option("--seconds", help="Length of each.")] = 60.0,
    seed: Annotated[int, typer.Option("--seed", help="Whole number; same settings and seed, same files.")] = 0,
    splits: Annotated[str, typer.Option("--splits", help="Names and shares of the splits.")] = "train=0.8,val=0.1,test=0.1",
    speech: Annotated[
        Path | None,
        typer.Option(
            "--speech",
            help="Folder of utterances (wav, flac), a folder within it for each voice.",
            show_default="the built-in call's voices",
        ),
    ] = None,
    licence: Annotated[str, typer.Option("--licence", help="Licence of these utterances, to be written down.")] = "unknown",
    turns: Annotated[
        str, typer.Option("--turns", help="Turn-taking to follow: switchboard (telephone) or ifadv (face to face).")
    ] = "switchboard",
    backend: Annotated[str, typer.Option("--backend", help="ray (a process for each core) or inline.")] = "ray",
    address: Address = None,
) -> None:
    """Simulate a corpus of conversations with known turns and motion, in DualTalk's layout; always labelled as simulated.

    Turns follow published statistics, speech is put together from recorded utterances, motion is that of the reactive agent with a style
    for each person. Nobody is in two splits. A run that was stopped goes on where it was.

    \b
    Examples:
      dyad data simulate --out corpora/small
      dyad data simulate --out corpora/large --conversations 600 --seconds 300 --seed 7 --speech utterances --licence CC-BY-4.0
    """
    from rich.console import Console
    from rich.progress import Progress

    from dyad.simulated.corpus import simulate_corpus

    shares = _shares(splits)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"Simulating {conversations} conversations", total=conversations)
        folder = simulate_corpus(
            out,
            conversations=conversations,
            seconds_each=seconds,
            seed=seed,
            splits=shares,
            speech=speech,
            licence=licence,
            turns=turns,
            backend=backend,
            address=address,
            on_done=lambda done: bar.update(task, completed=done),
        )
    _print_summary(folder)


def _shares(splits: str) -> dict[str, float]:
    from dyad.errors import InputError

    shares: dict[str, float] = {}
    for part in splits.split(","):
        name, _, share = part.strip().partition("=")
        try:
            shares[name] = float(share or 1.0)
        except ValueError:
            cure = "For example train=0.8,val=0.1,test=0.1."
            raise InputError("--splits", expected="NAME=SHARE, separated by commas", got=repr(part), cure=cure) from None
    return shares


def _print_summary(folder: Path) -> None:
    from dyad.cli.tables import console, print_table
    from dyad.datasets.simulated import read_corpus_manifest

    manifest = read_corpus_manifest(folder)
    rows = []
    for split, names in manifest["conversations"].items():
        people = manifest["people"][split]
        voices = len({person["voice"] for person in people})
        rows.append((split, str(len(names)), f"{len(names) * manifest['seconds'] / 60:.1f}", str(len(people)), str(voices)))
    print_table("SIMULATED corpus", ("split", "conversations", "minutes", "people", "voices"), rows)
    out = console()
    if manifest["voices_shared_by_splits"]:
        out.print(
            "All splits speak with the same voices: give --speech with more of them to part the splits by voice too.", highlight=False
        )
    out.print(f"Wrote {folder}", highlight=False, markup=False, soft_wrap=True)
