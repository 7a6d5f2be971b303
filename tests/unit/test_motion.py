"""Motion: checked once, read-only, cut and joined without a trace."""

from dataclasses import FrozenInstanceError, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyad.bases import ARKIT52, BASES, FLAME50, channel_names
from dyad.errors import InputError
from dyad.motion import ARRAY_FIELDS, Motion, join
from dyad.seat import Seat
from tests import scenes
from tests.driving import same

FRAMES = 40


def zeros(frames: int = 3, **fields: Any) -> Motion:
    given_fields = {"seat": Seat.A, "frame_rate_hz": 25.0, "expression": np.zeros((frames, 52)), "head_rotation": np.zeros((frames, 3))}
    return Motion(**{**given_fields, **fields})


@given(cuts=st.lists(st.integers(0, FRAMES), max_size=8), start_frame=st.integers(0, 1000), basis=st.sampled_from(sorted(BASES)))
def test_any_cut_joins_to_the_same_motion(cuts: list[int], start_frame: int, basis: str) -> None:
    whole = scenes.motion(frames=FRAMES, basis=basis, start_frame=start_frame)
    edges = [start_frame + cut for cut in sorted([0, *cuts, FRAMES])]
    chunks = [whole.slice(first, last) for first, last in pairwise(edges)]
    assert [(chunk.start_frame, chunk.stop_frame) for chunk in chunks] == list(pairwise(edges))
    rejoined = join(chunks)
    assert same(rejoined, whole)
    assert (rejoined.start_frame, rejoined.stop_frame, rejoined.basis, rejoined.seat) == (start_frame, start_frame + FRAMES, basis, Seat.A)


def test_a_slice_holds_the_frames_of_its_numbers() -> None:
    whole = scenes.motion(frames=10, start_frame=100)
    part = whole.slice(103, 105)
    assert np.array_equal(part.gaze, whole.gaze[3:5])
    assert len(part) == 2
    assert part.duration_s == pytest.approx(0.08)


@pytest.mark.parametrize(("first", "last"), [(99, 105), (100, 111), (106, 105)])
def test_a_slice_beyond_the_motion_is_refused(first: int, last: int) -> None:
    with pytest.raises(InputError, match=f"seat A: expected a range within frames 100 to 110; got {first} to {last}"):
        scenes.motion(frames=10, start_frame=100).slice(first, last)


@pytest.mark.parametrize("name", ARRAY_FIELDS)
def test_arrays_are_read_only(name: str) -> None:
    array = getattr(scenes.motion(), name)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 0
    with pytest.raises(FrozenInstanceError):
        scenes.motion().start_frame = 3  # type: ignore[misc]


def test_what_is_absent_is_zero_and_valid() -> None:
    motion = zeros()
    for name, shape in (("head_translation", (3, 3)), ("jaw_rotation", (3, 3)), ("gaze", (3, 2, 2))):
        array = getattr(motion, name)
        assert array.shape == shape
        assert array.dtype == np.float32
        assert not array.any()
    assert motion.valid.dtype == np.bool_
    assert motion.valid.all()
    assert motion.expression.dtype == np.float32


@pytest.mark.parametrize("name", [name for name in ARRAY_FIELDS if name != "valid"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(name: str, bad: float) -> None:
    motion = scenes.motion(frames=4)
    array = getattr(motion, name).copy()
    array.flat[5] = bad
    with pytest.raises(InputError, match=rf"motion of seat A, {name}: expected finite numbers; got 1 NaN or infinite of {array.size}"):
        replace(motion, **{name: array})


def test_infinities_that_cancel_are_refused() -> None:
    rotation = np.zeros((3, 3))
    rotation[0, 0], rotation[1, 0] = np.inf, -np.inf
    with pytest.raises(InputError, match="got 2 NaN or infinite"):
        zeros(head_rotation=rotation)


def test_the_largest_finite_numbers_are_no_infinity() -> None:
    assert np.isfinite(zeros(head_rotation=np.full((3, 3), np.finfo(np.float32).max)).head_rotation).all()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"expression": np.zeros((3, 51))}, r"expression: expected an array of shape \(any, 52\); got shape \(3, 51\)"),
        ({"expression": np.zeros(52)}, r"expression: expected an array of shape \(any, 52\); got shape \(52,\)"),
        ({"basis": "flame50"}, r"expression: expected an array of shape \(any, 50\)"),
        ({"basis": "arkit"}, r"basis: expected one of arkit50, arkit52, flame50; got 'arkit'"),
        ({"head_rotation": np.zeros((4, 3))}, r"head_rotation: expected an array of shape \(3, 3\); got shape \(4, 3\)"),
        ({"gaze": np.zeros((3, 2))}, r"gaze: expected an array of shape \(3, 2, 2\); got shape \(3, 2\)"),
        ({"valid": np.ones(2, bool)}, r"valid: expected an array of shape \(3\); got shape \(2,\)"),
        ({"frame_rate_hz": 5.0}, "frame_rate_hz: expected 10 to 240"),
        ({"head_rotation": [["a", "b", "c"]] * 3}, "head_rotation: expected numbers"),
        ({"head_rotation": [[0.0, 1.0], [2.0], [3.0]]}, "head_rotation: expected numbers"),
    ],
)
def test_what_does_not_fit_is_refused(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        zeros(**fields)


@pytest.mark.parametrize("change", [{"seat": Seat.B}, {"frame_rate_hz": 30.0}, {"start_frame": 6}, {"start_frame": 4}])
def test_chunks_that_do_not_follow_each_other_are_not_joined(change: dict[str, Any]) -> None:
    first, second = scenes.motion(frames=5), scenes.motion(frames=5, start_frame=5)
    assert len(join([first, second])) == 10
    with pytest.raises(InputError, match="expected a chunk of the same seat, rate and basis starting at frame 5"):
        join([first, replace(second, **change)])


def test_nothing_to_join_is_refused() -> None:
    with pytest.raises(InputError, match="expected at least one motion chunk; got none"):
        join([])


def test_channels_have_names() -> None:
    motion = scenes.motion()
    assert np.array_equal(motion.channel("jawOpen"), motion.expression[:, ARKIT52.index("jawOpen")])
    with pytest.raises(InputError, match="one of the 52 channels of arkit52; got 'jawopen'"):
        motion.channel("jawopen")


def test_bases_name_each_channel_once() -> None:
    assert len(set(ARKIT52)) == 52
    assert len(set(FLAME50)) == 50
    assert channel_names("arkit52") == ARKIT52
    # the order of Live Link Face recordings, at the places where lists from memory go wrong
    assert ARKIT52[:2] == ("eyeBlinkLeft", "eyeLookDownLeft")
    assert [ARKIT52.index(name) for name in ("eyeBlinkRight", "jawForward", "jawOpen", "mouthClose", "browDownLeft", "tongueOut")] == [
        7, 14, 17, 18, 41, 51,
    ]  # fmt: skip
    lefts = {name.removesuffix("Left") for name in ARKIT52 if name.endswith("Left")} - {"jaw", "mouth"}
    assert lefts == {name.removesuffix("Right") for name in ARKIT52 if name.endswith("Right")} - {"jaw", "mouth"}
