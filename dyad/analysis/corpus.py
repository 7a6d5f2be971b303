"""Many conversations: measured on all cores, resumable, into one table, with a summary of all together."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dyad.analysis.chunk_files import ChunkFolder
from dyad.analysis.findings import Settings
from dyad.analysis.inputs import Inputs
from dyad.analysis.jobs import PAIRINGS, Chunk, Job, chunks_of, jobs_of, measure_chunk
from dyad.analysis.outputs import FAILURES_FILE, REPORT_FILE, SUMMARY_FILE, TABLE_FILE, as_json, check_output
from dyad.analysis.pooled import Samples, pooled
from dyad.analysis.reading import Reading
from dyad.analysis.summary import summary_of
from dyad.analysis.table import SCHEMA
from dyad.errors import InputError
from dyad.output_folder import as_input_error, replaced_folder

BACKENDS = ("ray", "inline")
_FAILURE_COLUMNS = ("conversation", "reason")


@dataclass(frozen=True, kw_only=True, eq=False)
class CorpusResult:
    """What a run did.

    Args:
        folder: what was written.
        summary: contents of ``summary.json``.
        failures: conversation and reason.
        kept: conversations that an earlier run had measured.
    """

    folder: Path
    summary: Mapping[str, Any]
    failures: Sequence[tuple[str, str]]
    kept: int


def analyse_corpus(
    inputs: Inputs,
    out: str | Path,
    *,
    settings: Settings | None = None,
    reading: Reading | None = None,
    pairs: bool = False,
    replace: bool = False,
    backend: str = "ray",
    address: str | None = None,
    on_done: Callable[[int, int], None] | None = None,
) -> CorpusResult:
    """Measure every conversation and write ``turn_taking.parquet``, ``failures.csv``, ``summary.json`` and ``report.html``.

    A conversation that cannot be measured is listed, and the rest is finished. Finished chunks wait in a hidden folder beside ``out`` until
    all are done: a run that was stopped goes on there, and gives the same files to the byte as one that was not.

    Args:
        inputs: of ``find_inputs``.
        out: folder; absent, empty, or an earlier analysis with ``replace``.
        settings: how conversations are measured.
        reading: how their files are read.
        pairs: also measure pairs who never met, A of each conversation with B of another.
        replace: whether an earlier analysis is replaced.
        backend: ``ray`` (all cores) or ``inline`` (this process).
        address: Ray cluster to join; a private one if None.
        on_done: called with the number of conversations done and of all.

    Raises:
        InputError: settings that cannot work, a folder that is not ours to write, or not one conversation that can be measured.
    """
    settings, reading = settings or Settings(), reading or Reading()
    if backend not in BACKENDS:
        raise InputError("--backend", expected=" or ".join(BACKENDS), got=repr(backend), cure="Choose one of these.")
    path = check_output(out, replace=replace)
    chunks = chunks_of(jobs_of(inputs.items, pairs=pairs, seed=settings.seed))
    about = {"settings": settings.plain(), "reading": {name: str(value) for name, value in asdict(reading).items()}, "pairs": pairs}
    kept = ChunkFolder(path, jobs=[job for chunk in chunks for job in chunk], about=about)
    there = _measure_missing(chunks, kept, settings=settings, reading=reading, backend=backend, address=address, on_done=on_done)
    loaded = [kept.load(index) for index in range(len(chunks))]
    failures = [failure for chunk in loaded for failure in chunk.failures]
    if not any(len(table) for chunk in loaded for table in chunk.tables):
        kept.remove()
        name, why = failures[0]
        got = f"{len(failures)} that cannot be measured, first {name}"
        raise InputError("corpus", expected="a conversation that can be measured", got=got, cure=why)
    samples = {pairing: pooled([chunk.samples[pairing] for chunk in loaded]) for pairing in PAIRINGS}
    with replaced_folder(path) as folder:
        table = _write_table(folder / TABLE_FILE, loaded)
        summary = summary_of(table, samples, settings=settings.plain(), given=len(inputs.items), passed_over=inputs.passed_over)
        _write_failures(folder / FAILURES_FILE, failures)
        (folder / SUMMARY_FILE).write_text(as_json(summary), encoding="utf-8")
        (folder / REPORT_FILE).write_text(_report(path.name, summary, samples, failures), encoding="utf-8")
    kept.remove()
    return CorpusResult(folder=path, summary=summary, failures=failures, kept=there)


def _measure_missing(
    chunks: Sequence[tuple[Job, ...]],
    kept: ChunkFolder,
    *,
    settings: Settings,
    reading: Reading,
    backend: str,
    address: str | None,
    on_done: Callable[[int, int], None] | None,
) -> int:
    """Measure the chunks that are not there; returns how many conversations were."""
    missing = [index for index in range(len(chunks)) if not kept.has(index)]
    total = sum(map(len, chunks))
    done = there = total - sum(len(chunks[index]) for index in missing)
    work = partial(measure_chunk, settings=settings, reading=reading)
    try:
        for place, chunk in _results(work, [chunks[index] for index in missing], backend=backend, address=address):
            kept.save(missing[place], chunk)
            done += len(chunks[missing[place]])
            if on_done is not None:
                on_done(done, total)
    except OSError as error:
        raise as_input_error(error, kept.path) from error
    return there


def _results(
    work: Callable[[tuple[Job, ...]], Chunk], chunks: Sequence[tuple[Job, ...]], *, backend: str, address: str | None
) -> Iterator[tuple[int, Chunk]]:
    if not chunks:
        return
    if backend == "inline":
        yield from enumerate(map(work, chunks))
        return
    from dyad.cluster import parallel_map  # ray takes a third of a second to import

    yield from parallel_map(work, chunks, address=address)


def _write_table(path: Path, chunks: Sequence[Chunk]) -> pa.Table:
    table = pa.concat_tables([SCHEMA.empty_table(), *(chunk.table for chunk in chunks)])
    pq.write_table(table, path, compression="zstd")
    return table


def _write_failures(path: Path, failures: Sequence[tuple[str, str]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(_FAILURE_COLUMNS)
        rows.writerows(failures)


def _report(name: str, summary: Mapping[str, Any], samples: Mapping[str, Samples], failures: Sequence[tuple[str, str]]) -> str:
    from dyad.analysis.corpus_report import corpus_report  # matplotlib takes a third of a second to import

    return corpus_report(name, summary, samples, failures)
