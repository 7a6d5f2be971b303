"""Fits the net to conversations."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from dyad.agents.projection.model import ProjectionNet
from dyad.projection_training.sampling import Batch, Drawn, Prepared, batch, draw_all, draw_batches

WARM_UP_STEPS = 100
LAST_RATE = 0.01  # of the learning rate, at the end


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train; the defaults made the weights that come with dyad.

    Args:
        seed: of the split, of the first weights and of what is drawn.
        epochs: how often every conversation is seen.
        calls: conversations in a step.
        frames: frames drawn from each conversation in a step, for the classes.
        silences: frames of silences drawn from each, for the next speaker.
        learning_rate: the highest; it rises linearly at first and falls along a cosine.
        weight_decay: of AdamW.
        hidden: width of the recurrent net.
        head: width of the head.
        dropout: in training.
    """

    seed: int = 0
    epochs: int = 10
    calls: int = 16
    frames: int = 288
    silences: int = 48
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    hidden: int = 96
    head: int = 160
    dropout: float = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """The best net by the validation conversations.

    Args:
        net: in evaluation mode.
        loss: its loss there: cross entropy of the classes and of the next speaker, nats a frame.
        losses: that of each epoch.
    """

    net: ProjectionNet
    loss: float
    losses: tuple[float, ...]


def fit(train: Sequence[Prepared], valid: Sequence[Prepared], *, recipe: Recipe, told: Callable[[int, float], None]) -> Fitted:
    """Train; same input, same weights on one machine.

    Args:
        train: conversations to learn from.
        valid: conversations that choose the best epoch.
        recipe: how.
        told: called after each step with its number and loss.
    """
    torch.manual_seed(recipe.seed)
    draw = np.random.default_rng(recipe.seed)
    net = ProjectionNet(hidden=recipe.hidden, head=recipe.head, dropout=recipe.dropout)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    steps = recipe.epochs * math.ceil(len(train) / recipe.calls)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps=steps))

    def drawn(some: Sequence[Prepared]) -> list[Drawn]:
        return [draw_all(one, frames=recipe.frames, silences=recipe.silences, draw=draw) for one in some]

    fixed = drawn(valid)
    losses: list[float] = []
    best = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    step = 0
    for _ in range(recipe.epochs):
        net.train()
        for chosen in draw_batches(train, calls=recipe.calls, draw=draw):
            loss = _loss(net, batch(chosen, drawn=drawn(chosen)))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            told(step, loss.item())
        losses.append(_validate(net, valid, drawn=fixed))
        if losses[-1] == min(losses):
            best = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    net.load_state_dict(best)
    return Fitted(net=net.eval(), loss=min(losses), losses=tuple(losses))


def _rate(step: int, *, steps: int) -> float:
    rise = min(1.0, (step + 1) / min(WARM_UP_STEPS, max(1, steps // 10)))
    return rise * (LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))


def _loss(net: ProjectionNet, given: Batch) -> Tensor:
    logits, next_is_a = net(torch.from_numpy(given.events), torch.from_numpy(given.frames), torch.from_numpy(given.places))
    anywhere = given.label.shape[1]
    loss = cross_entropy(logits[:, :anywhere].flatten(0, 1), torch.from_numpy(given.label).flatten())
    known = torch.from_numpy(given.next_is_a >= 0)
    if not known.any():
        return loss
    right = torch.from_numpy(given.next_is_a.astype(np.float32))
    return loss + binary_cross_entropy_with_logits(next_is_a[:, anywhere:][known], right[known])


def _validate(net: ProjectionNet, valid: Sequence[Prepared], *, drawn: Sequence[Drawn]) -> float:
    net.eval()
    with torch.no_grad():
        return float(np.mean([_loss(net, batch([one], drawn=[own])).item() for one, own in zip(valid, drawn, strict=True)]))
