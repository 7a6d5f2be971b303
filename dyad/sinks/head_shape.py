"""What the sinks ask of a head that can be drawn; ``dyad.faces`` fulfils it without either importing the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from dyad.arrays import FloatArray
from dyad.motion import Motion


class PatchShape(Protocol):
    """A piece of surface that moves in one way."""

    @property
    def name(self) -> str:
        """Unique within the head."""
        ...

    @property
    def kind(self) -> str:
        """``moving`` (by expression), ``static`` (with the head), ``eye`` (turns about its centre) or ``body`` (stays)."""
        ...

    @property
    def vertices(self) -> FloatArray:
        """(V, 3) neutral positions, metres, in the head's axes; of an eye relative to its centre."""
        ...

    @property
    def triangles(self) -> npt.NDArray[np.uint32]:
        """(F, 3) vertex indices."""
        ...

    @property
    def normals(self) -> FloatArray:
        """(V, 3) unit normals."""
        ...

    @property
    def colours(self) -> npt.NDArray[np.uint8]:
        """(V, 3) sRGB."""
        ...

    @property
    def centre(self) -> npt.NDArray[Any] | None:
        """(3,) point an eye turns about; None for other kinds."""
        ...


class HeadShape(Protocol):
    """A head made of patches."""

    @property
    def patches(self) -> Sequence[PatchShape]:
        """All pieces."""
        ...

    def displace(self, patch_name: str, expression: FloatArray, /) -> FloatArray:
        """(T, V, 3) positions of a moving patch for ARKit weights (T, 52)."""
        ...


FacePoints = Sequence[tuple[str, int]]
"""The 68 iBUG face points of a head, each as the name of a patch and the index of a vertex in it."""


@runtime_checkable
class PosedHeadShape(HeadShape, Protocol):
    """A head that moves by more than ARKit weights: by another basis, jaw and neck joints, or pose correctives."""

    @property
    def bases(self) -> Sequence[str]:
        """Bases of motion it shows."""
        ...

    def vertices_of(self, patch_name: str, motion: Motion, /) -> FloatArray:
        """(T, V, 3) positions of a moving patch, in the axes of the turned head."""
        ...


@dataclass(frozen=True, kw_only=True)
class ShownHead:
    """A head and what is known of it.

    Args:
        shape: the head.
        face_points: where its 68 face points are; None where that is not known.
    """

    shape: HeadShape
    face_points: FacePoints | None = None
