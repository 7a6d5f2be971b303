"""The skin's mesh: a flat map of the head, filled with triangles once, then bent to each person.

The map is azimuthal: a point's distance from the middle is its angle from straight ahead (seen from `CENTRE`), so the face is
nearly undistorted and the map's outer edge is the back of the head. The triangles are chosen on the average person and are the
same for every identity, which keeps the sizes streamed to a viewer constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.interpolate import RBFInterpolator
from scipy.spatial import Delaunay

from dyad.faces.eyelids import LidLoops, build_lids
from dyad.faces.identity import Identity
from dyad.faces.landmarks import CENTRE, MM, Landmarks, place_landmarks
from dyad.faces.lips import LipRings, build_lips
from dyad.faces.sculpture import Sculpture

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_EDGE: Final = np.radians(166.0)


@dataclass(frozen=True, kw_only=True)
class Detail:
    """How finely a head is meshed.

    Attributes:
        lid_columns: steps along one lid.
        lid_rings: shares from lash line to socket rim.
        lid_crease: which of them is the fold.
        lip_columns: steps from the lips' middle to the corner.
        lip_rings: distances of skin rings from the red, metres.
        tooth_columns: columns of half a row of teeth.
        tongue_sections: cross-sections of the tongue.
        brow_columns: columns of a brow.
        spacing: factor on the distance between skin points.
        eye_columns: points per circle of an eyeball.
        hair: (columns, rows) of the hair.
        ear: (columns, rows) of an ear.
        nostril_columns: points round a nostril.
    """

    lid_columns: int
    lid_rings: tuple[float, ...]
    lid_crease: int
    lip_columns: int
    lip_rings: tuple[float, ...]
    tooth_columns: int
    tongue_sections: int
    brow_columns: int
    spacing: float
    eye_columns: int
    hair: tuple[int, int]
    ear: tuple[int, int]
    nostril_columns: int


DETAILS: Final[dict[str, Detail]] = {
    "full": Detail(
        lid_columns=12, lid_rings=(0.10, 0.26, 0.42, 0.60, 1.0), lid_crease=2, lip_columns=8,
        lip_rings=(1.0 * MM, 4.0 * MM, 9.0 * MM), tooth_columns=10, tongue_sections=5, brow_columns=9, spacing=1.0,
        eye_columns=28, hair=(112, 34), ear=(36, 13), nostril_columns=10,
    ),
    "light": Detail(
        lid_columns=8, lid_rings=(0.14, 0.42, 1.0), lid_crease=1, lip_columns=6,
        lip_rings=(1.2 * MM, 8.0 * MM), tooth_columns=7, tongue_sections=4, brow_columns=6, spacing=1.55,
        eye_columns=18, hair=(56, 20), ear=(20, 9), nostril_columns=7,
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Template:
    """The map of the average person: points and triangles shared by all.

    Attributes:
        fixed: (G, 2) map positions of the rims of eye, mouth and nostril, in that order.
        free: (P, 2) map positions of the other points; those on the midline come with map x exactly 0.
        triangles: (F, 3) indices: first the fixed points, then the free ones, then one for the back of the head.
        patches: F patch names.
    """

    fixed: Array
    free: Array
    triangles: Indices
    patches: tuple[str, ...]


def to_map(points: Array) -> Array:
    """Map (N, 3) points to (N, 2) map positions (radians from straight ahead)."""
    offset = points - CENTRE
    ring = np.hypot(offset[:, 0], offset[:, 1])
    angle = np.arctan2(ring, offset[:, 2])
    return np.asarray(offset[:, :2] * (angle / np.maximum(ring, 1e-12))[:, None])


def from_map(flat: Array) -> Array:
    """Turn (N, 2) map positions into (N, 3) unit directions from `CENTRE`."""
    angle = np.hypot(flat[:, 0], flat[:, 1])
    scale = np.sinc(angle / np.pi)
    return np.column_stack([flat * scale[:, None], np.cos(angle)])


def build_rims(sculpture: Sculpture, marks: Landmarks, detail: Detail) -> tuple[LidLoops, LipRings, Array]:
    """Build lids and lips and return them with the map positions of their outermost rings and of the nostril's edge, (G, 2)."""
    lids = build_lids(sculpture, marks, columns=detail.lid_columns, rings=detail.lid_rings, crease=detail.lid_crease)
    lips = build_lips(sculpture, marks, upper=detail.lip_columns, outer=detail.lip_rings)
    return lids, lips, np.concatenate([to_map(np.concatenate([lids.position[-1], lips.position[-1]])), nostril_edge(marks, detail)])


