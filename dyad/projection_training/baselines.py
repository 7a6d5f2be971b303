"""What a prediction has to beat: simple figures of the history, and gradient boosting on all of it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.agents.projection.features import (
    EVENT_VALUES,
    FRAME_SPEAKER_VALUES,
    FRAME_VALUES,
    SPEAKER_NAMES,
    SPEAKER_VALUES,
    swapped_columns,
)
from dyad.arrays import FloatArray
from dyad.projection_training.histories import Events
from dyad.projection_training.scores import Floats, Scored

MAJORITY: Final = "majority"
BOOSTING: Final = "gradient boosting"
SIMPLE: Final = {"turn length": "speech in the turn", "last silence": "last silence"}
"""Baselines that are one figure of the one who speaks or spoke last, and what it is called among ``SPEAKER_NAMES``."""

Inputs = FloatArray

_TREES: Final = 300
_TREE_RATE: Final = 0.05
_LEAVES: Final = 15
_SWAP: Final = [
    *swapped_columns(SPEAKER_VALUES, EVENT_VALUES),
    *(EVENT_VALUES + column for column in swapped_columns(FRAME_SPEAKER_VALUES, FRAME_VALUES)),
]


def seen_by_holder(events: Events, *, frames: npt.NDArray[np.int64], scored: npt.NDArray[np.int64]) -> Inputs:
    """All that the net reads of the history but its memory, with the block of the one who is not scored first.

    Returns:
        float32 (n, ``EVENT_VALUES + FRAME_VALUES``).
    """
    inputs = np.concatenate((events.values[events.place(frames)], events.at(frames)), axis=1)
    return np.where((scored == 0)[:, None], inputs[:, _SWAP], inputs)


def simple_score(name: str, inputs: Inputs) -> Floats:
    """Score of a baseline in ``SIMPLE``; its direction is left to the validation conversations."""
    return inputs[:, SPEAKER_NAMES.index(SIMPLE[name])].astype(np.float64)


def direction(valid: Scored) -> float:
    """1 or -1: the sign with which a score is higher for the positives among the validation trials, of which there are both kinds."""
    return 1.0 if valid.score[valid.positive].mean() >= valid.score[~valid.positive].mean() else -1.0


class Boosting:
    """Gradient boosting (scikit-learn) on all that ``seen_by_holder`` gives.

    Args:
        inputs: of the training trials, a table for each conversation.
        positive: the right answers.
        seed: of what it leaves out to stop early.
    """

    def __init__(self, inputs: Sequence[Inputs], positive: Sequence[npt.NDArray[np.bool_]], *, seed: int) -> None:
        """Fit."""
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits

        self._model = HistGradientBoostingClassifier(
            max_iter=_TREES,
            learning_rate=_TREE_RATE,
            max_leaf_nodes=_LEAVES,
            early_stopping=True,
            class_weight="balanced",
            random_state=seed,
        )
        with threadpool_limits(1):
            self._model.fit(np.concatenate(inputs), np.concatenate(positive))

    def score(self, inputs: Inputs) -> Floats:
        """Chance of a shift or backchannel, the classes weighed alike; none for no inputs."""
        if not len(inputs):
            return np.zeros(0)
        return np.asarray(self._model.predict_proba(inputs)[:, 1], np.float64)
