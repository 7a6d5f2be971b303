"""One Rerun recording being written: to a file, or to a viewer that is watching."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import rerun as rr

from dyad import staging
from dyad.clock import FrameClock
from dyad.conversation import Conversation
from dyad.motion import ARRAY_FIELDS, Motion, join
from dyad.recording import Event
from dyad.seat import Seat
from dyad.sinks import entities, rerun_lanes
from dyad.sinks.head_shape import ShownHead
from dyad.sinks.rerun_head import RerunHead

FOREIGN_BASIS_NOTE = "head and jaw only:\nthe expression needs your FLAME file"


class RerunStream:
    """Turns a conversation and its motion into entities of one Rerun stream.

    Frames are collected and sent in blocks (a chunk has some 3 KB of its own, whatever is in it), so memory does not grow with time.

    Args:
        stream: an open Rerun stream with its sink set.
        conversation: what is simulated.
        heads: the head to draw for each seat.
        viewer_rate_hz: heads are logged at most this often; None for every frame.
        block_frames: frames to collect before sending.
        flush_limit_s: longest a block may take to be written or received.

    Raises:
        RuntimeError: (also from the methods) a block was not taken.
    """

    def __init__(
        self,
        stream: rr.RecordingStream,
        conversation: Conversation,
        *,
        heads: Mapping[Seat, ShownHead],
        viewer_rate_hz: float | None,
        block_frames: int,
        flush_limit_s: float,
    ) -> None:
        self._stream = stream
        self._conversation = conversation
        self._heads = {seat: RerunHead(stream, seat=seat, head=head) for seat, head in heads.items()}
        self._viewer_rate_hz = viewer_rate_hz
        self._block_frames = block_frames
        self._flush_limit_s = flush_limit_s
        self._waiting: dict[Seat, list[Motion]] = {seat: [] for seat in Seat}
        self._clock: FrameClock | None = None
        self._turns: rerun_lanes.TurnLanes | None = None
        self._noted: set[Seat] = set()
        self._begin()
        self._flush()

    def write(self, motion: Motion) -> None:
        """Take the next frames of one seat."""
        if self._clock is None:
            self._clock = self._conversation.clock(motion.frame_rate_hz)
            self._turns = rerun_lanes.TurnLanes(self._stream, self._conversation, clock=self._clock)
        if motion.seat not in self._noted:
            self._noted.add(motion.seat)
            self._log_notes(motion)
        waiting = self._waiting[motion.seat]
        waiting.append(motion)
        if sum(map(len, waiting)) >= self._block_frames:
            self._send(motion.seat)
            self._flush()

    def finish(self, events: Sequence[Event]) -> None:
        """Send what waits, and the events."""
        for seat in Seat:
            self._send(seat)
        if self._clock is not None and self._turns is not None:
            self._turns.send_until(float("inf"))
            rerun_lanes.log_events(self._stream, events, participants=self._conversation.participants, clock=self._clock)
        self._flush()

    def _begin(self) -> None:
        """Log what does not depend on the motion."""
        participants = self._conversation.participants
        self._stream.send_recording_name(self._conversation.id)
        table = rr.Transform3D(quaternion=rr.Quaternion(xyzw=staging.quaternions(staging.table_rotation())))
        self._stream.log(entities.TABLE, table, static=True)
        for seat, head in self._heads.items():
            head.log_static(participants[seat])
        rerun_lanes.log_sound(self._stream, self._conversation)
        rerun_lanes.log_curve_styles(self._stream, participants)

    def _flush(self) -> None:
        self._stream.flush(timeout_sec=self._flush_limit_s)

    def _send(self, seat: Seat) -> None:
        if not self._waiting[seat]:
            return
        block = join(self._waiting[seat])
        self._waiting[seat] = []
        rerun_lanes.send_curves(self._stream, block)
        if self._turns is not None and self._clock is not None:
            self._turns.send_until(self._clock.seconds(block.stop_frame))
        frames = np.arange(block.start_frame, block.stop_frame)
        shown = frames % self._step(block) == 0
        if shown.any():
            sparse = replace(block, **{name: getattr(block, name)[shown] for name in ARRAY_FIELDS})
            self._heads[seat].send(sparse, frames=frames[shown])

    def _log_notes(self, motion: Motion) -> None:
        head = self._heads[motion.seat]
        if not head.shows(motion.basis):
            head.log_note(FOREIGN_BASIS_NOTE)
        if self._step(motion) > _steps(motion.frame_rate_hz, self._viewer_rate_hz):
            head.log_note(f"{motion.frame_rate_hz / self._step(motion):.3g} frames a second:\nso fine a head makes large recordings")

    def _step(self, motion: Motion) -> int:
        """Every how many frames a head is logged: the fewest that stay within the viewer's rate and the head's own."""
        rate_hz = motion.frame_rate_hz
        return max(_steps(rate_hz, self._viewer_rate_hz), _steps(rate_hz, self._heads[motion.seat].largest_rate_hz))


def _steps(frame_rate_hz: float, limit_hz: float | None) -> int:
    return 1 if limit_hz is None else max(1, int(np.ceil(frame_rate_hz / limit_hz - 1e-6)))
