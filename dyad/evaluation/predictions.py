"""Predicted motion in files, by the names of the corpus they are made for."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from dyad.datasets.dualtalk import SPEAKERS
from dyad.dualtalk_layout import FRAME_RATE_HZ, unpack
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.motion_files import read_motion
from dyad.seat import Seat

SUFFIXES = (".npz", ".npy")
LENGTH_TOLERANCE_FRAMES = 5
"""Tracked clips, their sound and what models make of it differ by a frame or two; by more than 0.2 s it is another clip."""

STRANGERS_FOLDER = "shuffled-partner"
"""Within a folder of predictions: those of a model that heard and saw the partner of another clip."""


def find_prediction(folder: Path, conversation_id: str, *, seat: Seat) -> Path | None:
    """``FOLDER/SPLIT/NAME_speaker1.npz``, or without ``SPLIT``, or ``.npy``; None where there is none of them."""
    name = f"{conversation_id}_{SPEAKERS[seat]}"
    places = [folder / f"{stem}{suffix}" for stem in (name, name.partition("/")[2]) for suffix in SUFFIXES]
    return next((place for place in places if place.is_file()), None)


def check_predictions(folder: Path, conversation_ids: Iterable[str]) -> None:
    """See that there is a prediction for each side of each conversation, before any work is done; beside a stranger, for each or for none.

    Raises:
        InputError: no such folder, or some are missing.
    """
    if not folder.is_dir():
        raise InputError(str(folder), expected="a folder of predictions", got="no such folder", cure="Check --predictions.")
    sides = [(name, seat) for name in conversation_ids for seat in Seat]
    strangers = folder / STRANGERS_FOLDER
    some_strangers = any(find_prediction(strangers, name, seat=seat) for name, seat in sides)
    for place in (folder, strangers) if some_strangers else (folder,):
        _check_all(place, sides)


def _check_all(folder: Path, sides: Sequence[tuple[str, Seat]]) -> None:
    missing = [f"{name}_{SPEAKERS[seat]}" for name, seat in sides if find_prediction(folder, name, seat=seat) is None]
    if missing:
        raise InputError(
            str(folder), expected=f"predictions of {len(sides)} sides, SPLIT/NAME_speaker1.npz and so on",
            got=f"none for {len(missing)} of them, such as {missing[0]}", cure="Predict both directions of every clip, or use --limit.",
        )  # fmt: skip


def read_prediction(path: Path, *, truth: Motion) -> Motion:
    """Read one side's predicted motion.

    Args:
        path: ``.npz`` of the corpus's layout, or ``.npy`` (T, 56) as the published code writes: expression, jaw, neck.
        truth: recorded motion of the same side.

    Raises:
        InputError: a damaged file, NaN, another basis or frame rate than the truth's, or a length that differs by more than 5 frames.
    """
    found = _read_rows(path, truth) if path.suffix == ".npy" else read_motion(path, seat=truth.seat)
    for what, own, recorded in (("basis", found.basis, truth.basis), ("frames a second", found.frame_rate_hz, truth.frame_rate_hz)):
        if own != recorded:
            raise InputError(
                str(path), expected=f"{what} {recorded}, as the truth", got=f"{own}", cure="Predict in the truth's basis and rate."
            )
    if abs(len(found) - len(truth)) > LENGTH_TOLERANCE_FRAMES:
        expected = f"{len(truth)} frames, as the truth, give or take {LENGTH_TOLERANCE_FRAMES}"
        raise InputError(str(path), expected=expected, got=f"{len(found)}", cure="Predict the whole clip, at 25 fps.")
    return found


def _read_rows(path: Path, truth: Motion) -> Motion:
    try:
        rows = np.load(path, allow_pickle=False)
        return unpack(rows, seat=truth.seat, basis=truth.basis)
    except InputError as error:
        raise InputError(str(path), expected=error.expected, got=error.got, cure=error.cure) from error
    except Exception as error:  # numpy, given a damaged file, raises a family of its own
        raise InputError(str(path), expected="an array (T, 56)", got=str(error) or type(error).__name__, cure="Check the file.") from error


def write_prediction(path: Path, motion: Motion) -> None:
    """Write one side's motion as the corpus does: ``exp``, ``pose`` (neck, then jaw) and ``basis``."""
    assert motion.frame_rate_hz == FRAME_RATE_HZ
    path.parent.mkdir(parents=True, exist_ok=True)
    pose = np.concatenate([motion.head_rotation, motion.jaw_rotation], axis=1)
    np.savez_compressed(path, exp=motion.expression, pose=pose, basis=np.array(motion.basis))
