"""Mouth and upper face of a FLAME person in motion, for the scores that need vertices."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dyad.dualtalk_layout import FRAME_RATE_HZ, GROUPS
from dyad.errors import InputError
from dyad.eval.dualtalk.lips import (
    dynamics_deviation,
    lip_vertex_error,
    mouth_opening_difference,
    movement_intensity,
    temporal_misalignment,
)
from dyad.faces.flame import Flame
from dyad.faces.flame_file import JOINTS, FlameArrays, read_flame

Array = npt.NDArray[np.float64]

VERTICES = 5023
UPPER_LIP, LOWER_LIP = 3531, 3504
"""Middle of the lips on FLAME's topology (Chae-Yeon et al., CVPR 2025)."""
MOUTH_REACH_M = (0.032, 0.016, 0.028)
"""A vertex belongs to the mouth within so much of its middle to the sides, up and down, and in depth (proposal)."""
FACE_DEPTH_M = 0.065
"""The face reaches so far behind the middle of the lips; further back are ears and skull (proposal)."""
_FRAMES_AT_ONCE = 100
_MM = 1000.0


@dataclass(frozen=True, kw_only=True, eq=False)
class MovedFace:
    """One face in motion, millimetres, head still.

    Args:
        mouth: (T, M, 3).
        upper: (T, U, 3).
        opening: (T,) distance of the lips' middles.
    """

    mouth: Array
    upper: Array
    opening: Array


class FlameLips:
    """The average person of a FLAME file.

    Args:
        path: the user's file.

    Raises:
        InputError: not FLAME, or of another topology than FLAME's 5,023 vertices.
    """

    def __init__(self, path: Path) -> None:
        """Choose mouth and upper face on the resting face."""
        arrays = read_flame(path)
        rest = arrays.template
        if len(rest) != VERTICES:
            raise InputError(str(path), expected=f"FLAME's {VERTICES} vertices", got=f"{len(rest)}", cure="Use the file as downloaded.")
        middle = (rest[UPPER_LIP] + rest[LOWER_LIP]) / 2
        joints = arrays.joint_regressor @ rest
        eyes = [JOINTS.index("left_eye"), JOINTS.index("right_eye")]
        on_skin = arrays.skin_weights[:, eyes].sum(axis=1) < 0.5
        in_front = on_skin & (rest[:, 2] > middle[2] - FACE_DEPTH_M)
        self._mouth = np.flatnonzero(on_skin & (np.abs(rest - middle) < MOUTH_REACH_M).all(axis=1))
        self._upper = np.flatnonzero(in_front & (rest[:, 1] > joints[eyes, 1].mean()))
        if not (len(self._mouth) and len(self._upper)):
            raise InputError(
                str(path),
                expected="a face in metres, y up, z out of the face",
                got="another scale or pose",
                cure="Use the file as downloaded.",
            )
        self._kept = np.unique(np.concatenate([self._mouth, self._upper, [UPPER_LIP, LOWER_LIP]]))
        self._model = Flame(_without_other_vertices(arrays, self._kept))
        self._rest = rest

    @property
    def upper_rest(self) -> Array:
        """(U, 3) upper face at rest, millimetres."""
        return np.asarray(_MM * self._rest[self._upper])

    def move(self, rows: npt.NDArray[np.floating]) -> MovedFace:
        """Pose expression and jaw of (T, 56) rows."""
        import torch

        kept = self._kept
        parts = []
        with torch.inference_mode():
            for start in range(0, len(rows), _FRAMES_AT_ONCE):
                part = torch.from_numpy(np.array(rows[start : start + _FRAMES_AT_ONCE], np.float32))
                parts.append(self._model.vertices(expression=part[:, GROUPS["exp"]], jaw=part[:, GROUPS["jaw"]]).numpy()[:, : len(kept)])
        points = _MM * np.concatenate(parts).astype(np.float64)
        mouth, upper, lips = (np.searchsorted(kept, wanted) for wanted in (self._mouth, self._upper, [UPPER_LIP, LOWER_LIP]))
        opening = np.linalg.norm(points[:, lips[0]] - points[:, lips[1]], axis=1)
        return MovedFace(mouth=points[:, mouth], upper=points[:, upper], opening=opening)

    def score(self, prediction: MovedFace, truth: MovedFace) -> dict[str, float | None]:
        """The scores of ``dyad.eval.dualtalk.measures`` on vertices, and ``lip_intensity``, mm a frame."""
        error, squared = lip_vertex_error(prediction.mouth, truth.mouth)
        deviation, squared_deviation = dynamics_deviation(prediction.upper, truth.upper, rest=self.upper_rest)
        apart = temporal_misalignment(prediction.opening, truth.opening)
        return {
            "lve_mm": error,
            "lve_squared_mm2": squared,
            "mod_mm": mouth_opening_difference(prediction.opening, truth.opening),
            "fdd_mm": deviation,
            "fdd_squared_mm2": squared_deviation,
            "mtm_lips_ms": None if apart is None else 1000 * apart / FRAME_RATE_HZ,
            "lip_intensity": movement_intensity(prediction.mouth),
        }


def _without_other_vertices(arrays: FlameArrays, kept: npt.NDArray[np.int64]) -> FlameArrays:
    """The same model on few vertices, some ten times faster: each joint, a sum over all vertices, becomes a vertex of its own."""

    def reduced(values: Array) -> Array:
        return np.concatenate([values[kept], np.tensordot(arrays.joint_regressor, values, axes=1)])

    count, joints = len(kept), len(JOINTS)
    return replace(
        arrays,
        template=reduced(arrays.template),
        shape_directions=reduced(arrays.shape_directions),
        expression_directions=reduced(arrays.expression_directions),
        pose_directions=np.concatenate([arrays.pose_directions[kept], np.zeros((joints, *arrays.pose_directions.shape[1:]))]),
        joint_regressor=np.eye(joints, count + joints, count),
        skin_weights=np.concatenate([arrays.skin_weights[kept], np.eye(joints)]),
    )


@cache
def flame_lips(path: Path) -> FlameLips:
    """The model of a file; read once a process."""
    return FlameLips(path)
