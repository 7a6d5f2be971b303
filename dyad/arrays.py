"""Arrays of the value types: checked once, then read-only."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


def frozen(array: npt.ArrayLike, *, name: str, shape: Sequence[int | None], dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
    """Return the array as a read-only one of the wanted type and shape.

    An array that already fits is *viewed* read-only, not copied (an hour of two-channel audio is 460 MB).

    Args:
        array: what came.
        name: how errors call it.
        shape: wanted lengths; None accepts any.
        dtype: wanted element type.

    Raises:
        InputError: no array of numbers, another shape, or (for floats) a value that is not finite.
    """
    try:
        with np.errstate(over="ignore"):  # what is too large for the type becomes infinite and is refused below
            checked = np.asarray(array, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise InputError(name, expected="numbers, in rows of one length", got=str(error), cure="Check the array.") from error
    if checked.ndim != len(shape) or any(want is not None and want != have for want, have in zip(shape, checked.shape, strict=True)):
        wanted = "(" + ", ".join("any" if want is None else str(want) for want in shape) + ")"
        raise InputError(name, expected=f"an array of shape {wanted}", got=f"shape {checked.shape}", cure="Check the axes.")
    if checked.dtype.kind == "f":
        # The sum of finite float32 values, taken in double, is finite; unlike isfinite().all() it costs no temporary as large as the array.
        with np.errstate(invalid="ignore"):  # infinities of both signs
            total = checked.sum(dtype=np.float64)
        if not np.isfinite(total):
            bad = int(np.count_nonzero(~np.isfinite(checked)))
            got = f"{bad} NaN or infinite of {checked.size}"
            raise InputError(name, expected="finite numbers", got=got, cure="Repair or mask the source.")
    view = checked.view()
    view.flags.writeable = False
    return view
