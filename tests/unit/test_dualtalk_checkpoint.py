"""Weights of DualTalk: published checkpoints, our own folders, and files that are refused."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from dyad.agents.dualtalk import DualTalk, DualTalkConfig
from dyad.cli.app import app
from dyad.errors import InputError
from tests.unit import published_dualtalk as oracle

Tensors = dict[str, Tensor]
WIDE = {"hidden_size": 128, "num_conv_pos_embedding_groups": 16}  # 2 heads of 64, as all released encoders have them
PREDICTOR = "synthesis_module.blendshape_predictor.weight"
ENCODER = "joint_encoder.audio_encoder1."


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def tensors() -> Tensors:
    """Of a small published model whose encoder shows in its tensors."""
    return dict(oracle.published(oracle.encoder_config(**WIDE, **oracle.LAYER_NORM)).state_dict())


@pytest.fixture(scope="module")
def model(tensors: Tensors, tmp_path_factory: pytest.TempPathFactory) -> DualTalk:
    file = tmp_path_factory.mktemp("published") / "small.pth"
    torch.save(tensors, file)
    return DualTalk.from_published(file)


def same(first: DualTalk, second: DualTalk) -> bool:
    one, other = first.state_dict(), second.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("kind", "changes", "old"),
    [
        ("wav2vec2", {**WIDE, **oracle.LAYER_NORM, "num_hidden_layers": 3}, True),
        ("wav2vec2", {**WIDE, "num_hidden_layers": 1, "mask_time_prob": 0.0}, False),
        ("hubert", {**WIDE, "conv_bias": True, "intermediate_size": 40}, True),
        ("wavlm", {"num_buckets": 20, "num_attention_heads": 4}, False),
    ],
)
def test_the_encoder_is_read_off_the_tensors(kind: str, changes: dict[str, Any], old: bool, tmp_path: Path) -> None:
    theirs = oracle.published(oracle.encoder_config(kind, **changes), d=32)
    ours = DualTalk.from_published(oracle.save(theirs, tmp_path / "small.pth", old=old))
    clip = oracle.clip(9000)
    with torch.no_grad():
        torch.testing.assert_close(ours(*clip), theirs(*clip), rtol=0, atol=1e-5)
    assert not ours.training
    assert ours.config.width == 32
    assert ours.config.encoder["num_hidden_layers"] == changes.get("num_hidden_layers", 2)
    assert any("heads" in note for note in ours.config.notes)


def test_both_encoders_have_weights_of_their_own_even_if_saved_as_one(tensors: Tensors, model: DualTalk, tmp_path: Path) -> None:
    assert not torch.equal(next(model.own_encoder.parameters()), next(model.partner_encoder.parameters()))
    torch.save({name: tensors[name.replace("audio_encoder2", "audio_encoder1")] for name in tensors}, tmp_path / "one.pth")
    one = DualTalk.from_published(tmp_path / "one.pth")
    places = [parameter.data_ptr() for parameter in one.parameters()]
    assert len(set(places)) == len(places)
    one.save(tmp_path / "model")
    assert same(one, DualTalk.load(tmp_path / "model"))


@pytest.mark.parametrize("form", ["object", "values", "folder", "kindless"])
def test_the_encoder_may_be_given(form: str, tmp_path: Path) -> None:
    config = oracle.encoder_config(conv_stride=[5, 2, 2, 2, 2, 2, 1])
    theirs = oracle.published(config)
    file = oracle.save(theirs, tmp_path / "small.pth")
    config.save_pretrained(tmp_path / "encoder")
    values = {name: value for name, value in config.to_dict().items() if name != "model_type"}
    given = {"object": config, "values": config.to_dict(), "folder": str(tmp_path / "encoder"), "kindless": values}[form]
    ours, clip = DualTalk.from_published(file, given), oracle.clip(4000)
    torch.testing.assert_close(ours(*clip), theirs(*clip), rtol=0, atol=1e-5)


def without(name: str) -> Callable[[Tensors], Any]:
    return lambda tensors: {key: value for key, value in tensors.items() if key != name}


def having(name: str, value: object) -> Callable[[Tensors], Any]:
    return lambda tensors: {**tensors, name: value}


@pytest.mark.parametrize("probability", [0.0, 0.075])
@pytest.mark.parametrize("there", [True, False])
def test_whether_training_masks_is_no_matter(probability: float, there: bool, tmp_path: Path) -> None:
    theirs = oracle.published(oracle.encoder_config())
    kept = {name: value for name, value in theirs.state_dict().items() if there or "masked_spec_embed" not in name}
    torch.save(kept, tmp_path / "small.pth")
    ours, clip = DualTalk.from_published(tmp_path / "small.pth", oracle.encoder_config(mask_time_prob=probability)), oracle.clip(4000)
    torch.testing.assert_close(ours(*clip), theirs(*clip), rtol=0, atol=1e-5)
    agreed = there == (probability > 0)
    assert ours.config.notes[-1] == "encoder: as given" if agreed else "masked_spec_embed, as in the file" in ours.config.notes[-1]
    if agreed:
        assert ours.config.encoder["mask_time_prob"] == probability


NAN = torch.full((56, 128), torch.nan)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (without(PREDICTOR), rf"1 missing \({PREDICTOR}\)"),
        (without(f"{ENCODER}masked_spec_embed"), rf"1 missing \({ENCODER}masked_spec_embed\)"),
        (without(f"{ENCODER}encoder.layers.1.final_layer_norm.bias"), rf"1 missing \({ENCODER}encoder.layers.1.final_layer_norm.bias\)"),
        (having("extra.weight", torch.zeros(1)), r"1 unknown \(extra.weight\)"),
        (having(f"{ENCODER}lm_head.bias", torch.zeros(32)), rf"1 unknown \({ENCODER}lm_head.bias\)"),
        (having("interaction_module.interaction_encoder.layers.99999.norm1.bias", torch.zeros(1)), r"unknown \(.+99999"),
        (having(PREDICTOR, torch.zeros(55, 128)), rf"{PREDICTOR} \(55, 128\) instead of \(56, 128\)"),
        (
            having("joint_encoder.audio_projection.weight", torch.zeros(63, 128)),
            r"audio_projection.weight \(63, 128\) instead of \(64, 128\)",
        ),
        (having(PREDICTOR, NAN), rf"1 not finite \({PREDICTOR}\)"),
        (having(PREDICTOR, torch.zeros(56, 128, dtype=torch.int64)), rf"of another type \({PREDICTOR} torch.int64\)"),
        (having(f"{ENCODER}encoder.pos_conv_embed.conv.weight_g", torch.zeros(1)), "every tensor once; got .+original0 in two spellings"),
        (having(f"{ENCODER}feature_extractor.conv_layers.0.conv.weight", torch.zeros(16, 1, 9)), "got kernels 9, 3, .+ Give the encoder's"),
        (having("epoch", 3), "names and dense tensors; got 'epoch': int"),
        (having(PREDICTOR, torch.zeros(56, 128).to_sparse()), f"names and dense tensors; got '{PREDICTOR}'"),
        (lambda tensors: {"model": tensors}, "names and dense tensors; got 'model': dict"),
        (lambda tensors: list(tensors.values()), "a state dict, names and tensors; got a list"),
        (lambda tensors: {}, "got nothing in it"),
        (lambda tensors: {"weight": torch.zeros(3)}, "got 1 tensors, none of them so named, such as weight"),
        (lambda tensors: {f"module.{name}": value for name, value in tensors.items()}, r"so named, such as module\.joint_encoder"),
        (lambda tensors: {f"{ENCODER}x": torch.zeros(3)}, "expected tensors of a DualTalk model; got no encoder.layer_norm.weight"),
        (without("temporal_enhancer.temporal_lstm.weight_ih_l0"), r"got 1 missing \(temporal_enhancer.temporal_lstm.weight_ih_l0\)\. If"),
    ],
)
def test_checkpoints_that_do_not_fit_are_refused(change: Callable[[Tensors], Any], text: str, tensors: Tensors, tmp_path: Path) -> None:
    torch.save(change(tensors), tmp_path / "odd.pth")
    with pytest.raises(InputError, match=text) as caught:
        DualTalk.from_published(tmp_path / "odd.pth")
    assert str(caught.value).startswith(f"{tmp_path / 'odd.pth'}: expected")


def test_narrow_encoders_need_a_configuration(tmp_path: Path) -> None:
    file = oracle.save(oracle.published(oracle.encoder_config()), tmp_path / "narrow.pth")
    with pytest.raises(InputError, match=r"got a width of 32, and no tensor tells the number of heads. Give the encoder's configuration"):
        DualTalk.from_published(file)
    with pytest.raises(InputError, match=r"unknown \(joint_encoder.audio_encoder1.encoder.layers.1.+If the encoder is another one"):
        DualTalk.from_published(file, oracle.encoder_config(num_hidden_layers=1))


class Code:
    """Writes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


