"""Everything about one conversation: both directions, the prediction and the simple faces beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dyad.datasets.clips import Clip
from dyad.datasets.dualtalk import SPEAKERS, DualTalk
from dyad.dualtalk_layout import FRAME_RATE_HZ, GROUPS, pack
from dyad.errors import InputError
from dyad.eval.dualtalk.aligned import jaw_opening_curve, score_alignment
from dyad.eval.dualtalk.baselines import apply_ridge, baseline_rows
from dyad.eval.dualtalk.lips import movement_intensity, speech_intensity, temporal_misalignment
from dyad.eval.dualtalk.listener import score_listening
from dyad.eval.dualtalk.scores import score_clip
from dyad.eval.dualtalk.smoothness import score_smoothness
from dyad.eval.dualtalk.threads import one_thread
from dyad.eval.dualtalk.voices import ClipVoices, clip_voices
from dyad.evaluation.people import person_of
from dyad.evaluation.predictions import STRANGERS_FOLDER, find_prediction, read_prediction
from dyad.evaluation.ridge import voice_features
from dyad.seat import Seat

Rows = npt.NDArray[np.floating]
Scores = Mapping[str, float | None]

PREDICTION, RIDGE, STRANGER, TRAIN_MEAN = "prediction", "ridge", "shuffled partner", "train mean"


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """What is the same for every conversation.

    Args:
        root: folder of the corpus.
        predictions: folder of predicted motion, or None.
        baselines: whether simple faces are scored too.
        ridge: weights of the ridge by fold, or empty.
        means: mean pose of the clips that each of them is fitted on.
        folds: fold of a conversation, by its id, where there are several.
        flame: FLAME file for lip scores on vertices, or None.
    """

    root: Path
    predictions: Path | None = None
    baselines: bool = True
    ridge: tuple[npt.NDArray[np.float64], ...] = ()
    means: tuple[npt.NDArray[np.float64], ...] = ()
    folds: Mapping[str, int]
    flame: Path | None = None


@dataclass(frozen=True, kw_only=True)
class SideScores:
    """Scores of one side of one conversation.

    Args:
        conversation_id: SPLIT/NAME.
        speaker: ``speaker1`` or ``speaker2``.
        person: who it is (``dyad.evaluation.people``).
        frames: how many were scored.
        basis: of the motion.
        speech_intensity: root mean square of the own voice.
        rows: scores by row, by key of ``dyad.eval.dualtalk.measures``; besides ``jaw_intensity``, and ``lip_intensity`` with a FLAME file.
    """

    conversation_id: str
    speaker: str
    person: str
    frames: int
    basis: str
    speech_intensity: float
    rows: Mapping[str, Scores]


def score_conversation(conversation_id: str, *, job: Job) -> tuple[SideScores, SideScores]:
    """Score both directions of one conversation.

    Raises:
        InputError: files that cannot be read, or do not fit together.
    """
    clip = DualTalk(job.root).clip(conversation_id)
    bases = [clip.motion[seat].basis for seat in Seat]
    if bases[0] != bases[1]:
        raise InputError(
            conversation_id, expected="motion of both sides in one basis", got=" and ".join(bases), cure="Convert one of them."
        )
    with one_thread():
        first, second = (_score_side(clip, seat, job=job) for seat in Seat)
    return first, second


def _score_side(clip: Clip, seat: Seat, *, job: Job) -> SideScores:
    predicted = _prediction(clip, seat, job=job)
    frames = min(len(rows) for rows in (*map(pack, clip.motion.values()), *predicted.values()))
    truth, partner = (pack(clip.motion[place])[:frames] for place in (seat, seat.partner))
    faces = {**predicted, **_simple_faces(clip, seat, truth=truth, job=job)}
    faces = {name: face[:frames] for name, face in faces.items()}
    voices = clip_voices(clip.audio, seat=seat, frames=frames)
    rows = {name: _score_face(face, truth, partner=partner, voices=voices) for name, face in faces.items()}
    basis = clip.motion[seat].basis
    if job.flame is not None:
        on_vertices = _flame_scores(job.flame, faces, truth=truth, basis=basis)
        rows = {name: {**scores, **on_vertices[name]} for name, scores in rows.items()}
    return SideScores(
        conversation_id=clip.id,
        speaker=SPEAKERS[seat],
        person=person_of(job.root, clip.id, seat=seat),
        frames=frames,
        basis=basis,
        speech_intensity=speech_intensity(clip.audio[seat]),
        rows=rows,
    )


def _prediction(clip: Clip, seat: Seat, *, job: Job) -> dict[str, Rows]:
    if job.predictions is None:
        return {}
    path = find_prediction(job.predictions, clip.id, seat=seat)
    if path is None:
        raise InputError(f"{clip.id}_{SPEAKERS[seat]}", expected="a prediction", got="none", cure="Predict both directions.")
    stranger = find_prediction(job.predictions / STRANGERS_FOLDER, clip.id, seat=seat) if job.baselines else None
    found = {PREDICTION: path} if stranger is None else {PREDICTION: path, STRANGER: stranger}
    return {row: pack(read_prediction(file, truth=clip.motion[seat])) for row, file in found.items()}


def _simple_faces(clip: Clip, seat: Seat, *, truth: Rows, job: Job) -> dict[str, Rows]:
    if not job.baselines:
        return {}
    faces = baseline_rows(truth, seed=0)
    if job.ridge:
        features = voice_features(clip.audio, seat=seat, frames=len(truth))
        fold = job.folds[clip.id]
        faces[TRAIN_MEAN] = np.repeat(job.means[fold][None].astype(np.float32), len(truth), axis=0)
        faces[RIDGE] = apply_ridge(job.ridge[fold], features).astype(np.float32)
    return faces


def _score_face(face: Rows, truth: Rows, *, partner: Rows, voices: ClipVoices) -> dict[str, float | None]:
    scores: dict[str, float | None] = dict(score_clip(face, truth, partner))
    scores |= score_alignment(face, truth, voices=voices)
    scores |= score_listening(face, partner, listening=voices.listening)
    scores |= score_smoothness(face)
    apart = temporal_misalignment(jaw_opening_curve(face), jaw_opening_curve(truth))
    scores["mtm_jaw_ms"] = None if apart is None else 1000 * apart / FRAME_RATE_HZ
    scores["jaw_intensity"] = movement_intensity(face[:, None, GROUPS["jaw"]])
    return scores


def _flame_scores(path: Path, faces: Mapping[str, Rows], *, truth: Rows, basis: str) -> dict[str, Scores]:
    from dyad.evaluation.flame_lips import flame_lips

    if basis != "flame50":
        raise InputError("--flame", expected="a corpus of FLAME motion", got=f"basis {basis}", cure="Leave --flame out.")
    model = flame_lips(path)
    true_face = model.move(truth)
    return {name: model.score(model.move(face), true_face) for name, face in faces.items()}
