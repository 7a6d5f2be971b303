"""Nods and shakes: oscillations of one head angle."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import correlate1d

from dyad.eval.events.rules import GestureRule

Array = npt.NDArray[np.float64]

EDGE_SHARE = 0.2  # a half-cycle lasts while its speed is at least this share of its peak speed
# For a sine, that is this share of the half-cycle's time and of its way:
CORE_TIME = 1 - 2 / np.pi * np.arcsin(EDGE_SHARE)
CORE_WAY = np.sqrt(1 - EDGE_SHARE**2)


@dataclass(frozen=True, kw_only=True)
class Gesture:
    """One oscillation.

    Args:
        start: onset, in frames (not whole).
        end: offset, in frames.
        size: largest half-cycle, degrees from turning point to turning point.
    """

    start: float
    end: float
    size: float


def find_gestures(angle: Array, across: Array, *, frame_rate_hz: float, rule: GestureRule) -> list[Gesture]:
    """Oscillations of ``angle`` that the rule takes for gestures, in order of time.

    Args:
        angle: the gesture's own angle, degrees, (T,).
        across: the other angle; where it moves further than ``angle`` within a gesture, the gesture is not one of this kind.
        frame_rate_hz: frames per second.
        rule: thresholds.
    """
    angle, across = (_smoothed(signal, rule.smoothing_s * frame_rate_hz) for signal in (angle, across))
    half_cycles = _half_cycles(angle, frame_rate_hz=frame_rate_hz, rule=rule)
    found = []
    for gesture in _joined(_chained(half_cycles, frame_rate_hz=frame_rate_hz, rule=rule), gap=rule.join_s * frame_rate_hz):
        first, last = max(0, int(gesture.start)), int(np.ceil(gesture.end)) + 1
        long_enough = gesture.end - gesture.start >= rule.shortest_s * frame_rate_hz - 1e-9
        if long_enough and np.ptp(across[first:last]) <= np.ptp(angle[first:last]):
            found.append(gesture)
    return found


def _smoothed(signal: Array, frames: float) -> Array:
    """Centred moving average over a length that need not be whole: the frames at both ends count by the part that is inside."""
    whole = int(max(frames - 1, 0) / 2)
    part = (max(frames, 1) - 1) / 2 - whole
    kernel = np.array([part, *np.ones(2 * whole + 1), part])
    average: Array = correlate1d(signal, kernel / kernel.sum(), mode="nearest") if len(signal) else signal
    return average


def turning_points(signal: Array, *, reversal: float) -> list[int]:
    """Frames where the signal turns, alternately highest and lowest; turns back by less than ``reversal`` are ignored."""
    if len(signal) < 2:
        return []
    step = np.sign(np.diff(signal))
    moving = np.flatnonzero(step)
    # Where the direction changes, plateaus taken as one point; both ends are candidates too.
    turns = moving[1:][step[moving[1:]] != step[moving[:-1]]]
    candidates = [0, *turns.tolist(), len(signal) - 1]
    values = signal[candidates].tolist()
    points: list[int] = []
    low = high = 0  # positions, within the candidates, of the extremes since the last turning point
    direction = 0
    for now, value in enumerate(values):
        if direction >= 0 and value > values[high]:
            high = now
        if direction <= 0 and value < values[low]:
            low = now
        if direction <= 0 and value - values[low] >= reversal:
            points.append(candidates[low])
            direction, high = 1, now
        elif direction >= 0 and values[high] - value >= reversal:
            points.append(candidates[high])
            direction, low = -1, now
    if direction:
        points.append(candidates[high if direction > 0 else low])
    return points


def _half_cycles(angle: Array, *, frame_rate_hz: float, rule: GestureRule) -> list[Gesture | None]:
    """The ways between turning points; None for one that is too slow, too fast or too lazy."""
    points = turning_points(angle, reversal=rule.reversal_deg)
    shortest, longest = (frame_rate_hz / (2 * edge) for edge in (rule.highest_hz, rule.lowest_hz))
    half_cycles: list[Gesture | None] = []
    for a, b in pairwise(points):
        way = _core(angle[a : b + 1], offset=a)
        frames = way.end - way.start
        good = shortest <= frames <= longest and way.size * frame_rate_hz >= rule.slowest_deg_s * frames
        half_cycles.append(way if good else None)
    return half_cycles


def _core(angle: Array, *, offset: int) -> Gesture:
    """The moving part of a way between two turning points, without the rest or slow drift before and after.

    It is the time around the peak speed in which the speed is at least a fifth of the peak, stretched by what a sine spends outside.
    """
    forward = np.diff(angle) * np.sign(angle[-1] - angle[0])  # speed at the half-frames
    peak = int(np.argmax(forward))
    edge = EDGE_SHARE * forward[peak]
    slow = np.flatnonzero(forward < edge)
    before, after = slow[slow < peak], slow[slow > peak]
    start, end = -0.5, len(forward) - 0.5
    if len(before):
        i = before[-1]
        start = i + (edge - forward[i]) / (forward[i + 1] - forward[i])
    if len(after):
        i = after[0]
        end = i - (edge - forward[i]) / (forward[i - 1] - forward[i])
    # Half-frame i lies at frame i + 0.5. A way cut by the signal's end is not stretched there: nothing is known beyond it.
    middle, frames = (start + end) / 2 + 0.5, (end - start) / CORE_TIME
    way = np.interp([start + 0.5, end + 0.5], np.arange(len(angle)), angle)
    size = min(abs(way[1] - way[0]) / CORE_WAY, abs(angle[-1] - angle[0]))
    return Gesture(start=offset + middle - frames / 2, end=offset + middle + frames / 2, size=float(size))


def _chained(half_cycles: list[Gesture | None], *, frame_rate_hz: float, rule: GestureRule) -> list[Gesture]:
    """Chains of half-cycles: an opening one, then ones at least ``later_share`` as large, without a rest between."""
    chains: list[Gesture] = []
    first = 0
    while first < len(half_cycles):
        chain = _chain_from(half_cycles, first, gap=rule.join_s * frame_rate_hz, rule=rule)
        if len(chain) >= rule.least_half_cycles:
            chains.append(Gesture(start=chain[0].start, end=chain[-1].end, size=max(way.size for way in chain)))
            first += len(chain)
        else:
            first += 1
    return chains


def _chain_from(half_cycles: list[Gesture | None], first: int, *, gap: float, rule: GestureRule) -> list[Gesture]:
    opening = half_cycles[first]
    if opening is None or opening.size < rule.opening_deg:
        return []
    chain = [opening]
    for way in half_cycles[first + 1 :]:
        if way is None or way.size < rule.later_share * opening.size or way.start - chain[-1].end > gap:
            break
        chain.append(way)
    return chain


def _joined(gestures: list[Gesture], *, gap: float) -> list[Gesture]:
    joined: list[Gesture] = []
    for gesture in gestures:
        if joined and gesture.start - joined[-1].end <= gap:
            last = joined.pop()
            gesture = Gesture(start=last.start, end=max(last.end, gesture.end), size=max(last.size, gesture.size))
        joined.append(gesture)
    return joined
