"""Films: `write_mp4` with sound, `write_webp` without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.exports.export import at_rate
from dyad.exports.formats import Material
from dyad.faces.head import Head
from dyad.output_files import placed_files
from dyad.recording import Recording
from dyad.seat import Seat
from dyad.video.cameras import DEFAULT_CAMERA
from dyad.video.drawing import draw_frames
from dyad.video.scene import SceneRecipe

Bytes = npt.NDArray[np.uint8]
OnFrame = Callable[[int, int], None]

DEFAULT_SIZE: Final = 512


@dataclass(frozen=True, kw_only=True)
class Take:
    """The part of a recording that is filmed, and how.

    Attributes:
        recording: at the film's frame rate.
        recipe: what is drawn.
        start: first frame, counted from the recording's first.
        stop: first frame after the last.
        processes: how many draw; None for as many as processors.
        on_frame: called after every frame with the number done and the number of all.
    """

    recording: Recording
    recipe: SceneRecipe
    start: int
    stop: int
    processes: int | None = None
    on_frame: OnFrame | None = None

    @property
    def clock(self) -> FrameClock:
        """The film's frame rate."""
        return FrameClock(frame_rate_hz=self.recording.frame_rate_hz)

    def pictures(self) -> Iterator[Bytes]:
        """Its frames, (size, 2 · size, 3) uint8 sRGB."""
        pictures = draw_frames(self.recipe, start=self.start, stop=self.stop, processes=self.processes)
        for number, picture in enumerate(pictures, start=1):
            yield picture
            if self.on_frame is not None:
                self.on_frame(number, self.stop - self.start)


def write_mp4(
    recording: Recording,
    heads: Mapping[Seat, Head],
    path: str | Path,
    *,
    camera: str = DEFAULT_CAMERA,
    size: int = DEFAULT_SIZE,
    fps: float | None = None,
    from_s: float = 0.0,
    seconds: float | None = None,
    processes: int | None = 1,
    overwrite: bool = False,
    on_frame: OnFrame | None = None,
) -> Path:
    """Film a recording, with its sound: H.264 and AAC.

    Args:
        recording: what to film.
        heads: the head of each seat that is drawn.
        path: the ``.mp4`` file; complete or absent.
        camera: a preset of ``dyad.video.cameras``.
        size: height in pixels, even; the film is twice as wide.
        fps: frames per second; None for the recording's.
        from_s: where to begin, seconds.
        seconds: how long; None to the end.
        processes: how many draw; None for as many as processors (see ``draw_frames``).
        overwrite: replace a file that exists.
        on_frame: called after every frame with the number done and the number of all.

    Returns:
        ``path``.

    Raises:
        InputError: PyAV is not installed or cannot encode, a setting that cannot be, a file that exists, or a full disk.
    """
    from dyad.video.mp4 import encode_mp4

    target = Path(path)
    rated = recording if fps is None else at_rate(recording, fps)
    take = _take(rated, heads, camera=camera, size=size, from_s=from_s, seconds=seconds, processes=processes, on_frame=on_frame)
    with placed_files([target], replace=overwrite) as (partial,):
        encode_mp4(take, partial)
    return target


def export_mp4(paths: Sequence[Path], material: Material) -> None:
    """Writer of the export format ``mp4``."""
    from dyad.video.mp4 import encode_mp4

    encode_mp4(_take_of(material), paths[0])


def export_webp(paths: Sequence[Path], material: Material) -> None:
    """Writer of the export format ``webp``: an animation without sound, for web pages."""
    from dyad.video.webp import encode_webp

    encode_webp(_take_of(material), paths[0])


def _take_of(material: Material) -> Take:
    heads = {seat: material.head_of(seat) for seat in material.seats}
    return _take(material.recording, heads, **material.options)


def _take(
    recording: Recording,
    heads: Mapping[Seat, Head],
    *,
    camera: str = DEFAULT_CAMERA,
    size: int = DEFAULT_SIZE,
    from_s: float = 0.0,
    seconds: float | None = None,
    processes: int | None = None,
    on_frame: OnFrame | None = None,
) -> Take:
    clock = FrameClock(frame_rate_hz=recording.frame_rate_hz)
    length_s = clock.seconds(recording.frames)
    if not 0.0 <= from_s < length_s:
        raise InputError("--from", expected=f"0 to {length_s:g} seconds", got=f"{from_s:g}", cure="Begin within the recording.")
    if seconds is not None and not seconds > 0.0:
        raise InputError("--seconds", expected="more than 0", got=f"{seconds:g}", cure="Leave it out to film to the end.")
    start = min(clock.frame(from_s), recording.frames - 1)
    stop = recording.frames if seconds is None else min(recording.frames, start + max(1, clock.frame(seconds)))
    motion = {seat: recording.motion[seat] for seat in heads}
    recipe = SceneRecipe(heads=dict(heads), motion=motion, camera=camera, size=size)
    return Take(recording=recording, recipe=recipe, start=start, stop=stop, processes=processes, on_frame=on_frame)
