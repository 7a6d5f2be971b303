"""What a head did: all detectors over one motion."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyad.eval.events.gestures import find_gestures
from dyad.eval.events.lids import find_closures
from dyad.eval.events.rules import EventRules, GestureRule, SpanRule
from dyad.eval.events.spans import bridged, spans_above, tracked_stretches
from dyad.eval.head_pose import gaze_offset, head_angles
from dyad.motion import Motion
from dyad.recording import Event

Array = npt.NDArray[np.float64]

LIDS = ("eyeBlinkLeft", "eyeBlinkRight")
SMILE = ("mouthSmileLeft", "mouthSmileRight")
BROWS = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
CHANNELS_NEEDED: dict[str, tuple[str, ...]] = {"blink": LIDS, "eyes_closed": LIDS, "smile": SMILE, "brow_raise": BROWS}
EVENT_KINDS = ("nod", "shake", "tilt", "blink", "eyes_closed", "smile", "brow_raise", "gaze_away")
"""Every kind ``detect_events`` can find; strengths are degrees for the head and gaze, weights for the face."""

DEFAULT_RULES = EventRules()


@dataclass(frozen=True, kw_only=True)
class _Found:
    kind: str
    start: float
    end: float
    strength: float


def unmeasurable_kinds(motion: Motion) -> dict[str, str]:
    """Kinds of event that this motion cannot show, with the reason.

    A basis without the channels (FLAME has no lids), or eyes that were not recorded (``gaze`` zero throughout, as ``Motion`` stores an
    absent gaze), say nothing about blinks or looks; that is not the same as none having happened.
    """
    reasons = {}
    for kind, channels in CHANNELS_NEEDED.items():
        missing = [name for name in channels if name not in motion.channel_names]
        if missing:
            reasons[kind] = f"basis {motion.basis} has no {', '.join(missing)}"
    if not motion.gaze.any():
        reasons["gaze_away"] = "gaze is zero throughout: eyes not recorded"
    return reasons


def detect_events(motion: Motion, *, rules: EventRules = DEFAULT_RULES) -> tuple[Event, ...]:
    """What the head did, in order of time.

    Kinds, and the unit of ``strength``:

    - ``nod``, ``shake``: pitch or yaw oscillations (``GestureRule``); the largest half-cycle, degrees from turning point to turning point.
    - ``tilt``: head held to one side; greatest distance of roll from its median, degrees.
    - ``blink``, ``eyes_closed``: closures of both lids up to, and beyond, ``BlinkRule.longest_s``, timed at half their rise; rise, weight.
    - ``smile``, ``brow_raise``: greatest mean weight.
    - ``gaze_away``: gaze outside the cone around the partner (``GazeRule``); greatest angle from the partner, degrees.

    Kinds that the motion cannot show (``unmeasurable_kinds``) are left out. Where tracking is lost for longer than ``bridge_s``, events
    end; none spans the loss.

    Args:
        motion: whole recording or a part of it; event times are in the conversation's time.
        rules: thresholds.
    """
    found: list[_Found] = []
    left_out = unmeasurable_kinds(motion)
    angles = np.stack(head_angles(motion))
    angles[2] -= np.median(angles[2]) if len(motion) else 0.0
    detectors = _face_detectors(motion, rules=rules, left_out=left_out)
    for first, last in tracked_stretches(motion.valid, bridge=rules.bridge_s * motion.frame_rate_hz):
        part = np.s_[first:last]
        valid = motion.valid[part]
        pitch, yaw, roll = (bridged(angle[part], valid) for angle in angles)
        here = [
            *_gestures("nod", (pitch, yaw), motion=motion, rule=rules.nod),
            *_gestures("shake", (yaw, pitch), motion=motion, rule=rules.shake),
            *_spans("tilt", np.abs(roll), motion=motion, rule=rules.tilt),
        ]
        for signal, detector in detectors:
            here.extend(detector(bridged(signal[part], valid)))
        # Gestures reach half a frame beyond their turning points; nothing reaches beyond the stretch.
        length = last - first
        found.extend(
            _Found(kind=item.kind, start=first + max(0.0, item.start), end=first + min(item.end, length), strength=item.strength)
            for item in here
        )
    rate = motion.frame_rate_hz
    events = (
        Event(
            seat=motion.seat,
            kind=item.kind,
            start_s=float((motion.start_frame + item.start) / rate),
            end_s=float((motion.start_frame + item.end) / rate),
            strength=item.strength,
        )
        for item in found
        if item.kind not in left_out
    )
    return tuple(sorted(events, key=lambda event: (event.start_s, event.kind)))


_Detector = Callable[[Array], Iterator[_Found]]


def _face_detectors(motion: Motion, *, rules: EventRules, left_out: dict[str, str]) -> list[tuple[Array, _Detector]]:
    """Signals of the face and eyes that the motion has, each with what finds events in it."""
    detectors: list[tuple[Array, _Detector]] = []
    if "blink" not in left_out:
        detectors.append((_mean(motion, LIDS), lambda signal: _closures(signal, motion=motion, rules=rules)))
    if "smile" not in left_out:
        detectors.append((_mean(motion, SMILE), lambda signal: _spans("smile", signal, motion=motion, rule=rules.smile)))
    if "brow_raise" not in left_out:
        detectors.append((_mean(motion, BROWS), lambda signal: _spans("brow_raise", signal, motion=motion, rule=rules.brow_raise)))
    if "gaze_away" not in left_out:
        gaze = rules.gaze
        offset = gaze_offset(motion, partner_yaw_deg=gaze.partner_yaw_deg, partner_pitch_deg=gaze.partner_pitch_deg)
        level = float(np.nextafter(gaze.tolerance_deg, np.inf))  # on the cone's edge is still at the partner
        rule = SpanRule(on=level, off=level, join_s=gaze.join_s, shortest_s=gaze.shortest_s)
        detectors.append((offset, lambda signal: _spans("gaze_away", signal, motion=motion, rule=rule)))
    return detectors


def _mean(motion: Motion, channels: tuple[str, ...]) -> Array:
    mean: Array = np.mean([motion.channel(name) for name in channels], axis=0, dtype=np.float64)
    return mean


def _gestures(kind: str, angles: tuple[Array, Array], *, motion: Motion, rule: GestureRule) -> Iterator[_Found]:
    angle, across = angles
    for gesture in find_gestures(angle, across, frame_rate_hz=motion.frame_rate_hz, rule=rule):
        yield _Found(kind=kind, start=gesture.start, end=gesture.end, strength=gesture.size)


def _spans(kind: str, signal: Array, *, motion: Motion, rule: SpanRule) -> Iterator[_Found]:
    for first, last in spans_above(signal, frame_rate_hz=motion.frame_rate_hz, rule=rule):
        yield _Found(kind=kind, start=first, end=last, strength=float(signal[first:last].max()))


def _closures(signal: Array, *, motion: Motion, rules: EventRules) -> Iterator[_Found]:
    for closure in find_closures(signal, frame_rate_hz=motion.frame_rate_hz, rule=rules.blink):
        kind = "eyes_closed" if closure.long else "blink"
        yield _Found(kind=kind, start=closure.start, end=closure.end, strength=closure.rise)
