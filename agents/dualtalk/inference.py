"""The same results as the model's own methods, sooner: for sound that comes in whole frames, on a processor.

Two savings, both exact up to rounding:

- The convolutions make rows at 50 Hz, of which every other one is used: for sound of whole frames the step to 25 Hz falls on rows 0, 2, 4 …
  A row depends on 400 samples, and the stack goes on by 640, so each frame's 400 are convolved by themselves and nothing is made in vain.
  That takes convolutions without a norm over time (``feat_extract_norm`` "layer", as in the published model).
- In single precision torch multiplies matrices with MKL, which is slow on some processors; oneDNN, which torch brings too, is not. Weights
  are laid out for it once.
"""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn

from dyad.agents.dualtalk.encoders import AudioEncoder
from dyad.agents.dualtalk.log_mel import LogMelEncoder
from dyad.agents.dualtalk.model import DualTalk

SAMPLES_A_FRAME: Final = 640
ROW_SAMPLES: Final = 320  # of one row to the next


class Inference:
    """A model made ready to run on a processor.

    Args:
        model: its linear layers are replaced, so that it can no longer be trained or saved.
    """

    def __init__(self, model: DualTalk) -> None:
        """Lay out the weights."""
        self.config = model.config
        self.dtype = model.dtype
        self._model = model.eval()
        if self.dtype == torch.float32 and torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
            for encoder in (model.own_encoder, model.partner_encoder):
                if isinstance(encoder, AudioEncoder):  # the light one has little to gain
                    pack_linear_layers(encoder)
        self._rows = [_rows_of(encoder) for encoder in (model.own_encoder, model.partner_encoder)]

    @torch.inference_mode()
    def features(self, audio: Tensor, *, own: bool) -> Tensor:
        """As ``DualTalk.own_features`` and ``partner_features``.

        Args:
            audio: (B, F * 640) at 16 kHz, zero mean and unit variance.
            own: whether it is the own voice.

        Returns:
            (B, F, width).
        """
        encoder = self._model.own_encoder if own else self._model.partner_encoder
        rows = self._rows[0 if own else 1](audio.to(self.dtype))
        features: Tensor = self._model.audio_projection(encoder.transform(rows))
        return features

    @torch.inference_mode()
    def decode(self, own_features: Tensor, partner_features: Tensor, partner_motion: Tensor) -> Tensor:
        """As ``DualTalk.decode``."""
        return self._model.decode(own_features, partner_features, partner_motion)


class PackedLinear(nn.Module):
    """A linear layer whose weights lie as oneDNN likes them.

    Args:
        dense: the layer to do the work of.
    """

    def __init__(self, dense: nn.Linear) -> None:
        """Lay out the weights."""
        super().__init__()
        # Not buffers: this layout can be neither saved nor converted.
        self._weight = dense.weight.detach().to_mkldnn()
        self._bias = None if dense.bias is None else dense.bias.detach().to_mkldnn()

    def forward(self, rows: Tensor) -> Tensor:
        """(..., in) to (..., out)."""
        result: Tensor = torch.ops.aten.mkldnn_linear(rows.to_mkldnn(), self._weight, self._bias).to_dense()
        return result


def pack_linear_layers(module: nn.Module) -> None:
    """Replace the linear layers within a module, but for those whose weights something else reaches for: WavLM's attention."""
    for name, child in module.named_children():
        if type(child) is nn.Linear:
            setattr(module, name, PackedLinear(child))
        elif type(child).__name__ != "WavLMAttention":
            pack_linear_layers(child)


def _rows_of(encoder: AudioEncoder | LogMelEncoder) -> Callable[[Tensor], Tensor]:
    """From sound of whole frames to what the encoder's transformer takes."""
    if isinstance(encoder, AudioEncoder) and _skips_rows(encoder):
        return lambda audio: _convolve_frames(encoder, audio)
    return lambda audio: encoder.resample(encoder.convolve(audio), audio.shape[1] // SAMPLES_A_FRAME)


def _skips_rows(encoder: AudioEncoder) -> bool:
    config = encoder.network.config
    stride = 1
    for step in config.conv_stride:
        stride *= step
    return config.feat_extract_norm == "layer" and stride == ROW_SAMPLES and encoder.shortest <= SAMPLES_A_FRAME


def _convolve_frames(encoder: AudioEncoder, audio: Tensor) -> Tensor:
    """(B, F * 640) to (B, F, C): the first row of every frame."""
    pieces = audio.unfold(1, encoder.shortest, SAMPLES_A_FRAME)  # (B, F, 400)
    rows: Tensor = encoder.network.feature_extractor(pieces.flatten(0, 1))
    return rows[:, :, 0].view(*pieces.shape[:2], -1)
