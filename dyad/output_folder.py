"""Output folders that are complete or absent: written beside under a temporary name, then moved into place."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dyad.errors import InputError
from dyad.recording import read_manifest


def check_target(target: str | Path) -> Path:
    """The absolute path of a folder that may be written: absent, empty, or an earlier recording of ours (which will be replaced).

    Links are followed, so that a link to a larger disk stays one.

    Raises:
        InputError: the path is a file, a folder that holds something else, or cannot be looked at.
    """
    path = Path(target).expanduser().absolute()
    try:
        path = path.resolve()
        kind = "absent" if not path.exists() else "file" if not path.is_dir() else "contents" if any(path.iterdir()) else "empty"
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise as_input_error(error, path) from error
    if kind == "file":
        raise InputError(str(path), expected="a folder for the output", got="a file", cure="Give another --out.")
    if kind == "contents":
        try:
            read_manifest(path)
        except InputError:
            raise InputError(
                str(path),
                expected="a new or empty folder, or an earlier dyad recording",
                got="a folder with other contents",
                cure="Give another --out; dyad does not write into folders it did not make.",
            ) from None
    return path


@contextmanager
def output_folder(target: str | Path) -> Iterator[Path]:
    """Yield a temporary folder beside the target; on success it takes the target's place, on any error it is removed.

    Raises:
        InputError: the target is not ours to write, or the disk is full.
    """
    with replaced_folder(check_target(target)) as partial:
        yield partial


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """As ``output_folder``, for a path that the caller has checked, or made itself.

    Raises:
        InputError: the disk is full, or the folder cannot be written.
    """
    new_parents = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".partial", dir=path.parent))
    except OSError as error:
        _remove_empty(new_parents)
        raise as_input_error(error, path) from error
    try:
        yield partial
        partial.chmod(0o777 & ~umask())  # mkdtemp makes folders private; the result should be as any other
        _swap(partial, path)
    except OSError as error:
        raise as_input_error(error, path) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        _remove_empty(new_parents)


def as_input_error(error: OSError | RuntimeError, path: Path) -> InputError:
    """What a failed write means to a user."""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return InputError(str(path), expected="room for the output", got="a full disk", cure="Free some space or give another --out.")
    got = getattr(error, "strerror", None) or str(error)
    return InputError(str(path), expected="an output that can be written", got=got, cure="Give another --out.")


def umask() -> int:
    """What the user keeps from others in new files and folders; there is no way to ask but to set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _swap(partial: Path, path: Path) -> None:
    """Move into place; an earlier recording is moved aside first, so that at no moment half of each stands there."""
    if not path.exists():
        partial.rename(path)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".old", dir=path.parent))
    try:
        earlier = path.rename(aside / path.name)
        try:
            partial.rename(path)
        except OSError:
            earlier.rename(path)
            raise
    except OSError:
        _remove_empty([aside])
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove those that are empty, innermost first."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
