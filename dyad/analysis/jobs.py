"""A corpus as pieces of work: a conversation each, handed out in chunks that do not depend on how many cores there are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dyad.analysis.activity import Activity
from dyad.analysis.findings import Settings, measure_talk
from dyad.analysis.inputs import Item
from dyad.analysis.pooled import pooled, samples_of
from dyad.analysis.reading import Reading, read_talk
from dyad.analysis.source import Source
from dyad.analysis.table import SCHEMA, table_of
from dyad.analysis.talk import Motions, Talk, pseudo_dyad
from dyad.errors import DyadError, InputError
from dyad.recording import MOTION_FILE, motion_from_arrays
from dyad.seat import Seat

PAIRINGS = ("real", "pseudo")
CHUNK = 24
MOST_OTHERS = 10
"""Other conversations beside each one for pseudo-dyads of synchrony: each gives two pairs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """One conversation to be measured.

    Args:
        item: what it is read from.
        stranger: another, whose B is put beside its A; None for none.
        others: recordings whose motion makes pseudo-dyads for the measures of synchrony.
    """

    item: Item
    stranger: Item | None = None
    others: tuple[Path, ...] = ()


@dataclass(kw_only=True)
class Chunk:
    """What comes of some jobs.

    Args:
        tables: rows of each conversation.
        samples: lengths by pairing and kind, microseconds, of all conversations together.
        failures: conversation and what was wrong with it.
    """

    tables: list[pa.Table] = field(default_factory=list)
    samples: dict[str, dict[str, npt.NDArray[np.int64]]] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def table(self) -> pa.Table:
        """All rows."""
        return pa.concat_tables([SCHEMA.empty_table(), *self.tables]).combine_chunks()


def jobs_of(items: Sequence[Item], *, pairs: bool, seed: int) -> list[Job]:
    """A job for each conversation; with pairs, each with a stranger drawn so that everybody's B is used once.

    Raises:
        InputError: pairs of a single conversation.
    """
    if not pairs:
        return [Job(item=item) for item in items]
    if len(items) < 2:
        raise InputError("--pairs", expected="two conversations or more", got="one", cure="Leave it out: synchrony has shifts to stand by.")
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(items))
    follower = dict(zip(order.tolist(), np.roll(order, -1).tolist(), strict=True))
    recordings = [item.recording if isinstance(item, Source) else None for item in items]
    jobs = []
    for index, item in enumerate(items):
        known = [place for place, folder in enumerate(recordings) if folder is not None and place != index]
        chosen = sorted(draw.permutation(known)[:MOST_OTHERS].tolist()) if recordings[index] is not None else []
        others = tuple(folder for place in chosen if (folder := recordings[place]) is not None)
        jobs.append(Job(item=item, stranger=items[follower[index]], others=others))
    return jobs


def chunks_of(jobs: Sequence[Job]) -> list[tuple[Job, ...]]:
    """The same, a few at a time; conversations that take seconds to read go one by one."""
    quick = all(isinstance(job.item, Activity) or not job.item.is_slow for job in jobs)
    size = CHUNK if quick else 1
    return [tuple(jobs[start : start + size]) for start in range(0, len(jobs), size)]


def measure_chunk(jobs: Sequence[Job], *, settings: Settings, reading: Reading) -> Chunk:
    """Measure some conversations; one that cannot be measured is listed, and the others go on."""
    chunk = Chunk()
    found: dict[str, list[dict[str, npt.NDArray[np.int64]]]] = {pairing: [] for pairing in PAIRINGS}
    for job in jobs:
        with _listed(chunk, job.item.id):
            talk = read_talk(job.item, reading=reading)
            _measure(talk, "real", chunk, found, settings=settings, others=[_motion(folder) for folder in job.others])
        if job.stranger is not None:
            with _listed(chunk, f"{job.item.id} A + {job.stranger.id} B"):
                met = pseudo_dyad(read_talk(job.item, reading=reading), read_talk(job.stranger, reading=reading))
                _measure(met, "pseudo", chunk, found, settings=settings)
    chunk.samples = {pairing: pooled(samples) for pairing, samples in found.items()}
    return chunk


@contextmanager
def _listed(chunk: Chunk, name: str) -> Iterator[None]:
    """Note what is wrong with a conversation, and go on."""
    try:
        yield
    except DyadError as error:
        chunk.failures.append((name, str(error)))
    except Exception as error:  # whatever is wrong with one conversation must not end the work on thousands
        chunk.failures.append((name, f"unexpected {type(error).__name__}: {error}"))


def _measure(
    talk: Talk,
    pairing: str,
    chunk: Chunk,
    found: dict[str, list[dict[str, npt.NDArray[np.int64]]]],
    *,
    settings: Settings,
    others: Sequence[Motions] = (),
) -> None:
    findings = measure_talk(talk, settings, others=others)
    table = table_of(talk.id, findings.measures, pairing=pairing, duration_s=talk.intervals.duration_s)
    chunk.tables.append(table)
    found[pairing].append(samples_of(findings.analysis))


@lru_cache(maxsize=2 * MOST_OTHERS)
def _motion(folder: Path) -> Motions:
    """The motion of a recording alone: its sound takes longer to read than all else."""
    try:
        with np.load(folder / MOTION_FILE, allow_pickle=False) as arrays:
            return motion_from_arrays(Seat.A, arrays), motion_from_arrays(Seat.B, arrays)
    except Exception as error:  # numpy and zipfile, given a damaged file, each raise a family of their own
        raise InputError(str(folder), expected="a complete dyad recording", got=str(error), cure="Run the simulation again.") from error
