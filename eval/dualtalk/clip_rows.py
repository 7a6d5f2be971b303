"""What scores take: rows of 56 numbers a frame, checked once and cut to one length."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from dyad.dualtalk_layout import CHANNELS
from dyad.errors import InputError

Rows = npt.NDArray[np.floating]
Array = npt.NDArray[np.float64]


def same_length(given: Mapping[str, npt.ArrayLike], *, least_frames: int) -> tuple[Rows, ...]:
    """Check arrays of one clip and cut them to the shortest, as the published script does.

    Args:
        given: (T, 56) by the name that errors call them.
        least_frames: fewest frames the scores need.

    Returns:
        The arrays in order: float32 if all came so, else float64, because clusters depend on the precision they are sought in.

    Raises:
        InputError: another shape, too few frames, or NaN or infinite values.
    """
    arrays = {name: _numbers(array, name=name) for name, array in given.items()}
    frames = min(len(array) for array in arrays.values())
    if frames < least_frames:
        name = next(name for name, array in arrays.items() if len(array) == frames)
        raise InputError(name, expected=f"at least {least_frames} frames", got=f"{frames}", cure="Score a longer clip.")
    single = all(array.dtype == np.float32 for array in arrays.values())
    return tuple(np.ascontiguousarray(array[:frames], np.float32 if single else np.float64) for array in arrays.values())


def _numbers(given: npt.ArrayLike, *, name: str) -> Rows:
    try:
        array = np.asarray(given)
        if np.iscomplexobj(array):
            raise TypeError("complex numbers")
        array = array if array.dtype == np.float32 else array.astype(np.float64)
    except (TypeError, ValueError, RuntimeError) as error:  # the last of torch, for a tensor with gradients
        raise InputError(name, expected=f"numbers of shape (T, {CHANNELS})", got=str(error), cure="Check the array.") from error
    if array.ndim != 2 or array.shape[1] != CHANNELS:
        cure = "Expression 0:50, jaw 50:53, neck 53:56; see dyad.dualtalk_layout."
        raise InputError(name, expected=f"shape (T, {CHANNELS})", got=f"shape {array.shape}", cure=cure)
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if bad:
        raise InputError(name, expected="finite numbers", got=f"{bad} NaN or infinite of {array.size}", cure="Repair the motion.")
    return array
