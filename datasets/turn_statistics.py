"""How people take turns, in figures: quantiles and rates of two corpora, from which conversations are sampled and which they must meet.

The figures are aggregates of public segmentations, by the definitions of ``dyad.eval.turns``; the file beside this one holds them with
their definitions and sources. For comparison: Roberts, Torreira & Levinson (2015) report a median floor transfer offset of 168 ms and 12
transfers a minute on Switchboard, Levinson & Torreira (2015) IPUs of 1.68 s on average and 30 % overlapped transfers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.registry import suggestion

DEFAULT = "switchboard"
_FILE = Path(__file__).with_suffix(".json")
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Quantiles:
    """A distribution of lengths, as quantiles; straight between them, cut off beyond the first and the last.

    Args:
        probabilities: of the quantiles, rising, within 0 to 1.
        values: the quantiles, not falling.
    """

    probabilities: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, probability: float | Sequence[float] | Array) -> Array:
        """Values that so large a share stays below."""
        return np.asarray(np.interp(probability, self.probabilities, self.values))

    def below(self, value: float | Sequence[float] | Array) -> Array:
        """Share that stays below a value: the inverse of ``at``."""
        return np.asarray(np.interp(value, self.values, self.probabilities, left=0.0, right=1.0))

    def mean(self) -> float:
        """The mean of the distribution."""
        return float(self.at(_FINE).mean())

    def without(self, *parts: "tuple[float, Quantiles]") -> "Quantiles":
        """What is left of a mixture when known parts of it are taken out.

        Args:
            parts: share of the whole (together below 1), and distribution.
        """
        shares = sum(share for share, _ in parts)
        grid = np.unique(np.concatenate([self.at(_FINE), *(part.at(_FINE) for _, part in parts)]))
        left = (self.below(grid) - sum(share * part.below(grid) for share, part in parts)) / (1.0 - shares)
        rising = np.maximum.accumulate(left.clip(0.0, 1.0))
        return Quantiles(probabilities=tuple(rising.tolist()), values=tuple(grid.tolist()))


_FINE = (np.arange(1000) + 0.5) / 1000


@dataclass(frozen=True, kw_only=True)
class TurnStatistics:
    """Turn-taking of one corpus. Seconds; rates count both people together, a minute of conversation.

    Args:
        source: the corpus, in words.
        conversations: how many the figures are from.
        hours: their length.
        floor_transfer_offset_s: start of the next speaker minus end of the one before; negative is overlap.
        pause_s: silences between two units of one person while the other is silent too.
        ipu_s: lengths of inter-pausal units, all kinds together.
        swallowed_s: of those, the units that begin and end within one of the other person.
        backchannel_s: of those, the short isolated ones that are not swallowed.
        ipus_per_minute: inter-pausal units.
        floor_transfers_per_minute: floor transfers.
        swallowed_per_minute: swallowed units.
        backchannels_between_per_minute: short isolated units that are not swallowed.
        isolated_per_minute: units of at most 1 s with 1 s of own silence on both sides, swallowed or not.
        speech_share: one person's speech over the conversation, mean of both.
        overlap_share: time in which both speak.
        silence_share: time in which nobody speaks.
        share_sd: standard deviation over conversations of one person's part of the speech of both.
    """

    source: str
    conversations: int
    hours: float
    floor_transfer_offset_s: Quantiles
    pause_s: Quantiles
    ipu_s: Quantiles
    swallowed_s: Quantiles
    backchannel_s: Quantiles
    ipus_per_minute: float
    floor_transfers_per_minute: float
    swallowed_per_minute: float
    backchannels_between_per_minute: float
    isolated_per_minute: float
    speech_share: float
    overlap_share: float
    silence_share: float
    share_sd: float


@cache
def turn_statistics(corpus: str = DEFAULT) -> TurnStatistics:
    """The figures of ``switchboard`` (telephone, English) or ``ifadv`` (face to face, Dutch).

    Raises:
        InputError: another corpus.
    """
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    corpora: dict[str, dict[str, Any]] = content["corpora"]
    if corpus not in corpora:
        raise InputError("turn statistics", expected="a corpus dyad has", got=repr(corpus), cure=suggestion(corpus, corpora))
    probabilities = tuple(content["probabilities"])
    figures: dict[str, Any] = {
        name: Quantiles(probabilities=probabilities, values=tuple(value)) if isinstance(value, list) else value
        for name, value in corpora[corpus].items()
    }
    return TurnStatistics(**figures)
