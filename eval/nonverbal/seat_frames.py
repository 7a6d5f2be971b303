"""One person's motion and events laid over who speaks, and measures made of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray
from dyad.clock import FrameClock
from dyad.eval.events import unmeasurable_kinds
from dyad.eval.head_pose import gaze_offset
from dyad.eval.nonverbal.definitions import NONVERBAL_DEFINITIONS
from dyad.eval.nonverbal.rules import NonverbalRules
from dyad.eval.turn_taking.intervals import MICRO, TurnIntervals
from dyad.eval.turn_taking.spans import Spans, active_at
from dyad.eval.turn_taking.turn_measure import Parameter, TurnMeasure
from dyad.motion import Motion
from dyad.recording import Event

Array = npt.NDArray[np.float64]

QUARTILES = (("q25", 25), ("median", 50), ("q75", 75))


@dataclass(frozen=True, kw_only=True, eq=False)
class SeatFrames:
    """One seat, frame by frame.

    Args:
        motion: its motion.
        turns: who speaks when.
        events: what its head did.
        rules: thresholds.
    """

    motion: Motion
    turns: TurnIntervals
    events: Sequence[Event]
    rules: NonverbalRules

    @cached_property
    def instants(self) -> npt.NDArray[np.int64]:
        """Middle of each frame's time, microseconds: a turn's edges thereby go to the nearest frame, those halfway to the later one."""
        rate = float(FrameClock(frame_rate_hz=self.motion.frame_rate_hz).rate)
        middles = np.rint((self.motion.start_frame + np.arange(len(self.motion)) + 0.5) / rate * MICRO).astype(np.int64)
        return np.asarray(middles - 1, np.int64)

    @cached_property
    def own(self) -> BoolArray:
        """Frames with own voice."""
        return active_at(self.turns.speech[self.motion.seat], self.instants)

    @cached_property
    def partner(self) -> BoolArray:
        """Frames with the partner's voice."""
        return active_at(self.turns.speech[self.motion.seat.partner], self.instants)

    @property
    def states(self) -> dict[str, BoolArray]:
        """Tracked frames: all, own voice alone, partner's voice alone."""
        valid = self.motion.valid
        return {"": valid, "_speaking": self.own & ~self.partner & valid, "_listening": self.partner & ~self.own & valid}

    @cached_property
    def at_partner(self) -> BoolArray:
        """Frames with gaze at the partner."""
        gaze = self.rules.events.gaze
        offset = gaze_offset(self.motion, partner_yaw_deg=gaze.partner_yaw_deg, partner_pitch_deg=gaze.partner_pitch_deg)
        at_partner: BoolArray = offset <= gaze.tolerance_deg
        return at_partner

    @cached_property
    def unmeasurable(self) -> dict[str, str]:
        """Kinds of event that the motion cannot show, with the reason."""
        return unmeasurable_kinds(self.motion)

    @property
    def partner_phrases(self) -> Spans:
        """The partner's phrases, microseconds."""
        return self.turns.units(self.rules.join_s)[self.motion.seat.partner]

    def of_kind(self, kind: str) -> Array:
        """Onset, offset (seconds) and strength of its events of one kind, (n, 3), in order."""
        rows = [(event.start_s, event.end_s, event.strength) for event in self.events if event.kind == kind]
        return np.array(sorted(rows), np.float64).reshape(-1, 3)

    def during(self, where: BoolArray, seconds: Array) -> BoolArray:
        """Whether each time lies in a frame of ``where``; False outside the motion."""
        clock = FrameClock(frame_rate_hz=self.motion.frame_rate_hz)
        frames = np.floor(seconds * float(clock.rate) + 1e-9).astype(np.int64) - self.motion.start_frame
        inside = (frames >= 0) & (frames < len(self.motion))
        found: BoolArray = inside & where[np.clip(frames, 0, max(len(self.motion) - 1, 0))] if len(self.motion) else inside
        return found

    def seconds(self, where: BoolArray) -> float:
        """Time that the frames ``where`` last."""
        return float(np.count_nonzero(where) / self.motion.frame_rate_hz)

    def too_short(self, where: BoolArray, *, rate: bool = False) -> str:
        """Why nothing is said of the frames ``where``; "" where they last long enough."""
        least = self.rules.least_rate_s if rate else self.rules.least_s
        return "" if self.seconds(where) >= least else f"only {self.seconds(where):.1f} s to look at, {least:g} s needed"

    def number(
        self,
        name: str,
        value: float | None,
        *,
        unit: str,
        n: int,
        definition: str,
        parameters: Mapping[str, Parameter] | None = None,
        reason: str = "",
    ) -> TurnMeasure:
        """A measure of this seat; without a value for the reason given, which goes into the parameters as ``not_measured``."""
        return measure(
            name, value, seat=self.motion.seat.name, unit=unit, n=n, definition=definition, parameters=parameters or {}, reason=reason
        )

    def quartiles(
        self, stem: str, values: Array, *, unit: str, definition: str, parameters: Mapping[str, Parameter], reason: str = ""
    ) -> Iterator[TurnMeasure]:
        """Quartiles and median of values, straight between neighbours; None without values."""
        for suffix, percent in QUARTILES:
            value = float(np.percentile(values, percent)) if len(values) else None
            yield self.number(
                f"{stem}_{suffix}", value, unit=unit, n=len(values), definition=definition, parameters=parameters, reason=reason
            )


def measure(
    name: str,
    value: float | None,
    *,
    seat: str | None,
    unit: str,
    n: int,
    definition: str,
    parameters: Mapping[str, Parameter],
    reason: str = "",
) -> TurnMeasure:
    """A measure by a row of ``NONVERBAL_DEFINITIONS``, rounded to six decimals; see ``SeatFrames.number``."""
    return TurnMeasure(
        name=name,
        seat=seat,
        value=None if reason or value is None else round(value, 6),
        unit=unit,
        n=n,
        definition=definition,
        parameters={**parameters, **({"not_measured": reason} if reason else {})},
        source=NONVERBAL_DEFINITIONS[definition].source,
    )
