"""Camera presets: what each part of the picture shows, from where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from dyad import staging
from dyad.errors import InputError
from dyad.faces.render import Camera
from dyad.registry import suggestion
from dyad.seat import Seat

ORBIT_S: Final = 30.0
"""Time of one round of the orbit; our choice, slow enough to watch the faces."""
DEFAULT_CAMERA: Final = "two-shot"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One part of the picture.

    Attributes:
        camera_at: the camera, table frame, at a time in seconds.
        seats: who is drawn.
        still: whether the camera stands still.
        wide: twice as wide as high, and all of the picture; else square, and half of it.
    """

    camera_at: Callable[[float], Camera]
    seats: tuple[Seat, ...] = tuple(Seat)
    still: bool = True
    wide: bool = False


def panels_of(preset: str) -> tuple[Panel, ...]:
    """The parts of a picture, from left to right.

    Raises:
        InputError: no such preset.
    """
    if preset not in CAMERAS:
        raise InputError("--camera", expected="a camera preset", got=repr(preset), cure=suggestion(preset, CAMERAS))
    return CAMERAS[preset]()


def _two_shot() -> tuple[Panel, ...]:
    """Both at three quarters, side by side: one camera that sees both while they look at each other would see two profiles."""
    return tuple(_on_face(seat, turn=0.72, height=0.44, aside=-0.02, seats=(seat,)) for seat in Seat)


def _orbit() -> tuple[Panel, ...]:
    def camera_at(time_s: float) -> Camera:
        return Camera(target=(0.0, 0.01, 0.0), yaw=2.0 * np.pi * time_s / ORBIT_S, pitch=0.14, distance=1.3, height=0.74)

    return (Panel(camera_at=camera_at, wide=True, still=False),)


def _close_up() -> tuple[Panel, ...]:
    """Each face a little off the line to its partner, from the side where the two-shot's camera stands."""
    return tuple(_on_face(seat, turn=0.42, height=0.30, seats=(seat,)) for seat in Seat)


def _over_shoulder() -> tuple[Panel, ...]:
    """Each face past its partner, from behind."""
    return tuple(_on_face(seat, turn=0.25, height=0.46, distance=1.45, aside=0.05, seats=tuple(Seat)) for seat in Seat)


def _on_face(seat: Seat, *, turn: float, height: float, seats: tuple[Seat, ...], distance: float = 1.0, aside: float = 0.0) -> Panel:
    """A square with one face.

    Args:
        seat: whose face.
        turn: radians from the line to the partner, to the side where the reader is.
        height: metres that fill the picture.
        seats: who is drawn.
        distance: metres.
        aside: metres by which the camera moves towards the partner's side of the picture.
    """
    side = 1.0 if seat is Seat.A else -1.0
    yaw = side * (0.5 * np.pi - turn)
    x, _, z = (float(value) for value in staging.rest_position(seat) + staging.rest_rotation(seat).apply((0.0, 0.0, 0.03)))
    target = (x + side * aside * float(np.cos(yaw)), -0.006, z - side * aside * float(np.sin(yaw)))
    camera = Camera(target=target, yaw=yaw, pitch=0.05, distance=distance, height=height)
    return Panel(camera_at=lambda _: camera, seats=seats)


CAMERAS: Final[dict[str, Callable[[], tuple[Panel, ...]]]] = {
    "two-shot": _two_shot,
    "over-shoulder": _over_shoulder,
    "close-up": _close_up,
    "orbit": _orbit,
}
