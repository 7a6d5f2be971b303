"""Starting the installed Rerun viewer: to watch, in a browser, or without any screen to take a picture."""

import io
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import which
from typing import IO
from urllib.parse import quote

import psutil

from dyad.errors import InputError
from dyad.recording import VIEWER_FILE
from dyad.seat import Seat
from dyad.sinks import entities

HOST = "127.0.0.1"
START_LIMIT_S = 60.0
SETTLE_S = 1.0
"""A viewer opens its port before its window: one that fails to get a window ends within this time (measured: 0.2 s)."""
END_LIMIT_S = 5.0
"""So long a viewer that has failed may take to end, on a busy computer too."""
MENU_BAR_PX = 37
"""Height of the viewer's menu bar, which is cut off pictures."""
PICTURE_LIMIT_S = 60.0
NO_VULKAN = ("No graphics adapter", "Failed to get render context")
"""What the viewer says without a Vulkan driver: with no driver at all, and with OpenGL only."""


@dataclass(frozen=True, kw_only=True)
class StartedViewer:
    """A running viewer.

    Args:
        process: its process; it ends when the user closes the window.
        said: file of what it says.
        url: where recordings can be streamed to.
        web_url: what to open in a browser; None for a viewer with a window.
    """

    process: subprocess.Popen[bytes]
    said: IO[bytes]
    url: str
    web_url: str | None = None

    def why_ended(self) -> InputError | None:
        """What it ended of; None if it goes on."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=END_LIMIT_S)
            self.said.seek(0)
            return _meaning_of(self.said.read().decode(errors="replace"))
        return None

    def stop(self) -> None:
        """End it, with the processes it started (the ``rerun`` command is a Python shim around the real program)."""
        try:
            launcher = psutil.Process(self.process.pid)
            family = [*launcher.children(recursive=True), launcher]
        except psutil.NoSuchProcess:
            family = []
        for member in family:
            _signal(member, kill=False)
        _, alive = psutil.wait_procs(family, timeout=5.0)
        for member in alive:
            _signal(member, kill=True)
        self.process.wait()
        self.said.close()


def open_viewer(path: str | Path, *, web: bool = False) -> StartedViewer:
    """Open a recording in the viewer.

    Args:
        path: a ``.rrd`` file, or a folder of ``dyad simulate`` that holds one.
        web: serve it to browsers of this computer instead of opening a window.

    Returns:
        The running viewer; with ``web``, ``web_url`` is the address to open, and the server runs until it is stopped.

    Raises:
        InputError: no such recording, no viewer program, or no screen.
    """
    file = find_recording(path)
    if not web:
        return start_viewer([str(file)], window=True)
    web_port = _free_port()
    started = start_viewer([str(file), "--serve-web", "--web-viewer-port", str(web_port)], window=False)
    return replace(started, web_url=f"http://{HOST}:{web_port}/?url={quote(started.url, safe='')}")


def save_picture(path: str | Path, picture: str | Path, *, at_s: float, width: int = 1600, height: int = 900) -> None:
    """Take a picture of the whole layout without a screen, from the real viewer.

    Args:
        path: a ``.rrd`` file, or a folder that holds one.
        picture: the PNG file to write.
        at_s: time to show, seconds.
        width: of the picture, pixels.
        height: of the picture, pixels.

    Raises:
        InputError: no such recording, no viewer program, no Vulkan driver, or a picture that cannot be taken or written.
    """
    from PIL import Image
    from rerun.experimental import ViewerClient

    file, target = find_recording(path), Path(picture).absolute()
    size = f"{width}x{height + MENU_BAR_PX}"
    viewer = start_viewer(["--headless", "--hide-welcome-screen", "--window-size", size], window=False)
    try:
        client = ViewerClient.connect(viewer.url)
        client.open(str(file))
        client.set_time(entities.TIME, duration=at_s, play_state="paused")
        shot = _settled(client.take_screenshot)
        with Image.open(io.BytesIO(shot)) as image:
            image.crop((0, image.height - height, width, image.height)).save(target, format="PNG")
    except (RuntimeError, OSError) as error:
        # On a busy computer it takes longer than it was given to find that it cannot draw.
        raise viewer.why_ended() or InputError(
            str(target), expected="a picture of the viewer", got=str(error), cure="Try again, or a shorter recording."
        ) from error
    finally:
        viewer.stop()


def find_recording(path: str | Path) -> Path:
    """The absolute path of a viewer recording, given itself or its folder.

    Raises:
        InputError: there is none.
    """
    given = Path(path).expanduser().absolute()
    file = given / VIEWER_FILE if given.is_dir() else given
    if not file.is_file():
        raise InputError(
            str(given),
            expected=f"a .rrd file, or a folder with {VIEWER_FILE}",
            got="none",
            cure="Simulate with the viewer's file switched on.",
        )
    return file


def length_s(file: Path) -> float:
    """How long a recording of dyad lasts, seconds: to the end of its last frame.

    Raises:
        InputError: the file is damaged, or no recording of dyad.
    """
    from rerun.chunk import RrdReader

    frame, time_s = -1, 0.0
    try:
        for chunk in RrdReader(file).stream().filter(content=entities.curve(entities.JAW_OPEN, Seat.A), is_static=False):
            columns = chunk.to_record_batch()
            last = max(columns.column(entities.FRAME).to_pylist())
            if last > frame:
                frame, time_s = last, max(columns.column(entities.TIME).cast("int64").to_pylist()) * 1e-9
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(str(file), expected="a recording of dyad (.rrd)", got=str(error), cure="Simulate it again.") from None
    if frame < 0:
        raise InputError(str(file), expected="a recording of dyad (.rrd)", got="one without its curves", cure="Name another file.")
    return time_s * (frame + 1) / max(frame, 1)


def start_viewer(arguments: Sequence[str], *, window: bool) -> StartedViewer:
    """Start the viewer program and wait until it answers.

    Args:
        arguments: of the ``rerun`` command.
        window: whether it will open a window.

    Raises:
        InputError: the program is not installed, or ends at once because there is no screen or no graphics driver.
    """
    if window and sys.platform.startswith("linux") and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"))):
        raise _no_screen("DISPLAY is not set")
    port = _free_port()
    command = [str(viewer_program()), *arguments, "--bind", HOST, "--port", str(port)]
    # CI=1 keeps the viewer from collecting usage data (found by trying: no analytics file appears); there is no other switch a run has.
    environment = {**os.environ, "CI": "1"}
    said = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the viewer
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=environment, start_new_session=True
    )
    started = StartedViewer(process=process, said=said, url=f"rerun+http://{HOST}:{port}/proxy")
    try:
        _wait_until_ready(process, port)
    except TimeoutError as error:
        started.stop()
        raise InputError("viewer", expected="an answer", got=str(error), cure="Try again when the computer is less busy.") from error
    except ChildProcessError as error:
        raise started.why_ended() or error from error
    return started


def viewer_program() -> Path:
    """The ``rerun`` command of this Python installation.

    Raises:
        InputError: it is not installed.
    """
    beside = which("rerun", path=str(Path(sys.executable).parent)) or which("rerun")
    if beside is None:
        raise InputError("viewer", expected="the rerun command beside this Python", got="none", cure="Run `pip install rerun-sdk`.")
    return Path(beside)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    """Return once the port answers and the process has survived the start of its graphics."""
    deadline = time.monotonic() + START_LIMIT_S
    answered_at: float | None = None
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ChildProcessError(f"the viewer ended with code {process.returncode}")
        if answered_at is None and _answers(port):
            answered_at = time.monotonic()
        if answered_at is not None and time.monotonic() > answered_at + SETTLE_S:
            return
        time.sleep(0.05)
    raise TimeoutError(f"none within {START_LIMIT_S:g} s")


def _meaning_of(output: str) -> InputError:
    """What the last words of a viewer that ended at once mean to a user."""
    if any(words in output for words in NO_VULKAN):
        return InputError(
            "viewer",
            expected="a graphics driver (Vulkan)",
            got="none on this computer",
            cure="Install one; without a graphics card: `apt-get install mesa-vulkan-drivers`.",
        )
    lines = [line for line in output.splitlines() if line.strip()]
    if any("DISPLAY" in line for line in lines[-3:]):
        return _no_screen(lines[-1])
    return InputError("viewer", expected="a running viewer", got=lines[-1] if lines else "no word from it", cure="Try `rerun` by itself.")


def _no_screen(got: str) -> InputError:
    return InputError("viewer", expected="a screen", got=got, cure="Use dyad view DIR --web to open a recording in a browser.")


def _settled(take: Callable[[], bytes]) -> bytes:
    """Take pictures until three in a row are the same: the viewer draws before all it needs is loaded."""
    deadline = time.monotonic() + PICTURE_LIMIT_S
    shots: list[bytes] = []
    while time.monotonic() < deadline:
        shots.append(take())
        if len(shots) >= 3 and shots[-1] == shots[-2] == shots[-3]:
            return shots[-1]
        time.sleep(0.2)
    raise TimeoutError(f"the viewer's picture did not come to rest within {PICTURE_LIMIT_S:g} s")


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=0.2).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _signal(process: psutil.Process, *, kill: bool) -> None:
    with suppress(psutil.NoSuchProcess):
        (process.kill if kill else process.terminate)()
