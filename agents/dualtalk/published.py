"""Checkpoints of the published code: one ``.pth`` with a plain state dict, under that code's names.

Source of the names: the state dict of the code published with Peng et al., CVPR 2025 (arXiv 2505.18096).
"""

import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from dyad.agents.dualtalk.checkpoint import check_tensors
from dyad.agents.dualtalk.config import DualTalkConfig
from dyad.agents.dualtalk.encoder_inference import NOT_ONE, agreed, count, infer_encoder, masked_as
from dyad.agents.dualtalk.encoders import encoder_settings
from dyad.errors import InputError

NAMES: Final = {
    "own_encoder.network.": "joint_encoder.audio_encoder1.",
    "partner_encoder.network.": "joint_encoder.audio_encoder2.",
    "audio_projection.": "joint_encoder.audio_projection.",
    "motion_projection.": "joint_encoder.blendshape_encoder.",
    "partner_attention.": "temporal_enhancer.cross_attention.",
    "partner_memory.": "temporal_enhancer.temporal_lstm.",
    "interaction.": "interaction_module.interaction_encoder.",
    "interaction_attention.": "interaction_module.self_attention.",
    "synthesis.": "synthesis_module.synthesis_decoder.",
    "modulation.": "synthesis_module.modulation_layer.",
    "readout.": "synthesis_module.blendshape_predictor.",
}
"""Beginnings of our names, and of the published ones."""

SPELLINGS: Final = {".weight_g": ".parametrizations.weight.original0", ".weight_v": ".parametrizations.weight.original1"}
"""torch's weight norm, as older and as newer versions write it."""

WIDTHS: Final = (
    ("joint_encoder.audio_projection.weight", 0, 1),
    ("joint_encoder.audio_projection.bias", 0, 1),
    ("temporal_enhancer.cross_attention.out_proj.bias", 0, 1),
    ("interaction_module.self_attention.out_proj.bias", 0, 2),
    ("synthesis_module.blendshape_predictor.weight", 1, 2),
)
"""Tensors, axes, and how many times the feature width those are long."""

_LAYERS: Final = ("interaction_module.interaction_encoder.layers.0", "synthesis_module.synthesis_decoder.layers.0")


@dataclass(frozen=True, kw_only=True)
class Published:
    """A checkpoint as read.

    Args:
        source: the file.
        config: shape of the model.
        tensors: by their published names, weight norm in its newer spelling.
    """

    source: str
    config: DualTalkConfig
    tensors: Mapping[str, Tensor]

    def check(self, expected: Mapping[str, Tensor]) -> None:
        """See that the tensors are those of a model.

        Args:
            expected: the model's state dict.

        Raises:
            InputError: with the published names and shapes at fault.
        """
        cure = "If the encoder is another one, give its configuration (--encoder)."
        check_tensors(
            self.source, expected={published_name(name): value for name, value in expected.items()}, found=self.tensors, cure=cure
        )

    def translated(self) -> dict[str, Tensor]:
        """Tensors under our names, each with memory of its own; only after ``check``."""
        ours = {theirs: own for own, theirs in NAMES.items()}
        result = {}
        for name, tensor in self.tensors.items():
            beginning = next(theirs for theirs in ours if name.startswith(theirs))
            result[ours[beginning] + name.removeprefix(beginning)] = tensor
        return _apart(result)


def published_name(name: str) -> str:
    """What the published code calls one of our tensors."""
    beginning = next(own for own in NAMES if name.startswith(own))
    return NAMES[beginning] + name.removeprefix(beginning)


def read_published(path: str | Path, *, encoder_config: object = None) -> Published:
    """Read a checkpoint, and find the shape of its model.

    Args:
        path: ``.pth``.
        encoder_config: as for ``DualTalk.from_published``.

    Raises:
        InputError: the file cannot be read, is no plain state dict, or leaves open what its encoder is.
    """
    file = Path(path).expanduser()
    tensors = _respelled(_state_dict(file), what=str(file))
    found = _encoder_tensors(tensors)
    if not found:
        got = f"{len(tensors)} tensors, none of them so named, such as {next(iter(tensors))}"
        raise InputError(
            str(file), expected=f"tensors of a DualTalk model, {NAMES['own_encoder.network.']}… among them", got=got, cure=NOT_ONE
        )
    if encoder_config is None:
        encoder, notes = infer_encoder(found, what=str(file))
    else:
        encoder, notes = masked_as(found, encoder_settings(encoder_config))
    config = DualTalkConfig(
        encoder=encoder,
        width=agreed(tensors, WIDTHS, what=str(file)),
        interaction_layers=max(1, count(tensors, re.compile(r"interaction_module\.interaction_encoder\.layers\.(\d+)\."))),
        lstm_layers=max(1, count(tensors, re.compile(r"temporal_enhancer\.temporal_lstm\.\w+_l(\d+)"))),
        feed_forward=agreed(tensors, [(f"{layer}.linear1.{end}", 0, 1) for layer in _LAYERS for end in ("weight", "bias")], what=str(file)),
        notes=(f"from {file.name}", "attention heads outside the encoders: 4, as published (no tensor tells)", *notes),
    )
    return Published(source=str(file), config=config, tensors=tensors)


def _state_dict(file: Path) -> dict[str, Tensor]:
    """The tensors, read without running code."""
    try:
        loaded: Any = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(str(file), expected="a checkpoint", got="no such file", cure=NOT_ONE) from None
    except pickle.UnpicklingError as error:
        got = "a damaged file, or pickled objects besides tensors, which could run code"
        raise InputError(str(file), expected="tensors only", got=got, cure=NOT_ONE) from error
    except Exception as error:  # torch and zipfile raise many kinds on damaged files
        got = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise InputError(str(file), expected="a checkpoint that torch can read", got=got, cure=NOT_ONE) from error
    if not isinstance(loaded, Mapping) or not loaded:
        got = f"a {type(loaded).__name__}" if not isinstance(loaded, Mapping) else "nothing in it"
        raise InputError(str(file), expected="a state dict, names and tensors", got=got, cure=NOT_ONE)
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, Tensor) or value.layout != torch.strided or value.is_quantized:
            got = f"{name!r}: {type(value).__name__}"
            raise InputError(str(file), expected="a plain state dict, names and dense tensors", got=got, cure=NOT_ONE)
    return dict(loaded)


def _encoder_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Of one encoder; both have one shape, so what the first lacks is looked up in the second."""
    found: dict[str, Tensor] = {}
    for beginning in (NAMES["partner_encoder.network."], NAMES["own_encoder.network."]):
        found |= {name.removeprefix(beginning): tensor for name, tensor in tensors.items() if name.startswith(beginning)}
    return found


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors that share memory, as those of two encoders saved as one may, get their own; others are not copied."""
    used: set[int] = set()
    result = {}
    for name, tensor in tensors.items():
        memory = tensor.untyped_storage()
        whole = tensor.is_contiguous() and memory.nbytes() == tensor.nbytes and memory.data_ptr() not in used
        used.add(memory.data_ptr())
        result[name] = tensor if whole else tensor.clone(memory_format=torch.contiguous_format)
    return result


def _respelled(tensors: Mapping[str, Tensor], *, what: str) -> dict[str, Tensor]:
    """Weight norm in its newer spelling."""
    result: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        old = next((end for end in SPELLINGS if name.endswith(end)), None)
        new = name if old is None else name.removesuffix(old) + SPELLINGS[old]
        if new in result:
            raise InputError(what, expected="every tensor once", got=f"{new} in two spellings", cure=NOT_ONE)
        result[new] = tensor
    return result
