"""What every method of synchrony gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Strength:
    """Figures of one pair under each of the shifts asked for, in their order.

    Args:
        n: what each rests on: windows, or samples.
        tested: by name, float64 (shifts,): larger is more synchrony; to be put beside surrogates.
        run_s: by name of the tested, seconds: shifts closer to each other than this give much the same figure.
        aside: by name, float64 (shifts,): lags, phases and the like, which have no surrogates.
        settings: what the method chose itself, e.g. the order of a model.
    """

    n: int
    tested: Mapping[str, Array]
    run_s: Mapping[str, float]
    aside: Mapping[str, Array] = field(default_factory=dict)
    settings: Mapping[str, float] = field(default_factory=dict)
