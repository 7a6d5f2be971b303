"""One number of turn-taking with all it takes to understand it, and how lengths and counts become such numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dyad.eval.turn_taking.definitions import DEFINITIONS
from dyad.eval.turn_taking.intervals import MICRO
from dyad.eval.turn_taking.spans import Points

Parameter = float | str


@dataclass(frozen=True, kw_only=True)
class TurnMeasure:
    """One number.

    Args:
        name: what was measured.
        seat: "A" or "B" where it is one person's, None where it is the conversation's.
        value: the number; None where there was nothing to measure.
        unit: "s", "1/min", "share" (0 to 1), "bit" or "count".
        n: how many things the number is of: intervals, transfers, turns; for shares of time, stretches of that state or speech.
        definition: id in ``definitions.DEFINITIONS``.
        parameters: thresholds that the number depends on.
        source: where the definition was published.
    """

    name: str
    seat: str | None
    value: float | None
    unit: str
    n: int
    definition: str
    parameters: Mapping[str, Parameter]
    source: str


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Makes measures of one definition.

    Args:
        definition: its id.
        minutes: length of the conversation.
        parameters: thresholds.
    """

    definition: str
    minutes: float
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def number(self, name: str, value: float | None, *, unit: str, n: int, seat: str | None = None) -> TurnMeasure:
        """A number that is known already; rounded to the six decimals that times have."""
        return TurnMeasure(
            name=name,
            seat=seat,
            value=None if value is None else round(value, 6),
            unit=unit,
            n=n,
            definition=self.definition,
            parameters=self.parameters,
            source=DEFINITIONS[self.definition].source,
        )

    def rate(self, name: str, count: int, *, seat: str | None = None) -> TurnMeasure:
        """How often in a minute of the conversation."""
        return self.number(name, count / self.minutes, unit="1/min", n=count, seat=seat)

    def median(self, name: str, lengths: Points, *, seat: str | None = None) -> TurnMeasure:
        """Median of lengths in microseconds, as seconds."""
        return self.number(name, quantiles(lengths, (0.5,))[0], unit="s", n=len(lengths), seat=seat)

    def summary(self, stem: str, lengths: Points, *, seat: str | None = None) -> Iterator[TurnMeasure]:
        """Quartiles, mean and standard deviation (n − 1) of lengths in microseconds, as seconds."""
        for name, value in zip(("q25", "median", "q75"), quantiles(lengths, (0.25, 0.5, 0.75)), strict=True):
            yield self.number(f"{stem}_{name}", value, unit="s", n=len(lengths), seat=seat)
        mean = float(lengths.mean()) / MICRO if len(lengths) else None
        spread = float(lengths.std(ddof=1)) / MICRO if len(lengths) > 1 else None
        yield self.number(f"{stem}_mean", mean, unit="s", n=len(lengths), seat=seat)
        yield self.number(f"{stem}_sd", spread, unit="s", n=len(lengths), seat=seat)


def quantiles(lengths: Points, shares: Sequence[float]) -> list[float | None]:
    """Quantiles of lengths in microseconds, as seconds, straight between neighbours; None where there are no lengths."""
    if not len(lengths):
        return [None] * len(shares)
    ordered = np.sort(lengths)
    places = np.asarray(shares) * (len(ordered) - 1)
    return [float(value) / MICRO for value in np.interp(places, np.arange(len(ordered)), ordered)]
