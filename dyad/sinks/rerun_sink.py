"""The sink that writes a Rerun recording and shows it to a watching viewer."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.recording import Recording
from dyad.seat import Seat
from dyad.sinks.head_shape import FacePoints, HeadShape, ShownHead
from dyad.sinks.rerun_outputs import FileOutput, LiveOutput


class RerunSink:
    """Writes a ``.rrd`` file, streams to a viewer, or both.

    The two are separate Rerun streams of one recording: the file gets blocks of frames, the viewer every tick at once, and a viewer that
    goes away harms neither the file nor the run.

    Args:
        path: the file to write, in a folder that exists; None for none.
        live: ``"spawn"`` to start a viewer, or the address of a running one (``rerun+http://127.0.0.1:9876/proxy``); None for none.
        heads: the head to draw for each seat.
        face_points: their 68 iBUG face points, from which mouths are drawn; None where they are not known.
        viewer_rate_hz: heads are logged at most this often, which makes the recording smaller; None for every frame.

    Raises:
        InputError: neither file nor viewer, a head missing, or a rate that is not positive.
    """

    def __init__(
        self,
        *,
        path: Path | None,
        live: str | None = None,
        heads: Mapping[Seat, HeadShape],
        face_points: Mapping[Seat, FacePoints | None] | None = None,
        viewer_rate_hz: float | None = None,
    ) -> None:
        if path is None and live is None:
            raise InputError("viewer recording", expected="a file, a live viewer, or both", got="neither", cure="Give path or live.")
        if set(heads) != set(Seat):
            raise InputError("heads", expected="one for each seat", got=f"{len(heads)}", cure="Build a head for A and for B.")
        if viewer_rate_hz is not None and not viewer_rate_hz > 0.0:
            raise InputError(
                "viewer_rate_hz", expected="a positive number", got=f"{viewer_rate_hz!r}", cure="Leave it out for every frame."
            )
        self._path = path
        self._live = live
        known = face_points or {}
        self._heads = {seat: ShownHead(shape=shape, face_points=known.get(seat)) for seat, shape in heads.items()}
        self._viewer_rate_hz = viewer_rate_hz
        self._file_output: FileOutput | None = None
        self._live_output: LiveOutput | None = None

    def open(self, conversation: Conversation) -> None:
        """Start the outputs and log all that does not move.

        Raises:
            InputError: the file cannot be written, or no viewer answers.
        """
        recording_id = str(uuid4())
        if self._live is not None:
            self._live_output = LiveOutput(
                self._live, conversation, recording_id=recording_id, heads=self._heads, viewer_rate_hz=self._viewer_rate_hz
            )
        if self._path is not None:
            self._file_output = FileOutput(
                self._path, conversation, recording_id=recording_id, heads=self._heads, viewer_rate_hz=self._viewer_rate_hz
            )

    def write(self, motion: Motion) -> None:
        """Log the next frames of one seat.

        Raises:
            InputError: the file can no longer be written (a full disk).
        """
        if self._file_output is not None:
            self._file_output.write(motion)
        if self._live_output is not None:
            try:
                self._live_output.write(motion)
            except ConnectionError as error:
                self._leave_viewer(error)

    def close(self, recording: Recording) -> None:
        """Log the events and complete the file.

        Raises:
            InputError: the file is not complete (a full disk).
        """
        if self._live_output is not None:
            try:
                self._live_output.finish(recording.events)
            except ConnectionError as error:
                self._leave_viewer(error)
        if self._file_output is not None:
            self._file_output.finish(recording.events)

    def abort(self) -> None:
        """Remove the unfinished file; what a viewer has been shown stays on its screen."""
        if self._live_output is not None:
            self._live_output.leave()
        if self._file_output is not None:
            self._file_output.discard()

    def _leave_viewer(self, error: ConnectionError) -> None:
        warnings.warn(f"The viewer is gone ({error}); the simulation goes on without it.", stacklevel=3)
        if self._live_output is not None:
            self._live_output.leave()
        self._live_output = None
