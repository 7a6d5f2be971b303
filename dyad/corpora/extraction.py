"""Features of all voices of a corpus, by Ray Data: each file goes to one of several workers, which keep the encoder."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import ray
import ray.data
from ray.exceptions import RayError

from dyad.audio import SAMPLE_RATE_HZ, read_source
from dyad.cluster import connected, first_line
from dyad.corpora.feature_cache import FeatureCache, write_features
from dyad.corpora.front_end import FeatureMaker, FrontEnd
from dyad.corpora.voices import VoiceFile
from dyad.errors import InputError

MOST_BLOCKS = 1000
"""Files are handed out one by one up to so many, in handfuls beyond: a block costs Ray Data some milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """What a run did.

    Args:
        made: sound files whose features were computed.
        kept: those that had them already.
        failed: by file, what was wrong with it.
    """

    made: int
    kept: int
    failed: dict[str, str]


def _make(row: dict[str, Any], *, front_end: Any, half: bool) -> dict[str, Any]:
    """One sound file in, one feature file written, one row out: where a worker dies, Ray does it again in another.

    Args:
        row: ``sound`` and ``target``, paths; ``samples``, as many as are heard.
        front_end: reference to a ``FrontEnd`` in Ray's store.
        half: as 16-bit floats.
    """
    sound = row["sound"]
    try:
        channels = read_source(sound, sample_rate_hz=SAMPLE_RATE_HZ, may_be_silent=True).samples
        write_features(Path(row["target"]), _maker(front_end).rows(channels[:, : row["samples"]]), half=half)
    except InputError as error:
        return {"sound": sound, "error": str(error)}
    return {"sound": sound, "error": ""}


@lru_cache(maxsize=1)
def _maker(front_end: Any) -> FeatureMaker:
    """Built once in each worker process."""
    return FeatureMaker(ray.get(front_end))


def extract_features(
    voices: Sequence[VoiceFile],
    *,
    front_end: FrontEnd,
    cache: FeatureCache,
    workers: int | None = None,
    address: str | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> Extracted:
    """Compute the features of voices that have none yet. A run that was stopped goes on where it was.

    Args:
        voices: their files; where the cluster has several machines, on a disk that all of them see.
        front_end: of ``read_front_end``.
        cache: where to keep them.
        workers: files at once, a core each; all cores of the cluster if None.
        address: Ray cluster to join; a private one if None.
        on_file: called with the number of files done and of all.

    Raises:
        InputError: the cache cannot be written, or the cluster cannot be reached or breaks down.
    """
    if workers is not None and workers < 1:
        raise InputError("--workers", expected="1 or more", got=f"{workers}", cure="Leave it out for all cores.")
    cache.describe({"encoder": front_end.name, "settings": dict(front_end.settings)})
    targets = {cache.path_of(voice): voice for voice in voices}  # two copies of one file have the same features
    wanted = {target: voice for target, voice in targets.items() if not target.is_file()}
    kept, failed = len(voices) - len(wanted), {}
    done = kept
    if on_file is not None:
        on_file(done, len(voices))
    if wanted:
        rows = [
            {"sound": str(voice.sound.absolute()), "samples": voice.samples, "target": str(target.absolute())}
            for target, voice in wanted.items()
        ]
        with _quiet(), connected(address):
            for row in _run(rows, front_end, half=cache.half, workers=workers):
                done += 1
                if row["error"]:
                    failed[row["sound"]] = row["error"]
                if on_file is not None:
                    on_file(done, len(voices))
    return Extracted(made=len(wanted) - len(failed), kept=kept, failed=failed)


def _run(rows: list[dict[str, Any]], front_end: FrontEnd, *, half: bool, workers: int | None) -> Iterator[dict[str, Any]]:
    """Rows of files as they are done, in any order."""
    try:
        make = partial(_make, front_end=ray.put(front_end), half=half)
        data = ray.data.from_items(rows, override_num_blocks=min(len(rows), MOST_BLOCKS))
        yield from data.map(make, num_cpus=1, concurrency=workers).iter_rows()
    except RayError as error:
        cure = "Run the same command again: what is done is kept."
        raise InputError("feature extraction", expected="workers that stay alive", got=first_line(error), cure=cure) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Ray Data's own bars and reports would stand between ours."""
    context = ray.data.DataContext.get_current()
    bars, context.enable_progress_bars = context.enable_progress_bars, False
    logger = logging.getLogger("ray.data")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        context.enable_progress_bars = bars
        logger.setLevel(level)
