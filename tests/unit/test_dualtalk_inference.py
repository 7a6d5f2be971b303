"""What makes DualTalk quick changes nothing but rounding."""

from typing import Any

import pytest
import torch

from dyad.agents.dualtalk import packing
from dyad.agents.dualtalk.config import DualTalkConfig
from dyad.agents.dualtalk.convolutions import can_be_cut
from dyad.agents.dualtalk.encoders import KINDS, AudioEncoder, encoder_settings
from dyad.agents.dualtalk.inference import Inference
from dyad.agents.dualtalk.model import DualTalk
from dyad.agents.dualtalk.positions import SpectralConvolution, transform_positions

SMALL = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 96, "num_conv_pos_embeddings": 16}
CONVOLUTIONS = {"conv_dim": [16] * 7, "num_conv_pos_embedding_groups": 4}
STABLE = {"do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}


def model_of(encoder: dict[str, Any], **changes: Any) -> DualTalk:
    """With random weights, all of them, so that no norm is at a value that hides an error."""
    torch.manual_seed(0)
    settings = encoder if encoder["model_type"] == "log_mel" else encoder_settings(SMALL | CONVOLUTIONS | encoder)
    model = DualTalk(DualTalkConfig(encoder=settings, width=32, feed_forward=64, **changes)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


@pytest.mark.integration
@pytest.mark.parametrize(
    "encoder",
    [
        {"model_type": "wav2vec2", **STABLE},
        {"model_type": "wav2vec2", "feat_extract_norm": "group"},
        {"model_type": "hubert", **STABLE},
        {"model_type": "wavlm", **STABLE},
        {"model_type": "wav2vec2", "feat_extract_norm": "group", "conv_bias": True},
        {"model_type": "wav2vec2", "conv_stride": [5, 2, 2, 2, 2, 2, 1]},
        {"model_type": "wav2vec2", **STABLE, "feat_extract_activation": "relu"},
        {"model_type": "log_mel"},
    ],
    ids=["wav2vec2", "norm over time", "hubert", "wavlm", "norm over time and biases", "other strides", "no GELU", "log_mel"],
)
def test_features_are_the_models(encoder: dict[str, Any]) -> None:
    model = model_of(encoder)
    # Of other lengths than are convolved at once, and neither centred nor all of one level: a norm over time must be of the whole stretch.
    sounds = [torch.randn(2, 640 * frames, generator=torch.Generator().manual_seed(frames)) for frames in (2, 7, 47)]
    sounds = [0.3 + sound * torch.linspace(0.2, 2.0, sound.shape[1]) for sound in sounds]
    if isinstance(model.own_encoder, AudioEncoder):
        assert can_be_cut(model.own_encoder) == encoder.keys().isdisjoint({"conv_stride", "feat_extract_activation"})
    with torch.inference_mode():
        expected = [(model.own_features(sound), model.partner_features(sound)) for sound in sounds]
    inference = Inference(model)
    for sound, (own, partner) in zip(sounds, expected, strict=True):
        torch.testing.assert_close(inference.features(sound, own=True), own, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(inference.features(sound, own=False), partner, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("beside", [(), ("direct_partner",), ("residual",)])
@pytest.mark.parametrize(("frames", "last"), [(30, 30), (30, 7), (5, 1)])
def test_the_last_frames_are_the_models(beside: tuple[str, ...], frames: int, last: int) -> None:
    model = model_of({"model_type": "log_mel"}, **dict.fromkeys(beside, True))
    draw = torch.Generator().manual_seed(2)
    given = [torch.randn(2, frames, width, generator=draw) for width in (32, 32, 56)]
    with torch.inference_mode():
        expected = model.decode(given[0], given[1], given[2])
    assert expected.std(dim=1).mean() > 0.01
    made = Inference(model).decode(given[0], given[1], given[2], last=last)
    torch.testing.assert_close(made, expected[:, -last:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("then", ["none", "relu", "gelu"])
@pytest.mark.parametrize("packed", [True, False])
def test_packed_layers_are_linear_layers(then: packing.Then, packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not packed:
        monkeypatch.setattr(packing, "_OPERATORS", ("_reorder_linear_weight", "_gone"))  # as in a torch that has renamed one
    draw = torch.Generator().manual_seed(3)
    rows, weight, bias = torch.randn(2, 9, 16, generator=draw), torch.randn(8, 16, generator=draw), torch.randn(8, generator=draw)
    after = {"none": lambda x: x, "relu": torch.relu, "gelu": torch.nn.functional.gelu}[then]
    for offset in (bias, None):
        layer = packing.PackedLinear(weight, offset, then=then)
        with torch.inference_mode():
            torch.testing.assert_close(layer(rows[:, ::2]), after(torch.nn.functional.linear(rows[:, ::2], weight, offset)))


@pytest.mark.parametrize("kernel", [16, 15])
@pytest.mark.parametrize("bias", [True, False])
def test_spectra_make_the_same_convolution(kernel: int, bias: bool) -> None:
    torch.manual_seed(4)
    layer = torch.nn.Conv1d(8, 12, kernel, padding=kernel // 2, groups=4, bias=bias)
    spectral = SpectralConvolution(layer)
    for length in (1, 16, 17, 50):  # shorter than the kernel, and one stretch and more
        channels = torch.randn(2, 8, length)
        with torch.inference_mode():
            torch.testing.assert_close(spectral(channels), layer(channels), rtol=1e-5, atol=1e-6)


def test_all_that_can_be_is_made_quick() -> None:
    for kind in KINDS:
        encoder = model_of({"model_type": kind, "feat_extract_norm": "layer"}).own_encoder
        assert isinstance(encoder, AudioEncoder)
        assert can_be_cut(encoder)
        transform_positions(encoder)
        assert any(isinstance(part, SpectralConvolution) for part in encoder.modules()) == (
            kind != "data2vec-audio"
        )  # it has several layers


def test_the_step_to_25_hz_falls_on_every_other_row() -> None:
    encoder = model_of({"model_type": "wav2vec2", **STABLE}).own_encoder
    audio = torch.randn(1, 640 * 30)
    with torch.inference_mode():
        rows = encoder.convolve(audio)
        assert rows.shape[1] == 59
        torch.testing.assert_close(encoder.resample(rows, 30), rows[:, ::2])


@pytest.mark.parametrize("changes", [STABLE, {"feat_extract_norm": "group"}], ids=["layer norm", "norm over time"])
def test_half_the_size_is_near(changes: dict[str, Any]) -> None:
    full, half = (model_of({"model_type": "wav2vec2", **changes}) for _ in range(2))
    audio = torch.randn(1, 640 * 30, generator=torch.Generator().manual_seed(1))
    expected = Inference(full).features(audio, own=True)
    found = Inference(half.to(torch.bfloat16)).features(audio, own=True)
    assert found.dtype == torch.bfloat16
    assert 0 < torch.linalg.norm(found.float() - expected) / torch.linalg.norm(expected) < 2e-2
