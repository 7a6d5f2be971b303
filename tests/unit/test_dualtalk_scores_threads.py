"""Scores do not depend on how many threads there are."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from dyad.eval.dualtalk import score_clip


@pytest.mark.parametrize("frames", [150, 400])
def test_scores_are_the_same_for_any_number_of_threads(frames: int) -> None:
    rng = np.random.default_rng(3)
    prediction, truth, partner = rng.standard_normal((3, frames, 56)).cumsum(axis=1) / 20
    scores = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            scores.append(score_clip(prediction, truth, partner))
    assert scores[0] == scores[1]
