"""Putting the parts together: one person's whole head, skin welded to lids and lips, before it is cut into patches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyad.faces.complexion import paint_skin
from dyad.faces.ears import add_ear
from dyad.faces.eyelids import LidLoops
from dyad.faces.identity import Identity
from dyad.faces.landmarks import MM, Landmarks, place_landmarks
from dyad.faces.lips import LipRings, add_cavity, add_teeth, add_tongue, lip_colour
from dyad.faces.parts import HalfHead, Indices, Part, Vertices, grid_triangles, make_vertices, vertex_normals
from dyad.faces.sculpture import Sculpture
from dyad.faces.skin import DETAILS, bend_template, build_rims, from_map, make_template

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Face:
    """One person's head in one piece (without hair, eyeballs and body).

    Attributes:
        marks: landmarks.
        sculpture: the surface.
        vertices: labelled vertices, left half first.
        normals: (V, 3) unit.
        triangles: (F, 3).
        patches: F patch names.
        mirror_of: (V,) index of each vertex's mirror image.
    """

    marks: Landmarks
    sculpture: Sculpture
    vertices: Vertices
    normals: Array
    triangles: Indices
    patches: tuple[str, ...]
    mirror_of: Indices


def assemble_face(person: Identity, detail_name: str) -> Face:
    """Build one person's head.

    Args:
        person: the identity.
        detail_name: a key of `DETAILS`.

    Returns:
        The face.
    """
    detail, template = DETAILS[detail_name], make_template(detail_name)
    marks = place_landmarks(person)
    sculpture = Sculpture(person, marks)
    lids, lips, fixed = build_rims(sculpture, marks, detail)
    half = HalfHead()
    skin = sculpture.cast_outwards(from_map(bend_template(template, fixed)))
    skin[template.free[:, 0] == 0.0, 0] = 0.0
    back = sculpture.cast_outwards(np.array([[0.0, 0.0, -1.0]]))
    lid_loops = _add_lids(half, lids, person)
    lip_rings = _add_lips(half, lips, person)
    free = half.add(make_vertices(np.concatenate([skin, back]), Part.SKIN, colour=(0.0, 0.0, 0.0)))
    nostril = _add_nostril(half, fixed[-detail.nostril_columns :], person, sculpture)
    index = np.concatenate([lid_loops[-1], lip_rings[-1], nostril, free])
    names = np.array(template.patches)
    for name in dict.fromkeys(template.patches):
        half.join(index[template.triangles[names == name]], name)
    add_cavity(half, lips, lip_rings[0], marks)
    add_teeth(half, lips, marks, columns=detail.tooth_columns)
    add_tongue(half, lips, marks, sections=detail.tongue_sections)
    _add_brow(half, person, marks, sculpture, columns=detail.brow_columns)
    add_ear(half, person, marks, size=detail.ear)
    vertices, triangles, patches, mirror_of = half.mirror()
    solid = np.flatnonzero(vertices.part[triangles].max(axis=1) != Part.LASH)
    normals = vertex_normals(vertices.position, triangles[solid])
    # Mirror images must agree to the last bit, whatever order the triangles were summed in.
    normals = normals + normals[mirror_of] * np.array([-1.0, 1.0, 1.0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    _paint(vertices, normals, person=person, marks=marks, sculpture=sculpture)
    return Face(
        marks=marks, sculpture=sculpture, vertices=vertices, normals=normals, triangles=triangles, patches=patches, mirror_of=mirror_of
    )


def _add_lids(half: HalfHead, lids: LidLoops, person: Identity) -> list[Indices]:
    skin = np.array(person.skin_colour, dtype=np.float64)
    lash = 0.45 * np.array(person.hair_colour, dtype=np.float64)
    wet = np.array([214.0, 150.0, 138.0]) * (0.45 + 0.55 * skin[0] / 240.0)
    loops = []
    for loop, position in enumerate(lids.position):
        if loop < 2:
            colour = np.repeat(wet[None] * (0.8 if loop == 0 else 1.0), len(position), axis=0)
        elif loop == 2:
            dark = np.where(lids.side > 0, 0.92, 0.42)[:, None] * np.clip(3.0 * np.sin(np.pi * lids.along), 0.0, 1.0)[:, None]
            colour = (1.0 - dark) * skin * np.array([0.92, 0.78, 0.75]) + dark * lash
        else:
            colour = np.zeros((len(position), 3))
        part = Part.LID
        vertices = make_vertices(position, part, colour=colour, side=lids.side, along=lids.along, row=lids.row[loop])
        vertices.shut = lids.closed[loop] - position
        loops.append(half.add(vertices))
    half.join(grid_triangles(np.stack(loops), closed=True)[:, ::-1], "eyes")
    _add_lashes(half, lids, lash)
    return loops


def _add_lashes(half: HalfHead, lids: LidLoops, colour: Array) -> None:
    """A thin dark strip that stands off the upper lid's edge."""
    upper = np.flatnonzero((lids.side > 0) | (lids.along == 1.0))
    along = lids.along[upper]
    length = MM * 2.6 * np.sin(np.pi * np.clip(0.15 + 0.80 * along, 0.0, 1.0)) ** 0.7
    away = np.column_stack([0.9 * (along - 0.42), 0.30 + 0.0 * along, np.ones(len(along))])
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    root = lids.position[2, upper] + np.array([0.0, 0.15 * MM, 0.0])
    # Shut, the lashes point forwards and down.
    shut = lids.closed[2, upper] - lids.position[2, upper]
    droop = np.column_stack([0.0 * along, -0.75 * length, -0.1 * length]) * np.clip(3.0 * np.sin(np.pi * along), 0.0, 1.0)[:, None]
    rows = []
    for tip in (0.0, 1.0):
        vertices = make_vertices(root + tip * length[:, None] * away, Part.LASH, colour=colour, side=1.0, along=along, row=1.0)
        vertices.shut = shut + tip * droop
        rows.append(half.add(vertices))
    half.join(grid_triangles(np.stack(rows))[:, ::-1], "eyes")


