"""One conversation as analysed: who speaks when, and how both heads move where that is known."""

from dataclasses import dataclass, replace

from dyad.errors import InputError
from dyad.eval.turn_taking import TurnIntervals
from dyad.eval.turn_taking.spans import Floats
from dyad.motion import Motion
from dyad.seat import Seat

Motions = tuple[Motion, Motion]


@dataclass(frozen=True, kw_only=True, eq=False)
class Talk:
    """A conversation that was read.

    Args:
        id: its name.
        participants: names, A first.
        intervals: who speaks when, with words where they are known.
        source: where the times come from, for people.
        notes: what was done to the input, one sentence each.
        motion: of A and of B; None where there is none.
    """

    id: str
    participants: tuple[str, str]
    intervals: TurnIntervals
    source: str
    notes: tuple[str, ...] = ()
    motion: Motions | None = None


def pseudo_dyad(first: Talk, second: Talk) -> Talk:
    """A of one conversation beside B of another, as if they had talked: what chance alone makes of any measure of two people.

    Both are cut to the shorter one's length; what crosses the cut is cropped.

    Raises:
        InputError: heads that move at two frame rates.
    """
    duration_s = min(first.intervals.duration_s, second.intervals.duration_s)
    a, a_texts = _cropped(first.intervals, Seat.A, duration_s)
    b, b_texts = _cropped(second.intervals, Seat.B, duration_s)
    texts = None if a_texts is None or b_texts is None else (a_texts, b_texts)
    return Talk(
        id=f"{first.id} A + {second.id} B",
        participants=(first.participants[0], second.participants[1]),
        intervals=TurnIntervals(a=a, b=b, duration_s=duration_s, texts=texts),
        source="two conversations put side by side",
        motion=_beside(first, second),
    )


def _cropped(intervals: TurnIntervals, seat: Seat, duration_s: float) -> tuple[Floats, tuple[str, ...] | None]:
    rows = (intervals.a, intervals.b)[seat]
    kept = rows[:, 0] < duration_s
    texts = None if intervals.texts is None else tuple(text for text, keep in zip(intervals.texts[seat], kept, strict=True) if keep)
    return rows[kept].clip(max=duration_s), texts


def _beside(first: Talk, second: Talk) -> Motions | None:
    if first.motion is None or second.motion is None:
        return None
    a, b = first.motion[Seat.A], second.motion[Seat.B]
    if a.frame_rate_hz != b.frame_rate_hz:
        raise InputError(
            f"{first.id} and {second.id}",
            expected="heads that move at one frame rate",
            got=f"{a.frame_rate_hz:g} and {b.frame_rate_hz:g} fps",
            cure="Leave out --pairs, or resample one of them.",
        )
    frames = min(len(a), len(b))
    beside = replace(b.slice(b.start_frame, b.start_frame + frames), start_frame=a.start_frame)
    return a.slice(a.start_frame, a.start_frame + frames), beside
