"""A made-up model in FLAME's layout on the vertices of an egg, and an independent double-precision reference of its equations."""

from __future__ import annotations

import pickle
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import expm

KEYS = ("v_template", "f", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table")


def made_flame(seed: int = 0, *, rows: int = 9, columns: int = 12, components: int = 400, joints: int = 5) -> dict[str, Any]:
    """Random directions and weights over an egg 25 cm high; the last vertices are two eyeballs."""
    rng = np.random.default_rng(seed)
    up, turn = np.meshgrid(np.linspace(-1, 1, rows), 2 * np.pi * np.arange(columns) / columns, indexing="ij")
    ring = np.sqrt(np.maximum(1.05 - up**2, 0))
    egg = np.stack([0.08 * ring * np.sin(turn), 0.125 * up, 0.09 * ring * np.cos(turn)], -1).reshape(-1, 3)
    grid = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = grid[:-1], np.roll(grid, -1, 1)[:-1], np.roll(grid, -1, 1)[1:], grid[1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    ball = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]) * 0.012
    octahedron = np.array([[4, 0, 2], [4, 2, 1], [4, 1, 3], [4, 3, 0], [5, 2, 0], [5, 1, 2], [5, 3, 1], [5, 0, 3]])
    template, triangles = egg, [faces]
    for side in (0.03, -0.03):
        triangles.append(octahedron + len(template))
        template = np.concatenate([template, ball + np.array([side, 0.03, 0.06])])
    count = len(template)
    weights = rng.dirichlet(np.ones(joints), count)
    if joints == 5:
        weights[-12:] = 0.0
        weights[-12:-6, 3] = weights[-6:, 4] = 1.0
    regressor = np.where(rng.random((joints, count)) < 0.1, rng.random((joints, count)), 0.0) + 1e-3
    regressor /= regressor.sum(1, keepdims=True)
    return {
        "v_template": template,
        "f": np.concatenate(triangles).astype(np.uint32),
        "shapedirs": rng.normal(0, 2e-3, (count, 3, components)),
        "posedirs": rng.normal(0, 2e-3, (count, 3, 9 * (joints - 1))),
        "J_regressor": regressor,
        "weights": weights,
        "kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1][:joints] + [1] * (joints - 5), range(joints)], dtype=np.uint32),
    }


def reference(model: dict[str, Any], *, shape: Any, expression: Any, rotations: Any) -> np.ndarray:
    """One frame, float64, straight from the FLAME paper: rotations (5, 3) of root, neck, jaw, left and right eye."""
    coefficients = np.zeros(400)
    coefficients[: len(shape)] = shape
    coefficients[300 : 300 + len(expression)] = expression
    shaped = model["v_template"] + model["shapedirs"] @ coefficients
    joints = model["J_regressor"] @ shaped
    turns = [expm(np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])) for x, y, z in rotations]
    posed = shaped + model["posedirs"] @ np.concatenate([(turn - np.eye(3)).ravel() for turn in turns[1:]])
    world: list[np.ndarray] = []
    for joint, parent in enumerate((-1, 0, 1, 1, 1)):
        local = np.eye(4)
        local[:3, :3] = turns[joint]
        local[:3, 3] = joints[joint] - (joints[parent] if parent >= 0 else 0.0)
        world.append(world[parent] @ local if parent >= 0 else local)
    moved = np.zeros_like(posed)
    for vertex, weights in enumerate(model["weights"]):
        total = np.zeros((4, 4))
        for weight, matrix, joint in zip(weights, world, joints, strict=True):
            back = np.eye(4)
            back[:3, 3] = -joint
            total += weight * (matrix @ back)
        moved[vertex] = (total @ np.append(posed[vertex], 1.0))[:3]
    return moved


def write_npz(path: Path, model: dict[str, Any]) -> Path:
    np.savez(path, **model)
    return path


def write_pickle(path: Path, model: dict[str, Any], *, protocol: int = 2, chumpy: bool = False, sparse_joints: bool = True) -> Path:
    """A pickle as MPI's: sparse regressor, and chumpy objects whose classes exist only while it is written."""
    content = dict(model)
    if sparse_joints:
        content["J_regressor"] = sparse.csc_matrix(model["J_regressor"])
    if not chumpy:
        path.write_bytes(pickle.dumps(content, protocol=protocol))
        return path
    modules = {name: types.ModuleType(name) for name in ("chumpy", "chumpy.ch", "chumpy.reordering")}
    for module, name in (("chumpy.ch", "Ch"), ("chumpy.reordering", "Select")):
        made = type(name, (), {"__module__": module})
        setattr(modules[module], name, made)
    try:
        sys.modules.update(modules)
        held = modules["chumpy.ch"].Ch()
        held.__dict__.update(x=model["shapedirs"], _dirty_vars=set(), _itr=None)
        chosen = modules["chumpy.reordering"].Select()
        chosen.__dict__.update(
            a=model["v_template"][::-1].copy(), idxs=np.arange(model["v_template"].size).reshape(-1, 3)[::-1].ravel(),
            preferred_shape=model["v_template"].shape,
        )  # fmt: skip
        path.write_bytes(pickle.dumps(content | {"shapedirs": held, "v_template": chosen}, protocol=protocol))
    finally:
        for name in modules:
            del sys.modules[name]
    return path
