"""A model made ready to run on a processor: the same results as its own methods up to rounding, sooner."""

from collections.abc import Callable

import torch
from torch import Tensor

from dyad.agents.dualtalk.convolutions import SAMPLES_A_FRAME, Convolutions, can_be_cut
from dyad.agents.dualtalk.decoding import Decoder
from dyad.agents.dualtalk.encoders import AudioEncoder
from dyad.agents.dualtalk.log_mel import LogMelEncoder
from dyad.agents.dualtalk.model import DualTalk
from dyad.agents.dualtalk.packing import PackedLinear, pack_linear_layers
from dyad.agents.dualtalk.positions import transform_positions


class Inference:
    """For sound that comes in whole frames.

    Args:
        model: its parts are taken and changed, so that it can no longer be used by itself.
    """

    def __init__(self, model: DualTalk) -> None:
        """Lay out the weights."""
        self.config = model.config
        self.dtype = model.dtype
        model.eval()
        with torch.inference_mode():
            projection = PackedLinear(model.audio_projection.weight, model.audio_projection.bias)
            self._decoder = Decoder(model)
            self._voices = (_voice(model.own_encoder, projection), _voice(model.partner_encoder, projection))

    @torch.inference_mode()
    def features(self, audio: Tensor, *, own: bool) -> Tensor:
        """As ``DualTalk.own_features`` and ``partner_features``.

        Args:
            audio: (B, F * 640) at 16 kHz, zero mean and unit variance.
            own: whether it is the own voice.

        Returns:
            (B, F, width).
        """
        return self._voices[0 if own else 1](audio.to(self.dtype))

    @torch.inference_mode()
    def decode(self, own_features: Tensor, partner_features: Tensor, partner_motion: Tensor, *, last: int) -> Tensor:
        """The last frames of what ``DualTalk.decode`` makes.

        Args:
            own_features: (B, T, width).
            partner_features: (B, T, width).
            partner_motion: (B, T, channels).
            last: frames wanted.

        Returns:
            (B, last, channels).
        """
        return self._decoder(own_features, partner_features, partner_motion.to(self.dtype), last=last)


def _voice(encoder: AudioEncoder | LogMelEncoder, projection: PackedLinear) -> Callable[[Tensor], Tensor]:
    """From sound of whole frames to features."""
    if isinstance(encoder, AudioEncoder):  # the light one has little to gain
        rows = Convolutions(encoder) if can_be_cut(encoder) else _whole(encoder)
        if projection.dtype == torch.float32:  # in bfloat16 it gains 5 % and leaves memory in pieces
            pack_linear_layers(encoder)
        transform_positions(encoder)
    else:
        rows = _whole(encoder)

    def features(audio: Tensor) -> Tensor:
        made: Tensor = projection(encoder.transform(rows(audio)))
        return made

    return features


def _whole(encoder: AudioEncoder | LogMelEncoder) -> Callable[[Tensor], Tensor]:
    return lambda audio: encoder.resample(encoder.convolve(audio), audio.shape[1] // SAMPLES_A_FRAME)
