"""How fast, and in how much memory: one measured run at a time.

A run is what a user runs: load the sound, find the turns, both agents as Ray actors, the viewer's recording and all other files written.
Every run lives in a process of its own, so that none inherits another's memory.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

SAMPLE_EVERY_S = 0.25


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run took.

    Args:
        minutes: length of the conversation.
        total_s: everything: loading, turns, starting Ray, simulating, recording, writing.
        loop_s: the simulation alone, recording for the viewer included.
        real_time_factor: ``total_s`` over the conversation's length.
        peak_mb: largest sum of the unshared memory of all processes of the run, MB.
        audio_mb: the conversation's own samples (two channels of 32-bit floats at 16 kHz), MB.
        viewer_mb_per_minute: size of recording.rrd by length, MB; 0 where none was asked for.
        step_median_ms: median of an agent's step, the slower seat.
        step_p95_ms: its 95th percentile, the slower seat.
    """

    minutes: float
    total_s: float
    loop_s: float
    real_time_factor: float
    peak_mb: float
    audio_mb: float
    viewer_mb_per_minute: float
    step_median_ms: float
    step_p95_ms: float

    @property
    def loop_factor(self) -> float:
        """Real-time factor of the simulation alone, without starting and loading."""
        return self.loop_s / (60 * self.minutes)


class PeakMemory:
    """Watches the unshared memory of a process and all its descendants.

    Args:
        process_id: the oldest process.
    """

    def __init__(self, process_id: int) -> None:
        """Start watching."""
        self.peak_bytes = 0
        self._root = psutil.Process(process_id)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_EVERY_S):
            self.peak_bytes = max(self.peak_bytes, self._unshared_bytes())

    def _unshared_bytes(self) -> int:
        total = 0
        try:
            family = [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return 0
        for process in family:
            try:
                total += process.memory_full_info().uss
            except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
                continue  # it ended between listing and asking
        return total


def measure_run(sound: Path, *, minutes: float, out: Path, overrides: Sequence[str] = ()) -> Run:
    """Simulate a sound file in a process of its own and measure it.

    Args:
        sound: stereo file.
        minutes: its length.
        out: recording folder to write.
        overrides: settings.

    Raises:
        subprocess.CalledProcessError: the run failed; its words are on standard error.
    """
    start = time.perf_counter()
    command = [sys.executable, "-m", "dyad", "simulate", str(sound), "--out", str(out), *overrides]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    memory = PeakMemory(process.pid)
    code = process.wait()
    total_s = time.perf_counter() - start
    memory.stop()
    if code != 0:
        raise subprocess.CalledProcessError(code, command)
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    steps, viewer = summary["step_ms"].values(), out / "recording.rrd"
    return Run(
        minutes=minutes,
        total_s=total_s,
        loop_s=summary["wall_s"],
        real_time_factor=total_s / (60 * minutes),
        peak_mb=memory.peak_bytes / 1e6,
        audio_mb=summary["duration_s"] * 16_000 * 2 * 4 / 1e6,
        viewer_mb_per_minute=viewer.stat().st_size / 1e6 / minutes if viewer.exists() else 0.0,
        step_median_ms=max(step["median"] for step in steps),
        step_p95_ms=max(step["p95"] for step in steps),
    )


def write_sound(path: Path, *, minutes: float) -> None:
    """A stereo file of real speech: the built-in call, each voice on its own channel, repeated to the given length."""
    import soundfile

    from dyad.datasets.sample import tiled
    from dyad.loading import load_conversation

    conversation = tiled(load_conversation(), minutes=minutes)
    soundfile.write(path, conversation.audio.T, conversation.sample_rate_hz, subtype="PCM_16")


def measure_lengths(minutes: Sequence[float], *, look: Callable[[Path], object] | None = None) -> list[Run]:
    """One run for each length; nothing is kept, but ``look`` is called with each recording folder while it is there."""
    runs = []
    with tempfile.TemporaryDirectory(prefix="dyad-benchmark-") as scratch:
        for length in minutes:
            sound, out = Path(scratch) / "call.wav", Path(scratch) / "out"
            write_sound(sound, minutes=length)
            runs.append(measure_run(sound, minutes=length, out=out))
            if look is not None:
                look(out)
    return runs


def as_rows(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """Table rows: a figure a row, a run a column; targets last."""
    first = runs[0]
    growth = [(run.peak_mb - first.peak_mb) / max(run.audio_mb - first.audio_mb, 1e-9) if run is not first else None for run in runs]
    rows: list[tuple[str, ...]] = [
        ("real-time factor, everything", *(f"{run.real_time_factor:.3f}" for run in runs), "≤ 0.10"),
        ("… over the first run's", *(f"{run.real_time_factor / first.real_time_factor:.2f}" for run in runs), "≤ 1.2"),
        ("real-time factor, loop and recording", *(f"{run.loop_factor:.3f}" for run in runs), "≤ 0.10"),
        ("… over the first run's", *(f"{run.loop_factor / first.loop_factor:.2f}" for run in runs), "0.8 to 1.2"),
        ("agent step of 200 ms, median ms", *(f"{run.step_median_ms:.2f}" for run in runs), "≤ 5"),
        ("agent step of 200 ms, p95 ms", *(f"{run.step_p95_ms:.2f}" for run in runs), "≤ 10"),
        ("peak memory of all processes, MB", *(f"{run.peak_mb:.0f}" for run in runs), ""),
        ("audio's own size, MB", *(f"{run.audio_mb:.0f}" for run in runs), ""),
        ("memory growth over audio growth", *("–" if value is None else f"{value:.2f}" for value in growth), "< 2"),
        ("viewer recording, MB a minute", *(f"{run.viewer_mb_per_minute:.1f}" for run in runs), "≤ 45"),
    ]
    return rows


def as_json(runs: Sequence[Run]) -> list[dict[str, float]]:
    """The figures as plain values."""
    return [asdict(run) for run in runs]
