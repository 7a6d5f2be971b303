"""Heads that users own: any mesh with the 52 ARKit shapes, cut into the patches a viewer draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from dyad.errors import InputError
from dyad.faces.decimate import decimate
from dyad.faces.head import Floats, Head, Kind, Patch
from dyad.faces.identity import Identity
from dyad.faces.mesh import Array, Indices, Mesh
from dyad.motion import Motion

STILL_M: Final = 1e-4
"""A vertex that no shape moves further than this (0.1 mm) belongs to a static patch."""
PATCH_VERTICES: Final = 2400
"""Largest moving patch: two frames of it fit in the 64 KB window in which the recording's compression finds repetitions."""
_NECK_M: Final = (-0.115, -0.035)
_JAW_SLOPE: Final = 0.9
MOVING_VERTICES: Final[dict[str, int | None]] = {"exact": None, "full": 3200, "light": 1800}
"""Vertices of the moving face that each level of detail leaves for streaming; None for all."""


@dataclass(frozen=True, kw_only=True)
class OwnHead(Head):
    """A user's head.

    Attributes:
        source: the file it came from.
        notes: what was missing or decided while reading, for people.
        bases: bases of motion it can show.
        follow: for patches that bend with the neck, (V,) share by which each vertex follows the head: 1 all, 0 stays with the body.
        landmarks: iBUG 68 points as (patch, vertex) pairs, where known.
        sources: for each patch cut from the user's mesh, (V,) which vertices of the file it holds.
    """

    source: str
    identity: Identity = field(default_factory=Identity)
    detail: str = "full"
    notes: tuple[str, ...] = ()
    bases: tuple[str, ...] = ("arkit52",)
    follow: Mapping[str, Floats] = field(default_factory=dict)
    landmarks: tuple[tuple[str, int], ...] | None = None
    sources: Mapping[str, Indices] = field(default_factory=dict)

    def vertices_of(self, patch_name: str, motion: Motion) -> Floats:
        """Move a patch as a motion says.

        Args:
            patch_name: a patch of kind `moving`.
            motion: T frames in one of `bases`.

        Returns:
            (T, V, 3) float32 positions in metres, in the axes of the turned head: placing them with the motion's head rotation and
            translation puts them where they belong, neck included.

        Raises:
            InputError: a basis it cannot show, or a patch that does not move.
        """
        if motion.basis not in self.bases:
            raise InputError(
                f"head {self.source}", expected=f"motion in {' or '.join(self.bases)}", got=motion.basis,
                cure="Convert the motion with dyad.faces.basis_fit.",
            )  # fmt: skip
        return bend_neck(self.displace(patch_name, motion.expression), motion, follow=self.follow.get(patch_name))


def bend_neck(positions: Floats, motion: Motion, *, follow: Floats | None) -> Floats:
    """Hold the lower neck with the body while the head turns.

    Args:
        positions: (T, V, 3) metres, head axes.
        motion: its T frames.
        follow: (V,) share by which each vertex follows the head; None for all of it.

    Returns:
        (T, V, 3) positions in the axes of the turned head.
    """
    if follow is None:
        return positions
    held = in_head_axes(positions, motion)
    share = follow[None, :, None]
    return np.asarray(share * positions + (1.0 - share) * held, np.float32)


def in_head_axes(positions: npt.NDArray[np.floating], motion: Motion) -> Floats:
    """Express positions (T, V, 3) given in body axes in the axes of the turned head: Rᵀ(x - t)."""
    turn = Rotation.from_rotvec(motion.head_rotation).as_matrix()
    return np.asarray((positions - motion.head_translation[:, None]) @ turn, np.float32)


@dataclass(frozen=True, kw_only=True)
class Eyeball:
    """An eye among the vertices of a mesh.

    Attributes:
        vertices: (N,) its vertex indices.
        centre: (3,) metres.
        radius: metres.
    """

    vertices: Indices
    centre: Array
    radius: float


