"""dyad list."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dyad.cli.options import Backend, Config, Seed, resolve, split


def list_everything(
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings.")] = None,
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the list as JSON to this file.")] = None,
    seed: Seed = None,
    backend: Backend = None,
    config: Config = None,
) -> None:
    """List agents, datasets and bases, and all settings as they resolve.

    \b
    Examples:
      dyad list
      dyad list --config my.yaml b.agent=still
      dyad list --out settings.json
    """
    from omegaconf import OmegaConf

    from dyad.bases import BASES
    from dyad.cli.tables import write_json
    from dyad.config import as_plain
    from dyad.errors import InputError
    from dyad.registry import AGENTS, DATASETS, agent_class, dataset_class

    files, given = split(overrides)
    if files:
        raise InputError("dyad list", expected="settings as key=value", got=", ".join(files), cure="For example: dyad list seed=3")
    settings = as_plain(resolve(given, config=config, values={"seed": seed, "backend": backend}))
    content: dict[str, Any] = {
        "agents": {name: _summary(agent_class(name)) for name in AGENTS},
        "datasets": {name: dataset_class(name).card.summary for name in DATASETS},
        "bases": {name: f"{len(channels)} channels" for name, channels in BASES.items()},
        "settings": settings,
    }
    if out is not None:
        write_json(out, content)
        typer.echo(f"Wrote {out}")
        return
    for title in ("agents", "datasets", "bases"):
        typer.echo(f"{title}:")
        for name, text in content[title].items():
            typer.echo(f"  {name:10} {text}")
    typer.echo("settings (KEY=VALUE on the command line, or a YAML file):")
    typer.echo("".join(f"  {line}\n" for line in OmegaConf.to_yaml(OmegaConf.create(settings)).splitlines()), nl=False)


def _summary(described: type) -> str:
    """First sentence of a class's docstring."""
    return (described.__doc__ or "").strip().partition("\n")[0]
