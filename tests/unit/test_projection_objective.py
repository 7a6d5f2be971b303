"""The published objective: bins, classes, labels and the shares read from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyad.agents.projection.objective import (
    CLASSES,
    FUTURE_BINS,
    HORIZON_FRAMES,
    NOW_BINS,
    activity_chance,
    backchannel_chance,
    class_bins,
    class_index,
    labels,
    speaker_share,
    swapped_classes,
)


def one_class(number: int) -> np.ndarray:
    return np.eye(CLASSES)[number]


def test_class_bits_are_the_flattened_table_with_the_first_entry_least() -> None:
    bins = class_bins()
    assert bins.shape == (256, 2, 4)
    assert bins[1].tolist() == [[True, False, False, False], [False] * 4]
    assert bins[8].tolist() == [[False, False, False, True], [False] * 4]
    assert bins[16].tolist() == [[False] * 4, [True, False, False, False]]
    assert class_index(bins).tolist() == list(range(CLASSES))


def test_a_label_tells_of_the_frames_after_its_own() -> None:
    activity = np.zeros((HORIZON_FRAMES + 3, 2), bool)
    activity[1:6, 0] = True  # frames 1 to 5: five of the first ten frames after frame 0, the half that is needed
    activity[2 + 30 : 2 + 60, 1] = True  # bin 2 of frame 1: frames 32 to 61
    got = labels(activity)
    assert len(got) == 3
    assert got[0] & 1 == 1  # active in half of the bin
    assert got[1] & 1 == 0  # four of ten: frame 1 itself does not count
    assert got[1] == 1 << 6
    assert labels(activity[:HORIZON_FRAMES]).shape == (0,)


@given(st.integers(0, 2**32 - 1))
def test_swapping_the_speakers_swaps_the_classes(seed: int) -> None:
    activity = np.random.default_rng(seed).random((140, 2)) < 0.5
    assert np.array_equal(swapped_classes()[labels(activity)], labels(activity[:, ::-1]))
    assert np.array_equal(swapped_classes()[swapped_classes()], np.arange(CLASSES))


def test_shares_count_active_bins_of_their_part_of_the_future() -> None:
    bins = np.zeros((2, 4), bool)
    bins[0, :2] = True  # A now
    bins[1, 1:] = True  # B from 0.2 s on
    chance = one_class(int(class_index(bins)))
    assert activity_chance(chance).tolist() == bins.tolist()
    assert speaker_share(activity_chance(chance), NOW_BINS).tolist() == pytest.approx([2 / 3, 1 / 3])
    assert speaker_share(activity_chance(chance), FUTURE_BINS).tolist() == [0.0, 1.0]
    assert speaker_share(activity_chance(one_class(0)), NOW_BINS).tolist() == [0.5, 0.5]  # nobody speaks: no division by zero
    mixed = 0.25 * one_class(1) + 0.75 * one_class(16)
    assert speaker_share(activity_chance(mixed), NOW_BINS).tolist() == [0.25, 0.75]


def test_a_backchannel_is_short_and_the_other_goes_on() -> None:
    bins = np.zeros((2, 4), bool)
    bins[0], bins[1, 1] = True, True
    assert backchannel_chance(one_class(int(class_index(bins)))).tolist() == [0.0, 1.0]
    bins[1, 3] = True  # B goes on as well
    assert backchannel_chance(one_class(int(class_index(bins)))).tolist() == [0.0, 0.0]
