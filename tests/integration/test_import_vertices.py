"""Sequences of vertices: out of dyad and back, from elsewhere, and refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from dyad.arkit_gaze import FULL_LOOK_RAD
from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.exports.export import export
from dyad.faces.flame_head import load_flame
from dyad.faces.head import Head
from dyad.faces.head_files import load_head
from dyad.faces.identity import Identity
from dyad.faces.surface import posed_blocks
from dyad.faces.vertex_fit import VertexFitter
from dyad.imports.vertex_heads import HeadChoice
from dyad.motion import Motion
from dyad.motion_files import read_foreign, read_motion
from dyad.recording import Recording
from dyad.seat import Seat
from dyad.statement import sidecar_of
from tests import scenes
from tests.light_heads import head_of
from tests.unit.faces.flame_files import made_flame
from tests.unit.faces.user_meshes import write_glb

pytestmark = pytest.mark.integration

FRAMES, START = 70, 7  # more than a block of vertices
UNSETTLED = (
    *(f"eye{name}{side}" for name in ("Blink", "Wide", "LookUp", "LookDown") for side in ("Left", "Right")),
    "mouthLeft",
    "mouthRight",
)
SETTLED = [index for index, name in enumerate(ARKIT52) if name not in UNSETTLED]
Change = Callable[[npt.NDArray[np.float32]], npt.NDArray[Any]]


@cache
def _recording() -> Recording:
    made = scenes.recording(bases=("arkit52", "arkit52"), frames=FRAMES)
    motion = {seat: replace(motion, start_frame=START, expression=0.5 * motion.expression) for seat, motion in made.motion.items()}
    return replace(made, motion=motion)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("vertices") / "talk"
    (path,) = export(_recording(), to="vertices-npy", out=out, head_of=head_of, seats=(Seat.B,))
    return path


@pytest.fixture
def foreign(tmp_path: Path) -> Callable[[Change], Path]:
    """Seat A's sequence, changed, without dyad's statement."""

    def changed(change: Change) -> Path:
        np.save(tmp_path / "other.npy", change(_posed(head_of(Seat.A), _recording().motion[Seat.A])))
        return tmp_path / "other.npy"

    return changed


def _posed(head: Head, motion: Motion) -> npt.NDArray[np.float32]:
    return np.concatenate(list(posed_blocks(head, motion)))


def test_there_and_back(exported: Path) -> None:
    before, read = _recording().motion[Seat.B], read_foreign(exported, seat=Seat.B)
    after = read.motion
    assert (after.seat, after.basis, after.frame_rate_hz, after.start_frame) == (Seat.B, "arkit52", 25.0, START)
    assert np.abs(_posed(head_of(Seat.B), after) - np.load(exported)).max() < 1e-5
    assert np.abs(after.head_rotation - before.head_rotation).max() < 1e-6
    assert np.abs(after.head_translation - before.head_translation).max() < 1e-7
    assert np.abs(after.gaze - before.gaze).max() < 1e-5
    assert np.abs(after.expression - before.expression)[:, SETTLED].max() < 5e-3
    assert np.array_equal(after.valid, before.valid)
    assert read.notes[0] == "Read by the built-in head it was made with, light."
    assert "100.0 % of the squared displacement, rms 0.000 mm" in read.notes[1]
    assert set(read.notes[2].partition(": ")[2].rstrip(".").split(", ")) == set(UNSETTLED)
    assert len(read.notes) == 3


def test_it_may_sit_in_the_other_seat(exported: Path) -> None:
    read = read_foreign(exported, seat=Seat.A)
    assert read.motion.seat is Seat.A
    assert read.notes[-1] == "Motion of seat B put on seat A."


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), frames=st.integers(1, 12))
def test_any_motion_comes_back_as_the_same_vertices(seed: int, frames: int) -> None:
    motion = scenes.motion(seed=seed, frames=frames)
    head, fitter = head_of(Seat.A), _fitter(Seat.A)
    positions = _posed(head, motion)
    pose = fitter.pose(positions[:, fitter.skull])
    fit = fitter.fit(positions, rotation=pose.rotation, translation=pose.translation)
    assert 0.0 <= fit.weights.min() <= fit.weights.max() <= 1.0
    assert np.sqrt(fit.missed_m2).max() < 1e-6
    assert np.abs(fit.gaze - motion.gaze).max() < 1e-5


@cache
def _fitter(seat: Seat) -> VertexFitter:
    return VertexFitter(head_of(seat))


def test_lids_that_follow_the_eyes_are_told_from_blinks() -> None:
    gaze = np.zeros((2, 2, 2), np.float32)
    gaze[:, :, 1] = [[0.3, 0.3], [-0.3, -0.3]]
    weights = np.zeros((2, 52), np.float32)
    for row, look in enumerate(("Down", "Up")):
        for side in ("Left", "Right"):
            weights[row, ARKIT52.index(f"eyeLook{look}{side}")] = 0.3 / FULL_LOOK_RAD
    motion = replace(scenes.motion(frames=2), expression=weights, gaze=gaze)
    fit = _fitter(Seat.A).fit(
        _posed(head_of(Seat.A), motion), rotation=motion.head_rotation.astype(float), translation=motion.head_translation.astype(float)
    )
    assert np.abs(fit.weights - weights).max() < 5e-3


def test_frames_without_tracking_are_filled_and_marked(foreign: Callable[[Change], Path]) -> None:
    def lose(positions: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        positions[[10, 11, FRAMES - 1], 5] = np.nan
        return positions

    read = read_foreign(foreign(lose), seat=Seat.A, source_rate_hz=30.0)
    assert np.flatnonzero(~read.motion.valid).tolist() == [10, 11, FRAMES - 1]
    assert (read.motion.frame_rate_hz, read.motion.start_frame) == (30.0, 0)
    steps = np.diff(read.motion.head_translation[9:13], axis=0)
    assert np.allclose(steps, steps[0], atol=1e-6)  # a straight line
    assert np.array_equal(read.motion.head_translation[-1], read.motion.head_translation[-2])
    assert read.notes[0] == "Read by seat A's ready person, light."
    assert read.notes[-1] == "3 frames without finite positions filled from their neighbours and marked not valid."


def test_noise_costs_little(foreign: Callable[[Change], Path]) -> None:
    noise = np.random.default_rng(2).normal(0, 2e-4, np.load(foreign(np.asarray)).shape).astype(np.float32)
    read = read_foreign(foreign(lambda positions: positions + noise), seat=Seat.A, source_rate_hz=25.0)
    before = _recording().motion[Seat.A]
    assert np.abs(read.motion.head_rotation - before.head_rotation).max() < 2e-3
    assert np.abs(read.motion.head_translation - before.head_translation).max() < 2e-4
    assert np.sqrt(((read.motion.expression - before.expression)[:, SETTLED] ** 2).mean()) < 0.055  # 0.065 if noise set no ridge
    assert "99." in read.notes[1]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda x: x[:, :-1], r"expected 4213 vertices \(seat A's ready person, light\) or 10821 .+; got 4212\. Name the head"),
        (
            lambda x: x[:, ::-1],
            r"expected the vertices of a head dyad knows, .+; got points \d+\.\d mm from the skull",
        ),
        (lambda x: 1000 * x, r"expected a head in metres, .+; got a box of \d+ across one frame, as if in millimetres\. Divide .+ by 1000"),
        (lambda x: 100 * x, r"as if in centimetres\. Divide the positions by 100\."),
        (lambda x: x / 1000, r"expected a head in metres, .+ across one frame\. Scale the positions to metres"),
        (lambda x: 1.2 * x, r"got points \d+\.\d mm from the skull"),
        (lambda x: x + np.float32([0, 1.6, 0]), r"expected a head near the origin .+; got one 1\.60 m away"),
        (lambda x: x[..., [0, 2, 1]] * np.float32([1, -1, 1]), r"looking along \+z; got one .+ turned by \d+ degrees"),
        (lambda x: np.full_like(x, np.nan), "got NaN or infinity in every frame"),
        (lambda x: x[0], r"expected an \.npy of numbers, .+; got float32 of shape \(4213, 3\)"),
        (lambda x: x[:0], r"got float32 of shape \(0, 4213, 3\)"),
        (lambda x: x[..., :2], "Check the axes"),
        (lambda x: (1e6 * x).astype(np.int32), "got int32 of shape"),
        (lambda _: np.array([{}]), "got .+objects? in dtype"),
    ],
)
def test_what_cannot_be_known_is_refused(change: Change, text: str, foreign: Callable[[Change], Path]) -> None:
    path = foreign(change)
    with pytest.raises(InputError, match=text) as caught:
        read_foreign(path, seat=Seat.A, source_rate_hz=25.0)
    assert str(caught.value).startswith(f"{path}: expected ")


def test_the_rate_must_be_known(foreign: Callable[[Change], Path]) -> None:
    path = foreign(np.asarray)
    with pytest.raises(
        InputError, match=r"known frame rate; got no other\.npy\.about\.json that tells it of these frames\. Give it: --source-fps 25"
    ):
        read_motion(path, seat=Seat.A)
    with pytest.raises(InputError, match="frame_rate_hz: expected 10 to 240 frames per second; got 0"):
        read_foreign(path, seat=Seat.A, source_rate_hz=0.0)


def test_a_statement_of_another_length_is_none(exported: Path, foreign: Callable[[Change], Path]) -> None:
    path = foreign(lambda positions: positions[:-1])
    sidecar_of(path).write_bytes(sidecar_of(exported).read_bytes())
    with pytest.raises(InputError, match="expected a known frame rate"):
        read_motion(path, seat=Seat.A)


def test_statements_of_other_faces_are_named(exported: Path, foreign: Callable[[Change], Path]) -> None:
    path = foreign(np.asarray)
    said = json.loads(sidecar_of(exported).read_text())
    said["head"]["identity"]["dimples"] = 0.5
    sidecar_of(path).write_text(json.dumps(said))
    with pytest.raises(InputError, match=r"about\.json: expected a head as this version of dyad states it; got .+'dimples'"):
        read_motion(path, seat=Seat.A)


def test_other_arrays_of_dyad_s_are_told_apart(tmp_path: Path) -> None:
    (path,) = export(_recording(), to="landmarks", out=tmp_path / "talk", head_of=head_of, seats=(Seat.A,))
    with pytest.raises(InputError, match=r"got what dyad exported as landmarks\. Export it with --to vertices-npy"):
        read_motion(path, seat=Seat.A)


def test_the_user_s_word_on_the_head_counts(tmp_path: Path) -> None:
    person = Head.build(Identity.from_seed(3), detail="light")
    np.save(tmp_path / "x.npy", _posed(person, scenes.motion()))
    with pytest.raises(InputError, match=r"from the skull of the nearest, .+ --face-seed N"):
        read_foreign(tmp_path / "x.npy", seat=Seat.A, source_rate_hz=25.0)
    read = read_foreign(tmp_path / "x.npy", seat=Seat.A, source_rate_hz=25.0, head=HeadChoice(face_seed=3))
    assert read.notes[0] == "Read by face.seed 3, light."
    assert np.abs(_posed(person, read.motion) - np.load(tmp_path / "x.npy")).max() < 1e-5
    with pytest.raises(InputError, match=r"--face-seed: expected a built-in head; got --head x\.glb too"):
        HeadChoice(file="x.glb", face_seed=3)
    with pytest.raises(InputError, match="--face-seed: expected a whole number of 0 or more; got -1"):
        HeadChoice(face_seed=-1)


def test_heads_of_the_user_s_own_must_be_given(tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.1)
    spots = {"eyeBlinkLeft": (0.03, 0.03, 0.09), "eyeBlinkRight": (-0.03, 0.03, 0.09), "jawOpen": (0.0, -0.06, 0.07)}
    near = {name: np.exp(-((np.linalg.norm(ball.vertices - spot, axis=1) / 0.02) ** 2)) for name, spot in spots.items()}
    shapes = {name: np.outer(np.where(share > 0.01, share, 0.0), [0.0, -0.01, 0.0]) for name, share in near.items()}
    user_head = write_glb(tmp_path / "mine.glb", ball.vertices, ball.faces, shapes)
    person = load_head(user_head)
    (path,) = export(_recording(), to="vertices-npy", out=tmp_path / "talk", head_of=lambda _seat: person, seats=(Seat.A,))
    assert json.loads(sidecar_of(path).read_text())["head"] == {"source": user_head.name, "detail": "full"}
    with pytest.raises(InputError, match=r"expected the head mine\.glb, which it was made with; got no --head\. Give it: --head FILE"):
        read_motion(path, seat=Seat.A)
    read = read_foreign(path, seat=Seat.A, head=HeadChoice(file=str(user_head)))
    assert read.notes[0] == f"Read by {user_head.name}, full."
    assert np.abs(_posed(person, read.motion) - np.load(path)).max() < 1e-5


def test_necks_that_bend_do_not_mislead(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", **made_flame())
    bare = load_flame(tmp_path / "mine.npz", arkit=False)
    rng = np.random.default_rng(5)
    patches = tuple(
        replace(patch, deltas=rng.normal(0, 2e-3, patch.deltas.shape).astype(np.float32)) if patch.deltas is not None else patch
        for patch in bare.patches
    )
    person = replace(bare, patches=patches, bases=("arkit52",))
    motion, fitter = scenes.motion(), VertexFitter(person)
    positions = _posed(person, motion)
    turned, moved = motion.head_rotation.astype(np.float64), motion.head_translation.astype(np.float64)
    fit = fitter.fit(positions, rotation=turned, translation=moved)
    assert np.sqrt(fit.missed_m2).max() < 1e-6
    assert np.abs(fit.weights - motion.expression).max() < 1e-3


def test_heads_without_shapes_are_refused() -> None:
    bald = replace(head_of(Seat.A), patches=tuple(patch for patch in head_of(Seat.A).patches if patch.kind != "moving"))
    with pytest.raises(InputError, match="head: expected one with ARKit shapes"):
        VertexFitter(bald)


def test_progress_is_told(exported: Path) -> None:
    told: list[tuple[int, int]] = []
    read_foreign(exported, seat=Seat.B, on_frame=lambda done, total: told.append((done, total)))
    assert told == [(64, FRAMES), (FRAMES, FRAMES)]


def test_options_for_vertices_are_theirs_alone(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--head or --face-seed: expected vertices \(\.npy\); got x\.glb"):
        read_foreign(tmp_path / "x.glb", seat=Seat.A, head=HeadChoice())
    with pytest.raises(InputError, match="--flip: expected a CSV of Live Link Face"):
        read_foreign(exported, seat=Seat.A, flip=("HeadYaw",))
