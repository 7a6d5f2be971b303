"""How long the arrays of an ``.npz`` are, without reading them."""

import zipfile
from pathlib import Path

import numpy as np

from dyad.errors import InputError


def rows_of(path: Path, name: str) -> int:
    """Number of rows of one array, from its header.

    Raises:
        InputError: the file is damaged, or has no such array of at least one axis.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as file:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, _ = read(file)
        return int(shape[0])
    except (OSError, KeyError, ValueError, IndexError, EOFError, zipfile.BadZipFile) as error:
        expected = f"an .npz with an array {name}"
        raise InputError(str(path), expected=expected, got=str(error) or type(error).__name__, cure="Check the file.") from error
