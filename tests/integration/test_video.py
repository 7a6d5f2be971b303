"""Films: what is drawn, heard and refused. Whether lips and sound are together is measured in tests/integration/test_video_sync.py."""

import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pyannote.core import Annotation
from scipy.spatial.transform import Rotation

from dyad.bases import ARKIT52
from dyad.cli.pictures import shapes
from dyad.errors import InputError
from dyad.exports.export import export
from dyad.faces.head import Head
from dyad.faces.identity import SEAT_B
from dyad.motion import Motion
from dyad.recording import Recording
from dyad.seat import Seat
from dyad.staging import SEAT_DISTANCE_M
from dyad.video.cameras import CAMERAS
from dyad.video.drawing import draw_frames
from dyad.video.film import write_mp4
from dyad.video.people import Person, SmoothNormals
from dyad.video.scene import Scene, SceneRecipe
from dyad.video.smoothing import smooth_edges
from dyad.video.sound import SOUND_RATE_HZ, mix_voices

pytestmark = pytest.mark.integration

FRAMES, RATE_HZ = 30, 25.0
JAW = ARKIT52.index("jawOpen")


@pytest.fixture(scope="module")
def heads() -> dict[Seat, Head]:
    return {Seat.A: Head.build(detail="light"), Seat.B: Head.build(SEAT_B, detail="light")}


def motion(seat: Seat, *, jaw: float = 0.0, yaw: float = 0.0) -> Motion:
    """Still, or: from frame 10 on the jaw open and the head turned."""
    expression, head = np.zeros((FRAMES, 52)), np.zeros((FRAMES, 3))
    expression[10:, JAW] = jaw
    head[10:, 1] = yaw
    return Motion(seat=seat, frame_rate_hz=RATE_HZ, expression=expression, head_rotation=head)


@pytest.fixture
def recording() -> Recording:
    audio = np.zeros((2, int(FRAMES / RATE_HZ * 16_000)), np.float32)
    audio[0, 4_800:9_600] = 0.3
    return Recording(
        conversation_id="talk",
        participants=("Ada", "Ben"),
        audio=audio,
        sample_rate_hz=16_000,
        diarization=Annotation(),
        motion={Seat.A: motion(Seat.A, jaw=1.0), Seat.B: motion(Seat.B)},
        step_ms=np.zeros((1, 2)),
    )


def pictures(heads: dict[Seat, Head], motions: dict[Seat, Motion], *, camera: str, start: int = 8, stop: int = 12) -> list[np.ndarray]:
    return list(Scene(SceneRecipe(heads=heads, motion=motions, camera=camera, size=96)).frames(start, stop))


@pytest.mark.parametrize("camera", CAMERAS)
def test_every_camera_shows_both_people_in_a_picture_twice_as_wide_as_high(heads: dict[Seat, Head], camera: str) -> None:
    still = {seat: motion(seat) for seat in Seat}
    both = pictures(heads, still, camera=camera, stop=9)[0]
    assert both.shape == (96, 192, 3)
    for seat in Seat:
        alone = pictures({seat: heads[seat]}, {seat: still[seat]}, camera=camera, stop=9)[0]
        assert (both != alone).any(axis=2).mean() > 0.04  # the other one is missing from this picture
    assert (both[:, :96] != both[:, 96:]).any()


@pytest.mark.parametrize("camera", ["two-shot", "close-up"])
def test_a_jaw_that_opens_changes_the_mouth_of_its_owner_only(heads: dict[Seat, Head], camera: str) -> None:
    shown = pictures(heads, {Seat.A: motion(Seat.A, jaw=1.0), Seat.B: motion(Seat.B)}, camera=camera)
    np.testing.assert_array_equal(shown[0], shown[1])
    np.testing.assert_array_equal(shown[2], shown[3])
    changed = (shown[1] != shown[2]).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert changed.sum() > 30
    assert columns.max() < 96  # A sits on the left
    assert np.median(rows) > 40  # and opens the lower half of the face


