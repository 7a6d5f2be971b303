"""A small corpus in DualTalk's layout whose motion follows from its sound: the jaw from the own voice, a nod from the partner's."""

from pathlib import Path

import numpy as np
import soundfile

from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ

SAMPLES_A_FRAME = round(SAMPLE_RATE_HZ / FRAME_RATE_HZ)


def write_corpus(root: Path, *, clips: dict[str, int], frames: int = 60, basis: str = "arkit50") -> Path:
    """Folders of splits with so many clips each; noise bursts for voices, one side after the other."""
    rng = np.random.default_rng(5)
    for split, many in clips.items():
        (root / split).mkdir(parents=True)
        for clip in range(many):
            loud = np.repeat(rng.random((2, frames // 10 + 1)) > 0.5, 10, axis=1)[:, :frames]
            for seat in (0, 1):
                write_side(root / split / f"clip{clip}_speaker{seat + 1}", loud[seat], loud[1 - seat], rng=rng, basis=basis)
    return root


def write_side(stem: Path, own: np.ndarray, partner: np.ndarray, *, rng: np.random.Generator, basis: str) -> None:
    level = np.repeat(np.where(own, 0.2, 0.002), SAMPLES_A_FRAME)
    soundfile.write(stem.with_name(f"{stem.name}.wav"), (level * rng.standard_normal(len(level))).astype(np.float32), SAMPLE_RATE_HZ)
    frames = len(own)
    expression = 0.05 * rng.random((frames, 50)) + 0.3 * own[:, None]
    pose = np.zeros((frames, 6))  # the neck first, as published
    pose[:, 0] = 0.1 * partner
    pose[:, 3] = 0.25 * own
    arrays = {"exp": expression.astype(np.float32), "pose": pose.astype(np.float32)}
    np.savez(stem.with_name(f"{stem.name}.npz"), **arrays, basis=np.array(basis))
