"""Heads that users own, whatever the file: told by content."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Final

from dyad.errors import InputError
from dyad.faces.ict import load_ict
from dyad.faces.ict_files import is_ict
from dyad.faces.identity import Identity
from dyad.faces.own_head import OwnHead

TRANSFER: Final = "transfer:"
_EXPECTED: Final = "a FLAME model (.pkl, .npz), ICT-FaceKit's folder or .npz, glTF with ARKit shapes (.glb, .gltf), or a mesh (.obj, .ply)"


def load_head(spec: str | Path, *, identity: Identity | None = None, detail: str = "full") -> OwnHead:
    """Load a head of the user's own.

    Args:
        spec: a file or folder; ``transfer:PATH`` puts dyad's own shapes on a mesh even if it could have some.
        identity: colours where the file has none.
        detail: ``exact``, ``full`` or ``light``: how many moving vertices are kept for streaming.

    Returns:
        The head.

    Raises:
        InputError: no such file, an unknown kind, or what the reader of that kind says.
    """
    text = str(spec)
    if text.startswith(TRANSFER):
        from dyad.faces.transfer import load_transferred

        return load_transferred(text.removeprefix(TRANSFER), identity=identity, detail=detail)
    path = Path(spec).expanduser()
    if not path.exists():
        raise InputError(text, expected=_EXPECTED, got="no such file", cure="Check the path.")
    if is_ict(path):
        return load_ict(path, identity=identity, detail=detail)
    if path.is_dir():
        raise InputError(text, expected=_EXPECTED, got="a folder without ICT-FaceKit's files", cure="Name the file.")
    if _is_gltf(path):
        from dyad.faces.gltf_head import load_gltf

        return load_gltf(path, identity=identity, detail=detail)
    if zipfile.is_zipfile(path) or path.suffix.lower() in (".pkl", ".pickle", ".npz"):
        from dyad.faces.flame_head import load_flame

        return load_flame(path, identity=identity, detail=detail)
    if path.suffix.lower() in (".obj", ".ply", ".stl", ".off"):
        from dyad.faces.transfer import load_transferred

        return load_transferred(path, identity=identity, detail=detail)
    raise InputError(text, expected=_EXPECTED, got=f"a {path.suffix or 'nameless kind of'} file", cure="Export it as one of these.")


def _is_gltf(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"glTF" or path.suffix.lower() in (".glb", ".gltf"):
        return True
    if start[:1] != b"{":
        return False
    try:
        return "asset" in json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, AttributeError, TypeError):
        return False
