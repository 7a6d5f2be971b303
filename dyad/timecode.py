"""Timecodes ``HH:MM:SS:FF.sss``: hours, minutes, seconds, and frames of a stated rate with a fraction, as Live Link Face writes them.

``19:16:29:35.273`` at 60 frames a second is 69389 s and 35.273 frames, 69389.5879 s of the day.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from dyad.clock import round_half_up
from dyad.errors import InputError

DAY_S = 86_400
FORM = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})[:;](\d{1,3}(?:\.\d+)?)")


@dataclass(frozen=True, kw_only=True)
class Timecode:
    """A point of the day.

    Args:
        seconds: whole seconds since midnight.
        frames: frames since that second, with their fraction.
    """

    seconds: int
    frames: Fraction

    @classmethod
    def parse(cls, text: str) -> "Timecode":
        """Read ``HH:MM:SS:FF.sss``.

        Raises:
            InputError: anything else.
        """
        match = FORM.fullmatch(text.strip())
        hours, minutes, seconds = (int(part) for part in match.groups()[:3]) if match else (0, 60, 0)
        if match is None or hours > 23 or minutes > 59 or seconds > 59:
            raise InputError("timecode", expected="HH:MM:SS:FF.sss", got=repr(text), cure="Export the recording again.")
        return cls(seconds=3600 * hours + 60 * minutes + seconds, frames=Fraction(match[4]))

    def time_s(self, *, frames_per_s: int) -> Fraction:
        """Seconds since midnight, exactly; ``frames_per_s`` is the rate the frames count in."""
        return self.seconds + self.frames / frames_per_s


def timecode_text(time_s: Fraction, *, frames_per_s: int) -> str:
    """``HH:MM:SS:FF.sss`` of a time in seconds, rounded once to a thousandth of a frame; hours wrap at midnight."""
    thousandths = round_half_up(time_s * frames_per_s * 1000) % (DAY_S * frames_per_s * 1000)
    seconds, rest = divmod(thousandths, frames_per_s * 1000)
    frame, part = divmod(rest, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frame:02}.{part:03}"
