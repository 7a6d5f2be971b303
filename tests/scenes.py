"""Small conversations, motions and recordings, made from numbers."""

from collections.abc import Sequence

import numpy as np
from pyannote.core import Annotation, Segment

from dyad.bases import channel_names
from dyad.conversation import Conversation, Provenance
from dyad.motion import Motion
from dyad.recording import Event, Recording
from dyad.seat import Seat

Turns = Sequence[tuple[str, float, float]]
TURNS: Turns = (("A", 0.2, 0.9), ("B", 0.8, 1.7))


def annotation(turns: Turns) -> Annotation:
    """Turns given as (label, start, end)."""
    made = Annotation(uri="made")
    for label, start_s, end_s in turns:
        segment = Segment(start_s, end_s)
        made[segment, made.new_track(segment)] = label
    return made


def conversation(seconds: float = 2.0, *, turns: Turns = TURNS, sample_rate_hz: int = 16_000) -> Conversation:
    """Noise on both channels; every sample tells its seat and place."""
    samples = round(seconds * sample_rate_hz)
    audio = np.random.default_rng(7).uniform(-0.5, 0.5, (2, samples)).astype(np.float32)
    return Conversation(
        id="made",
        participants=("Ada", "Ben"),
        audio=audio,
        sample_rate_hz=sample_rate_hz,
        diarization=annotation(turns),
        provenance=Provenance(source="made"),
    )


def motion(
    seat: Seat = Seat.A, *, frames: int = 20, basis: str = "arkit52", start_frame: int = 0, frame_rate_hz: float = 25.0, seed: int = 0
) -> Motion:
    """Random in every field, so that nothing can be swapped unseen."""
    rng = np.random.default_rng((seed, int(seat), frames))
    return Motion(
        seat=seat,
        start_frame=start_frame,
        frame_rate_hz=frame_rate_hz,
        basis=basis,
        expression=rng.uniform(0, 1, (frames, len(channel_names(basis)))).astype(np.float32),
        head_rotation=rng.normal(0, 0.2, (frames, 3)).astype(np.float32),
        head_translation=rng.normal(0, 0.01, (frames, 3)).astype(np.float32),
        jaw_rotation=rng.normal(0, 0.1, (frames, 3)).astype(np.float32),
        gaze=rng.normal(0, 0.3, (frames, 2, 2)).astype(np.float32),
        valid=rng.random(frames) < 0.8,
    )


def recording(*, bases: tuple[str, str] = ("arkit52", "flame50"), frames: int = 50, turns: Turns = TURNS) -> Recording:
    """Two seconds with all that a run leaves behind."""
    talk = conversation(frames / 25.0, turns=turns)
    return Recording(
        conversation_id=talk.id,
        participants=talk.participants,
        audio=talk.audio,
        sample_rate_hz=talk.sample_rate_hz,
        diarization=talk.diarization,
        motion={seat: motion(seat, frames=frames, basis=bases[seat]) for seat in Seat},
        step_ms=np.random.default_rng(1).uniform(0, 5, (frames // 5, 2)).astype(np.float32),
        wall_s=0.123,
        events=(Event(seat=Seat.B, kind="nod", start_s=0.5, end_s=1.25, strength=7.5),),
        summary={"duration_s": frames / 25.0, "name": "Zoë"},
        manifest={"seed": 3, "config": {"a": {"agent": "still"}}},
    )
