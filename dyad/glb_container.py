"""The binary glTF container (Khronos glTF 2.0, section 4): twelve bytes of header, a JSON chunk and a binary chunk.

dyad writes glTF itself: trimesh, which it reads meshes with, writes neither morph targets nor animation, and pygltflib only mirrors the
JSON. Both read the result in the tests.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC, VERSION = 0x46546C67, 2
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942
COMPONENTS = {"uint8": 5121, "uint16": 5123, "uint32": 5125, "float32": 5126}
DTYPES = {code: np.dtype(name) for name, code in COMPONENTS.items()} | {5120: np.dtype("int8"), 5122: np.dtype("int16")}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
ARRAY_BUFFER, INDEX_BUFFER = 34962, 34963


class GlbBuilder:
    """Collects arrays and the JSON that points at them."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._length = 0
        self.json: dict[str, Any] = {"bufferViews": [], "accessors": []}

    def add(self, values: npt.NDArray[Any], *, target: int | None = None, normalised: bool = False, bounds: bool = False) -> int:
        """Add an array (N,) or (N, 2 to 4) as an accessor.

        Args:
            values: unsigned integers or float32.
            target: ``ARRAY_BUFFER`` or ``INDEX_BUFFER`` for what a mesh uses.
            normalised: whether integers stand for 0 to 1.
            bounds: whether to state minimum and maximum, which positions and times of keys must.

        Returns:
            The accessor's index.
        """
        accessor: dict[str, Any] = {
            "bufferView": self._view(values, target),
            "componentType": COMPONENTS[values.dtype.name],
            "count": len(values),
            "type": "SCALAR" if values.ndim == 1 else f"VEC{values.shape[1]}",
        }
        if normalised:
            accessor["normalized"] = True
        if bounds:
            accessor |= _bounds(values)
        return self._accessor(accessor)

    def add_sparse(self, values: npt.NDArray[np.float32]) -> int:
        """Add float32 (N, 3), mostly zeros, as an accessor that stores only the other rows; bounds are stated.

        Returns:
            The accessor's index.
        """
        rows = np.flatnonzero(values.any(axis=1))
        rows = rows if len(rows) else np.array([0])  # the format asks for at least one
        if 16 * len(rows) >= 12 * len(values):
            return self.add(values, target=ARRAY_BUFFER, bounds=True)
        index = rows.astype(np.uint16 if len(values) < 1 << 16 else np.uint32)
        sparse = {
            "count": len(rows),
            "indices": {"bufferView": self._view(index, None), "componentType": COMPONENTS[index.dtype.name]},
            "values": {"bufferView": self._view(values[rows], None)},
        }
        accessor = {"componentType": COMPONENTS["float32"], "count": len(values), "type": "VEC3", **_bounds(values), "sparse": sparse}
        return self._accessor(accessor)

    def pack(self) -> bytes:
        """The file's bytes; ``json`` must hold the rest of the document by now."""
        document = {**self.json, "buffers": [{"byteLength": self._length}]}
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + self._length
        head = struct.pack("<5I", MAGIC, VERSION, total, len(text), JSON_CHUNK)
        return b"".join([head, text, struct.pack("<2I", self._length, BINARY_CHUNK), *self._chunks])

    def _accessor(self, accessor: dict[str, Any]) -> int:
        self.json["accessors"].append(accessor)
        return len(self.json["accessors"]) - 1

    def _view(self, values: npt.NDArray[Any], target: int | None) -> int:
        content = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"))).tobytes()
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._length, "byteLength": len(content)}
        if target is not None:
            view["target"] = target
        self._chunks.append(content + bytes(-len(content) % 4))
        self._length += len(self._chunks[-1])
        self.json["bufferViews"].append(view)
        return len(self.json["bufferViews"]) - 1


def _bounds(values: npt.NDArray[Any]) -> dict[str, list[float]]:
    rows = values.reshape(len(values), -1)
    return {"min": [float(value) for value in rows.min(axis=0)], "max": [float(value) for value in rows.max(axis=0)]}


@dataclass(frozen=True, kw_only=True)
class Glb:
    """A file as read.

    Args:
        json: the document.
        binary: the binary chunk.
    """

    json: dict[str, Any]
    binary: bytes

    @classmethod
    def parse(cls, content: bytes) -> "Glb":
        """Take a file apart.

        Raises:
            ValueError: not a binary glTF 2.0 file, or a damaged one.
        """
        if len(content) < 20 or struct.unpack_from("<I", content)[0] != MAGIC:
            raise ValueError("no binary glTF")
        version, total, length, kind = struct.unpack_from("<4I", content, 4)
        if version != VERSION or total > len(content) or kind != JSON_CHUNK or 20 + length > total:
            raise ValueError(f"a glTF of version {version}" if version != VERSION else "a truncated glTF")
        document = json.loads(content[20 : 20 + length])
        rest = content[20 + length : total]
        binary = b""
        if len(rest) >= 8:
            size, kind = struct.unpack_from("<2I", rest)
            if kind != BINARY_CHUNK or 8 + size > len(rest):
                raise ValueError("a truncated glTF")
            binary = rest[8 : 8 + size]
        if not isinstance(document, dict):
            raise ValueError("a glTF without a document")
        return cls(json=document, binary=binary)

    def array(self, accessor: int) -> npt.NDArray[Any]:
        """An accessor's values, (N,) or (N, width); sparse ones are not read.

        Raises:
            ValueError: it points outside the file, or is sparse or interleaved.
            KeyError, IndexError: the document lacks what it names.
        """
        entry = self.json["accessors"][accessor]
        if "sparse" in entry or "bufferView" not in entry:
            raise ValueError(f"accessor {accessor} is sparse")
        view = self.json["bufferViews"][entry["bufferView"]]
        width, count, dtype = WIDTHS[entry["type"]], entry["count"], DTYPES[entry["componentType"]]
        if view.get("byteStride") not in (None, width * dtype.itemsize):
            raise ValueError(f"accessor {accessor} is interleaved")
        start = view.get("byteOffset", 0) + entry.get("byteOffset", 0)
        values = np.frombuffer(self.binary, dtype.newbyteorder("<"), count=count * width, offset=start)
        return values if width == 1 else values.reshape(count, width)


def named(entries: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Indices of a document's entries by their name."""
    return {entry["name"]: index for index, entry in enumerate(entries) if "name" in entry}
