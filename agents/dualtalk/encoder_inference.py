"""Reads the shape of an audio encoder off its tensors.

Most of it shows: depth, widths, kernels, biases, the kind of normalisation, the groups of the positional convolution, and WavLM's heads.
What does not show is taken from all released wav2vec 2.0, HuBERT and WavLM models, and said: 64 numbers to an attention head; strides
5, 2, 2, 2, 2, 2, 2 for kernels 10, 3, 3, 3, 3, 2, 2; layer norm before each block (``do_stable_layer_norm``) exactly where the convolutions
have layer norm; GELU; ε = 1e-5. Where that rule has no answer, the configuration is asked for.
"""

import re
from collections.abc import Iterable, Mapping
from statistics import mode
from typing import Any, Final

from torch import Tensor

from dyad.agents.dualtalk.encoders import encoder_settings
from dyad.errors import InputError

KERNELS: Final = (10, 3, 3, 3, 3, 2, 2)
STRIDES: Final = (5, 2, 2, 2, 2, 2, 2)
HEAD_WIDTH: Final = 64
_CONVOLUTION: Final = "feature_extractor.conv_layers"
_POSITIONS: Final = "encoder.pos_conv_embed.conv"
MASK: Final = "masked_spec_embed"
NOT_ONE: Final = "Give the published DualTalk.pth, or a state dict that its code saved."
_CURE: Final = "Give the encoder's configuration: encoder_config, or --encoder with a folder or hub name."


