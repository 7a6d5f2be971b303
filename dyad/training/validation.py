"""How good the weights are on windows they do not learn from."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dyad.datasets.windows import Window
from dyad.training.data import Batch, Windows, batches
from dyad.training.feedback import generated_partner
from dyad.training.loop import Learner
from dyad.training.losses import PARTS, loss_parts, total_loss

Total = Callable[[Tensor], Tensor]
"""Sum of a tensor over all workers."""


def validate(learner: Learner, source: Windows, found: Sequence[Window], *, batch: int, total: Total) -> dict[str, float]:
    """Score the weights; each worker scores its windows.

    Args:
        learner: with the weights.
        source: of the windows.
        found: this worker's windows.
        batch: windows at a time.
        total: sums over workers.

    Returns:
        The loss's parts, as ``recorded/exp`` and so on: with the partner's recorded motion; as ``generated/…`` with the model's own
        prediction of the partner, if it is trained for that; and as ``mean_pose/…`` those of the corpus's mean pose. ``score`` is the
        weighted loss, mean of the first two: lower is better.
    """
    conditions = {"recorded": _recorded, "generated": _generated, "mean_pose": _mean_pose}
    if not learner.config.feedback.own_share:
        del conditions["generated"]
    sums = torch.zeros(len(conditions), len(PARTS) + 1, dtype=torch.float64)
    chunks = [list(found[start : start + batch]) for start in range(0, len(found), batch)]
    for piece in batches(source, chunks, loaders=0):
        there = piece.to(learner.device)
        for row, moved_in in enumerate(conditions.values()):
            parts = loss_parts(moved_in(there, learner), there.own_motion, statistics=learner.statistics)
            sums[row, :-1] += len(piece) * torch.stack([parts[name] for name in PARTS]).double().cpu()
            sums[row, -1] += len(piece)
    sums = total(sums)
    means = {name: dict(zip(PARTS, row[:-1] / row[-1], strict=True)) for name, row in zip(conditions, sums, strict=True)}
    judged = [float(total_loss(means[name], learner.config.loss)) for name in ("recorded", "generated") if name in means]
    values = {f"{name}/{part}": float(value) for name, parts in means.items() for part, value in parts.items()}
    return {"score": sum(judged) / len(judged), **values}


def _recorded(batch: Batch, learner: Learner) -> Tensor:
    return learner.predict(batch.own_audio, batch.partner_audio, batch.partner_motion)


def _generated(batch: Batch, learner: Learner) -> Tensor:
    return learner.predict(batch.own_audio, batch.partner_audio, generated_partner(batch, predict=learner.predict))


def _mean_pose(batch: Batch, learner: Learner) -> Tensor:
    return learner.mean.to(batch.own_motion.device).expand_as(batch.own_motion)
