"""Heads as scenes take them, whatever the file: parts that move as one, each a single mesh, and what a reader must be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.arrays import FloatArray
from dyad.exports.about import about
from dyad.exports.bases import ONLY_JAW
from dyad.exports.formats import Material
from dyad.faces.head import Head, Patch
from dyad.faces.parts import vertex_normals

EYES = ("left_eye", "right_eye")
"""In the order of ``Motion.gaze``."""

LEAST_MOTION_M = 1e-6  # what moves less at full weight is stored as not moving
LEAST_TURN = 2e-3  # of a normal, as length of its change
_KINDS = {"face": "moving", "skull": "static", "body": "body"}


def parts_of(head: Head) -> dict[str, tuple[Patch, ...]]:
    """Patches of each part the head has: ``face`` (takes the shapes), ``skull`` (rigid), ``body`` (stands still), and the eyes."""
    parts = {part: tuple(patch for patch in head.patches if patch.kind == kind) for part, kind in _KINDS.items()}
    eyes = {eye: tuple(patch for patch in head.patches if patch.name == eye and patch.kind == "eye") for eye in EYES}
    return {part: patches for part, patches in (parts | eyes).items() if patches}


def scene_statement(material: Material, *, to: str) -> dict[str, Any]:
    """What stands in a scene's own file: ``about``, and whose expression it leaves out."""
    statement = about(material, to=to)
    for seat in material.seats:
        if material.recording.motion[seat].basis != "arkit52":
            statement["seats"][seat.name]["note"] = ONLY_JAW
    return statement


@dataclass(frozen=True, kw_only=True)
class JoinedMesh:
    """Patches as one mesh.

    Args:
        patches: at least one; of an eye, one, whose positions are relative to its centre.
    """

    patches: Sequence[Patch]

    @property
    def positions(self) -> FloatArray:
        """(V, 3) metres."""
        return np.concatenate([patch.vertices for patch in self.patches])

    @property
    def triangles(self) -> npt.NDArray[np.uint32]:
        """(F, 3) into the joined vertices."""
        starts = np.cumsum([0, *(len(patch.vertices) for patch in self.patches[:-1])])
        return np.concatenate([patch.triangles + np.uint32(start) for patch, start in zip(self.patches, starts, strict=True)])

    @property
    def normals(self) -> FloatArray:
        """(V, 3) of unit length; up where a patch has none."""
        normals = np.concatenate([patch.normals for patch in self.patches])
        length = np.linalg.norm(normals.astype(np.float64), axis=1, keepdims=True)
        up = np.array([0.0, 1.0, 0.0])
        return np.where(length > 1e-6, normals / np.maximum(length, 1e-6), up).astype(np.float32)

    @property
    def linear_colours(self) -> npt.NDArray[np.float64]:
        """(V, 3) linear RGB 0 to 1, as scenes take vertex colours, from 8-bit sRGB (IEC 61966-2-1)."""
        value = np.concatenate([patch.colours for patch in self.patches]).astype(np.float64) / 255.0
        return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)

    def shape(self, row: int) -> tuple[FloatArray, FloatArray]:
        """One shape at full weight: changes of positions (V, 3), metres, and of normals (V, 3); zeros where next to nothing moves."""
        moved, turned = [], []
        for patch in self.patches:
            deltas = np.zeros_like(patch.vertices) if patch.deltas is None else patch.deltas[row]
            deltas = np.where(np.abs(deltas).max(axis=1, keepdims=True) < LEAST_MOTION_M, np.float32(0), deltas)
            moved.append(deltas)
            turned.append(_turn(patch, deltas) if deltas.any() else np.zeros_like(deltas))
        return np.concatenate(moved).astype(np.float32), np.concatenate(turned).astype(np.float32)


def _turn(patch: Patch, deltas: FloatArray) -> FloatArray:
    triangles = patch.triangles.astype(np.int64)
    still = vertex_normals(patch.vertices.astype(np.float64), triangles)
    change = vertex_normals((patch.vertices + deltas).astype(np.float64), triangles) - still
    change[np.linalg.norm(change, axis=1) < LEAST_TURN] = 0.0
    return change.astype(np.float32)
