"""The statement dyad puts beside a file it exports, ``NAME.about.json``: where it stands, how it is written and read.

What it says is up to ``dyad.exports.about``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dyad.errors import InputError

KIND = "dyad export"
SIDECAR_SUFFIX = ".about.json"


def sidecar_of(path: Path) -> Path:
    """Where the statement about a file stands."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def write_statement(path: Path, content: Mapping[str, Any]) -> None:
    """Write a statement to its own path, as ``sidecar_of`` gives it."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_statement(path: Path) -> Mapping[str, Any] | None:
    """The statement beside a file that dyad exported, or None.

    Args:
        path: the file itself.

    Raises:
        InputError: there is one that cannot be read.
    """
    sidecar = sidecar_of(path)
    if not sidecar.is_file():
        return None
    try:
        content = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(str(sidecar), expected="JSON", got=str(error), cure="Correct or remove it.") from None
    return content if isinstance(content, dict) and content.get("kind") == KIND else None