def test_a_still_camera_draws_what_a_moving_one_draws_at_the_same_place(heads: dict[Seat, Head]) -> None:
    """Bodies are drawn only once where the camera stands still."""
    scene = Scene(SceneRecipe(heads=heads, motion={seat: motion(seat, yaw=0.4) for seat in Seat}, camera="two-shot", size=96))
    first, second = list(scene.frames(8, 12)), list(scene.frames(8, 12))
    for view in scene._views:
        view._panel, view._still = replace(view._panel, still=False), None
    anew = list(scene.frames(8, 12))
    for one, two, three in zip(first, second, anew, strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(one, three)


def test_people_look_at_each_other(heads: dict[Seat, Head]) -> None:
    eyes = [patch.kind == "eye" for patch in heads[Seat.A].patches if patch.kind != "body"].index(True)
    for seat in Seat:
        toward = 1.0 if seat is Seat.A else -1.0  # A sits at negative x
        surfaces = next(Person(heads[seat], motion(seat)).frames(0, 1))
        ball = surfaces[eyes]
        assert -0.5 * SEAT_DISTANCE_M + 0.03 < ball.vertices[:, 0].mean() * toward < 0.0
        assert max((surface.vertices[:, 0] * toward).max() for surface in surfaces) < 0.0  # neither reaches the middle
        outward = ball.vertices - ball.vertices.mean(axis=0)
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        assert np.median((ball.normals * outward).sum(axis=1)) > 0.9


def test_normals_of_the_turned_head_are_the_turned_normals(heads: dict[Seat, Head]) -> None:
    neutral, turned = (next(Person(heads[Seat.A], motion(Seat.A, yaw=0.5)).frames(start, start + 1)) for start in (0, 15))
    turn = Rotation.from_rotvec([0.0, 0.5, 0.0]).as_matrix()
    for before, after in zip(neutral, turned, strict=True):
        np.testing.assert_allclose(after.normals, before.normals @ turn.T, atol=2e-3)


def test_normals_are_those_of_the_head_and_smooth_across_patches(heads: dict[Seat, Head]) -> None:
    head = heads[Seat.A]
    positions = np.concatenate([p.vertices if p.centre is None else p.vertices + p.centre for p in head.patches])
    found = SmoothNormals(head).of(positions)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-4)
    known = np.concatenate([patch.normals for patch in head.patches])
    assert np.median((found * known).sum(axis=1)) > 0.999
    assert np.quantile((found * known).sum(axis=1), 0.01) > 0.95


def test_processes_draw_in_order(heads: dict[Seat, Head]) -> None:
    recipe = SceneRecipe(heads=heads, motion={seat: motion(seat, jaw=1.0, yaw=0.3) for seat in Seat}, camera="orbit", size=64)
    alone = list(draw_frames(recipe, start=0, stop=FRAMES, processes=1))
    assert len(alone) == FRAMES
    whole = list(Scene(recipe).frames(0, FRAMES))
    np.testing.assert_array_equal(alone, whole)
    with pytest.raises(InputError, match="1 or more"):
        next(draw_frames(recipe, start=0, stop=FRAMES, processes=0))


def test_edges_are_softened_and_the_rest_is_left() -> None:
    picture = np.full((20, 20, 3), 60, np.uint8)
    picture[:, 10:] = 200
    soft = smooth_edges(picture)
    np.testing.assert_array_equal(soft[1:-1, [8, 11]], picture[1:-1, [8, 11]])
    np.testing.assert_array_equal(soft[5, 9:11, 0], [95, 165])
    gentle = np.broadcast_to(np.arange(0, 200, 10, dtype=np.uint8)[None, :, None], (20, 20, 3))
    np.testing.assert_array_equal(smooth_edges(gentle), gentle)


