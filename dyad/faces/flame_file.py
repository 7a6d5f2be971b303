"""FLAME model files of the user's own (flame.is.tue.mpg.de licence): .pkl, without chumpy and without running its code, or .npz."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.faces.array_pickle import dense, load_arrays

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

SHAPE_COMPONENTS: Final = 300
EXPRESSION_COMPONENTS: Final = 100
"""FLAME 2019/2020 and 2023 store 300 shape and 100 expression components in one array ``shapedirs`` (V, 3, 400)."""
JOINTS: Final = ("root", "neck", "jaw", "left_eye", "right_eye")
_PARENTS: Final = (-1, 0, 1, 1, 1)
_KEYS: Final = ("v_template", "f", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table")
_CURE: Final = "Use generic_model.pkl of FLAME 2020 or flame2023.pkl, as downloaded."


@dataclass(frozen=True, kw_only=True)
class FlameArrays:
    """The numbers of a FLAME model, float64.

    Attributes:
        template: (V, 3) metres, y up, z out of the face.
        triangles: (F, 3).
        shape_directions: (V, 3, 300) metres per unit.
        expression_directions: (V, 3, 100) metres per unit.
        pose_directions: (V, 3, 36) metres per entry of R - 1 of the four joints after the root.
        joint_regressor: (5, V).
        skin_weights: (V, 5), rows sum to 1.
        source: the file.
    """

    template: Array
    triangles: Indices
    shape_directions: Array
    expression_directions: Array
    pose_directions: Array
    joint_regressor: Array
    skin_weights: Array
    source: str


def read_flame(path: str | Path) -> FlameArrays:
    """Read a FLAME model.

    Args:
        path: the licensed file; pickles of Python 2 and 3, with or without chumpy arrays, or an .npz of the same keys. Told by content.

    Returns:
        Checked arrays.

    Raises:
        InputError: no such file, a damaged file, a pickle that asks for anything but arrays (none of its code is run), missing keys, or
            another model (SMPL, MANO, another number of components).
    """
    path = Path(path)
    if not path.is_file():
        got = "a folder" if path.is_dir() else "no such file"
        raise InputError(str(path), expected="a FLAME model (.pkl or .npz)", got=got, cure="Check the path.")
    try:
        content = _read_npz(path) if zipfile.is_zipfile(path) else _read_pickle(path)
    except InputError:
        raise
    except Exception as error:  # damaged pickles and zips raise nearly anything
        got = f"{type(error).__name__}: {error}"
        raise InputError(str(path), expected="a FLAME model (.pkl or .npz)", got=got, cure="Download it again.") from error
    missing = [key for key in _KEYS if key not in content]
    if missing:
        got = f"no {', '.join(missing)} among {len(content)} keys"
        raise InputError(str(path), expected=f"the keys {', '.join(_KEYS)}", got=got, cure=_CURE)
    try:
        arrays = {key: dense(content[key]) for key in _KEYS}
    except (TypeError, ValueError, KeyError, IndexError, RecursionError) as error:
        raise InputError(str(path), expected="arrays of numbers", got=str(error), cure=_CURE) from error
    return _check(str(path), arrays)


def _check(source: str, arrays: Mapping[str, Array]) -> FlameArrays:
    def refuse(expected: str, got: str) -> InputError:
        return InputError(source, expected=expected, got=got, cure=_CURE)

    vertices = len(arrays["v_template"])
    components = SHAPE_COMPONENTS + EXPRESSION_COMPONENTS
    joints = arrays["weights"].shape[1] if arrays["weights"].ndim == 2 else 0
    if joints != len(JOINTS):
        raise refuse(f"FLAME with the {len(JOINTS)} joints {', '.join(JOINTS)}", f"a model with {joints} joints")
    shapes = {
        "v_template": (vertices, 3), "shapedirs": (vertices, 3, components), "posedirs": (vertices, 3, 9 * (len(JOINTS) - 1)),
        "J_regressor": (len(JOINTS), vertices), "weights": (vertices, len(JOINTS)), "kintree_table": (2, len(JOINTS)),
    }  # fmt: skip
    for key, shape in shapes.items():
        if arrays[key].shape != shape:
            raise refuse(f"{key} of shape {shape} (FLAME 2020 or 2023)", f"{key} of shape {arrays[key].shape}")
        if not np.isfinite(arrays[key]).all():
            raise refuse(f"finite numbers in {key}", "NaN or infinity")
    # The root's parent is stored as 2**32 - 1.
    parents = tuple(int(p) if p < len(JOINTS) else -1 for p in arrays["kintree_table"][0])
    if parents != _PARENTS:
        raise refuse(f"joint parents {_PARENTS}", f"{parents}")
    triangles = arrays["f"].astype(np.int64)
    if triangles.ndim != 2 or triangles.shape[1] != 3 or not len(triangles) or triangles.min() < 0 or triangles.max() >= vertices:
        raise refuse(f"triangles f of shape (F, 3) with indices below {vertices}", f"shape {triangles.shape}")
    extent = float(np.ptp(arrays["v_template"], axis=0).max())
    if not 0.15 <= extent <= 0.60:
        raise refuse("a head of 0.15 to 0.60 metres", f"a largest side of {extent:.4g}: another unit than metres")
    return FlameArrays(
        template=arrays["v_template"], triangles=triangles,
        shape_directions=arrays["shapedirs"][:, :, :SHAPE_COMPONENTS], expression_directions=arrays["shapedirs"][:, :, SHAPE_COMPONENTS:],
        pose_directions=arrays["posedirs"], joint_regressor=arrays["J_regressor"], skin_weights=arrays["weights"], source=source,
    )  # fmt: skip


def _read_npz(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as stored:
        names = [key for key in _KEYS if key in stored.files]
        content = {}
        for key in names:
            try:
                content[key] = stored[key]
            except ValueError as error:
                cure = "Save it as a plain array (for a sparse J_regressor: .toarray())."
                raise InputError(str(path), expected=f"a plain array {key}", got="Python objects", cure=cure) from error
        return content


def _read_pickle(path: Path) -> dict[str, Any]:
    content = load_arrays(path)
    if not isinstance(content, Mapping):
        raise InputError(str(path), expected="a FLAME model, a dictionary", got=f"a {type(content).__name__}", cure=_CURE)
    return {key.decode("latin1") if isinstance(key, bytes) else str(key): value for key, value in content.items()}
