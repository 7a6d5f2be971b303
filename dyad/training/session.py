"""A training from start to end, as each worker runs it; knows nothing of Ray."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dyad.datasets.dualtalk import DualTalk as DualTalkCorpus
from dyad.datasets.simulated import MANIFEST as SIMULATED
from dyad.seat import Seat
from dyad.training.building import build_model, model_config
from dyad.training.checkpoints import load_last, save_best, save_last
from dyad.training.clips import ClipCache
from dyad.training.config import TrainConfig, as_plain
from dyad.training.data import Batch, Plan, Windows, batches
from dyad.training.features import CachedRows, find_rows
from dyad.training.logs import RunLog
from dyad.training.loop import Learner, Wrap
from dyad.training.scaling import Scaled
from dyad.training.splitting import Split, split_windows, thinned
from dyad.training.statistics import MotionStatistics, measure_motion
from dyad.training.validation import Total, validate


def alone(values: Tensor) -> Tensor:
    """The sum over one worker."""
    return values


def _silent(values: dict[str, float]) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be trained.

    Args:
        config: settings.
        data: folder of the corpus.
        run: folder of the training, which exists; all workers must see both.
    """

    config: TrainConfig
    data: Path
    run: Path

    def corpus(self) -> DualTalkCorpus:
        """The corpus; raises InputError where there is none."""
        return DualTalkCorpus(self.data)

    def split(self, corpus: DualTalkCorpus) -> Split:
        """Its windows; raises InputError where there are too few."""
        return split_windows(corpus, self.config.data, splits=corpus.splits)

    def steps(self, split: Split) -> int:
        """Steps of the whole training."""
        wanted = math.ceil(self.config.epochs * len(split.train) / self.config.batch)
        return wanted if self.config.max_steps is None else min(wanted, self.config.max_steps)


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Where a worker stands among the others.

    Args:
        rank: its number.
        size: how many there are.
        device: to compute on.
        wrap: puts a model into what shares gradients between workers.
        total: sums over workers.
        report: told the values of each validation.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    wrap: Wrap | None = None
    total: Total = alone
    report: Callable[[dict[str, float]], None] = _silent


@dataclass(frozen=True, kw_only=True)
class Position:
    """How far a training has come.

    Args:
        done: steps.
        best_score: lowest score so far.
        best_step: steps that were done then.
        stale: validations since.
    """

    done: int = 0
    best_score: float = math.inf
    best_step: int = 0
    stale: int = 0

    def judged(self, score: float) -> "Position":
        """After a validation."""
        if score < self.best_score:
            return replace(self, best_score=score, best_step=self.done, stale=0)
        return replace(self, stale=self.stale + 1)


def train(job: Job, crew: Crew) -> Position:
    """Train until the steps are done or nothing gets better; goes on where the folder's last state stands, if there is one.

    Raises:
        InputError: data or settings that cannot be used, a loss that is not finite, or a full disk.
    """
    torch.set_num_threads(1)  # sums are split by the number of threads: one everywhere gives the same bits everywhere
    session = _Session(job, crew)
    try:
        return session.run()
    finally:
        session.close()


