"""ARKit's weights with the jaw as a rotation, and back."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dyad.agents.reactive.face import CHANNEL, add_eyes
from dyad.arkit_gaze import gaze_of_weights
from dyad.arkit_jaw import JAW_OPEN_RAD, to_arkit50, to_arkit52
from dyad.bases import ARKIT50, ARKIT52
from dyad.errors import InputError
from dyad.faces.fields import JAW_ANGLE
from dyad.motion import Motion
from dyad.seat import Seat

WEIGHTS = arrays(np.float32, (3, 52), elements=st.floats(0, 1, width=32))


def motion_of(weights: np.ndarray, *, basis: str = "arkit52", **fields: np.ndarray) -> Motion:
    still = np.zeros((len(weights), 3), np.float32)
    return Motion(seat=Seat.B, start_frame=4, frame_rate_hz=25, basis=basis, expression=weights, **{"head_rotation": still, **fields})


def one(**weights: float) -> Motion:
    row = np.zeros((1, 52), np.float32)
    for name, weight in weights.items():
        row[0, ARKIT52.index(name)] = weight
    return motion_of(row)


@given(WEIGHTS)
def test_there_and_back_gives_the_weights_again(weights: np.ndarray) -> None:
    left, right = ARKIT52.index("jawLeft"), ARKIT52.index("jawRight")
    weights[:, right] *= weights[:, left] == 0  # a jaw goes one way
    back = to_arkit52(to_arkit50(motion_of(weights)))
    assert back.basis == "arkit52"
    assert not back.jaw_rotation.any()
    np.testing.assert_allclose(back.expression, weights, rtol=3e-7, atol=1e-37)


@given(WEIGHTS)
def test_of_a_jaw_pulled_both_ways_the_difference_comes_back(weights: np.ndarray) -> None:
    before, after = motion_of(weights), to_arkit52(to_arkit50(motion_of(weights)))
    aside = [motion.channel("jawLeft") - motion.channel("jawRight") for motion in (before, after)]
    np.testing.assert_allclose(aside[1], aside[0], atol=2e-7)


@given(WEIGHTS)
def test_other_channels_keep_their_names_and_bits(weights: np.ndarray) -> None:
    before = motion_of(weights)
    after = to_arkit50(before)
    for name in ARKIT50[:-1]:
        np.testing.assert_array_equal(after.channel(name), before.channel(name))
    assert not after.channel("unused").any()


def test_an_open_jaw_turns_as_the_built_in_heads_does() -> None:
    assert pytest.approx(JAW_ANGLE) == JAW_OPEN_RAD
    np.testing.assert_allclose(to_arkit50(one(jawOpen=1)).jaw_rotation, [[math.radians(17), 0, 0]], rtol=1e-6)


def test_the_chin_goes_to_the_side_of_the_name() -> None:
    for name, sign in (("jawLeft", 1), ("jawRight", -1)):
        (turn,) = to_arkit50(one(**{name: 1.0})).jaw_rotation
        assert np.sign(np.cross(turn, [0, 0, 1])[0]) == sign  # how the chin, on +z, moves along x, which is the subject's left


def test_what_a_model_made_up_is_clipped() -> None:
    made_up = motion_of(np.full((2, 50), 1.5, np.float32), basis="arkit50", jaw_rotation=np.full((2, 3), -1, np.float32))
    weights = to_arkit52(made_up)
    assert weights.expression.min() == 0
    assert weights.expression.max() == 1
    assert weights.channel("jawOpen").tolist() == [0, 0]
    assert weights.channel("jawRight").tolist() == [1, 1]


def test_everything_else_is_carried() -> None:
    rng = np.random.default_rng(0)
    gaze, head = rng.normal(size=(2, 2, 2)).astype(np.float32), rng.normal(size=(2, 3)).astype(np.float32)
    before = motion_of(np.zeros((2, 52), np.float32), gaze=gaze, head_rotation=head, valid=np.array([True, False]))
    for after in (to_arkit50(before), to_arkit52(to_arkit50(before))):
        assert (after.seat, after.start_frame, after.frame_rate_hz) == (Seat.B, 4, 25)
        for name in ("gaze", "head_rotation", "valid"):
            np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_lost_gaze_comes_back_from_the_weights(yaw: float, pitch: float) -> None:
    face: dict[str, float] = {}
    add_eyes(face, eyes=(yaw, pitch), lids=0.0)
    assert set(face) <= set(CHANNEL)
    without_gaze = replace(to_arkit50(one(**face)), gaze=np.zeros((1, 2, 2), np.float32))
    np.testing.assert_allclose(to_arkit52(without_gaze).gaze, [[[yaw, pitch], [yaw, pitch]]], atol=1e-6)


def test_other_bases_are_refused() -> None:
    with pytest.raises(InputError, match="expected basis arkit52; got arkit50"):
        to_arkit50(to_arkit50(one()))
    with pytest.raises(InputError, match="expected basis arkit50; got arkit52"):
        to_arkit52(one())
    with pytest.raises(InputError, match="eyeLookOutLeft"):
        gaze_of_weights(motion_of(np.zeros((1, 50), np.float32), basis="flame50"))
    with pytest.raises(InputError, match="a jaw rotation too"):
        to_arkit50(replace(one(), jaw_rotation=np.ones((1, 3), np.float32)))
