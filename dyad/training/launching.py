"""Starting a training, and taking one up again."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from dyad.errors import InputError
from dyad.training.building import model_config
from dyad.training.checkpoints import BEST_FOLDER, CLIPS_FOLDER, LAST_FILE, load_last, read_about
from dyad.training.config import TrainConfig, as_plain
from dyad.training.session import Crew, Job, train

SETTINGS_FILE = "settings.yaml"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a training ended with.

    Args:
        steps: that were done.
        planned: that were planned; more than ``steps`` where nothing got better any more.
        best: the statement about the best weights: ``step``, ``validation`` and more.
        run: its folder.
    """

    steps: int
    planned: int
    best: dict[str, Any]
    run: Path


def check_run(out: str | Path, *, resume: bool) -> Path:
    """The absolute path of a folder that may be trained in.

    Raises:
        InputError: to start, a folder that is not empty; to resume, one that holds no training.
    """
    run = Path(out).expanduser().absolute()
    if resume and not (run / SETTINGS_FILE).is_file():
        raise InputError(str(run), expected="a folder of dyad train", got=f"no {SETTINGS_FILE}", cure="Leave out --resume to start.")
    if not resume and run.exists() and (not run.is_dir() or any(run.iterdir())):
        cure = "Give --resume to go on with a training there, or another --out."
        raise InputError(str(run), expected="a new or empty folder", got="one with contents" if run.is_dir() else "a file", cure=cure)
    return run


def plan_training(config: TrainConfig, *, data: str | Path, out: str | Path) -> tuple[Job, int]:
    """Check what can be checked before anything is started.

    Args:
        config: settings.
        data: folder of a corpus in DualTalk's layout.
        out: folder to make, checked by ``check_run``.

    Returns:
        The job, and its steps.

    Raises:
        InputError: a corpus without windows, or a model that cannot be.
    """
    if config.encoder is not None and Path(config.encoder).is_dir():  # workers have working folders of their own
        config = replace(config, encoder=str(Path(config.encoder).absolute()))
    if config.data.features is not None:
        features = Path(config.data.features).expanduser().absolute()
        if not features.is_dir():
            cure = f"Make it: dyad data features {data} --encoder {config.encoder} --out {features}"
            raise InputError("setting data.features", expected="a folder of dyad data features", got=f"no folder {features}", cure=cure)
        config = replace(config, data=replace(config.data, features=str(features)))
    job = Job(config=config, data=Path(data).expanduser().absolute(), run=Path(out).expanduser().absolute())
    split = job.split(job.corpus())
    if config.encoder is None:  # else it may have to be downloaded, where the workers are
        model_config(config, basis="flame50")
    return job, job.steps(split)


def run_training(job: Job, *, steps: int) -> Outcome:
    """Train in the job's folder; on an error before there is anything to go on from, the folder is left as it was.

    Args:
        job: as ``plan_training`` made it.
        steps: the same.

    Raises:
        InputError: what ``dyad.training.session.train`` raises; workers that die again and again.
    """
    existed = job.run.exists()
    fresh = not existed or not any(job.run.iterdir())
    job.run.mkdir(parents=True, exist_ok=True)
    if not fresh:
        _sweep(job.run)
    try:
        OmegaConf.save(OmegaConf.create({"corpus": str(job.data), **as_plain(job.config)}), job.run / SETTINGS_FILE)
        if job.config.backend == "inline":
            train(job, Crew())
        else:
            from dyad.training.trainer import train_on_ray  # ray takes a third of a second to import

            train_on_ray(job)
    except BaseException:
        if fresh and not (job.run / LAST_FILE).exists():
            shutil.rmtree(job.run, ignore_errors=True)
            if existed:
                job.run.mkdir()
        raise
    last = load_last(job.run)
    assert last is not None
    return Outcome(steps=last["position"]["done"], planned=steps, best=read_about(job.run), run=job.run)


def _sweep(run: Path) -> None:
    """Remove what a training that was killed had half written: hidden, beside what it was to replace."""
    for pattern in (f".{LAST_FILE}.partial", f".{BEST_FOLDER}-*", f".{CLIPS_FOLDER}-*"):
        for leftover in run.glob(pattern):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def saved_settings(run: Path) -> tuple[dict[str, Any], Path]:
    """The settings and the corpus that a training was started with.

    Raises:
        InputError: they cannot be read.
    """
    from dyad.settings import gather

    values = OmegaConf.to_container(gather(run / SETTINGS_FILE))
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items() if key != "corpus"}, Path(str(values["corpus"]))
