"""What a bare mesh borrows from the built-in head: the colours of lips, lids and cheeks, and eyebrows."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.faces.closest import Surface
from dyad.faces.eyeballs import paint_eyeball
from dyad.faces.head import Floats, Patch
from dyad.faces.identity import Identity
from dyad.faces.mesh import Mesh
from dyad.faces.own_head import Eyeball
from dyad.faces.parts import Part
from dyad.faces.surface_fit import FittedFace

_LIFT_M: Final = 0.0007
"""How far brows stand off the skin at their edges, so that coarse skin does not cut through them."""
_SCALP: Final = 0.55
"""Share of the head's height over its joint from which skin is plain: the built-in head's scalp is shadowed by hair."""


def borrow_colours(mesh: Mesh, fitted: FittedFace, *, eyes: tuple[Eyeball, ...], identity: Identity) -> npt.NDArray[np.uint8]:
    """Colour a mesh like the built-in face fitted to it.

    Args:
        mesh: the mesh, dyad's axes.
        fitted: the fitted face.
        eyes: its eyeballs, which get irises.
        identity: whose colours.

    Returns:
        (V, 3) sRGB: the face's where the mesh lies on it, plain skin elsewhere.
    """
    part = fitted.face.vertices.part
    bare = ~np.isin(part, (Part.BROW, Part.LASH))[fitted.face.triangles].any(axis=1)
    surface = Mesh(name="bare face", vertices=fitted.positions, triangles=fitted.face.triangles[bare])
    found = Surface(surface).closest(mesh.vertices, mesh.normals())
    colour = found.interpolate(surface, fitted.face.vertices.colour)
    share = np.clip((found.distance - 0.004) / 0.008, 0.0, 1.0)
    share = np.where(mesh.vertices[:, 1] > _SCALP * fitted.positions[:, 1].max(), 1.0, share)[:, None]
    mixed = (1.0 - share) * colour + share * np.array(identity.skin_colour, np.float64)
    colours = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    for eye in eyes:
        colours[eye.vertices] = paint_eyeball(mesh.vertices[eye.vertices], eye, identity.eye_colour)
    return colours


def borrow_brows(mesh: Mesh, deltas: Floats, fitted: FittedFace) -> Patch:
    """Lay the built-in eyebrows on a mesh; they move with its own skin.

    Args:
        mesh: the mesh, dyad's axes.
        deltas: (52, V, 3) its shapes.
        fitted: the built-in face on it.

    Returns:
        A moving patch ``brows``.
    """
    face = fitted.face
    own = face.triangles[(face.vertices.part[face.triangles] == Part.BROW).all(axis=1)]
    used = np.unique(own)
    new = np.zeros(len(face.vertices), dtype=np.uint32)
    new[used] = np.arange(len(used))
    normals = fitted.mesh.normals()[used]
    found = Surface(mesh).closest(fitted.positions[used], normals)
    flat = np.ascontiguousarray(deltas.transpose(1, 0, 2)).reshape(len(mesh.vertices), -1)
    carried = found.interpolate(mesh, flat).reshape(len(used), len(deltas), 3).transpose(1, 0, 2)
    skin = found.interpolate(mesh, mesh.vertices)
    outward = found.interpolate(mesh, mesh.normals())
    # The ridge keeps the height it has on the built-in head.
    edge = face.vertices.colour[used] @ np.full(3, 1 / 3)
    ridge = (edge.max() - edge) / max(float(np.ptp(edge)), 1e-9)
    return Patch(
        name="brows", kind="moving",
        vertices=(skin + (_LIFT_M + _LIFT_M * ridge)[:, None] * outward).astype(np.float32),
        triangles=new[own],
        normals=outward.astype(np.float32),
        colours=np.clip(np.rint(face.vertices.colour[used]), 0, 255).astype(np.uint8),
        deltas=np.ascontiguousarray(carried, np.float32),
    )  # fmt: skip
