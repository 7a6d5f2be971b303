"""Finds the usual faults in one clip of a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from dyad.audio import SAMPLE_RATE_HZ
from dyad.datasets.folder import Folder
from dyad.datasets.folder_files import ClipFiles
from dyad.errors import InputError
from dyad.eval.data_faults.finding import Finding
from dyad.eval.data_faults.lengths import length_mismatch
from dyad.eval.data_faults.lips import audio_motion_lag, wrong_pace, wrong_person
from dyad.eval.data_faults.rotations import rotation_order, rotation_unit
from dyad.eval.data_faults.sound import channel_leak, clipping, sample_rate, silent_channel
from dyad.eval.data_faults.tracking import frozen_tracks, jitter, not_numbers, repeated_frames
from dyad.eval.seat_view import SeatView, seat_views
from dyad.motion_files import read_motion
from dyad.seat import Seat

RATE_FAULTS = {"wrong rate", "wrong sample rate"}


def clip_findings(folder: Folder, clip_id: str) -> Iterator[Finding]:
    """All that is wrong with a clip; what cannot be read is a finding too.

    Args:
        folder: the folder.
        clip_id: of its ``ids``, or of its ``incomplete``.
    """
    files = folder.files(clip_id)
    if files.missing:
        cure = "Copy it beside the other, or leave the clip out."
        where = (*files.voices, *files.motion.values())[0].name
        yield Finding(fault="missing partner", where=where, says=f"There is no {' and no '.join(files.missing)}.", cure=cure)
    yield from _missing_motion(files)
    unusable: list[Finding] = []
    lengths: list[tuple[int, int]] = []
    for path in files.voices:
        with _unreadable(unusable, sound=path.name):
            samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
            lengths.append((len(samples), rate_hz))
            unusable += not_numbers({"samples": samples}, where=path.name)
            yield from sample_rate(rate_hz, where=path.name, wanted_hz=SAMPLE_RATE_HZ)
            yield from _channels(samples, path.name)
    rates: dict[Seat, list[Finding]] = {}
    for seat, path in files.motion.items():
        with _unreadable(unusable):
            bad = not_numbers(_float_arrays(path), where=path.name)
            unusable += bad
            if not bad and lengths:
                rates[seat] = _lengths(path, seat, lengths)
                yield from rates[seat]
    with _unreadable(unusable):
        if not unusable and not files.missing:
            yield from _measured(
                folder, clip_id, doubtful={seat for seat, found in rates.items() if RATE_FAULTS & {f.fault for f in found}}
            )
    yield from unusable


def _measured(folder: Folder, clip_id: str, *, doubtful: set[Seat]) -> list[Finding]:
    """What takes the turns: leaks, and motion against sound; not against sound for seats whose rates are in doubt."""
    conversation = folder.load(clip_id)
    found = channel_leak(conversation)
    for view in seat_views(conversation):
        found += [*frozen_tracks(view), *repeated_frames(view), *jitter(view)]
        units = rotation_unit(view)
        found += units
        if not units and view.motion.seat not in doubtful:
            found += _against_voice(view)
    return found


def _against_voice(view: SeatView) -> list[Finding]:
    """The first thing wrong between motion and voice: what is wrong so says nothing further, as a neck in the jaw's place has no lag."""
    checks = (rotation_order, wrong_person, wrong_pace, audio_motion_lag)
    return next((found for check in checks if (found := check(view))), [])


def _missing_motion(files: ClipFiles) -> Iterator[Finding]:
    if len(files.motion) == 1:
        (path,) = files.motion.values()
        (absent,) = set(Seat) - set(files.motion)
        yield Finding(
            fault="missing partner",
            severity="warning",
            where=path.name,
            says=f"There is no motion of seat {absent.name}.",
            cure="Copy it beside the other; models of both sides leave such clips out.",
        )


def _channels(samples: npt.NDArray[np.float32], name: str) -> Iterator[Finding]:
    for index, channel in enumerate(samples.T):
        where = f"{name}, channel {index + 1}" if samples.shape[1] > 1 else name
        if len(channel) and np.isfinite(channel).all():
            yield from silent_channel(channel, where=where)
            yield from clipping(channel, where=where)


def _lengths(path: Path, seat: Seat, lengths: list[tuple[int, int]]) -> list[Finding]:
    """Motion against its own voice: one stereo file, or the file of its seat."""
    motion = read_motion(path, seat=seat)
    samples, rate_hz = lengths[min(seat, len(lengths) - 1)]
    return length_mismatch(
        frames=motion.stop_frame, frame_rate_hz=motion.frame_rate_hz, samples=samples, sample_rate_hz=rate_hz, where=path.name
    )


def _float_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an ``.npz`` as they stand there; other files have none, their readers refuse what is no number."""
    if path.suffix != ".npz":
        return {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception:  # damaged: read_motion, which comes next, says so in words
        return {}


@contextmanager
def _unreadable(found: list[Finding], *, sound: str = "sound") -> Iterator[None]:
    """Files that cannot be read are findings; ``sound`` is the sound file that is being read."""
    try:
        yield
    except InputError as error:
        says = f"Expected {error.expected}; got {error.got.rstrip('.')}."
        found.append(Finding(fault="unreadable", where=Path(error.what).name, says=says, cure=error.cure))
    except soundfile.LibsndfileError as error:
        found.append(Finding(fault="unreadable", where=sound, says=error.error_string, cure="Export it again."))
