"""FLAME as a function: shape, expression, jaw, neck and eyes to vertices, batched on torch.

Li, Bolkart, Black, Li, Romero: Learning a model of facial shape and expression from 4D scans, SIGGRAPH Asia 2017, equations 1 to 4; the
skinning is SMPL's (Loper et al., 2015). Written from the papers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from dyad.errors import InputError
from dyad.faces.flame_file import EXPRESSION_COMPONENTS, JOINTS, SHAPE_COMPONENTS, FlameArrays

_POSED = len(JOINTS) - 1
_PARENT = (0, 0, 1, 1, 1)


class Flame:
    """A FLAME model ready to be posed.

    Args:
        arrays: the user's model.
        dtype: of the computation; float32 agrees with float64 to about 1e-7 m.
        device: where it runs.
    """

    def __init__(self, arrays: FlameArrays, *, dtype: torch.dtype = torch.float32, device: str = "cpu") -> None:
        def tensor(values: npt.NDArray[np.float64]) -> torch.Tensor:
            return torch.as_tensor(np.ascontiguousarray(values), dtype=dtype, device=device)

        count = len(arrays.template)
        self.arrays = arrays
        self._template = tensor(arrays.template)
        self._shape = tensor(arrays.shape_directions.reshape(3 * count, -1).T)
        self._expression = tensor(arrays.expression_directions.reshape(3 * count, -1).T)
        self._pose = tensor(arrays.pose_directions.reshape(3 * count, -1).T)
        self._regressor = tensor(arrays.joint_regressor)
        self._skin = tensor(arrays.skin_weights)

    def vertices(
        self,
        *,
        expression: torch.Tensor,
        shape: torch.Tensor | None = None,
        root: torch.Tensor | None = None,
        neck: torch.Tensor | None = None,
        jaw: torch.Tensor | None = None,
        eyes: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Pose the model.

        Args:
            expression: (T, up to 100) coefficients; the rest are 0.
            shape: (up to 300,) or (T, up to 300) coefficients; the average head if None.
            root: (T, 3) rotation vector of the whole, rad; none if None, as below.
            neck: (T, 3) rotation of head against body.
            jaw: (T, 3); x > 0 opens.
            eyes: (T, 2, 3), the left eye first.

        Returns:
            (T, V, 3) metres, in the file's axes (y up, z out of the face, x to the subject's left).

        Raises:
            InputError: more coefficients than FLAME has, or lengths that differ.
        """
        expression = self._like(expression)
        frames = len(expression)
        shaped = self._template + self._blend(expression, self._expression, name="expression", limit=EXPRESSION_COMPONENTS)
        if shape is not None:
            person = self._like(shape)
            person = person[None] if person.ndim == 1 else person
            shaped = shaped + self._blend(person, self._shape, name="shape", limit=SHAPE_COMPONENTS)
        still = self._template.new_zeros((frames, 1, 3))
        turns = [still if turn is None else self._turn(turn, frames) for turn in (root, neck, jaw)]
        pair = self._template.new_zeros((frames, 2, 3)) if eyes is None else self._turn(eyes, frames, count=2)
        rotations = matrices(torch.cat([*turns, pair], dim=1))
        joints = torch.einsum("jv,tvc->tjc", self._regressor, shaped)
        feature = (rotations[:, 1:] - torch.eye(3, dtype=shaped.dtype, device=shaped.device)).reshape(frames, 9 * _POSED)
        posed = shaped + (feature @ self._pose).reshape(frames, -1, 3)
        return self._skinned(posed, joints, rotations)

    def joints(self, shape: torch.Tensor | None = None) -> torch.Tensor:
        """(5, 3) joints of a person at rest, metres, in the order of `JOINTS`."""
        shaped = self._template
        if shape is not None:
            shaped = shaped + self._blend(self._like(shape)[None], self._shape, name="shape", limit=SHAPE_COMPONENTS)[0]
        return self._regressor @ shaped

    def _like(self, values: torch.Tensor) -> torch.Tensor:
        return values.to(dtype=self._template.dtype, device=self._template.device)

    def _turn(self, values: torch.Tensor, frames: int, count: int = 1) -> torch.Tensor:
        wanted = (frames, count, 3)
        if values.numel() != frames * count * 3:
            raise InputError(
                "FLAME pose", expected=f"rotation vectors {wanted}", got=f"shape {tuple(values.shape)}", cure="One row per frame."
            )
        return self._like(values).reshape(wanted)

    def _blend(self, weights: torch.Tensor, directions: torch.Tensor, *, name: str, limit: int) -> torch.Tensor:
        if weights.ndim != 2 or weights.shape[1] > limit:
            got = f"shape {tuple(weights.shape)}"
            raise InputError(f"FLAME {name}", expected=f"(T, up to {limit}) coefficients", got=got, cure="One row per frame.")
        return (weights @ directions[: weights.shape[1]]).reshape(len(weights), -1, 3)

    def _skinned(self, posed: torch.Tensor, joints: torch.Tensor, rotations: torch.Tensor) -> torch.Tensor:
        """Linear blend skinning: each joint's rotation and offset in the world, mixed by the skin weights."""
        turn, place = [rotations[:, 0]], [joints[:, 0]]
        for joint in range(1, len(JOINTS)):
            parent = _PARENT[joint]
            turn.append(turn[parent] @ rotations[:, joint])
            bone = (joints[:, joint] - joints[:, parent])[..., None]
            place.append(place[parent] + (turn[parent] @ bone)[..., 0])
        turned = torch.stack(turn, dim=1)
        offset = torch.stack(place, dim=1) - (turned @ joints[..., None])[..., 0]
        mixed = torch.einsum("vj,tjab->tvab", self._skin, turned)
        return (mixed @ posed[..., None])[..., 0] + torch.einsum("vj,tja->tva", self._skin, offset)


def matrices(vectors: torch.Tensor) -> torch.Tensor:
    """Rotation matrices (..., 3, 3) of rotation vectors (..., 3), rad (Rodrigues); exact at and near zero."""
    squared = (vectors * vectors).sum(dim=-1)[..., None, None]
    small = squared < 1e-8
    angle = torch.where(small, torch.ones_like(squared), squared).sqrt()
    sine = torch.where(small, 1.0 - squared / 6.0, torch.sin(angle) / angle)
    versine = torch.where(small, 0.5 - squared / 24.0, (1.0 - torch.cos(angle)) / (angle * angle))
    x, y, z = vectors.unbind(dim=-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(*vectors.shape, 3)
    identity = torch.eye(3, dtype=vectors.dtype, device=vectors.device)
    return identity + sine * cross + versine * (cross @ cross)