def infer_encoder(tensors: Mapping[str, Tensor], *, what: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Settings of an encoder, and what was assumed for them.

    Args:
        tensors: of one encoder, weight norm in its newer spelling.
        what: how errors call the file.

    Raises:
        InputError: a tensor that tells is absent, or the tensors leave open what the encoder is.
    """
    wavlm = any(".gru_rel_pos_linear." in name for name in tensors)
    hidden = agreed(tensors, [("encoder.layer_norm.weight", 0, 1), ("encoder.layer_norm.bias", 0, 1), *_norms("layer_norm")], what=what)
    layers = count(tensors, re.compile(r"encoder\.layers\.(\d+)\."))
    inner = [(f"encoder.layers.{layer}.feed_forward.intermediate_dense.bias", 0, 1) for layer in range(max(1, layers))]
    convolutions, notes = _convolutions(tensors, what=what)
    positions = _sizes(tensors, f"{_POSITIONS}.parametrizations.weight.original1", 3, what=what)
    heads, heads_note = _heads(tensors, hidden=hidden, wavlm=wavlm, what=what)
    settings: dict[str, Any] = {
        "model_type": "wavlm" if wavlm else "wav2vec2",
        "hidden_size": hidden,
        "num_hidden_layers": max(1, layers),
        "intermediate_size": agreed(tensors, inner, what=what),
        "num_attention_heads": heads,
        "num_conv_pos_embeddings": positions[2],
        "num_conv_pos_embedding_groups": max(1, hidden // max(1, positions[1])),
        "mask_time_prob": 0.05 if MASK in tensors else 0.0,
        "mask_feature_prob": 0.0,
        **convolutions,
    }
    if wavlm:
        buckets = "encoder.layers.0.attention.rel_attn_embed.weight"
        settings |= {"num_buckets": _sizes(tensors, buckets, 2, what=what)[0], "max_bucket_distance": 800}
        notes = (*notes, "encoder: relative positions up to 800 (assumed)")
    return encoder_settings(settings), (
        *notes,
        heads_note,
        "encoder: GELU, layer norm ε 1e-5; dropout and masking in training as the library sets them (assumed)",
    )


def masked_as(tensors: Mapping[str, Tensor], given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Given settings, but whether there is a tensor for masking in training: only the tensors tell, and the results do not depend on it.

    Args:
        tensors: of one encoder.
        given: its settings.

    Returns:
        Settings, and what is to be said of them.
    """
    there = MASK in tensors
    if there == (given.get("mask_time_prob", 0) > 0 or given.get("mask_feature_prob", 0) > 0):
        return dict(given), ("encoder: as given",)
    # The library makes that tensor where the shares are not 0; told not to mask, it keeps it unused.
    changed = {"mask_time_prob": 0.05, "apply_spec_augment": False} if there else {"mask_time_prob": 0.0, "mask_feature_prob": 0.0}
    return {**given, **changed}, (
        f"encoder: as given, but {'with' if there else 'without'} {MASK}, as in the file; not masked in training",
    )


def agreed(tensors: Mapping[str, Tensor], places: Iterable[tuple[str, int, int]], *, what: str) -> int:
    """A size that several tensors show, by the majority: one wrong tensor is then named as wrong, not all the others.

    Args:
        tensors: by name.
        places: name, axis, and how many times the size that axis is long.
        what: how errors call the file.

    Raises:
        InputError: none of them is there.
    """
    wanted = list(places)
    found = [tensors[name].shape[axis] // times for name, axis, times in wanted if name in tensors and tensors[name].ndim > axis]
    if not found:
        raise InputError(what, expected="tensors of a DualTalk model", got=f"no {wanted[0][0]}", cure=NOT_ONE)
    return mode(found)


def count(tensors: Mapping[str, Tensor], pattern: re.Pattern[str]) -> int:
    """How many different numbers names have at a place; a stray high number does not make a deep model."""
    return len({match[1] for match in map(pattern.match, tensors) if match})


def _norms(kind: str) -> list[tuple[str, int, int]]:
    return [(f"encoder.layers.0.{kind}.{end}", 0, 1) for end in ("weight", "bias")]


def _convolutions(tensors: Mapping[str, Tensor], *, what: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    layers = count(tensors, re.compile(rf"{re.escape(_CONVOLUTION)}\.(\d+)\."))
    sizes = [_sizes(tensors, f"{_CONVOLUTION}.{layer}.conv.weight", 3, what=what) for layer in range(layers)]
    kernels = tuple(size[2] for size in sizes)
    if kernels != KERNELS:
        got = f"kernels {', '.join(map(str, kernels)) or 'none'}"
        raise InputError(what, expected=f"convolutions with kernels {', '.join(map(str, KERNELS))}", got=got, cure=_CURE)
    every = f"{_CONVOLUTION}.{{}}.layer_norm.weight"
    layer_norm = any(every.format(layer) in tensors for layer in range(1, layers))
    settings = {
        "conv_dim": [size[0] for size in sizes],
        "conv_kernel": list(kernels),
        "conv_stride": list(STRIDES),
        "conv_bias": any(f"{_CONVOLUTION}.{layer}.conv.bias" in tensors for layer in range(layers)),
        "feat_extract_norm": "layer" if layer_norm else "group",
        "do_stable_layer_norm": layer_norm,
    }
    order = "before" if layer_norm else "after"
    found = "layer norm in every convolution" if layer_norm else "group norm in the first convolution"
    strides = ", ".join(map(str, STRIDES))
    return settings, (f"encoder: strides {strides} (assumed)", f"encoder: layer norm {order} each block (assumed from {found})")


def _heads(tensors: Mapping[str, Tensor], *, hidden: int, wavlm: bool, what: str) -> tuple[int, str]:
    if wavlm:
        heads = _sizes(tensors, "encoder.layers.0.attention.gru_rel_pos_const", 4, what=what)[1]
        return heads, f"encoder: {heads} attention heads, as its tensors tell"
    if hidden % HEAD_WIDTH:
        got = f"a width of {hidden}, and no tensor tells the number of heads"
        raise InputError(what, expected=f"an encoder with heads of {HEAD_WIDTH}", got=got, cure=_CURE)
    return hidden // HEAD_WIDTH, f"encoder: {hidden // HEAD_WIDTH} attention heads of {HEAD_WIDTH} (assumed)"


def _sizes(tensors: Mapping[str, Tensor], name: str, dimensions: int, *, what: str) -> tuple[int, ...]:
    """A tensor's shape."""
    if name not in tensors or tensors[name].ndim != dimensions:
        got = f"{tuple(tensors[name].shape)}" if name in tensors else "none"
        raise InputError(what, expected=f"a tensor {name} of {dimensions} dimensions", got=got, cure=_CURE)
    return tuple(tensors[name].shape)
