"""The findings of a study as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING

from dyad.studies.analysis import Findings, Level
from dyad.studies.plan import StudyPlan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 3
_PAIR, _MEAN, _PEOPLE = "#b8b8b8", "#1f6f8b", "#e9c46a"


def draw(plan: StudyPlan, findings: Findings, path: Path) -> None:
    """One panel for each outcome: conversations as thin lines over the conditions, means with intervals, and what people do as a band.

    Args:
        plan: of the study.
        findings: what it found.
        path: a ``.png``.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    outcomes = plan.measures
    columns = min(_COLUMNS, len(outcomes))
    rows = -(-len(outcomes) // columns)
    width = max(3.6, 0.9 * len(plan.conditions) + 1.2)
    figure = Figure(figsize=(width * columns, 3.2 * rows + 0.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, outcome in zip(axes, outcomes, strict=False):
        levels = [level for level in findings.levels if level.outcome == outcome]
        reference = plan.config.references.get(outcome)
        if reference is not None:
            axis.axhspan(reference.low, reference.high, color=_PEOPLE, alpha=0.35, linewidth=0)
            axis.axhline(reference.low, color=_PEOPLE, linewidth=1)  # a reference that is one figure is no band
        _panel(axis, levels)
    for axis in axes[len(outcomes) :]:
        axis.set_axis_off()
    figure.suptitle(f"{plan.config.title} (SIMULATED)", fontsize=10)
    figure.savefig(path, dpi=100, metadata={"Software": None})


def _panel(axis: "Axes", levels: list[Level]) -> None:
    places = range(len(levels))
    names = sorted({name for level in levels for name in level.values})
    for name in names:
        known = [(place, level.values[name]) for place, level in zip(places, levels, strict=True) if name in level.values]
        axis.plot(*zip(*known, strict=True), color=_PAIR, linewidth=0.6, marker=".", markersize=3, zorder=1)
    for place, level in zip(places, levels, strict=True):
        effect = level.effect
        if effect.estimate is None:
            axis.annotate("none", (place, 0.5), xycoords=("data", "axes fraction"), ha="center", fontsize=7)
            continue
        low, high = (effect.estimate if edge is None else edge for edge in (effect.low, effect.high))
        axis.errorbar(
            place, effect.estimate, yerr=[[effect.estimate - low], [high - effect.estimate]], color=_MEAN, marker="o", capsize=3, zorder=2
        )
    axis.set_xticks(list(places), [level.condition for level in levels], fontsize=7, rotation=20)
    axis.set_xlim(-0.5, len(levels) - 0.5)
    axis.tick_params(axis="y", labelsize=7)
    axis.set_title(f"{levels[0].outcome} ({levels[0].unit})" if levels[0].unit else levels[0].outcome, fontsize=8)
