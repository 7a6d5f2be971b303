"""Recorded motion from files: dyad's own ``motion.npz``, DualTalk's layout, Live Link Face CSVs, dyad's glTF scenes, and vertices."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dyad.dualtalk_layout import FRAME_RATE_HZ, GROUPS
from dyad.errors import InputError
from dyad.imports.foreign import Foreign, with_invalid_frames
from dyad.motion import Motion
from dyad.recording import motion_from_arrays
from dyad.seat import Seat
from dyad.statement import read_statement

if TYPE_CHECKING:
    from dyad.imports.vertex_heads import HeadChoice


def read_motion(path: str | Path, *, seat: Seat) -> Motion:
    """Read the motion of one person; see ``read_foreign`` for the layouts.

    Args:
        path: the file.
        seat: the seat to put it on.

    Raises:
        InputError: the file is missing, damaged, of no known layout, or leaves open what its numbers mean.
    """
    return read_foreign(path, seat=seat).motion


def read_foreign(
    path: str | Path,
    *,
    seat: Seat,
    source_rate_hz: float | None = None,
    flip: Sequence[str] = (),
    head: "HeadChoice | None" = None,
    on_frame: Callable[[int, int], None] | None = None,
) -> Foreign:
    """Read the motion of one person, with notes on what was assumed or repaired.

    Args:
        path: by its suffix: ``.csv`` of Live Link Face; ``.glb`` that dyad exported; ``.npy`` of vertices, (T, V, 3) metres; else
            ``motion.npz`` of a dyad recording (its own side is taken, or the only one), or a DualTalk ``.npz`` with ``exp`` (T, 50) and
            ``pose`` (T, 6): neck rotation vector first, then jaw, radians, at 25 fps; its basis is ``flame50`` unless an array
            ``basis`` names another.
        seat: the seat to put it on.
        source_rate_hz: of a CSV whose timecodes do not tell: frames they count in a second; of vertices without a statement of dyad's.
        flip: angle columns of a CSV to take with the other sign.
        head: whose vertices an ``.npy`` holds; what its statement says, or a built-in head's, if None.
        on_frame: called with the number of frames read and their total, where that takes long.

    Raises:
        InputError: the file is missing, damaged, of no known layout, or leaves open what its numbers mean.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    _refuse({"--head or --face-seed": head is not None and suffix != ".npy"}, path, expected="vertices (.npy)")
    if path.is_file() and suffix == ".csv":
        from dyad.imports.live_link_csv import read_live_link

        return read_live_link(path, seat=seat, source_rate_hz=source_rate_hz, flip=flip)
    _refuse({"--flip": bool(flip)}, path, expected="a CSV of Live Link Face")
    if path.is_file() and suffix == ".npy":
        from dyad.imports.vertex_sequence import read_vertices

        return read_vertices(path, seat=seat, head=head, source_rate_hz=source_rate_hz, on_frame=on_frame)
    _refuse({"--source-fps": source_rate_hz is not None}, path, expected="a CSV of Live Link Face, or vertices (.npy)")
    if path.is_file() and suffix == ".glb":
        from dyad.imports.glb_scene import read_glb

        return read_glb(path, seat=seat)
    return Foreign(motion=_read_npz(path, seat=seat))


def _refuse(options: Mapping[str, bool], path: Path, *, expected: str) -> None:
    """Refuse what was given for another kind of file."""
    for option, given in options.items():
        if given:
            raise InputError(option, expected=expected, got=path.name, cure=f"Leave {option} out.")


def _read_npz(path: Path, *, seat: Seat) -> Motion:
    expected = "motion.npz of dyad, or a DualTalk .npz with exp (T, 50) and pose (T, 6)"
    if not path.is_file():
        got = "a folder" if path.is_dir() else "no such file"
        raise InputError(str(path), expected=expected, got=got, cure="Check the path.")
    if not zipfile.is_zipfile(path):
        raise InputError(str(path), expected=expected, got="another kind of file, or a damaged one", cure="Check the file.")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            own = _seats_in(arrays)
            if own:
                source = seat if seat in own else own[0]
                return replace(motion_from_arrays(source, arrays), seat=seat)
            if not {"exp", "pose"} <= set(arrays.files):
                raise ValueError(f"arrays {', '.join(arrays.files)}")
            basis = str(arrays["basis"].item()) if "basis" in arrays else "flame50"
            return _with_statement(_dualtalk_motion(arrays["exp"], arrays["pose"], seat=seat, basis=basis), path)
    except InputError as error:
        raise InputError(f"{path}, {error.what}", expected=error.expected, got=error.got, cure=error.cure) from error
    except Exception as error:  # numpy, zipfile and zlib, given a damaged file, each raise a family of their own
        raise InputError(str(path), expected=expected, got=str(error) or type(error).__name__, cure="Check the file.") from error


def _seats_in(arrays: Mapping[str, Any]) -> list[Seat]:
    """Seats whose motion a ``motion.npz`` holds."""
    return [seat for seat in Seat if f"{seat.name}_expression" in arrays]


def _dualtalk_motion(expression: npt.NDArray[np.float32], pose: npt.NDArray[np.float32], *, seat: Seat, basis: str) -> Motion:
    if pose.ndim != 2 or pose.shape[1] != 6 or len(pose) != len(np.atleast_1d(expression)):
        raise ValueError(f"pose of shape {pose.shape} beside exp of shape {expression.shape}")
    kept = GROUPS["exp"].stop
    if basis == "flame50" and expression.ndim == 2 and expression.shape[1] > kept:
        cure = f"Keep the first {kept}: FLAME orders them by how much of faces they explain."
        raise InputError("exp", expected=f"{kept} coefficients of FLAME, as in DualTalk", got=f"{expression.shape[1]}", cure=cure)
    return Motion(
        seat=seat,
        frame_rate_hz=FRAME_RATE_HZ,
        basis=basis,
        expression=expression,
        head_rotation=pose[:, :3],
        jaw_rotation=pose[:, 3:],
    )


def _with_statement(motion: Motion, path: Path) -> Motion:
    """Frames marked as not valid by dyad's own statement beside the file, where it still fits."""
    statement = read_statement(path)
    if statement is None or statement.get("format") != "flame-npz" or statement.get("frames") != len(motion):
        return motion
    (stated,) = statement["seats"].values()
    return with_invalid_frames(motion, stated["invalid_frames"])