def nostril_edge(marks: Landmarks, detail: Detail) -> Array:
    """Map positions (C, 2) of the left nostril's edge, on the underside of the nose, counter-clockwise."""
    wing, base = marks.nose_wing, marks.nose_base
    middle = to_map(np.array([[0.50 * wing[0] + 0.4 * MM, base[1] + 2.4 * MM, 0.5 * (marks.nose_tip[2] + base[2]) - 1.5 * MM]]))[0]
    turn = 2.0 * np.pi * np.arange(detail.nostril_columns) / detail.nostril_columns
    wide, high, lean = 0.030 * wing[0] / (10.9 * MM), 0.021, 0.55
    return np.asarray(middle + np.column_stack([wide * np.cos(turn), high * np.sin(turn) + lean * high * np.cos(turn)]))


@cache
def make_template(detail_name: str) -> Template:
    """Fill the average person's map with well-shaped triangles.

    Args:
        detail_name: a key of `DETAILS`.

    Returns:
        The template; computed once per process.
    """
    detail = DETAILS[detail_name]
    person = Identity()
    marks = place_landmarks(person)
    _, lips, fixed = build_rims(Sculpture(person, marks), marks, detail)
    nostril = fixed[-detail.nostril_columns :]
    eye = fixed[: len(fixed) - len(lips.side) - len(nostril)]
    mouth = fixed[len(eye) : -len(nostril)]
    holes = (eye, mouth, nostril)
    free = _scatter(holes, detail.spacing)
    points = np.concatenate([fixed, free])
    faces = Delaunay(points).simplices.astype(np.int64)
    middle = points[faces].mean(axis=1)
    corners = points[faces]
    (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    area = ax * by - ay * bx
    faces = np.where((area < 0)[:, None], faces[:, ::-1], faces)
    keep = np.abs(area) > 1e-9
    for hole in holes:
        keep &= ~_inside(middle, hole)
    faces, middle = faces[keep], middle[keep]
    patches = [_patch_at(point) for point in middle]
    # Close the back of the head with a fan.
    edge = len(fixed) + np.flatnonzero(np.hypot(free[:, 0], free[:, 1]) > _EDGE - 1e-6)
    edge = edge[np.argsort(np.arctan2(points[edge, 1], points[edge, 0]))]
    fan = np.column_stack([edge[:-1], edge[1:], np.full(len(edge) - 1, len(points))])
    return Template(
        fixed=fixed, free=free, triangles=np.concatenate([faces, fan[:, [1, 2, 0]][:, ::-1]]), patches=(*patches, *["skull"] * len(fan))
    )


def bend_template(template: Template, fixed: Array) -> Array:
    """Move the free points so that they fit another person's rims.

    Args:
        template: the average map.
        fixed: (G, 2) this person's rims.

    Returns:
        (P, 2) free map positions; midline points stay on the midline.
    """
    border = np.linspace(-np.pi / 2, np.pi / 2, 15)
    anchors = 1.5 * np.column_stack([np.cos(border), np.sin(border)])
    known = np.concatenate([template.fixed, anchors])
    # Shifts are mirrored, so that the midline has no reason to leave its place.
    mirrored = known * np.array([-1.0, 1.0])
    shift = np.concatenate([fixed - template.fixed, np.zeros_like(anchors)])
    keep = known[:, 0] > 1e-6
    sites = np.concatenate([known, mirrored[keep]])
    shifts = np.concatenate([shift, (shift * np.array([-1.0, 1.0]))[keep]])
    moved = template.free + RBFInterpolator(sites, shifts, kernel="thin_plate_spline", smoothing=1e-6)(template.free)
    far = np.hypot(template.free[:, 0], template.free[:, 1]) > 1.45
    moved[far] = template.free[far]
    moved[template.free[:, 0] == 0.0, 0] = 0.0
    return np.asarray(moved)


def _spacing(flat: Array) -> Array:
    """Wanted distance between points of the map (radians; 0.01 is about a millimetre on the face)."""
    angle = np.hypot(flat[:, 0], flat[:, 1])
    base = 0.090 + 0.03 * np.clip(angle - 0.70, 0.0, 1.0)
    nose = np.hypot(np.maximum(flat[:, 0] - 0.02, 0.0) / 0.25, (flat[:, 1] + 0.20) / 0.22)
    nose = 0.036 + 0.05 * np.clip(nose - 0.8, 0.0, 2.0)
    return np.asarray(np.minimum(base, nose))


def _scatter(holes: tuple[Array, ...], factor: float) -> Array:
    """Spread points over the half map, at `_spacing`, clear of the rims."""
    rng = np.random.default_rng(5)
    midline, mouth = _march(factor), holes[1]
    top, low = mouth[0, 1], mouth[-1, 1]
    midline = midline[(midline > top + 0.02 * factor) | (midline < low - 0.02 * factor)]
    edge_turn = np.linspace(-np.pi / 2, np.pi / 2, round(18 / factor) + 2)
    edge = _EDGE * np.column_stack([np.cos(edge_turn), np.sin(edge_turn)])
    edge[[0, -1], 0] = 0.0
    border = np.concatenate([np.column_stack([np.zeros_like(midline), midline]), edge])
    obstacles = np.concatenate([*holes, border])
    count = int(26000 / factor**2)
    turn, radius = rng.uniform(-np.pi / 2, np.pi / 2, count), _EDGE * rng.uniform(0.0, 1.0, count) ** 0.75
    trial = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])
    wanted = _spacing(trial) * factor
    trial_ok = (trial[:, 0] > 0.45 * wanted) & (radius < _EDGE - 0.5 * wanted)
    for hole in holes:
        trial_ok &= ~_inside(trial, hole)
    trial, wanted = trial[trial_ok], wanted[trial_ok]
    kept = np.empty((len(obstacles) + len(trial), 2))
    kept[: len(obstacles)] = obstacles
    filled = len(obstacles)
    for point, gap in zip(trial, wanted, strict=True):
        if ((kept[:filled] - point) ** 2).sum(axis=1).min() > (0.80 * gap) ** 2:
            kept[filled] = point
            filled += 1
    points = kept[:filled]
    clear = ~_crowds(points, holes)
    clear[: len(obstacles)] = True
    points, filled = points[clear], int(clear.sum())
    return _relax(points, movable=np.arange(filled) >= len(obstacles), holes=holes)[sum(map(len, holes)) :]


