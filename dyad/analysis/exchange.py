"""Plots of how the floor changes hands: offsets beside those of recorded corpora, and the four states."""

from typing import TYPE_CHECKING

import numpy as np

from dyad.analysis.drawing import A_COLOUR, B_COLOUR, BOTH_COLOUR, INK, OTHERS, canvas, svg
from dyad.analysis.reference import binned, reference_corpora
from dyad.eval.turn_taking.floor import BOTH, ONLY_A, ONLY_B, SILENCE, States
from dyad.eval.turn_taking.spans import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEW = 400  # with fewer transfers, bins of 50 ms are mostly noise: bars are drawn four times as wide
_SHOWN_S = (-2.0, 2.0)
_PLACES = {ONLY_A: (-1.0, 0.0), ONLY_B: (1.0, 0.0), SILENCE: (0.0, -0.62), BOTH: (0.0, 0.62)}
_LABELS = {ONLY_A: "A alone", ONLY_B: "B alone", SILENCE: "silence", BOTH: "both"}
_COLOURS = {ONLY_A: A_COLOUR, ONLY_B: B_COLOUR, SILENCE: "#8a8a8a", BOTH: BOTH_COLOUR}
_LEAST_SHARE = 0.01  # of all changes; rarer arrows would only clutter


def offset_histogram(offsets_s: Floats, *, title: str) -> str:
    """Floor transfer offsets as bars, those of the reference corpora as lines; shares of transfers per 100 ms."""
    corpora = reference_corpora()
    edges = corpora[0].edges_s
    wide = 4 if len(offsets_s) < _FEW else 1
    with canvas(width_in=9.2, height_in=2.9) as figure:
        axes = figure.subplots()
        if len(offsets_s):
            counts = binned(offsets_s, edges)
            counts[[0, -1]] = 0  # what lies beyond the bins would stand there as if it were in them
            own = counts.reshape(-1, wide).sum(axis=1) / len(offsets_s) / wide
            axes.bar(edges[:-1:wide], 200 * own, width=wide * (edges[1] - edges[0]), align="edge", color=A_COLOUR, alpha=0.45, label=title)
        for corpus, colour in zip(corpora, OTHERS, strict=False):
            middles = (edges[:-1] + edges[1:]) / 2
            axes.plot(middles[1:-1], 200 * corpus.shares[1:-1], color=colour, label=f"{corpus.title} ({corpus.counts.sum():,.0f})")
        axes.axvline(0, color=INK, linewidth=0.8, linestyle=":")
        axes.set_xlim(*_SHOWN_S)
        axes.set_xlabel("floor transfer offset, s (negative: overlap)")
        axes.set_ylabel("% of transfers per 100 ms")
        axes.legend(loc="upper left")
        return svg(figure, name="offsets", description="Histogram of floor transfer offsets beside those of recorded corpora")


def state_diagram(states: States) -> str:
    """The four states, as large as their share of the time, with how often each is followed by each other one."""
    times = np.array([states.time_in(code) for code in range(4)]) / max(1, int(states.edges[-1]))
    follows = np.zeros((4, 4))
    np.add.at(follows, (states.code[:-1], states.code[1:]), 1)
    leaves = follows.sum(axis=1, keepdims=True)
    chances = np.divide(follows, leaves, out=np.zeros_like(follows), where=leaves > 0)
    with canvas(width_in=5.6, height_in=3.4) as figure:
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_xlim(-1.45, 1.45)
        axes.set_ylim(-1.0, 1.0)
        for source, target in zip(*np.nonzero(follows >= max(1.0, _LEAST_SHARE * follows.sum())), strict=True):
            _arrow(axes, int(source), int(target), float(chances[source, target]))
        for code, place in _PLACES.items():
            axes.scatter(*place, s=300 + 5000 * times[code], color=_COLOURS[code], zorder=3, linewidths=0)
            axes.annotate(
                f"{_LABELS[code]} {100 * times[code]:.0f} %", place, xytext=_beside(code, float(times[code])),
                textcoords="offset points", ha="center", va="center", zorder=4,
            )  # fmt: skip
        return svg(figure, name="states", description="Transitions between the four states of the conversation")


def _beside(code: int, share: float) -> tuple[float, float]:
    away = 14 + float(np.sqrt(300 + 5000 * share)) / 2
    return (0.0, away if code == BOTH else -away)


def _arrow(axes: "Axes", source: int, target: int, chance: float) -> None:
    start, stop = np.array(_PLACES[source]), np.array(_PLACES[target])
    axes.annotate(
        "", xy=tuple(stop), xytext=tuple(start), zorder=2,
        arrowprops={
            "arrowstyle": "-|>", "color": INK, "alpha": 0.35 + 0.5 * chance, "linewidth": 0.6 + 2.6 * chance,
            "shrinkA": 16, "shrinkB": 20, "connectionstyle": "arc3,rad=0.18",
        },
    )  # fmt: skip
    along = stop - start
    side = np.array([along[1], -along[0]]) * 0.16
    x, y = start + 0.42 * along + side
    axes.text(x, y, f"{100 * chance:.0f}", ha="center", va="center", fontsize=8)
