"""Results as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dyad.eval.dualtalk.published import FACTORS, PUBLISHED_BASIS, ROWS
from dyad.eval.dualtalk.summary import Mean
from dyad.evaluation.run import SplitResults
from dyad.evaluation.scoring import PREDICTION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = (("fd", "FD EXP, lower is better"), ("mse", "MSE EXP × 10, lower"), ("sid", "SID EXP, bit, higher"))
ALIGNED_PANELS = (
    ("window_r_exp", "r with the truth, EXP, higher"),
    ("lip_voice_r", "lips with own voice, r, as truth"),
    ("jaw_stroke_skill", "jaw timing skill, higher"),
)
_OURS, _THEIRS, _SIMPLE = "#1f6f8b", "#b0b0b0", "#e0a458"


def draw(splits: Sequence[SplitResults], path: Path, *, published: bool) -> None:
    """Bars: published scores above, time-aligned ones below, for each split.

    Args:
        splits: what was scored.
        path: a ``.png``.
        published: put published rows beside ours, where they are of motion in the same basis: others would dwarf ours and mean nothing.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = len(PANELS)
    figure = Figure(figsize=(4.4 * panels, 5.6 * len(splits)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2 * len(splits), panels, squeeze=False)
    for index, results in enumerate(splits):
        rivals = [row for row in ROWS if row.split == results.split] if published and results.basis == PUBLISHED_BASIS else []
        for column, (name, title) in enumerate(PANELS):
            own = {row: _scaled(means.get(f"{name}_exp"), FACTORS[name][0]) for row, means in results.rows.items()}
            theirs = {row.method: row.values[name][0] for row in rivals}
            _bars(axes[2 * index][column], own, theirs, title=f"{results.title}: {title}")
        for column, (key, title) in enumerate(ALIGNED_PANELS):
            own = {row: _scaled(means.get(key), 1.0) for row, means in results.rows.items()}
            _bars(axes[2 * index + 1][column], own, {}, title=f"{results.title}: {title}")
    figure.savefig(path, dpi=100, metadata={"Software": None})


def _scaled(mean: Mean | None, factor: float) -> float | None:
    return None if mean is None or mean.value is None else factor * mean.value


def _bars(axis: "Axes", own: Mapping[str, float | None], theirs: Mapping[str, float | None], *, title: str) -> None:
    colours = [_OURS if name == PREDICTION else _SIMPLE for name in own] + [_THEIRS] * len(theirs)
    bars = {**own, **theirs}
    axis.barh(list(bars), [value or 0.0 for value in bars.values()], color=colours)
    axis.invert_yaxis()
    axis.set_title(title, fontsize=9)
    axis.tick_params(labelsize=8)
