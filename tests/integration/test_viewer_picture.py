"""The real viewer, without a screen: pictures of a recording with the real heads, its size, and watching while it is made."""

import urllib.request
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pyannote.core import Annotation, Segment
from rerun.experimental import ViewerClient

from dyad.bases import ARKIT52
from dyad.conversation import Conversation, Provenance
from dyad.errors import InputError
from dyad.faces.head import Head
from dyad.faces.identity import SEAT_A, SEAT_B
from dyad.faces.landmarks68 import known_landmark_places
from dyad.motion import Motion
from dyad.recording import Event, Recording
from dyad.seat import Seat
from dyad.sinks import viewer
from dyad.sinks.rerun_sink import RerunSink

pytestmark = pytest.mark.integration

SECONDS, RATE_HZ = 12, 25.0
FRAMES = int(SECONDS * RATE_HZ)
LARGEST_MB_PER_MINUTE = 45.0


def lively(seat: Seat) -> Motion:
    """Every mouth and brow shape in motion the whole time (more than any talker's), a blink, nods, wandering eyes; still to second 1."""
    seconds = np.arange(FRAMES)[:, None] / RATE_HZ
    pace = np.linspace(1.0, 4.0, len(ARKIT52))
    expression = 0.25 * (1.0 - np.cos(2 * np.pi * pace * np.maximum(seconds - 1.0, 0.0)))
    expression[:, [ARKIT52.index(name) for name in ("eyeBlinkLeft", "eyeBlinkRight")]] *= 0.3
    head = 0.15 * np.sin(2 * np.pi * np.maximum(seconds - 1.0, 0.0) * [0.9, 0.31, 0.23])
    gaze = np.tile(0.1 * np.sin(seconds * 2.0)[:, :, None], (1, 2, 2))
    return Motion(seat=seat, frame_rate_hz=RATE_HZ, expression=expression, head_rotation=head, gaze=gaze)


def recording() -> tuple[Conversation, Recording]:
    turns = Annotation()
    turns[Segment(1.0, 6.0), 0] = "A"
    turns[Segment(5.0, 11.0), 1] = "B"
    audio = np.random.default_rng(0).normal(0.0, 0.1, (2, SECONDS * 16_000)).astype(np.float32)
    talk = Conversation(id="talk", participants=("Ada", "Ben"), audio=audio, diarization=turns, provenance=Provenance(source="made"))
    events = tuple(Event(seat=seat, kind="nod", start_s=3.0 + seat, end_s=4.0 + seat, strength=8.0) for seat in Seat)
    made = Recording(
        conversation_id=talk.id,
        participants=talk.participants,
        audio=audio,
        sample_rate_hz=16_000,
        diarization=turns,
        motion={seat: lively(seat) for seat in Seat},
        step_ms=np.zeros((1, 2)),
        wall_s=1.0,
        events=events,
        summary={},
        manifest={},
    )
    return talk, made


def simulate(sink: RerunSink, talk: Conversation, made: Recording) -> None:
    sink.open(talk)
    write_all(sink, made, first=0)
    sink.close(made)


def write_all(sink: RerunSink, made: Recording, *, first: int) -> None:
    for start in range(first, FRAMES, 5):
        for seat in Seat:
            sink.write(made.motion[seat].slice(start, start + 5))


@pytest.fixture(scope="module")
def heads() -> dict[Seat, Head]:
    return {Seat.A: Head.build(SEAT_A), Seat.B: Head.build(SEAT_B)}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, heads: dict[Seat, Head]) -> Path:
    path = tmp_path_factory.mktemp("viewer") / "recording.rrd"
    points = {seat: known_landmark_places(head) for seat, head in heads.items()}
    simulate(RerunSink(path=path, heads=heads, face_points=points), *recording())
    return path


def start_headless() -> viewer.StartedViewer:
    try:
        return viewer.start_viewer(["--headless", "--hide-welcome-screen", "--window-size", "1280x720"], window=False)
    except InputError as error:
        if "mesa-vulkan-drivers" in str(error):
            pytest.skip(f"no Vulkan driver for the viewer to draw with: {error}")
        raise


def picture(file: Path, png: Path, at_s: float) -> npt.NDArray[np.int16]:
    try:
        viewer.save_picture(file, png, at_s=at_s, width=1280, height=720)
    except InputError as error:
        if "mesa-vulkan-drivers" in str(error):
            pytest.skip(f"no Vulkan driver for the viewer to draw with: {error}")
        raise
    return np.asarray(Image.open(png).convert("RGB"), np.int16)


def test_a_minute_of_lively_talk_stays_within_the_promised_size(file: Path) -> None:
    assert file.stat().st_size / 1e6 * 60 / SECONDS < LARGEST_MB_PER_MINUTE


def test_pictures_show_heads_that_move(file: Path, tmp_path: Path) -> None:
    early, late = (picture(file, tmp_path / f"{at_s}.png", at_s) for at_s in (0.5, 5.3))
    assert early.shape == (720, 1280, 3)
    heads_early, heads_late = (shot[40:380] for shot in (early, late))
    assert len(np.unique(heads_early.reshape(-1, 3), axis=0)) > 1_000
    changed = np.abs(heads_early - heads_late).max(axis=-1) > 40
    for columns in (np.s_[300:640], np.s_[640:980]):  # the view with both heads: A on the left, B on the right
        assert changed[:, columns].mean() > 0.01


def test_no_view_is_empty_or_reports_an_error(file: Path) -> None:
    started = start_headless()
    try:
        client = ViewerClient.connect(started.url)
        client.open(str(file))
        client.set_time("time", duration=5.0, play_state="paused")
        client.take_screenshot()
        state = client.get_state()
        schema = client.get_recording_schema(paths_only=True)
    finally:
        started.stop()
    assert [view.name for view in state.views if view.reports] == []
    entities = [entity.entity_path for entity in schema.entities]
    for view in state.views:
        assert view.visible
        assert any(path.startswith(view.origin) for path in entities), view.name
    kinds = [view.view_class for view in state.views]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "3D": 3,
        "2D": 2,
        "StateTimeline": 2,
        "TimeSeries": 4,
        "Audio": 2,
        "TextLog": 1,
    }
    assert {timeline.name for timeline in state.recordings[0].timelines} == {"time", "frame"}


def test_a_viewer_can_watch_and_leave_while_the_file_is_written(tmp_path: Path, heads: dict[Seat, Head], file: Path) -> None:
    started = start_headless()
    talk, made = recording()
    path = tmp_path / "both.rrd"
    points = {seat: known_landmark_places(head) for seat, head in heads.items()}
    sink = RerunSink(path=path, live=started.url, heads=heads, face_points=points)
    try:
        sink.open(talk)
        for seat in Seat:
            sink.write(made.motion[seat].slice(0, 50))
        client = ViewerClient.connect(started.url)
        client.take_screenshot()
        (seen,) = client.get_state().recordings
        assert max(timeline.end for timeline in seen.timelines if timeline.name == "frame") in (
            49,
            50,
        )  # nothing is shown ahead of its time
    finally:
        started.stop()
    with pytest.warns(UserWarning, match="The viewer is gone"):
        write_all(sink, made, first=50)
    sink.close(made)
    assert path.stat().st_size == pytest.approx(file.stat().st_size, rel=0.05)


def test_the_web_viewer_serves_this_computer_only(file: Path) -> None:
    started = viewer.open_viewer(file, web=True)
    try:
        assert started.web_url is not None
        assert started.web_url.startswith("http://127.0.0.1:")
        page = urllib.request.urlopen(started.web_url, timeout=10).read()
        assert b"rerun" in page.lower()
    finally:
        started.stop()
