"""Pickled arrays without the code: reads numpy, scipy.sparse and chumpy content of either Python and calls nothing a file asks for.

A pickle is a program. Here every class and function it may name is replaced by a holder of this module that keeps what was stored; any
other name ends the load before anything is called. The arrays are then rebuilt from the stored bytes.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError

Array = npt.NDArray[np.float64]


def load_arrays(path: Path) -> Any:
    """Load a pickle of plain containers and arrays.

    Args:
        path: the file, of any pickle protocol.

    Returns:
        Its content, with holders in place of arrays: `dense` turns them into arrays.

    Raises:
        InputError: it names a class or function that arrays do not need; nothing of it was run.
        Exception: whatever the reader raises on a damaged file.
    """
    with path.open("rb") as file:
        return ArrayUnpickler(file, source=str(path)).load()


def dense(value: Any) -> Array:
    """Turn what was stored into numbers.

    Args:
        value: a holder, an array, or numbers.

    Returns:
        float64 array.

    Raises:
        ValueError: no numbers in it.
        TypeError: as above.
    """
    if isinstance(value, Inert):
        return value.array()
    if isinstance(value, list | tuple):
        return np.asarray([dense(entry) for entry in value], np.float64)
    return np.asarray(value, np.float64)


class Inert:
    """Stands for an object of a foreign class: keeps what was stored of it, does nothing."""

    kind = ""

    def __init__(self, *_: Any) -> None:
        self.stored: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        """Keep the stored attributes."""
        self.stored = dict(state) if isinstance(state, Mapping) else {}

    def array(self) -> Array:
        """The numbers inside.

        Raises:
            ValueError: none are known to be there.
        """
        stored = self.__dict__.get("stored", {})
        if self.kind.startswith("scipy"):
            return _from_sparse(self.kind, stored)
        if "x" in stored:
            return dense(stored["x"])
        if {"a", "idxs", "preferred_shape"} <= set(stored):  # chumpy's Select: some entries of another array
            chosen = dense(stored["a"]).ravel()[dense(stored["idxs"]).astype(np.int64)]
            return chosen.reshape(dense(stored["preferred_shape"]).astype(np.int64))
        raise ValueError(f"an object of {self.kind} without numbers")


class InertType(Inert):
    """A stored element type: a text such as ``f8`` and a byte order."""

    def __init__(self, text: str | bytes = "f8", *_: Any) -> None:
        super().__init__()
        self._text = text.decode("ascii") if isinstance(text, bytes) else str(text)
        self._order = "="

    def __setstate__(self, state: Any) -> None:
        """Keep the byte order."""
        order = state[1]
        self._order = order.decode("ascii") if isinstance(order, bytes) else str(order)

    @property
    def objects(self) -> bool:
        """Whether the elements are Python objects."""
        return self._text.startswith("O")

    def numpy(self) -> np.dtype[Any]:
        """The numpy type.

        Raises:
            ValueError: not a type of numbers.
        """
        kind = np.dtype(self._text)
        if kind.kind not in "biuf":
            raise ValueError(f"elements of type {self._text}")
        return kind.newbyteorder(">") if self._order == ">" else kind


class InertArray(Inert):
    """A stored array: shape, element type and bytes."""

    def __setstate__(self, state: Any) -> None:
        """Keep (version, shape, type, whether by columns, content)."""
        _, shape, kind, by_columns, content = state
        self.stored = {"shape": tuple(int(side) for side in shape), "type": kind, "order": "F" if by_columns else "C", "content": content}

    def array(self) -> Array:
        """The numbers.

        Raises:
            ValueError: bytes that do not fit the shape, or elements that are no numbers.
        """
        stored = self.stored
        content, kind = stored["content"], stored["type"]
        if not isinstance(kind, InertType):
            raise ValueError("an array without an element type")
        if kind.objects:
            return np.asarray([dense(entry) for entry in content], np.float64).reshape(stored["shape"], order=stored["order"])
        raw = content.encode("latin1") if isinstance(content, str) else content
        return np.frombuffer(raw, kind.numpy()).reshape(stored["shape"], order=stored["order"]).astype(np.float64)


class _ArrayKind:
    """Stands for numpy.ndarray where a pickle names it as an argument."""


class ArrayUnpickler(pickle.Unpickler):
    """Reads arrays and plain containers and nothing else.

    Args:
        file: opened for bytes.
        source: how errors call it.
    """

    def __init__(self, file: Any, *, source: str) -> None:
        super().__init__(file, encoding="latin1")
        self._source = source

    def find_class(self, module: str, name: str, /) -> Any:
        """Map an allowed name to a holder.

        Each call makes a fresh one: a pickle that sets attributes on it changes nothing that outlives the load.

        Raises:
            InputError: any other name.
        """
        if module.partition(".")[0] == "chumpy" or (module.startswith("scipy.sparse") and name in _SPARSE):
            return type("Inert", (Inert,), {"kind": f"{module}.{name}"})
        make = _ALLOWED.get((module, name))
        if make is None:
            raise InputError(
                self._source, expected="a pickle of arrays", got=f"one that calls {module}.{name}, which was not run",
                cure="Do not use this file: arrays do not need that.",
            )  # fmt: skip
        return make()


def _reconstruct_object(kind: Any, parent: Any, _: Any = None) -> Inert:
    if not (isinstance(kind, type) and issubclass(kind, Inert)) or parent is not object:
        raise ValueError("reconstruction of a foreign object")
    return kind()


def _reconstruct_array(kind: Any, *_: Any) -> InertArray:
    if kind is not _ArrayKind:
        raise ValueError("an array of a foreign class")
    return InertArray()


def _scalar(kind: Any, content: Any) -> InertArray:
    return _filled(content, kind, (), by_columns=False)


def _from_buffer(content: Any, kind: Any, shape: Any, order: str) -> InertArray:
    return _filled(content, kind, shape, by_columns=order == "F")


def _filled(content: Any, kind: Any, shape: Any, *, by_columns: bool) -> InertArray:
    made = InertArray()
    made.__setstate__((1, shape, kind, by_columns, content))
    return made


def _latin1(text: str, encoding: str) -> bytes:
    if encoding.replace("-", "") != "latin1":
        raise ValueError(f"text in {encoding}")
    return text.encode("latin1")


def _fresh(function: Callable[..., Any]) -> Callable[[], Any]:
    return lambda: partial(function)


def _same(kind: type) -> Callable[[], Any]:
    return lambda: kind


_SPARSE: Final = tuple(f"{layout}_{kind}" for layout in ("csc", "csr", "coo") for kind in ("matrix", "array"))
_CORES: Final = ("numpy.core", "numpy._core")
_ALLOWED: Final[dict[tuple[str, str], Callable[[], Any]]] = {
    ("numpy", "ndarray"): _same(_ArrayKind),
    ("numpy", "dtype"): lambda: type("InertType", (InertType,), {}),
    **{(f"{core}.multiarray", "_reconstruct"): _fresh(_reconstruct_array) for core in _CORES},
    **{(f"{core}.multiarray", "scalar"): _fresh(_scalar) for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): _fresh(_from_buffer) for core in _CORES},
    **{(module, "_reconstructor"): _fresh(_reconstruct_object) for module in ("copy_reg", "copyreg")},
    **{(module, "object"): _same(object) for module in ("__builtin__", "builtins")},
    **{(module, kind.__name__): _same(kind) for module in ("__builtin__", "builtins") for kind in (set, frozenset, bytearray)},
    ("_codecs", "encode"): _fresh(_latin1),
    ("collections", "OrderedDict"): _same(dict),
}


def _from_sparse(kind: str, stored: Mapping[str, Any]) -> Array:
    from scipy import sparse

    shape = tuple(int(side) for side in dense(stored.get("_shape", stored.get("shape", ()))))
    layout = kind.rpartition(".")[2][:3]
    if len(shape) != 2 or shape[0] * shape[1] > 10**8:
        raise ValueError(f"a sparse matrix of shape {shape}")
    data = dense(stored["data"])
    if layout == "coo":
        at = stored["coords"] if "coords" in stored else (stored["row"], stored["col"])
        places = tuple(dense(one).astype(np.int64) for one in at)
        return np.asarray(sparse.coo_matrix((data, places), shape).toarray(), np.float64)
    make = sparse.csc_matrix if layout == "csc" else sparse.csr_matrix
    rows, starts = (dense(stored[name]).astype(np.int64) for name in ("indices", "indptr"))
    return np.asarray(make((data, rows, starts), shape).toarray(), np.float64)
