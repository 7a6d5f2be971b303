"""One step of learning, with nothing hidden: what changes is the weights and the optimiser's memory, and both can be taken and put back.

All that is random in a step follows from the seed, the step and the worker.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dyad.errors import InputError
from dyad.training.config import TrainConfig
from dyad.training.data import Batch
from dyad.training.feedback import own_share_at, shown_motion
from dyad.training.losses import loss_parts, total_loss
from dyad.training.scaling import Scaled
from dyad.training.schedule import learning_rate
from dyad.training.statistics import MotionStatistics

Wrap = Callable[[nn.Module], nn.Module]


class Learner:
    """A model and its optimiser.

    Args:
        scaled: the model.
        config: of the training.
        statistics: of the motion.
        steps: of the whole training.
        device: to compute on; None is the CPU.
        rank: number of this worker.
        wrap: puts the model into what shares gradients between workers.
    """

    def __init__(
        self,
        scaled: Scaled,
        *,
        config: TrainConfig,
        statistics: MotionStatistics,
        steps: int,
        device: torch.device | None = None,
        rank: int = 0,
        wrap: Wrap | None = None,
    ) -> None:
        """Move the model to its device."""
        self.device = device or torch.device("cpu")
        self.scaled = scaled.to(self.device)
        self.config = config
        self.statistics = statistics if config.loss.relative else None
        self.mean = torch.tensor(statistics.mean, dtype=torch.float32)
        self._steps = steps
        self._rank = rank
        self._module: nn.Module = self.scaled if wrap is None else wrap(self.scaled)
        self._trained = [parameter for parameter in self.scaled.parameters() if parameter.requires_grad]
        # Without weight decay AdamW is Adam.
        self.optimiser = torch.optim.AdamW(self._trained, lr=config.optimiser.learning_rate, weight_decay=config.optimiser.weight_decay)

    def step(self, batch: Batch, *, step: int, epoch: int) -> dict[str, float]:
        """Learn from one batch.

        Args:
            batch: windows.
            step: its number, from 0 on.
            epoch: in which it begins.

        Returns:
            The loss, its parts, norm of the gradient and learning rate.

        Raises:
            InputError: the loss or the gradient is not finite; the weights are as before.
        """
        settings = self.config
        _seed((settings.seed, step, self._rank))
        batch = batch.to(self.device)
        own_share = own_share_at(step, settings.feedback)
        shown = shown_motion(batch, predict=self.predict, own_share=own_share, held_share=settings.feedback.held_share)
        self._module.train()
        with self._precision():
            prediction = self._module(batch.own_audio, batch.partner_audio, shown)
        parts = loss_parts(prediction, batch.own_motion, statistics=self.statistics)
        loss = total_loss(parts, settings.loss)
        rate = learning_rate(step, settings.optimiser, epoch=epoch, steps=self._steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self._trained, settings.optimiser.clip_norm or float("inf"))
        if not bool(torch.isfinite(loss) & torch.isfinite(norm)):
            cure = "Lower optimiser.learning_rate or optimiser.clip_norm, or look for broken motion in the data; earlier weights are kept."
            raise InputError(f"loss of step {step}", expected="a finite number", got=f"{loss.item()}, gradient {norm.item()}", cure=cure)
        self.optimiser.step()
        values = {"loss": loss, **parts, "gradient_norm": norm}
        return {name: float(value.detach()) for name, value in values.items()} | {"learning_rate": rate, "own_share": own_share}

    @torch.no_grad()
    def predict(self, own_audio: Tensor, partner_audio: Tensor, partner_motion: Tensor) -> Tensor:
        """Own motion as in use: nothing dropped, no gradients."""
        self.scaled.eval()
        with self._precision():
            moved: Tensor = self.scaled(own_audio, partner_audio, partner_motion)
        return moved.float()

    def state(self) -> dict[str, Any]:
        """Weights and the optimiser's memory."""
        return {"model": self.scaled.state_dict(), "optimiser": self.optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what ``state`` gave.

        Raises:
            InputError: it is of another model.
        """
        try:
            self.scaled.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
        except (RuntimeError, ValueError, KeyError) as error:
            got = (str(error).splitlines() or [type(error).__name__])[0]
            cure = "Leave the model's settings as they were, or start anew."
            raise InputError("state of the training", expected="that of this model", got=got, cure=cure) from error

    @contextmanager
    def _precision(self) -> Iterator[None]:
        """Mixed precision, if wanted: one context for each pass, as the weights that torch keeps within one know their gradients or not."""
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.config.precision == "bfloat16"):
            yield


def _seed(position: tuple[int, ...]) -> None:
    """Both global generators; transformers masks features by NumPy's."""
    state = np.random.SeedSequence(position).generate_state(2, np.uint32)
    torch.manual_seed(int(state[0]) << 32 | int(state[1]))
    np.random.seed(int(state[0]))  # noqa: NPY002
