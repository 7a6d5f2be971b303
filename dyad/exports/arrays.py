"""Array files written piece by piece, so that a full disk is noticed and memory stays small."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dyad.arrays import FloatArray


def write_npy(path: Path, blocks: Iterable[FloatArray], *, shape: tuple[int, ...]) -> None:
    """Write float32 blocks that follow each other along the first axis as one ``.npy`` of ``shape``.

    Raises:
        OSError: the disk is full (numpy's own writer reports that without saying so).
    """
    with open(path, "wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block, "<f4").data)
