"""Time as whole frames, and the one rounding function.

``int(t * fps)`` loses a frame in 51 of 3,000 ordinary cases (0.29 s at 100 Hz is 28.999…), and 30 fps at 16 kHz is 533⅓ samples a
frame. So every conversion between seconds, frames and samples goes through exact fractions here and is rounded once, half up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

from dyad.errors import InputError

LOWEST_FRAME_RATE_HZ = 10.0
HIGHEST_FRAME_RATE_HZ = 240.0
BROADCAST_TOLERANCE_HZ = 0.005  # 23.98, 29.97 and 59.94 are the rounded names of 24000/1001, 30000/1001 and 60000/1001


def round_half_up(value: Fraction | float) -> int:
    """Round to the nearest integer, ties upwards (Python's own rounds ties to even, which makes frames alternate)."""
    return floor(Fraction(value) + Fraction(1, 2))


@dataclass(frozen=True, kw_only=True)
class Tick:
    """One step of the loop: ``frames`` frames from ``start_frame`` on."""

    index: int
    start_frame: int
    frames: int

    @property
    def stop_frame(self) -> int:
        """First frame after the tick."""
        return self.start_frame + self.frames


@dataclass(frozen=True, kw_only=True)
class FrameClock:
    """Converts between seconds, motion frames and audio samples.

    Frame *f* shows the instant ``f / frame_rate_hz`` and owns the samples up to the next frame's instant.

    Args:
        frame_rate_hz: motion frames per second; values such as 29.97 are read as the broadcast fraction 30000/1001.
        sample_rate_hz: audio samples per second.

    Raises:
        InputError: a rate that is not within 10 to 240 fps, or a sample rate below 1.
    """

    frame_rate_hz: float
    sample_rate_hz: int = 16_000

    def __post_init__(self) -> None:
        """Check the rates once."""
        if not LOWEST_FRAME_RATE_HZ <= self.frame_rate_hz <= HIGHEST_FRAME_RATE_HZ:  # also refuses NaN
            raise InputError(
                "frame_rate_hz",
                expected=f"{LOWEST_FRAME_RATE_HZ:g} to {HIGHEST_FRAME_RATE_HZ:g} frames per second",
                got=f"{self.frame_rate_hz!r}",
                cure="25, 30, 50 and 60 are common.",
            )
        if self.sample_rate_hz < 1:
            raise InputError("sample_rate_hz", expected="a positive number", got=f"{self.sample_rate_hz!r}", cure="dyad works at 16000.")

    @cached_property
    def rate(self) -> Fraction:
        """The frame rate as an exact fraction."""
        written = Fraction(float(self.frame_rate_hz))
        broadcast = Fraction(round_half_up(written * Fraction(1001, 1000)) * 1000, 1001)
        return broadcast if abs(broadcast - written) < BROADCAST_TOLERANCE_HZ else written.limit_denominator(1001)

    def seconds(self, frame: int) -> float:
        """Time of a frame in seconds."""
        return float(frame / self.rate)

    def frame(self, seconds: float) -> int:
        """Frame nearest to a time in seconds."""
        return round_half_up(Fraction(float(seconds)) * self.rate)

    def sample(self, frame: int) -> int:
        """Index of the first audio sample of a frame."""
        return round_half_up(frame * self.sample_rate_hz / self.rate)

    def frames_covering(self, samples: int) -> int:
        """Fewest frames whose time covers so many samples: ``ceil(samples / sample_rate · frame_rate)``, as DualTalk counts."""
        return ceil(Fraction(samples, self.sample_rate_hz) * self.rate)

    def ticks(self, total_frames: int, *, tick_s: float) -> Iterator[Tick]:
        """Cut ``total_frames`` into ticks of ``tick_s`` seconds (at least a frame each; the last may be shorter)."""
        step = max(1, self.frame(tick_s))
        for index, start in enumerate(range(0, total_frames, step)):
            yield Tick(index=index, start_frame=start, frames=min(step, total_frames - start))
