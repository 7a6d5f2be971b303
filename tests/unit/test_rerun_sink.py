"""The viewer recording, read back from the file it was written to."""

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from pyannote.core import Annotation, Segment
from rerun.chunk import RrdReader
from scipy.spatial.transform import Rotation

from dyad.bases import ARKIT52, FLAME50
from dyad.conversation import Conversation, Provenance
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.recording import Event, Recording
from dyad.seat import Seat
from dyad.sinks import entities
from dyad.sinks.held_positions import GRID_M, HOLD
from dyad.sinks.rerun_gaze import GAP_M, gaze_directions, looks_at_partner
from dyad.sinks.rerun_sink import RerunSink
from dyad.staging import JAW_FULLY_OPEN_RAD, SEAT_DISTANCE_M

RATE_HZ = 25.0
HOLD_M = HOLD * GRID_M
FRAMES = 300
JAW = ARKIT52.index("jawOpen")


@dataclass(frozen=True, kw_only=True)
class Patch:
    name: str
    kind: str
    vertices: Any
    triangles: Any
    normals: Any
    colours: Any
    centre: Any = None


class PlainHead:
    """A moving mouth that opens downwards, a still skull, two eyes and a neck, of four vertices each."""

    def __init__(self) -> None:
        corners = np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0], [0, 0, 0.1]], np.float32)
        shared = {
            "triangles": np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.uint32),
            "normals": np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
            "colours": np.full((4, 3), 200, np.uint8),
        }
        self.patches = (
            Patch(name="mouth", kind="moving", vertices=corners + np.float32(0.013), **shared),
            Patch(name="skull", kind="static", vertices=corners, **shared),
            Patch(name="left_eye", kind="eye", vertices=corners, centre=np.array([0.03, 0.05, 0.08]), **shared),
            Patch(name="right_eye", kind="eye", vertices=corners, centre=np.array([-0.03, 0.05, 0.08]), **shared),
            Patch(name="neck", kind="body", vertices=corners, **shared),
        )

    def displace(self, patch_name: str, expression: Any, /) -> Any:
        assert patch_name == "mouth"
        down = expression[:, JAW, None, None] * np.array([0, -0.03, 0], np.float32)
        return (self.patches[0].vertices + down).astype(np.float32)


HEADS = {seat: PlainHead() for seat in Seat}


def conversation(seconds: float = FRAMES / RATE_HZ) -> Conversation:
    turns = Annotation()
    turns[Segment(1.0, 4.0), 0] = "A"
    turns[Segment(3.0, 6.0), 1] = "B"
    turns[Segment(7.0, 8.0), 2] = "B"
    samples = int(seconds * 16_000)
    audio = 0.1 * np.sin(np.arange(samples) * np.array([[0.05], [0.11]]))
    return Conversation(
        id="talk", participants=("Ada", "Ben"), audio=audio.astype(np.float32), diarization=turns, provenance=Provenance(source="made")
    )


def motion(seat: Seat, *, frames: int = FRAMES, still: bool = False) -> Motion:
    """Still, or: jaw moving in frames 50 to 99, head turned by half a radian in frame 100, eyes in frame 120."""
    expression, head, gaze = np.zeros((frames, 52)), np.zeros((frames, 3)), np.zeros((frames, 2, 2))
    if not still:
        expression[50:100, JAW] = 0.5 + 0.4 * np.sin(np.arange(50))
        head[100] = [0.0, 0.5, 0.0]
        gaze[120] = [[0.3, 0.2], [0.1, 0.0]]
    return Motion(seat=seat, frame_rate_hz=RATE_HZ, expression=expression, head_rotation=head, gaze=gaze)


EVENTS = (
    Event(seat=Seat.B, kind="nod", start_s=5.0, end_s=5.8, strength=7.0),
    Event(seat=Seat.A, kind="blink", start_s=2.0, end_s=2.2, strength=1.0),
    Event(seat=Seat.B, kind="nod", start_s=0.48, end_s=1.0, strength=7.0),
)


def simulate(sink: RerunSink, talk: Conversation, motions: dict[Seat, Motion], *, tick: int = 7) -> None:
    sink.open(talk)
    frames = len(motions[Seat.A])
    for start in range(0, frames, tick):
        for seat in Seat:
            sink.write(motions[seat].slice(start, min(start + tick, frames)))
    recording = Recording(
        conversation_id=talk.id,
        participants=talk.participants,
        audio=talk.audio,
        sample_rate_hz=talk.sample_rate_hz,
        diarization=talk.diarization,
        motion=motions,
        step_ms=np.zeros((1, 2)),
        wall_s=1.0,
        events=EVENTS,
        summary={},
        manifest={},
    )
    sink.close(recording)


