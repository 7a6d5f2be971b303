"""Ridge regression from both voices to motion: what a model has to beat to have learnt anything."""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from operator import add
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dyad.arrays import FloatArray
from dyad.clock import FrameClock
from dyad.cluster import in_order, parallel_map
from dyad.datasets.dualtalk import DualTalk
from dyad.diarization.cepstra import FRAME_RATE_HZ as CEPSTRA_RATE_HZ
from dyad.diarization.cepstra import cepstra
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ, pack
from dyad.eval.dualtalk.baselines import RidgeSums, fit_ridge, ridge_sums
from dyad.eval.speech_energy import frame_energy_db
from dyad.seat import Seat

Array = npt.NDArray[np.float64]

REACH_FRAMES = 12
COEFFICIENTS = 12
PRIOR_FRAMES = 5000.0
"""Strength of the penalty, as so many frames in which nothing varies together (chosen on one real clip of 30 s)."""
TRAINING_CLIPS = 200
"""More change little, and cost time."""


def voice_features(audio: FloatArray, *, seat: Seat, frames: int) -> Array:
    """Loudness and 12 mel cepstra of both voices, own first, in each frame and the 12 before and after it: (frames, 650)."""
    clock = FrameClock(frame_rate_hz=FRAME_RATE_HZ, sample_rate_hz=SAMPLE_RATE_HZ)
    per_frame = int(CEPSTRA_RATE_HZ / FRAME_RATE_HZ)
    columns = []
    for place in (seat, seat.partner):
        voice = audio[place][: clock.sample(frames)]
        columns.append(frame_energy_db(voice, clock, start_frame=0, frames=frames)[:, None])
        padded = np.pad(voice, (0, clock.sample(frames) - len(voice)))
        columns.append(cepstra(padded, coefficients=COEFFICIENTS).reshape(frames, per_frame, COEFFICIENTS).mean(axis=1))
    now = np.concatenate(columns, axis=1)
    around = np.clip(np.arange(frames)[:, None] + np.arange(-REACH_FRAMES, REACH_FRAMES + 1), 0, frames - 1)
    features: Array = now[around].reshape(frames, -1)
    return features


def training_clips(conversation_ids: Sequence[str]) -> Sequence[str]:
    """At most 200 of them, evenly spread."""
    return conversation_ids[:: max(1, -(-len(conversation_ids) // TRAINING_CLIPS))]


def fit_on_clips(root: Path, conversation_ids: Sequence[str], *, on_done: Callable[[int], None] | None = None) -> tuple[Array, Array]:
    """Weights for ``apply_ridge``, and the mean pose (56,), from both sides of clips with motion of both.

    Args:
        root: folder of the corpus.
        conversation_ids: the clips.
        on_done: called after each.
    """
    found = parallel_map(partial(_clip_sums, root=root), conversation_ids, on_done=on_done)
    sums = reduce(add, in_order(found))  # sums of floats depend on their order
    frames = sums.features[-1, -1]
    return fit_ridge(sums, penalty=PRIOR_FRAMES / frames), sums.targets[-1] / frames


def _clip_sums(conversation_id: str, *, root: Path) -> RidgeSums:
    clip = DualTalk(root).clip(conversation_id)
    return reduce(
        add,
        (
            ridge_sums(voice_features(clip.audio, seat=seat, frames=len(clip.motion[seat])), pack(clip.motion[seat]))
            for seat in Seat
        ),
    )  # fmt: skip
