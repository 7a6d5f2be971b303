"""The head as a field in space: negative inside, positive outside, about a distance in metres.

Two silhouettes are drawn as curves (the side profile without nose and lips, and the breadth by height); every horizontal slice
between them is a superellipse. Soft bumps add brow ridge, cheeks, sockets, chin and folds; the nose is welded on from capsules
and balls. Meshes find the surface by casting rays (`cast`), so one sculpture serves every level of detail.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from dyad.faces.identity import Identity
from dyad.faces.landmarks import CENTRE, MM, Landmarks

Array = npt.NDArray[np.float64]

# Heights are those of the average face; `_warp` bends them to the person. Columns: y, front, back, half breadth, where the
# breadth is measured (z), superellipse exponent. Millimetres.
_SLICES: Final = np.array(
    [
        [-92.0, 0.0, 0.0, 0.0, 20.0, 2.0],
        [-80.0, 62.0, -20.0, 23.0, 20.0, 2.0],
        [-72.0, 81.5, -30.0, 31.5, 20.0, 2.05],
        [-64.0, 92.0, -36.0, 38.5, 19.0, 2.1],
        [-54.0, 95.5, -42.0, 44.5, 17.0, 2.15],
        [-42.0, 96.5, -50.0, 50.0, 15.0, 2.2],
        [-28.0, 98.5, -58.0, 55.0, 13.0, 2.25],
        [-12.0, 100.0, -66.0, 60.0, 12.0, 2.3],
        [4.0, 99.0, -74.0, 64.2, 10.0, 2.3],
        [20.0, 97.0, -82.0, 67.6, 7.0, 2.3],
        [36.0, 96.0, -88.0, 70.0, 4.0, 2.25],
        [52.0, 96.5, -93.0, 71.8, 0.0, 2.25],
        [66.0, 102.0, -96.0, 73.0, -4.0, 2.25],
        [80.0, 103.5, -97.0, 74.3, -8.0, 2.2],
        [95.0, 102.0, -97.0, 75.0, -10.0, 2.15],
        [110.0, 97.5, -95.0, 74.0, -10.0, 2.1],
        [124.0, 89.0, -90.0, 71.0, -10.0, 2.05],
        [138.0, 76.0, -80.0, 64.0, -10.0, 2.0],
        [150.0, 57.0, -65.0, 52.0, -10.0, 2.0],
        [158.0, 36.0, -48.0, 37.0, -10.0, 2.0],
        [163.0, 0.0, 0.0, 0.0, -10.0, 2.0],
    ]
)
_AVERAGE_CHIN: Final = -66.0
_AVERAGE_TOP: Final = 163.0


class Sculpture:
    """One person's head as a field; `cast` finds its surface."""

    def __init__(self, person: Identity, marks: Landmarks) -> None:
        """Prepare the curves and bumps.

        Args:
            person: proportions that only the sculpture needs (cheekbones, age, ...).
            marks: positions made from the same person.
        """
        self._marks = marks
        self._table_y = np.linspace(-100.0, 185.0, 571)
        self._table = _slice_table(self._table_y, person, marks)
        self._bump_powers, self._bump_heights = _bump_polynomials(_bump_table(person, marks) * MM)
        self._nose = _nose_parts(person, marks)

    def field(self, points: Array) -> Array:
        """Evaluate the field.

        Args:
            points: (N, 3) positions in metres.

        Returns:
            (N,) roughly the distance to the surface in metres, negative inside.
        """
        points = np.abs(points * np.array([1.0, 0.0, 0.0])) + points * np.array([0.0, 1.0, 1.0])
        value = self._base(points) - self._relief(points)
        for part_value, blend in self._nose_values(points):
            value = _soft_min(value, part_value, blend)
        # The lids' outer skin is a ball round the eyeball, welded into the socket.
        lid = np.linalg.norm(points - self._marks.eye, axis=1) - (self._marks.eye_radius + 1.9 * MM)
        return _soft_min(value, lid, 4.0 * MM)

    def _base(self, points: Array) -> Array:
        """Superelliptic slices, cut below by the soft plane of the jaw's lower edge."""
        slices = np.empty((len(points), 5))
        position = np.clip((points[:, 1] / MM - self._table_y[0]) * 2.0, 0.0, len(self._table_y) - 1.001)
        row = position.astype(np.intp)
        share = (position - row)[:, None]
        slices = self._table[row] * (1.0 - share) + self._table[row + 1] * share
        front2, back2, width2, centre, exponent = (slices * np.array([MM**2, MM**2, MM**2, MM, 1.0])).T
        dz = points[:, 2] - centre
        depth = np.sqrt(np.maximum(np.where(dz >= 0.0, front2, back2), 1e-8))
        width = np.sqrt(np.maximum(width2, 1e-8))
        ratio = ((points[:, 0] / width) ** exponent + (np.abs(dz) / depth) ** exponent) ** (1.0 / exponent)
        radial = np.hypot(points[:, 0], dz)
        value = radial * (1.0 - 1.0 / np.maximum(ratio, 1e-6))
        # The jaw's lower edge rises from the chin to the jaw's angle, the skull's base more steeply from there to the nape.
        for height, depth, normal, blend in (
            (self._marks.chin - 3.0 * MM, 88.0 * MM, (-0.945, -0.327), 20.0 * MM),
            (self._marks.chin + 33.0 * MM, 4.0 * MM, (-0.80, -0.60), 14.0 * MM),
        ):
            plane = (points[:, 1] - height) * normal[0] + (points[:, 2] - depth) * normal[1]
            value = -_soft_min(-value, -plane, blend)
        return np.asarray(value)

    def _relief(self, points: Array) -> Array:
        """Sum of the soft bumps, metres outwards: each exponent is a quadratic polynomial of the position, so one product does all."""
        powers = np.concatenate([points * points, points, np.ones((len(points), 1))], axis=1)
        return np.asarray(np.exp(powers @ self._bump_powers) @ self._bump_heights)

    def _nose_values(self, points: Array) -> list[tuple[Array, float]]:
        values = []
        for start, end, radii, blend in self._nose:
            axis = end - start
            along = np.clip((points - start) @ axis / (axis @ axis), 0.0, 1.0)
            nearest = start + along[:, None] * axis
            radius = radii[0] + (radii[1] - radii[0]) * along
            values.append((np.linalg.norm(points - nearest, axis=1) - radius, blend))
        return values

    def cast(self, starts: Array, directions: Array, *, reach: tuple[float, float]) -> Array:
        """Find where rays from outside first meet the surface.

        Args:
            starts: (N, 3) or (3,) ray origins, metres.
            directions: (N, 3) unit vectors; points are `starts + t * directions`.
            reach: t is searched from `reach[0]` (outside) to `reach[1]` (inside).

        Returns:
            (N, 3) surface points, to about a micrometre (a few tenths of a millimetre where a ray grazes a fold). A ray that never
            meets the surface ends where it came closest.
        """
        starts = np.broadcast_to(starts, directions.shape)
        steps = np.linspace(reach[0], reach[1], 24)
        value = np.stack([self.field(starts + step * directions) for step in steps])
        inside = value < 0.0
        first = np.where(inside.any(axis=0), inside.argmax(axis=0), value.argmin(axis=0))
        ray = np.arange(len(first))
        far, near = steps[np.maximum(first - 1, 0)], steps[first]
        far_value, near_value = value[np.maximum(first - 1, 0), ray], value[first, ray]
        # The Illinois variant of false position: like a secant, but never leaves the bracket and never stalls.
        for _ in range(7):
            gap = far_value - near_value
            share = np.clip(np.where(np.abs(gap) > 1e-15, far_value / np.where(gap == 0.0, 1.0, gap), 0.5), 0.02, 0.98)
            middle = far + share * (near - far)
            middle_value = self.field(starts + middle[:, None] * directions)
            is_inside = middle_value < 0.0
            far_value = np.where(is_inside, 0.5 * far_value, middle_value)
            near_value = np.where(is_inside, middle_value, 0.5 * near_value)
            near, far = np.where(is_inside, middle, near), np.where(is_inside, far, middle)
        return np.asarray(starts + near[:, None] * directions)

    def cast_outwards(self, directions: Array) -> Array:
        """Find the outermost surface point in each direction from `CENTRE`.

        Args:
            directions: (N, 3) unit vectors.

        Returns:
            (N, 3) surface points in metres.
        """
        return self.cast(CENTRE, directions, reach=(0.165, 0.03))

    def cast_frontal(self, xy: Array) -> Array:
        """Find the surface point seen from the front at each (x, y).

        Args:
            xy: (N, 2) metres.

        Returns:
            (N, 3) surface points in metres.
        """
        starts = np.column_stack([xy, np.zeros(len(xy))])
        return self.cast(starts, np.broadcast_to([0.0, 0.0, 1.0], starts.shape), reach=(0.150, 0.020))


