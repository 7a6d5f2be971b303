"""Options that commands share."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dyad.config import RunConfig

OVERRIDE = re.compile(r"^[A-Za-z_][\w.]*=")

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILE]... [KEY=VALUE]...",
        help="Sound files, and settings by key; dyad list shows all keys.",
        show_default=False,
    ),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write; replaced only if dyad made it.", show_default="runs/NAME")]
Seed = Annotated[int | None, typer.Option("--seed", help="Whole number; same seed, same output.", show_default="0")]
Backend = Annotated[str | None, typer.Option("--backend", help="ray (an actor for each agent) or inline.", show_default="ray")]
Config = Annotated[Path | None, typer.Option("--config", help="YAML file with settings; options and KEY=VALUE win over it.")]
Live = Annotated[bool, typer.Option("--live", help="Stream to the Rerun viewer while simulating.")]
Rttm = Annotated[Path | None, typer.Option("--rttm", help="Turns of the two speakers.")]
Pipeline = Annotated[str | None, typer.Option("--pipeline", help="pyannote.audio pipeline to diarize with: hub id or local folder.")]
Address = Annotated[str | None, typer.Option("--address", help="Running Ray cluster to join.", show_default="a private one")]


def split(inputs: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """Files and overrides. A word of the form key=value is an override unless a file of that name exists."""
    words = list(inputs or ())
    overrides = [word for word in words if OVERRIDE.match(word) and not Path(word).exists()]
    return [word for word in words if word not in overrides], overrides


def resolve(
    overrides: Sequence[str],
    *,
    config: Path | None,
    values: dict[str, Any],
    defaults: Sequence[str] = (),
) -> "RunConfig":
    """Settings from file, overrides and options; a flag that was not given changes nothing."""
    from dyad.config import load_config

    given = {key: (str(value) if isinstance(value, Path) else value) for key, value in values.items() if value is not False}
    return load_config(config, overrides=overrides, values=given, defaults=defaults)
