"""A model that works on motion of zero mean and unit variance, and the same model without that step."""

import copy

import torch
from torch import Tensor, nn

from dyad.agents.dualtalk.encoders import published_frames
from dyad.agents.dualtalk.model import DualTalk
from dyad.corpora.level import SAMPLES_A_FRAME
from dyad.dualtalk_layout import CHANNELS
from dyad.training.features import hear
from dyad.training.statistics import MotionStatistics


class Scaled(nn.Module):
    """Takes and gives motion in its own units, while the model within sees it scaled.

    Rotations are some hundredths of a radian and weights of expression some tenths, so that unscaled a model learns the one long after the
    other.

    Args:
        model: what is trained.
        statistics: of the motion; None leaves it as it is.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, model: DualTalk, statistics: MotionStatistics | None) -> None:
        """Take over the model."""
        super().__init__()
        self.model = model
        mean = torch.zeros(CHANNELS) if statistics is None else torch.tensor(statistics.mean, dtype=torch.float32)
        spread = torch.ones(CHANNELS) if statistics is None else torch.tensor(statistics.spread, dtype=torch.float32)
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)

    def forward(self, own_audio: Tensor, partner_audio: Tensor, partner_motion: Tensor) -> Tensor:
        """As ``DualTalk.forward``; instead of sound it also takes what the encoders' convolutions make of all of it, (B, L, C)."""
        seen = (partner_motion - self.mean) / self.spread
        moved: Tensor = self.model(own_audio, partner_audio, seen) if own_audio.ndim == 2 else self._beyond(own_audio, partner_audio, seen)
        return moved * self.spread + self.mean

    def _beyond(self, own_rows: Tensor, partner_rows: Tensor, partner_motion: Tensor) -> Tensor:
        """``DualTalk.forward`` from the convolutions' output on, with the frames that it would count."""
        kept = partner_motion.shape[1]
        frames = published_frames(kept * SAMPLES_A_FRAME)
        own = hear(self.model, own_rows, partner=False, frames=frames)[:, :kept]
        partner = hear(self.model, partner_rows, partner=True, frames=frames)[:, :kept]
        return self.model.decode(own, partner, partner_motion)

    @torch.no_grad()
    def folded(self) -> DualTalk:
        """A copy of the model that needs no scaling around it: its first layer of motion and its last layer do it."""
        model = copy.deepcopy(self.model).eval()
        first, last = model.motion_projection[0], model.readout
        assert isinstance(first, nn.Linear)
        mean, spread = self.mean.double(), self.spread.double()
        weight = first.weight.double() / spread
        first.bias.copy_(first.bias.double() - weight @ mean)
        first.weight.copy_(weight)
        last.weight.copy_(last.weight.double() * spread[:, None])
        last.bias.copy_(last.bias.double() * spread + mean)
        return model
