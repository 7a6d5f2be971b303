"""What makes DualTalk quick changes nothing but rounding."""

from typing import Any

import pytest
import torch

from dyad.agents.dualtalk.config import DualTalkConfig
from dyad.agents.dualtalk.encoders import encoder_settings
from dyad.agents.dualtalk.inference import Inference
from dyad.agents.dualtalk.model import DualTalk

SMALL = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 96, "num_conv_pos_embeddings": 16}
CONVOLUTIONS = {"conv_dim": [16] * 7, "num_conv_pos_embedding_groups": 4}
STABLE = {"do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}


def model_of(encoder: dict[str, Any]) -> DualTalk:
    torch.manual_seed(0)
    settings = encoder if encoder["model_type"] == "log_mel" else encoder_settings(encoder | SMALL | CONVOLUTIONS)
    return DualTalk(DualTalkConfig(encoder=settings, width=32, feed_forward=64)).eval()


@pytest.mark.parametrize(
    "encoder",
    [
        {"model_type": "wav2vec2", **STABLE},
        {"model_type": "wav2vec2", "feat_extract_norm": "group"},
        {"model_type": "hubert", **STABLE},
        {"model_type": "wavlm", **STABLE},
        {"model_type": "log_mel"},
    ],
    ids=["wav2vec2", "wav2vec2 with a norm over time", "hubert", "wavlm", "log_mel"],
)
def test_features_are_the_models(encoder: dict[str, Any]) -> None:
    model = model_of(encoder)
    sounds = [torch.randn(2, 640 * frames, generator=torch.Generator().manual_seed(frames)) for frames in (2, 7, 40)]
    with torch.inference_mode():
        expected = [(model.own_features(sound), model.partner_features(sound)) for sound in sounds]
    inference = Inference(model)
    for sound, (own, partner) in zip(sounds, expected, strict=True):
        torch.testing.assert_close(inference.features(sound, own=True), own, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(inference.features(sound, own=False), partner, rtol=1e-4, atol=1e-5)


def test_the_step_to_25_hz_falls_on_every_other_row() -> None:
    encoder = model_of({"model_type": "wav2vec2", **STABLE}).own_encoder
    audio = torch.randn(1, 640 * 30)
    with torch.inference_mode():
        rows = encoder.convolve(audio)
        assert rows.shape[1] == 59
        torch.testing.assert_close(encoder.resample(rows, 30), rows[:, ::2])


def test_half_the_size_is_not_packed_and_near() -> None:
    full, half = (model_of({"model_type": "wav2vec2", **STABLE}) for _ in range(2))
    audio = torch.randn(1, 640 * 30, generator=torch.Generator().manual_seed(1))
    expected = Inference(full).features(audio, own=True)
    found = Inference(half.to(torch.bfloat16)).features(audio, own=True)
    assert found.dtype == torch.bfloat16
    assert 0 < torch.linalg.norm(found.float() - expected) / torch.linalg.norm(expected) < 2e-2