class _Stopwatch:
    """How fast windows are learnt from, without the validations in between."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._windows = 0
        self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()

    def count(self, windows: int) -> None:
        self._windows += windows

    @contextmanager
    def paused(self) -> Iterator[None]:
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        yield
        self._wall_s += time.perf_counter() - wall_s
        self._cpu_s += time.process_time() - cpu_s

    def speeds(self, *, workers: int) -> dict[str, float]:
        """Windows a second of all workers, and a second of processor time of this one; counts anew from here."""
        wall_s, cpu_s = time.perf_counter() - self._wall_s, time.process_time() - self._cpu_s
        speeds = {"windows_per_s": workers * self._windows / wall_s, "windows_per_cpu_s": self._windows / max(cpu_s, 1e-9)}
        self._start()
        return speeds


class _Session:
    """One worker's part."""

    def __init__(self, job: Job, crew: Crew) -> None:
        self.job, self.crew, self.config = job, crew, job.config
        corpus = job.corpus()
        split = job.split(corpus)
        data = self.config.data
        self.steps = job.steps(split)
        self.clips = ClipCache(corpus, megabytes=data.cache_mb)
        lengths = split.lengths if data.shift else None
        self.plan = Plan(windows=split.train, lengths=lengths, batch=self.config.batch, seed=self.config.seed)
        self.judged_by = thinned(split.validation, most=self.config.validation.windows)[crew.rank :: crew.size]
        self.every = self.config.validation.every_steps or max(1, round(self.plan.steps_an_epoch))
        last = load_last(job.run)
        self.position = Position() if last is None else Position(**last["position"])
        self.statistics = measure_motion(self.clips, split.train) if last is None else MotionStatistics.from_plain(last["statistics"])
        self.learner = self._learner(split)
        if last is not None:
            self.learner.restore(last)
        self.source = Windows(self.clips, level=data.level, rows=self._rows(split))
        self.log = RunLog(job.run, step=self.position.done) if crew.rank == 0 else None

    def _learner(self, split: Split) -> Learner:
        basis = self.clips.corpus.clip(split.train[0].id).motion[Seat.A].basis
        model = build_model(self.config, model_config(self.config, basis=basis))
        return Learner(
            Scaled(model, self.statistics if self.config.scaled else None),
            config=self.config,
            statistics=self.statistics,
            steps=self.steps,
            device=self.crew.device,
            rank=self.crew.rank,
            wrap=self.crew.wrap,
        )

    def _rows(self, split: Split) -> CachedRows | None:
        """Of the clips that are learnt from and judged by, if features are given."""
        if self.config.data.features is None:
            return None
        assert self.config.encoder is not None
        return find_rows(
            self.learner.scaled.model,
            cache=self.config.data.features,
            encoder=self.config.encoder,
            data=self.job.data,
            clips=[window.id for window in (*split.train, *self.judged_by)],
        )

    def run(self) -> Position:
        """Steps, and a validation now and then."""
        watch = _Stopwatch()
        for step, batch in zip(range(self.position.done, self.steps), self._batches(), strict=False):
            if self._stale():
                break
            values = self.learner.step(batch, step=step, epoch=self.plan.epoch(step))
            self.position = replace(self.position, done=step + 1)
            watch.count(len(batch))
            if (step + 1) % self.config.log_steps == 0:
                self._say("train", values | {"epoch": float(self.plan.epoch(step)), **watch.speeds(workers=self.crew.size)})
            if (step + 1) % self.every == 0 or step + 1 == self.steps:
                with watch.paused():
                    self._judge()
        return self.position

    def close(self) -> None:
        if self.log is not None:
            self.log.close()

    def _batches(self) -> Iterator[Batch]:
        own = (self.plan.step(step)[self.crew.rank :: self.crew.size] for step in count(self.position.done))
        return batches(self.source, own, loaders=self.config.data.loaders)

    def _stale(self) -> bool:
        patience = self.config.validation.patience
        return patience is not None and self.position.stale >= patience

    def _judge(self) -> None:
        size = max(1, self.config.batch // self.crew.size)
        values = validate(self.learner, self.source, self.judged_by, batch=size, total=self.crew.total)
        self.position = self.position.judged(values["score"])
        if self.crew.rank == 0:
            if self.position.best_step == self.position.done:
                save_best(self.job.run, self.learner.scaled.folded(), about=self._about(values))
            save_last(self.job.run, self._state())
            self._say("validation", values)
        self.crew.report({"step": float(self.position.done), **values})

    def _state(self) -> dict[str, Any]:
        return {"position": asdict(self.position), "statistics": self.statistics.plain(), **self.learner.state()}

    def _about(self, values: dict[str, float]) -> dict[str, Any]:
        """Where the weights come from; the same for every repetition."""
        return {
            "data": self.job.data.name,
            "simulated": (self.job.data / SIMULATED).is_file(),
            "seed": self.config.seed,
            "step": self.position.done,
            "windows_seen": self.position.done * self.config.batch,
            "validation": values,
            "settings": as_plain(self.config),
        }

    def _say(self, kind: str, values: dict[str, float]) -> None:
        if self.log is not None:
            self.log.write(kind, step=self.position.done, values=values)
