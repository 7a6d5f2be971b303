"""Curves of gaze around turns and of nods around the partner's phrase ends."""

import numpy as np

from dyad.analysis.alignment import NOD_EDGES_S, Alignment
from dyad.analysis.drawing import A_COLOUR, B_COLOUR, INK, canvas, svg
from dyad.seat import Seat

_COLOURS = {Seat.A: A_COLOUR, Seat.B: B_COLOUR}
_PANELS = (("start", "gaze around the start of own turns"), ("end", "gaze around the end of own turns"))


def alignment_curves(alignment: Alignment) -> str:
    """Three panels: gaze at the partner around own turns' starts and ends, nods around the partner's phrase ends."""
    with canvas(width_in=9.2, height_in=2.7) as figure:
        start, end, nods = figure.subplots(1, 3)
        for axes, (edge, title) in zip((start, end), _PANELS, strict=True):
            for seat, colour in _COLOURS.items():
                if (edge, seat) in alignment.gaze:
                    label = f"{seat.name} ({alignment.turns[seat]} turns)"
                    axes.plot(alignment.lag_s, 100 * alignment.gaze[edge, seat], color=colour, label=label)
            axes.set_ylim(0, 128)  # room for the legend
            axes.set_yticks(range(0, 101, 20))
            axes.set_title(title)
            axes.set_xlabel("s from the edge")
        start.set_ylabel("% of turns, at the partner")
        for seat, colour in _COLOURS.items():
            label = f"{seat.name} ({alignment.phrases[seat]} ends)"
            nods.stairs(np.nan_to_num(alignment.nods[seat]), NOD_EDGES_S, color=colour, linewidth=1.6, label=label)
        nods.set_ylim(0, 1.28 * max(nods.get_ylim()[1], 1.0))
        nods.set_title("nods around the partner's phrase ends")
        nods.set_xlabel("s from the end of a phrase")
        nods.set_ylabel("nods a minute")
        for axes in (start, end, nods):
            axes.axvline(0, color=INK, linewidth=0.8, linestyle=":")
            if axes.get_legend_handles_labels()[0]:
                axes.legend(loc="upper left", fontsize=8, ncols=2, handlelength=1)
        return svg(figure, name="alignment", description="Gaze around turns and nods around phrase ends")
