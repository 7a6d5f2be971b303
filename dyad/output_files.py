"""Files that are complete or absent: written in a hidden folder beside their place, then moved into it, all or none."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dyad.errors import InputError
from dyad.output_folder import as_input_error, umask


def check_targets(targets: Sequence[Path], *, replace: bool) -> None:
    """See that the files may be written, before any work is done.

    Raises:
        InputError: a folder stands there, or a file and ``replace`` is False.
    """
    for target in targets:
        if target.is_dir():
            raise InputError(str(target), expected="a file to write", got="a folder", cure="Give another --out.")
        if target.exists() and not replace:
            raise InputError(
                str(target), expected="a new file", got="one that exists", cure="Give another --out, or --force to replace it."
            )


@contextmanager
def placed_files(targets: Sequence[Path], *, replace: bool) -> Iterator[list[Path]]:
    """Yield a path to write for each target, all of which lie in one folder; on success they take their places.

    On any error nothing new is left, and files that stood there are as they were.

    Raises:
        InputError: as ``check_targets``, or the disk is full or cannot be written.
    """
    check_targets(targets, replace=replace)
    folder = targets[0].parent
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{targets[0].name}-", suffix=".partial", dir=folder) as scratch:
            partial = [Path(scratch) / target.name for target in targets]
            yield partial
            check_targets(targets, replace=replace)
            for path in partial:
                path.chmod(0o666 & ~umask())  # safetensors makes files private, which others of a shared cache could not read
            _move(partial, targets, aside=Path(scratch))
    except OSError as error:
        raise as_input_error(error, targets[0]) from error
    finally:
        for parent in made:
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()


def _move(partial: Sequence[Path], targets: Sequence[Path], *, aside: Path) -> None:
    """Move all files, or put back what stood there."""
    done: list[tuple[Path, Path | None]] = []
    try:
        for source, target in zip(partial, targets, strict=True):
            earlier = target.rename(aside / f"{target.name}.earlier") if target.exists() else None
            done.append((target, earlier))
            source.rename(target)
    except OSError:
        for target, earlier in done:
            target.unlink(missing_ok=True)
            if earlier is not None:
                earlier.rename(target)
        raise
