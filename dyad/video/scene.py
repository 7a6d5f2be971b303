"""Pictures of a conversation: any frame, seen by a camera preset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.faces.head import Head
from dyad.faces.render import Layer, Renderer, Surface
from dyad.motion import Motion
from dyad.seat import Seat
from dyad.video.cameras import Panel, panels_of
from dyad.video.people import Person
from dyad.video.smoothing import smooth_edges

Bytes = npt.NDArray[np.uint8]

SMALLEST_PX, LARGEST_PX = 64, 2160
BACKGROUND: Final = ((70, 77, 90), (38, 42, 50))


@dataclass(frozen=True, kw_only=True)
class SceneRecipe:
    """What is needed to draw any frame; small enough to be sent to another process.

    Args:
        heads: the head of each seat that is drawn.
        motion: of these seats, equally long.
        camera: name of a preset.
        size: height of the picture in pixels, even; it is twice as wide.

    Raises:
        InputError: an unknown preset, or a size out of range or odd.
    """

    heads: Mapping[Seat, Head]
    motion: Mapping[Seat, Motion]
    camera: str
    size: int

    def __post_init__(self) -> None:
        """Check once, before any work is done."""
        panels_of(self.camera)
        if not SMALLEST_PX <= self.size <= LARGEST_PX or self.size % 2:
            raise InputError(
                "--size",
                expected=f"an even number of pixels, {SMALLEST_PX} to {LARGEST_PX}",
                got=f"{self.size}",
                cure="512 is the default.",
            )


class Scene:
    """Draws frames of a recipe.

    Args:
        recipe: what.
    """

    def __init__(self, recipe: SceneRecipe) -> None:
        self._people = {seat: Person(recipe.heads[seat], recipe.motion[seat]) for seat in Seat if seat in recipe.heads}
        self._clock = FrameClock(frame_rate_hz=next(iter(recipe.motion.values())).frame_rate_hz)
        self._views = [_View(panel, size=recipe.size, people=self._people) for panel in panels_of(recipe.camera)]

    def frames(self, start: int, stop: int) -> Iterator[Bytes]:
        """Pictures of successive frames, each (size, 2 · size, 3) uint8 sRGB.

        Args:
            start: first frame, counted from the motion's first.
            stop: first frame after the last one wanted.
        """
        posed = {seat: person.frames(start, stop) for seat, person in self._people.items()}
        for frame in range(start, stop):
            surfaces = {seat: next(frames) for seat, frames in posed.items()}
            parts = [view.draw(surfaces, time_s=self._clock.seconds(frame)) for view in self._views]
            yield np.concatenate(parts, axis=1)


class _View:
    """Draws one panel; where the camera stands still, the bodies are drawn only once."""

    def __init__(self, panel: Panel, *, size: int, people: Mapping[Seat, Person]) -> None:
        self._panel = panel
        self._renderer = Renderer(size=size, width=2 * size if panel.wide else size, background=BACKGROUND)
        self._bodies = [surface for seat, person in people.items() if seat in panel.seats for surface in person.body()]
        self._still: Layer | None = None

    def draw(self, surfaces: Mapping[Seat, list[Surface]], *, time_s: float) -> Bytes:
        renderer = replace(self._renderer, camera=self._panel.camera_at(time_s))
        layer = self._with_bodies(renderer)
        # One after the other: each fits the processor's cache.
        for seat in self._panel.seats:
            if seat in surfaces:
                renderer.paint(surfaces[seat], layer)
        return smooth_edges(renderer.picture(layer))

    def _with_bodies(self, renderer: Renderer) -> Layer:
        if self._still is not None:
            return self._still.copy()
        layer = renderer.backdrop()
        if self._bodies:
            renderer.paint(self._bodies, layer)
        if self._panel.still:
            self._still = layer.copy()
        return layer
