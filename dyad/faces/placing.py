"""Where a head's joint is, for meshes whose files do not say: told from the eyes."""

from __future__ import annotations

from typing import Final

import numpy as np

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.head import Floats
from dyad.faces.identity import Identity
from dyad.faces.landmarks import place_landmarks
from dyad.faces.mesh import Array

_SPACING_RANGE: Final = (0.75, 1.35)


def eyes_from_blinks(vertices: Array, deltas: Floats) -> Array | None:
    """Tell where the eyes are from what the blinks move.

    Args:
        vertices: (V, 3) metres.
        deltas: (52, V, 3) ARKit shapes.

    Returns:
        (2, 3) about the centres of left and right eyeball; None without both blinks.
    """
    radius = place_landmarks(Identity()).eye_radius
    centres = []
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        travel = np.linalg.norm(deltas[ARKIT52.index(name)], axis=1).astype(np.float64) ** 2
        if travel.sum() == 0.0:
            return None
        centres.append(travel @ vertices / travel.sum() - np.array([0.0, 0.0, 0.9 * radius]))
    return np.stack(centres)


def joint_from_eyes(vertices: Array, deltas: Floats, *, centres: Array | None, source: str) -> Array:
    """Place the joint between skull and neck as on the built-in head, which is measured after adults.

    Args:
        vertices: (V, 3) metres, y up, z out of the face.
        deltas: (52, V, 3) ARKit shapes.
        centres: (2, 3) of the left and the right eyeball; taken from the blinks if None.
        source: how errors call the file.

    Returns:
        (3,) the joint.

    Raises:
        InputError: neither eyes nor blinks, or a left eye on the right: the head does not face +z with y up.
    """
    eyes = eyes_from_blinks(vertices, deltas) if centres is None else centres
    if eyes is None:
        raise InputError(source, expected="eyes, or the shapes eyeBlinkLeft and eyeBlinkRight", got="neither", cure="Add them to the file.")
    across = eyes[0] - eyes[1]
    spacing = float(np.linalg.norm(across))
    if across[0] < 0.8 * spacing:
        got = f"a left eye at {np.round(eyes[0], 3).tolist()} and a right one at {np.round(eyes[1], 3).tolist()}"
        cure = "Turn the head: y up, z out of the face, x to the subject's left."
        raise InputError(source, expected="the subject's left eye at +x of the right one", got=got, cure=cure)
    marks = place_landmarks(Identity())
    ratio = float(np.clip(spacing / (2.0 * marks.eye[0]), *_SPACING_RANGE))
    return np.asarray(eyes.mean(axis=0) - ratio * np.array([0.0, marks.eye[1], marks.eye[2]]))