def _add_lips(half: HalfHead, lips: LipRings, person: Identity) -> list[Indices]:
    red = lip_colour(person)
    tints = {0: 0.38, 1: 0.55, 2: 0.66, 3: 1.0, 4: 1.02, 5: 0.96}
    rings = []
    for ring, position in enumerate(lips.position):
        colour = np.repeat(red[None] * tints.get(ring, 0.0), len(position), axis=0)
        # The upper lip faces down and looks darker.
        colour = colour * np.where(lips.side > 0, 0.90, 1.0)[:, None]
        rings.append(half.add(make_vertices(position, Part.LIP, colour=colour, side=lips.side, along=lips.along, row=lips.row[ring])))
    half.join(grid_triangles(np.stack(rings))[:, ::-1], "mouth")
    return rings


def _add_brow(half: HalfHead, person: Identity, marks: Landmarks, sculpture: Sculpture, *, columns: int) -> None:
    """The left brow: a low ridge of hair over the skin."""
    along = np.linspace(0.0, 1.0, columns)
    ex, ey, _ = marks.eye
    x = 0.34 * ex + along * (0.66 * ex + 21.0 * MM)
    arch = marks.brow + MM * (-2.0 + 5.4 * np.sin(np.pi * np.clip(along * 0.80, 0.0, 1.0)) ** 1.4 - 3.2 * along**3)
    thick = (
        MM * (7.2 + 2.0 * person.brow_thickness) * np.clip(1.05 - 0.75 * along**1.5, 0.12, 1.0) * (0.70 + 0.30 * np.clip(6.0 * along, 0, 1))
    )
    hair = np.array(person.hair_colour, dtype=np.float64) * 0.80
    skin = np.array(person.skin_colour, dtype=np.float64)
    rows = []
    for height, lift, share in ((0.0, 0.15, 0.45), (0.35, 1.5, 0.95), (0.75, 1.2, 0.80), (1.05, 0.10, 0.35)):
        flat = np.column_stack([x + height * 1.5 * MM * (1 - along), ey + arch + height * thick])
        points = sculpture.cast_frontal(flat)
        outward = points - np.array([0.0, 0.03, 0.0])
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        ends = np.clip(np.minimum(along, 1.0 - along) * 7.0, 0.0, 1.0)
        share_here = share * (0.55 + 0.45 * ends)
        colour = hair * share_here[:, None] + skin * (1.0 - share_here)[:, None]
        rows.append(
            half.add(make_vertices(points + MM * (0.25 + (lift - 0.25) * ends)[:, None] * outward, Part.BROW, colour=colour, along=along))
        )
    half.join(grid_triangles(np.stack(rows))[:, ::-1], "brows")


def _add_nostril(half: HalfHead, edge: Array, person: Identity, sculpture: Sculpture) -> Indices:
    """The left nostril: from its edge, which belongs to the skin, a dark funnel goes up into the nose."""
    rim = sculpture.cast_outwards(from_map(edge))
    middle = rim.mean(axis=0)
    inner = middle + 0.74 * (rim - middle) + MM * np.array([0.0, 0.7, -0.3])
    deep = (middle + MM * np.array([-0.5, 6.0, -2.0]))[None]
    skin = np.array(person.skin_colour, dtype=np.float64) * np.array([1.0, 0.76, 0.74])
    index = half.add(make_vertices(rim, Part.SKIN, colour=0.70 * skin))
    ring = half.add(make_vertices(inner, Part.NOSTRIL, colour=0.20 * skin))
    end = half.add(make_vertices(deep, Part.NOSTRIL, colour=0.08 * skin))
    half.join(grid_triangles(np.stack([np.repeat(end, len(edge)), ring, index]), closed=True), "nose")
    return index


def _paint(vertices: Vertices, normals: Array, *, person: Identity, marks: Landmarks, sculpture: Sculpture) -> None:
    """Colour the vertices that were left black: skin, outer rings of lids and lips."""
    blank = (vertices.colour == 0.0).all(axis=1)
    vertices.colour[blank] = paint_skin(vertices.position[blank], normals[blank], person=person, marks=marks, sculpture=sculpture)
    # The fold of the upper lid holds a shadow.
    fold = blank & (vertices.part == Part.LID) & (vertices.side > 0) & (vertices.row > 0.45) & (vertices.row < 0.8)
    vertices.colour[fold] *= 0.88
