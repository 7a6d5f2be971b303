from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.contact_sheet import pose_surfaces, render_contact_sheet
from dyad.faces.head import Head
from dyad.faces.render import Camera, Renderer, Surface

GREY = ((0, 0, 0), (0, 0, 0))


def square(depth: float, colour: tuple[int, int, int], *, half: float = 0.05) -> Surface:
    corners = np.array([[-half, -half, depth], [half, -half, depth], [half, half, depth], [-half, half, depth]], dtype=np.float32)
    return Surface(
        vertices=corners, triangles=np.array([[0, 1, 2], [0, 2, 3]], dtype=np.uint32),
        normals=np.tile(np.array([0, 0, 1], dtype=np.float32), (4, 1)), colours=np.tile(np.array(colour, dtype=np.uint8), (4, 1)),
    )  # fmt: skip


@pytest.mark.parametrize("swap", [False, True])
def test_nearer_surface_hides_farther(swap: bool) -> None:
    surfaces = [square(0.05, (200, 0, 0), half=0.02), square(0.0, (0, 200, 0))]
    camera = Camera(target=(0.0, 0.0, 0.0), height=0.2)
    picture = Renderer(size=64, background=GREY, camera=camera).draw(surfaces[::-1] if swap else surfaces)
    middle, side, corner = picture[32, 32].astype(int), picture[32, 18].astype(int), picture[2, 2]
    assert middle[0] > middle[1] + 50
    assert side[1] > side[0] + 50
    assert (corner == 0).all()


def test_coverage_has_no_cracks_and_the_right_size() -> None:
    camera = Camera(target=(0.0, 0.0, 0.0), height=0.2, distance=100.0)
    picture = Renderer(size=100, background=GREY, camera=camera).draw([square(0.0, (255, 255, 255))])
    lit = picture.max(axis=2) > 0
    assert abs(int(lit.sum()) - 50 * 50) <= 100
    assert lit[30:70, 30:70].all()


def test_leaving_out_backs_does_not_change_a_closed_surface(light: Head) -> None:
    ball = next(surface for surface in pose_surfaces(light) if surface.vertices[:, 0].min() > 0.015 and surface.gloss > 0.5)
    camera = Camera(target=(0.031, 0.05, 0.08), yaw=0.4, height=0.04)
    renderer = Renderer(size=64, background=GREY, camera=camera)
    both, front = (renderer.draw([replace(ball, two_sided=flag)]) for flag in (True, False))
    assert (both.max(axis=2) > 0).mean() > 0.2
    assert (both != front).any(axis=2).mean() < 0.01


def test_left_of_the_subject_is_right_in_a_frontal_picture(light: Head) -> None:
    weights = np.zeros(52, dtype=np.float32)
    weights[ARKIT52.index("eyeBlinkLeft")] = 1.0
    renderer = Renderer(size=128)
    changed = (renderer.draw(pose_surfaces(light, weights)) != renderer.draw(pose_surfaces(light))).any(axis=2)
    assert changed[:, 64:].sum() > 10
    # A last bit of the renormalised skin may differ elsewhere; the lids must not.
    assert changed[30:70, :60].sum() < 0.2 * changed[:, 64:].sum()


def test_contact_sheet_is_written(light: Head, tmp_path: Path) -> None:
    path = render_contact_sheet(light, tmp_path / "sheet.png", tile=32, columns=9)
    with Image.open(path) as picture:
        assert picture.size == (9 * 32, 6 * 52)
    with pytest.raises(InputError, match="tiles of 32 pixels"):
        render_contact_sheet(light, tmp_path / "sheet.png", tile=8)
