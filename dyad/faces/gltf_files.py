"""Geometry of glTF 2.0 files (.glb or .gltf): meshes at rest in world axes, with their morph targets and colours."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from dyad.errors import InputError
from dyad.faces.mesh import Array, Indices

_COMPONENTS: Final = {5120: "i1", 5121: "u1", 5122: "i2", 5123: "u2", 5125: "u4", 5126: "f4"}
_WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_TRIANGLES: Final = 4


@dataclass(frozen=True, kw_only=True)
class GltfPart:
    """One primitive of a mesh.

    Attributes:
        node: name of its node, or of its mesh.
        positions: (V, 3) at rest, in the scene's axes and unit.
        triangles: (F, 3).
        targets: (V, 3) offsets for each morph target's name.
        colours: (V, 3) sRGB: texture, vertex colours and material; None if the file says nothing.
    """

    node: str
    positions: Array
    triangles: Indices
    targets: Mapping[str, npt.NDArray[np.float32]]
    colours: npt.NDArray[np.uint8] | None


def read_gltf(path: str | Path) -> list[GltfPart]:
    """Read all triangle meshes of a scene.

    Args:
        path: the file, told by content.

    Returns:
        Its parts; meshes with a skeleton stand in the skeleton's rest pose.

    Raises:
        InputError: no such file, not glTF 2.0, damaged, or without triangles.
    """
    path = Path(path)
    expected = "a glTF 2.0 file (.glb or .gltf)"
    if not path.is_file():
        got = "a folder" if path.is_dir() else "no such file"
        raise InputError(str(path), expected=expected, got=got, cure="Check the path.")
    try:
        parts = _Reader(path).parts()
    except Exception as error:  # pygltflib, json and struct each raise a family of their own
        got = f"{type(error).__name__}: {error}"
        raise InputError(str(path), expected=expected, got=got, cure="Export it again (a .gltf needs its .bin beside it).") from error
    if not parts:
        raise InputError(str(path), expected="a mesh with faces", got="none", cure="Export the head's meshes.")
    return parts


class _Reader:
    def __init__(self, path: Path) -> None:
        from pygltflib import GLTF2

        with path.open("rb") as file:
            binary = file.read(4) == b"glTF"
        loaded = GLTF2().load_binary(str(path)) if binary else GLTF2().load_json(str(path))
        if loaded is None:
            raise ValueError("not readable")
        self._gltf: Any = loaded
        self._folder = path.parent
        self._buffers: dict[int, bytes] = {}
        self._images: dict[int, npt.NDArray[np.uint8] | None] = {}
        self._worlds = self._world_matrices()

    def parts(self) -> list[GltfPart]:
        found = []
        for index, node in enumerate(self._gltf.nodes):
            if node.mesh is None:
                continue
            mesh = self._gltf.meshes[node.mesh]
            names = list((mesh.extras or {}).get("targetNames", []))
            for primitive in mesh.primitives:
                if primitive.mode in (None, _TRIANGLES) and primitive.attributes.POSITION is not None:
                    found.append(self._part(index, primitive, names, label=str(node.name or mesh.name or f"node {index}")))
        return found

    def _part(self, index: int, primitive: Any, names: list[str], *, label: str) -> GltfPart:
        positions = self._array(primitive.attributes.POSITION)
        matrices = self._matrices(index, primitive, len(positions))
        turn, shift = matrices[:, :3, :3], matrices[:, :3, 3]
        rows = np.arange(len(positions)) if primitive.indices is None else self._array(primitive.indices)[:, 0]
        targets = {}
        for number, target in enumerate(primitive.targets or []):
            accessor = target.get("POSITION") if isinstance(target, dict) else target.POSITION
            if accessor is not None:
                name = names[number] if number < len(names) else str(self._gltf.accessors[accessor].name or f"target {number}")
                offset = np.einsum("vab,vb->va", turn, self._array(accessor))
                targets[name] = offset.astype(np.float32)
        return GltfPart(
            node=label, positions=np.einsum("vab,vb->va", turn, positions) + shift, triangles=rows.astype(np.int64).reshape(-1, 3),
            targets=targets, colours=self._colours(primitive, len(positions)),
        )  # fmt: skip

    def _world_matrices(self) -> list[Array]:
        nodes = self._gltf.nodes
        parents = {child: index for index, node in enumerate(nodes) for child in node.children or []}
        worlds: list[Array] = []
        for start in range(len(nodes)):
            index: int | None = start
            world, depth = np.eye(4), 0
            while index is not None and depth <= len(nodes):
                world = _local_matrix(nodes[index]) @ world
                index, depth = parents.get(index), depth + 1
            worlds.append(world)
        return worlds

    def _matrices(self, index: int, primitive: Any, vertices: int) -> Array:
        """(V, 4, 4) from the mesh's axes to the scene's: the node's, or the skeleton's at rest."""
        node, joints = self._gltf.nodes[index], primitive.attributes.JOINTS_0
        if node.skin is None or joints is None or primitive.attributes.WEIGHTS_0 is None:
            return np.broadcast_to(self._worlds[index], (vertices, 4, 4))
        skin = self._gltf.skins[node.skin]
        bones = np.stack([self._worlds[joint] for joint in skin.joints])
        if skin.inverseBindMatrices is not None:
            bones = bones @ self._array(skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
        weights = self._array(primitive.attributes.WEIGHTS_0)
        weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
        return np.asarray((bones[self._array(joints).astype(np.int64)] * weights[:, :, None, None]).sum(axis=1))

    def _array(self, index: int) -> Array:
        """(N, width) float64 of an accessor: strides, normalised integers and sparse values included."""
        accessor = self._gltf.accessors[index]
        width = _WIDTHS[accessor.type]
        kind = np.dtype(_COMPONENTS[accessor.componentType]).newbyteorder("<")
        values = np.zeros((accessor.count, width))
        if accessor.bufferView is not None:
            values = self._rows(accessor.bufferView, accessor.byteOffset or 0, accessor.count, width, kind).astype(np.float64)
        if accessor.sparse is not None:
            where, what = accessor.sparse.indices, accessor.sparse.values
            index_kind = np.dtype(_COMPONENTS[where.componentType]).newbyteorder("<")
            at = self._rows(where.bufferView, where.byteOffset or 0, accessor.sparse.count, 1, index_kind)[:, 0]
            values[at] = self._rows(what.bufferView, what.byteOffset or 0, accessor.sparse.count, width, kind)
        if accessor.normalized and kind.kind in "iu":
            values = np.maximum(values / np.iinfo(kind).max, -1.0)
        return values

    def _rows(self, view: int, offset: int, count: int, width: int, kind: np.dtype[Any]) -> npt.NDArray[Any]:
        described = self._gltf.bufferViews[view]
        data = self._view(view)
        stride = described.byteStride or width * kind.itemsize
        need = offset + (count - 1) * stride + width * kind.itemsize if count else 0
        if need > len(data):
            raise ValueError(f"buffer view {view} ends before its data")
        return np.ndarray((count, width), kind, data, offset, (stride, kind.itemsize)).copy()

    def _view(self, view: int) -> bytes:
        described = self._gltf.bufferViews[view]
        data = self._buffer(described.buffer)
        start = described.byteOffset or 0
        if start + described.byteLength > len(data):
            raise ValueError(f"buffer {described.buffer} is cut short")
        return data[start : start + described.byteLength]

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            uri = self._gltf.buffers[index].uri
            self._buffers[index] = self._gltf.binary_blob() if uri is None else self._resource(uri)
        return self._buffers[index]

    def _resource(self, uri: str) -> bytes:
        from base64 import b64decode
        from urllib.parse import unquote

        if uri.startswith("data:"):
            return b64decode(uri.partition(",")[2])
        file = (self._folder / unquote(uri)).resolve()
        if not file.is_relative_to(self._folder.resolve()):
            raise ValueError(f"{uri} lies outside the file's folder")
        return file.read_bytes()

    def _colours(self, primitive: Any, vertices: int) -> npt.NDArray[np.uint8] | None:
        factor, texture = np.ones(3), None
        if primitive.material is not None:
            surface = self._gltf.materials[primitive.material].pbrMetallicRoughness
            if surface is not None:
                factor = np.array((surface.baseColorFactor or [1, 1, 1, 1])[:3], np.float64)
                texture = surface.baseColorTexture
        painted, at = primitive.attributes.COLOR_0, primitive.attributes.TEXCOORD_0
        if primitive.material is None and painted is None:
            return None
        linear = np.repeat(factor[None], vertices, axis=0)
        if painted is not None:
            linear = linear * self._array(painted)[:, :3]
        colours = 255.0 * np.clip(linear, 0.0, 1.0) ** (1.0 / 2.2)
        if texture is not None and at is not None:
            image = self._image(texture.index)
            if image is not None:
                place = np.mod(self._array(at), 1.0) * np.array([image.shape[1], image.shape[0]])
                column, row = np.minimum(place.astype(np.int64), np.array([image.shape[1], image.shape[0]]) - 1).T
                colours = colours * (image[row, column] / 255.0)
        return np.rint(colours).astype(np.uint8)

    def _image(self, texture: int) -> npt.NDArray[np.uint8] | None:
        """(H, W, 3) sRGB; None where the format is unknown: then the material's plain colour has to do."""
        from PIL import Image

        source = self._gltf.textures[texture].source
        if source is None:
            return None
        if source not in self._images:
            described = self._gltf.images[source]
            try:
                data = self._resource(described.uri) if described.uri is not None else self._view(described.bufferView)
                self._images[source] = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
            except (OSError, ValueError):
                self._images[source] = None
        return self._images[source]


def _local_matrix(node: Any) -> Array:
    if node.matrix is not None:
        return np.array(node.matrix, np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    turn = Rotation.from_quat(node.rotation or [0, 0, 0, 1]).as_matrix()
    matrix[:3, :3] = turn * np.array(node.scale or [1, 1, 1], np.float64)
    matrix[:3, 3] = node.translation or [0, 0, 0]
    return matrix
