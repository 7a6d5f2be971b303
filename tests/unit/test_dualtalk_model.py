"""The DualTalk model: its outputs against the published architecture's, its parts, and the light encoder."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dyad.agents.dualtalk import DualTalk, DualTalkConfig
from dyad.agents.dualtalk.encoders import KINDS, AudioEncoder, build_encoder, encoder_settings, published_frames
from dyad.agents.dualtalk.log_mel import LogMelEncoder, LogMelSettings
from dyad.errors import InputError
from tests.unit import published_dualtalk as oracle

LARGE = {  # as published: facebook/wav2vec2-large-960h-lv60-self
    "model_type": "wav2vec2",
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
    **oracle.LAYER_NORM,
}
LIGHT = {"model_type": "log_mel", "bands": 16, "hidden": 24, "layers": 2, "kernel": 3}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[oracle.Published, DualTalk]:
    """The published architecture with a small encoder, and our model with its weights."""
    return pair(tmp_path_factory, kind="wav2vec2", changes=oracle.LAYER_NORM)


def pair(factory: pytest.TempPathFactory, *, kind: str, changes: dict[str, Any], d: int = 64) -> tuple[oracle.Published, DualTalk]:
    config = oracle.encoder_config(kind, **changes)
    theirs = oracle.published(config, d=d)
    return theirs, DualTalk.from_published(oracle.save(theirs, factory.mktemp("published") / "small.pth"), config)


def light(**changes: Any) -> DualTalk:
    torch.manual_seed(3)
    return DualTalk(DualTalkConfig(encoder={**LIGHT, **changes}, width=16, feed_forward=32, interaction_layers=1)).eval()


def assert_equal(theirs: oracle.Published, ours: DualTalk, clip: tuple[Tensor, Tensor, Tensor]) -> None:
    with torch.no_grad():
        expected, made = theirs(*clip), ours(*clip)
    # What is compared must move: an output that is the same in all frames would hide errors of timing.
    assert expected.std(dim=1).mean() > 3e-3
    torch.testing.assert_close(made, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("samples", "batch"), [(640 * 25, 2), (640 * 12 + 1, 1), (12345, 2), (4480, 1)])
def test_outputs_equal_the_published_architecture_s(small: tuple[oracle.Published, DualTalk], samples: int, batch: int) -> None:
    assert_equal(*small, oracle.clip(samples, batch=batch))


@pytest.mark.parametrize(("samples", "batch"), [(400, 1), (7000, 2)])
def test_outputs_equal_also_where_gradients_are_kept(small: tuple[oracle.Published, DualTalk], samples: int, batch: int) -> None:
    theirs, ours = small
    clip = oracle.clip(samples, batch=batch)
    torch.testing.assert_close(ours(*clip), theirs(*clip), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("kind", "changes", "d"), [("wav2vec2", {}, 32), ("hubert", oracle.LAYER_NORM, 64), ("wavlm", {}, 128)])
def test_other_encoders_and_widths(kind: str, changes: dict[str, Any], d: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert_equal(*pair(tmp_path_factory, kind=kind, changes=changes, d=d), oracle.clip(9000))


@pytest.mark.parametrize("frames", [20, 31])
def test_voices_and_motion_are_cut_to_the_shorter(small: tuple[oracle.Published, DualTalk], frames: int) -> None:
    clip = oracle.clip(16000, frames=frames)
    assert_equal(*small, clip)
    assert small[1](*clip).shape == (1, min(25, frames), 56)


@pytest.mark.parametrize("samples", [12000, 20000])
def test_a_partner_s_voice_of_another_length_is_brought_to_the_own_one_s_frames(
    small: tuple[oracle.Published, DualTalk], samples: int
) -> None:
    own, _, motion = oracle.clip(16000)
    assert_equal(*small, (own, oracle.clip(samples)[1], motion))


def test_voices_and_motion_are_told_apart(small: tuple[oracle.Published, DualTalk]) -> None:
    own, partner, motion = oracle.clip(8000)
    model = small[1]
    made = model(own, partner, motion)
    for other in (
        model(partner, own, motion),
        model(own, own, motion),
        model(own, partner, motion + 1),
        model(own.roll(640), partner, motion),
    ):
        assert (other - made).abs().max() > 1e-3


def test_the_order_of_the_partner_s_frames_does_not_count(small: tuple[oracle.Published, DualTalk]) -> None:
    own, partner, motion = oracle.clip(8000)
    for model in small:  # as described: keys and values without positions
        torch.testing.assert_close(model(own, partner, motion.flip(1)), model(own, partner, motion), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (640, 1), (641, 2), (4480, 8), (16000, 25), (16001, 26), (35200, 56)])
def test_frames_are_counted_as_published(samples: int, frames: int) -> None:
    assert published_frames(samples) == frames


def test_features_cover_the_sound_exactly_unless_told(small: tuple[oracle.Published, DualTalk]) -> None:
    own = oracle.clip(4480)[0]
    assert small[1].own_features(own).shape == (1, 7, 64)
    assert small[1].partner_features(own, 9).shape == (1, 9, 64)


@pytest.mark.parametrize("kind", KINDS)
def test_the_steps_of_an_encoder_add_up_to_its_library_s(kind: str) -> None:
    torch.manual_seed(1)
    encoder = build_encoder(encoder_settings(oracle.encoder_config(kind))).eval()
    assert isinstance(encoder, AudioEncoder)
    audio = oracle.clip(6000)[0]
    with torch.no_grad():
        rows = encoder.convolve(audio)
        made = encoder.transform(encoder.resample(rows, rows.shape[1]))
        torch.testing.assert_close(made, encoder.network(audio).last_hidden_state, rtol=0, atol=1e-5)
    assert encoder.network.config._attn_implementation == ("eager" if kind == "wavlm" else "sdpa")


def test_bfloat16_stays_near(small: tuple[oracle.Published, DualTalk], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("half") / "model"
    small[1].save(folder)
    half = DualTalk.load(folder, dtype=torch.bfloat16)
    clip = oracle.clip(640 * 140 + 1)
    with torch.no_grad():
        expected, made = small[1](*clip), half(*clip)
    assert made.dtype == half.dtype == torch.bfloat16
    assert 0 < (made.float() - expected).abs().max() < 0.05 * expected.abs().max()


def test_training_leaves_the_convolutions(small: tuple[oracle.Published, DualTalk]) -> None:
    torch.manual_seed(0)
    model = DualTalk(DualTalkConfig(encoder=encoder_settings(oracle.encoder_config()), width=16, feed_forward=32)).train()
    frozen = {id(parameter) for parameter in model.frozen_parameters()}
    assert len(frozen) == 2 * 9  # seven kernels and one norm in each encoder
    assert all(parameter.requires_grad == (id(parameter) not in frozen) for parameter in model.parameters())
    for samples in (16000, 3000):  # the second is too short for the library's masking
        model(*oracle.clip(samples)).square().mean().backward()
    unused = {name for name, parameter in model.named_parameters() if parameter.requires_grad and parameter.grad is None}
    assert {name.rpartition(".")[2] for name in unused} <= {"masked_spec_embed"}


def test_the_published_size() -> None:
    with torch.device("meta"):
        model = DualTalk(DualTalkConfig(encoder=encoder_settings(LARGE)))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    encoders = sum(parameter.numel() for part in (model.own_encoder, model.partner_encoder) for parameter in part.parameters())
    assert round(parameters / 1e6) == 647
    assert round((parameters - encoders) / 1e6, 1) == 16.4


@pytest.mark.parametrize(
    ("shapes", "text"),
    [
        (((16000,), (1, 16000), (1, 25, 56)), r"DualTalk's input: expected shapes \(B, N\), \(B, N\), \(B, T, 56\); got \(16000,\)"),
        (((1, 399), (1, 399), (1, 1, 56)), "audio: expected 400 samples or more; got 399"),
        (((1, 16000), (1, 16000), (1, 25, 50)), r"features and motion: expected .+ got .+\(1, 25, 50\)\. Cut them"),
        (((2, 16000), (1, 16000), (2, 25, 56)), "features and motion"),
    ],
)
def test_input_of_other_shapes_is_refused(small: tuple[oracle.Published, DualTalk], shapes: Any, text: str) -> None:
    with pytest.raises(InputError, match=text):
        small[1](*map(torch.zeros, shapes))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"width": 0}, "width: expected a whole number from 1 on; got 0"),
        ({"width": 18}, "width: expected an even number that 4 heads divide; got 18"),
        ({"heads": True}, "heads: expected a whole number"),
        ({"residual": 1}, "residual: expected true or false; got 1"),
        ({"dropout": 1}, "dropout: expected a number from 0 to below 1"),
        ({"channels": 52}, "channels: expected 56, those of flame50, jaw and neck; got 52"),
        ({"basis": "flame"}, "basis: expected one of"),
        ({"encoder": {}}, "encoder: expected settings with a model_type"),
        ({"encoder": {"model_type": "bert"}}, "expected an audio encoder: wav2vec2, .+; got model_type 'bert'"),
        ({"encoder": {**oracle.SMALL, "model_type": "hubert", "num_attention_heads": 3}}, "encoder: expected settings that fit together"),
        ({"encoder": {**oracle.SMALL, "model_type": "hubert", "conv_dim": [8]}}, "encoder: expected settings of hubert"),
        ({"encoder": {**oracle.SMALL, "model_type": "wav2vec2", "add_adapter": True}}, "with an adapter"),
        ({"encoder": {**LIGHT, "bandz": 3}}, "log_mel encoder, bandz: expected one of bands, hidden, .+ got an unknown key"),
        ({"encoder": {**LIGHT, "kernel": 4}}, "log_mel encoder, kernel: expected an odd number; got 4"),
        ({"encoder": {**LIGHT, "layers": -1}}, "log_mel encoder, layers: expected a whole number from 0 on"),
        ({"encoder": {**LIGHT, "dropout": "no"}}, "log_mel encoder, dropout"),
        ({"encoder": {**LIGHT, "causal": 1}}, "log_mel encoder, causal"),
    ],
)
def test_configurations_that_cannot_be_are_refused(changes: dict[str, Any], text: str) -> None:
    with torch.device("meta"), pytest.raises(InputError, match=text):
        DualTalk(DualTalkConfig(**{"encoder": LIGHT, **changes}))


def test_encoders_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    for source, text in ((tmp_path, "encoder .+: expected a readable audio encoder"), (3, "expected an audio encoder: .+; got int")):
        with pytest.raises(InputError, match=text):
            encoder_settings(source)
    with pytest.raises(InputError, match="expected one of transformers; got log_mel"):
        light().load_pretrained_encoders(tmp_path)


def test_pretrained_encoders_come_from_a_folder(tmp_path: Path) -> None:
    torch.manual_seed(8)
    original = build_encoder(encoder_settings(oracle.encoder_config())).eval()
    assert isinstance(original, AudioEncoder)
    original.network.save_pretrained(tmp_path)
    model = DualTalk(DualTalkConfig(encoder=encoder_settings(tmp_path), width=16, feed_forward=32)).eval()
    model.load_pretrained_encoders(tmp_path)
    audio = oracle.clip(3200)[0]
    for encoder in (model.own_encoder, model.partner_encoder):
        assert torch.equal(encoder.convolve(audio), original.convolve(audio))
        assert all(torch.equal(mine, its) for mine, its in zip(encoder.parameters(), original.parameters(), strict=True))


def test_the_light_encoder_s_bands() -> None:
    encoder = LogMelEncoder(LogMelSettings(bands=40))
    tone = 2**0.5 * torch.sin(2 * torch.pi * 1000 * torch.arange(3200) / 16000)
    bands = encoder.convolve(tone[None])
    assert bands.shape == (1, 10, 40)
    # 1 kHz is 1000 mel of 2840 to 8 kHz; band k has its middle at (k + 1) / 41 of them.
    assert (bands[0, 2].argmax() + 1) / 41 == pytest.approx(1000 / 2840, abs=1 / 41)
    assert torch.allclose(encoder.convolve(torch.zeros(1, 640)), torch.tensor(encoder.silence))
    noise = encoder.convolve(torch.randn(1, 64000, generator=torch.Generator().manual_seed(0)))
    assert noise.mean() == pytest.approx(1.25, abs=0.2)  # power 1, as its zero of scale says


@given(samples=st.integers(1, 6000), frames=st.integers(1, 12))
@settings(max_examples=12)
def test_the_light_encoder_gives_the_frames_asked_for(samples: int, frames: int) -> None:
    encoder = LogMelEncoder(LogMelSettings(bands=4, hidden=8, layers=1))
    audio = torch.ones(2, samples)
    rows = encoder.convolve(audio)
    assert rows.shape == (2, -(-samples // 320), 4)
    assert encoder.transform(encoder.resample(rows, frames)).shape == (2, frames, 8)


@pytest.mark.parametrize("causal", [True, False])
def test_the_light_encoder_hears_no_further_than_it_says(causal: bool) -> None:
    model = light(causal=causal)
    encoder = model.own_encoder
    assert isinstance(encoder, LogMelEncoder)
    assert (encoder.look_back_frames, encoder.look_ahead_frames) == ((4, 0) if causal else (2, 2))
    audio = oracle.clip(640 * 30)[0]
    changed = audio.clone()
    changed[:, 640 * 15 : 640 * 16] += 1.0
    with torch.no_grad():
        moved = (model.own_features(changed) - model.own_features(audio)).abs().amax(dim=(0, 2)) > 0
    # The sound of frame 15 is in the rows of 15, and in the first row of 16, whose window begins 5 ms early.
    first, last = 15 - encoder.look_ahead_frames, 16 + encoder.look_back_frames
    assert moved.nonzero().flatten().tolist() == list(range(first, last + 1))


@pytest.mark.parametrize("residual", [False, True])
def test_only_a_residual_path_leads_past_the_last_attention(residual: bool) -> None:
    torch.manual_seed(0)
    model = DualTalk(DualTalkConfig(encoder=LIGHT, residual=residual)).eval()
    torch.nn.init.zeros_(model.interaction_attention.out_proj.weight)
    with torch.no_grad():
        moved = model(*oracle.clip(4480))
    assert bool(moved.std(dim=1).max() > 1e-4) == residual


def test_a_light_model_runs_and_is_the_same_from_the_same_seed() -> None:
    clip = oracle.clip(4480)
    with torch.no_grad():
        first, second = light()(*clip), light()(*clip)
        half = light().bfloat16()(*clip)
    assert first.shape == (1, 7, 56)
    assert torch.equal(first, second)
    assert (half.float() - first).abs().max() < 0.05 * first.abs().max()
    assert light().frozen_parameters() == []
