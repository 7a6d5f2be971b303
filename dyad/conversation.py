"""A two-person conversation: sound, who speaks when, and recorded motion where there is any."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from pyannote.core import Annotation, Segment

from dyad.arrays import BoolArray, FloatArray, frozen
from dyad.clock import LOWEST_FRAME_RATE_HZ, FrameClock
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.seat import Seat


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a conversation comes from.

    Args:
        source: file names, corpus or generator, in words.
        licence: licence of the material, or "unknown".
        diarization: how the turns were found, e.g. "rttm", "silero-vad per channel".
        notes: what was done to the input (resampled, padded, clipped…), one sentence each; shown to the user.
        files: SHA-256 by file name.
    """

    source: str
    licence: str = "unknown"
    diarization: str = "given"
    notes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Conversation:
    """What both people said, on one clock.

    Args:
        id: short name, used for files.
        participants: the two names, seat A first.
        audio: float32 (2, N) in [-1, 1]; row = ``Seat``; each row holds that participant's own voice only, as far as it can be had.
        sample_rate_hz: samples per second (dyad's own loaders give 16000).
        diarization: pyannote Annotation labelled "A" and "B"; overlap is kept.
        motion: recorded motion by seat; empty where there is none.
        provenance: source, licence, and what was done to it.

    Raises:
        InputError: wrong shapes or labels, a sample rate below 1, turns outside the audio, or motion of the wrong seat.
    """

    id: str
    participants: tuple[str, str] = ("A", "B")
    audio: FloatArray
    sample_rate_hz: int = 16_000
    diarization: Annotation
    motion: Mapping[Seat, Motion] = field(default_factory=dict)
    provenance: Provenance

    def __post_init__(self) -> None:
        """Check once; make the audio read-only."""
        object.__setattr__(self, "audio", frozen(self.audio, name=f"audio of {self.id}", shape=(2, None)))
        self.clock(LOWEST_FRAME_RATE_HZ)  # checks the sample rate
        labels = set(self.diarization.labels())
        if not labels <= {"A", "B"}:
            raise InputError(
                f"diarization of {self.id}",
                expected="speakers labelled A and B",
                got=", ".join(sorted(map(str, labels))),
                cure="Rename them.",
            )
        extent = self.diarization.get_timeline().extent()
        if labels and (extent.start < -1e-6 or extent.end > self.duration_s + 0.05):
            raise InputError(
                f"diarization of {self.id}",
                expected=f"turns within the audio's 0 to {self.duration_s:.2f} s",
                got=f"turns from {extent.start:.2f} to {extent.end:.2f} s",
                cure="Crop the turns, or give the audio they belong to.",
            )
        for seat, motion in self.motion.items():
            if motion.seat != seat:
                raise InputError(
                    f"motion of {self.id}",
                    expected=f"motion of seat {seat.name}",
                    got=f"of seat {motion.seat.name}",
                    cure="Swap the seats.",
                )

    @property
    def samples(self) -> int:
        """Number of audio samples."""
        return int(self.audio.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples / self.sample_rate_hz

    def clock(self, frame_rate_hz: float) -> FrameClock:
        """The clock of this audio at a motion frame rate."""
        return FrameClock(frame_rate_hz=frame_rate_hz, sample_rate_hz=self.sample_rate_hz)

    def activity(self, frame_rate_hz: float, *, frames: int | None = None) -> BoolArray:
        """Who speaks in each frame: bool (2, frames); turn edges go to the nearest frame.

        Args:
            frame_rate_hz: frames per second.
            frames: how many; by default as many as cover the audio.
        """
        clock = self.clock(frame_rate_hz)
        total = clock.frames_covering(self.samples) if frames is None else frames
        active = np.zeros((2, total), np.bool_)
        for segment, _, label in self.diarization.itertracks(yield_label=True):
            first, last = (max(0, clock.frame(edge)) for edge in (segment.start, segment.end))
            active[Seat[label], first:last] = True
        return active

    def turns(self, seat: Seat) -> list[Segment]:
        """Speech stretches of one seat, in order, touching ones joined."""
        return list(self.diarization.label_timeline(seat.name).support())
