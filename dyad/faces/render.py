"""A small software renderer for triangle meshes: numpy only, depth-buffered, smoothly shaded.

For contact sheets and films on machines without a graphics card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.faces.raster import facing_viewer, find_visible, mix

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Surface:
    """Triangles to draw.

    Attributes:
        vertices: (V, 3) positions in metres.
        triangles: (F, 3) vertex indices.
        normals: (V, 3) unit normals.
        colours: (V, 3) uint8 sRGB.
        gloss: 0 (matt) to 1 (wet).
        two_sided: whether its back is drawn too; closed surfaces do not need it.
    """

    vertices: Floats
    triangles: npt.NDArray[np.uint32]
    normals: Floats
    colours: Bytes
    gloss: float = 0.12
    two_sided: bool = True


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A pinhole camera looking at `target`, upright.

    Attributes:
        target: point in the picture's middle, metres.
        yaw: radians the camera is moved round the head to the subject's left.
        pitch: radians it is raised.
        distance: metres from the target.
        height: metres of the target plane that fill the picture from top to bottom.
    """

    target: tuple[float, float, float] = (0.0, 0.028, 0.02)
    yaw: float = 0.0
    pitch: float = 0.0
    distance: float = 1.1
    height: float = 0.34

    def axes(self) -> Floats:
        """Return (3, 3) rows: right, up, and towards the camera."""
        sin_yaw, cos_yaw = np.sin(self.yaw), np.cos(self.yaw)
        sin_pitch, cos_pitch = np.sin(self.pitch), np.cos(self.pitch)
        toward = (sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch)
        right = (cos_yaw, 0.0, -sin_yaw)
        up = (-sin_yaw * sin_pitch, cos_pitch, -cos_yaw * sin_pitch)
        return np.array([right, up, toward], dtype=np.float32)


# Key light from the upper left of the picture, a cool fill from the right, a rim from behind: directions in camera space
# (right, up, towards), colour and strength chosen by eye.
_LIGHTS: Final = (
    ((-0.45, 0.55, 0.70), (1.00, 0.96, 0.90), 0.80),
    ((0.85, 0.10, 0.45), (0.80, 0.88, 1.00), 0.26),
    ((0.35, 0.55, -0.75), (0.95, 0.97, 1.00), 0.30),
)
_AMBIENT_SKY: Final = (0.36, 0.37, 0.40)
_AMBIENT_GROUND: Final = (0.20, 0.17, 0.16)


