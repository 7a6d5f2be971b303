"""Meshes and files of users, made from the built-in head."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from dyad.bases import ARKIT52
from dyad.faces.assembly import Face, assemble_face
from dyad.faces.decimate import decimate
from dyad.faces.head import MOVING
from dyad.faces.identity import Identity
from dyad.faces.mesh import Mesh
from dyad.faces.parts import Part
from dyad.faces.shapes import sculpt_shapes


@cache
def built_in() -> tuple[Face, np.ndarray]:
    """The average face and its 52 shapes (52, V, 3)."""
    face = assemble_face(Identity(), "full")
    return face, sculpt_shapes(face)


def subdivided(vertices: np.ndarray, deltas: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each triangle cut in four at its edges' middles."""
    sides = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges, which = np.unique(sides, axis=0, return_inverse=True)
    middle = len(vertices) + which.reshape(-1, 3)
    a, b, c = triangles.T
    ab, bc, ca = middle.T
    finer = np.concatenate([np.stack(three, 1) for three in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return np.concatenate([vertices, vertices[edges].mean(1)]), np.concatenate([deltas, deltas[:, edges].mean(2)], 1), finer


def moving_part() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The part of the built-in face that moves, cut out like a mask: vertices, shapes and triangles."""
    face, deltas = built_in()
    own = face.triangles[np.isin(face.patches, MOVING)]
    used, renumbered = np.unique(own, return_inverse=True)
    return face.vertices.position[used], deltas[:, used], renumbered.reshape(-1, 3)


def thinned(
    vertices: np.ndarray, deltas: np.ndarray, triangles: np.ndarray, *, share: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """A share of the vertices, met by fewer triangles.

    Where the lips meet at the mouth's corners all vertices stay: without them the lips would be welded to each other, and what lies there
    would belong to both.
    """
    face, _ = built_in()
    corner = face.vertices.position[(face.vertices.part == Part.LIP) & (face.vertices.side == 0)]
    importance = np.where(cKDTree(corner).query(vertices)[0] < 1e-9, 1e9, 1.0)
    kept, fewer = decimate(Mesh(name="copy", vertices=vertices, triangles=triangles), int(share * len(vertices)), importance=importance)
    return vertices[kept], deltas[:, kept], fewer


def shuffled(
    vertices: np.ndarray, deltas: np.ndarray, triangles: np.ndarray, *, turn: np.ndarray, scale: float, shift: np.ndarray
) -> tuple[Mesh, np.ndarray]:
    """Vertices and triangles in another order, turned, scaled and moved."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(vertices))
    back = np.argsort(order)
    mesh = Mesh(name="copy", vertices=scale * vertices[order] @ turn.T + shift, triangles=rng.permutation(back[triangles]))
    return mesh, scale * deltas[:, order] @ turn.T


def write_obj(path: Path, vertices: np.ndarray, triangles: np.ndarray | None = None) -> Path:
    lines = [f"v {x:.7f} {y:.7f} {z:.7f}" for x, y, z in vertices]
    lines += [] if triangles is None else [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in triangles]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_glb(
    path: Path, vertices: np.ndarray, triangles: np.ndarray, targets: dict[str, np.ndarray], *, node: dict[str, Any] | None = None,
    sparse: bool = False,
) -> Path:  # fmt: skip
    """A glTF written by hand (binary if the name ends so), morph targets optionally as sparse accessors."""
    blob, views, accessors = bytearray(), list[dict[str, int]](), list[dict[str, Any]]()

    def view(array: np.ndarray) -> int:
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": array.nbytes})
        blob.extend(array.tobytes() + bytes(-array.nbytes % 4))
        return len(views) - 1

    def accessor(array: np.ndarray, kind: str, component: int) -> int:
        accessors.append({"bufferView": view(array), "componentType": component, "count": len(array), "type": kind})
        return len(accessors) - 1

    def target(delta: np.ndarray) -> int:
        if not sparse:
            return accessor(delta.astype("<f4"), "VEC3", 5126)
        rows = np.flatnonzero(np.abs(delta).any(1))
        accessors.append({
            "componentType": 5126, "count": len(delta), "type": "VEC3",
            "sparse": {
                "count": len(rows), "indices": {"bufferView": view(rows.astype("<u4")), "componentType": 5125},
                "values": {"bufferView": view(delta[rows].astype("<f4"))},
            },
        })  # fmt: skip
        return len(accessors) - 1

    position = accessor(vertices.astype("<f4"), "VEC3", 5126)
    primitive: dict[str, Any] = {"attributes": {"POSITION": position}, "indices": accessor(triangles.astype("<u4").ravel(), "SCALAR", 5125)}
    primitive["targets"] = [{"POSITION": target(delta)} for delta in targets.values()]
    content: dict[str, Any] = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": "Face"} | (node or {})],
        "meshes": [{"primitives": [primitive], "extras": {"targetNames": list(targets)}}],
        "bufferViews": views, "accessors": accessors, "buffers": [{"byteLength": len(blob)}],
    }  # fmt: skip
    text = json.dumps(content).encode()
    text += b" " * (-len(text) % 4)
    header = b"glTF" + np.array([2, 28 + len(text) + len(blob)], "<u4").tobytes()
    chunks = [np.array([len(part), kind], "<u4").tobytes() + part for part, kind in ((text, 0x4E4F534A), (bytes(blob), 0x004E4942))]
    path.write_bytes(header + b"".join(chunks))
    return path


def ict_names() -> dict[str, np.ndarray]:
    """The built-in shapes under ICT-FaceKit's names, browInnerUp and cheekPuff in two halves, tongueOut missing."""
    face, deltas = built_in()
    found = {}
    left = np.clip(0.5 + face.vertices.position[:, :1] / 0.02, 0, 1)
    for name, delta in zip(ARKIT52, deltas, strict=True):
        if name in ("browInnerUp", "cheekPuff"):
            found[f"{name}_L"], found[f"{name}_R"] = left * delta, (1 - left) * delta
        elif name not in ("tongueOut", "mouthLeft", "mouthRight", "jawLeft", "jawRight") and name.endswith(("Left", "Right")):
            found[name.replace("Left", "_L").replace("Right", "_R")] = delta
        elif name != "tongueOut":
            found[name] = delta
    return found
