"""The mouths in two dimensions, and heads too fine to be logged whole, read back from the file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dyad.motion import Motion
from dyad.seat import Seat
from dyad.sinks.held_positions import COARSE_GRID_M, GRID_M, HOLD
from dyad.sinks.mouth_curves import SAMPLES, marker_mixture, mouth_layers
from dyad.sinks.rerun_head import FINE_VERTICES, VERTICES_PER_S
from dyad.sinks.rerun_sink import RerunSink
from tests.unit.test_rerun_sink import FRAMES, JAW, RATE_HZ, Patch, Read, conversation, motion, simulate

DROP_M = 0.02
LIP_COLOUR = (180, 60, 70)


def face_points() -> np.ndarray:
    """(68, 3) metres: lips as two ellipses, jaw and nose as arcs, the rest anywhere."""
    points = np.random.default_rng(0).uniform(-0.05, 0.05, (68, 3))

    def arc(indices: range, *, start_deg: float, stop_deg: float, size: tuple[float, float], y: float) -> None:
        turn = np.radians(np.linspace(start_deg, stop_deg, len(indices)))
        points[list(indices)] = np.stack([size[0] * np.cos(turn), y + size[1] * np.sin(turn), np.full(len(turn), 0.09)], 1)

    arc(range(17), start_deg=180, stop_deg=360, size=(0.06, 0.07), y=0.0)
    arc(range(31, 36), start_deg=210, stop_deg=330, size=(0.012, 0.004), y=0.002)
    arc(range(48, 60), start_deg=180, stop_deg=-150, size=(0.026, 0.009), y=-0.022)
    arc(range(60, 68), start_deg=180, stop_deg=-135, size=(0.024, 0.001), y=-0.022)
    return points.astype(np.float32)


class PointedHead:
    """A moving patch whose first vertices are the face points; the lower lip and the chin follow the jaw straight down."""

    LOWER = (8, *range(55, 60), *range(65, 68))

    def __init__(self, *, vertices: int = 68) -> None:
        self.rest = np.concatenate([face_points(), np.random.default_rng(1).uniform(-0.05, 0.05, (vertices - 68, 3))]).astype(np.float32)
        patch = Patch(
            name="face",
            kind="moving",
            vertices=self.rest,
            triangles=np.array([[0, 1, 2]], np.uint32),
            normals=np.tile(np.array([0, 0, 1], np.float32), (vertices, 1)),
            colours=np.tile(np.array(LIP_COLOUR, np.uint8), (vertices, 1)),
        )
        self.patches = (patch,)

    def displace(self, patch_name: str, expression: Any, /) -> Any:
        assert patch_name == "face"
        down = np.zeros((len(expression), *self.rest.shape), np.float32)
        down[:, self.LOWER, 1] = -DROP_M * expression[:, [JAW]]
        return self.rest + down


POINTS = tuple(("face", vertex) for vertex in range(68))


def recorded(path: Path, head: PointedHead, motions: dict[Seat, Motion], *, known: bool = True) -> Read:
    points = dict.fromkeys(Seat, POINTS if known else None)
    simulate(RerunSink(path=path, heads=dict.fromkeys(Seat, head), face_points=points), conversation(), motions)
    return Read(path)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """A talks and turns the head, B turns the head only."""
    turned = replace(motion(Seat.B, still=True), head_rotation=motion(Seat.B).head_rotation)
    return recorded(tmp_path_factory.mktemp("mouth") / "x.rrd", PointedHead(), {Seat.A: motion(Seat.A), Seat.B: turned})


def test_lines_lie_on_the_lips_in_millimetres_seen_from_the_front(read: Read) -> None:
    rest = face_points()
    origin = rest[[60, 64], :2].mean(axis=0)
    (outer_up, outer_low, inner_up, inner_low, jaw, _other_jaw, _nose) = np.asarray(read.rows("/mouths/a/lines")["LineStrips2D:strips"][0])
    for line, points in ((outer_up, range(48, 55)), (outer_low, (48, *range(59, 53, -1)))):
        np.testing.assert_allclose(line[::2], 1000 * (rest[list(points), :2] - origin) * [1, -1], atol=0.11)
    assert inner_up[0] == pytest.approx(inner_low[0], abs=0.13)
    assert outer_up[3, 1] < 0 < outer_low[3, 1]  # y is down
    assert jaw[0, 0] < -40  # the subject's right is on the left
    assert len(jaw) == SAMPLES


def test_what_opens_is_the_mouth_and_turning_the_head_moves_nothing(read: Read) -> None:
    columns = read.rows("/mouths/a/lines")
    assert set(columns["frame"]) <= {0, *range(50, 101)}
    lines = {frame: np.asarray(rows) for frame, rows in zip(columns["frame"], columns["LineStrips2D:strips"], strict=True)}
    frame = 50 + int(motion(Seat.A).expression[50:100, JAW].argmax())
    opened = motion(Seat.A).expression[frame, JAW] * DROP_M * 1000
    middle = SAMPLES // 2
    moved = lines[frame] - lines[0]
    assert moved[3, middle, 1] == pytest.approx(opened, abs=0.2)
    assert moved[2, middle, 1] == pytest.approx(0.0, abs=0.2)
    assert np.ptp(np.asarray(read.rows("/mouths/a/opening")["LineStrips2D:strips"][0])[..., 1]) < 2.5
    for part in ("opening", "lips", "lines", "markers"):
        assert read.rows(f"/mouths/b/{part}")["frame"] == [0]


def test_lips_have_the_person_s_colour(read: Read) -> None:
    (colours,) = read.rows("/mouths/a/lips", static=True)["LineStrips2D:colors"]
    assert set(colours) == {LIP_COLOUR[0] << 24 | LIP_COLOUR[1] << 16 | LIP_COLOUR[2] << 8 | 255}
    assert len(colours) == len(read.rows("/mouths/a/lips")["LineStrips2D:strips"][0])


def test_unknown_lips_are_said_to_be_so(tmp_path: Path) -> None:
    found = recorded(tmp_path / "x.rrd", PointedHead(), {seat: motion(seat) for seat in Seat}, known=False)
    assert "not found" in found.rows("/mouths/a/note", static=True)["Points2D:labels"][0][0]
    assert found.rows("/mouths/a/lines") == {}


def test_every_line_moves_with_the_face() -> None:
    for mixture in (*(layer.mixture for layer in mouth_layers()), marker_mixture()):
        np.testing.assert_allclose(mixture.sum(axis=-1), 1.0, atol=1e-5)
    for layer in mouth_layers():
        assert len(layer.radii_mm) == len(layer.mixture)


@pytest.mark.parametrize(("vertices", "step"), [(68, 1), (int(VERTICES_PER_S / RATE_HZ), 1), (int(VERTICES_PER_S / RATE_HZ) + 100, 2)])
def test_heads_of_very_many_vertices_are_logged_less_often_and_it_is_said(tmp_path: Path, vertices: int, step: int) -> None:
    found = recorded(tmp_path / "x.rrd", PointedHead(vertices=vertices), {seat: motion(seat, still=seat is Seat.B) for seat in Seat})
    assert found.rows("/table/a/head")["frame"] == list(range(0, FRAMES, step))
    assert all(frame % step == 0 for frame in found.rows("/mouths/a/lines")["frame"])
    assert len(found.rows("/curves/jaw_open/a")["frame"]) == FRAMES
    notes = found.rows("/table/a/note", static=True)
    assert ("12.5 frames a second" in notes["Points3D:labels"][0][0]) if step > 1 else notes == {}


@pytest.mark.integration
@pytest.mark.parametrize(("vertices", "grid_m"), [(FINE_VERTICES, GRID_M), (FINE_VERTICES + 1, COARSE_GRID_M)])
def test_heads_of_many_vertices_are_logged_on_the_coarse_grid(tmp_path: Path, vertices: int, grid_m: float) -> None:
    head = PointedHead(vertices=vertices)
    found = recorded(tmp_path / "x.rrd", head, {seat: motion(seat, still=seat is Seat.B) for seat in Seat}).rows("/table/a/head/face")
    shown = np.asarray(found["Mesh3D:vertex_positions"])
    error = np.abs(shown - head.displace("face", motion(Seat.A).expression)[found["frame"]]).max()
    assert 0.4 * grid_m < error <= HOLD * grid_m + 1e-7
    assert error < 1e-4  # a fifth of a screen's pixel
