"""One figure of synchrony beside its surrogates, and the same as flat rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dyad.eval.synchrony.definitions import SYNCHRONY_DEFINITIONS
from dyad.eval.synchrony.surrogates import SurrogateTest
from dyad.eval.turn_taking.turn_measure import Parameter, TurnMeasure


@dataclass(frozen=True, kw_only=True)
class SynchronyMeasure:
    """One figure about two people.

    Args:
        name: ``<signal>_<figure>``.
        value: the figure; None where it cannot be measured.
        unit: "r", "R²", "s", "°", "share", "ln ratio" or "p".
        n: windows or samples that it rests on.
        tests: the figure beside surrogates; empty for lags, phases and the like.
        definition: id in ``SYNCHRONY_DEFINITIONS``.
        parameters: settings that the figure depends on.
        reason: why it cannot be measured; "" where it can.
    """

    name: str
    value: float | None
    unit: str
    n: int
    tests: tuple[SurrogateTest, ...] = ()
    definition: str
    parameters: Mapping[str, Parameter]
    reason: str = ""

    def rows(self) -> Iterator[TurnMeasure]:
        """The figure as ``synchrony_<name>``; each test adds ``…_<kind>_mean``, ``_sd``, ``_z``, ``_rank`` and ``_p``."""
        yield self._row("", self.value, unit=self.unit, n=self.n, definition=self.definition)
        for test in self.tests:
            figures = {"mean": test.mean, "sd": test.sd, "z": test.z, "rank": test.rank, "p": test.p_value}
            for key, value in figures.items():
                unit = self.unit if key in ("mean", "sd") else key
                yield self._row(f"_{test.kind}_{key}", value, unit=unit, n=test.n, definition=test.kind)

    def _row(self, suffix: str, value: float | None, *, unit: str, n: int, definition: str) -> TurnMeasure:
        return TurnMeasure(
            name=f"synchrony_{self.name}{suffix}",
            seat=None,
            value=value,
            unit=unit,
            n=n,
            definition=definition,
            parameters={**self.parameters, **({"not_measured": self.reason} if self.reason else {})},
            source=SYNCHRONY_DEFINITIONS[definition].source,
        )


def synchrony_rows(measures: Iterable[SynchronyMeasure]) -> list[TurnMeasure]:
    """All rows, to stand beside the measures of turn-taking."""
    return [row for measure in measures for row in measure.rows()]
