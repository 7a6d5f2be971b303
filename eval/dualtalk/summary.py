"""Averages of scores over clips."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Mean:
    """A score over many clips.

    Args:
        value: mean over the clips that have one; None where none has.
        clips: how many those are.
    """

    value: float | None
    clips: int


def average(clips: Sequence[Mapping[str, float | None]]) -> dict[str, Mean]:
    """Mean of each score over the clips that have a value for it; clips weigh the same, however long.

    Args:
        clips: scores of single clips, of the same keys. Their order does not matter, to the last bit.
    """
    means = {}
    for key in clips[0] if clips else ():
        values = [value for scores in clips if (value := scores[key]) is not None]
        means[key] = Mean(value=math.fsum(values) / len(values) if values else None, clips=len(values))
    return means
