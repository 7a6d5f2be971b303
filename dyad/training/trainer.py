"""Training on Ray Train: one worker process or many, on this computer or a cluster, on CPUs or GPUs."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any

import ray
import torch
from ray.exceptions import RayError
from ray.train import RunConfig, ScalingConfig, TrainingFailedError, get_context, report
from ray.train.torch import TorchTrainer, get_device, prepare_model
from torch import Tensor, nn

from dyad.cluster import connect, first_line
from dyad.errors import DyadError, InputError
from dyad.training.session import Crew, Job, alone, train

START_TIMEOUT_S = 600  # for all workers to start; Ray's minute is too short where others use the machine
SCRATCH = ".ray"  # Ray's own notes on a run, within its folder


def train_on_ray(job: Job) -> None:
    """Train with ``TorchTrainer``; workers that die are started again and go on from the last state.

    All of a state that is needed to go on is dyad's (``dyad.training.checkpoints``), so that a training can move between backends and
    numbers of workers; Ray keeps none.

    Raises:
        InputError: no such cluster or too small a one, or what ``dyad.training.session.train`` raises.
    """
    config = job.config
    owns = connect(config.address)
    try:
        _check_room(config.workers, gpu=config.gpu)
        restarts = config.restarts
        while (failure := _attempt(job)) is not None:
            if restarts == 0:
                cure = f"Look for memory shortage; what was reached is in {job.run}: dyad train --resume goes on."
                raise InputError("training", expected="workers that stay alive", got=failure, cure=cure)
            restarts -= 1
    finally:
        shutil.rmtree(job.run / SCRATCH, ignore_errors=True)
        if owns:
            ray.shutdown()


def _attempt(job: Job) -> str | None:
    """One start of the workers; what they died of, or None."""
    config = job.config
    os.environ.setdefault("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", str(START_TIMEOUT_S))
    per_worker = {"CPU": 1.0, **({"GPU": 1.0} if config.gpu else {})}
    trainer = TorchTrainer(
        _work,
        train_loop_config={"job": job},
        scaling_config=ScalingConfig(num_workers=config.workers, use_gpu=config.gpu, resources_per_worker=per_worker),
        run_config=RunConfig(name=SCRATCH, storage_path=str(job.run)),
    )
    try:
        _aside(trainer.fit)
    except TrainingFailedError as error:
        causes = list(getattr(error, "worker_failures", {}).values())
        for cause in causes:
            if isinstance(cause, DyadError):
                raise cause from None
        return first_line(causes[0] if causes else error)
    except RayError as error:
        return first_line(error)
    return None


def _aside(fit: Callable[[], object]) -> None:
    """Run it in a thread of its own: in the main one Ray takes Ctrl-C for itself, and then ends with a status that says nothing."""
    outcome: Future[object] = Future()

    def run() -> None:
        try:
            outcome.set_result(fit())
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=run, daemon=True).start()  # not to be waited for when the training is stopped
    outcome.result()


def _work(given: dict[str, Any]) -> None:
    """What each worker runs."""
    context = get_context()
    job: Job = given["job"]
    size = context.get_world_size()
    device = get_device()
    assert isinstance(device, torch.device)
    crew = Crew(
        rank=context.get_world_rank(),
        size=size,
        device=device,
        wrap=_shared if size > 1 else None,
        total=_total if size > 1 else alone,
        report=report,
    )
    train(job, crew)


def _shared(model: nn.Module) -> nn.Module:
    """With gradients averaged over workers; encoders skip layers at random, whose weights then have none."""
    prepared: nn.Module = prepare_model(model, move_to_device=False, parallel_strategy_kwargs={"find_unused_parameters": True})
    return prepared


def _total(values: Tensor) -> Tensor:
    """Sum over workers, on whatever device they communicate by."""
    there = values.to(get_device())
    torch.distributed.all_reduce(there)
    return there.to(values.device)


def _check_room(workers: int, *, gpu: bool) -> None:
    have = ray.cluster_resources()
    for kind, setting in (("CPU", "workers"), *((("GPU", "gpu"),) if gpu else ())):
        if have.get(kind, 0) < workers:
            got = f"{have.get(kind, 0):g} in the cluster"
            raise InputError(f"setting {setting}", expected=f"a {kind} for each of {workers} workers", got=got, cure="Set fewer workers.")
