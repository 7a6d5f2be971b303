"""What a model is shown of its partner while it learns: not only what was recorded, since in the loop it never sees that.

In the loop the partner moves as a model predicts, and is seen up to some frames ago only; from there on an agent holds what it saw last
(``dyad.agents.dualtalk.sight``).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from dyad.training.config import FeedbackConfig
from dyad.training.data import Batch

Predict = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Own audio, partner's audio and partner's motion to own motion, without gradients."""


def own_share_at(step: int, config: FeedbackConfig) -> float:
    """Share of windows whose partner is the model's own prediction: a straight ramp to ``own_share``."""
    if config.ramp_steps == 0:
        return config.own_share if step >= config.from_step else 0.0
    return config.own_share * min(1.0, max(0.0, (step - config.from_step) / config.ramp_steps))


def shown_motion(batch: Batch, *, predict: Predict, own_share: float, held_share: float) -> Tensor:
    """The partner's motion as the model is to see it; draws are from torch's generator on the CPU.

    Args:
        batch: as recorded.
        predict: the model.
        own_share: of windows whose partner moves as the model predicts.
        held_share: of windows that are held from a random frame on.

    Returns:
        (B, T, 56).
    """
    size = len(batch)
    predicted, held, cuts = torch.rand(size) < own_share, torch.rand(size) < held_share, torch.rand(size)
    shown = batch.partner_motion
    if bool(predicted.any()):
        rows = predicted.nonzero()[:, 0].to(shown.device)
        shown = shown.clone()
        chosen = Batch(**{name: value[rows] for name, value in vars(batch).items()})
        shown[rows] = generated_partner(chosen, predict=predict).to(shown.dtype)
    known = torch.where(held, (cuts * (shown.shape[1] + 1)).long(), shown.shape[1])
    return hold(shown, known=known.to(shown.device))


def generated_partner(batch: Batch, *, predict: Predict) -> Tensor:
    """How the partner moves beside someone who moves as the model predicts, too.

    Beside our recorded motion the partner would answer what is still to be predicted, and give it away.

    Args:
        batch: as recorded.
        predict: the model.

    Returns:
        (B, T, 56).
    """
    own = predict(batch.own_audio, batch.partner_audio, batch.partner_motion)
    return predict(batch.partner_audio, batch.own_audio, own)


def hold(motion: Tensor, *, known: Tensor) -> Tensor:
    """Motion held from some frame on.

    Args:
        motion: (B, T, C).
        known: whole numbers (B,), frames that are known; the last of them is held. Where none is, all is at rest (zeros).

    Returns:
        (B, T, C).
    """
    frames = torch.arange(motion.shape[1], device=motion.device)
    last = torch.minimum(frames[None], (known[:, None] - 1).clamp_min(0))
    kept = motion.gather(1, last[..., None].expand_as(motion))
    return torch.where(known[:, None, None] > 0, kept, torch.zeros_like(motion))
