"""The figures of one run for people and for ``summary.json``."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pyannote.core import Annotation

from dyad.arrays import FloatArray
from dyad.eval.events import EVENT_KINDS, unmeasurable_kinds
from dyad.eval.turns import measure_turns
from dyad.motion import Motion
from dyad.recording import Event
from dyad.seat import Seat


def summarise(
    diarization: Annotation,
    *,
    duration_s: float,
    motion: Mapping[Seat, Motion],
    events: Sequence[Event],
    step_ms: FloatArray,
    wall_s: float,
    agents: Mapping[Seat, str],
) -> dict[str, Any]:
    """What happened in a run, in plain values that JSON can hold: no NaN, None where a figure is undefined.

    ``real_time_factor`` is ``wall_s / duration_s``: below 1 is faster than real time. ``events_per_minute`` holds every kind a seat's
    motion can show, zero where none happened; the kinds it cannot show are in ``not_measurable`` with the reason.

    Args:
        diarization: who spoke when, labels A and B.
        duration_s: length of the conversation, seconds.
        motion: by seat.
        events: of both seats.
        step_ms: (ticks, 2), time each seat's agent took per tick, milliseconds.
        wall_s: seconds the run took.
        agents: name of each seat's agent.

    Raises:
        InputError: as ``measure_turns``.
    """
    turns = measure_turns(diarization, duration_s=duration_s)
    counts = Counter((event.seat, event.kind) for event in events)
    missing = {seat: unmeasurable_kinds(motion[seat]) for seat in motion}
    return {
        "duration_s": duration_s,
        "agents": {seat.name: agents[seat] for seat in sorted(agents)},
        "basis": {seat.name: motion[seat].basis for seat in sorted(motion)},
        "frame_rate_hz": {seat.name: motion[seat].frame_rate_hz for seat in sorted(motion)},
        "frames": {seat.name: len(motion[seat]) for seat in sorted(motion)},
        "speech_share": {seat.name: round(turns.speech_share[seat], 4) for seat in Seat},
        "overlap_share": round(turns.overlap_share, 4),
        "silence_share": round(turns.silence_share, 4),
        "turn_changes": turns.turn_changes,
        "gap_median_s": turns.gap_median_s,
        "floor_transfer_offset_median_s": turns.floor_transfer_offset_median_s,
        "ipu_gap_s": turns.ipu_gap_s,
        "events_per_minute": {
            seat.name: {
                kind: round(60 * counts[seat, kind] / motion[seat].duration_s, 2)
                for kind in EVENT_KINDS
                if kind not in missing[seat] and len(motion[seat])
            }
            for seat in sorted(motion)
        },
        "not_measurable": {seat.name: missing[seat] for seat in sorted(motion)},
        "wall_s": round(wall_s, 3),
        "real_time_factor": round(wall_s / duration_s, 4),
        "step_ms": {seat.name: _step_times(np.asarray(step_ms)[:, seat]) for seat in Seat},
    }


def _step_times(times_ms: FloatArray) -> dict[str, float | None]:
    """Median and 95th percentile, milliseconds; None without a step."""
    if not len(times_ms):
        return {"median": None, "p95": None}
    return {"median": round(float(np.median(times_ms)), 3), "p95": round(float(np.percentile(times_ms, 95)), 3)}