def _march(factor: float) -> Array:
    """Midline positions from below to above, at the wanted spacing."""
    values = [-_EDGE]
    while values[-1] < _EDGE:
        step = 0.9 * factor * float(_spacing(np.array([[0.0, values[-1]]]))[0])
        values.append(values[-1] + step)
    return np.array(values[1:-1])[:-1]


def _relax(points: Array, *, movable: npt.NDArray[np.bool_], holes: tuple[Array, ...]) -> Array:
    """Even out the triangles: move free points to the mean of their neighbours, a few times."""
    for _ in range(6):
        indptr, neighbours = Delaunay(points).vertex_neighbor_vertices
        degree = np.diff(indptr)
        mean = np.add.reduceat(points[neighbours], indptr[:-1], axis=0) / degree[:, None]
        moved = points + 0.6 * (mean - points)
        allowed = movable & (moved[:, 0] > 0.004) & ~_crowds(moved, holes)
        for hole in holes:
            allowed &= ~_inside(moved, hole)
        points = np.where(allowed[:, None], moved, points)
    return points


def _crowds(points: Array, holes: tuple[Array, ...]) -> npt.NDArray[np.bool_]:
    """Tell which (N, 2) points lie in the circle over some edge of a rim: there they would push that edge out of the triangulation."""
    crowded = np.zeros(len(points), dtype=np.bool_)
    for hole in holes:
        following = np.roll(hole, -1, axis=0)
        # The mouth's rim is half a ring: its last edge would run along the midline.
        open_ended = (hole[[0, -1], 0] == 0.0).all()
        start, end = (hole[:-1], following[:-1]) if open_ended else (hole, following)
        reach = 0.52 * np.linalg.norm(end - start, axis=1)
        distance = np.linalg.norm(points[:, None] - 0.5 * (start + end)[None], axis=2)
        crowded |= (distance < reach).any(axis=1)
    return crowded


def _inside(points: Array, polygon: Array) -> npt.NDArray[np.bool_]:
    """Tell which (N, 2) points lie inside a (C, 2) polygon (even-odd rule)."""
    x, y = points[:, 0][:, None], points[:, 1][:, None]
    x0, y0 = polygon.T
    x1, y1 = np.roll(polygon, -1, axis=0).T
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return np.asarray(crossing.sum(axis=1) % 2 == 1)


def _patch_at(flat: Array) -> str:
    """Name the patch of a triangle by the map position of its middle."""
    x, y = float(flat[0]), float(flat[1])
    wide, tall = (1.10, 1.10) if y < -0.18 else (0.88, 0.86)
    if (x / wide) ** 2.4 + (abs(y + 0.18) / tall) ** 2.4 > 1.0:
        return "skull"
    if (x / 0.235) ** 2 + ((y + 0.21) / 0.205) ** 2 < 1.0:
        return "nose"
    if y > 0.34 - 0.25 * max(x - 0.45, 0.0) or (x < 0.11 and y > 0.0):
        return "brows"
    if y > -0.02 - 0.10 * x:
        return "eyes"
    return "mouth"
