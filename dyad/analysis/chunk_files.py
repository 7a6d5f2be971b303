"""Finished chunks on disk, so that a run that was stopped goes on where it was."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from dyad.analysis.activity import Activity
from dyad.analysis.inputs import Item
from dyad.analysis.jobs import PAIRINGS, Chunk, Job
from dyad.analysis.pooled import POOLED

_TABLE, _SAMPLES, _FAILURES = "rows.parquet", "samples.npz", "failures.json"


class ChunkFolder:
    """A hidden folder beside the output, named after what is done to what: other inputs or settings never meet its chunks.

    Args:
        out: the folder that is to be written in the end.
        jobs: all of them.
        about: settings, as plain values.
    """

    def __init__(self, out: Path, *, jobs: Sequence[Job], about: dict[str, Any]) -> None:
        """Name it; nothing is written yet."""
        self.path = out.parent / f".{out.name}-{_digest(jobs, about)}.unfinished"

    def has(self, index: int) -> bool:
        """Whether a chunk is there."""
        return self._place(index).is_dir()

    def save(self, index: int, chunk: Chunk) -> None:
        """Write a chunk: all of it or nothing."""
        self.path.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".chunk-", dir=self.path))
        try:
            pq.write_table(chunk.table, partial / _TABLE)
            flat = {f"{pairing}-{kind}": chunk.samples[pairing][kind] for pairing in PAIRINGS for kind in POOLED}
            np.savez(partial / _SAMPLES, **flat)  # type: ignore[arg-type]
            (partial / _FAILURES).write_text(json.dumps(chunk.failures), encoding="utf-8")
            partial.rename(self._place(index))
        except OSError:
            shutil.rmtree(partial, ignore_errors=True)
            raise

    def load(self, index: int) -> Chunk:
        """Read a chunk."""
        place = self._place(index)
        with np.load(place / _SAMPLES, allow_pickle=False) as arrays:
            samples = {pairing: {kind: arrays[f"{pairing}-{kind}"] for kind in POOLED} for pairing in PAIRINGS}
        failures = [(name, why) for name, why in json.loads((place / _FAILURES).read_text(encoding="utf-8"))]
        return Chunk(tables=[pq.read_table(place / _TABLE)], samples=samples, failures=failures)

    def remove(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _place(self, index: int) -> Path:
        return self.path / f"chunk-{index:06d}"


def _digest(jobs: Iterable[Job], about: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for job in jobs:
        for item in (job.item, job.stranger):
            if item is not None:
                _add(item, digest)
        digest.update(repr(job.others).encode())
    return digest.hexdigest()[:12]


def _add(item: Item, digest: "hashlib._Hash") -> None:
    digest.update(repr(item.id).encode())
    if isinstance(item, Activity):
        digest.update(item.spans.tobytes() + item.speakers.tobytes() + repr((item.table, item.duration_s)).encode())
        return
    motion = () if item.recording is None else tuple(sorted(item.recording.iterdir()))
    for path in (*motion, *([item.annotation] if item.annotation else []), *item.sound):
        found = path.stat()
        digest.update(repr((str(path.absolute()), found.st_size, found.st_mtime_ns)).encode())
