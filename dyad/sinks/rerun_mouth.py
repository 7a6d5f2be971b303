"""One person's mouth in two dimensions, seen from the front."""

from collections.abc import Mapping

import numpy as np
import rerun as rr

from dyad.arrays import FloatArray
from dyad.clock import FrameClock
from dyad.seat import Seat
from dyad.sinks import entities
from dyad.sinks.head_shape import ShownHead
from dyad.sinks.held_positions import COARSE_GRID_M, HeldPositions, IntArray
from dyad.sinks.mouth_curves import CORNERS, FACE_POINTS, LOWER_LIP_RED, UPPER_LIP_RED, marker_mixture, mouth_layers
from dyad.sinks.rerun_times import at_frames

MM = np.float32(1000.0)
OPENING_COLOUR = 0x3E1416FF
"""Inside of the mouth, sRGB and alpha; the built-in heads' cavity."""
MARKER_COLOUR, MARKER_RADIUS_MM = 0xF0F0F0FF, 0.9
UNKNOWN_NOTE = "no contour: this head's lips were not found"


class RerunMouth:
    """Logs the contours of lips, chin and nose of one head.

    Millimetres in the head's own axes, so that turning the head moves nothing: x to the subject's left, which is the right of the picture,
    y down as in every 2D view; the origin is the middle of the resting mouth.

    Args:
        stream: where to.
        seat: whose mouth.
        head: the head; without known face points a note stands in the drawing's place.
    """

    def __init__(self, stream: rr.RecordingStream, *, seat: Seat, head: ShownHead) -> None:
        self._stream = stream
        self._seat = seat
        self._layers = mouth_layers()
        mixtures = {layer.name: layer.mixture for layer in self._layers} | {"markers": marker_mixture()}
        # Only what is drawn is mixed and kept: one matrix for all lines.
        self._shapes = {name: mixture.shape[:2] for name, mixture in mixtures.items()}
        self._mixture = np.concatenate([mixture.reshape(-1, FACE_POINTS) for mixture in mixtures.values()])
        self._held = {name: HeldPositions(grid_m=COARSE_GRID_M) for name in mixtures}
        self._known = head.face_points is not None
        patches = {patch.name: patch for patch in head.shape.patches}
        places = [] if head.face_points is None else list(head.face_points)
        self._rest = np.array([patches[name].vertices[vertex] for name, vertex in places], np.float32).reshape(-1, 3)
        self._moving = {
            name: (np.array(rows), np.array([places[row][1] for row in rows]))
            for name in {name for name, _ in places}
            if (rows := [row for row, place in enumerate(places) if place[0] == name and patches[name].kind == "moving"])
        }
        red = [places[index] for index in (*UPPER_LIP_RED, *LOWER_LIP_RED)] if places else []
        self._lip_colour = _mean_colour([patches[name].colours[vertex] for name, vertex in red])

    def log_static(self) -> None:
        """Colours and thicknesses."""
        if not self._known:
            note = rr.Points2D([[0.0, 0.0]], radii=0.01, labels=[UNKNOWN_NOTE], show_labels=True)
            self._log(entities.mouth(self._seat, part="note"), note)
            return
        own = entities.SEAT_COLOURS[self._seat]
        colours = {"opening": OPENING_COLOUR, "lips": self._lip_colour, "lines": own}
        for order, layer in enumerate(self._layers):
            look = rr.LineStrips2D.from_fields(
                colors=np.full(len(layer.radii_mm), colours[layer.name], np.uint32), radii=layer.radii_mm, draw_order=float(order)
            )
            self._log(entities.mouth(self._seat, part=layer.name), look)
        _, count = self._shapes["markers"]
        dots = rr.Points2D.from_fields(
            colors=np.full(count, MARKER_COLOUR, np.uint32), radii=[MARKER_RADIUS_MM] * count, draw_order=float(len(self._layers))
        )
        self._log(entities.mouth(self._seat, part="markers"), dots)

    def send(self, positions: Mapping[str, FloatArray], *, frames: IntArray, clock: FrameClock) -> None:
        """Log the lines of these frames, where they moved.

        Args:
            positions: for each moving patch, (T, V, 3) metres in the axes of the head.
            frames: int (T,), their numbers in the conversation.
            clock: of the motion.
        """
        if not self._known:
            return
        points = np.repeat(self._rest[None, :, :2], len(frames), axis=0)
        for name, (rows, vertices) in self._moving.items():
            points[:, rows] = positions[name][:, vertices, :2]
        points -= self._rest[list(CORNERS), :2].mean(axis=0)
        drawn = self._mixture @ (points * np.array([1.0, -1.0], np.float32))
        first = 0
        for name, shape in self._shapes.items():
            own = drawn[:, first : first + shape[0] * shape[1]]
            first += own.shape[1]
            moved, rows = self._held[name].reduce(own)
            if len(rows):
                self._send(name, (MM * rows).reshape(-1, *shape, 2), columns=at_frames(frames[moved], clock))

    def _send(self, name: str, lines: FloatArray, *, columns: list[rr.TimeColumn]) -> None:
        """Log (K, S, P, 2) lines or points at K instants."""
        count, path = len(lines), entities.mouth(self._seat, part=name)
        if name == "markers":
            dots = rr.Points2D.columns(positions=lines.reshape(-1, 2)).partition(np.full(count, lines.shape[2]))
            self._stream.send_columns(path, columns, dots)
            return
        # As one array: a list of strips is converted strip by strip, which takes ten times as long.
        strips = rr.LineStrips2D.columns(strips=lines.reshape(-1, *lines.shape[2:])).partition(np.full(count, lines.shape[1]))
        self._stream.send_columns(path, columns, strips)

    def _log(self, path: str, what: rr.AsComponents) -> None:
        self._stream.log(path, what, static=True)


def _mean_colour(colours: list[np.ndarray]) -> int:
    """The mean of sRGB triples as 0xRRGGBBAA; 0 of none."""
    if not colours:
        return 0
    red, green, blue = (int(value) for value in np.rint(np.mean(colours, axis=0)))
    return red << 24 | green << 16 | blue << 8 | 255
