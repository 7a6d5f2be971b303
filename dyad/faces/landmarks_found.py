"""The 68 face points of a head whose file does not say them: where the built-in face has them when it is laid over it."""

from __future__ import annotations

import weakref
from typing import Final

import numpy as np

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.landmarks68 import LIP_MIDDLES, PARTED_M, Places
from dyad.faces.mesh import Mesh
from dyad.faces.own_head import OwnHead
from dyad.faces.surface_fit import fit_face

_UPRIGHT_TRACE: Final = 2.73
"""Of a rotation by 30 degrees, 1 + 2 cos 30: heads face +z, so that a face found at a larger angle is none."""

_found: dict[int, Places | None] = {}


def found_places(head: OwnHead) -> Places | None:
    """Find the face points of a head, once (some seconds).

    Args:
        head: in dyad's axes.

    Returns:
        68 pairs of patch name and vertex index; None where the built-in face cannot be laid over the head, or where what it takes for lips
        does not part when the jaw opens, as on a stylised face.
    """
    key = id(head)
    if key not in _found:
        _found[key] = _find(head)
        weakref.finalize(head, _found.pop, key, None)
    return _found[key]


def _find(head: OwnHead) -> Places | None:
    patches = [patch for patch in head.patches if patch.kind in ("moving", "static")]
    if not patches:
        return None
    starts = np.cumsum([0, *[len(patch.vertices) for patch in patches]])
    triangles = [patch.triangles.astype(np.int64) + start for patch, start in zip(patches, starts[:-1], strict=True)]
    vertices = np.concatenate([patch.vertices for patch in patches]).astype(np.float64)
    mesh = Mesh(name=head.source, vertices=vertices, triangles=np.concatenate(triangles))
    try:
        fitted = fit_face(mesh, identity=head.identity)
    except InputError:
        return None
    rows = fitted.landmarks_on(mesh, without=np.zeros(0, np.int64))
    owners = np.searchsorted(starts, rows, side="right") - 1
    places = tuple((patches[owner].name, int(row - starts[owner])) for row, owner in zip(rows, owners, strict=True))
    upper, lower = (_drop(head, places[point]) for point in LIP_MIDDLES)
    return places if np.trace(fitted.placement.rotation) > _UPRIGHT_TRACE and lower - upper > PARTED_M else None


def _drop(head: OwnHead, place: tuple[str, int]) -> float:
    """How far the open jaw takes a vertex down, metres."""
    deltas = head.patch(place[0]).deltas
    return 0.0 if deltas is None else -float(deltas[ARKIT52.index("jawOpen"), place[1], 1])
