"""Validation clips in the viewer: the recorded face and the predicted one side by side."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from pyannote.core import Annotation, Segment

from dyad.agents.dualtalk.model import DualTalk
from dyad.arkit_jaw import to_arkit52
from dyad.conversation import Conversation, Provenance
from dyad.corpora.level import SAMPLES_A_FRAME
from dyad.datasets.windows import Window
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ, unpack
from dyad.eval.events import detect_events
from dyad.faces.head import Head
from dyad.faces.identity import SEAT_B
from dyad.motion import Motion
from dyad.output_folder import replaced_folder
from dyad.recording import Recording
from dyad.seat import Seat
from dyad.sinks.rerun_sink import RerunSink
from dyad.training.checkpoints import BEST_FOLDER, CLIPS_FOLDER
from dyad.training.clips import ClipCache
from dyad.training.data import Batch, Windows
from dyad.training.session import Job
from dyad.training.splitting import thinned

TITLES = ("recorded, own voice", "predicted, partner's voice")


def draw_clips(job: Job) -> list[Path]:
    """Draw validation clips with the best weights, as ``clips/NAME.rrd`` in the training's folder; earlier ones are replaced.

    Seat A shows the recorded face and carries the person's own voice and turns; seat B shows the predicted face, same head, and carries the
    partner's voice and turns. The model sees the partner's recorded motion.

    Args:
        job: of a training that has best weights.

    Returns:
        The files.

    Raises:
        InputError: weights or clips that cannot be read, or a full disk.
    """
    settings = job.config.validation
    corpus = job.corpus()
    first = {(window.id, window.seat): window for window in reversed(job.split(corpus).validation)}
    chosen = thinned(list(reversed(first.values())), most=settings.clips) if settings.clips else []
    if not chosen:
        return []
    model = DualTalk.load(job.run / BEST_FOLDER)
    source = Windows(ClipCache(corpus, megabytes=job.config.data.cache_mb), level=job.config.data.level)
    names = []
    with replaced_folder(job.run / CLIPS_FOLDER) as folder:
        for window in chosen:
            frames = min(corpus.frames(window.id), round(settings.clip_s * FRAME_RATE_HZ))
            whole = replace(window, start_frame=0, frames=frames)
            turns = corpus.load(window.id).diarization
            names.append(f"{window.id.replace('/', '-')}-{window.seat.name}.rrd")
            _draw(folder / names[-1], whole, source[whole], model=model, turns=turns)
    return [job.run / CLIPS_FOLDER / name for name in names]


def _draw(path: Path, window: Window, batch: Batch, *, model: DualTalk, turns: Annotation) -> None:
    with torch.inference_mode():
        predicted = model(batch.own_audio, batch.partner_audio, batch.partner_motion)
    basis = model.config.basis
    rows = {Seat.A: batch.own_motion[0].numpy(), Seat.B: predicted[0].numpy()}
    motion = {seat: _shown(unpack(rows[seat], seat=seat, basis=basis)) for seat in Seat}
    conversation = _conversation(window, batch, turns)
    recording = Recording(
        conversation_id=conversation.id,
        participants=conversation.participants,
        audio=conversation.audio,
        sample_rate_hz=conversation.sample_rate_hz,
        diarization=conversation.diarization,
        motion=motion,
        step_ms=np.zeros((1, 2), np.float32),
        events=tuple(event for seat in Seat for event in detect_events(motion[seat])),
    )
    sink = RerunSink(path=path, heads={seat: Head.build(SEAT_B) for seat in Seat})
    try:
        sink.open(conversation)
        for seat in Seat:
            sink.write(motion[seat])
        sink.close(recording)
    except BaseException:
        sink.abort()
        raise


def _conversation(window: Window, batch: Batch, turns: Annotation) -> Conversation:
    """The person's own voice and turns on seat A, the partner's on B; sound as loud as it can be without clipping."""
    audio = torch.cat([batch.own_audio, batch.partner_audio]).numpy()
    length_s = window.frames * SAMPLES_A_FRAME / SAMPLE_RATE_HZ
    cropped = turns.crop(Segment(0.0, length_s))
    if window.seat is Seat.B:
        cropped = cropped.rename_labels({"A": "B", "B": "A"})
    return Conversation(
        id=f"{window.id.replace('/', '-')}-{window.seat.name}",
        participants=TITLES,
        audio=audio / np.maximum(1.0, np.abs(audio).max(axis=1, keepdims=True)),
        diarization=cropped,
        provenance=Provenance(source=window.id),
    )


def _shown(motion: Motion) -> Motion:
    return to_arkit52(motion) if motion.basis == "arkit50" else motion
