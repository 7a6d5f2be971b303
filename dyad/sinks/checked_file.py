"""A file written through a pipe, so that a full disk is noticed."""

import os
import tempfile
import threading
from pathlib import Path

CHUNK_BYTES = 1 << 20


class CheckedFile:
    """Stands between a writer that cannot report errors and the disk.

    Rerun 0.41 writes files in a thread of its own: on a full disk it prints a line and ends, and a later ``flush`` may then wait for
    ever (found with ``RLIMIT_FSIZE``). So Rerun is given a named pipe; a thread here moves what comes out of it to the file, keeps the
    first error, and goes on emptying the pipe so that Rerun never blocks. Where there are no named pipes (Windows) the writer is given the
    file itself.

    Args:
        path: the file to write.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._error: OSError | None = None
        self._thread: threading.Thread | None = None
        self._folder: Path | None = None
        self._file = path.open("wb", buffering=0)
        if not hasattr(os, "mkfifo"):
            self._file.close()
            return
        self._folder = Path(tempfile.mkdtemp(prefix="dyad-"))
        os.mkfifo(self.entrance)
        self._thread = threading.Thread(target=self._move, name=f"writes {path.name}", daemon=True)
        self._thread.start()

    @property
    def entrance(self) -> Path:
        """What the writer opens."""
        return self._path if self._folder is None else self._folder / "pipe"

    def forget_entrance(self) -> None:
        """Remove the pipe's name, once the writer has opened it."""
        if self._folder is not None:
            self.entrance.unlink(missing_ok=True)
            self._folder.rmdir()
            self._folder = None

    def check(self) -> None:
        """Raise the first error of the disk.

        Raises:
            OSError: what came has not all been written.
        """
        if self._error is not None:
            raise self._error

    def wait(self) -> None:
        """Wait until all is on disk, after the writer has closed its end.

        Raises:
            OSError: it is not.
        """
        if self._thread is not None:
            self._thread.join()
        self.check()

    def _move(self) -> None:
        with open(self.entrance, "rb", buffering=0) as pipe, self._file:
            while data := pipe.read(CHUNK_BYTES):
                if self._error is None:
                    self._keep(data)
            try:
                os.fsync(self._file.fileno())  # some file systems report a full disk only here
            except OSError as error:
                self._error = self._error or error

    def _keep(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._error = error
