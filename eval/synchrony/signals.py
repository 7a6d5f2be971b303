"""What of two people is compared: one number a frame of each, on one clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from dyad.arrays import frozen
from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.eval.events.detect import BROWS, SMILE
from dyad.eval.events.spans import bridged
from dyad.eval.head_pose import head_angles, head_speed
from dyad.eval.mouth import jaw_opening
from dyad.motion import Motion
from dyad.seat import Seat

Array = npt.NDArray[np.float64]

MOST_LOST = 0.1
FLAT = 1e-6
"""A signal that spans less than a millionth (of a degree, a weight) does not move: it is rounding."""


@dataclass(frozen=True, kw_only=True)
class SignalRule:
    """How signals are taken.

    Args:
        rate_hz: samples per second that both sides are brought to.
        smoothing_s: standard deviation of the Gaussian that smooths at the motion's own rate, before the rate is changed (proposal: 50 ms
            halves what oscillates at 3.7 Hz and leaves under 2 % of 9 Hz, mostly noise of tracking).
        most_lost: largest share of frames with lost tracking; losses are bridged by straight lines.
    """

    rate_hz: float = 25.0
    smoothing_s: float = 0.05
    most_lost: float = MOST_LOST


@dataclass(frozen=True, kw_only=True, eq=False)
class PairSignal:
    """The same signal of A and of B at the same instants.

    Args:
        name: which.
        unit: of its values.
        rate_hz: samples per second.
        a: float64 (T,) of A.
        b: float64 (T,) of B.

    Raises:
        InputError: a rate that is not positive, different lengths, or values that are not finite.
    """

    name: str
    unit: str = ""
    rate_hz: float
    a: Array
    b: Array

    def __post_init__(self) -> None:
        """Check once; make the arrays read-only."""
        if not 0 < self.rate_hz < float("inf"):
            raise InputError("rate_hz", expected="a positive number", got=repr(self.rate_hz), cure="25 is usual.")
        a = frozen(self.a, name=f"{self.name} of A", shape=(None,), dtype=np.float64)
        object.__setattr__(self, "a", a)
        object.__setattr__(self, "b", frozen(self.b, name=f"{self.name} of B", shape=(len(a),), dtype=np.float64))

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.a)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self) / self.rate_hz

    @property
    def still(self) -> str:
        """Who does not move at all: "", "A", "B" or "A and B"."""
        return " and ".join(seat for seat, side in (("A", self.a), ("B", self.b)) if not len(side) or np.ptp(side) < FLAT)

    def at_rate(self, rate_hz: float) -> "PairSignal":
        """At a lower rate: smoothed so that little above half of the new rate is left, then read off at its instants.

        Raises:
            InputError: a rate that is not positive or above the own one.
        """
        if not 0 < rate_hz <= self.rate_hz:
            raise InputError("rate_hz", expected=f"up to the signal's {self.rate_hz:g}", got=f"{rate_hz!r}", cure="Give a lower one.")
        if rate_hz == self.rate_hz:
            return self
        here = np.arange(len(self)) / self.rate_hz
        there = np.arange(int(self.duration_s * rate_hz + 1e-9)) / rate_hz
        # A Gaussian of 0.4 new samples passes 45 % of an oscillation at half the new rate, and 4 % at the new rate.
        width = 0.4 * self.rate_hz / rate_hz
        a, b = (np.interp(there, here, gaussian_filter1d(side, width, mode="nearest")) for side in (self.a, self.b))
        return replace(self, rate_hz=rate_hz, a=a, b=b)

    def crossed(self, other: "PairSignal") -> tuple["PairSignal", "PairSignal"]:
        """Two pairs that never met: own A with the other's B, and the other's A with own B, as long as the shorter.

        Raises:
            InputError: another signal or rate.
        """
        if (self.name, self.rate_hz) != (other.name, other.rate_hz):
            got = f"{other.name} at {other.rate_hz:g} Hz"
            raise InputError("other pair", expected=f"{self.name} at {self.rate_hz:g} Hz", got=got, cure="Take both by one rule.")
        samples = min(len(self), len(other))
        return replace(self, a=self.a[:samples], b=other.b[:samples]), replace(self, a=other.a[:samples], b=self.b[:samples])


@dataclass(frozen=True, kw_only=True)
class _Kind:
    unit: str
    words: str
    read: Callable[[Motion], Array | None]
    between_frames: bool = False


def _mean(channels: tuple[str, ...]) -> Callable[[Motion], Array | None]:
    def read(motion: Motion) -> Array | None:
        if not set(channels) <= set(motion.channel_names):
            return None
        mean: Array = np.mean([motion.channel(name) for name in channels], axis=0, dtype=np.float64)
        return mean

    return read


def _jaw(motion: Motion) -> Array | None:
    found = jaw_opening(motion)
    return None if found is None else found[0]


_KINDS: dict[str, _Kind] = {
    "head_pitch": _Kind(unit="°", words="pitch of the head, > 0 down", read=lambda motion: head_angles(motion)[0]),
    "head_yaw": _Kind(unit="°", words="yaw of the head, > 0 to the own left", read=lambda motion: head_angles(motion)[1]),
    "head_roll": _Kind(unit="°", words="roll of the head, > 0 to the own right", read=lambda motion: head_angles(motion)[2]),
    "head_speed": _Kind(unit="°/s", words="angular speed of the head", read=head_speed, between_frames=True),
    "smile": _Kind(unit="weight", words="mean weight of both sides' mouthSmile", read=_mean(SMILE)),
    "brows": _Kind(unit="weight", words="mean weight of the brows' raising channels", read=_mean(BROWS)),
    "jaw": _Kind(unit="jaw opening", words="jawOpen, or the angle of the jaw joint", read=_jaw),
}
SIGNALS: dict[str, str] = {name: kind.words for name, kind in _KINDS.items()}
"""Signals that ``pair_signal`` takes, with what they are."""


def pair_signal(motion: Mapping[Seat, Motion], name: str, *, rule: SignalRule | None = None) -> PairSignal:
    """One signal of both seats, smoothed, on one clock, over the time that both have motion.

    Args:
        motion: of both seats; rates and bases may differ.
        name: a row of ``SIGNALS``.
        rule: rate, smoothing, and how much tracking may be lost.

    Raises:
        InputError: an unknown name, a seat without motion, a basis without the channels, too much lost, or no time in common.
    """
    rule = rule or SignalRule()
    if name not in _KINDS:
        raise InputError("signal", expected=f"one of {', '.join(_KINDS)}", got=repr(name), cure="Choose among them.")
    times, sides = [], []
    for seat in Seat:
        if seat not in motion:
            raise InputError("motion", expected="both seats", got=f"none of seat {seat.name}", cure="Give both.")
        time, side = _side(motion[seat], _KINDS[name], rule=rule)
        times.append(time)
        sides.append(side)
    start, stop = max(time[0] for time in times), min(time[-1] for time in times)
    if stop <= start:
        raise InputError(f"{name} of A and B", expected="time in common", got="none", cure="Give motion of one conversation.")
    # The grid's own instants do not depend on where the motion begins: two parts of a recording fit together.
    first, last = int(np.ceil(start * rule.rate_hz - 1e-6)), int(np.floor(stop * rule.rate_hz + 1e-6))
    grid = np.arange(first, last + 1) / rule.rate_hz
    a, b = (np.interp(grid, time, side) for time, side in zip(times, sides, strict=True))
    return PairSignal(name=name, unit=_KINDS[name].unit, rate_hz=rule.rate_hz, a=a, b=b)


def _side(motion: Motion, kind: _Kind, *, rule: SignalRule) -> tuple[Array, Array]:
    """Instants and smoothed values."""
    signal = kind.read(motion)
    owner = f"seat {motion.seat.name}"
    if signal is None:
        got = f"basis {motion.basis} without them"
        raise InputError(owner, expected=f"channels for the {kind.words}", got=got, cure="Use another signal.")
    if len(signal) < 2:
        raise InputError(owner, expected="at least 3 frames", got=str(len(motion)), cure="Give a longer recording.")
    valid = motion.valid[1:] & motion.valid[:-1] if kind.between_frames else motion.valid
    lost = 1 - float(valid.mean())
    if lost > rule.most_lost:
        expected = f"at most {100 * rule.most_lost:g} % of the frames without tracking"
        raise InputError(owner, expected=expected, got=f"{100 * lost:.0f} %", cure="Cut to the tracked part.")
    rate = float(FrameClock(frame_rate_hz=motion.frame_rate_hz).rate)
    times = (motion.start_frame + np.arange(len(signal)) + (0.5 if kind.between_frames else 0.0)) / rate
    smooth: Array = gaussian_filter1d(bridged(signal, valid), rule.smoothing_s * rate, mode="nearest")
    return np.asarray(times, np.float64), smooth
