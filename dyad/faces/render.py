"""A small software renderer for triangle meshes: numpy only, depth-buffered, lit per pixel.

For contact sheets and films on machines without a graphics card. Everything is vectorised over candidate pixels: each triangle
contributes the pixels of its bounding box, those outside it are dropped, and the nearest survivor per pixel is shaded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]


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


_TO_SRGB: Final = np.rint(255.0 * np.linspace(0.0, 1.0, 8192) ** (1.0 / 2.2)).astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class Renderer:
    """Draws surfaces into a square picture.

    Attributes:
        size: pixels per side.
        background: sRGB at the top and the bottom of the picture.
        camera: where it is seen from.
    """

    size: int = 256
    background: tuple[tuple[int, int, int], tuple[int, int, int]] = ((232, 235, 240), (206, 210, 218))
    camera: Camera = field(default_factory=Camera)

    def draw(self, surfaces: list[Surface]) -> Bytes:
        """Draw.

        Args:
            surfaces: what to draw, in any order.

        Returns:
            (size, size, 3) uint8 sRGB.
        """
        vertices = np.concatenate([surface.vertices for surface in surfaces]).astype(np.float32)
        starts = np.cumsum([0, *[len(surface.vertices) for surface in surfaces[:-1]]])
        triangles = np.concatenate([s.triangles.astype(np.int64) + start for s, start in zip(surfaces, starts, strict=True)])
        normals = np.concatenate([surface.normals for surface in surfaces]).astype(np.float32)
        # Shading adds light, which is linear: undo the sRGB curve (approximately, gamma 2.2) before and redo it after.
        albedo = (np.concatenate([surface.colours for surface in surfaces]).astype(np.float32) / 255.0) ** 2.2
        gloss = np.concatenate([np.full((len(s.vertices), 1), s.gloss, dtype=np.float32) for s in surfaces])
        axes = self.camera.axes()
        seen = (vertices - np.asarray(self.camera.target, dtype=np.float32)) @ axes.T
        screen = self._project(seen)
        two_sided = np.repeat([surface.two_sided for surface in surfaces], [len(surface.triangles) for surface in surfaces])
        triangles = triangles[two_sided | _faces_viewer(screen, triangles)]
        pixel, owner, weights = _rasterise(screen, triangles, self.size)
        attributes = np.concatenate([normals @ axes.T, albedo, gloss], axis=1)
        mixed = sum(attributes[triangles[owner, corner]] * weights[:, corner, None] for corner in range(3))
        picture = self._backdrop()
        # One row per component from here on: numpy is several times faster along long axes.
        picture[pixel] = _shade(np.ascontiguousarray(np.asarray(mixed, dtype=np.float32).T)).T
        return picture.reshape(self.size, self.size, 3)

    def _project(self, seen: Floats) -> Floats:
        depth = self.camera.distance - seen[:, 2]
        scale = self.size / self.camera.height * self.camera.distance / np.maximum(depth, 1e-3)
        half = 0.5 * self.size
        return np.stack([half + seen[:, 0] * scale, half - seen[:, 1] * scale, depth], axis=1).astype(np.float32)

    def _backdrop(self) -> Bytes:
        top, bottom = (np.array(colour, dtype=np.float32) for colour in self.background)
        share = np.linspace(0.0, 1.0, self.size, dtype=np.float32)[:, None]
        rows = np.rint(top * (1.0 - share) + bottom * share).astype(np.uint8)
        return np.repeat(rows, self.size, axis=0)


def _faces_viewer(screen: Floats, triangles: Indices) -> npt.NDArray[np.bool_]:
    """Tell which triangles run counter-clockwise on the screen (whose y points down)."""
    x, y = screen[:, 0][triangles], screen[:, 1][triangles]
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (y[:, 1] - y[:, 0]) * (x[:, 2] - x[:, 0])
    return np.asarray(area < 0)


def _rasterise(screen: Floats, triangles: Indices, size: int) -> tuple[Indices, Indices, Floats]:
    """Find, per covered pixel, the nearest triangle and the barycentric weights there.

    Args:
        screen: (V, 3) pixel x, pixel y, depth.
        triangles: (F, 3).
        size: pixels per side.

    Returns:
        (P,) flat pixel index, (P,) triangle index, (P, 3) weights.
    """
    corners = screen[triangles]
    low = np.clip(np.ceil(corners[:, :, :2].min(axis=1) - 0.5), 0, size).astype(np.int64)
    high = np.clip(np.floor(corners[:, :, :2].max(axis=1) - 0.5) + 1, 0, size).astype(np.int64)
    box = np.maximum(high - low, 0)
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    count = box[:, 0] * box[:, 1] * (np.abs(area) > 1e-9)
    owner = np.repeat(np.arange(len(triangles), dtype=np.int32), count)
    start = np.cumsum(count) - count
    within = np.arange(len(owner), dtype=np.int32) - start.astype(np.int32)[owner]
    row = within // box[:, 0].astype(np.int32)[owner]
    column = within - row * box[:, 0].astype(np.int32)[owner]
    # Barycentric weights are affine in the pixel: their value at the box's first pixel, and their slopes.
    inverse = 1.0 / np.where(np.abs(area) > 1e-9, area, 1.0)
    b_x, b_y = (c[:, 1] - a[:, 1]) * inverse, (a[:, 0] - c[:, 0]) * inverse
    c_x, c_y = (a[:, 1] - b[:, 1]) * inverse, (b[:, 0] - a[:, 0]) * inverse
    first = (low + 0.5 - a[:, :2]).astype(np.float32)
    plane = np.stack([first[:, 0] * b_x + first[:, 1] * b_y, b_x, b_y, first[:, 0] * c_x + first[:, 1] * c_y, c_x, c_y])
    here = plane.astype(np.float32)[:, owner]
    x, y = column.astype(np.float32), row.astype(np.float32)
    weight_b = here[0] + here[1] * x + here[2] * y
    weight_c = here[3] + here[4] * x + here[5] * y
    inside = np.flatnonzero(np.minimum(np.minimum(weight_b, weight_c), 1.0 - weight_b - weight_c) >= 0)
    owner, weight_b, weight_c = owner[inside], weight_b[inside], weight_c[inside]
    pixel = (low[owner, 1] + row[inside]) * size + low[owner, 0] + column[inside]
    depth = a[owner, 2] + weight_b * (b[:, 2] - a[:, 2])[owner] + weight_c * (c[:, 2] - a[:, 2])[owner]
    nearest = np.full(size * size, np.inf, dtype=np.float32)
    np.minimum.at(nearest, pixel, depth)
    front = np.flatnonzero(depth == nearest[pixel])
    weights = np.stack([1.0 - weight_b[front] - weight_c[front], weight_b[front], weight_c[front]], axis=1)
    return pixel[front], owner[front].astype(np.int64), weights.astype(np.float32)


def _shade(attributes: Floats) -> Bytes:
    """Light pixels.

    Args:
        attributes: (7, P) normal in camera space, linear colour, gloss. Normals that point away are turned to the viewer (thin
            sheets show both sides).

    Returns:
        (3, P) sRGB.
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
    return np.asarray(_TO_SRGB[(np.clip(linear, 0.0, 1.0) * np.float32(len(_TO_SRGB) - 1)).astype(np.int32)])
