"""FLAME as a head to watch: its own expression, jaw and neck for FLAME motion, the built-in shapes carried over for ARKit motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from dyad.bases import ARKIT52, FLAME50
from dyad.errors import InputError
from dyad.faces.borrowed import borrow_brows, borrow_colours
from dyad.faces.eyeballs import paint_eyeball
from dyad.faces.flame import Flame
from dyad.faces.flame_file import JOINTS, FlameArrays, read_flame
from dyad.faces.head import Floats, Patch
from dyad.faces.identity import Identity
from dyad.faces.mesh import Array, Mesh
from dyad.faces.own_head import Eyeball, OwnHead, cut_head, in_head_axes
from dyad.faces.surface_fit import FittedFace, fit_face
from dyad.faces.transfer import transfer_shapes
from dyad.motion import Motion

_NECK, _EYES = JOINTS.index("neck"), (JOINTS.index("left_eye"), JOINTS.index("right_eye"))
_LIVELY_M: Final = 2e-4
"""A vertex moves with expression if three standard deviations of any of the 50 components move it further (0.2 mm)."""


@dataclass(frozen=True, kw_only=True)
class FlameHead(OwnHead):
    """A FLAME person.

    Attributes:
        model: the posable model.
        shape: (up to 300,) the person's coefficients.
        pivot: (3,) the neck joint in the file's axes, the origin of dyad's head axes.
        arkit_shapes: (52, V, 3) the built-in shapes carried over to all vertices, metres; zeros if no face could be fitted.
    """

    model: Flame
    shape: Floats
    pivot: Array
    arkit_shapes: Floats
    _posed: list[tuple[Motion, Floats]] = field(default_factory=list, repr=False, compare=False)

    def vertices_of(self, patch_name: str, motion: Motion) -> Floats:
        """Move a patch as a motion says: FLAME's own skinning for FLAME motion, carried-over shapes for ARKit motion.

        Args:
            patch_name: a patch of kind `moving`.
            motion: T frames.

        Returns:
            (T, V, 3) float32 metres in the axes of the turned head.

        Raises:
            InputError: a basis it cannot show.
        """
        if motion.basis != "flame50" or patch_name not in self.sources:
            return super().vertices_of(patch_name, _without_expression(motion) if motion.basis == "flame50" else motion)
        if not self._posed or self._posed[0][0] is not motion:
            self._posed[:] = [(motion, in_head_axes(self.full_vertices(motion), motion))]
        return self._posed[0][1][:, self.sources[patch_name]]

    def full_vertices(self, motion: Motion, *, neck: bool = True) -> Floats:
        """Pose all vertices of the model.

        Args:
            motion: T frames of FLAME motion.
            neck: False leaves the head unturned and in place, to look at expression alone.

        Returns:
            (T, V, 3) float32 metres in the axes of the resting body, origin at the neck joint.

        Raises:
            InputError: motion of another basis.
        """
        if motion.basis != "flame50":
            raise InputError("motion for FLAME", expected="flame50", got=motion.basis, cure="Convert it with dyad.faces.basis_fit.")
        with torch.no_grad():
            posed = self.model.vertices(
                expression=torch.tensor(motion.expression),
                shape=torch.tensor(self.shape),
                neck=torch.tensor(motion.head_rotation) if neck else None,
                jaw=torch.tensor(motion.jaw_rotation),
                eyes=torch.tensor(eye_rotations(motion)),
            ).numpy()
        moved = posed - self.pivot.astype(np.float32)
        return np.asarray(moved + motion.head_translation[:, None] if neck else moved, np.float32)


def eye_rotations(motion: Motion) -> Floats:
    """(T, 2, 3) rotation vectors of the eyes: first pitch, then yaw, as `Motion.gaze` says."""
    from scipy.spatial.transform import Rotation

    turns = Rotation.from_euler("YX", motion.gaze.reshape(-1, 2)).as_rotvec()
    return np.asarray(turns.reshape(len(motion), 2, 3), np.float32)


def load_flame(
    path: str | Path, *, identity: Identity | None = None, shape: Sequence[float] = (), detail: str = "full", arkit: bool = True
) -> FlameHead:
    """Load the user's FLAME file as a head.

    Args:
        path: see `dyad.faces.flame_file.read_flame`.
        identity: colours.
        shape: up to 300 coefficients of the person; the average one if empty.
        detail: a key of `dyad.faces.own_head.MOVING_VERTICES`.
        arkit: carry the built-in ARKit shapes over, so that ARKit motion can be shown too (some seconds).

    Returns:
        The head, its origin at the neck joint, about which FLAME turns the head.

    Raises:
        InputError: a file that is not FLAME, or too many coefficients.
    """
    person = Identity() if identity is None else identity
    arrays = read_flame(path)
    model = Flame(arrays)
    coefficients = np.asarray(shape, np.float32)
    with torch.no_grad():
        rest = model.vertices(expression=torch.zeros(1, 1), shape=torch.tensor(coefficients))[0].numpy().astype(np.float64)
        joints = model.joints(torch.tensor(coefficients)).numpy().astype(np.float64)
    mesh = Mesh(name=arrays.source, vertices=rest - joints[_NECK], triangles=arrays.triangles)
    eyes = _eyes(arrays, mesh, joints - joints[_NECK])
    fitted, notes = _fit(mesh, person) if arkit else (None, "without ARKit shapes")
    deltas = np.zeros((len(ARKIT52), len(rest), 3), np.float32) if fitted is None else transfer_shapes(mesh, fitted=fitted)
    colours, extra, marks = np.repeat(np.array(person.skin_colour, np.uint8)[None], len(rest), axis=0), list[Patch](), None
    for eye in eyes:
        deltas[:, eye.vertices] = 0.0
    if fitted is not None:
        colours = borrow_colours(mesh, fitted, eyes=(), identity=person)
        extra = [borrow_brows(mesh, deltas, fitted)]
        marks = fitted.landmarks_on(mesh, without=np.concatenate([np.zeros(0, np.int64), *[eye.vertices for eye in eyes]]))
    for eye in eyes:
        colours[eye.vertices] = paint_eyeball(mesh.vertices[eye.vertices], eye, person.eye_colour)
    cut = cut_head(
        mesh, deltas, colours=colours, source=arrays.source, identity=person, detail=detail, eyes=eyes,
        follow=np.clip(1.0 - arrays.skin_weights[:, 0], 0.0, 1.0).round(6), moves=_lively(arrays), landmark_vertices=marks,
        extra=extra, notes=[notes] if notes else [],
    )  # fmt: skip
    kept = {part.name: getattr(cut, part.name) for part in fields(OwnHead) if part.name != "bases"}
    return FlameHead(
        **kept, bases=("flame50",) if fitted is None else ("flame50", "arkit52"), model=model, shape=coefficients,
        pivot=joints[_NECK], arkit_shapes=deltas,
    )  # fmt: skip


def _fit(mesh: Mesh, person: Identity) -> tuple[FittedFace | None, str]:
    try:
        return fit_face(mesh, identity=person), ""
    except InputError as error:
        return None, f"without ARKit shapes: {error}"


def _eyes(arrays: FlameArrays, mesh: Mesh, joints: Array) -> tuple[Eyeball, ...]:
    eyes = []
    for joint in _EYES:
        own = np.flatnonzero(arrays.skin_weights[:, joint] > 0.5)
        own = own[np.isin(own, mesh.triangles)]
        if not len(own):
            return ()
        radius = float(np.median(np.linalg.norm(mesh.vertices[own] - joints[joint], axis=1)))
        eyes.append(Eyeball(vertices=own, centre=joints[joint], radius=radius))
    return tuple(eyes)


def _lively(arrays: FlameArrays) -> npt.NDArray[np.bool_]:
    """(V,) vertices that FLAME moves against the head: by expression, or with the jaw."""
    expression = 3.0 * np.linalg.norm(arrays.expression_directions[:, :, : len(FLAME50)], axis=1).max(axis=1)
    posed = np.abs(arrays.pose_directions).max(axis=(1, 2))
    jaw = arrays.skin_weights[:, JOINTS.index("jaw")]
    return np.asarray((expression > _LIVELY_M) | (posed > _LIVELY_M) | (jaw > 1e-3))


def _without_expression(motion: Motion) -> Motion:
    """The same poses with a still face, for what FLAME does not move (the brows laid on it)."""
    return Motion(
        seat=motion.seat, start_frame=motion.start_frame, frame_rate_hz=motion.frame_rate_hz,
        expression=np.zeros((len(motion), len(ARKIT52)), np.float32), head_rotation=motion.head_rotation,
        head_translation=motion.head_translation, gaze=motion.gaze,
    )  # fmt: skip
