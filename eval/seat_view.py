"""One seat of a recording laid out for measuring: its motion, who speaks in each of its frames, and how loud."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from pyannote.core import Annotation

from dyad.arrays import BoolArray, FloatArray
from dyad.conversation import Conversation, Provenance
from dyad.eval.measure import Measure
from dyad.eval.speech_energy import clip_noise, frame_energy_db
from dyad.motion import Motion
from dyad.seat import Seat

Array = npt.NDArray[np.float64]
Target = tuple[float | None, float | None]

LEAST_TIME_S = 5.0
"""Figures over less time than this say nothing (proposal: a few turns)."""
LEAST_RATE_TIME_S = 15.0
"""Rates over less time than this say nothing: a single event more would change them by over 4 a minute (proposal)."""


class Recorded(Protocol):
    """What is measured: a ``Recording``, or a ``Conversation`` with recorded motion of one or both seats."""

    @property
    def audio(self) -> FloatArray:
        """float32 (2, N)."""

    @property
    def sample_rate_hz(self) -> int:
        """Of the audio."""

    @property
    def diarization(self) -> Annotation:
        """Labels A and B."""

    @property
    def motion(self) -> Mapping[Seat, Motion]:
        """By seat."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SeatView:
    """One seat laid out for measuring: who speaks in each of its frames, and how loud."""

    motion: Motion
    own: BoolArray
    partner: BoolArray
    own_db: Array
    partner_db: Array

    @property
    def speaking(self) -> BoolArray:
        """Tracked frames in which the own voice is alone, bool (T,)."""
        return self.own & ~self.partner & self.motion.valid

    @property
    def listening(self) -> BoolArray:
        """Tracked frames in which the partner's voice is alone, bool (T,)."""
        return self.partner & ~self.own & self.motion.valid

    def seconds(self, where: BoolArray) -> float:
        """Time that the frames ``where`` last."""
        return float(np.count_nonzero(where) / self.motion.frame_rate_hz)

    def measure(
        self,
        name: str,
        value: float | None,
        *,
        where: BoolArray,
        definition: str,
        unit: str = "",
        n: int | None = None,
        target: Target = (None, None),
        source: str = "",
        reason: str = "",
        least_s: float = LEAST_TIME_S,
    ) -> Measure:
        """A measure over the frames ``where``; without a value if they are too few, or for the reason given."""
        base_s = self.seconds(where)
        if not reason and base_s < least_s:
            reason = f"only {base_s:.1f} s to look at, {least_s:g} s needed"
        return Measure(
            name=name,
            seat=self.motion.seat,
            value=None if reason else value,
            unit=unit,
            n=int(np.count_nonzero(where)) if n is None else n,
            base_s=base_s,
            target_low=target[0],
            target_high=target[1],
            definition=definition,
            source=source,
            reason=reason or ("undefined on these frames" if value is None else ""),
        )


def widened(voiced: BoolArray, frame_rate_hz: float, *, before_s: float, after_s: float) -> BoolArray:
    """Voiced frames and those up to so long before and after them."""
    total = np.concatenate([[0], np.cumsum(voiced)])
    frames = np.arange(len(voiced))
    first = np.maximum(frames - round(after_s * frame_rate_hz), 0)
    last = np.minimum(frames + round(before_s * frame_rate_hz) + 1, len(voiced))
    wide: BoolArray = total[last] > total[first]
    return wide


def seat_views(recording: Recorded) -> list[SeatView]:
    """A view of each seat that has motion, seat A first."""
    conversation = Conversation(
        id="recording",
        audio=recording.audio,
        sample_rate_hz=recording.sample_rate_hz,
        diarization=recording.diarization,
        provenance=Provenance(source="measured"),
    )
    heard: dict[tuple[float, int, int], tuple[BoolArray, list[Array]]] = {}  # both seats mostly share their frames: listen once
    views = []
    for seat in sorted(recording.motion):
        motion = recording.motion[seat]
        frames = (motion.frame_rate_hz, motion.start_frame, len(motion))
        if frames not in heard:
            clock = conversation.clock(motion.frame_rate_hz)
            active = conversation.activity(motion.frame_rate_hz, frames=motion.stop_frame)[:, motion.start_frame :]
            loudness = [frame_energy_db(conversation.audio[voice], clock, start_frame=frames[1], frames=frames[2]) for voice in Seat]
            heard[frames] = active, [clip_noise(loudness[voice], active[voice]) for voice in Seat]
        active, energy = heard[frames]
        views.append(
            SeatView(motion=motion, own=active[seat], partner=active[seat.partner], own_db=energy[seat], partner_db=energy[seat.partner])
        )
    return views
