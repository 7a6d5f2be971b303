"""Clips as arrays, read once and kept as long as there is room."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dyad.arrays import FloatArray
from dyad.corpora.level import SAMPLES_A_FRAME, level_of
from dyad.datasets.clips import Clip
from dyad.datasets.windows import Measured
from dyad.dualtalk_layout import pack
from dyad.seat import Seat


class Corpus(Measured, Protocol):
    """A dataset of clips with the motion of both sides, such as ``dyad.datasets.dualtalk.DualTalk``."""

    def clip(self, conversation_id: str) -> Clip:
        """One clip without its turns."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipArrays:
    """One clip.

    Args:
        audio: float32 (2, 640 T), as recorded; row = ``Seat``.
        motion: float32 (2, T, 56); row = ``Seat``.
        mean: float32 (2, 1), of each voice over the clip.
        spread: float32 (2, 1), its standard deviation.
    """

    audio: FloatArray
    motion: FloatArray
    mean: FloatArray
    spread: FloatArray

    @property
    def nbytes(self) -> int:
        """Memory it takes."""
        return self.audio.nbytes + self.motion.nbytes


class ClipCache:
    """Reads clips; the ones used last stay in memory.

    Args:
        corpus: where from.
        megabytes: how much memory.
    """

    def __init__(self, corpus: Corpus, *, megabytes: int) -> None:
        """Empty."""
        self.corpus = corpus
        self._room = megabytes * 10**6
        self._kept: OrderedDict[str, ClipArrays] = OrderedDict()

    def clip(self, conversation_id: str) -> ClipArrays:
        """One clip.

        Raises:
            InputError: it cannot be read.
        """
        found = self._kept.pop(conversation_id, None)
        if found is None:
            found = _arrays(self.corpus.clip(conversation_id))
            self._room -= found.nbytes
        self._kept[conversation_id] = found
        while self._room < 0 and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._room += oldest.nbytes
        return found


def _arrays(clip: Clip) -> ClipArrays:
    motion = np.stack([pack(clip.motion[seat]) for seat in Seat])
    samples = motion.shape[1] * SAMPLES_A_FRAME
    audio = np.zeros((len(Seat), samples), np.float32)  # the last frame's sound can be short
    audio[:, : clip.audio.shape[1]] = clip.audio[:, :samples]
    mean, spread = level_of(clip.audio)
    return ClipArrays(audio=audio, motion=motion, mean=mean, spread=spread)
