"""The order of the 56 channels, in and out."""

import numpy as np
import pytest

from dyad.bases import ARKIT50, ARKIT52
from dyad.dualtalk_layout import GROUPS, pack, unpack
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.seat import Seat

ROWS = np.random.default_rng(0).normal(size=(7, 56)).astype(np.float32)


def test_expression_then_jaw_then_neck() -> None:
    motion = unpack(ROWS, seat=Seat.B, basis="flame50", start_frame=3)
    assert (motion.seat, motion.start_frame, motion.frame_rate_hz) == (Seat.B, 3, 25.0)
    np.testing.assert_array_equal(motion.expression, ROWS[:, :50])
    np.testing.assert_array_equal(motion.jaw_rotation, ROWS[:, 50:53])
    np.testing.assert_array_equal(motion.head_rotation, ROWS[:, 53:])
    np.testing.assert_array_equal(pack(motion), ROWS)


def test_groups_cover_all_channels_once() -> None:
    assert np.sort(np.concatenate([np.arange(56)[part] for part in GROUPS.values()])).tolist() == list(range(56))


def test_arkit50_names_every_weight_but_the_jaws() -> None:
    assert len(ARKIT50) == 50
    assert set(ARKIT52) - set(ARKIT50) == {"jawOpen", "jawLeft", "jawRight"}


def test_other_bases_and_shapes_are_refused() -> None:
    arkit = Motion(seat=Seat.A, frame_rate_hz=25, expression=np.zeros((2, 52), np.float32), head_rotation=np.zeros((2, 3), np.float32))
    with pytest.raises(InputError, match="arkit52"):
        pack(arkit)
    with pytest.raises(InputError, match=r"shape \(7, 55\)"):
        unpack(ROWS[:, :55], seat=Seat.A, basis="flame50")