def test_code_in_a_checkpoint_is_not_run(tensors: Tensors, tmp_path: Path) -> None:
    torch.save({**tensors, "more": Code(tmp_path / "ran")}, tmp_path / "code.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Code(tmp_path / "ran"), protocol=2))
    for name in ("code.pth", "plain.pth"):
        with pytest.raises(InputError, match="expected tensors only; got a damaged file, or pickled objects besides tensors"):
            DualTalk.from_published(tmp_path / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kept", [0, 10, 1000, 0.5, 0.999])
def test_cut_checkpoints_are_refused(kept: float, tensors: Tensors, tmp_path: Path) -> None:
    torch.save(tensors, tmp_path / "cut.pth")
    whole = (tmp_path / "cut.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: int(kept * len(whole)) if kept < 1 else int(kept)])
    with pytest.raises(InputError, match=r"cut\.pth: expected"):
        DualTalk.from_published(tmp_path / "cut.pth")


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.pth: expected a checkpoint; got no such file"):
        DualTalk.from_published(tmp_path / "absent.pth")
    with pytest.raises(InputError, match="expected a checkpoint that torch can read"):
        DualTalk.from_published(tmp_path)


def test_a_saved_model_is_the_same_to_the_bit(model: DualTalk, tmp_path: Path) -> None:
    for name in ("first", "second"):
        model.save(tmp_path / name)
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == ["config.json", "model.safetensors"]
    for file in ("config.json", "model.safetensors"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()
    loaded = DualTalk.load(tmp_path / "first")
    assert loaded.config == model.config
    assert not loaded.training
    assert same(loaded, model)
    clip = oracle.clip(3200)
    assert torch.equal(loaded(*clip), model(*clip))
    assert [p.requires_grad for p in loaded.parameters()] == [p.requires_grad for p in model.parameters()]
    with pytest.raises(InputError, match="expected a new file; got one that exists"):
        model.save(tmp_path / "first")
    model.save(tmp_path / "first", replace=True)


def _cut(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-100])


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickle.dumps({"weight": 1}))


def _reshaped(folder: Path) -> None:
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**values, "feed_forward": 16}))