def _soft_min(a: Array, b: Array, blend: float) -> Array:
    """Smooth minimum: quadratic blend where the two differ by less than `blend`."""
    share = np.maximum(blend - np.abs(a - b), 0.0) / blend
    return np.minimum(a, b) - share * share * blend * 0.25


def _slice_table(heights: Array, person: Identity, marks: Landmarks) -> Array:
    """Tabulate the slices, squared (an ellipse's half axis squared is smooth at its pole; the axis itself is not)."""
    table = _SLICES.copy()
    y = table[:, 0]
    low = np.clip((40.0 - y) / (40.0 - _AVERAGE_CHIN), 0.0, None)
    high = np.clip((y - 75.0) / (_AVERAGE_TOP - 75.0), 0.0, None)
    jaw = np.clip((20.0 - y) / 60.0, 0.0, 1.0)
    table[:, 0] = y + low * (marks.chin / MM - _AVERAGE_CHIN) + high * (marks.top / MM - _AVERAGE_TOP)
    table[:, 1] += np.clip((-30.0 - y) / 25.0, 0.0, 1.0) * (marks.chin_depth / MM - 99.0) * (table[:, 1] > 0)
    table[:, 3] *= marks.width * (1.0 - jaw) + marks.jaw * jaw
    table[:, 1] = np.maximum(table[:, 1] - table[:, 4], 0.0) ** 2
    table[:, 2] = np.where(table[:, 3] > 0, (table[:, 4] - table[:, 2]) ** 2, 0.0)
    table[:, 3] = table[:, 3] ** 2
    table[[0, -1], 1] = 0.0
    curves = PchipInterpolator(table[:, 0], table[:, 1:], axis=0, extrapolate=False)(heights)
    smooth = np.where(np.isnan(curves), 0.0, curves)
    # Monotone cubics have kinks in curvature that show in the shading: average them away over a centimetre.
    kernel = np.hanning(27)
    kernel /= kernel.sum()
    padded = np.pad(smooth, ((13, 13), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)
    smooth[:, 4] = np.maximum(smooth[:, 4], 2.0)
    smooth[np.isnan(curves[:, 0]), :3] = 0.0
    return smooth


def _bump_table(person: Identity, marks: Landmarks) -> Array:
    """Rows of centre (3), size (3), height (1), in millimetres."""
    ex, ey, _ = marks.eye / MM
    brow = ey + marks.brow / MM
    lip, chin = marks.lip_line / MM, marks.chin / MM
    base = marks.nose_base[1] / MM
    age, w = person.age, marks.width
    return np.array(
        [
            [0.62 * ex, brow + 1.0, 105, 13, 6.0, 12, 2.0 + 1.2 * max(0.0, -person.brow_height)],
            [1.35 * ex, brow - 1.0, 95, 11, 6.0, 12, 2.2],
            [0.0, brow, 106, 7, 8, 10, 0.8],
            [ex + 1.0, ey + 1.0, 93, 15, 10, 14, -5.5],
            [0.47 * ex, ey - 1.0, 95, 5.5, 9, 10, -2.6],
            [ex + 1.0, ey - 14.0, 92, 13, 5, 12, -0.8 - 1.6 * age],
            [51 * w, ey - 22, 72, 15, 11, 17, 2.8 + 2.2 * person.cheekbones],
            [35, ey - 30, 92, 13, 13, 14, 3.2 - 1.6 * age + 0.8 * person.cheekbones],
            [50 * marks.jaw, lip + 6, 72, 12, 17, 18, -2.0 - 2.2 * age - 1.0 * person.cheekbones],
            [0.0, lip + 2.0, 102, 21, 15, 20, 4.6],
            [28, base - 5.0, 95, 3.2, 8, 12, -0.5 - 1.6 * age],
            [0.0, lip - 14.0, 104, 15, 4.5, 10, -2.6],
            [0.0, chin + 13.0, 102, 12, 9, 12, 2.6 + 1.2 * person.chin],
            [15, chin + 11.0, 95, 8, 8, 12, 1.0 + 0.6 * person.jaw_width],
            [0.0, base - 6.5, 108, 1.9, 5, 8, -0.9],
            [4.3, base - 7.0, 108, 1.7, 5, 8, 0.45],
            [68 * w, ey + 24, 48, 9, 20, 22, -2.4],
            [53 * marks.jaw, chin + 34, 12, 12, 13, 15, 2.2 + 1.4 * person.jaw_width],
            [33, lip - 17, 88, 6, 10, 12, -0.4 - 0.8 * age],
        ],
        dtype=np.float64,
    )


def _bump_polynomials(bumps: Array) -> tuple[Array, Array]:
    """Write exp(-½ Σ((p - c)/s)²) as exp(polynomial): coefficients (7, B) of x², y², z², x, y, z, 1, and heights (B,)."""
    # A bump off the midline has a mirror image.
    twins = bumps[bumps[:, 0] > 0.0] * np.array([-1.0, 1, 1, 1, 1, 1, 1])
    centre, size, height = np.split(np.concatenate([bumps, twins]), [3, 6], axis=1)
    weight = 1.0 / size**2
    powers = np.concatenate([-0.5 * weight, weight * centre, -0.5 * (weight * centre**2).sum(axis=1, keepdims=True)], axis=1)
    return powers.T.copy(), height[:, 0]


def _nose_parts(person: Identity, marks: Landmarks) -> list[tuple[Array, Array, tuple[float, float], float]]:
    """Capsules (start, end, radii, blend): bridge, tip, wing and the strip between the nostrils."""
    tip, wing, base = marks.nose_tip, marks.nose_wing, marks.nose_base
    tip_radius = MM * (7.8 + 0.7 * person.nose_width)
    rise = MM * person.nose_bridge
    bridge_top = np.array([0.0, marks.eye[1] + 1.0 * MM, 0.0925 + 1.3 * rise])
    bridge_low = np.array([0.0, tip[1] + 8.0 * MM, tip[2] - 12.0 * MM + rise])
    tip_centre = tip - np.array([0.0, 0.0, tip_radius])
    side_low = wing + MM * np.array([-3.5, 5.0, 1.0])
    return [
        (bridge_top, bridge_low, (5.4 * MM, 7.2 * MM), 13.0 * MM),
        (bridge_low, tip_centre, (7.0 * MM, tip_radius), 9.0 * MM),
        (bridge_top + MM * np.array([3.0, -6.0, -3.0]), side_low, (2.6 * MM, 5.0 * MM), 9.0 * MM),
        (wing + MM * np.array([-2.2, 0.6, 3.8]), wing + MM * np.array([0.4, -0.6, -3.5]), (5.7 * MM, 5.5 * MM), 4.0 * MM),
        (tip_centre + MM * np.array([0.0, -4.5, 1.0]), base + MM * np.array([0.0, 2.5, -3.5]), (3.8 * MM, 4.0 * MM), 4.0 * MM),
    ]