class Read:
    """What a file says about an entity."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, entity: str, *, static: bool = False) -> dict[str, list[Any]]:
        """Columns by name, rows in the order of time."""
        columns: dict[str, list[Any]] = {}
        for chunk in RrdReader(self.path).stream().filter(content=entity, is_static=static).to_chunks():
            batch = chunk.to_record_batch()
            for name in batch.schema.names:
                values = batch.column(name)
                columns.setdefault(name, []).extend(values.cast("int64").to_pylist() if name == "time" else values.to_pylist())
        return columns


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """A moves, B keeps still."""
    path = tmp_path_factory.mktemp("rerun") / "recording.rrd"
    simulate(RerunSink(path=path, heads=HEADS), conversation(), {Seat.A: motion(Seat.A), Seat.B: motion(Seat.B, still=True)})
    return Read(path)


def test_surfaces_are_logged_once_and_positions_of_moving_patches_never_statically(read: Read) -> None:
    for entity in ("/table/a/head/mouth", "/table/b/head/skull", "/table/a/body/neck"):
        columns = read.rows(entity, static=True)
        assert len(columns["Mesh3D:triangle_indices"]) == 1
        assert len(columns["Mesh3D:triangle_indices"][0]) == 4
        assert ("Mesh3D:vertex_positions" in columns) == ("mouth" not in entity)


def test_only_frames_that_moved_have_positions(read: Read) -> None:
    moved = read.rows("/table/a/head/mouth")["frame"]
    assert moved[0] == 0
    assert set(moved) <= {0, *range(50, 101)}
    assert len(moved) > 45
    assert moved == sorted(set(moved))
    assert read.rows("/table/b/head/mouth")["frame"] == [0]


def test_positions_follow_the_head_within_the_threshold(read: Read) -> None:
    columns = read.rows("/table/a/head/mouth")
    wanted = HEADS[Seat.A].displace("mouth", motion(Seat.A).expression)
    latest = np.searchsorted(columns["frame"], np.arange(FRAMES), side="right") - 1
    shown = np.asarray(columns["Mesh3D:vertex_positions"])[latest]
    error = np.abs(shown - wanted).max()
    assert 0.0 < error <= HOLD_M + 1e-7
    assert error < 1e-4  # a fifth of a screen's pixel


def test_head_and_eyes_turn_as_the_motion_says(read: Read) -> None:
    columns = read.rows("/table/a/head")
    assert columns["frame"] == list(range(FRAMES))
    turned = Rotation.from_quat(columns["Transform3D:quaternion"][100][0])
    np.testing.assert_allclose(turned.apply([0.0, 0.0, 1.0]), [np.sin(0.5), 0.0, np.cos(0.5)], atol=1e-6)
    eye = read.rows("/table/a/head/left_eye")
    looks = Rotation.from_quat(eye["Transform3D:quaternion"][120][0]).apply([0.0, 0.0, 1.0])
    np.testing.assert_allclose(looks, [np.sin(0.3) * np.cos(0.2), -np.sin(0.2), np.cos(0.3) * np.cos(0.2)], atol=1e-6)
    np.testing.assert_allclose(eye["Transform3D:translation"][120][0], [0.03, 0.05, 0.08], atol=1e-6)
    other = Rotation.from_quat(read.rows("/table/a/head/right_eye")["Transform3D:quaternion"][120][0])
    np.testing.assert_allclose(other.as_rotvec(), [0.0, 0.1, 0.0], atol=1e-6)


def test_gaze_lines_go_where_the_eyes_look_and_are_bright_at_the_partner(read: Read) -> None:
    columns = read.rows("/table/a/head/gaze")
    assert columns["frame"] == list(range(FRAMES))
    lines = np.array([row[0] for row in columns["LineStrips3D:strips"]])
    toward = lines[:, 1] - lines[:, 0]
    np.testing.assert_allclose(lines[0, 0], [0.0, 0.05, 0.08 + GAP_M], atol=1e-6)
    toward /= np.linalg.norm(toward, axis=1, keepdims=True)
    np.testing.assert_allclose(toward[0], [0.0, 0.0, 1.0], atol=1e-6)
    eyes = [Rotation.from_euler("YX", angles).apply([0.0, 0.0, 1.0]) for angles in ([0.3, 0.2], [0.1, 0.0])]
    np.testing.assert_allclose(toward[120], np.sum(eyes, axis=0) / np.linalg.norm(np.sum(eyes, axis=0)), atol=1e-6)
    assert lines[0, 1, 2] == pytest.approx(SEAT_DISTANCE_M - 0.08 - GAP_M, abs=1e-6)  # short of the partner's eyes
    colours = np.ravel(columns["LineStrips3D:colors"])
    assert colours[0] == entities.SEAT_COLOURS[Seat.A]
    away = [frame for frame in range(FRAMES) if colours[frame] != colours[0]]
    assert away == [100, 120]  # head turned by half a radian; eyes by more than ten degrees
    assert all((int(colours[120]) >> shift & 255) < (int(colours[0]) >> shift & 255) for shift in (24, 16, 8))


def test_eyes_that_turn_back_what_the_head_turns_stay_on_the_partner() -> None:
    turned = np.zeros((3, 3))
    turned[1:, 1] = 0.5
    gaze = np.zeros((3, 2, 2))
    gaze[2, :, 0] = -0.5
    looking = Motion(seat=Seat.A, frame_rate_hz=RATE_HZ, expression=np.zeros((3, 52)), head_rotation=turned, gaze=gaze)
    eyes = np.array([0.0, 0.05, 0.08], np.float32)
    assert looks_at_partner(looking, gaze_directions(looking), eyes=eyes).tolist() == [True, False, True]


def test_each_seat_at_rest_looks_at_the_other(read: Read) -> None:
    place = {seat: read.rows(f"/table/{seat.name.lower()}", static=True) for seat in Seat}
    where = {seat: np.array(columns["Transform3D:translation"][0][0]) for seat, columns in place.items()}
    for seat in Seat:
        ahead = Rotation.from_quat(place[seat]["Transform3D:quaternion"][0][0]).apply([0.0, 0.0, 1.0])
        away = where[seat.partner] - where[seat]
        np.testing.assert_allclose(ahead, away / np.linalg.norm(away), atol=1e-6)


def test_both_timelines_agree(read: Read) -> None:
    for entity in ("/table/a/head", "/curves/jaw_open/b", "/table/a/head/mouth"):
        columns = read.rows(entity)
        np.testing.assert_allclose(np.array(columns["time"]) / 1e9, np.array(columns["frame"]) / RATE_HZ, atol=1e-8)


def test_curves_carry_every_frame(read: Read) -> None:
    jaw = read.rows("/curves/jaw_open/a")
    np.testing.assert_allclose(np.ravel(jaw["Scalars:scalars"]), motion(Seat.A).channel("jawOpen"), atol=1e-6)
    assert read.rows("/curves/head_yaw/a")["Scalars:scalars"][100][0] == pytest.approx(np.degrees(0.5), abs=1e-4)
    assert read.rows("/curves/gaze_yaw/a")["Scalars:scalars"][120][0] == pytest.approx(np.degrees(0.2), abs=1e-4)


def test_sound_of_each_seat_starts_at_zero(read: Read) -> None:
    for seat in Seat:
        columns = read.rows(f"/sound/{seat.name.lower()}")
        assert columns["time"] == [0]
        assert not {"log_tick", "log_time"} & set(columns)
        samples, rate = soundfile.read(io.BytesIO(bytes(columns["AssetAudio:blob"][0][0])))
        assert (rate, len(samples)) == (16_000, 16_000 * FRAMES // 25)
        wanted = conversation().audio[seat]
        assert np.corrcoef(samples, wanted)[0, 1] > 0.9999
        assert np.abs(samples).max() == pytest.approx(0.9, abs=0.01)


def test_lanes_are_the_turns(read: Read) -> None:
    def lane(entity: str) -> list[tuple[float, str | None]]:
        columns = read.rows(entity)
        return [
            (time / 1e9, state[0] if state else None) for time, state in zip(columns["time"], columns["StateChange:state"], strict=True)
        ]

    assert lane("/turns/a") == [(0.0, None), (1.0, "speaks"), (4.0, None)]
    assert lane("/turns/b") == [(0.0, None), (3.0, "speaks"), (6.0, None), (7.0, "speaks"), (8.0, None)]
    floor = [(0.0, "silence"), (1.0, "A"), (3.0, "both"), (4.0, "B"), (6.0, "silence"), (7.0, "B"), (8.0, "silence"), (12.0, None)]
    assert lane("/turns/floor") == floor
    assert lane("/gestures/nod/b") == [(0.0, None), (0.48, "nod"), (1.0, None), (5.0, "nod"), (5.8, None)]


def test_events_are_in_the_log_in_order(read: Read) -> None:
    columns = read.rows("/log")
    assert [time / 1e9 for time in columns["time"]] == [0.48, 2.0, 5.0]
    assert columns["frame"] == [12, 50, 125]
    assert "Ada  blink" in columns["TextLog:text"][1][0]
    assert "Ben  nod" in columns["TextLog:text"][2][0]


def test_the_layout_travels_with_the_file(read: Read) -> None:
    (layout,) = RrdReader(read.path).blueprints()
    said = RrdReader(read.path).store(store=layout).summary()
    assert said.count("/view/") >= 12


def test_viewer_rate_thins_the_heads_but_not_the_curves(tmp_path: Path) -> None:
    path = tmp_path / "thin.rrd"
    simulate(RerunSink(path=path, heads=HEADS, viewer_rate_hz=10.0), conversation(), {seat: motion(seat) for seat in Seat})
    assert Read(path).rows("/table/b/head")["frame"] == list(range(0, FRAMES, 3))
    assert len(Read(path).rows("/curves/jaw_open/a")["frame"]) == FRAMES


def test_a_flame_motion_shows_its_jaw_and_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "flame.rrd"
    jaw = np.zeros((FRAMES, 3))
    jaw[:, 0] = 0.5 * JAW_FULLY_OPEN_RAD
    zeros = np.zeros((FRAMES, 3))
    motions = {
        seat: Motion(
            seat=seat,
            frame_rate_hz=RATE_HZ,
            basis="flame50",
            expression=np.ones((FRAMES, len(FLAME50))),
            head_rotation=zeros,
            jaw_rotation=jaw,
        )
        for seat in Seat
    }
    simulate(RerunSink(path=path, heads=HEADS), conversation(), motions)
    shown = np.array(Read(path).rows("/table/a/head/mouth")["Mesh3D:vertex_positions"])
    np.testing.assert_allclose(shown[0], HEADS[Seat.A].patches[0].vertices - [0, 0.015, 0], atol=HOLD_M)
    assert "FLAME" in Read(path).rows("/table/b/note", static=True)["Points3D:labels"][0][0]


def test_motion_does_not_depend_on_how_it_was_cut(tmp_path: Path) -> None:
    positions = []
    for tick in (1, 300):
        path = tmp_path / f"{tick}.rrd"
        simulate(RerunSink(path=path, heads=HEADS), conversation(), {seat: motion(seat) for seat in Seat}, tick=tick)
        columns = Read(path).rows("/table/a/head/mouth")
        positions.append((columns["frame"], columns["Mesh3D:vertex_positions"]))
    assert positions[0] == positions[1]


def test_abort_leaves_no_file(tmp_path: Path) -> None:
    sink = RerunSink(path=tmp_path / "half.rrd", heads=HEADS)
    sink.open(conversation())
    sink.write(motion(Seat.A))
    sink.abort()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": None, "heads": HEADS}, "a file, a live viewer, or both"),
        ({"path": Path("x.rrd"), "heads": {Seat.A: HEADS[Seat.A]}}, "one for each seat"),
        ({"path": Path("x.rrd"), "heads": HEADS, "viewer_rate_hz": 0.0}, "a positive number"),
    ],
)
def test_refuses(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        RerunSink(**options)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    sink = RerunSink(path=tmp_path / "nowhere" / "x.rrd", heads=HEADS)
    with pytest.raises(InputError, match="nowhere"):
        sink.open(conversation())


def test_a_viewer_that_does_not_answer_is_an_error_not_a_wait() -> None:
    sink = RerunSink(path=None, live="rerun+http://127.0.0.1:9/proxy", heads=HEADS)
    with pytest.raises(InputError, match="a running viewer"):
        sink.open(conversation())


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_rerun_sink as given
path, limit = Path(sys.argv[1]), int(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
sink = given.RerunSink(path=path, heads=given.HEADS)
try:
    given.simulate(sink, given.conversation(), {{seat: given.motion(seat) for seat in given.Seat}})
except given.InputError as error:
    sink.abort()
    print(error, "left" if path.exists() else "gone")
else:
    print("complete")
"""


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="this system has no limit on file sizes to stand in for a full disk")
@pytest.mark.parametrize(
    ("room", "said"), [(lambda size: 100_000, "a full disk"), (lambda size: size - 50, "a full disk")], ids=["early", "end"]
)
def test_a_full_disk_is_an_error_and_leaves_no_file(read: Read, tmp_path: Path, room: Callable[[int], int], said: str) -> None:
    # A little less than the file needs: only its last part, the index, does not fit.
    limit = room(read.path.stat().st_size - 5_000)
    code = FULL_DISK.format(tests=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "x.rrd"), str(limit)], capture_output=True, text=True, timeout=60)
    assert said in done.stdout, done.stderr
    assert "gone" in done.stdout
