"""Both heads in one animated OpenUSD scene; ``dyad.exports.usd_scene`` describes it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dyad.errors import InputError
from dyad.exports.formats import Material


def write(paths: Sequence[Path], material: Material) -> Mapping[str, Any] | None:
    """Write the scene: binary (``.usdc``, ``.usd``) or text (``.usda``), by the file's name; its layer data says what a reader must know.

    Raises:
        InputError: the extra ``dyad[usd]`` is not installed.
        OSError: the file cannot be written.
    """
    try:
        from pxr import Tf
    except ImportError as error:
        raise InputError("usd", expected="usd-core", got="not installed", cure="Run `pip install 'dyad[usd]'`.") from error
    from dyad.exports.usd_scene import stage_of

    stage = stage_of(material)  # named, since its layers live as long as it does
    try:
        written = stage.GetRootLayer().Export(str(paths[0]))
    except Tf.ErrorException as error:
        raise OSError(str(error)) from error
    if not written:
        raise OSError(f"{paths[0].name} could not be written")
    return None
