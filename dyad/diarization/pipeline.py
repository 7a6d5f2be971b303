"""Turns from a pyannote.audio pipeline, from the hub or from a local folder."""

import inspect
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from pyannote.core import Annotation

from dyad.arrays import FloatArray
from dyad.diarization.diarized import Diarized
from dyad.errors import InputError

TOKEN_VARIABLE = "HF_TOKEN"


def diarize_with_pipeline(audio: FloatArray, *, pipeline: str, sample_rate_hz: int) -> Diarized:
    """Run a pyannote.audio pipeline on a mono mix.

    Args:
        audio: float32 (1, N).
        pipeline: hub id such as ``pyannote/speaker-diarization-community-1``, or a local folder or YAML file. The token for gated
            pipelines comes from HF_TOKEN. Checkpoints are pickles: load only those you trust.
        sample_rate_hz: of the audio.

    Returns:
        Turns of two speakers, labelled as the pipeline labels them.

    Raises:
        InputError: the pipeline cannot be loaded, fails, or finds another number of speakers than two.
    """
    import torch

    loaded = _load(pipeline)
    waveform = torch.from_numpy(np.array(audio, np.float32))
    # Files are given as waveforms: reading paths would need torchcodec and ffmpeg.
    source = {"waveform": waveform, "sample_rate": sample_rate_hz, "uri": "conversation"}
    options = {"num_speakers": 2} if "num_speakers" in inspect.signature(loaded.apply).parameters else {}
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            output = loaded(source, **options)
    except Exception as error:
        raise InputError(
            f"pipeline {pipeline}",
            expected="turns",
            got=f"{type(error).__name__}: {error}",
            cure="Check the pipeline on this file by itself.",
        ) from error
    turns = getattr(output, "speaker_diarization", output)
    if not isinstance(turns, Annotation):
        raise InputError(
            f"pipeline {pipeline}", expected="a pyannote Annotation", got=type(turns).__name__, cure="Name a speaker diarization pipeline."
        )
    speakers = [str(label) for label in turns.labels()]
    if len(speakers) != 2:
        raise InputError(
            f"pipeline {pipeline}",
            expected="two speakers",
            got=f"{len(speakers)} ({', '.join(speakers) or 'no speech'})",
            cure="Give an RTTM with the two speakers, or leave the pipeline out to use dyad's own diarization.",
        )
    return Diarized(
        turns=turns.rename_labels({label: str(label) for label in turns.labels()}),
        method=f"pyannote.audio pipeline {pipeline}",
    )


def _load(pipeline: str) -> Any:
    local = Path(pipeline).expanduser()
    if not local.exists() and pipeline.startswith(("/", ".", "~")):
        raise _not_loaded(pipeline, local=True, token=None, reason="no such file or folder")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyannote.audio warns at length that torchcodec is absent; dyad hands it waveforms
        from pyannote.audio import Pipeline
    token = os.environ.get(TOKEN_VARIABLE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = Pipeline.from_pretrained(local if local.exists() else pipeline, token=token)
    except Exception as error:  # the hub, yaml, torch and pyannote each raise their own kinds
        raise _not_loaded(pipeline, local=local.exists(), token=token, reason=f"{type(error).__name__}: {error}") from error
    if loaded is None:  # what pyannote.audio returns for a gated pipeline without a token
        raise _not_loaded(pipeline, local=local.exists(), token=token, reason="no access")
    return loaded


def _not_loaded(pipeline: str, *, local: bool, token: str | None, reason: str) -> InputError:
    if local:
        cure = "Check the path, its config.yaml, and the checkpoints that names."
    elif not token:
        cure = f"For a hub id, accept its terms on the hub, set {TOKEN_VARIABLE}, and be online; for a local folder, check the path."
    else:
        cure = f"Check the id, that the terms are accepted for this {TOKEN_VARIABLE}, and the connection; or give a local folder."
    return InputError(f"pipeline {pipeline}", expected="a pyannote.audio pipeline", got=" ".join(reason.split())[:300], cure=cure)
