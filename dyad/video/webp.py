"""Animated WebP, for web pages."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dyad.clock import round_half_up
from dyad.errors import InputError

if TYPE_CHECKING:
    from dyad.video.film import Take

QUALITY, EFFORT = 70, 4
LARGEST_PX: Final = 720
MOST_BYTES: Final = 1_000_000_000
"""All frames are held in memory until the last one is there: about 25 s at 512 pixels and 25 frames a second."""


def encode_webp(take: Take, path: Path) -> None:
    """Draw and encode a take, to be played again and again.

    Args:
        take: what.
        path: file to write.

    Raises:
        InputError: too large, or too long, for the memory.
        OSError: the disk is full.
    """
    from PIL import Image

    frames, size = take.stop - take.start, take.recipe.size
    if size > LARGEST_PX or 6 * size**2 * frames > MOST_BYTES:
        expected = f"at most {LARGEST_PX} pixels, and {MOST_BYTES // (6 * size**2)} frames of {size}"
        raise InputError("webp", expected=expected, got=f"{frames} frames of {size}", cure="Give --seconds or --size, or --to mp4.")
    instants = [round_half_up(1000 * frame / take.clock.rate) for frame in range(frames + 1)]
    durations = [after - before for before, after in pairwise(instants)]
    # Drawn at twice the size and shrunk, which smooths the edges.
    large = replace(take, recipe=replace(take.recipe, size=2 * size))
    first, *rest = [Image.fromarray(picture).reduce(2) for picture in large.pictures()]
    first.save(path, format="WEBP", save_all=True, append_images=rest, duration=durations, loop=0, quality=QUALITY, method=EFFORT)
