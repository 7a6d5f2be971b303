"""Sequences of a known head's vertices, (T, V, 3) in metres, as ``dyad export --to vertices-npy`` writes them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray, FloatArray
from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.faces.surface import BLOCK_FRAMES
from dyad.faces.vertex_fit import Pose, VertexFit, VertexFitter
from dyad.imports.foreign import Foreign, with_invalid_frames
from dyad.imports.vertex_heads import LOOKED_AT, HeadChoice, candidates, check_placed, match
from dyad.motion import Motion
from dyad.resampling import bridge
from dyad.seat import Seat
from dyad.statement import read_statement, sidecar_of

FORMAT = "vertices-npy"
EXPECTED = "an .npy of numbers, (frames, vertices, 3): positions in metres"
HEAD_SIZE_M = (0.1, 1.5)
"""Least and largest diagonal of the box around one frame of a head, with or without shoulders."""
UNITS = {"millimetres": 1e3, "centimetres": 1e2, "inches": 39.37}

Positions = npt.NDArray[np.floating]
OnFrame = Callable[[int, int], None]


def read_vertices(
    path: Path,
    *,
    seat: Seat,
    head: HeadChoice | None = None,
    source_rate_hz: float | None = None,
    on_frame: OnFrame | None = None,
) -> Foreign:
    """Read the motion behind a sequence of vertices: pose from the skull, gaze from the eyes, ARKit weights by bounded least squares.

    Frames with positions that are not finite are filled from their neighbours and marked as not valid. Dyad's own exports tell rate and
    head in their statement; of other files both must be known.

    Args:
        path: the ``.npy``.
        seat: the seat to put it on.
        head: whose vertices they are.
        source_rate_hz: frames per second, where the file does not tell.
        on_frame: called with the number of frames done and their total.

    Raises:
        InputError: another kind of array, no rate, a unit other than metres, or vertices of no head that was offered.
    """
    positions = _positions(path)
    statement = _stated(path, len(positions))
    rate = _rate(statement, source_rate_hz, path)
    tracked = _tracked(positions, path)
    some = np.asarray(positions[tracked[:: max(1, len(tracked) // LOOKED_AT)][:LOOKED_AT]], np.float64)
    _check_size(some, path)
    chosen, fitter = match(candidates(head or HeadChoice(), statement.get("head"), path=path), some, path=path)
    skull = [positions[block][:, fitter.skull] for block in _blocks(tracked)]
    pose = fitter.pose(np.concatenate(skull))
    check_placed(pose, path=path)
    fit = _fit(positions, tracked, fitter, pose, on_frame=on_frame)
    valid = np.zeros(len(positions), np.bool_)
    valid[tracked] = True
    motion = Motion(
        seat=seat,
        start_frame=int(statement.get("start_frame", 0)),
        frame_rate_hz=rate,
        expression=_spread(fit.weights, valid),
        head_rotation=_spread(pose.rotation, valid),
        head_translation=_spread(pose.translation, valid),
        gaze=_spread(fit.gaze, valid),
        valid=valid,
    )
    notes = [f"Read by {chosen.name}.", *_quality(pose, fit, fitter)]
    if len(tracked) < len(valid):
        notes.append(f"{len(valid) - len(tracked)} frames without finite positions filled from their neighbours and marked not valid.")
    motion = bridge(motion)
    for name, told in statement.get("seats", {}).items():
        motion = with_invalid_frames(motion, told["invalid_frames"])
        notes += [f"Motion of seat {name} put on seat {seat.name}."] if name != seat.name else []
    return Foreign(motion=motion, notes=tuple(notes))


def _positions(path: Path) -> Positions:
    """The array, left on disk."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(str(path), expected=EXPECTED, got=str(error), cure="Check the file.") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or array.ndim != 3 or array.shape[2] != 3 or not len(array):
        got = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else "several arrays"
        raise InputError(str(path), expected=EXPECTED, got=got, cure="Check the axes.")
    return array


