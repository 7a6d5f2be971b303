"""Lines from each pair of eyes to where they look."""

import numpy as np
import rerun as rr
from scipy.spatial.transform import Rotation

from dyad import staging
from dyad.arrays import BoolArray, FloatArray
from dyad.clock import FrameClock
from dyad.motion import Motion
from dyad.seat import Seat
from dyad.sinks import entities
from dyad.sinks.head_shape import HeadShape
from dyad.sinks.held_positions import IntArray
from dyad.sinks.rerun_times import at_frames

AT_PARTNER_RAD = np.radians(10.0)
"""Gaze within this of the partner's eyes counts as at the partner, and the line is bright; the cone of
``dyad.eval.events.rules.GazeRule``."""
DIM = 0.4
"""Share of its seat's colour in a line that goes elsewhere; the rest is the background's."""
AWAY_LENGTH = 0.6
"""Length of such a line, as a share of the way to the partner: enough to see the direction."""
BRIGHT_RADIUS_M, DIM_RADIUS_M = 0.0012, 0.0007
GAP_M = 0.03
"""A line begins this far before the eyes and ends as far before the partner's."""


class GazeLine:
    """Logs where a person looks (straight ahead, where the motion has no gaze); nothing for heads without eyes of their own.

    Args:
        stream: where to.
        seat: whose gaze.
        shape: the head, which says where the eyes are.
    """

    def __init__(self, stream: rr.RecordingStream, *, seat: Seat, shape: HeadShape) -> None:
        self._stream = stream
        self._seat = seat
        centres = [np.asarray(patch.centre, np.float32) for patch in shape.patches if patch.kind == "eye"]
        self._origin = np.mean(centres, axis=0) if centres else None

    def send(self, motion: Motion, *, frames: IntArray, clock: FrameClock) -> None:
        """Log the lines of these frames, in the axes of the head.

        Args:
            motion: T frames.
            frames: int (T,), their numbers in the conversation.
            clock: of the motion.
        """
        if self._origin is None:
            return
        toward = gaze_directions(motion)
        bright = looks_at_partner(motion, toward, eyes=self._origin)
        length = np.where(bright, 1.0, AWAY_LENGTH) * (staging.SEAT_DISTANCE_M - 2.0 * float(self._origin[2]) - GAP_M)
        ends = np.stack([np.full(len(motion), GAP_M), length], axis=1)[:, :, None]
        strips = (self._origin + toward[:, None] * ends).astype(np.float32)
        colours = np.where(bright, _colour(self._seat, share=1.0), _colour(self._seat, share=DIM)).astype(np.uint32)
        radii = np.where(bright, BRIGHT_RADIUS_M, DIM_RADIUS_M).astype(np.float32)
        columns = rr.LineStrips3D.columns(strips=strips, colors=colours, radii=radii)
        self._stream.send_columns(entities.gaze(self._seat), at_frames(frames, clock), columns)


def gaze_directions(motion: Motion) -> FloatArray:
    """(T, 3) unit vectors, in the axes of the head: the mean of both eyes."""
    ahead = np.array([0.0, 0.0, 1.0])
    both = sum(Rotation.from_euler("YX", motion.gaze[:, eye]).apply(ahead) for eye in range(2))
    return np.asarray(both / np.linalg.norm(both, axis=1, keepdims=True), np.float32)


def looks_at_partner(motion: Motion, toward: FloatArray, *, eyes: FloatArray) -> BoolArray:
    """(T,) whether the gaze meets the place of the partner's eyes at rest.

    Args:
        motion: T frames.
        toward: (T, 3) unit gaze, axes of the head.
        eyes: (3,) the point between the eyes, axes of the head; the partner's is assumed at the same height.
    """
    head = Rotation.from_rotvec(motion.head_rotation)
    here = head.apply(eyes) + motion.head_translation
    partner = np.array([0.0, eyes[1], staging.SEAT_DISTANCE_M - eyes[2]])
    wanted = partner - here
    met = (head.apply(toward) * wanted).sum(axis=1) / np.linalg.norm(wanted, axis=1)
    return np.asarray(met > np.cos(AT_PARTNER_RAD))


def _colour(seat: Seat, *, share: float) -> int:
    """A seat's colour as 0xRRGGBBAA, mixed with the background."""
    colour = 0
    for shift, dark in zip((24, 16, 8), entities.BACKGROUND, strict=True):
        own = entities.SEAT_COLOURS[seat] >> shift & 255
        colour |= round(share * own + (1.0 - share) * dark) << shift
    return colour | 255
