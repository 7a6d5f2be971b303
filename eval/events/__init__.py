"""Events: what a head did and when, found in its motion by rules with stated thresholds."""

from dyad.eval.events.detect import EVENT_KINDS, detect_events, unmeasurable_kinds
from dyad.eval.events.rules import BlinkRule, EventRules, GazeRule, GestureRule, SpanRule

__all__ = [
    "EVENT_KINDS",
    "BlinkRule",
    "EventRules",
    "GazeRule",
    "GestureRule",
    "SpanRule",
    "detect_events",
    "unmeasurable_kinds",
]
