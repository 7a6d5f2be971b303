"""How fast this trainer learns, beside a plain PyTorch loop with the same recipe: one after the other, in one run, on one machine."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import nn
from torch.utils.data import DataLoader

from dyad.datasets.dualtalk import SPEAKERS
from dyad.dualtalk_layout import CHANNELS, FRAME_RATE_HZ, SAMPLE_RATE_HZ
from dyad.training.building import build_model, model_config
from dyad.training.clips import ClipCache
from dyad.training.config import DataConfig, FeedbackConfig, TrainConfig, ValidationConfig
from dyad.training.data import Windows, join
from dyad.training.launching import plan_training, run_training
from dyad.training.logs import read_log
from dyad.training.losses import loss_parts, total_loss
from dyad.training.session import Job

LIGHT_MODEL = {
    "encoder": {"model_type": "log_mel", "bands": 40, "hidden": 64},
    "width": 64,
    "interaction_layers": 1,
    "feed_forward": 128,
    "lstm_layers": 1,
}
WARM_UP_STEPS = 10
CLIPS, CLIP_S = 4, 15.0
COLUMNS = ("loop", "windows a second", "over plain", "windows a processor second", "over plain")
"""Heads of the columns of ``as_rows``."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """One measurement.

    Args:
        name: of the loop.
        windows_per_s: windows learnt from in a second, after warming up.
        windows_per_cpu_s: the same by processor time, which other programs do not disturb; says nothing of a GPU.
    """

    name: str
    windows_per_s: float
    windows_per_cpu_s: float


def light_recipe(*, gpu: bool) -> TrainConfig:
    """A light model with nothing but learning: no feedback to the model, no scaling."""
    return TrainConfig(
        batch=16, encoder=None, model=LIGHT_MODEL, gpu=gpu, precision="bfloat16" if gpu else "float32", data=DataConfig(window_frames=150)
    )


def measure_training(config: TrainConfig, *, steps: int) -> list[Speed]:
    """Learn from made-up clips in plain PyTorch, with this trainer on Ray Train, and in plain PyTorch again.

    How far the two plain measurements differ says how steady the machine is.

    Args:
        config: the recipe; feedback and validation are left out, as plain loops have none.
        steps: of each, after warming up.

    Raises:
        InputError: a recipe that cannot be.
    """
    total = WARM_UP_STEPS + steps
    bare = replace(
        config,
        epochs=10**6,
        max_steps=total,
        log_steps=WARM_UP_STEPS,
        feedback=FeedbackConfig(),
        validation=ValidationConfig(every_steps=total, windows=1, clips=0),
    )
    with tempfile.TemporaryDirectory(prefix="dyad-training-") as scratch:
        data = write_noise(Path(scratch) / "noise")
        job, _ = plan_training(bare, data=data, out=Path(scratch) / "run")
        first = plain_loop(job, steps=steps)
        run_training(job, steps=total)
        again = plain_loop(job, steps=steps)
        rows = [row for row in read_log(job.run) if row["kind"] == "train"][1:]
    wall, cpu = (len(rows) / sum(1 / row[name] for row in rows) for name in ("windows_per_s", "windows_per_cpu_s"))
    return [
        replace(first, name="plain PyTorch"),
        Speed(name=f"dyad train, {bare.backend}, workers={bare.workers}", windows_per_s=wall, windows_per_cpu_s=cpu),
        replace(again, name="plain PyTorch again"),
    ]


def plain_loop(job: Job, *, steps: int) -> Speed:
    """The recipe as one would write it down in PyTorch alone."""
    config = job.config
    device = torch.device("cuda" if config.gpu else "cpu")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    corpus = job.corpus()
    model = build_model(config, model_config(config, basis="arkit50")).to(device).train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=config.optimiser.learning_rate)
    source = Windows(ClipCache(corpus, megabytes=config.data.cache_mb), level=config.data.level)
    found = list(job.split(corpus).train)
    order = torch.Generator().manual_seed(config.seed)
    done, wall_s, cpu_s = -WARM_UP_STEPS, 0.0, 0.0
    while done < steps:
        shuffled = [found[index] for index in torch.randperm(len(found), generator=order)]
        for batch in DataLoader(source, batch_size=config.batch, sampler=shuffled, collate_fn=join, drop_last=True):
            if done == 0:
                wall_s, cpu_s = time.perf_counter(), time.process_time()
            there = batch.to(device)
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=config.precision == "bfloat16"):
                prediction = model(there.own_audio, there.partner_audio, there.partner_motion)
            loss = total_loss(loss_parts(prediction, there.own_motion), config.loss)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(trained, config.optimiser.clip_norm or float("inf"))
            optimiser.step()
            done += 1
            if done == steps:
                loss.item()  # waits for a GPU
                break
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    torch.set_num_threads(threads)
    windows = steps * config.batch
    return Speed(name="plain PyTorch", windows_per_s=windows / wall_s, windows_per_cpu_s=windows / cpu_s)


def write_noise(root: Path) -> Path:
    """A corpus of noise in DualTalk's layout: the same work as speech."""
    rng = np.random.default_rng(0)
    frames = round(CLIP_S * FRAME_RATE_HZ)
    for split in ("train", "val"):
        (root / split).mkdir(parents=True)
        for clip in range(CLIPS if split == "train" else 1):
            for speaker in SPEAKERS:
                stem = root / split / f"noise{clip}_{speaker}"
                sound = 0.1 * rng.standard_normal(round(CLIP_S * SAMPLE_RATE_HZ))
                soundfile.write(stem.with_suffix(".wav"), sound.astype(np.float32), SAMPLE_RATE_HZ)
                motion = rng.standard_normal((frames, CHANNELS)).astype(np.float32)
                np.savez(stem.with_suffix(".npz"), exp=motion[:, :50], pose=motion[:, 50:], basis=np.array("arkit50"))
    return root


def as_rows(speeds: Sequence[Speed]) -> list[tuple[str, ...]]:
    """Table rows; ratios are to the mean of the plain loops."""
    plain = [speed for speed in speeds if speed.name.startswith("plain")]
    wall, cpu = (float(np.mean([getattr(speed, name) for speed in plain])) for name in ("windows_per_s", "windows_per_cpu_s"))
    return [
        (
            speed.name,
            f"{speed.windows_per_s:.1f}",
            f"{speed.windows_per_s / wall:.2f}",
            f"{speed.windows_per_cpu_s:.1f}",
            f"{speed.windows_per_cpu_s / cpu:.2f}",
        )
        for speed in speeds
    ]
