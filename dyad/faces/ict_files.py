"""ICT-FaceKit's files (github.com/ICT-VGL/ICT-FaceKit, MIT): the folder of .obj meshes, or a packed .npz of the same numbers."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.faces.arkit_names import arkit_name
from dyad.faces.mesh import Array, Indices
from dyad.faces.obj_files import read_faces, read_positions

NEUTRAL: Final = "generic_neutral_mesh.obj"
RANGES: Final[dict[str, tuple[int, int]]] = {
    "face": (0, 9409), "head_neck": (9409, 11248), "mouth_socket": (11248, 13294), "eye_socket_l": (13294, 13678),
    "eye_socket_r": (13678, 14062), "gums_tongue": (14062, 17039), "teeth": (17039, 21451), "eyeball_l": (21451, 23021),
    "eyeball_r": (23021, 24591), "lacrimal": (24591, 24999), "eye_blend": (24999, 25047), "eye_occlusion": (25047, 25351),
    "eyelashes": (25351, 26719),
}  # fmt: skip
"""Vertex ranges of the full model, as its README lists them (the last rows read off the mesh's connected pieces)."""
LANDMARKS68: Final = (
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493, 1914, 2044, 1401, 3615,
    4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721,
    3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
)  # fmt: skip
"""idx_to_landmark_verts of the repository's vertex_indices.json (MIT)."""
FULL_VERTICES: Final = 26719


@dataclass(frozen=True, kw_only=True)
class IctArrays:
    """The model's numbers, in the file's unit.

    Attributes:
        neutral: (V, 3).
        triangles: (F, 3).
        shapes: (V, 3) offsets for each of the model's names.
        identities: (N, V, 3) offsets of the identity modes that are there.
        ranges: vertex ranges of the parts, where known.
        landmarks: (68,) vertex indices, where known.
        source: where it came from.
    """

    neutral: Array
    triangles: Indices
    shapes: Mapping[str, npt.NDArray[np.float32]]
    identities: npt.NDArray[np.float32]
    ranges: Mapping[str, tuple[int, int]]
    landmarks: Indices | None
    source: str


def is_ict(path: Path) -> bool:
    """Tell whether a path is ICT-FaceKit's folder, a folder with the packed form, or the packed form itself."""
    if path.is_dir():
        return (path / NEUTRAL).is_file() or _packed_in(path) is not None
    return zipfile.is_zipfile(path) and {"neutral.npy", "expression_deltas.npy"} <= set(zipfile.ZipFile(path).namelist())


def read_ict(path: Path, *, modes: int = 0) -> IctArrays:
    """Read the model's files.

    Args:
        path: see `load_ict`.
        modes: how many identity modes to read from a folder.

    Returns:
        Its arrays.

    Raises:
        InputError: see `load_ict`.
    """
    packed = path if path.is_file() else _packed_in(path)
    if packed is not None:
        return _read_packed(packed)
    if not (path / NEUTRAL).is_file():
        got = "no such folder" if not path.exists() else f"no {NEUTRAL} in it"
        raise InputError(str(path), expected="ICT-FaceKit's folder FaceXModel", got=got, cure="Check the path.")
    neutral = read_positions(path / NEUTRAL)
    shapes: dict[str, npt.NDArray[np.float32]] = {}
    for file in sorted(path.glob("*.obj")):
        if arkit_name(file.stem) is not None:
            shapes[file.stem] = _offset(file, neutral)
    numbered = [path / f"identity{mode:03d}.obj" for mode in range(modes)]
    present = [file for file in numbered if file.is_file()]
    identities = np.stack([_offset(file, neutral) for file in present]) if present else np.zeros((0, *neutral.shape), np.float32)
    return IctArrays(
        neutral=neutral, triangles=read_faces(path / NEUTRAL), shapes=shapes, identities=identities,
        ranges=_ranges(path, len(neutral)), landmarks=_landmarks(len(neutral)), source=str(path),
    )  # fmt: skip


def _offset(file: Path, neutral: Array) -> npt.NDArray[np.float32]:
    positions = read_positions(file)
    if positions.shape != neutral.shape:
        got = f"{len(positions)}"
        raise InputError(str(file), expected=f"{len(neutral)} vertices as in {NEUTRAL}", got=got, cure="Take all files from one release.")
    return (positions - neutral).astype(np.float32)


def _packed_in(folder: Path) -> Path | None:
    return next((file for file in sorted(folder.glob("*.npz")) if is_ict(file)), None)


def _read_packed(file: Path) -> IctArrays:
    expected = "packed ICT-FaceKit with neutral, quads, expression_names and expression_deltas"
    try:
        with np.load(file, allow_pickle=False) as stored:
            neutral = stored["neutral"].astype(np.float64)
            quads = stored["quads"].astype(np.int64)
            names = [str(name) for name in stored["expression_names"]]
            deltas = stored["expression_deltas"].astype(np.float32)
            identities = (
                stored["identity_deltas"].astype(np.float32) if "identity_deltas" in stored else np.zeros((0, *neutral.shape), "f4")
            )
            marks = stored["landmarks68"].astype(np.int64) if "landmarks68" in stored else None
    except Exception as error:  # numpy, zipfile and zlib each raise a family of their own
        raise InputError(str(file), expected=expected, got=f"{type(error).__name__}: {error}", cure="Pack it again.") from error
    if deltas.shape != (len(names), *neutral.shape) or identities.shape[1:] != neutral.shape:
        got = f"{deltas.shape} for {len(names)} names and {len(neutral)} vertices"
        raise InputError(str(file), expected="expression_deltas of shape (names, vertices, 3)", got=got, cure="Pack it again.")
    if not np.isfinite(deltas).all():
        raise InputError(str(file), expected="finite shapes", got="NaN or infinity", cure="Pack it again.")
    full = quads[:, 3] >= 0
    triangles = np.concatenate([quads[:, :3], quads[full][:, [0, 2, 3]]])
    return IctArrays(
        neutral=neutral, triangles=triangles, shapes=dict(zip(names, deltas, strict=True)), identities=identities,
        ranges=_ranges(file.parent, len(neutral)), landmarks=_landmarks(len(neutral)) if marks is None else marks, source=str(file),
    )  # fmt: skip


def _ranges(folder: Path, vertices: int) -> dict[str, tuple[int, int]]:
    """Vertex ranges of the parts: those of the full model, overruled by part_vertex_ranges.json beside the files."""
    ranges: dict[str, tuple[int, int]] = dict(RANGES) if vertices == FULL_VERTICES else {}
    file = folder / "part_vertex_ranges.json"
    if file.is_file():
        try:
            stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            ranges |= {name: (int(low), int(high)) for name, (low, high) in stored.items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(str(file), expected="part names with two numbers each", got=str(error), cure="Remove the file.") from error
    return ranges


def _landmarks(vertices: int) -> Indices | None:
    return np.array(LANDMARKS68) if vertices == FULL_VERTICES else None
