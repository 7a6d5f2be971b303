"""A model that works on motion of zero mean and unit variance, and the same model without that step."""

import copy

import torch
from torch import Tensor, nn

from dyad.agents.dualtalk.model import DualTalk
from dyad.dualtalk_layout import CHANNELS
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
        """As ``DualTalk.forward``."""
        moved: Tensor = self.model(own_audio, partner_audio, (partner_motion - self.mean) / self.spread)
        return moved * self.spread + self.mean

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
