"""Which pixels a triangle covers, what is nearest there, and what is mixed there, against plain loops."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial import Delaunay

from dyad.faces.raster import find_spans, find_visible, mix

WIDTH, HEIGHT = 40, 30
Floats = npt.NDArray[np.float32]


def scattered(seed: int, *, count: int = 60) -> tuple[Floats, npt.NDArray[np.int32]]:
    """A triangulated square larger than the picture, so that every pixel is covered."""
    rng = np.random.default_rng(seed)
    inner = rng.uniform([-5.0, -5.0], [WIDTH + 5.0, HEIGHT + 5.0], (count, 2))
    corners = np.array([[-6, -6], [WIDTH + 6, -6], [-6, HEIGHT + 6], [WIDTH + 6, HEIGHT + 6]])
    level = np.floor(inner[:8]) + np.array([0.3, 0.5])  # some exactly on the middle of a row
    points = np.concatenate([corners, inner, level])
    screen = np.column_stack([points, rng.uniform(1.0, 2.0, len(points))]).astype(np.float32)
    return screen, Delaunay(screen[:, :2]).simplices.astype(np.int32)


def weights_at(corners: Floats, x: float, y: float) -> npt.NDArray[np.float64]:
    system = np.vstack([corners[:, :2].T.astype(np.float64), np.ones(3)])
    return np.linalg.solve(system, [x, y, 1.0])


@pytest.mark.parametrize("seed", range(4))
def test_triangles_side_by_side_cover_each_pixel_once(seed: int) -> None:
    screen, triangles = scattered(seed)
    spans = find_spans(screen, triangles, width=WIDTH, height=HEIGHT)
    owner = np.repeat(spans.triangle, spans.count)
    column = np.concatenate([np.arange(x, x + count) for x, count in zip(spans.x, spans.count, strict=True)])
    row = np.repeat(spans.y, spans.count)
    covered = np.bincount(row * WIDTH + column, minlength=WIDTH * HEIGHT)
    np.testing.assert_array_equal(covered, 1)
    for triangle, x, y in zip(owner, column, row, strict=True):
        assert weights_at(screen[triangles[triangle]], x + 0.5, y + 0.5).min() > -1e-4


@pytest.mark.integration
@pytest.mark.parametrize("seed", range(3))
def test_the_nearest_of_many_is_seen_and_values_are_mixed_by_weight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    screen = np.column_stack([rng.uniform(-4, WIDTH + 4, 90), rng.uniform(-4, HEIGHT + 4, 90), rng.uniform(1, 2, 90)]).astype(np.float32)
    triangles = np.arange(90, dtype=np.int32).reshape(30, 3)
    depth = np.full(WIDTH * HEIGHT, np.inf, np.float32)
    visible = find_visible(screen, triangles, width=WIDTH, depth=depth)
    values = rng.uniform(0.0, 255.0, (2, 90)).astype(np.float32)
    mixed = mix(values, screen, triangles, visible, width=WIDTH)
    wanted_depth, wanted = np.full(WIDTH * HEIGHT, np.inf), np.full((2, WIDTH * HEIGHT), np.nan)
    for triangle in triangles:
        for pixel in range(WIDTH * HEIGHT):
            weights = weights_at(screen[triangle], pixel % WIDTH + 0.5, pixel // WIDTH + 0.5)
            here = float(weights @ screen[triangle, 2])
            if weights.min() >= 0.0 and here < wanted_depth[pixel]:
                wanted_depth[pixel], wanted[:, pixel] = here, values[:, triangle] @ weights
    np.testing.assert_allclose(depth, wanted_depth, atol=2e-4)
    np.testing.assert_array_equal(visible.pixel, np.flatnonzero(np.isfinite(wanted_depth)))
    assert np.quantile(np.abs(mixed - wanted[:, visible.pixel]), 0.999) < 0.05


def test_what_was_nearer_before_stays() -> None:
    screen, triangles = scattered(0)
    depth = np.full(WIDTH * HEIGHT, 1.5, np.float32)
    visible = find_visible(screen, triangles, width=WIDTH, depth=depth)
    assert 0.2 < len(visible.pixel) / len(depth) < 0.8
    assert (depth[visible.pixel] < 1.5).all()
    assert (np.delete(depth, visible.pixel) == 1.5).all()


def test_triangles_without_an_inside_or_beside_the_picture_are_not_seen() -> None:
    flat = [[3, 3, 1], [20, 20, 1], [11.5, 11.5, 1]]
    beside = [[50, 5, 1], [60, 5, 1], [55, 20, 1]]
    above = [[5, -20, 1], [9, -20, 1], [7, -2, 1]]
    depth = np.full(WIDTH * HEIGHT, np.inf, np.float32)
    screen = np.array([*flat, *beside, *above], np.float32)
    visible = find_visible(screen, np.arange(9, dtype=np.int32).reshape(3, 3), width=WIDTH, depth=depth)
    assert len(visible.pixel) == 0
    assert np.isinf(depth).all()
