"""Folders of utterances that dyad spoke itself, never to be taken for recordings."""

import json
from pathlib import Path
from typing import Any, Final

from dyad.errors import InputError

MANIFEST: Final = "dyad-speech.json"


def read_speech_manifest(root: Path) -> dict[str, Any]:
    """What a folder of ``dyad data speak`` says of itself.

    Raises:
        InputError: the folder is none, or its manifest is damaged.
    """
    expected = f"a folder of dyad data speak, with {MANIFEST}"
    path = root / MANIFEST
    if not path.is_file():
        got = "a folder without it" if root.is_dir() else "a file" if root.exists() else "no such folder"
        raise InputError(str(root), expected=expected, got=got, cure="Give another folder; dyad does not write among other files.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if manifest["synthetic"] is not True or {"engine", "licence", "complete"} - manifest.keys():
            raise ValueError("one that does not say whose speech it is")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(str(path), expected=expected, got=str(error) or type(error).__name__, cure="Make the folder again.") from error
    return manifest


def synthetic_origin(root: Path) -> tuple[str, str] | None:
    """Engine and licence of a folder that dyad spoke; None for any other.

    Raises:
        InputError: it was begun and is not finished, or its manifest is damaged.
    """
    if not (root / MANIFEST).is_file():
        return None
    manifest = read_speech_manifest(root)
    if not manifest["complete"]:
        cure = "Finish it with the command that began it, or make another."
        raise InputError(str(root), expected="all utterances", got="a folder that dyad data speak has not finished", cure=cure)
    return manifest["engine"], manifest["licence"]
