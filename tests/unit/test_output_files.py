"""Files that are complete or absent."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from dyad.errors import InputError
from dyad.output_files import placed_files


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _targets(folder: Path) -> list[Path]:
    return [folder / "a.csv", folder / "a.csv.about.json"]


def _fill(paths: list[Path]) -> None:
    for path in paths:
        path.write_text("new")


def test_files_appear_together(tmp_path: Path) -> None:
    with placed_files(_targets(tmp_path / "deep" / "er"), replace=False) as paths:
        _fill(paths)
        assert not (tmp_path / "deep" / "er" / "a.csv").exists()
    assert _names(tmp_path / "deep" / "er") == ["a.csv", "a.csv.about.json"]


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_files_are_as_private_as_the_user_wants_them(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        with placed_files([tmp_path / "x.safetensors"], replace=False) as (partial,):
            save_file({"x": np.zeros(1)}, partial)  # which makes them private
    finally:
        os.umask(before)
    assert (tmp_path / "x.safetensors").stat().st_mode & 0o777 == 0o666 & ~mask


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "a.csv.about.json").write_text("old")
    with (
        pytest.raises(InputError, match=r"a\.csv\.about\.json: expected a new file; got one that exists\. .+--force"),
        placed_files(_targets(tmp_path), replace=False),
    ):
        raise AssertionError("never entered")
    assert _names(tmp_path) == ["a.csv.about.json"]
    with placed_files(_targets(tmp_path), replace=True) as paths:
        _fill(paths)
    assert (tmp_path / "a.csv.about.json").read_text() == "new"
    assert _names(tmp_path) == ["a.csv", "a.csv.about.json"]


def test_a_file_that_came_meanwhile_is_kept(tmp_path: Path) -> None:
    def write() -> None:
        with placed_files(_targets(tmp_path), replace=False) as paths:
            _fill(paths)
            (tmp_path / "a.csv").write_text("theirs")

    with pytest.raises(InputError, match="got one that exists"):
        write()
    assert _names(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "theirs"


@pytest.mark.parametrize("error", [RuntimeError("broken"), OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_error_leaves_nothing_and_keeps_what_was(error: BaseException, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")

    def write() -> None:
        with placed_files([tmp_path / "a.csv", tmp_path / "new" / "x"][:1], replace=True) as paths:
            _fill(paths)
            raise error

    with pytest.raises(InputError if isinstance(error, OSError) else type(error)):
        write()
    assert _names(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


def test_folders_made_for_a_failed_export_go_again(tmp_path: Path) -> None:
    def write() -> None:
        with placed_files(_targets(tmp_path / "deep" / "er"), replace=False):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert not _names(tmp_path)


def test_a_move_that_fails_halfway_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(_targets(tmp_path))
    plain: Callable[[Path, Path], Path] = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.parent.name.endswith(".partial") and self.name == "a.csv.about.json":
            raise OSError(5, "Input/output error")
        return plain(self, target)

    def write() -> None:
        with placed_files(_targets(tmp_path), replace=True) as paths:
            for path in paths:
                path.write_text("newer")
            monkeypatch.setattr(Path, "rename", rename)

    with pytest.raises(InputError, match="an output that can be written; got Input/output error"):
        write()
    assert [path.read_text() for path in _targets(tmp_path)] == ["new", "new"]
    assert _names(tmp_path) == ["a.csv", "a.csv.about.json"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(InputError, match="expected a file to write; got a folder"), placed_files(_targets(tmp_path), replace=True):
        raise AssertionError("never entered")
