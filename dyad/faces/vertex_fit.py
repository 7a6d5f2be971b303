"""From the vertices of a head back to what moved them: pose, gaze and ARKit weights."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from dyad.arkit_gaze import FULL_LOOK_RAD
from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.basis_fit import WeightFitter
from dyad.faces.head import Head
from dyad.faces.own_head import OwnHead
from dyad.faces.stabilise import procrustes, stabilise
from dyad.faces.surface import topology_of

Array = npt.NDArray[np.float64]

LEAST_RIDGE = 1e-7
"""See ``WeightFitter``: enough to settle what the vertices leave open, too little to move what they tell."""
WEIGHT_SPREAD = 0.3
"""How far weights are from what the gaze says, or zero, before anything is known (standard deviation): with noise it sets the ridge as
the most probable weights need it, noise variance over that of the weights (Tikhonov 1963). Our value, about that of lively speech."""
POSE_VERTICES = 240  # spread over the skull: more make the pose no better, and an hour of all would not fit in memory
OPEN_SHARE = 0.05  # squared share of a weight that the vertices leave open, from which it is named
_EYES = ("left_eye", "right_eye")


@dataclass(frozen=True, kw_only=True)
class Pose:
    """Where a head is.

    Args:
        rotation: (T, 3) rotation vectors, rad.
        translation: (T, 3) metres from the rest position.
        distance_m: (T,) rms distance of the skull's points from where this head has them.
    """

    rotation: Array
    translation: Array
    distance_m: Array


@dataclass(frozen=True, kw_only=True)
class VertexFit:
    """What moved the face.

    Args:
        weights: (T, 52) ARKit weights, 0 to 1.
        gaze: (T, 2, 2) as ``Motion.gaze``; zeros for heads whose eyes are not apart.
        squared_m2: (T,) squared displacement, mean over the fitted vertices.
        missed_m2: (T,) the part of it that the weights leave over.
    """

    weights: Array
    gaze: Array
    squared_m2: Array
    missed_m2: Array


class VertexFitter:
    """Reads sequences of one head's vertices, all patches in their order (``dyad.faces.surface.topology_of``).

    Args:
        head: the head.

    Raises:
        InputError: a head without ARKit shapes.
    """

    def __init__(self, head: Head) -> None:
        self.neutral = topology_of(head).neutral.astype(np.float64)
        starts = dict(zip(topology_of(head).patch_names, topology_of(head).patch_starts, strict=True))
        places = {patch.name: starts[patch.name] + np.arange(len(patch.vertices)) for patch in head.patches}
        moving = {patch.name: patch.deltas for patch in head.patches if patch.deltas is not None}
        if not any(deltas.any() for deltas in moving.values()):
            raise InputError("head", expected="one with ARKit shapes", got="none that move it", cure="Give another --head.")
        self._face = np.concatenate([places[name] for name in moving])
        self._shapes = np.concatenate(list(moving.values()), axis=1).astype(np.float64)
        follow = head.follow if isinstance(head, OwnHead) else {}
        self._follow = np.concatenate([follow.get(name, np.ones(deltas.shape[1])) for name, deltas in moving.items()]).astype(np.float64)
        static = [places[patch.name] for patch in head.patches if patch.kind == "static"]
        # Without a skull apart, all of the face is offered and what keeps still is found.
        skull = np.concatenate(static) if static else self._face
        self.skull = skull[np.unique(np.linspace(0, len(skull) - 1, POSE_VERTICES).round().astype(np.int64))]
        self._eyes = {patch.name: places[patch.name] for patch in head.patches if patch.kind == "eye"}
        self._centres = {patch.name: np.asarray(patch.centre, np.float64) for patch in head.patches if patch.kind == "eye"}

    def __len__(self) -> int:
        """Number of fitted vertices."""
        return len(self._face)

    @property
    def open_weights(self) -> tuple[str, ...]:
        """Weights that the vertices do not settle, since other shapes of this head can stand in for them."""
        left, sizes, _ = np.linalg.svd(self._shapes.reshape(len(ARKIT52), -1), full_matrices=False)
        null = left[:, sizes < 1e-6 * sizes[0]]
        return tuple(name for name, row in zip(ARKIT52, null, strict=True) if (row**2).sum() > OPEN_SHARE)

    def pose(self, skull: npt.NDArray[np.floating]) -> Pose:
        """The pose of the head.

        Args:
            skull: (T, S, 3) positions of the vertices ``skull``, metres.

        Raises:
            InputError: values that are not finite.
        """
        rest = self.neutral[self.skull]
        found = stabilise(skull, reference=rest)
        distance = np.sqrt(((found.vertices - rest) ** 2).sum(axis=2).mean(axis=1))
        return Pose(rotation=found.rotation, translation=found.translation, distance_m=distance)

    def fit(self, positions: npt.NDArray[np.floating], *, rotation: Array, translation: Array, noise_m: float = 0.0) -> VertexFit:
        """Gaze and weights.

        Weights that the vertices leave open are those nearest to what the gaze says (``eyeLook*``), and to zero; the more noise, the more
        they leave open.

        Args:
            positions: (T, V, 3) metres.
            rotation: (T, 3) rotation vectors of the head, rad.
            translation: (T, 3) metres.
            noise_m: of each coordinate, standard deviation; the skull's distance tells it (``Pose.distance_m`` over the root of 3).
        """
        turn = Rotation.from_rotvec(rotation).as_matrix()
        gaze = np.zeros((len(positions), 2, 2))
        for eye, name in enumerate(_EYES):
            if name in self._eyes:
                rest = self.neutral[self._eyes[name]] - self._centres[name]
                seen = (positions[:, self._eyes[name]] - translation[:, None]) @ turn - self._centres[name]
                turned, _ = procrustes(rest, seen, np.ones(len(rest)))
                gaze[:, eye] = Rotation.from_matrix(turned).as_euler("YXZ")[:, :2]
        still = self._unposed(positions[:, self._face], turn, translation) - self.neutral[self._face]
        mean_square = float((self._shapes**2).sum()) / len(ARKIT52)
        ridge = max(LEAST_RIDGE, (noise_m / WEIGHT_SPREAD) ** 2 / mean_square)
        weights = WeightFitter(self._shapes, ridge=ridge).fit(still, near=_look_weights(gaze))
        left = still - np.tensordot(weights, self._shapes, axes=1)
        squared, missed = ((values**2).sum(axis=2).mean(axis=1) for values in (still, left))
        return VertexFit(weights=weights, gaze=gaze, squared_m2=squared, missed_m2=missed)

    def _unposed(self, face: npt.NDArray[np.floating], turn: Array, translation: Array) -> Array:
        """Positions (T, F, 3) of the face with the head's pose taken out, also where a neck bends (``own_head.bend_neck``)."""
        own = np.asarray((face - translation[:, None]) @ turn)
        bending = np.flatnonzero(self._follow < 1.0)
        if len(bending):
            share = self._follow[bending, None]
            seen = face[:, bending] - share * translation[:, None]
            mixed = share[..., None] * turn[:, None] + (1.0 - share[..., None]) * np.eye(3)
            own[:, bending] = np.linalg.solve(mixed, seen[..., None])[..., 0]
        return own


def _look_weights(gaze: Array) -> Array:
    """(T, 52) weights that say the same as the gaze; 0 but for ``eyeLook*``."""
    weights = np.zeros((len(gaze), len(ARKIT52)))
    for eye, (side, out) in enumerate((("Left", 1.0), ("Right", -1.0))):
        yaw, pitch = out * gaze[:, eye, 0] / FULL_LOOK_RAD, gaze[:, eye, 1] / FULL_LOOK_RAD
        for look, value in (("Out", yaw), ("In", -yaw), ("Down", pitch), ("Up", -pitch)):
            weights[:, ARKIT52.index(f"eyeLook{look}{side}")] = np.clip(value, 0.0, 1.0)
    return weights
