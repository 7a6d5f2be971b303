"""Vertices stay put until they visibly move."""

import numpy as np
import pytest

from dyad.sinks.held_positions import COARSE_GRID_M, GRID_M, HOLD, HeldPositions

VISIBLE_M = 1e-4  # a fifth of a screen's pixel when a head fills 500 of them


@pytest.mark.parametrize("grid_m", [GRID_M, COARSE_GRID_M])
def test_a_slow_drift_is_followed_in_steps_too_small_to_see(grid_m: float) -> None:
    start = np.random.default_rng(0).uniform(-0.1, 0.1, (1, 20, 3))
    drift = np.arange(400)[:, None, None] * np.array([5e-6, 0.0, -2e-6])
    positions = (start + drift).astype(np.float32)
    moved, rows = HeldPositions(grid_m=grid_m).reduce(positions)
    shown = rows[np.cumsum(moved) - 1]
    assert np.abs(shown - positions).max() < VISIBLE_M
    np.testing.assert_array_equal(np.rint(rows / grid_m), rows / grid_m)
    assert len(np.unique(shown[:, 0, 0])) == pytest.approx(400 * 5e-6 / grid_m, abs=2)
    assert (shown[:, :, 1] == shown[0, :, 1]).all()


def test_trembling_below_the_threshold_costs_nothing() -> None:
    tremble = np.random.default_rng(0).uniform(-0.2, 0.2, (100, 20, 3)) * HOLD * GRID_M
    moved, rows = HeldPositions().reduce((64 * GRID_M + tremble).astype(np.float32))
    assert moved.sum() == len(rows) == 1


def test_blocks_make_no_difference() -> None:
    positions = (0.01 * np.sin(np.arange(60)[:, None, None] * 0.1 + np.arange(30).reshape(10, 3))).astype(np.float32)
    whole_moved, whole_rows = HeldPositions().reduce(positions)
    held = HeldPositions()
    parts = [held.reduce(positions[first : first + 7]) for first in range(0, 60, 7)]
    np.testing.assert_array_equal(np.concatenate([moved for moved, _ in parts]), whole_moved)
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in parts]), whole_rows)
