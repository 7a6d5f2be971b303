"""What reading a file of another program yields, and the statement dyad's own exports carry beside them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dyad.errors import InputError
from dyad.exports.about import KIND, sidecar_of
from dyad.motion import Motion


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """Motion from a file.

    Args:
        motion: as read.
        notes: what was assumed, filled, clipped or left out, for people.
    """

    motion: Motion
    notes: tuple[str, ...] = ()


def read_statement(path: Path) -> Mapping[str, Any] | None:
    """The statement beside a file that dyad exported, or None.

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


def with_invalid_frames(motion: Motion, runs: Sequence[Sequence[int]]) -> Motion:
    """The motion with these runs of frames, [first, one past the last], marked as not valid."""
    valid = np.array(motion.valid)
    for first, stop in runs:
        valid[int(first) : int(stop)] = False
    return replace(motion, valid=valid)
