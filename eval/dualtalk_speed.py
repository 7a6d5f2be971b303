"""How fast the agent ``dualtalk`` is, against a straightforward whole-clip implementation of the published model in the same run.

All weights are random, of the sizes of released audio encoders: speed does not depend on what they say.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from dyad.eval.benchmark import measure_run, write_sound
from dyad.eval.dualtalk_trial import SIZES, Took, Trial

COLUMNS: Final = ("way", "encoders", "numbers", "CPU s a second", "encoders", "rest of the model", "times as fast", "memory, MB", "error")
"""Heads of the columns of ``as_row``: processor seconds on one thread for a second of conversation, for one side."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """One measured way.

    Args:
        trial: what was run.
        took: what it took.
        faster: processor time of the published way, in the same run, over this one's; None where that was not run.
        error: relative error of the motion against the same windows in single precision, |x - y| / |y|; None where it is not asked.
        error_of_change: the same of the motion less its mean over time, which random weights make large.
    """

    trial: Trial
    took: Took
    faster: float | None = None
    error: float | None = None
    error_of_change: float | None = None


def measure_trial(trial: Trial) -> Took:
    """Run a trial in a process of its own.

    Raises:
        subprocess.CalledProcessError: it failed; its words are on standard error.
    """
    command = [sys.executable, "-m", "dyad.eval.dualtalk_trial", json.dumps(vars(trial))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Took(**json.loads(done.stdout.splitlines()[-1]))


def compare_ways(size: str, *, seconds: float, on_trial: Callable[[Trial], object] = print) -> list[Speed]:
    """The published way, and windows in both kinds of numbers, on the same sound and weights.

    Args:
        size: of ``SIZES``.
        seconds: of conversation.
        on_trial: called with each trial before it is run.
    """
    with tempfile.TemporaryDirectory(prefix="dyad-benchmark-") as scratch:
        files = {dtype: str(Path(scratch) / f"{dtype}.npy") for dtype in ("float32", "bfloat16")}
        trials = [
            Trial(way="published", size=size, dtype="float32", seconds=seconds),
            *(Trial(way="windows", size=size, dtype=dtype, seconds=seconds, rows=file) for dtype, file in files.items()),
        ]
        took = []
        for trial in trials:
            on_trial(trial)
            took.append(measure_trial(trial))
        exact, rough = (np.load(file).astype(np.float64) for file in files.values())
    changes = [rows - rows.mean(axis=0) for rows in (rough, exact)]
    errors = {"bfloat16": (_relative(rough, exact), _relative(*changes))}
    speeds = []
    for trial, cost in zip(trials, took, strict=True):
        error, of_change = errors.get(trial.dtype, (None, None))
        speeds.append(Speed(trial=trial, took=cost, faster=took[0].cpu_s / cost.cpu_s, error=error, error_of_change=of_change))
    return speeds


def measure_memory(size: str, *, seconds: Sequence[float], on_trial: Callable[[Trial], object] = print) -> list[Speed]:
    """Windows in half-size numbers, over lengths."""
    speeds = []
    for length in seconds:
        trial = Trial(way="windows", size=size, dtype="bfloat16", seconds=length)
        on_trial(trial)
        speeds.append(Speed(trial=trial, took=measure_trial(trial)))
    return speeds


def measure_closed_loop(size: str, *, seconds: float, dtype: str) -> float:
    """Both seats as users run them: two Ray actors, nothing drawn.

    Returns:
        Seconds on the clock for a second of conversation, loop and recording.
    """
    import torch

    from dyad.agents.dualtalk.config import DualTalkConfig
    from dyad.agents.dualtalk.encoders import encoder_settings
    from dyad.agents.dualtalk.model import DualTalk

    with tempfile.TemporaryDirectory(prefix="dyad-benchmark-") as scratch:
        sound, checkpoint = Path(scratch) / "call.wav", Path(scratch) / "checkpoint"
        write_sound(sound, minutes=seconds / 60)
        torch.manual_seed(0)
        DualTalk(DualTalkConfig(encoder=encoder_settings(SIZES[size]))).save(checkpoint)
        seats = [
            f"{seat}.{key}" for seat in "ab" for key in ("agent=dualtalk", f"options.checkpoint={checkpoint}", f"options.dtype={dtype}")
        ]
        run = measure_run(sound, minutes=seconds / 60, out=Path(scratch) / "out", overrides=[*seats, "viewer.record=false"])
    return run.loop_factor


def as_row(speed: Speed) -> tuple[str, ...]:
    """A table row."""
    trial, took = speed.trial, speed.took
    return (
        f"{trial.way}, {trial.seconds:g} s",
        trial.size,
        trial.dtype,
        f"{took.cpu_s / trial.seconds:.3f}",
        f"{took.encoders_s / trial.seconds:.3f}",
        f"{took.decoder_s / trial.seconds:.3f}",
        "–" if speed.faster is None else f"{speed.faster:.2f}",
        f"{took.working_mb:.0f}",
        "–" if speed.error is None else f"{speed.error:.1e} ({speed.error_of_change:.1e} of its change)",
    )


def _relative(found: np.ndarray[tuple[int, ...], np.dtype[np.float64]], truth: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth))
