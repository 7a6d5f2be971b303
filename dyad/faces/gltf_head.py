"""glTF files with ARKit-named morph targets as heads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.faces.arkit_names import gather_shapes, missing_shapes, stack_shapes
from dyad.faces.eyeballs import find_eyeballs, fit_sphere, paint_eyeball
from dyad.faces.gltf_files import GltfPart, read_gltf
from dyad.faces.head import Floats
from dyad.faces.identity import Identity
from dyad.faces.mesh import HEAD_EXTENT_M, Array, Mesh, metres_per_unit
from dyad.faces.own_head import Eyeball, OwnHead, cut_head, neck_share
from dyad.faces.placing import eyes_from_blinks, joint_from_eyes

Colours = npt.NDArray[np.uint8]


def load_gltf(path: str | Path, *, identity: Identity | None = None, detail: str = "full", unit: str | None = None) -> OwnHead:
    """Load a head from glTF.

    Args:
        path: .glb or .gltf with morph targets named after ARKit shapes; upper and lower case, separators and ``_L``/``_R`` do not matter.
        identity: colours where the file has none.
        detail: a key of `dyad.faces.own_head.MOVING_VERTICES`.
        unit: of the file; found from the size if None (the standard says metres, many files are in centimetres).

    Returns:
        The head; shapes that the file lacks stay still and are named in its notes. Meshes larger than a head (a body) are left out.

    Raises:
        InputError: an unreadable file, none of the 52 shapes (they are listed), a size no head has, or a head that does not face +z.
    """
    person = Identity() if identity is None else identity
    parts = read_gltf(path)
    shapes = [gather_shapes(part.targets) for part in parts]
    present = {name for found in shapes for name in found}
    missing = missing_shapes(present)
    if not present:
        targets = [name for part in parts for name in part.targets]
        raise InputError(
            str(path), expected="morph targets with ARKit names",
            got=f"{'other names, such as ' + ', '.join(targets[:3]) if targets else 'no morph targets'}; missing: {', '.join(missing)}",
            cure=f"Add the shapes, or write transfer:{path} to have dyad's own shapes put on it.",
        )  # fmt: skip
    face = np.concatenate([part.positions for part, found in zip(parts, shapes, strict=True) if found])
    scale = metres_per_unit(str(path), face, unit=unit)
    kept = [index for index, part in enumerate(parts) if shapes[index] or _is_near(scale * part.positions, scale * face)]
    starts = np.cumsum([0, *[len(parts[index].positions) for index in kept]])
    vertices = scale * np.concatenate([parts[index].positions for index in kept])
    triangles = np.concatenate([parts[index].triangles + start for index, start in zip(kept, starts[:-1], strict=True)])
    deltas = np.concatenate([scale * stack_shapes(shapes[index], len(parts[index].positions)) for index in kept], axis=1).astype(np.float32)
    if not np.isfinite(deltas).all():
        raise InputError(str(path), expected="finite morph targets", got="NaN or infinity", cure="Repair the file.")
    mesh = Mesh(name=str(path), vertices=vertices, triangles=triangles)
    return _assemble(mesh, deltas, [parts[index] for index in kept], person=person, detail=detail, missing=missing)


def _assemble(
    mesh: Mesh, deltas: Floats, parts: Sequence[GltfPart], *, person: Identity, detail: str, missing: tuple[str, ...]
) -> OwnHead:  # fmt: skip
    eyes = _named_eyes(mesh, parts)
    if not eyes:
        expected = eyes_from_blinks(mesh.vertices, deltas)
        eyes = () if expected is None else find_eyeballs(mesh, expected)
    joint = joint_from_eyes(mesh.vertices, deltas, centres=np.stack([eye.centre for eye in eyes]) if eyes else None, source=mesh.name)
    placed = Mesh(name=mesh.name, vertices=mesh.vertices - joint, triangles=mesh.triangles)
    eyes = tuple(Eyeball(vertices=eye.vertices, centre=eye.centre - joint, radius=eye.radius) for eye in eyes)
    if eyes:
        deltas[:, np.concatenate([eye.vertices for eye in eyes])] = 0.0
    colours, plain = _colours(parts, person)
    for eye in eyes:
        bare = eye.vertices[plain[eye.vertices]]
        colours[bare] = paint_eyeball(placed.vertices[bare], eye, person.eye_colour)
    notes = [f"without {', '.join(missing)}"] if missing else []
    notes += [] if eyes else ["no separate eyeballs found: the eyes do not turn"]
    return cut_head(
        placed, deltas, colours=colours, source=mesh.name, identity=person, detail=detail, eyes=eyes,
        follow=neck_share(placed.vertices), notes=notes,
    )  # fmt: skip


def _is_near(positions: Array, face: Array) -> bool:
    """Whether a part without shapes belongs to the head: not larger than one, and beside the face."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    return bool(
        (high - low).max() <= HEAD_EXTENT_M[1] / 2
        and (low <= face.max(axis=0) + 0.05).all()
        and (high >= face.min(axis=0) - 0.05).all()
    )  # fmt: skip


def _named_eyes(mesh: Mesh, parts: Sequence[GltfPart]) -> tuple[Eyeball, ...]:
    """Eyeballs whose nodes say so: left first, or nothing."""
    sides: dict[str, list[npt.NDArray[np.int64]]] = {"left": [], "right": []}
    start = 0
    for part in parts:
        own = np.arange(start, start + len(part.positions))
        start += len(own)
        name = part.node.lower()
        side = re.search(r"left|right|(?<![a-z])[lr](?![a-z])", name)
        if "eye" in name and side and not re.search(r"lash|brow|lid|blend|occlusion|tear", name):
            sides["left" if side[0].startswith("l") else "right"].append(own)
    if not all(sides.values()):
        return ()
    eyes = []
    for own in (np.concatenate(found) for found in sides.values()):
        centre, radius, _ = fit_sphere(mesh.vertices[own])
        eyes.append(Eyeball(vertices=own, centre=centre, radius=radius))
    return tuple(eyes)


def _colours(parts: Sequence[GltfPart], person: Identity) -> tuple[Colours, npt.NDArray[np.bool_]]:
    """(V, 3) colours, the person's skin where the file has none, and (V,) where that is so."""
    skin = np.array(person.skin_colour, np.uint8)
    colours = [np.repeat(skin[None], len(part.positions), axis=0) if part.colours is None else part.colours for part in parts]
    plain = [np.full(len(part.positions), part.colours is None) for part in parts]
    return np.concatenate(colours), np.concatenate(plain)
