"""What training makes small: squared errors of expression, jaw, neck, and of the steps from frame to frame.

Source: Peng et al., "DualTalk" (CVPR 2025, arXiv 2505.18096): MSE of each, velocity over all 56 channels, weight 1 each.
"""

import torch
from torch import Tensor

from dyad.dualtalk_layout import GROUPS
from dyad.training.config import LossConfig
from dyad.training.statistics import MotionStatistics

PARTS = (*GROUPS, "velocity")


def loss_parts(prediction: Tensor, truth: Tensor, *, statistics: MotionStatistics | None = None) -> dict[str, Tensor]:
    """Mean squared error of each part, before weighting.

    Args:
        prediction: (B, T, 56).
        truth: the same.
        statistics: where given, the error of each channel is divided by its spread, that of velocity by the spread of its steps.

    Returns:
        ``exp``, ``jaw``, ``pose`` and ``velocity``, scalars in single precision.
    """
    error = prediction.float() - truth.float()
    step = error.diff(dim=1)
    if statistics is not None:
        error, step = error / error.new_tensor(statistics.spread), step / step.new_tensor(statistics.step_spread)
    parts = {name: error[..., channels].square().mean() for name, channels in GROUPS.items()}
    return parts | {"velocity": step.square().mean()}


def total_loss(parts: dict[str, Tensor], weights: LossConfig) -> Tensor:
    """Their weighted sum."""
    return torch.stack([getattr(weights, name) * parts[name] for name in PARTS]).sum()
