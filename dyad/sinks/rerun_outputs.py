"""Where a viewer recording goes: into a file that is known to be complete, or to a viewer that may leave."""

import errno
import socket
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import rerun as rr
from rerun.chunk import RrdReader

from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.output_folder import as_input_error
from dyad.recording import Event
from dyad.seat import Seat
from dyad.sinks import entities
from dyad.sinks.checked_file import CheckedFile
from dyad.sinks.head_shape import ShownHead
from dyad.sinks.layout import blueprint
from dyad.sinks.rerun_stream import RerunStream
from dyad.sinks.viewer import start_viewer

FILE_BLOCK_FRAMES = 256
"""Frames collected before they go to the file: about ten seconds at 25 fps."""
WRITE_LIMIT_S = 120.0
"""Longest a block may take to reach the disk."""
VIEWER_LIMIT_S = 5.0
"""A viewer that takes no data for this long counts as gone."""


class FileOutput:
    """Writes one ``.rrd`` file; when it is finished, it is complete.

    Args:
        path: the file.
        conversation: what is simulated.
        recording_id: identity of the recording.
        heads: the head for each seat.
        viewer_rate_hz: see ``RerunSink``.

    Raises:
        InputError: the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        conversation: Conversation,
        *,
        recording_id: str,
        heads: Mapping[Seat, ShownHead],
        viewer_rate_hz: float | None,
    ) -> None:
        self._path = path
        self._recording = _new_recording(recording_id)
        try:
            self._file = CheckedFile(path)
        except OSError as error:
            raise as_input_error(error, path) from error
        look = blueprint(conversation.participants, duration_s=conversation.duration_s)
        self._recording.save(self._file.entrance, default_blueprint=look)
        self._file.forget_entrance()
        self._stream = RerunStream(
            self._recording,
            conversation,
            heads=heads,
            viewer_rate_hz=viewer_rate_hz,
            block_frames=FILE_BLOCK_FRAMES,
            flush_limit_s=WRITE_LIMIT_S,
        )
        self._check()

    def write(self, motion: Motion) -> None:
        """Log the next frames of one seat.

        Raises:
            InputError: the disk is full.
        """
        try:
            self._stream.write(motion)
        except RuntimeError as error:  # not taken within WRITE_LIMIT_S
            raise self._failed(OSError(errno.ETIMEDOUT, str(error))) from error
        self._check()

    def finish(self, events: Sequence[Event]) -> None:
        """Log the events, close the file, and see that it is complete: that its last part, the index of all others, can be read.

        Raises:
            InputError: it is not.
        """
        try:
            self._stream.finish(events)
            self._recording.disconnect()
            self._file.wait()
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # a file without its last part is a mere warning to Rerun
                RrdReader(self._path).store()
        except OSError as error:
            raise self._failed(error) from error
        except (RuntimeError, ValueError, UserWarning) as error:
            raise self._failed(OSError(errno.EIO, str(error))) from error

    def discard(self) -> None:
        """Close and remove the file."""
        self._recording.disconnect()
        self._path.unlink(missing_ok=True)

    def _check(self) -> None:
        try:
            self._file.check()
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> InputError:
        self.discard()
        return as_input_error(error, self._path)


class LiveOutput:
    """Streams to a viewer, every tick at once.

    Args:
        live: ``"spawn"``, or the address of a running viewer.
        conversation: what is simulated.
        recording_id: identity of the recording.
        heads: the head for each seat.
        viewer_rate_hz: see ``RerunSink``.

    Raises:
        InputError: the viewer cannot be started, or does not answer.
    """

    def __init__(
        self,
        live: str,
        conversation: Conversation,
        *,
        recording_id: str,
        heads: Mapping[Seat, ShownHead],
        viewer_rate_hz: float | None,
    ) -> None:
        url = start_viewer(["--expect-data-soon"], window=True).url if live == "spawn" else live
        _check_answers(url)
        self._recording = _new_recording(recording_id)
        try:
            self._recording.connect_grpc(
                url, default_blueprint=blueprint(conversation.participants, duration_s=conversation.duration_s, following=True)
            )
            self._stream = RerunStream(
                self._recording, conversation, heads=heads, viewer_rate_hz=viewer_rate_hz, block_frames=1, flush_limit_s=VIEWER_LIMIT_S
            )
        except (RuntimeError, ValueError) as error:
            raise _no_viewer(url, str(error)) from error

    def write(self, motion: Motion) -> None:
        """Show the next frames of one seat.

        Raises:
            ConnectionError: the viewer takes no more.
        """
        try:
            self._stream.write(motion)
        except RuntimeError as error:
            raise ConnectionError(str(error)) from error

    def finish(self, events: Sequence[Event]) -> None:
        """Show the events and leave the viewer running.

        Raises:
            ConnectionError: the viewer takes no more.
        """
        try:
            self._stream.finish(events)
        except RuntimeError as error:
            raise ConnectionError(str(error)) from error
        self.leave()

    def leave(self) -> None:
        """Send no more."""
        with suppress(RuntimeError):
            self._recording.disconnect()


def _new_recording(recording_id: str) -> rr.RecordingStream:
    recording = rr.RecordingStream(entities.APPLICATION, recording_id=recording_id)
    recording.set_log_tick_enabled(False)
    recording.set_log_time_enabled(False)
    return recording


def _check_answers(url: str) -> None:
    """Rerun itself would wait and retry without a word."""
    place = urlsplit(url.removeprefix("rerun+"))
    try:
        socket.create_connection((place.hostname or "", place.port or 80), timeout=VIEWER_LIMIT_S).close()
    except (OSError, ValueError) as error:
        raise _no_viewer(url, str(error)) from error


def _no_viewer(url: str, got: str) -> InputError:
    return InputError(url, expected="a running viewer", got=got, cure='Start `rerun` and give the address it prints, or "spawn".')
