"""An audio encoder's convolutions for sound of whole frames: the same rows as its library makes, sooner.

- The convolutions make rows at 50 Hz, of which every other one is used: for sound of whole frames the step to 25 Hz falls on rows 0, 2, 4 …
  A row depends on 400 samples, and the stack goes on by 640, so each frame's 400 are convolved by themselves and nothing is made in vain.
- Encoders of base size have one norm over time, after the first convolution. Mean and variance of that convolution's results follow from
  mean and covariance of the sound that it sees, ten samples at a time, so the results need not be made to have them; the norm becomes part
  of the convolution's weights.
- Numbers of a row lie side by side, so that a convolution is one product of matrices, and norms need no transposing; and a few frames go
  through the whole stack at a time, so that what is between its layers stays in the processor's cache.
"""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from dyad.agents.dualtalk.encoders import AudioEncoder
from dyad.agents.dualtalk.packing import PackedLinear

SAMPLES_A_FRAME: Final = 640
ROW_SAMPLES: Final = 320  # of one row to the next
FRAMES_AT_ONCE: Final = 20  # chosen by measuring: 5 MB between the widest layers

Layer = Callable[[Tensor], Tensor]
"""(P, L, C) to (P, M, D)."""


class Convolutions:
    """The convolutions of an encoder, made ready to run.

    Args:
        encoder: one of which ``can_be_cut`` is true.
    """

    def __init__(self, encoder: AudioEncoder) -> None:
        """Lay out the weights."""
        first, *rest = encoder.network.feature_extractor.conv_layers
        self._shortest = encoder.shortest
        self._first = first
        self._rest = [_layer(layer) for layer in rest]

    def __call__(self, audio: Tensor) -> Tensor:
        """The first row of every frame.

        Args:
            audio: (B, F * 640).

        Returns:
            (B, F, C).
        """
        return torch.stack([self._one(sound) for sound in audio])

    def _one(self, sound: Tensor) -> Tensor:
        first = _normed_over_time(self._first, sound) if _has_norm_over_time(self._first) else _layer(self._first)
        pieces = sound.unfold(0, self._shortest, SAMPLES_A_FRAME)[:, :, None]  # (F, 400, 1)
        return torch.cat([self._through(first, some) for some in torch.split(pieces, FRAMES_AT_ONCE)])

    def _through(self, first: Layer, pieces: Tensor) -> Tensor:
        rows = first(pieces)
        for layer in self._rest:
            rows = layer(rows)
        return rows[:, 0]


def can_be_cut(encoder: AudioEncoder) -> bool:
    """Whether the encoder's convolutions are of the kind that these are made for."""
    stride = 1
    for step in encoder.network.config.conv_stride:
        stride *= step
    first, *rest = encoder.network.feature_extractor.conv_layers
    fits = _is_plain(first) and all(_is_plain(layer) and not _has_norm_over_time(layer) for layer in rest)
    return fits and stride == ROW_SAMPLES and encoder.shortest <= SAMPLES_A_FRAME


def _is_plain(layer: Any) -> bool:
    """Convolution, norm over channels or over time if any, GELU."""
    convolution, norm = layer.conv, getattr(layer, "layer_norm", None)
    plain = (convolution.padding, convolution.dilation, convolution.groups) == ((0,), (1,), 1)
    known = norm is None or type(norm) is nn.LayerNorm or _has_norm_over_time(layer)
    return plain and known and type(layer.activation).__name__ == "GELUActivation"


def _has_norm_over_time(layer: Any) -> bool:
    norm = getattr(layer, "layer_norm", None)
    return type(norm) is nn.GroupNorm and norm.num_groups == norm.num_channels


def _layer(layer: Any) -> Layer:
    convolution, norm = layer.conv, getattr(layer, "layer_norm", None)
    product = PackedLinear(_as_matrix(convolution), convolution.bias, then="gelu" if norm is None else "none")
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    if norm is None:
        return lambda rows: product(_seen(rows, kernel, stride))
    return lambda rows: F.gelu(norm(product(_seen(rows, kernel, stride))))


def _seen(rows: Tensor, kernel: int, stride: int) -> Tensor:
    """What a convolution sees for each of its results: (P, L, C) to (P, M, kernel * C)."""
    return rows.unfold(1, kernel, stride).transpose(2, 3).flatten(2)


def _as_matrix(convolution: nn.Conv1d) -> Tensor:
    """(D, C, kernel) to (D, kernel * C)."""
    return convolution.weight.transpose(1, 2).flatten(1)


def _normed_over_time(layer: Any, sound: Tensor) -> Layer:
    """The first layer with its norm over the stretch (``GroupNorm`` with a group for each channel) in its weights.

    With x the ten samples before a result w·x + b: its mean over time is w·mean(x) + b, and its variance w·cov(x)·w.
    """
    convolution, norm = layer.conv, layer.layer_norm
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    seen = sound.unfold(0, kernel, stride).double()
    mean = seen.mean(dim=0)
    covariance = (seen - mean).T @ (seen - mean) / len(seen)
    weight = _as_matrix(convolution).double()
    spread = (torch.einsum("dk,kl,dl->d", weight, covariance, weight) + norm.eps).sqrt()
    scale = norm.weight.double() / spread
    # The convolution's own bias moves its mean alike, and so cancels out.
    offset = norm.bias.double() - scale * (weight @ mean)
    product = PackedLinear((scale[:, None] * weight).to(sound.dtype), offset.to(sound.dtype), then="gelu")
    return lambda rows: product(_seen(rows, kernel, stride))
