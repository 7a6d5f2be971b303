"""Figures as SVG that stands inside a page: text stays text, ink takes the page's colour, and the same figure gives the same bytes."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

A_COLOUR, B_COLOUR, BOTH_COLOUR = "#2a7fa8", "#d1782b", "#9a4d8f"
"""Told apart by most who are colour-blind, and readable on white and on black."""
OTHERS = ("#7a7a7a", "#4d9a6a", "#b0893a")
_INK = "#010203"  # stands for the page's own colour; no figure uses it for anything else
_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dyad",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), _INK),
}
INK = _INK


@contextmanager
def canvas(*, width_in: float, height_in: float) -> Iterator["Figure"]:
    """A figure without a background; draw on it, and take its ``svg`` before the block ends."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(_SETTINGS):  # type: ignore[arg-type]
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure


def svg(figure: "Figure", *, name: str, description: str) -> str:
    """The figure as an ``<svg>`` element that fits the width it is given.

    Args:
        figure: of ``canvas``.
        name: a word of its own within the page: ids are made from it.
        description: what it shows, for those who do not see it; plain words without markup.
    """
    page = io.StringIO()
    figure.savefig(page, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = page.getvalue()
    text = text[text.index("<svg") :].replace(_INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    text = re.sub(r'^<svg ([^>]*?)width="[^"]*"', r"<svg \1", text)
    text = re.sub(r'^<svg ([^>]*?)height="[^"]*"', r"<svg \1", text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{description}" ', 1)


def without_frame(axes: "Axes") -> None:
    """No axes, ticks or labels."""
    axes.set_axis_off()
