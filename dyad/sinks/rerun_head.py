"""One person in the viewer's 3D scene."""

import numpy as np
import rerun as rr

from dyad import staging
from dyad.arrays import FloatArray
from dyad.clock import FrameClock
from dyad.motion import Motion
from dyad.seat import Seat
from dyad.sinks import entities
from dyad.sinks.head_shape import PatchShape, PosedHeadShape, ShownHead
from dyad.sinks.held_positions import COARSE_GRID_M, GRID_M, HeldPositions, IntArray
from dyad.sinks.rerun_gaze import GazeLine
from dyad.sinks.rerun_mouth import RerunMouth
from dyad.sinks.rerun_times import at_frames

NAME_HEIGHT_M = 0.235
NOTE_HEIGHT_M = 0.295
FINE_VERTICES = 2_000
"""Heads with more moving vertices are logged on a coarser grid. The built-in heads have some 1,500."""
VERTICES_PER_S = 108_000
"""Moving vertices logged in a second of a head at most; a head of more is logged less often. On the coarse grid two heads of this many make
some 53 MB a minute of ordinary talk. ICT-FaceKit at full detail has 4,200: it passes whole at up to 25 frames a second."""


class RerunHead:
    """Logs a head: its surfaces once, then only what moves.

    Args:
        stream: where to.
        seat: whose head.
        head: the head to draw.
    """

    def __init__(self, stream: rr.RecordingStream, *, seat: Seat, head: ShownHead) -> None:
        self._stream = stream
        self._seat = seat
        self._shape = shape = head.shape
        self._gaze = GazeLine(stream, seat=seat, shape=shape)
        self._mouth = RerunMouth(stream, seat=seat, head=head)
        self._vertices = sum(len(patch.vertices) for patch in shape.patches if patch.kind == "moving")
        grid_m = GRID_M if self._vertices <= FINE_VERTICES else COARSE_GRID_M
        self._held = {patch.name: HeldPositions(grid_m=grid_m) for patch in shape.patches if patch.kind == "moving"}
        self._notes: list[str] = []

    def log_static(self, name: str) -> None:
        """Surfaces, place and name. Positions of moving patches are left out: static data would hide them."""
        seat, stream = self._seat, self._stream
        facing = rr.Quaternion(xyzw=staging.quaternions(staging.rest_rotation(seat)))
        rest = rr.Transform3D(translation=staging.rest_position(seat), quaternion=facing)
        stream.log(entities.place(seat), rest, static=True)
        self._log_text("name", name, height_m=NAME_HEIGHT_M, colour=entities.SEAT_COLOURS[seat])
        self._mouth.log_static()
        for patch in self._shape.patches:
            fields = rr.Mesh3D.from_fields(
                vertex_positions=None if patch.kind == "moving" else patch.vertices,
                triangle_indices=patch.triangles,
                vertex_normals=patch.normals,
                vertex_colors=patch.colours,
            )
            stream.log(self._path(patch), fields, static=True)

    def log_note(self, text: str) -> None:
        """Say something above the head, below what was said before."""
        self._notes.append(text)
        self._log_text("note", "\n".join(self._notes), height_m=NOTE_HEIGHT_M, colour=0xFFC04DFF)

    def send(self, motion: Motion, *, frames: IntArray) -> None:
        """Log poses of these frames, and surfaces where they moved.

        Args:
            motion: the frames, not necessarily consecutive ones (its ``start_frame`` is not used).
            frames: int (T,), their numbers in the conversation.
        """
        stream, seat, clock = self._stream, self._seat, FrameClock(frame_rate_hz=motion.frame_rate_hz)
        columns = at_frames(frames, clock)
        pose = rr.Transform3D.columns(translation=motion.head_translation, quaternion=staging.head_quaternions(motion))
        stream.send_columns(entities.head(seat), columns, pose)
        self._gaze.send(motion, frames=frames, clock=clock)
        weights = staging.arkit_weights(motion)
        positions: dict[str, FloatArray] = {}
        for patch in self._shape.patches:
            if patch.kind == "eye":
                eye = 0 if patch.name.startswith("left") else 1
                centres = np.broadcast_to(np.asarray(patch.centre, np.float32), (len(motion), 3))
                turned = rr.Transform3D.columns(translation=centres, quaternion=staging.eye_quaternions(motion, eye))
                stream.send_columns(self._path(patch), columns, turned)
            elif patch.kind == "moving":
                positions[patch.name] = self._positions(patch, motion, weights)
                self._send_moving(patch, positions[patch.name], frames=frames, clock=clock)
        self._mouth.send(positions, frames=frames, clock=clock)

    @property
    def largest_rate_hz(self) -> float:
        """How often the head may be logged for the recording to stay small."""
        return VERTICES_PER_S / max(self._vertices, 1)

    def shows(self, basis: str) -> bool:
        """Whether the head has the expressions of a basis."""
        return basis in self._shape.bases if isinstance(self._shape, PosedHeadShape) else basis == "arkit52"

    def _positions(self, patch: PatchShape, motion: Motion, weights: FloatArray) -> FloatArray:
        if isinstance(self._shape, PosedHeadShape) and self.shows(motion.basis):
            return self._shape.vertices_of(patch.name, motion)
        return self._shape.displace(patch.name, weights)

    def _send_moving(self, patch: PatchShape, positions: FloatArray, *, frames: IntArray, clock: FrameClock) -> None:
        moved, rows = self._held[patch.name].reduce(positions)
        if len(rows):
            column = rr.Mesh3D.columns(vertex_positions=rows.reshape(-1, 3)).partition(np.full(len(rows), rows.shape[1]))
            self._stream.send_columns(self._path(patch), at_frames(frames[moved], clock), column)

    def _log_text(self, entity: str, text: str, *, height_m: float, colour: int) -> None:
        label = rr.Points3D([[0.0, height_m, 0.0]], radii=0.0005, colors=np.array([colour], np.uint32), labels=[text], show_labels=True)
        self._stream.log(f"{entities.place(self._seat)}/{entity}", label, static=True)

    def _path(self, patch: PatchShape) -> str:
        return entities.patch(self._seat, name=patch.name, kind=patch.kind)
