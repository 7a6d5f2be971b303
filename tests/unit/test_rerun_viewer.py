"""Errors a user meets on the way to the viewer; the viewer itself is started in the integration tests."""

import sys
from pathlib import Path

import pytest

from dyad.errors import InputError
from dyad.sinks import viewer


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
def test_without_vulkan_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VK_ICD_FILENAMES", "VK_DRIVER_FILES"):
        monkeypatch.setenv(name, "/nonexistent.json")
    (tmp_path / "recording.rrd").write_bytes(b"RRF2")
    with pytest.raises(InputError, match="mesa-vulkan-drivers"):
        viewer.save_picture(tmp_path, tmp_path / "picture.png", at_s=0.0)
