"""A corpus cut into pieces of equal length, as models train on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dyad.errors import InputError
from dyad.seat import Seat

PUBLISHED_FRAMES = 200  # 8 s at 25 fps, as DualTalk is trained (arXiv 2505.18096)


class Measured(Protocol):
    """A dataset that knows the length of its clips without reading them."""

    def ids(self, split: str) -> Sequence[str]:
        """Clips of a split."""
        ...

    def frames(self, conversation_id: str) -> int:
        """Length of a clip in motion frames."""
        ...

    def seats(self, conversation_id: str) -> Sequence[Seat]:
        """The seats whose motion a clip has."""
        ...


@dataclass(frozen=True, kw_only=True)
class Window:
    """A piece of a clip, seen from one side.

    Args:
        id: the clip.
        seat: whose motion is to be predicted.
        start_frame: first frame.
        frames: how many.
    """

    id: str
    seat: Seat
    start_frame: int
    frames: int


def windows(
    dataset: Measured,
    split: str,
    *,
    frames: int = PUBLISHED_FRAMES,
    hop: int | None = None,
    last_only: bool = False,
    partner_needed: bool = True,
) -> list[Window]:
    """All full windows of every clip of a split, from both sides; what is left over at a clip's end is no window.

    Args:
        dataset: e.g. ``DualTalk``.
        split: name of a split.
        frames: length of a window.
        hop: from the start of one to the start of the next; by default ``frames``, so that they do not overlap.
        last_only: for comparison with published results. DualTalk's training loader puts one and the same object into its list for all
            windows of a clip and overwrites its contents, so a clip of *n* windows counts *n* times with its last one.
        partner_needed: leave out clips with the motion of one side only; else they give the windows of that side.

    Returns:
        Windows in order of clip, seat and time.

    Raises:
        InputError: no such split, or a length below 1.
    """
    step = frames if hop is None else hop
    for name, value in (("frames", frames), ("hop", step)):
        if value < 1:
            raise InputError(name, expected="1 or more", got=f"{value}", cure=f"{PUBLISHED_FRAMES} is common.")
    found = []
    for clip in dataset.ids(split):
        seats = dataset.seats(clip)
        if partner_needed and len(seats) < len(Seat):
            continue
        starts = range(0, dataset.frames(clip) - frames + 1, step)
        for seat in seats:
            chosen = [starts[-1]] * len(starts) if last_only and starts else starts
            found += [Window(id=clip, seat=seat, start_frame=start, frames=frames) for start in chosen]
    return found
