"""Finding the nearest triangle in every pixel, and mixing vertex values there: numpy only.

Triangles are cut into spans: the pixels of one row whose centres one triangle covers. A head of 512 pixels has some hundred thousand
spans of two or three pixels each, so all work is vectorised over spans, and of pixels that end up hidden only the depth is worked out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]

_HALF: Final = np.float32(0.5)
_SMALLEST_AREA: Final = 1e-6  # square pixels, doubled: thinner triangles have no slope to speak of


@dataclass(frozen=True, kw_only=True)
class Spans:
    """Rows of pixels, each covered by one triangle.

    Attributes:
        triangle: (S,) index of the triangle.
        x: (S,) column of the first pixel.
        y: (S,) row.
        count: (S,) pixels.
    """

    triangle: Indices
    x: Indices
    y: Indices
    count: Indices


@dataclass(frozen=True, kw_only=True)
class Visible:
    """What is seen.

    Attributes:
        pixel: (P,) flat pixel indices, ascending.
        span: (P,) the span seen there, an index into `spans`.
        spans: those of which at least one pixel is seen.
    """

    pixel: Indices
    span: Indices
    spans: Spans


def facing_viewer(screen: Floats, triangles: Indices) -> npt.NDArray[np.bool_]:
    """Tell which triangles run counter-clockwise on the screen (whose y points down).

    Args:
        screen: (V, 3) pixel x, pixel y, depth.
        triangles: (F, 3).

    Returns:
        (F,).
    """
    return np.asarray(_doubled_area(screen, triangles) < 0)


def find_spans(screen: Floats, triangles: Indices, *, width: int, height: int) -> Spans:
    """Cut triangles into spans. Triangles that share an edge share no pixel and leave none out.

    (Where a corner lies exactly in a pixel's middle, rounding may give that pixel to two of them.)

    Args:
        screen: (V, 3) pixel x, pixel y, depth.
        triangles: (F, 3).
        width: of the picture, pixels.
        height: of the picture, pixels.

    Returns:
        The spans, in the order of the triangles.
    """
    order = np.argsort(screen[:, 1][triangles], axis=1, kind="stable")
    x, y = (screen[:, axis].astype(np.float64)[np.take_along_axis(triangles, order, axis=1)].T for axis in (0, 1))
    # Each triangle is an upper and a lower half: between its long edge and one of the two short ones. Edges as x = slope · y + start,
    # always worked out from the upper to the lower end, so that both triangles of an edge get the same numbers.
    long, upper, lower = (_line(x[i], y[i], x[j], y[j]) for i, j in ((0, 2), (0, 1), (1, 2)))
    bend_right = x[1] > long[0] * y[1] + long[1]
    border = np.clip(np.ceil(y - 0.5), 0, height).astype(np.int32)
    first, rows = border[:2].T.ravel(), np.diff(border, axis=0).T.ravel()
    edges = np.empty((4, len(triangles), 2))
    for half, short in enumerate((upper, lower)):
        for part in range(2):
            edges[part, :, half] = np.where(bend_right, long[part], short[part])
            edges[2 + part, :, half] = np.where(bend_right, short[part], long[part])
    left_slope, left_start, right_slope, right_start = (np.repeat(edge.ravel(), rows) for edge in edges)
    starts = np.cumsum(rows, dtype=np.int32) - rows
    row = np.arange(len(left_slope), dtype=np.int32) + np.repeat(first - starts, rows)
    middle = row + 0.5
    begin = np.clip(np.ceil(left_slope * middle + left_start - 0.5), 0, width).astype(np.int32)
    end = np.clip(np.ceil(right_slope * middle + right_start - 0.5), 0, width).astype(np.int32)
    used = np.flatnonzero(end > begin)
    owner = np.repeat(np.arange(len(triangles), dtype=np.int32), rows[0::2] + rows[1::2])
    return Spans(triangle=owner[used], x=begin[used], y=row[used], count=(end - begin)[used])


def find_visible(screen: Floats, triangles: Indices, *, width: int, depth: Floats) -> Visible:
    """Find what is nearest in each pixel.

    Args:
        screen: (V, 3) pixel x, pixel y, depth.
        triangles: (F, 3).
        width: of the picture, pixels.
        depth: (height · width,) of what is drawn already; what is nearer is written to it.

    Returns:
        What is seen of the triangles.
    """
    # From far to near, so that most of what is written to a pixel last is what is seen there.
    kept = np.argsort(-screen[:, 2][triangles[:, 0]]).astype(np.int32)
    spans = find_spans(screen, triangles[kept], width=width, height=len(depth) // width)
    spans = Spans(triangle=kept[spans.triangle], x=spans.x, y=spans.y, count=spans.count)
    near, slope = _ends(screen[:, 2:].T, screen, triangles, spans)[0]
    before = np.cumsum(spans.count, dtype=np.int32) - spans.count
    start = spans.y * np.int32(width) + spans.x - before
    span = np.repeat(np.arange(len(start), dtype=np.int32), spans.count)
    index = np.arange(len(span), dtype=np.int32)
    pixel = index + start[span]
    here = near[span] + slope[span] * (index - before[span]).astype(np.float32)
    owner = np.full(len(depth), -1, dtype=np.int32)
    # Where several pixels claim one place the last one written stays; those that are nearer than what stays are written again.
    nearer = here < depth[pixel]
    while nearer.any():
        if not nearer.all():
            pixel, here, span = pixel[nearer], here[nearer], span[nearer]
        owner[pixel], depth[pixel] = span, here
        nearer = here < depth[pixel]
    seen = np.flatnonzero(owner >= 0).astype(np.int32)
    return _numbered_anew(seen, owner[seen], spans)


def mix(values: Floats, screen: Floats, triangles: Indices, visible: Visible, *, width: int) -> Floats:
    """Mix vertex values in the pixels where they are seen.

    Args:
        values: (C, V) values of the vertices.
        screen: (V, 3) pixel x, pixel y, depth.
        triangles: (F, 3).
        visible: where what is seen.
        width: of the picture, pixels.

    Returns:
        (C, P) values; linear on the screen, within the range of the triangle's corners.
    """
    spans = visible.spans
    offset = (visible.pixel - (spans.y * np.int32(width) + spans.x)[visible.span]).astype(np.float32)
    mixed = np.empty((len(values), len(visible.pixel)), dtype=np.float32)
    for row, (near, slope) in zip(mixed, _ends(values, screen, triangles, spans), strict=True):
        np.multiply(slope[visible.span], offset, out=row)
        row += near[visible.span]
    return mixed


def _numbered_anew(pixel: Indices, span: Indices, spans: Spans) -> Visible:
    """Leave out spans of which nothing is seen."""
    used = np.zeros(len(spans.count), dtype=np.bool_)
    used[span] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    kept = Spans(triangle=spans.triangle[used], x=spans.x[used], y=spans.y[used], count=spans.count[used])
    return Visible(pixel=pixel, span=number[span], spans=kept)


def _ends(values: Floats, screen: Floats, triangles: Indices, spans: Spans) -> list[tuple[Floats, Floats]]:
    """For each row of values: (S,) in the first pixel of each span, and (S,) change from pixel to pixel."""
    a, b, c = triangles.T
    x, y = screen[:, 0], screen[:, 1]
    left, up = x[a], y[a]
    b_x, b_y, c_x, c_y = x[b] - left, y[b] - up, x[c] - left, y[c] - up
    area = b_x * c_y - b_y * c_x
    inverse = np.float32(1.0) / np.where(np.abs(area) > _SMALLEST_AREA, area, np.float32(1.0))
    owner = spans.triangle
    across = spans.x.astype(np.float32) + _HALF - left[owner]
    down = spans.y.astype(np.float32) + _HALF - up[owner]
    rest = np.maximum(spans.count - 1, 1).astype(np.float32)
    ends = []
    for row in values:
        corner = row[a]
        to_b, to_c = row[b] - corner, row[c] - corner
        # Limited to the corners' values: rounding may put a pixel of a sliver far outside.
        lowest, highest = np.minimum(np.minimum(to_b, to_c), 0.0)[owner], np.maximum(np.maximum(to_b, to_c), 0.0)[owner]
        slope = ((to_b * c_y - to_c * b_y) * inverse)[owner]
        near = slope * across + ((to_c * b_x - to_b * c_x) * inverse)[owner] * down
        far = np.clip(near + slope * rest, lowest, highest)
        near = np.clip(near, lowest, highest)
        ends.append((corner[owner] + near, (far - near) / rest))
    return ends


def _line(x_0: Doubles, y_0: Doubles, x_1: Doubles, y_1: Doubles) -> tuple[Doubles, Doubles]:
    """Slope and start of the edges between two points; level ones cover no row's middle and may be anything."""
    rise = y_1 - y_0
    slope = (x_1 - x_0) / np.where(rise > 0.0, rise, 1.0)
    return slope, x_0 - slope * y_0


def _doubled_area(screen: Floats, triangles: Indices) -> Floats:
    a, b, c = triangles.T
    x, y = screen[:, 0], screen[:, 1]
    return np.asarray((x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]), dtype=np.float32)
