"""Writes conversations as the files of a corpus."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from dyad.arkit_jaw import to_arkit50
from dyad.conversation import Conversation
from dyad.motion import Motion
from dyad.seat import Seat
from dyad.simulation.loop import simulate

RATE_HZ = 16_000


def voice(seconds: float, *, seed: int = 0) -> npt.NDArray[np.float32]:
    """Noise in bursts of half a second, as long as asked for."""
    samples = round(seconds * RATE_HZ)
    bursts = (np.arange(samples) // (RATE_HZ // 2) + seed) % 2
    return (np.random.default_rng(seed).uniform(-0.5, 0.5, samples) * bursts).astype(np.float32)


def save_dualtalk(path: Path, motion: Motion, **more: Any) -> None:
    """One person's motion as DualTalk publishes it: the neck before the jaw."""
    pose = np.concatenate([motion.head_rotation, motion.jaw_rotation], axis=1)
    np.savez(path, exp=motion.expression, pose=pose, shape=np.zeros((len(motion), 100), np.float32), **more)


def save_clip(folder: Path, name: str, *, audio: npt.NDArray[np.float32], motion: Mapping[Seat, Motion], basis: str | None = None) -> None:
    """A clip in DualTalk's layout: 16 kHz, mono, 32-bit float."""
    folder.mkdir(parents=True, exist_ok=True)
    for seat in Seat:
        stem = f"{name}_speaker{seat + 1}"
        soundfile.write(folder / f"{stem}.wav", audio[seat], RATE_HZ, subtype="FLOAT")
        if seat in motion:
            save_dualtalk(folder / f"{stem}.npz", motion[seat], **({} if basis is None else {"basis": np.array([basis])}))


def with_generated_motion(conversation: Conversation) -> Conversation:
    """A conversation with motion that dyad generates for it, in a basis with a jaw joint."""
    motion = simulate(conversation, seed=1).motion
    return replace(conversation, motion={seat: to_arkit50(found) for seat, found in motion.items()})
