"""Skin colour by place: flushed cheeks, nose and lids, shadows in the hollows, stubble, and the scalp under hair."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dyad.faces.identity import Identity
from dyad.faces.landmarks import MM, Landmarks
from dyad.faces.sculpture import Sculpture

Array = npt.NDArray[np.float64]


def paint_skin(points: Array, normals: Array, *, person: Identity, marks: Landmarks, sculpture: Sculpture) -> Array:
    """Colour points of the skin.

    Args:
        points: (N, 3) metres.
        normals: (N, 3) unit.
        person: colours, age and stubble.
        marks: where cheeks, nose and eyes are.
        sculpture: for the shadows of hollows.

    Returns:
        (N, 3) sRGB, 0..255.
    """
    skin = np.array(person.skin_colour, dtype=np.float64)
    colour = np.repeat(skin[None], len(points), axis=0)
    x, y = np.abs(points[:, 0]), points[:, 1]
    flush = np.array([0.985, 0.875, 0.865])
    places = (
        (0.55, (38 * MM, marks.eye[1] - 30 * MM), (14 * MM, 12 * MM)),
        (0.75, (0.0, marks.nose_tip[1]), (13 * MM, 9 * MM)),
        (0.45, (marks.eye[0], marks.eye[1] - 6 * MM), (15 * MM, 7 * MM)),
        (0.35, (0.0, marks.chin + 12 * MM), (12 * MM, 9 * MM)),
    )
    front = np.clip((points[:, 2] - 40 * MM) / (30 * MM), 0.0, 1.0)
    for strength, (px, py), (sx, sy) in places:
        amount = strength * front * np.exp(-0.5 * (((x - px) / sx) ** 2 + ((y - py) / sy) ** 2))
        colour *= 1.0 - amount[:, None] * (1.0 - flush)
    # The forehead is a little yellower, eyelids a little darker.
    lid = front * np.exp(-0.5 * (((x - marks.eye[0]) / (13 * MM)) ** 2 + ((y - marks.eye[1] - 7 * MM) / (5 * MM)) ** 2))
    colour *= 1.0 - lid[:, None] * np.array([0.06, 0.11, 0.10])
    colour = _shadow_beard(colour, points, person=person, marks=marks)
    return np.asarray(np.clip(colour * _openness(points, normals, sculpture)[:, None] ** np.array([0.75, 1.0, 1.05]), 0.0, 255.0))


def _shadow_beard(colour: Array, points: Array, *, person: Identity, marks: Landmarks) -> Array:
    if person.stubble <= 0.0:
        return colour
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    # Upper edge: from the sideburn down the cheek to the corner of the mouth, and the strip under the nose.
    edge = marks.lip_line + 5 * MM + np.clip((x - 20 * MM) / (48 * MM), 0.0, 1.0) ** 1.6 * (44 * MM)
    cheek = _ramp((edge - y) / (16 * MM) + 0.3)
    moustache = _ramp((marks.nose_base[1] - 1.5 * MM - y) / (4 * MM)) * _ramp((34 * MM - x) / (8 * MM)) * _ramp((z - 60 * MM) / (20 * MM))
    below_lip = np.exp(-0.5 * ((x / (9 * MM)) ** 2 + ((y - marks.lip_line + 14 * MM) / (4 * MM)) ** 2))
    amount = person.stubble * np.maximum(cheek * (1.0 - 0.35 * below_lip), moustache) * _ramp((z + 8 * MM) / (14 * MM))
    hair = np.array(person.hair_colour, dtype=np.float64)
    dark = 0.25 * colour + 0.75 * (0.75 * hair + 0.25 * colour.mean(axis=1, keepdims=True))
    return np.asarray(colour + (0.82 * amount)[:, None] * (dark - colour))


def _openness(points: Array, normals: Array, sculpture: Sculpture) -> Array:
    """Share of open space before each point, 1 on open skin: the field's shortfall along the normal."""
    total = np.ones(len(points))
    for reach, weight in ((4 * MM, 0.28), (11 * MM, 0.20)):
        free = sculpture.field(points + reach * normals) / reach
        total -= weight * np.clip(1.0 - free, 0.0, 1.0)
    return np.clip(total, 0.45, 1.0)


def _ramp(value: Array) -> Array:
    clipped = np.clip(value, 0.0, 1.0)
    return clipped * clipped * (3.0 - 2.0 * clipped)
