"""A picture of every shape of a head, for documentation and for looking at a new head quickly."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.head import Head, Patch
from dyad.faces.parts import vertex_normals
from dyad.faces.render import Camera, Renderer, Surface

Floats = npt.NDArray[np.float32]

_GLOSS: Final = {"eye": 0.55, "body": 0.03, "moving": 0.12, "static": 0.10}
_LABEL_HEIGHT: Final = 20
_CAMERA: Final = Camera(target=(0.0, 0.018, 0.05), yaw=0.26, height=0.205)


def pose_surfaces(head: Head, weights: npt.NDArray[np.floating] | None = None, *, gaze: tuple[float, float] = (0.0, 0.0)) -> list[Surface]:
    """Pose a head for drawing.

    Args:
        head: the head.
        weights: (52,) in the order of `ARKIT52`; the neutral face if None.
        gaze: both eyes' yaw to the subject's left and pitch up, radians.

    Returns:
        One surface per patch, in head axes; normals are smooth across the borders of patches.
    """
    frame = np.zeros((1, len(ARKIT52)), dtype=np.float32) if weights is None else np.asarray(weights, dtype=np.float32)[None]
    positions = {p.name: head.displace(p.name, frame)[0] if p.kind == "moving" else p.vertices for p in head.patches}
    normals = {p.name: p.normals for p in head.patches}
    if frame.any():
        normals |= _welded_normals(head, positions)
    turn = _gaze_rotation(*gaze)
    surfaces = []
    for patch in head.patches:
        vertices, normal = positions[patch.name], normals[patch.name]
        if patch.centre is not None:
            vertices, normal = vertices @ turn.T + patch.centre, normal @ turn.T
        gloss, sheet = look_of(patch)
        surfaces.append(
            Surface(vertices=vertices, triangles=patch.triangles, normals=normal, colours=patch.colours, gloss=gloss, two_sided=sheet)
        )
    return surfaces


def look_of(patch: Patch) -> tuple[float, bool]:
    """Gloss of a patch, and whether its back is seen: hair and lashes are thin sheets, the rest is seen from outside only."""
    return 0.04 if patch.name == "hair" else _GLOSS[patch.kind], patch.name in ("hair", "eyes")


def render_contact_sheet(
    head: Head, path: Path, *, tile: int = 256, columns: int = 9, camera: Camera = _CAMERA, amount: float = 1.0
) -> Path:
    """Draw the neutral face and all 52 shapes in a labelled grid.

    Args:
        head: the head to draw.
        path: a `.png` or `.jpg` file to write; its folder must exist.
        tile: pixels per side of one picture.
        columns: pictures per row.
        camera: where the head is seen from.
        amount: the weight each shape is shown at.

    Returns:
        `path`.

    Raises:
        InputError: a tile smaller than 32 pixels, or no columns.
    """
    if tile < 32 or columns < 1:
        raise InputError(
            "contact sheet", expected="tiles of 32 pixels or more, in 1 column or more", got=f"{tile} in {columns}", cure="Enlarge it."
        )
    # Drawn at twice the size and shrunk, which smooths the edges.
    renderer = Renderer(size=2 * tile, camera=camera)
    names = ("neutral", *ARKIT52)
    rows = -(-len(names) // columns)
    sheet = Image.new("RGB", (columns * tile, rows * (tile + _LABEL_HEIGHT)), (246, 247, 249))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for index, name in enumerate(names):
        weights = amount * np.array([channel == name for channel in ARKIT52], dtype=np.float32)
        picture = Image.fromarray(renderer.draw(pose_surfaces(head, weights))).resize((tile, tile), Image.Resampling.LANCZOS)
        left, top = index % columns * tile, index // columns * (tile + _LABEL_HEIGHT)
        sheet.paste(picture, (left, top))
        pen.text((left + 0.5 * tile, top + tile + 0.5 * _LABEL_HEIGHT), name, fill=(40, 44, 52), font=font, anchor="mm")
    sheet.save(path)
    return path


def _gaze_rotation(yaw: float, pitch: float) -> Floats:
    sin_yaw, cos_yaw, sin_pitch, cos_pitch = np.sin(yaw), np.cos(yaw), np.sin(pitch), np.cos(pitch)
    about_y = np.array([[cos_yaw, 0.0, sin_yaw], [0.0, 1.0, 0.0], [-sin_yaw, 0.0, cos_yaw]])
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cos_pitch, sin_pitch], [0.0, -sin_pitch, cos_pitch]])
    return np.asarray(about_y @ about_x, dtype=np.float32)


def _welded_normals(head: Head, positions: dict[str, Floats]) -> dict[str, Floats]:
    """Normals of the posed skin, shared along borders: vertices are one where their neutral positions are."""
    patches = [patch for patch in head.patches if patch.kind == "moving" or patch.name == "skull"]
    neutral = np.concatenate([patch.vertices for patch in patches])
    _, one = np.unique(neutral, axis=0, return_inverse=True)
    one = one.ravel()
    starts = np.cumsum([0, *[len(patch.vertices) for patch in patches]])
    triangles = np.concatenate([p.triangles.astype(np.int64) + start for p, start in zip(patches, starts[:-1], strict=True)])
    posed = np.zeros((one.max() + 1, 3))
    posed[one] = np.concatenate([positions[patch.name] for patch in patches])
    normals = vertex_normals(posed, one[triangles])[one].astype(np.float32)
    return {patch.name: normals[start:end] for patch, start, end in zip(patches, starts[:-1], starts[1:], strict=True)}
