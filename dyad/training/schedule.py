"""The learning rate as a function of the step, so that nothing has to be remembered."""

import math

from dyad.training.config import OptimiserConfig


def learning_rate(step: int, config: OptimiserConfig, *, epoch: int, steps: int) -> float:
    """The rate of one step.

    Args:
        step: from 0 on.
        config: of the optimiser.
        epoch: in which the step begins.
        steps: of the whole training.
    """
    rising = min(1.0, (step + 1) / (config.warm_up_steps + 1))
    if config.schedule == "steps":
        return config.learning_rate * rising * config.decay ** (epoch // config.decay_epochs)
    return config.learning_rate * rising * 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / steps)))
