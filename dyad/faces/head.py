"""A procedural human head in named patches, with the 52 ARKit shapes.

Motion is streamed to viewers as raw positions, so what moves is kept small and apart from what does not: `mouth`, `eyes`, `brows`
and `nose` move; `skull`, `ears`, `upper_teeth` and `hair` follow the head rigidly; `left_eye` and `right_eye` turn about their centres
with the gaze; `neck` (with shoulders) stays with the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.assembly import Face, assemble_face
from dyad.faces.body import build_body
from dyad.faces.eyelids import build_eyeball
from dyad.faces.hair import build_hair
from dyad.faces.identity import Identity
from dyad.faces.parts import vertex_normals
from dyad.faces.shapes import sculpt_shapes
from dyad.faces.skin import DETAILS

Floats = npt.NDArray[np.float32]
Kind = Literal["moving", "static", "eye", "body"]

MOVING: Final = ("mouth", "eyes", "brows", "nose")
STATIC: Final = ("skull", "ears", "upper_teeth")


@dataclass(frozen=True, kw_only=True)
class Patch:
    """One piece of a head.

    Attributes:
        name: unique in its head.
        kind: `moving` (has `deltas`), `static` (rigid with the head), `eye` (rigid, turns about `centre`), `body` (does not turn
            with the head).
        vertices: (V, 3) float32 neutral positions, metres, head axes; of an eye relative to `centre`, looking along +z.
        triangles: (F, 3) uint32, counter-clockwise from outside.
        normals: (V, 3) float32 unit, of the neutral face.
        colours: (V, 3) uint8 sRGB.
        deltas: (52, V, 3) float32 motion at full weight in the order of `ARKIT52`; None unless `moving`.
        centre: (3,) float32 the eyeball's centre in head axes; None unless `eye`.
    """

    name: str
    kind: Kind
    vertices: Floats
    triangles: npt.NDArray[np.uint32]
    normals: Floats
    colours: npt.NDArray[np.uint8]
    deltas: Floats | None = None
    centre: Floats | None = None

    def __post_init__(self) -> None:
        """Make the arrays read-only: heads are shared."""
        for value in (self.vertices, self.triangles, self.normals, self.colours, self.deltas, self.centre):
            if value is not None:
                value.flags.writeable = False


@dataclass(frozen=True, kw_only=True)
class Head:
    """A person's head.

    Attributes:
        identity: who it is.
        detail: `full` or `light`.
        patches: the pieces.
    """

    identity: Identity
    detail: str
    patches: tuple[Patch, ...]

    @classmethod
    def build(cls, identity: Identity | None = None, *, detail: str = "full") -> Head:
        """Build a head.

        Args:
            identity: the person; the average adult if None.
            detail: `full`, or `light` with about half the vertices.

        Returns:
            The head. The same arguments give the same head, bit for bit; triangles of the moving patches are the same for everyone.

        Raises:
            InputError: an unknown level of detail.
        """
        if detail not in DETAILS:
            raise InputError("detail of a head", expected=f"one of {', '.join(DETAILS)}", got=repr(detail), cure="Name one of these.")
        person = Identity() if identity is None else identity
        face = assemble_face(person, detail)
        deltas = sculpt_shapes(face)
        patches = [_cut(face, name, deltas if name in MOVING else None) for name in (*MOVING, *STATIC)]
        return cls(identity=person, detail=detail, patches=(*patches, *_rigid_patches(person, face, detail)))

    def patch(self, name: str) -> Patch:
        """Find a patch.

        Args:
            name: its name.

        Returns:
            The patch.

        Raises:
            InputError: no patch of that name.
        """
        for patch in self.patches:
            if patch.name == name:
                return patch
        known = ", ".join(patch.name for patch in self.patches)
        raise InputError("patch of a head", expected=f"one of {known}", got=repr(name), cure="Name one of these.")

    def displace(self, patch_name: str, expression: npt.NDArray[np.floating]) -> Floats:
        """Move a patch.

        Args:
            patch_name: a patch of kind `moving`.
            expression: (T, 52) weights in the order of `ARKIT52`. They are used as they are, not clipped: 0 to 1 is what the shapes
                were sculpted for, and values a little outside (as models give) extrapolate.

        Returns:
            (T, V, 3) float32 positions in metres.

        Raises:
            InputError: a patch that does not move, or an expression of another shape or with values that are not finite.
        """
        patch = self.patch(patch_name)
        if patch.deltas is None:
            raise InputError(
                f"patch {patch_name!r}", expected="a patch of kind 'moving'", got=f"kind {patch.kind!r}", cure="Place it rigidly instead."
            )
        weights = np.asarray(expression, dtype=np.float32)
        if weights.ndim != 2 or weights.shape[1] != len(ARKIT52):
            raise InputError(
                "expression", expected="shape (T, 52), ARKit order", got=f"shape {weights.shape}", cure="Pass one row per frame."
            )
        if not np.isfinite(weights).all():
            raise InputError(
                "expression", expected="finite weights", got="NaN or infinity", cure="Leave out the frames that are not valid."
            )
        # Most shapes do not touch most patches: leave their rows out of the product.
        acting = np.flatnonzero(patch.deltas.any(axis=(1, 2)))
        flat = patch.deltas[acting].reshape(len(acting), patch.vertices.size)
        moved = weights[:, acting] @ flat
        moved += patch.vertices.reshape(-1)
        return moved.reshape(len(weights), *patch.vertices.shape)

    def normals(self, patch_name: str, positions: Floats) -> Floats:
        """Compute smooth normals of a moved patch.

        At a patch's border they lean on its own triangles only, as a viewer's would.

        Args:
            patch_name: any patch.
            positions: (V, 3) its positions.

        Returns:
            (V, 3) float32 unit vectors.
        """
        triangles = self.patch(patch_name).triangles.astype(np.int64)
        return vertex_normals(positions.astype(np.float64), triangles).astype(np.float32)


def _cut(face: Face, name: str, deltas: Floats | None) -> Patch:
    """Cut one patch out of the face."""
    faces = face.triangles[np.array(face.patches) == name]
    used = np.unique(faces)
    new = np.zeros(len(face.normals), dtype=np.uint32)
    new[used] = np.arange(len(used))
    return Patch(
        name=name,
        kind="static" if deltas is None else "moving",
        vertices=face.vertices.position[used].astype(np.float32),
        triangles=new[faces],
        normals=face.normals[used].astype(np.float32),
        colours=np.rint(np.clip(face.vertices.colour[used], 0, 255)).astype(np.uint8),
        deltas=None if deltas is None else np.ascontiguousarray(deltas[:, used]),
    )


def _rigid_patches(person: Identity, face: Face, detail_name: str) -> list[Patch]:
    """Hair, eyeballs, neck and shoulders."""
    detail, marks = DETAILS[detail_name], face.marks
    ball, ball_faces, ball_colours = build_eyeball(marks, person.eye_colour, rings=13, columns=detail.eye_columns)
    patches = []
    for name, sign in (("left_eye", 1.0), ("right_eye", -1.0)):
        centre = (marks.eye * np.array([sign, 1.0, 1.0])).astype(np.float32)
        patches.append(_rigid(name, "eye", ball, ball_faces, ball_colours, centre=centre))
    columns, rows = detail.hair
    patches.append(_rigid("neck", "body", *build_body(person, marks, rows=rows, columns=columns // 2)))
    hair = build_hair(person, marks, face.sculpture, size=detail.hair)
    if hair is not None:
        patches.append(_rigid("hair", "static", *hair))
    return patches


def _rigid(
    name: str, kind: Kind, position: npt.NDArray[np.float64], faces: npt.NDArray[np.int64], colours: npt.NDArray[np.float64],
    *, centre: Floats | None = None,
) -> Patch:  # fmt: skip
    return Patch(
        name=name, kind=kind, vertices=position.astype(np.float32), triangles=faces.astype(np.uint32),
        normals=vertex_normals(position, faces).astype(np.float32),
        colours=np.rint(np.clip(colours, 0, 255)).astype(np.uint8), centre=centre,
    )  # fmt: skip
