"""ICT-FaceKit as a head (github.com/ICT-VGL/ICT-FaceKit, MIT)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.faces.arkit_names import gather_shapes, missing_shapes, stack_shapes
from dyad.faces.borrowed import borrow_brows, borrow_colours
from dyad.faces.eyeballs import fit_sphere, paint_eyeball
from dyad.faces.ict_files import read_ict
from dyad.faces.identity import Identity
from dyad.faces.mesh import Array, Mesh, metres_per_unit
from dyad.faces.own_head import Eyeball, OwnHead, cut_head, neck_share
from dyad.faces.placing import joint_from_eyes
from dyad.faces.surface_fit import FittedFace, fit_face

_SHELLS: Final = ("lacrimal", "eye_blend", "eye_occlusion", "eyelashes")
"""Films and cards that are transparent in part; drawn opaque they would hide the eye."""
_PART_COLOURS: Final[dict[str, tuple[int, ...]]] = {
    "mouth_socket": (120, 48, 50), "eye_socket_l": (196, 138, 124), "eye_socket_r": (196, 138, 124), "gums_tongue": (182, 92, 94),
    "teeth": (232, 224, 206),
}  # fmt: skip


def load_ict(
    path: str | Path, *, identity: Identity | None = None, modes: Sequence[float] = (), detail: str = "full", unit: str | None = "cm"
) -> OwnHead:
    """Load ICT-FaceKit as a head.

    Args:
        path: the folder ``FaceXModel`` with ``generic_neutral_mesh.obj`` and an .obj for each expression, or the packed .npz or its folder.
        identity: colours of skin, hair and eyes.
        modes: coefficients of the model's identity modes; a few between -1 and 1 make another person.
        detail: a key of `dyad.faces.own_head.MOVING_VERTICES`.
        unit: of the files; None finds it from the size.

    Returns:
        The head. Films over the eyes and eyelashes are left out; the eyeballs turn with the gaze.

    Raises:
        InputError: files missing or damaged, meshes of different sizes, no expression at all, or a size no head has.
    """
    person = Identity() if identity is None else identity
    arrays = read_ict(Path(path), modes=len(modes))
    scale = metres_per_unit(arrays.source, arrays.neutral, unit=unit)
    if len(modes) > len(arrays.identities):
        got = f"{len(modes)} coefficients"
        raise InputError("identity modes", expected=f"at most {len(arrays.identities)}", got=got, cure="Give fewer.")
    neutral = arrays.neutral + np.tensordot(np.asarray(modes, np.float64), arrays.identities[: len(modes)], axes=1)
    shapes = gather_shapes(arrays.shapes)
    if not shapes:
        raise InputError(
            arrays.source,
            expected="expressions with ARKit names",
            got="none",
            cure="Put browDown_L.obj and the others beside the neutral mesh.",
        )
    deltas = (scale * stack_shapes(shapes, len(neutral))).astype(np.float32)
    triangles = arrays.triangles[~_inside(arrays.ranges, _SHELLS, len(neutral))[arrays.triangles].any(axis=1)]
    eyes = _eyes(scale * neutral, arrays.ranges)
    centres = np.stack([eye.centre for eye in eyes]) if eyes else None
    joint = joint_from_eyes(scale * neutral, deltas, centres=centres, source=arrays.source)
    eyes = tuple(Eyeball(vertices=eye.vertices, centre=eye.centre - joint, radius=eye.radius) for eye in eyes)
    mesh = Mesh(name=arrays.source, vertices=scale * neutral - joint, triangles=triangles)
    if eyes:
        deltas[:, np.concatenate([eye.vertices for eye in eyes])] = 0.0
    marks = None if arrays.landmarks is None else mesh.vertices[arrays.landmarks]
    fitted = None if marks is None else fit_face(mesh, identity=person, landmarks=marks)
    brows = [] if fitted is None else [borrow_brows(mesh, deltas, fitted)]
    follow = neck_share(mesh.vertices)
    missing = missing_shapes(shapes)
    return cut_head(
        mesh, deltas, colours=_colours(mesh, arrays.ranges, person, eyes, fitted), source=arrays.source, identity=person, detail=detail,
        eyes=eyes, follow=follow, landmark_vertices=arrays.landmarks, notes=[f"without {', '.join(missing)}"] if missing else [],
        extra=brows,
    )  # fmt: skip


def _inside(ranges: Mapping[str, tuple[int, int]], parts: Sequence[str], vertices: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros(vertices, dtype=np.bool_)
    for part in parts:
        low, high = ranges.get(part, (0, 0))
        mask[low:high] = True
    return mask


def _eyes(vertices: Array, ranges: Mapping[str, tuple[int, int]]) -> tuple[Eyeball, ...]:
    eyes = []
    for part in ("eyeball_l", "eyeball_r"):
        low, high = ranges.get(part, (0, 0))
        if high - low < 4:
            return ()
        centre, radius, _ = fit_sphere(vertices[low:high])
        eyes.append(Eyeball(vertices=np.arange(low, high), centre=centre, radius=radius))
    return tuple(eyes)


def _colours(
    mesh: Mesh, ranges: Mapping[str, tuple[int, int]], person: Identity, eyes: tuple[Eyeball, ...], fitted: FittedFace | None
) -> npt.NDArray[np.uint8]:
    """(V, 3) sRGB: the face like the built-in one, the inner parts by their names."""
    if fitted is not None:
        colours = borrow_colours(mesh, fitted, eyes=(), identity=person)
    else:
        colours = np.repeat(np.array(person.skin_colour, np.uint8)[None], len(mesh.vertices), axis=0)
    for part, tint in _PART_COLOURS.items():
        low, high = ranges.get(part, (0, 0))
        colours[low:high] = tint
    for eye in eyes:
        colours[eye.vertices] = paint_eyeball(mesh.vertices[eye.vertices], eye, person.eye_colour)
    return colours
