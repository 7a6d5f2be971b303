"""Motion of one participant's head: whole recordings and chunks alike.

Axes: right-handed, y up, z out of the face, x to the subject's left. Rotation vectors in radians, so x > 0 nods down, y > 0 turns to the
subject's left, z > 0 tilts the crown towards the subject's right shoulder. Metres; seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from dyad.arrays import BoolArray, FloatArray, frozen
from dyad.bases import channel_names
from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.seat import Seat


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion:
    """``T`` frames of head motion of one seat. A chunk is a short Motion.

    Args:
        seat: whose motion.
        start_frame: index of the first frame in the conversation.
        frame_rate_hz: frames per second.
        basis: name of the expression basis, e.g. ``"arkit52"``.
        expression: float32 (T, E), one column a channel of the basis; ARKit weights within [0, 1].
        head_rotation: float32 (T, 3), rotation vectors, rad.
        head_translation: float32 (T, 3), metres from the rest position; zeros where absent.
        jaw_rotation: float32 (T, 3), rotation vectors, rad, for bases whose jaw is a joint (FLAME); zeros where absent.
        gaze: float32 (T, 2, 2), for the left then the right eye: yaw (> 0 to the subject's left) and pitch (> 0 down), rad, relative to
            the head; zeros where absent.
        valid: bool (T,), False where tracking failed; all True where absent.

    Raises:
        InputError: an unknown basis, wrong shapes, or values that are not finite.
    """

    seat: Seat
    start_frame: int = 0
    frame_rate_hz: float
    basis: str = "arkit52"
    expression: FloatArray
    head_rotation: FloatArray
    head_translation: FloatArray = field(default=None)  # type: ignore[arg-type]
    jaw_rotation: FloatArray = field(default=None)  # type: ignore[arg-type]
    gaze: FloatArray = field(default=None)  # type: ignore[arg-type]
    valid: BoolArray = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        """Check shapes and values once and make the arrays read-only."""
        put = object.__setattr__
        put(self, "seat", Seat(self.seat))
        FrameClock(frame_rate_hz=self.frame_rate_hz)
        owner = f"motion of seat {self.seat.name}"
        expression = frozen(self.expression, name=f"{owner}, expression", shape=(None, len(channel_names(self.basis))))
        frames = len(expression)
        put(self, "expression", expression)
        for name, shape in (("head_rotation", (3,)), ("head_translation", (3,)), ("jaw_rotation", (3,)), ("gaze", (2, 2))):
            given = getattr(self, name)
            array = np.zeros((frames, *shape), np.float32) if given is None else given
            put(self, name, frozen(array, name=f"{owner}, {name}", shape=(frames, *shape)))
        valid = np.ones(frames, np.bool_) if self.valid is None else self.valid
        put(self, "valid", frozen(valid, name=f"{owner}, valid", shape=(frames,), dtype=np.bool_))

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.expression)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names of the expression columns."""
        return channel_names(self.basis)

    @property
    def stop_frame(self) -> int:
        """First frame after the motion."""
        return self.start_frame + len(self)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return FrameClock(frame_rate_hz=self.frame_rate_hz).seconds(len(self))

    def channel(self, name: str) -> FloatArray:
        """One expression channel by name, float32 (T,).

        Raises:
            InputError: the basis has no channel of that name.
        """
        if name not in self.channel_names:
            raise InputError(
                "channel", expected=f"one of the {len(self.channel_names)} channels of {self.basis}", got=repr(name), cure="See dyad.bases."
            )
        column: FloatArray = self.expression[:, self.channel_names.index(name)]
        return column

    def slice(self, start_frame: int, stop_frame: int) -> "Motion":
        """The frames from ``start_frame`` up to ``stop_frame``, in conversation frame numbers.

        Raises:
            InputError: the range is not within the motion.
        """
        if not self.start_frame <= start_frame <= stop_frame <= self.stop_frame:
            raise InputError(
                f"motion of seat {self.seat.name}",
                expected=f"a range within frames {self.start_frame} to {self.stop_frame}",
                got=f"{start_frame} to {stop_frame}",
                cure="Ask for frames it has.",
            )
        part = np.s_[start_frame - self.start_frame : stop_frame - self.start_frame]
        return replace(
            self,
            start_frame=start_frame,
            expression=self.expression[part],
            head_rotation=self.head_rotation[part],
            head_translation=self.head_translation[part],
            jaw_rotation=self.jaw_rotation[part],
            gaze=self.gaze[part],
            valid=self.valid[part],
        )


ARRAY_FIELDS = ("expression", "head_rotation", "head_translation", "jaw_rotation", "gaze", "valid")


def join(chunks: Sequence[Motion]) -> Motion:
    """Put consecutive chunks of one seat together.

    Raises:
        InputError: no chunk, or chunks that do not follow each other, or differ in seat, rate or basis.
    """
    if not chunks:
        raise InputError("chunks", expected="at least one motion chunk", got="none", cure="Simulate at least one frame.")
    first = chunks[0]
    for before, after in pairwise(chunks):
        same = (before.seat, before.frame_rate_hz, before.basis) == (after.seat, after.frame_rate_hz, after.basis)
        if not same or after.start_frame != before.stop_frame:
            raise InputError(
                f"motion chunks of seat {first.seat.name}",
                expected=f"a chunk of the same seat, rate and basis starting at frame {before.stop_frame}",
                got=f"seat {after.seat.name}, {after.frame_rate_hz:g} fps, {after.basis}, frame {after.start_frame}",
                cure="Join chunks in order.",
            )
    arrays: dict[str, Any] = {name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ARRAY_FIELDS}
    return replace(first, **arrays)
