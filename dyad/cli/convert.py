"""dyad convert."""

from pathlib import Path
from typing import Annotated

import typer

MODELS = ("dualtalk",)


def convert(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="What is in the file: dualtalk.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Checkpoint of the published code (.pth).")],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for config.json and model.safetensors.")],
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", help="Audio encoder's configuration: local folder or hub name.", show_default="read off the tensors"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Turn a model's published weights into a folder that dyad's agents load. No code in the file is run.

    \b
    Examples:
      dyad convert dualtalk DualTalk.pth --out models/dualtalk
      dyad convert dualtalk small.pth --out models/small --encoder facebook/wav2vec2-base-960h
    """
    from dyad.errors import InputError
    from dyad.registry import suggestion

    if model not in MODELS:
        raise InputError("MODEL", expected=f"one of {', '.join(MODELS)}", got=repr(model), cure=suggestion(model, MODELS))

    from rich.console import Console

    from dyad.agents.dualtalk.checkpoint import CONFIG_FILE, WEIGHTS_FILE
    from dyad.agents.dualtalk.model import DualTalk
    from dyad.output_files import check_targets

    check_targets([out / CONFIG_FILE, out / WEIGHTS_FILE], replace=force)
    with Console(stderr=True).status(f"Reading {file.name}"):
        converted = DualTalk.from_published(file, encoder)
        converted.save(out, replace=force)
    parameters = sum(parameter.numel() for parameter in converted.parameters())
    typer.echo(f"{file.name}: {parameters / 1e6:.1f} million parameters, features of {converted.config.width}")
    for note in converted.config.notes[1:]:
        typer.echo(f"  {note}")
    typer.echo(f"Wrote {out}")