# Shading adds light, which is linear: the sRGB curve (approximately, gamma 2.2) is undone before and redone after.
_TO_LINEAR: Final = ((np.arange(256) / 255.0) ** 2.2).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A picture being painted.

    Attributes:
        colour: (height · width, 3) uint8 sRGB.
        depth: (height · width,) metres from the camera; infinite where nothing is painted.
    """

    colour: Bytes
    depth: Floats

    def copy(self) -> Layer:
        """What is painted so far, to go on from more than once."""
        return Layer(colour=self.colour.copy(), depth=self.depth.copy())


@dataclass(frozen=True, kw_only=True)
class Renderer:
    """Draws surfaces.

    Attributes:
        size: height in pixels, and width where none is given.
        width: pixels; None for a square.
        background: sRGB at the top and the bottom of the picture.
        camera: where it is seen from.
    """

    size: int = 256
    width: int | None = None
    background: tuple[tuple[int, int, int], tuple[int, int, int]] = ((232, 235, 240), (206, 210, 218))
    camera: Camera = field(default_factory=Camera)

    def draw(self, surfaces: Sequence[Surface]) -> Bytes:
        """Draw.

        Args:
            surfaces: what to draw, in any order.

        Returns:
            (height, width, 3) uint8 sRGB.
        """
        layer = self.backdrop()
        self.paint(surfaces, layer)
        return self.picture(layer)

    def backdrop(self) -> Layer:
        """An empty layer."""
        top, bottom = (np.array(colour, dtype=np.float32) for colour in self.background)
        share = np.linspace(0.0, 1.0, self.size, dtype=np.float32)[:, None]
        rows = np.rint(top * (1.0 - share) + bottom * share).astype(np.uint8)
        colour = np.repeat(rows, self._columns, axis=0)
        return Layer(colour=colour, depth=np.full(len(colour), np.inf, dtype=np.float32))

    def paint(self, surfaces: Sequence[Surface], layer: Layer) -> None:
        """Add surfaces to what a layer holds already; nearer ones hide farther ones whichever came first.

        Args:
            surfaces: what to add.
            layer: a layer of this renderer; changed.
        """
        vertices = np.concatenate([surface.vertices for surface in surfaces]).astype(np.float32)
        sizes = [len(surface.vertices) for surface in surfaces]
        starts = np.cumsum([0, *sizes[:-1]])
        triangles = np.concatenate([s.triangles.astype(np.int32) + np.int32(start) for s, start in zip(surfaces, starts, strict=True)])
        axes = self.camera.axes()
        screen = self._project((vertices - np.asarray(self.camera.target, dtype=np.float32)) @ axes.T)
        two_sided = np.repeat([surface.two_sided for surface in surfaces], [len(surface.triangles) for surface in surfaces])
        triangles = triangles[two_sided | facing_viewer(screen, triangles)]
        visible = find_visible(screen, triangles, width=self._columns, depth=layer.depth)
        # Lit at the vertices: triangles are a few pixels wide, and what is mixed between them differs by less than a grey level or two.
        normals = np.concatenate([surface.normals for surface in surfaces]).astype(np.float32) @ axes.T
        gloss = np.repeat(np.array([surface.gloss for surface in surfaces], dtype=np.float32), sizes)
        albedo = _TO_LINEAR[np.concatenate([surface.colours for surface in surfaces])]
        lit = _shade(np.concatenate([normals.T, albedo.T, gloss[None]]))
        layer.colour[visible.pixel] = mix(lit, screen, triangles, visible, width=self._columns).T.astype(np.uint8)

    def picture(self, layer: Layer) -> Bytes:
        """What a layer shows, (height, width, 3) uint8 sRGB."""
        return layer.colour.reshape(self.size, self._columns, 3)

    @property
    def _columns(self) -> int:
        return self.size if self.width is None else self.width

    def _project(self, seen: Floats) -> Floats:
        depth = self.camera.distance - seen[:, 2]
        scale = self.size / self.camera.height * self.camera.distance / np.maximum(depth, 1e-3)
        return np.stack([0.5 * self._columns + seen[:, 0] * scale, 0.5 * self.size - seen[:, 1] * scale, depth], axis=1).astype(np.float32)


def _shade(attributes: Floats) -> Floats:
    """Light points.

    Args:
        attributes: (7, P) normal in camera space, linear colour, gloss. Normals that point away are turned to the viewer (thin
            sheets show both sides).

    Returns:
        (3, P) float32 sRGB, 0 to 255.
    """
    x, y, z, red, green, blue, gloss = attributes
    scale = np.where(z < -0.15 * np.sqrt(x * x + y * y + z * z), -1.0, 1.0) / np.maximum(np.sqrt(x * x + y * y + z * z), 1e-6)
    normals = np.stack([x * scale, y * scale, z * scale]).astype(np.float32)
    sky = 0.5 + 0.5 * normals[1]
    light = [np.float32(ground) + sky * np.float32(above - ground) for above, ground in zip(_AMBIENT_SKY, _AMBIENT_GROUND, strict=True)]
    for direction, colour, strength in _LIGHTS:
        unit = np.array(direction, dtype=np.float32) / np.float32(np.linalg.norm(direction))
        # Half-wrapped Lambert: skin scatters a little light past the terminator.
        facing = np.maximum((unit @ normals + np.float32(0.18)) * np.float32(strength / 1.18), 0.0)
        light = [lit + facing * np.float32(part) for lit, part in zip(light, colour, strict=True)]
    # Only the key light is seen mirrored.
    key = np.array(_LIGHTS[0][0], dtype=np.float32)
    halfway = key / np.linalg.norm(key) + np.array([0.0, 0.0, 1.0], dtype=np.float32)
    facing = np.maximum((halfway / np.linalg.norm(halfway)).astype(np.float32) @ normals, 0.0)
    # Dark places (the inside of the mouth) are dark because light does not get there: they do not shine either.
    lively = np.minimum(1.0, 0.02 + 4.0 * np.maximum(np.maximum(red, green), blue))
    shine = gloss * lively * np.exp((18.0 + 60.0 * gloss) * (facing - 1.0))
    linear = np.stack([red * light[0] + shine, green * light[1] + shine, blue * light[2] + shine])
    return np.asarray(255.0 * np.clip(linear, 0.0, 1.0) ** np.float32(1.0 / 2.2) + 0.5, dtype=np.float32)
