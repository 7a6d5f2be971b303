"""From timecodes to even frames: the rate, dropped frames, and whether the rate held."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.timecode import DAY_S, Timecode

Array = npt.NDArray[np.float64]

COUNTS = (24, 25, 30, 48, 50, 60, 90, 100, 120, 240)  # frames in a timecode's second
RATES_HZ = sorted({count * factor for count in COUNTS for factor in (1.0, 1000 / 1001)} | {10.0, 12.5, 15.0, 20.0})
HALF_COUNT = 30  # the app counts in 30 or 60: a frame number from here on means 60
RATE_TOLERANCE = 0.005  # relative; iPhones run at 59.9 fps under a timecode of 60
EVEN_FRAMES = 0.2  # a frame this near its place, in frames, is put there as it is
WINDOW = 31  # steps over which the rate is looked at
CHANGE = 0.25  # relative change of the local rate that is no jitter
LONGEST_GAP_S = 10.0


@dataclass(frozen=True, kw_only=True)
class FrameTimes:
    """When the rows of a file happened.

    Args:
        frame_rate_hz: of the even frames they belong to.
        positions: (N,) place of each row, in frames since the first; never falling.
        longest_step: longest distance between rows, frames.
    """

    frame_rate_hz: float
    positions: Array
    longest_step: float

    @property
    def frames(self) -> int:
        """Number of even frames from the first row to the last."""
        return int(np.floor(self.positions[-1] + EVEN_FRAMES)) + 1

    @property
    def even(self) -> bool:
        """Whether every row is near a frame's place, and no two near the same."""
        nearest = np.rint(self.positions)
        return bool((np.abs(self.positions - nearest) <= EVEN_FRAMES).all() and (np.diff(nearest) > 0).all())

    def rows_at(self) -> Array:
        """(T,) for each even frame its place among the rows, as a fractional row number; whole where a row belongs there."""
        places = np.rint(self.positions) if self.even else self.positions
        grid = np.arange(self.frames, dtype=np.float64).clip(0.0, places[-1])
        return np.asarray(np.interp(grid, places, np.arange(len(places), dtype=np.float64)))

    def recorded(self) -> npt.NDArray[np.bool_]:
        """(T,) whether a row lies within three quarters of a frame of each even frame."""
        grid = np.arange(self.frames)
        after = np.searchsorted(self.positions, grid).clip(0, len(self.positions) - 1)
        before = (after - 1).clip(0)
        distance = np.minimum(np.abs(self.positions[after] - grid), np.abs(self.positions[before] - grid))
        near: npt.NDArray[np.bool_] = distance <= 0.75
        return near


def count_of(codes: Sequence[Timecode], *, what: str) -> int:
    """Frames in a second of these timecodes.

    Where a timecode passes from one second to the next, its frame number falls by that count less one step. A file without such a place is
    taken for 60 where a frame number reaches 30 (the app counts in 30 or 60).

    Raises:
        InputError: it cannot be known, or frame numbers do not fit it.
    """
    frames = [float(code.frames) for code in codes]
    falls: list[float] = []
    steps: list[float] = []  # within the second at hand
    for (before, after), (early, late) in zip(pairwise(frames), pairwise(codes), strict=True):
        if late.seconds == early.seconds:
            steps.append(after - before)
            continue
        if late.seconds - early.seconds in (1, 1 - DAY_S) and steps:
            falls.append(before - after + float(np.median(steps)))
        steps = []
    highest = max(frames)
    # Frames lost at the border of two seconds make that fall too small, so the count that most falls agree on is taken.
    agreeing = {count: sum(abs(fall - count) < 0.5 for fall in falls) for count in COUNTS if count > highest}
    best = max(agreeing, key=lambda count: agreeing[count], default=None)
    if best is not None and agreeing[best]:
        return best
    if not falls and HALF_COUNT <= highest < 2 * HALF_COUNT:
        return 2 * HALF_COUNT
    raise InputError(
        what,
        expected="timecodes whose frame rate can be told",
        got=f"{len(codes)} rows with frame numbers up to {highest:g}",
        cure="Say how many frames its timecodes count in a second with --source-fps.",
    )


def frame_times(codes: Sequence[Timecode], *, count: int, what: str, frame_rate_hz: float | None = None) -> FrameTimes:
    """Place rows on even frames.

    Args:
        codes: timecode of each row, at least one.
        count: frames in a second of the timecodes.
        what: name of the file, for errors.
        frame_rate_hz: the rate, where it is stated; None reads it off the rows.

    Raises:
        InputError: times that run backwards, a gap beyond ten seconds, a rate that is none known or that changes inside the file.
    """
    times = np.array([float(code.time_s(frames_per_s=count)) for code in codes])
    times += DAY_S * np.concatenate([[0.0], np.cumsum(np.diff(times) < -DAY_S / 2)])
    steps = np.diff(times) * count
    if max(float(code.frames) for code in codes) >= count:
        raise InputError(what, expected=f"frame numbers below {count}", got="higher ones", cure="Correct --source-fps.")
    if len(steps) and steps.min() < 0:
        row = int(np.argmin(steps)) + 1
        raise InputError(what, expected="times that run forwards", got=f"a jump back after row {row}", cure="Sort or split the file.")
    if len(steps) and steps.max() > LONGEST_GAP_S * count:
        got = f"a gap of {steps.max() / count:.1f} s after row {int(np.argmax(steps)) + 1}"
        raise InputError(what, expected="one take", got=got, cure="Split the file there.")
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
    _check_steady(steps, step, count=count, what=what)
    rate = frame_rate_hz or _rate(times - times[0], count / step, what=what)
    positions = (times - times[0]) * float(FrameClock(frame_rate_hz=rate).rate)
    longest = float(np.diff(positions).max()) if len(positions) > 1 else 1.0
    return FrameTimes(frame_rate_hz=rate, positions=positions, longest_step=longest)


def _rate(times: Array, measured_hz: float, *, what: str) -> float:
    """The known rate that rows keep best: near the measured one, and of those the one whose places they hit."""
    near = [rate for rate in RATES_HZ if abs(rate / measured_hz - 1.0) < RATE_TOLERANCE]
    if not near:
        raise InputError(
            what, expected="a usual frame rate", got=f"{measured_hz:.2f} fps", cure="Resample it in the program it comes from."
        )

    def miss(rate: float) -> float:
        places = times * rate
        return float(np.abs(places - np.rint(places)).max())

    best = min(near, key=miss)
    return best if miss(best) <= EVEN_FRAMES else float(min(near, key=lambda rate: abs(rate - round(rate))))


def _check_steady(steps: Array, step: float, *, count: int, what: str) -> None:
    """Lost frames are single long steps; where the middle step of a window differs, the rate itself changed."""
    if len(steps) < WINDOW:
        return
    local = np.median(np.lib.stride_tricks.sliding_window_view(steps, WINDOW), axis=1)
    off = np.flatnonzero(np.abs(local / step - 1.0) > CHANGE)
    if len(off):
        first, second = count / float(np.median(local[:1])), count / max(float(local[off[-1]]), 1e-9)
        got = f"about {first:.4g} fps and {second:.4g} fps (near row {int(off[0]) + WINDOW // 2 + 1})"
        raise InputError(what, expected="one frame rate throughout", got=got, cure="Split the file where the rate changes.")
