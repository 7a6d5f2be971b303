"""How fast films are drawn: frames a second of two 512 × 512 heads, without a graphics card."""

import time
from dataclasses import dataclass

import psutil

WARM_UP_FRAMES = 20
COLUMNS = ("", "processes", "frames a second", "processor ms a frame", "processors taken by others", "target")
"""Heads of the columns of ``as_row``."""


@dataclass(frozen=True, kw_only=True)
class RenderSpeed:
    """One measurement.

    Args:
        camera: preset.
        size: height of the picture, pixels; it holds two squares of this size.
        processes: how many drew.
        frames: how many were counted.
        frames_per_s: by the clock on the wall.
        cpu_ms: processor time a frame, summed over all drawing processes, milliseconds.
        busy: share of all processors that other programs took meanwhile, 0 to 1.
    """

    camera: str
    size: int
    processes: int
    frames: int
    frames_per_s: float
    cpu_ms: float
    busy: float


def measure_rendering(*, camera: str = "two-shot", size: int = 512, frames: int = 200, processes: int = 2) -> RenderSpeed:
    """Draw the built-in call and count; starting the processes and the first frames are left out.

    Args:
        camera: preset of ``dyad.video.cameras``.
        size: height of the picture, pixels.
        frames: how many to count, fewer than 700.
        processes: how many draw.

    Returns:
        The measurement. With one process the drawing is done in this one.
    """
    from dyad.faces.head import Head
    from dyad.faces.identity import SEAT_A, SEAT_B
    from dyad.loading import load_conversation
    from dyad.seat import Seat
    from dyad.simulation.loop import simulate
    from dyad.video.drawing import draw_frames
    from dyad.video.scene import SceneRecipe

    recording = simulate(load_conversation(), seed=0)
    heads = {Seat.A: Head.build(SEAT_A), Seat.B: Head.build(SEAT_B)}
    recipe = SceneRecipe(heads=heads, motion=recording.motion, camera=camera, size=size)
    pictures = draw_frames(recipe, start=0, stop=WARM_UP_FRAMES + frames, processes=processes)
    for _ in range(WARM_UP_FRAMES):
        next(pictures)
    own, everything, start = _own_cpu_s(), _all_cpu_s(), time.perf_counter()
    for _ in range(frames - 1):
        next(pictures)
    wall_s, own_s = time.perf_counter() - start, _own_cpu_s() - own
    others_s = max(0.0, _all_cpu_s() - everything - own_s)
    pictures.close()
    return RenderSpeed(
        camera=camera,
        size=size,
        processes=processes,
        frames=frames,
        frames_per_s=(frames - 1) / wall_s,
        cpu_ms=1e3 * own_s / (frames - 1),
        busy=others_s / (wall_s * (psutil.cpu_count() or 1)),
    )


def as_row(speed: RenderSpeed) -> tuple[str, ...]:
    """A table row."""
    return (
        f"{speed.camera}, two heads of {speed.size} × {speed.size}",
        f"{speed.processes}",
        f"{speed.frames_per_s:.1f}",
        f"{speed.cpu_ms:.0f}",
        f"{100 * speed.busy:.0f} %",
        "≥ 25",
    )


def _own_cpu_s() -> float:
    """Processor time of this process and those it started."""
    root = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (root, *root.children(recursive=True)))


def _all_cpu_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