def _with_key(folder: Path) -> None:
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**values, "widht": 16}))


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (_cut, "expected readable files; got SafetensorError"),
        (_pickled, "expected readable files; got SafetensorError"),
        (_reshaped, r"of another shape \(interaction.layers.0.linear1.weight \(2048, 128\) instead of \(16, 128\)"),
        (_with_key, r"config.json: expected keys among .+; got widht"),
        (lambda folder: (folder / "config.json").write_text("{"), r"config.json: expected JSON"),
        (lambda folder: (folder / "config.json").write_text('{"a": 1}'), r'expected a DualTalk configuration \("format"'),
        (lambda folder: (folder / "config.json").write_text('{"format": "dyad dualtalk 1"}'), "expected the encoder's settings; got none"),
        (lambda folder: (folder / "config.json").write_bytes(b"\xff"), "expected readable files; got UnicodeDecodeError"),
        (lambda folder: (folder / "config.json").unlink(), r"config.json and model.safetensors; got no config.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "got no model.safetensors"),
    ],
)
def test_damaged_folders_are_refused(damage: Callable[[Path], object], text: str, model: DualTalk, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    damage(tmp_path / "model")
    with pytest.raises(InputError, match=text):
        DualTalk.load(tmp_path / "model")


def test_light_models_are_saved_too(tmp_path: Path) -> None:
    light = DualTalk(DualTalkConfig(encoder={"model_type": "log_mel", "hidden": 8}, width=8, basis="arkit50")).eval()
    light.save(tmp_path / "light")
    loaded, clip = DualTalk.load(tmp_path / "light"), oracle.clip(3200)
    assert torch.equal(loaded(*clip), light(*clip))


def test_the_command_converts(tensors: Tensors, model: DualTalk, tmp_path: Path) -> None:
    torch.save(tensors, tmp_path / "DualTalk.pth")
    words = ["convert", "dualtalk", str(tmp_path / "DualTalk.pth"), "--out", str(tmp_path / "model")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "encoder: 2 attention heads of 64 (assumed)" in done.output
    assert same(DualTalk.load(tmp_path / "model"), model)
    again = CliRunner().invoke(app, words)
    assert isinstance(again.exception, InputError)
    assert "--force" in str(again.exception)
    assert CliRunner().invoke(app, [*words, "--force"]).exit_code == 0


def test_the_command_leaves_nothing_of_what_it_refuses(tmp_path: Path) -> None:
    (tmp_path / "bad.pth").write_bytes(b"none")
    wrong = CliRunner().invoke(app, ["convert", "dualtalk", str(tmp_path / "bad.pth"), "--out", str(tmp_path / "model")])
    assert isinstance(wrong.exception, InputError)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.pth"]
    unknown = CliRunner().invoke(app, ["convert", "dualtlak", "x.pth", "--out", str(tmp_path / "model")])
    assert "Did you mean dualtalk?" in str(unknown.exception)


def test_the_package_loads_no_torch_by_itself() -> None:
    code = "import sys, dyad.agents.dualtalk; print([name for name in ('torch', 'transformers') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout == "[]\n"
    with pytest.raises(ImportError, match="cannot import name 'Nobody'"):
        from dyad.agents.dualtalk import Nobody  # type: ignore[attr-defined]  # noqa: F401