def test_voices_are_heard_from_their_sides_and_never_clip(recording: Recording) -> None:
    sound = mix_voices(recording, start=0, stop=FRAMES)
    assert sound.shape == (2, FRAMES * SOUND_RATE_HZ // 25)
    left, right = (np.abs(sound[side, 16_000:26_000]).mean() for side in range(2))
    assert left == pytest.approx(2 * right, rel=0.01)
    assert 0.85 < np.abs(sound[:, 16_000:26_000]).max() <= 1.0
    assert np.abs(sound[:, :13_000]).max() < 0.02
    loud = replace(recording, audio=np.ones_like(recording.audio))
    assert np.abs(mix_voices(loud, start=0, stop=FRAMES)).max() <= 1.0
    part = mix_voices(recording, start=10, stop=20)
    np.testing.assert_array_equal(part, sound[:, 10 * 1920 : 20 * 1920])


def test_silence_stays_silent(recording: Recording) -> None:
    quiet = replace(recording, audio=np.zeros_like(recording.audio))
    assert not mix_voices(quiet, start=0, stop=FRAMES).any()


def test_an_animation_has_all_frames_and_lasts_as_long_as_the_motion(recording: Recording, heads: dict[Seat, Head], tmp_path: Path) -> None:
    options = {"size": 64, "from_s": 0.2, "seconds": 0.6}
    turning = np.linspace(0.0, 1.0, FRAMES)[:, None] * [0.0, 0.5, 0.0]  # each frame another: those that are equal would be joined
    motions = {seat: replace(recording.motion[seat], head_rotation=turning) for seat in Seat}
    (path,) = export(
        replace(recording, motion=motions),
        to="webp",
        out=tmp_path / "short",
        head_of=heads.__getitem__,
        frame_rate_hz=30.0,
        options=options,
    )
    assert path.name == "short.webp"
    with Image.open(path) as animation:
        assert (animation.size, animation.n_frames) == ((128, 64), 18)
        total = 0
        for index in range(animation.n_frames):
            animation.seek(index)
            animation.load()
            total += animation.info["duration"]
    assert total == 600


@pytest.mark.parametrize(("size", "room"), [(1000, 10**9), (64, 700_000)])
def test_an_animation_that_would_fill_the_memory_is_refused(
    recording: Recording, heads: dict[Seat, Head], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, room: int
) -> None:
    monkeypatch.setattr("dyad.video.webp.MOST_BYTES", room)
    with pytest.raises(InputError, match="at most 720 pixels"):
        export(recording, to="webp", out=tmp_path / "x", head_of=heads.__getitem__, options={"size": size})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"camera": "closeup"}, "close-up"),
        ({"size": 97}, "an even number of pixels"),
        ({"size": 32}, "an even number of pixels"),
        ({"from_s": 1.2}, "0 to 1.2 seconds"),
        ({"from_s": float("nan")}, "0 to 1.2 seconds"),
        ({"seconds": 0.0}, "more than 0"),
        ({"processes": 0}, "1 or more"),
        ({"fps": 5.0}, "10 to 240"),
    ],
)
def test_refuses(recording: Recording, heads: dict[Seat, Head], tmp_path: Path, options: dict[str, object], said: str) -> None:
    pytest.importorskip("av")
    with pytest.raises(InputError, match=said):
        write_mp4(recording, heads, tmp_path / "film.mp4", **{"size": 64, **options})  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_film_is_not_written_over_a_file_unless_asked(recording: Recording, heads: dict[Seat, Head], tmp_path: Path) -> None:
    pytest.importorskip("av")
    film = tmp_path / "film.mp4"
    film.write_bytes(b"mine")
    with pytest.raises(InputError, match="--force"):
        write_mp4(recording, heads, film, size=64)
    assert film.read_bytes() == b"mine"
    write_mp4(recording, heads, film, size=64, overwrite=True, seconds=0.2)
    assert len(film.read_bytes()) > 1000


def test_other_formats_refuse_the_wishes_of_films(recording: Recording, heads: dict[Seat, Head], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="understands"):
        export(recording, to="bvh", out=tmp_path / "x", head_of=heads.__getitem__, options={"camera": "orbit"})


def test_without_pyav_the_cure_is_named(
    recording: Recording, heads: dict[Seat, Head], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("av", "av.codec"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"dyad\[video\]"):
        write_mp4(recording, heads, tmp_path / "film.mp4", size=64)
    assert list(tmp_path.iterdir()) == []


def test_without_an_encoder_it_is_said(
    recording: Recording, heads: dict[Seat, Head], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("av")
    monkeypatch.setattr("dyad.video.mp4.VIDEO_CODECS", ("nothing_of_the_kind",))
    with pytest.raises(InputError, match=r"an H\.264 encoder"):
        write_mp4(recording, heads, tmp_path / "film.mp4", size=64)


def test_every_frame_is_reported(recording: Recording, heads: dict[Seat, Head], tmp_path: Path) -> None:
    pytest.importorskip("av")
    seen: list[tuple[int, int]] = []
    write_mp4(recording, heads, tmp_path / "film.mp4", size=64, seconds=0.2, on_frame=lambda done, total: seen.append((done, total)))
    assert seen == [(number, 5) for number in range(1, 6)]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Files of this process may not grow beyond 500 bytes, which stands in for a full disk."""
    if sys.platform == "win32":
        pytest.skip("this system has no limit on file sizes")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("to", ["mp4", "webp"])
@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_leaves_nothing(recording: Recording, heads: dict[Seat, Head], tmp_path: Path, to: str) -> None:
    with pytest.raises(InputError, match="a full disk"):
        export(recording, to=to, out=tmp_path / "film", head_of=heads.__getitem__, options={"size": 64})
    assert list(tmp_path.iterdir()) == []


def test_shapes_command_draws_a_sheet_and_refuses_to_replace_it(tmp_path: Path) -> None:
    out = tmp_path / "s.png"
    shapes(out=out, tile=32, detail="light")
    with Image.open(out) as sheet:
        assert sheet.size == (9 * 32, 6 * 52)
    with pytest.raises(InputError, match="--force"):
        shapes(out=out, tile=32, detail="light")
    with pytest.raises(InputError, match=r"\.png, \.jpg or \.webp"):
        shapes(out=tmp_path / "s.pdf")
