"""The pyannote.audio route, through its public API, on a speaker diarization pipeline with tiny random networks in a local folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from dyad.conversation import Conversation
from dyad.diarization.pipeline import diarize_with_pipeline
from dyad.errors import InputError
from dyad.loading import load_conversation, sample_files

pytestmark = pytest.mark.integration


def _save_checkpoint(model: Any, folder: Path) -> None:
    import torch

    checkpoint = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": "2.6.0",
        "epoch": 0,
        "global_step": 0,
    }
    model.on_save_checkpoint(checkpoint)
    folder.mkdir(parents=True)
    torch.save(checkpoint, folder / "pytorch_model.bin")


def _segmentation(*, silent: bool) -> Any:
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet

    torch.manual_seed(0)
    model = PyanNet(sincnet={"stride": 10}, lstm={"hidden_size": 8, "num_layers": 1}, linear={"hidden_size": 8, "num_layers": 1})
    model.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=5.0,
        min_duration=None,
        warm_up=(0.0, 0.0),
        classes=["speaker1", "speaker2", "speaker3"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    model.setup()
    with torch.no_grad():
        model.classifier.weight *= 0 if silent else 20
        model.classifier.bias.zero_()
        model.classifier.bias[0] = 5 if silent else -5  # class 0 is "nobody"
    return model


def _embedding() -> Any:
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import XVectorMFCC

    torch.manual_seed(1)
    model = XVectorMFCC(dimension=16)
    model.specifications = Specifications(problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=5.0, classes=["a", "b"])
    model.setup()
    return model


def _pipeline(folder: Path, *, silent: bool = False) -> Path:
    _save_checkpoint(_segmentation(silent=silent), folder / "segmentation")
    embedding = _embedding()
    _save_checkpoint(embedding, folder / "embedding")
    (folder / "plda").mkdir()  # has to be there even where the clustering does not use it
    size = embedding.dimension
    np.savez(folder / "plda" / "xvec_transform.npz", mean1=np.zeros(size), mean2=np.zeros(size), lda=np.eye(size))
    np.savez(folder / "plda" / "plda.npz", mu=np.zeros(size), tr=np.eye(size), psi=np.ones(size))
    config = {
        "pipeline": {
            "name": "pyannote.audio.pipelines.SpeakerDiarization",
            "params": {
                "segmentation": "$model/segmentation",
                "embedding": "$model/embedding",
                "plda": "$model/plda",
                "clustering": "AgglomerativeClustering",
                "segmentation_step": 0.5,
                "segmentation_batch_size": 4,
                "embedding_batch_size": 4,
            },
        },
        "params": {
            "clustering": {"method": "centroid", "min_cluster_size": 1, "threshold": 0.7},
            "segmentation": {"min_duration_off": 0.0},
        },
    }
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    return folder


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _pipeline(tmp_path_factory.mktemp("pipeline"))


def test_mix_is_diarized_by_the_named_pipeline(pipeline: Path, capfd: pytest.CaptureFixture[str]) -> None:
    loaded = load_conversation(sample_files()[0], pipeline=str(pipeline))
    assert loaded.provenance.diarization == f"pyannote.audio pipeline {pipeline}"
    assert set(loaded.diarization.labels()) == {"A", "B"}
    assert min(s.start for s in loaded.diarization.label_timeline("A")) <= min(s.start for s in loaded.diarization.label_timeline("B"))
    assert loaded.participants == ("A", "B")  # not SPEAKER_00, which says nothing
    assert "torchcodec" not in "".join(capfd.readouterr())


def test_channels_are_seated_by_energy_after_a_pipeline_too(pipeline: Path, call: Conversation, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "talk.wav", call.audio.T, call.sample_rate_hz, subtype="FLOAT")
    loaded = load_conversation(tmp_path / "talk.wav", pipeline=str(pipeline))
    np.testing.assert_array_equal(loaded.audio, call.audio)  # own channels are kept, not masked
    assert any(note.startswith("Speakers seated by channel energy") for note in loaded.provenance.notes)


def test_an_rttm_goes_before_a_pipeline(call: Conversation) -> None:
    wav, rttm = sample_files()
    loaded = load_conversation(wav, rttm=rttm, pipeline="never/loaded")
    assert loaded.diarization == call.diarization
    assert "Pipeline never/loaded not run: an RTTM was given." in loaded.provenance.notes


def test_other_than_two_speakers_are_refused(tmp_path: Path, call: Conversation) -> None:
    silent = _pipeline(tmp_path / "silent", silent=True)
    with pytest.raises(InputError, match=r"expected two speakers; got 0 \(no speech\).*leave the pipeline out"):
        diarize_with_pipeline(call.audio[:1], pipeline=str(silent), sample_rate_hz=16_000)


def test_voice_activity_pipeline_is_refused_as_one_speaker(pipeline: Path, call: Conversation, tmp_path: Path) -> None:
    config = {
        "pipeline": {
            "name": "pyannote.audio.pipelines.VoiceActivityDetection",
            "params": {"segmentation": str(pipeline / "segmentation")},
        },
        "params": {"min_duration_on": 0.0, "min_duration_off": 0.0},
    }
    (tmp_path / "vad.yaml").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(InputError, match=r"expected two speakers; got 1 \(SPEECH\)"):
        diarize_with_pipeline(call.audio[:1], pipeline=str(tmp_path / "vad.yaml"), sample_rate_hz=16_000)


def test_pipelines_that_cannot_be_loaded_say_what_to_do(call: Conversation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mix = call.audio[:1]
    with pytest.raises(InputError, match=r"expected a pyannote.audio pipeline; got .*config.yaml"):
        diarize_with_pipeline(mix, pipeline=str(tmp_path), sample_rate_hz=16_000)
    with pytest.raises(InputError, match="got no such file or folder"):
        diarize_with_pipeline(mix, pipeline=str(tmp_path / "absent"), sample_rate_hz=16_000)
    from pyannote.audio import Pipeline

    seen = []

    def gated(checkpoint: object, *, token: str | None) -> None:  # what pyannote.audio gives for a gated pipeline without access
        seen.append((checkpoint, token))

    monkeypatch.setattr(Pipeline, "from_pretrained", gated)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(InputError, match=r"got no access\. For a hub id, accept its terms on the hub, set HF_TOKEN, and be online"):
        diarize_with_pipeline(mix, pipeline="some/gated", sample_rate_hz=16_000)
    monkeypatch.setenv("HF_TOKEN", "secret")
    with pytest.raises(InputError, match="that the terms are accepted for this HF_TOKEN") as refusal:
        diarize_with_pipeline(mix, pipeline="some/gated", sample_rate_hz=16_000)
    assert "secret" not in str(refusal.value)
    assert seen == [("some/gated", None), ("some/gated", "secret")]


def test_hub_pipeline_offline_is_refused_clearly(call: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match=r"pipeline nobody/nothing: expected a pyannote.audio pipeline"):
        diarize_with_pipeline(call.audio[:1], pipeline="nobody/nothing", sample_rate_hz=16_000)
