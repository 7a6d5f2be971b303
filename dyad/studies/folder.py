"""The folder of a study, and the blocks it keeps while it is not complete.

While a study runs, each finished block is a small file in a hidden folder beside the place of the results, so that a study that was stopped
goes on where it was. The results themselves appear all at once.
"""

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from dyad.errors import InputError
from dyad.output_files import placed_files
from dyad.output_folder import as_input_error
from dyad.studies.blocks import Result

OWN_MARK = "dyad study"  # value of "kind" in manifest.json
MANIFEST, RESULTS = "manifest.json", "results.csv"
_COLUMNS = tuple(column.name for column in fields(Result))
Block = tuple[int, int]


def check_study_folder(out: str | Path) -> Path:
    """The absolute path of a folder that a study may be written to: new, empty, or an earlier study.

    Raises:
        InputError: the path is a file, or a folder with something else in it.
    """
    folder = Path(out).expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not _manifest(folder))):
        got = "a folder with other contents" if folder.is_dir() else "a file"
        raise InputError(str(folder), expected="a new or empty folder, or an earlier study", got=got, cure="Give another --out.")
    return folder


class BlockStore:
    """Finished blocks of one study.

    Args:
        out: folder of the results.
        digest: of what decides the figures; blocks of another digest are thrown away.

    Raises:
        InputError: the disk cannot be written.
    """

    def __init__(self, out: Path, *, digest: str) -> None:
        """Open, or begin."""
        self._folder = out.with_name(f".{out.name}.blocks")
        mark = self._folder / "digest"
        try:
            if self._folder.exists() and (not mark.is_file() or mark.read_text(encoding="utf-8") != digest):
                shutil.rmtree(self._folder)
            self._folder.mkdir(parents=True, exist_ok=True)
            mark.write_text(digest, encoding="utf-8")
        except OSError as error:
            raise as_input_error(error, out) from error

    def read(self, block: Block) -> list[Result] | None:
        """The results of a block; None where it is not finished."""
        path = self._file(block)
        if not path.is_file():
            return None
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return [Result(**row) for row in rows]

    def write(self, block: Block, results: Sequence[Result]) -> None:
        """Keep a finished block; raises InputError where the disk cannot be written."""
        with placed_files([self._file(block)], replace=True) as (path,):
            path.write_text(json.dumps([asdict(result) for result in results]), encoding="utf-8")

    def remove(self) -> None:
        """Throw the blocks away: the study is complete."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, block: Block) -> Path:
        return self._folder / f"{block[0]:05d}-{block[1]:05d}.json"


def complete_results(out: Path, *, digest: str) -> list[Result] | None:
    """The results of a study that is complete and has this digest; None where there is none."""
    if _manifest(out).get("digest") != digest or not (out / RESULTS).is_file():
        return None
    with open(out / RESULTS, newline="", encoding="utf-8") as file:
        return [
            Result(**{**row, "seed": int(row["seed"]), "value": float(row["value"]) if row["value"] else None})  # type: ignore[arg-type]
            for row in csv.DictReader(file)
        ]


def write_results(results: Sequence[Result], folder: Path) -> None:
    """``results.csv`` and ``results.parquet``: one row for each conversation, condition, seed, seat and measure."""
    import pyarrow
    import pyarrow.parquet

    rows: list[Mapping[str, Any]] = [asdict(result) for result in results]
    with open(folder / RESULTS, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    types = {"seed": pyarrow.int64(), "value": pyarrow.float64()}
    schema = pyarrow.schema([(name, types.get(name, pyarrow.string())) for name in _COLUMNS])
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), folder / "results.parquet")


def _manifest(folder: Path) -> dict[str, Any]:
    """Of a study; empty where there is none of ours."""
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return content if content.get("kind") == OWN_MARK else {}
    except (OSError, ValueError, AttributeError):
        return {}
