"""dyad shapes, and the progress of what takes long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from dyad.cli.options import Seed


def shapes(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Picture (.png, .jpg or .webp) to write.")],
    seed: Seed = None,
    tile: Annotated[int, typer.Option("--tile", help="Pixels a face.")] = 192,
    columns: Annotated[int, typer.Option("--columns", help="Faces a row.")] = 9,
    detail: Annotated[str, typer.Option("--detail", help="full or light.")] = "full",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Draw the neutral face and all 52 ARKit shapes of a head on one sheet.

    Without a seed it is seat A's ready person.

    \b
    Examples:
      dyad shapes --out shapes.png
      dyad shapes --out person7.png --seed 7
    """
    from dyad.errors import InputError
    from dyad.faces.contact_sheet import render_contact_sheet
    from dyad.faces.head import Head
    from dyad.faces.identity import SEAT_A, Identity
    from dyad.output_files import placed_files

    if out.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp"):
        raise InputError(str(out), expected="a name that ends in .png, .jpg or .webp", got=repr(out.suffix), cure="For example shapes.png")
    person = SEAT_A if seed is None else Identity.from_seed(seed)
    with placed_files([out], replace=force) as (partial,):
        render_contact_sheet(Head.build(person, detail=detail), partial, tile=tile, columns=columns)
    typer.echo(f"Wrote {out}")


@contextmanager
def frame_progress(title: str, *, shown: bool) -> Iterator[dict[str, Callable[[int, int], None]]]:
    """The option ``on_frame`` of what takes long, with a progress bar on standard error; silent when that is not a terminal.

    Args:
        title: what is done.
        shown: whether there are frames to count; no option if not.
    """
    from rich.console import Console
    from rich.progress import Progress

    if not shown:
        yield {}
        return
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield {"on_frame": lambda done, total: bar.update(task, completed=done, total=total)}
