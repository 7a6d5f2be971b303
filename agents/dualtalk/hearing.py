"""One voice as it comes in: sound is kept until its features are made, block by block, and each block is made once.

The published model encodes whole clips, at a cost that grows faster than their length. Here a block of frames is encoded together with
some context on both sides, so cost is linear and memory flat.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from dyad.arrays import FloatArray
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ

SAMPLES_A_FRAME: Final = round(SAMPLE_RATE_HZ / FRAME_RATE_HZ)
TYPICAL_VARIANCE: Final = 0.05**2  # of speech at -26 dB below full scale, the active speech level of ITU-T P.56 test material
TYPICAL_SAMPLES: Final = SAMPLE_RATE_HZ  # chosen: as if that had been heard for 1 s, so that a silent beginning is not blown up

Encode = Callable[[FloatArray], FloatArray]
"""Sound of whole frames, float32 (frames * 640,), to features, float32 (frames, width)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Voice:
    """What is remembered of one voice.

    Args:
        sound: float32, what has been heard from frame ``sound_start`` on.
        sound_start: frame of its first sample.
        features: float32 (n, width), from frame ``features_start`` on.
        features_start: frame of its first row.
        measured: frames whose level is known, from the beginning on.
        counted: samples of theirs that count for it.
        total: sum of those.
        energy: sum of the squares.
    """

    sound: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    sound_start: int = 0
    features: FloatArray
    features_start: int = 0
    measured: int = 0
    counted: int = 0
    total: float = 0.0
    energy: float = 0.0

    @property
    def features_stop(self) -> int:
        """First frame whose features are not made yet."""
        return self.features_start + len(self.features)

    def hear(self, sound: FloatArray) -> "Voice":
        """With more sound at its end."""
        return replace(self, sound=np.concatenate([self.sound, sound]))

    def between(self, start: int, stop: int) -> FloatArray:
        """Sound of frames ``start`` to ``stop``, which must have been heard."""
        assert self.sound_start <= start
        part = self.sound[(start - self.sound_start) * SAMPLES_A_FRAME : (stop - self.sound_start) * SAMPLES_A_FRAME]
        assert len(part) == (stop - start) * SAMPLES_A_FRAME
        return part

    def measure(self, stop: int) -> "Voice":
        """With the level known up to frame ``stop``; in steps that do not depend on when the sound came in, so that sums are the same.

        Digital silence at the end of a step does not count: it is what follows where a recording has ended.
        """
        new = _without_silent_end(self.between(self.measured, stop)).astype(np.float64)
        return replace(
            self,
            measured=stop,
            counted=self.counted + len(new),
            total=self.total + float(new.sum()),
            energy=self.energy + float(np.square(new).sum()),
        )

    def levelled(self, sound: FloatArray) -> FloatArray:
        """Sound with zero mean and unit variance, by what is known of the level."""
        samples = self.counted + TYPICAL_SAMPLES
        mean = self.total / samples
        power = (self.energy + TYPICAL_SAMPLES * TYPICAL_VARIANCE) / samples
        return (sound - np.float32(mean)) / np.float32(np.sqrt(power - mean**2))

    def rows(self, start: int, stop: int) -> FloatArray:
        """Features of frames ``start`` to ``stop``."""
        return self.features[start - self.features_start : stop - self.features_start]

    def forget(self, before: int, *, context: int) -> "Voice":
        """Without features before a frame, and without sound that no later block needs."""
        rows = max(0, before - self.features_start)
        keep = max(self.sound_start, self.features_stop - context)
        return replace(
            self,
            features=self.features[rows:],
            features_start=self.features_start + rows,
            sound=self.sound[(keep - self.sound_start) * SAMPLES_A_FRAME :].copy(),  # a view would keep all of it
            sound_start=keep,
        )


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """How a voice is cut for its encoder.

    Args:
        frames: length of a block.
        context: frames of sound before and after it that the encoder hears besides.
    """

    frames: int
    context: int

    @property
    def look_ahead_frames(self) -> int:
        """How far past a frame sound must be known, at most, for the frame's features."""
        return self.frames + self.context

    def extend(self, voice: Voice, *, stop: int, encode: Encode) -> Voice:
        """Make features up to at least frame ``stop``; all sound that takes must have been heard.

        Digital silence up to the end of a block is not encoded but for its beginning: its features are held.
        """
        while voice.features_stop < stop:
            first = voice.features_stop
            start, end = max(0, first - self.context), first + self.frames + self.context
            sound = voice.between(start, end)
            sounding = -(-len(_without_silent_end(sound)) // SAMPLES_A_FRAME)
            needed = min(end, max(start + sounding, first + 1) + self.context)
            voice = voice.measure(end)
            made = encode(voice.levelled(sound[: (needed - start) * SAMPLES_A_FRAME]))[first - start :][: self.frames]
            held = np.repeat(made[-1:], self.frames - len(made), axis=0)
            voice = replace(voice, features=np.concatenate([voice.features, made, held]))
        return voice


def _without_silent_end(sound: FloatArray) -> FloatArray:
    """Up to the last sample that is not exactly zero."""
    heard = np.flatnonzero(sound)
    return sound[: heard[-1] + 1] if len(heard) else sound[:0]
