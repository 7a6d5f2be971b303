"""Whether one prediction is nearer to the truth than another by more than chance: differences within the same conversations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dyad.dualtalk_layout import GROUPS
from dyad.errors import InputError

ALL = "all"
PARTS = (ALL, *GROUPS)
CONFIDENCE = 0.95

Scores = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Mean squared error of a prediction less that of a rival, over conversations.

    Args:
        share: of the rival's error; below 0 the prediction is better.
        low: lower end of its 95 % confidence interval, by Student's t over conversations; None where there are fewer than two.
        high: upper end.
        p: two-sided, of no difference; None where there are fewer than two conversations, or all differences are alike.
        better: conversations in which the prediction is better.
        conversations: how many there are.
    """

    share: float
    low: float | None
    high: float | None
    p: float | None
    better: int
    conversations: int


def squared_errors(sides: Sequence[Scores], *, part: str) -> npt.NDArray[np.float64]:
    """Mean squared error of each side, as ``score_clip`` gives it: of one group of channels, or the sum of the three for ``all``.

    Args:
        sides: scores of sides.
        part: one of ``PARTS``.

    Returns:
        (sides,).

    Raises:
        InputError: an unknown part.
    """
    if part not in PARTS:
        raise InputError("part", expected=f"one of {', '.join(PARTS)}", got=repr(part), cure="Choose one of these.")
    groups = tuple(GROUPS) if part == ALL else (part,)
    errors: npt.NDArray[np.float64] = np.array([[scores[f"mse_{group}"] for group in groups] for scores in sides], np.float64)
    total: npt.NDArray[np.float64] = errors.reshape(len(sides), -1).sum(axis=1)
    return total


def paired_difference(prediction: npt.ArrayLike, rival: npt.ArrayLike, *, conversations: Sequence[str]) -> Difference:
    """Compare errors on the same sides. The two sides of a conversation are not independent, so each conversation counts once.

    Args:
        prediction: errors, (sides,).
        rival: errors of the same sides.
        conversations: name of the conversation of each side.

    Raises:
        InputError: none, lengths that differ, values that are not finite, or a rival without error.
    """
    ours, theirs = np.asarray(prediction, np.float64), np.asarray(rival, np.float64)
    if not ours.shape == theirs.shape == (len(conversations),) or not len(conversations):
        got = f"shapes {ours.shape} and {theirs.shape} of {len(conversations)} names"
        raise InputError("errors", expected="one of both for each side", got=got, cure="Score both on the same sides.")
    names, index = np.unique(np.asarray(conversations), return_inverse=True)
    counts = np.bincount(index)
    both = np.stack([np.bincount(index, weights=values) / counts for values in (ours, theirs)])
    against = float(both[1].mean())
    if not np.isfinite(both).all() or not against > 0:
        raise InputError("errors", expected="finite numbers, the rival's above 0", got="others", cure="Leave the truth itself out.")
    differences = (both[0] - both[1]) / against
    low = high = p = None
    if len(names) > 1 and np.ptp(differences) > 0:
        test = stats.ttest_1samp(differences, 0.0)
        interval = test.confidence_interval(CONFIDENCE)
        low, high, p = float(interval.low), float(interval.high), float(test.pvalue)
    return Difference(
        share=float(differences.mean()), low=low, high=high, p=p, better=int((differences < 0).sum()), conversations=len(names)
    )
