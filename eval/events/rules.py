"""Thresholds of the event detectors, each with its source. "Proposal" marks a number of ours without one."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class GestureRule:
    """When an oscillation of one head angle is a gesture.

    A half-cycle is the way from one turning point of the smoothed angle to the next; its equivalent frequency is 1 / (2 · duration).
    The figures are those of a public nod detector (turn_taking.md §2.2), except where marked.

    Args:
        smoothing_s: length of the centred moving average.
        reversal_deg: a turn back by less is noise, not a turning point (proposal: half of the smallest later half-cycle).
        lowest_hz: slowest half-cycle counted.
        highest_hz: fastest half-cycle counted.
        opening_deg: smallest first half-cycle.
        later_share: smallest later half-cycle, as a share of the first.
        least_half_cycles: half-cycles needed.
        join_s: half-cycles, and gestures, at most so far apart belong together.
        shortest_s: gestures shorter than this are dropped.
        slowest_deg_s: smallest mean speed of a half-cycle (proposal: sways of 1° to 2° at breathing or posture rates are slower).
    """

    smoothing_s: float = 0.08
    reversal_deg: float = 0.5
    lowest_hz: float = 0.8
    highest_hz: float = 5.0
    opening_deg: float = 2.0
    later_share: float = 0.5
    least_half_cycles: int = 2
    join_s: float = 0.20
    shortest_s: float = 0.3
    slowest_deg_s: float = 4.0


@dataclass(frozen=True, kw_only=True)
class SpanRule:
    """When a signal that rises above a level is an event: hysteresis, then joining, then a least length.

    Args:
        on: the signal must reach this.
        off: the event lasts while the signal is at or above this.
        join_s: events closer than this are one.
        shortest_s: events shorter than this are dropped.
    """

    on: float
    off: float
    join_s: float
    shortest_s: float


@dataclass(frozen=True, kw_only=True)
class BlinkRule:
    """When the lids' closing is a blink.

    Args:
        least_closure: smallest rise of the mean ``eyeBlink`` weight above the lids' level around it, so lids lowered by a downward gaze
            or a squint count only from there (proposal: 0.3 finds the blinks of real 60 fps iPhone captures, whose peaks are 0.4 to 1).
        longest_s: a closure that stays beyond half of its peak for longer is not a blink but ``eyes_closed`` (proposal, above the 0.6 s
            of long listener blinks, Hömke 2018).
    """

    least_closure: float = 0.3
    longest_s: float = 1.0


@dataclass(frozen=True, kw_only=True)
class GazeRule:
    """Where the partner is, and how near gaze must pass to be "at the partner".

    Args:
        tolerance_deg: half-angle of the cone around the partner's eyes. 10° (proposal): under 5° away is not noticed (Andrist 2013), a
            face at 1.2 m spans ±5°, and remote gaze estimates err by another 5°.
        partner_yaw_deg: direction of the partner from the rest pose, > 0 to the subject's left.
        partner_pitch_deg: the same, > 0 down.
        join_s: looks back shorter than this do not end an aversion (proposal: the length of a saccade).
        shortest_s: shorter aversions are dropped (proposal: a saccade takes 30 to 120 ms; real aversions have a median of 0.7 to 1.0 s).
    """

    tolerance_deg: float = 10.0
    partner_yaw_deg: float = 0.0
    partner_pitch_deg: float = 0.0
    join_s: float = 0.12
    shortest_s: float = 0.2


@dataclass(frozen=True, kw_only=True)
class EventRules:
    """All thresholds of ``detect_events``.

    Args:
        nod: on pitch.
        shake: on yaw. Three half-cycles: there and back again is a turn, not a shake (CCDb-HG: a shake is *repeated* yaw).
        tilt: on the roll's distance from its median, degrees (proposal: sway stays under 4°).
        blink: on the lids.
        smile: on the mean smile weight; 300 ms and 0.2 s from turn_taking.md §2.5, levels a proposal.
        brow_raise: on the mean of brow-up weights (proposal).
        gaze: on the gaze direction.
        bridge_s: frames without valid tracking are filled in up to this length; a longer loss cuts the recording in two (proposal).
    """

    nod: GestureRule = field(default_factory=GestureRule)
    shake: GestureRule = field(default_factory=lambda: GestureRule(least_half_cycles=3, opening_deg=3.0))
    tilt: SpanRule = field(default_factory=lambda: SpanRule(on=6.0, off=4.0, join_s=0.2, shortest_s=0.4))
    blink: BlinkRule = field(default_factory=BlinkRule)
    smile: SpanRule = field(default_factory=lambda: SpanRule(on=0.3, off=0.2, join_s=0.2, shortest_s=0.3))
    brow_raise: SpanRule = field(default_factory=lambda: SpanRule(on=0.3, off=0.2, join_s=0.2, shortest_s=0.2))
    gaze: GazeRule = field(default_factory=GazeRule)
    bridge_s: float = 0.12
