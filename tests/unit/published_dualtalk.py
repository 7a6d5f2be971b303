"""The published DualTalk architecture, restated as plainly as can be from its description, under the published attribute names.

It is what dyad's model is compared with, and it makes checkpoints such as the published one, with small encoders. The resampling is done by
explicit sums, the audio encoder runs through its library's own whole forward pass.
"""

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "conv_dim": [16] * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
LAYER_NORM = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}


def encoder_config(kind: str = "wav2vec2", **changes: Any) -> Any:
    """A small encoder's configuration."""
    return AutoConfig.for_model(kind, **{**SMALL, **changes})


class Given(nn.Module):
    """Stands in for a convolution stack."""

    def __init__(self, features: Tensor) -> None:
        super().__init__()
        self.features = features

    def forward(self, audio: Tensor) -> Tensor:
        return self.features


def stretched(features: Tensor, frames: int) -> Tensor:
    """Linear interpolation of (B, C, L) along its last axis, ends on ends."""
    length = features.shape[-1]
    at = torch.arange(frames, dtype=torch.float64) * (length - 1) / max(1, frames - 1)
    below = at.floor().long().clamp(0, length - 1)
    above = (below + 1).clamp(max=length - 1)
    part = (at - below).to(features.dtype)
    return features[..., below] * (1 - part) + features[..., above] * part


def heard(encoder: Any, audio: Tensor, frames: int) -> Tensor:
    """An encoder's last hidden state at 25 Hz."""
    convolutions = encoder.feature_extractor
    features = stretched(convolutions(audio), frames)
    encoder.feature_extractor = Given(features)
    try:
        hidden: Tensor = encoder(audio).last_hidden_state
    finally:
        encoder.feature_extractor = convolutions
    return hidden


class JointEncoder(nn.Module):
    def __init__(self, config: Any, d: int) -> None:
        super().__init__()
        self.audio_encoder1 = AutoModel.from_config(config)
        self.audio_encoder2 = AutoModel.from_config(config)
        self.audio_projection = nn.Linear(config.hidden_size, d)
        self.blendshape_encoder = nn.Sequential(nn.Linear(56, d // 2), nn.ReLU(), nn.Linear(d // 2, d), nn.ReLU())


class TemporalEnhancer(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.cross_attention = nn.MultiheadAttention(d, 4, batch_first=True)
        self.temporal_lstm = nn.LSTM(d, d // 2, num_layers=2, bidirectional=True, batch_first=True)


class InteractionModule(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.interaction_encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(2 * d, 4, batch_first=True), num_layers=3)
        self.self_attention = nn.MultiheadAttention(2 * d, 4, batch_first=True)


class SynthesisModule(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.synthesis_decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(2 * d, 4, batch_first=True), num_layers=1)
        self.modulation_layer = nn.Linear(2 * d, 2 * d)
        self.blendshape_predictor = nn.Linear(2 * d, 56)


class Published(nn.Module):
    """In the order of the description, for whole clips."""

    def __init__(self, config: Any, *, d: int = 64) -> None:
        super().__init__()
        self.joint_encoder = JointEncoder(config, d)
        self.temporal_enhancer = TemporalEnhancer(d)
        self.interaction_module = InteractionModule(d)
        self.synthesis_module = SynthesisModule(d)

    def forward(self, audio1: Tensor, audio2: Tensor, blendshape: Tensor) -> Tensor:
        joint, frames = self.joint_encoder, math.ceil(audio1.shape[1] / 16000 * 25)
        own = joint.audio_projection(heard(joint.audio_encoder1, audio1, frames))
        partner = joint.audio_projection(heard(joint.audio_encoder2, audio2, frames))
        length = min(frames, blendshape.shape[1])
        own, partner, motion = own[:, :length], partner[:, :length], joint.blendshape_encoder(blendshape[:, :length])
        attended, _ = self.temporal_enhancer.cross_attention(partner, motion, motion)
        temporal, _ = self.temporal_enhancer.temporal_lstm(attended)
        encoded = self.interaction_module.interaction_encoder(torch.cat([own, temporal], dim=2))
        mixed, _ = self.interaction_module.self_attention(encoded, encoded, encoded)
        decoded = self.synthesis_module.synthesis_decoder(mixed, mixed)
        result: Tensor = self.synthesis_module.blendshape_predictor(decoded + 0.1 * self.synthesis_module.modulation_layer(decoded))
        return result


def published(config: Any = None, *, d: int = 64, seed: int = 0) -> Published:
    """A model with random weights, all of them, so that none is at a value that hides an error.

    Freshly made attention averages all frames; with larger queries and keys it chooses, so that a shift of one frame shows in the output.
    """
    torch.manual_seed(seed)
    model = Published(encoder_config() if config is None else config, d=d).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
            if name.endswith("in_proj_weight"):
                parameter[: 2 * len(parameter) // 3].mul_(2)
    return model


def old_spelling(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weight norm as older versions of torch write it."""
    ends = {".parametrizations.weight.original0": ".weight_g", ".parametrizations.weight.original1": ".weight_v"}
    return {
        next((name.replace(new, old) for new, old in ends.items() if name.endswith(new)), name): value for name, value in tensors.items()
    }


def save(model: nn.Module, path: Path, *, old: bool = False) -> Path:
    """As the published code saves: the state dict alone."""
    tensors = dict(model.state_dict())
    torch.save(old_spelling(tensors) if old else tensors, path)
    return path


def clip(samples: int = 16000, *, frames: int | None = None, batch: int = 1, seed: int = 5) -> tuple[Tensor, Tensor, Tensor]:
    """Two voices, and as many frames of motion as cover them."""
    draw = torch.Generator().manual_seed(seed)
    count = -(-samples // 640) if frames is None else frames
    own, partner = torch.randn(batch, samples, generator=draw), torch.randn(batch, samples, generator=draw)
    return own, partner, torch.randn(batch, count, 56, generator=draw)
