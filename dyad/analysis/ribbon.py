"""Plots of one conversation over time: who speaks when, and how talk is shared."""

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from dyad.analysis.drawing import A_COLOUR, B_COLOUR, BOTH_COLOUR, INK, canvas, svg
from dyad.analysis.windows import TalkWindows
from dyad.eval.turn_taking import TurnAnalysis
from dyad.eval.turn_taking.intervals import MICRO
from dyad.eval.turn_taking.spans import Spans
from dyad.seat import Seat

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

ROW_LENGTHS_S = (10, 20, 30, 60, 120, 300, 600, 1200, 3600)
MOST_ROWS = 12
_COLOURS = (A_COLOUR, B_COLOUR)


def timeline(analysis: TurnAnalysis, *, names: tuple[str, str]) -> str:
    """Both people's inter-pausal units as two ribbons, A above B; overlap and backchannels stand out."""
    duration_s = analysis.total / MICRO
    row_s = next((length for length in ROW_LENGTHS_S if duration_s <= MOST_ROWS * length), ceil(duration_s / MOST_ROWS))
    rows = max(1, ceil(duration_s / row_s))
    with canvas(width_in=9.2, height_in=0.55 + 0.5 * rows) as figure:
        axes = figure.subplots()
        for row in range(rows):
            _draw_row(axes, analysis, row=row, row_s=row_s)
        axes.set_xlim(0, min(row_s, duration_s) if rows == 1 else row_s)
        axes.set_ylim(rows - 0.5, -0.5)
        axes.set_yticks(range(rows), [_clock(row * row_s) for row in range(rows)])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("seconds from the start of the row" if rows > 1 else "seconds")
        handles = [_patch(A_COLOUR, f"A: {names[0]}"), _patch(B_COLOUR, f"B: {names[1]}")]
        handles += [_patch(BOTH_COLOUR, "overlap"), _patch(INK, "backchannel (line beside it)")]
        axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.2, handlelength=1)
        return svg(figure, name="timeline", description="Timeline of who speaks when")


def _draw_row(axes: "Axes", analysis: TurnAnalysis, *, row: int, row_s: float) -> None:
    start, stop = row * row_s, (row + 1) * row_s
    places = {Seat.A: row - 0.3, Seat.B: row + 0.02}
    for seat, place in places.items():
        axes.broken_barh(_within(analysis.units[seat], start, stop), (place, 0.28), color=_COLOURS[seat], linewidth=0)
        edge = place - 0.09 if seat is Seat.A else place + 0.3
        axes.broken_barh(_within(analysis.backchannels[seat], start, stop), (edge, 0.07), color=INK, linewidth=0)
    both = _both(analysis.units)
    axes.broken_barh(_within(both, start, stop), (row - 0.06, 0.14), color=BOTH_COLOUR, linewidth=0)


def _both(units: tuple[Spans, Spans]) -> Spans:
    """Where both speak: each meeting of a unit of A and one of B."""
    a, b = units
    if not len(a) or not len(b):
        return np.empty((0, 2), np.int64)
    first, last = np.searchsorted(b[:, 1], a[:, 0], side="right"), np.searchsorted(b[:, 0], a[:, 1], side="left")
    met = [(row, other) for row in range(len(a)) for other in range(first[row], last[row])]
    pairs = np.array(met, np.int64).reshape(-1, 2)
    return np.column_stack([np.maximum(a[pairs[:, 0], 0], b[pairs[:, 1], 0]), np.minimum(a[pairs[:, 0], 1], b[pairs[:, 1], 1])])


def _within(spans: Spans, start_s: float, stop_s: float) -> list[tuple[float, float]]:
    """(start from the row's, length), seconds, of what lies in a row."""
    cut = np.clip(spans / MICRO, start_s, stop_s) - start_s
    return [(start, stop - start) for start, stop in cut.tolist() if stop > start]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _patch(colour: str, label: str) -> "Patch":
    from matplotlib.patches import Patch

    return Patch(color=colour, label=label, linewidth=0)


def talk_time(windows: TalkWindows, *, names: tuple[str, str]) -> str:
    """Share of each window in which A and B speak."""
    with canvas(width_in=9.2, height_in=2.2) as figure:
        axes = figure.subplots()
        for seat, colour in zip(Seat, _COLOURS, strict=True):
            axes.plot(windows.middle_s / 60, 100 * windows.share[seat], color=colour, label=f"{seat.name}: {names[seat]}")
        axes.set_ylim(0, 100)
        axes.set_ylabel("% of the window")
        axes.set_xlabel(f"minutes (middle of a window of {windows.window_s:g} s)")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        return svg(figure, name="talk", description="Talk time of both people over windows")
