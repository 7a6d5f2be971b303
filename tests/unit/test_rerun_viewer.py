"""Errors a user meets on the way to the viewer; the viewer itself is started in the integration tests."""

import sys
from pathlib import Path

import pytest

from dyad.cli.viewing import view
from dyad.errors import InputError
from dyad.seat import Seat
from dyad.sinks import viewer
from dyad.sinks.rerun_sink import RerunSink
from tests.unit.test_rerun_sink import FRAMES, HEADS, RATE_HZ, conversation, motion, simulate


def test_a_folder_stands_for_the_recording_in_it(tmp_path: Path) -> None:
    file = tmp_path / "recording.rrd"
    file.write_bytes(b"RRF2")
    assert viewer.find_recording(tmp_path) == file
    assert viewer.find_recording(file) == file


def test_a_folder_without_a_recording_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"recording\.rrd"):
        viewer.find_recording(tmp_path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")
def test_without_a_screen_the_web_viewer_is_suggested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "recording.rrd").write_bytes(b"RRF2")
    with pytest.raises(InputError, match="--web"):
        viewer.open_viewer(tmp_path)


def test_the_viewer_is_the_one_of_this_python() -> None:
    assert viewer.viewer_program().parent == Path(sys.executable).parent


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="hides the Vulkan drivers as Linux finds them")
@pytest.mark.parametrize("settle_s", [viewer.SETTLE_S, 0.0], ids=["found at its start", "found later, as on a busy computer"])
def test_without_vulkan_the_package_is_named(settle_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "SETTLE_S", settle_s)
    for name in ("VK_ICD_FILENAMES", "VK_DRIVER_FILES"):
        monkeypatch.setenv(name, "/nonexistent.json")
    (tmp_path / "recording.rrd").write_bytes(b"RRF2")
    with pytest.raises(InputError, match="mesa-vulkan-drivers"):
        viewer.save_picture(tmp_path, tmp_path / "picture.png", at_s=0.0)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("viewer") / "recording.rrd"
    simulate(RerunSink(path=path, heads=HEADS), conversation(), {seat: motion(seat) for seat in Seat})
    return path


def test_a_recording_knows_how_long_it_is(recording: Path) -> None:
    assert viewer.length_s(recording) == pytest.approx(FRAMES / RATE_HZ, abs=1e-6)


@pytest.mark.parametrize("at_s", [-0.1, 12.1, float("nan")])
def test_a_time_outside_the_recording_is_refused(recording: Path, tmp_path: Path, at_s: float) -> None:
    with pytest.raises(InputError, match="--at: expected 0 to 12 s"):
        view([str(recording)], out=tmp_path / "picture.png", at_s=at_s, size="640x360")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"RRF2", b"something else entirely"])
def test_a_damaged_recording_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "recording.rrd"
    file.write_bytes(content)
    with pytest.raises(InputError, match="expected a recording of dyad"):
        viewer.length_s(file)
