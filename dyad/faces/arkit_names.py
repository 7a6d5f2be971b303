"""ARKit shape names as files spell them, and what to do when some are missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.bases import ARKIT52

_KNOWN: Final = {name.lower(): name for name in ARKIT52}
_WHOLE: Final = ("browInnerUp", "cheekPuff")
"""Shapes that some files split in two sides (ICT-FaceKit), which add up to the whole."""


def arkit_name(spelling: str) -> str | None:
    """Name the ARKit shape a file means.

    Args:
        spelling: a morph target's or a file's name: case, separators and prefixes up to a dot do not matter; ``_L``, ``_R``, ``.l`` and
            ``-R`` stand for Left and Right. ``browInnerUp`` and ``cheekPuff`` may come in two halves.

    Returns:
        A name of `ARKIT52`, or None.
    """
    halves = re.match(r"^(.*?)[_.\- ]?(left|right|(?<=[_.\- ])l|(?<=[_.\- ])r)$", spelling.strip(), flags=re.IGNORECASE)
    candidates = [spelling, re.split(r"[.:|]", spelling)[-1]]
    if halves:
        stem, side = re.split(r"[.:|]", halves[1])[-1], "left" if halves[2].lower().startswith("l") else "right"
        candidates += [stem + side, *[stem for whole in _WHOLE if _plain(stem) == whole.lower()]]
    for candidate in candidates:
        found = _KNOWN.get(_plain(candidate))
        if found is not None:
            return found
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def gather_shapes(found: Mapping[str, npt.NDArray[np.floating]]) -> dict[str, npt.NDArray[np.float32]]:
    """Sort a file's shapes by ARKit name; halves of one shape are added.

    Args:
        found: (V, 3) motion at full weight for each of the file's names.

    Returns:
        For each ARKit name that is there, float32 (V, 3). A file's other shapes are left out.
    """
    shapes: dict[str, npt.NDArray[np.float32]] = {}
    for spelling, delta in found.items():
        name = arkit_name(spelling)
        if name is not None:
            shapes[name] = np.asarray(shapes[name] + delta if name in shapes else delta, np.float32)
    return shapes


def stack_shapes(shapes: Mapping[str, npt.NDArray[np.float32]], vertices: int) -> npt.NDArray[np.float32]:
    """Stack shapes in the order of `ARKIT52`, zeros where one is missing: (52, V, 3)."""
    blank = np.zeros((vertices, 3), np.float32)
    return np.stack([shapes.get(name, blank) for name in ARKIT52])


def missing_shapes(present: Iterable[str]) -> tuple[str, ...]:
    """Name the ARKit shapes that are not there, in order."""
    there = set(present)
    return tuple(name for name in ARKIT52 if name not in there)
