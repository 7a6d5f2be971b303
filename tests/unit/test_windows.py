"""Clips cut into windows for training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyad.datasets.windows import Window, windows
from dyad.errors import InputError
from dyad.seat import Seat


@dataclass
class Lengths:
    """A dataset of nothing but lengths."""

    clips: Mapping[str, int]
    faces: Mapping[str, tuple[Seat, ...]] = field(default_factory=dict)

    def ids(self, split: str) -> Sequence[str]:
        return [clip for clip in self.clips if clip.startswith(split)]

    def frames(self, conversation_id: str) -> int:
        return self.clips[conversation_id]

    def seats(self, conversation_id: str) -> Sequence[Seat]:
        return self.faces.get(conversation_id, tuple(Seat))


def starts(found: list[Window], seat: Seat = Seat.A) -> list[int]:
    return [window.start_frame for window in found if window.seat == seat]


def test_every_full_window_of_every_clip_from_both_sides() -> None:
    dataset = Lengths({"train/a": 750, "train/b": 199, "train/c": 400, "test/d": 600})
    found = windows(dataset, "train")
    assert starts([window for window in found if window.id == "train/a"]) == [0, 200, 400]
    assert starts([window for window in found if window.id == "train/c"], Seat.B) == [0, 200]
    assert {window.id for window in found} == {"train/a", "train/c"}
    assert len(found) == 10
    assert {window.frames for window in found} == {200}


def test_windows_may_overlap() -> None:
    assert starts(windows(Lengths({"a": 250}), "a", frames=100, hop=50)) == [0, 50, 100, 150]


def test_the_published_loader_gives_the_last_window_as_often_as_there_are_windows() -> None:
    dataset = Lengths({"a": 750, "b": 210, "c": 30})
    found = windows(dataset, "", last_only=True)
    assert len(found) == len(windows(dataset, ""))
    assert starts(found) == [400, 400, 400, 0]


def test_a_face_without_partner_gives_windows_only_where_it_may() -> None:
    dataset = Lengths({"a": 400, "b": 400}, faces={"a": (Seat.B,), "b": ()})
    assert windows(dataset, "") == []
    alone = windows(dataset, "", partner_needed=False)
    assert [(window.id, window.seat, window.start_frame) for window in alone] == [("a", Seat.B, 0), ("a", Seat.B, 200)]


@given(length=st.integers(0, 3000), frames=st.integers(1, 400), hop=st.integers(1, 400))
def test_windows_lie_within_the_clip_and_none_is_left_out(length: int, frames: int, hop: int) -> None:
    found = starts(windows(Lengths({"a": length}), "a", frames=frames, hop=hop))
    assert found == [start for start in range(0, length, hop) if start + frames <= length]


@pytest.mark.parametrize("name", ["frames", "hop"])
def test_lengths_below_one_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: expected 1 or more; got 0"):
        windows(Lengths({"a": 9}), "a", **{name: 0})
