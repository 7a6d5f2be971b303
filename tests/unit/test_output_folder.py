"""Output folders are complete or absent, and what stood there before is safe."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dyad.errors import InputError
from dyad.output_folder import check_target, output_folder
from dyad.recording import Recording
from tests import scenes

FULL = r"expected room for the output; got a full disk\. Free some space or give another --out"


def everything(folder: Path) -> list[str]:
    """All there is, hidden things too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_what_was_written_takes_the_target_s_place(tmp_path: Path) -> None:
    with output_folder(tmp_path / "new" / "out") as folder:
        (folder / "file.txt").write_text("here")
        assert not (tmp_path / "new" / "out").exists()  # until it is complete
    assert everything(tmp_path) == ["new", "new/out", "new/out/file.txt"]
    mask = os.umask(0o022)
    os.umask(mask)
    assert (tmp_path / "new" / "out").stat().st_mode & 0o777 == 0o777 & ~mask


def fail_within(target: Path, error: BaseException) -> None:
    with output_folder(target) as folder:
        scenes.recording(frames=75).save(folder)
        raise error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, InputError])
def test_nothing_is_left_after_an_error(error: type[BaseException], tmp_path: Path) -> None:
    raised = InputError("x", expected="y", got="z", cure="w") if error is InputError else error("stop")
    with pytest.raises(error):
        fail_within(tmp_path / "new" / "deep" / "out", raised)
    assert everything(tmp_path) == []


def test_an_empty_folder_and_an_earlier_recording_are_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    with output_folder(target) as folder:
        scenes.recording().save(folder)
    (target / "recording.rrd").write_text("of the earlier run")
    with output_folder(target) as folder:
        scenes.recording(frames=75).save(folder)
    assert Recording.load(target).frames == 75
    assert not (target / "recording.rrd").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_recording_outlives_a_failed_run(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with output_folder(target) as folder:
        scenes.recording().save(folder)
    before = everything(tmp_path)
    with pytest.raises(RuntimeError):
        fail_within(target, RuntimeError())
    assert everything(tmp_path) == before
    assert Recording.load(target).frames == 50


def test_an_earlier_recording_outlives_a_failed_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    with output_folder(target) as folder:
        scenes.recording().save(folder)
    before = everything(tmp_path)
    rename = Path.rename

    def refuse(self: Path, to: Path) -> Path:
        if self.suffix == ".partial":
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(InputError, match="got Input/output error"), output_folder(target):
        pass
    assert everything(tmp_path) == before


def test_folders_of_others_are_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("precious")
    with pytest.raises(InputError, match="a new or empty folder, or an earlier dyad recording; got a folder with other contents"):
        check_target(tmp_path)
    (tmp_path / "manifest.json").write_text('{"kind": "web app"}')
    with pytest.raises(InputError, match="dyad does not write into folders it did not make"), output_folder(tmp_path):
        pytest.fail("entered")
    assert everything(tmp_path) == ["manifest.json", "photo.jpg"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="expected a folder for the output; got a file"):
        check_target(tmp_path / "out")
    with pytest.raises(InputError, match="an output that can be written"), output_folder(tmp_path / "out" / "x"):
        pytest.fail("entered")
    with pytest.raises(InputError, match="File name too long"):
        check_target(tmp_path / ("x" * 300))


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "large" / "demo")
    for frames in (50, 75):
        with output_folder(tmp_path / "out") as folder:
            scenes.recording(frames=frames).save(folder)
    assert (tmp_path / "out").is_symlink()
    assert Recording.load(tmp_path / "large" / "demo").frames == 75
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(InputError, match="an output that can be written"):
        check_target(tmp_path / "circle")


def test_the_working_directory_may_be_the_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert check_target(".") == tmp_path / "here"
    assert check_target("sub/../out") == tmp_path / "here" / "out"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_called_so(code: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=FULL), output_folder(tmp_path / "out"):
        raise OSError(code, "whatever the system says")
    assert everything(tmp_path) == []


LIMITED = """
import resource, sys
from tests import scenes
from dyad.errors import InputError
from dyad.output_folder import output_folder
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
try:
    with output_folder(sys.argv[2]) as folder:
        scenes.recording(frames=200).save(folder)
except InputError as error:
    print(error)
"""


@pytest.mark.integration
@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs limits on the size of files")
@pytest.mark.parametrize("room", [1_000, 300_000])  # ends within motion.npz; within audio.flac, whose library names no reason
def test_a_file_that_cannot_grow_is_a_full_disk(room: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(room), str(tmp_path / "out")]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert "got a full disk" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr
    assert everything(tmp_path) == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB, where we may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True, check=False)
    if mount.returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_fills_up(tiny_disk: Path) -> None:
    with pytest.raises(InputError, match=FULL), output_folder(tiny_disk / "out") as folder:
        scenes.recording(frames=200).save(folder)
    assert everything(tiny_disk) == []


def test_a_disk_itself_cannot_be_replaced(tiny_disk: Path) -> None:
    with pytest.raises(InputError, match="busy"), output_folder(tiny_disk) as folder:
        (folder / "file.txt").write_text("here")
    assert everything(tiny_disk.parent) == ["disk"]
