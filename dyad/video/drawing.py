"""Drawing the frames of a film, in this process or several, always in order."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.video.scene import Scene, SceneRecipe

Bytes = npt.NDArray[np.uint8]

BLOCK_FRAMES: Final = 10
"""Frames a process draws at a time: few enough that all finish at about the same time, and that what waits stays small."""
WORTH_A_PROCESS: Final = 60
"""Fewer frames than this for each process are not worth the second or two it takes to start one."""

_scene: Scene | None = None  # of a drawing process, made when it starts


def draw_frames(recipe: SceneRecipe, *, start: int, stop: int, processes: int | None = None) -> Generator[Bytes, None, None]:
    """Draw successive frames.

    More than one process need a main program that can be imported (``if __name__ == "__main__":``), as ``multiprocessing`` says.

    Args:
        recipe: what to draw.
        start: first frame, counted from the motion's first.
        stop: first frame after the last one wanted.
        processes: how many draw; None for as many as processors, or fewer for short films.

    Yields:
        (size, 2 · size, 3) uint8 sRGB.

    Raises:
        InputError: fewer than one process, or processes that cannot start.
    """
    wanted = min(usable_processors(), (stop - start) // WORTH_A_PROCESS) if processes is None else processes
    if processes is not None and processes < 1:
        raise InputError("processes", expected="1 or more", got=f"{processes}", cure="Leave it out for as many as processors.")
    if wanted <= 1:
        yield from Scene(recipe).frames(start, stop)
        return
    blocks = [(first, min(first + BLOCK_FRAMES, stop)) for first in range(start, stop, BLOCK_FRAMES)]
    pool = ProcessPoolExecutor(wanted, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(recipe,))
    waiting: deque[Future[list[Bytes]]] = deque()
    try:
        for block in blocks:
            waiting.append(pool.submit(_draw_block, *block))
            if len(waiting) > 2 * wanted:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        cure = 'Draw with processes=1, or guard your program with `if __name__ == "__main__":`.'
        raise InputError("drawing processes", expected="some that run", got="one that ended at once", cure=cure) from error
    finally:
        pool.shutdown(cancel_futures=True)


def usable_processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(recipe: SceneRecipe) -> None:
    """Start of a drawing process: one thread, since there are as many processes as processors."""
    from threadpoolctl import threadpool_limits

    global _scene
    threadpool_limits(1)
    _scene = Scene(recipe)


def _draw_block(start: int, stop: int) -> list[Bytes]:
    if _scene is None:
        raise RuntimeError("not a drawing process")
    return list(_scene.frames(start, stop))