def _stated(path: Path, frames: int) -> Mapping[str, Any]:
    """Dyad's own statement beside the file, where it still fits; else nothing."""
    statement = read_statement(path) or {}
    form = statement.get("format", FORMAT)
    if form != FORMAT:
        raise InputError(str(path), expected=EXPECTED, got=f"what dyad exported as {form}", cure=f"Export it with --to {FORMAT}.")
    return statement if statement.get("frames") == frames else {}


def _rate(statement: Mapping[str, Any], source_rate_hz: float | None, path: Path) -> float:
    if source_rate_hz is not None:
        FrameClock(frame_rate_hz=source_rate_hz)  # refuses what is no rate, before the work begins
        return source_rate_hz
    if "frame_rate_hz" not in statement:
        got = f"no {sidecar_of(path).name} that tells it of these frames"
        raise InputError(str(path), expected="a known frame rate", got=got, cure="Give it: --source-fps 25.")
    return float(statement["frame_rate_hz"])


def _tracked(positions: Positions, path: Path) -> npt.NDArray[np.int64]:
    """Indices of the frames all of whose positions are finite."""
    blocks = [positions[first : first + BLOCK_FRAMES] for first in range(0, len(positions), BLOCK_FRAMES)]
    found = np.flatnonzero(np.concatenate([np.isfinite(block).all(axis=(1, 2)) for block in blocks]))
    if not len(found):
        raise InputError(str(path), expected="positions", got="NaN or infinity in every frame", cure="Export it with tracking.")
    return found


def _check_size(some: Positions, path: Path) -> None:
    """See that the unit is the metre: a head has a size."""
    size = float(np.median(np.linalg.norm(np.ptp(some, axis=1), axis=1)))
    low, high = HEAD_SIZE_M
    if low <= size <= high:
        return
    unit = next((name for name, count in UNITS.items() if low <= size / count <= high), None)
    got = f"a box of {size:.3g} across one frame" + (f", as if in {unit}" if unit else "")
    cure = f"Divide the positions by {UNITS[unit]:g}." if unit else "Scale the positions to metres."
    raise InputError(str(path), expected=f"a head in metres, {low:g} to {high:g} across", got=got, cure=cure)


def _blocks(frames: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    return [frames[first : first + BLOCK_FRAMES] for first in range(0, len(frames), BLOCK_FRAMES)]


def _fit(positions: Positions, frames: npt.NDArray[np.int64], fitter: VertexFitter, pose: Pose, *, on_frame: OnFrame | None) -> VertexFit:
    noise_m = float(np.sqrt((pose.distance_m**2).mean() / 3.0))
    parts, done = [], 0
    for block in _blocks(frames):
        rows = np.s_[done : done + len(block)]
        parts.append(fitter.fit(positions[block], rotation=pose.rotation[rows], translation=pose.translation[rows], noise_m=noise_m))
        done += len(block)
        if on_frame is not None:
            on_frame(done, len(frames))
    names = ("weights", "gaze", "squared_m2", "missed_m2")
    return VertexFit(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _spread(values: npt.NDArray[np.float64], valid: BoolArray) -> FloatArray:
    """Values of the tracked frames in their places, zeros between."""
    spread = np.zeros((len(valid), *values.shape[1:]), np.float32)
    spread[valid] = values
    return spread


def _quality(pose: Pose, fit: VertexFit, fitter: VertexFitter) -> list[str]:
    """How well the motion accounts for the vertices, and what it could not tell."""
    missed, squared = float(fit.missed_m2.sum()), float(fit.squared_m2.sum())
    share = f"{100.0 * (1.0 - missed / squared):.1f} % of the squared displacement, " if squared > 0.0 else ""
    rms, worst = 1e3 * np.sqrt(fit.missed_m2.mean()), 1e3 * np.sqrt(fit.missed_m2.max())
    skull = 1e3 * np.sqrt((pose.distance_m**2).mean())
    notes = [f"Fit over {len(fitter)} vertices of the face: {share}rms {rms:.3f} mm (worst frame {worst:.3f}); skull rms {skull:.3f} mm."]
    if fitter.open_weights:
        notes.append(f"Weights that others of this head can stand in for, chosen near the gaze and zero: {', '.join(fitter.open_weights)}.")
    return notes