def cut_head(
    mesh: Mesh,
    deltas: Floats,
    *,
    colours: npt.NDArray[np.uint8],
    source: str,
    identity: Identity,
    detail: str,
    eyes: Sequence[Eyeball] = (),
    follow: Array | None = None,
    moves: npt.NDArray[np.bool_] | None = None,
    landmark_vertices: Indices | None = None,
    extra: Sequence[Patch] = (),
    notes: Sequence[str] = (),
) -> OwnHead:
    """Cut a mesh into static, moving, bending and eye patches.

    Args:
        mesh: metres, dyad's axes, origin at the joint between skull and neck.
        deltas: (52, V, 3) float32 shapes, metres.
        colours: (V, 3) sRGB.
        source: where it came from.
        identity: whose colours it wears.
        detail: a key of `MOVING_VERTICES`.
        eyes: left then right eyeball, or none.
        follow: (V,) share by which each vertex follows the head; 1 everywhere if None.
        moves: (V,) vertices that move although no shape moves them.
        landmark_vertices: (68,) vertex indices, where known.
        extra: patches to add as they are.
        notes: for people.

    Returns:
        The head.

    Raises:
        InputError: an unknown level of detail.
    """
    if detail not in MOVING_VERTICES:
        raise InputError("detail of a head", expected=f"one of {', '.join(MOVING_VERTICES)}", got=repr(detail), cure="Name one of these.")
    peak = np.sqrt((deltas.astype(np.float32) ** 2).sum(axis=2).max(axis=0))
    share = np.ones(len(mesh.vertices)) if follow is None else follow
    group = np.zeros(len(mesh.vertices), dtype=np.int64)
    group[peak > STILL_M] = 1
    if moves is not None:
        group[moves] = 1
    group[share < 1.0] = 2
    owner = group[mesh.triangles].max(axis=1)
    normals = mesh.normals()
    patches, shares, places = list(extra), dict[str, Floats](), dict[int, tuple[str, int]]()
    sources: dict[str, Indices] = {}
    for eye, name in zip(eyes, ("left_eye", "right_eye"), strict=False):
        own = np.isin(mesh.triangles, eye.vertices).all(axis=1)
        owner[own] = 3
        patch, sources[name] = _cut(mesh, mesh.triangles[own], normals, colours, name=name, kind="eye", centre=eye.centre)
        patches.append(patch)
    bodies = {0: "skull", 1: "face", 2: "neck"}
    for number, name in bodies.items():
        triangles = mesh.triangles[owner == number]
        if not len(triangles):
            continue
        if number:
            triangles = _thin(mesh, triangles, peak, target=_budget(detail, name), keep=landmark_vertices, colours=colours)
        pieces = _bands(mesh, triangles) if number else [triangles]
        for index, piece in enumerate(pieces):
            label = name if len(pieces) == 1 else f"{name}_{index}"
            kind: Kind = "moving" if number else "static"
            patch, used = _cut(mesh, piece, normals, colours, name=label, kind=kind, deltas=deltas if number else None)
            patches.append(patch)
            sources[label] = used
            places.update({int(vertex): (label, place) for place, vertex in enumerate(used)})
            if number == 2:
                shares[label] = share[used].astype(np.float32)
    marks = None if landmark_vertices is None else [places.get(int(vertex)) for vertex in landmark_vertices]
    known = None if marks is None or None in marks else tuple(mark for mark in marks if mark is not None)
    return OwnHead(
        source=source, identity=identity, detail=detail, patches=tuple(patches), notes=tuple(notes), follow=shares, landmarks=known,
        sources=sources,
    )  # fmt: skip


def neck_share(positions: Array) -> Array:
    """Tell how far each vertex follows the head.

    Args:
        positions: (V, 3) metres over the joint. Heights are counted along the jaw line, which falls forwards: the chin belongs to the head,
            the throat below and behind it to the neck.

    Returns:
        (V,) 1 on the head, falling smoothly to 0 at the foot of the neck.
    """
    height = positions[:, 1] + _JAW_SLOPE * np.clip(positions[:, 2], 0.0, 0.1)
    low, high = _NECK_M
    step = np.clip((height - low) / (high - low), 0.0, 1.0)
    return np.asarray(step * step * (3.0 - 2.0 * step))


def _budget(detail: str, name: str) -> int | None:
    """Vertices left for a moving part: the smooth neck, which moves whenever the head turns, gets a quarter of the face's."""
    whole = MOVING_VERTICES[detail]
    return whole if whole is None or name != "neck" else whole // 4


def _thin(
    mesh: Mesh, triangles: Indices, peak: Floats, *, target: int | None, keep: Indices | None, colours: npt.NDArray[np.uint8]
) -> Indices:
    """Leave out vertices that are not needed at this level of detail; lips and lids, and where the colour changes, last."""
    if target is None or len(np.unique(triangles)) <= target:
        return triangles
    part = Mesh(name=mesh.name, vertices=mesh.vertices, triangles=triangles)
    importance = 1.0 + 30.0 * (peak / max(float(peak.max()), 1e-9)).astype(np.float64)
    edges = part.edges()
    step = np.abs(colours[edges[:, 0]].astype(np.float64) - colours[edges[:, 1]]).max(axis=1)
    for end in (0, 1):
        np.maximum.at(importance, edges[:, end], 1.0 + 2.0 * step)
    if keep is not None:
        importance[keep] = 1e6
    kept, thinned = decimate(part, target, importance=importance)
    return np.asarray(kept[thinned])


def _bands(mesh: Mesh, triangles: Indices) -> list[Indices]:
    """Split triangles into horizontal bands of at most about `PATCH_VERTICES` vertices."""
    count = -(-len(np.unique(triangles)) // PATCH_VERTICES)
    height = mesh.vertices[triangles, 1].mean(axis=1)
    return list(np.array_split(triangles[np.argsort(height, kind="stable")], count))


def _cut(
    mesh: Mesh, triangles: Indices, normals: Array, colours: npt.NDArray[np.uint8],
    *, name: str, kind: Kind, deltas: Floats | None = None, centre: Array | None = None,
) -> tuple[Patch, Indices]:  # fmt: skip
    used = np.unique(triangles)
    new = np.zeros(len(mesh.vertices), dtype=np.uint32)
    new[used] = np.arange(len(used))
    middle = np.zeros(3) if centre is None else centre
    patch = Patch(
        name=name, kind=kind,
        vertices=(mesh.vertices[used] - middle).astype(np.float32),
        triangles=new[triangles],
        normals=normals[used].astype(np.float32),
        colours=colours[used].copy(),
        deltas=None if deltas is None else np.ascontiguousarray(deltas[:, used], np.float32),
        centre=None if centre is None else centre.astype(np.float32),
    )  # fmt: skip
    return patch, used
