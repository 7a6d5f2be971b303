"""What the 52 shapes are made of: where a vertex is, how far the jaw takes it, and falloffs with compact support."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from dyad.faces.assembly import Face
from dyad.faces.landmarks import JAW_HINGE, MM
from dyad.faces.lips import lip_line
from dyad.faces.parts import Indices, Part

Array = npt.NDArray[np.float64]

JAW_ANGLE: Final = np.radians(17.0)
"""Turn of the jaw at `jawOpen` = 1; it parts the front teeth by about 27 mm, a wide but natural yawn (adults reach 40 to 50 mm)."""
_FADE: Final = 11.0 * MM


def ramp(value: Array) -> Array:
    """Smooth step from 0 (at value 0 and below) to 1 (at 1 and above)."""
    clipped = np.clip(value, 0.0, 1.0)
    return clipped * clipped * (3.0 - 2.0 * clipped)


class Fields:
    """One face's vertices as the shapes see them."""

    def __init__(self, face: Face) -> None:
        """Work out what shapes share.

        Args:
            face: the assembled head.
        """
        self.face = face
        self.marks = face.marks
        self.p = face.vertices.position
        self.x, self.y, self.z = self.p.T
        self.side, self.row, self.along, self.part = face.vertices.side, face.vertices.row, face.vertices.along, face.vertices.part
        self.is_lip = self.part == Part.LIP
        self.is_inside = np.isin(self.part, (Part.CAVITY, Part.LOWER_TEETH, Part.TONGUE))
        self.seam = lip_line(self.marks, np.minimum(np.abs(self.x) / self.marks.mouth_half_width, 1.0))
        self.below = self._below_mouth()
        self.jaw = self._jaw_weight(self.x, self.y, self.z, self.below)
        self.jaw[(self.part == Part.LOWER_TEETH) | (self.part == Part.TONGUE)] = 1.0
        bag = self.part == Part.CAVITY
        self.jaw[bag] = 0.5 - 0.5 * self.side[bag]

    def _below_mouth(self) -> Array:
        """Signed height over the mouth's seam; lips count as clearly above or below although they touch."""
        return np.asarray(np.where(self.is_lip, np.maximum(np.abs(self.y - self.seam), 2.0 * MM) * np.sign(self.side), self.y - self.seam))

    def _jaw_weight(self, x: Array, y: Array, z: Array, above: Array) -> Array:
        """Share of the jaw's motion: 0 above the mouth, 1 below, an even passage round the corner and into the cheek."""
        marks = self.marks
        beside = np.maximum(np.abs(x) - 0.45 * marks.mouth_half_width, 0.0) * 0.85
        split = 0.5 - 0.5 * above / np.sqrt(above**2 + beside**2 + (0.2 * MM) ** 2)
        split = ramp(1.15 * split - 0.02)
        high = ramp((marks.eye[1] - 22 * MM - y) / (0.85 * (marks.eye[1] - 22 * MM - marks.lip_line)))
        deep = ramp((z - 8 * MM) / (58 * MM))
        return split * high * deep

    def ball(self, centre: tuple[float, float, float], size: tuple[float, float, float], *, low: float = 1.0) -> Array:
        """Falloff round a place: 1 in the middle, 0 from the ellipsoid outwards.

        Args:
            centre: metres.
            size: half axes, metres.
            low: factor on the vertical half axis below the centre.

        Returns:
            (V,) weights.
        """
        dy = self.y - centre[1]
        tall = np.where(dy < 0, size[1] * low, size[1])
        distance = np.sqrt(((self.x - centre[0]) / size[0]) ** 2 + (dy / tall) ** 2 + ((self.z - centre[2]) / size[2]) ** 2)
        return ramp(1.0 - distance)

    def left(self, width: float) -> Array:
        """Weight of the left half: 0 on the right, 1 on the left, evenly over `width` metres about the midline."""
        return ramp(0.5 + self.x / width)

    def round_mouth(self, wide: float, up: float, down: float) -> Array:
        """Falloff round the mouth: 1 on the red, 0 at the given distances (metres) beyond it, sideways, up and down."""
        marks = self.marks
        beyond = np.maximum(np.abs(self.x) - marks.mouth_half_width, 0.0) / wide
        height = self.y - self.seam
        vertical = np.where(height > 0, (height - marks.lip_upper) / up, (-height - marks.lip_lower) / down)
        weight = ramp(1.0 - np.hypot(beyond, np.maximum(vertical, 0.0)))
        front = ramp((self.z - 35 * MM) / (35 * MM))
        return np.where(self.is_inside, 0.0, weight * front)

    def turn_jaw(self, points: Array) -> Array:
        """Motion (N, 3) of points fixed to the jaw when it opens fully."""
        offset = points - JAW_HINGE
        sine, cosine = np.sin(JAW_ANGLE), np.cos(JAW_ANGLE)
        y = offset[:, 1] * cosine - offset[:, 2] * sine
        z = offset[:, 1] * sine + offset[:, 2] * cosine
        return np.column_stack([np.zeros(len(points)), y - offset[:, 1], z - offset[:, 2]])

    def seam_jaw_weights(self) -> tuple[Array, Array]:
        """Jaw weights of upper and lower lip on the seam at each vertex's x: two (V,) arrays."""
        corner = np.minimum(np.abs(self.x), self.marks.mouth_half_width)
        z = np.full_like(self.x, 0.1)
        gap = np.full_like(self.x, 2.0 * MM) * (corner < self.marks.mouth_half_width)
        return self._jaw_weight(corner, self.seam, z, gap), self._jaw_weight(corner, self.seam, z, -gap)

    def fade_outside(self, patches: frozenset[str]) -> Array:
        """Weight that vanishes on every vertex of the face's other patches and rises over a centimetre from them.

        Args:
            patches: where a shape may act.

        Returns:
            (V,) weights; exactly 0 on and beyond the border.
        """
        names = np.array(self.face.patches)
        skin = np.isin(self.part, (Part.SKIN, Part.LID, Part.LIP))
        others: Indices = np.unique(self.face.triangles[~np.isin(names, list(patches))])
        frozen = others[skin[others]]
        distance = cKDTree(self.p[frozen]).query(self.p)[0]
        weight = ramp(distance / _FADE)
        weight[others] = 0.0
        weight[self.is_inside] = 1.0
        return weight
