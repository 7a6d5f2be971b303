"""Batches of windows: which ones a step takes follows from the seed and the step alone, so that any position can be taken up again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dyad.corpora.level import SAMPLES_A_FRAME, levelled
from dyad.datasets.windows import Window
from dyad.seat import Seat
from dyad.training.clips import ClipArrays, ClipCache
from dyad.training.features import CachedRows


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Windows, each seen from one side.

    Args:
        own_audio: (B, 640 T), levelled; or (B, L, C), what the encoders' frozen convolutions make of that.
        partner_audio: the same of the partner.
        own_motion: (B, T, 56), what is to be predicted.
        partner_motion: (B, T, 56).
    """

    own_audio: Tensor
    partner_audio: Tensor
    own_motion: Tensor
    partner_motion: Tensor

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.own_motion)

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        return Batch(**{name: value.to(device, non_blocking=True) for name, value in vars(self).items()})


class Windows(Dataset[Batch]):
    """Windows by themselves, not by number, so that each can begin anywhere.

    Args:
        clips: where they are cut from.
        level: ``window`` or ``clip``, what each voice is brought to zero mean and unit variance over.
        rows: give the convolutions' output, which is known, instead of sound.
    """

    def __init__(self, clips: ClipCache, *, level: str, rows: CachedRows | None = None) -> None:
        """Nothing is read yet."""
        self.clips = clips
        self.level = level
        self.rows = rows

    def __getitem__(self, window: Window) -> Batch:
        """A batch of one window."""
        clip = self.clips.clip(window.id)
        audio = self._sound(window, clip) if self.rows is None else self.rows.window(window)
        motion = torch.from_numpy(clip.motion[:, window.start_frame : window.start_frame + window.frames])
        own, partner = window.seat, Seat(window.seat).partner
        return Batch(
            own_audio=audio[own : own + 1],
            partner_audio=audio[partner : partner + 1],
            own_motion=motion[own : own + 1],
            partner_motion=motion[partner : partner + 1],
        )

    def _sound(self, window: Window, clip: ClipArrays) -> Tensor:
        """Both voices, (2, 640 T)."""
        start, stop = window.start_frame, window.start_frame + window.frames
        sound = clip.audio[:, start * SAMPLES_A_FRAME : stop * SAMPLES_A_FRAME]
        mean, spread = clip.mean, clip.spread
        if self.level == "window":
            mean, spread = sound.mean(axis=1, keepdims=True), sound.std(axis=1, keepdims=True)
        return torch.from_numpy(levelled(sound, mean=mean, spread=spread))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which windows each step takes.

    The windows are shuffled anew for every epoch, and the epochs follow each other without a seam: no window is left out for the sake of
    full batches.

    Args:
        windows: all of them.
        lengths: length of each clip in frames, by its id; None leaves windows where they are, else they begin elsewhere in each epoch.
        batch: windows a step.
        seed: of the shuffling.
    """

    windows: Sequence[Window]
    lengths: dict[str, int] | None = None
    batch: int
    seed: int

    @property
    def steps_an_epoch(self) -> float:
        """Steps in which every window is used once."""
        return len(self.windows) / self.batch

    def epoch(self, step: int) -> int:
        """The epoch in which a step begins."""
        return step * self.batch // len(self.windows)

    def step(self, step: int) -> list[Window]:
        """The windows of a step."""
        places = [divmod(place, len(self.windows)) for place in range(step * self.batch, (step + 1) * self.batch)]
        orders = {epoch: self._order(epoch) for epoch in {epoch for epoch, _ in places}}
        return [self._window(epoch, int(orders[epoch][place])) for epoch, place in places]

    def _window(self, epoch: int, index: int) -> Window:
        window = self.windows[index]
        if self.lengths is None:
            return window
        starts = self.lengths[window.id] - window.frames + 1
        return replace(window, start_frame=int(np.random.default_rng((self.seed, epoch, index)).integers(starts)))

    def _order(self, epoch: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return np.random.default_rng((self.seed, epoch)).permutation(len(self.windows))


def join(batches: Sequence[Batch]) -> Batch:
    """One batch of all."""
    return Batch(**{name: torch.cat([getattr(batch, name) for batch in batches]) for name in vars(batches[0])})


def batches(source: Windows, steps: Iterator[list[Window]] | Sequence[list[Window]], *, loaders: int) -> Iterator[Batch]:
    """Read the windows of one step after another.

    Args:
        source: of the windows.
        steps: windows of each step.
        loaders: processes that read ahead; 0 reads here.
    """
    return iter(DataLoader(source, batch_sampler=steps, collate_fn=join, num_workers=loaders))
