"""Output folders that are complete or absent: written beside under a temporary name, then moved into place."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dyad.errors import InputError
from dyad.recording import read_manifest


def check_target(target: str | Path) -> Path:
    """The absolute path of a folder that may be written: absent, empty, or an earlier recording of ours (which will be replaced).

    Raises:
        InputError: the path is a file, or a folder that holds something else.
    """
    path = Path(target).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise InputError(str(path), expected="a folder for the output", got="a file", cure="Give another --out.")
    if path.is_dir() and any(path.iterdir()):
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
    path = check_target(target)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".partial", dir=path.parent))
    except OSError as error:
        raise as_input_error(error, path) from error
    try:
        yield partial
        partial.chmod(0o777 & ~_umask())  # mkdtemp makes folders private; the result should be as any other
        _swap(partial, path)
    except OSError as error:
        raise as_input_error(error, path) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def as_input_error(error: OSError, path: Path) -> InputError:
    """What a failed write means to a user."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return InputError(str(path), expected="room for the output", got="a full disk", cure="Free some space or give another --out.")
    return InputError(str(path), expected="a folder that can be written", got=error.strerror or str(error), cure="Give another --out.")


def _swap(partial: Path, path: Path) -> None:
    """Move into place; an earlier recording is moved aside first, so that at no moment half of each stands there."""
    if not path.exists():
        partial.rename(path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".old", dir=path.parent))
    path.rename(old / path.name)
    partial.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
