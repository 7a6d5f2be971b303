"""What is asked of a prediction: the published events, each as frames, a person whose chance is scored, and the right answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.agents.projection.objective import FRAME_RATE_HZ, HORIZON_FRAMES
from dyad.arrays import BoolArray
from dyad.eval.turn_taking.intervals import TurnIntervals
from dyad.eval.turn_taking.vap import Region, vap_events
from dyad.eval.turn_taking.vap_config import vap_config

SHIFT_OR_HOLD: Final = "shift or hold"
SHIFT_AHEAD: Final = "shift ahead"
BACKCHANNEL_AHEAD: Final = "backchannel ahead"
TASKS: Final = (SHIFT_OR_HOLD, SHIFT_AHEAD, BACKCHANNEL_AHEAD)
_PREDICTION_FRAMES = 25  # 0.5 s, as the regions ahead of an event


@dataclass(frozen=True, kw_only=True, eq=False)
class Trials:
    """Trials of one task in one conversation, a row each.

    Args:
        start: int64 (n,), first frame of the region.
        stop: int64 (n,), first frame after it.
        scored: int64 (n,), whose chance is scored: 0 or 1; the one who is not speaking or spoke last.
        positive: bool (n,), whether that person does take the floor, or give a backchannel.
    """

    start: npt.NDArray[np.int64]
    stop: npt.NDArray[np.int64]
    scored: npt.NDArray[np.int64]
    positive: BoolArray


def trials_of(activity: BoolArray, *, seed: int) -> dict[str, Trials]:
    """The trials of each task, by the published events of the configuration ``event_config`` over the whole conversation.

    No event is left out to balance the classes. Where the published code draws stretches without a backchannel, one is drawn from each
    region of the other's speech.

    Args:
        activity: bool (T, 2) at 50 Hz.
        seed: of those stretches.
    """
    events = vap_events(intervals_of(activity), vap_config("event_config").whole())
    draw = np.random.default_rng(seed)
    within = len(activity) - HORIZON_FRAMES
    return {
        SHIFT_OR_HOLD: _trials(_asked(events.shift, events.hold), within=within),
        SHIFT_AHEAD: _trials(_asked(events.pred_shift, events.pred_hold), within=within),
        BACKCHANNEL_AHEAD: _trials(
            [*((*_frames(region), True) for region in events.pred_backchannel), *_without(events.no_backchannel, draw)], within=within
        ),
    }


def intervals_of(activity: BoolArray) -> TurnIntervals:
    """The voice activity as intervals."""
    rows = []
    for side in (0, 1):
        edges = np.diff(activity[:, side].astype(np.int8), prepend=0, append=0)
        rows.append(np.column_stack((np.flatnonzero(edges == 1), np.flatnonzero(edges == -1))) / FRAME_RATE_HZ)
    return TurnIntervals(a=rows[0], b=rows[1], duration_s=len(activity) / FRAME_RATE_HZ)


_Row = tuple[int, int, int, bool]  # start, stop, scored, positive


def _asked(shifts: Sequence[Region], holds: Sequence[Region]) -> list[_Row]:
    """Does the other person speak next? After a hold that is the one who does not."""
    rows: list[_Row] = [(*_frames(region), True) for region in shifts]
    for start, stop, seat in map(_frames, holds):
        rows.append((start, stop, 1 - seat, False))
    return rows


def _without(regions: Sequence[Region], draw: np.random.Generator) -> Iterator[_Row]:
    for first, last, seat in map(_frames, regions):
        start = int(draw.integers(first, last - _PREDICTION_FRAMES + 1))
        yield start, start + _PREDICTION_FRAMES, seat, False


def _frames(region: Region) -> tuple[int, int, int]:
    start_s, end_s, seat = region
    return round(start_s * FRAME_RATE_HZ), round(end_s * FRAME_RATE_HZ), int(seat)


def _trials(rows: Sequence[_Row], *, within: int) -> Trials:
    table = np.array(sorted(row for row in rows if row[0] < within), np.int64).reshape(-1, 4)
    return Trials(start=table[:, 0], stop=table[:, 1], scored=table[:, 2], positive=table[:, 3].astype(bool))
