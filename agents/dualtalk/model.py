"""The DualTalk model: both voices and the partner's motion in, own motion out; for speaking and listening alike.

Source: Peng et al., "DualTalk: Dual-Speaker Interaction for 3D Talking Head Conversations", CVPR 2025 (arXiv 2505.18096).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from dyad.agents.dualtalk.checkpoint import check_tensors, read_checkpoint, write_checkpoint
from dyad.agents.dualtalk.config import DualTalkConfig
from dyad.agents.dualtalk.encoders import LOG_MEL, AudioEncoder, build_encoder, published_frames
from dyad.agents.dualtalk.log_mel import LogMelEncoder
from dyad.agents.dualtalk.published import read_published
from dyad.clock import FrameClock
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ
from dyad.errors import InputError

MODULATION: Final = 0.1  # share of the last correction, as published
_CLOCK: Final = FrameClock(frame_rate_hz=FRAME_RATE_HZ, sample_rate_hz=SAMPLE_RATE_HZ)


class DualTalk(nn.Module):
    """Two audio encoders, an attention from the partner's voice to the partner's motion, and transformer layers over both streams.

    Nothing in it is causal (only a ``log_mel`` encoder can be). There are no positions besides the audio encoders' and the LSTM's, so the
    partner's motion is seen as a set: the order of its frames does not count.
    Everything comes out in the type of the weights.

    Args:
        config: shape of the model.

    Raises:
        InputError: the encoder's settings do not fit.
    """

    def __init__(self, config: DualTalkConfig) -> None:
        """With random weights, by torch's generator; the encoders' convolutions are frozen."""
        super().__init__()
        self.config = config
        width = config.width
        self.own_encoder = build_encoder(config.encoder)
        self.partner_encoder = build_encoder(config.encoder)
        self.audio_projection = nn.Linear(self.own_encoder.hidden, width)  # one for both voices
        self.motion_projection = nn.Sequential(nn.Linear(config.channels, width // 2), nn.ReLU(), nn.Linear(width // 2, width), nn.ReLU())
        self.partner_attention = nn.MultiheadAttention(width, config.heads, batch_first=True)
        self.partner_memory = nn.LSTM(width, width // 2, config.lstm_layers, bidirectional=True, batch_first=True)
        both = 2 * width
        shape = (both, config.heads, config.feed_forward, config.layer_dropout)
        self.interaction = nn.TransformerEncoder(nn.TransformerEncoderLayer(*shape, batch_first=True), config.interaction_layers)
        self.interaction_attention = nn.MultiheadAttention(both, config.heads, batch_first=True)
        self.dropout = nn.Dropout(config.dropout)
        self.synthesis = nn.TransformerDecoder(nn.TransformerDecoderLayer(*shape, batch_first=True), 1)
        self.modulation = nn.Linear(both, both)
        self.readout = nn.Linear(both, config.channels)

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights."""
        return self.readout.weight.dtype

    def own_features(self, audio: Tensor, frames: int | None = None) -> Tensor:
        """What is heard of the own voice.

        Args:
            audio: (B, N) at 16 kHz, zero mean and unit variance.
            frames: wanted; None is as many as cover the sound.

        Returns:
            (B, frames, width).
        """
        return self._features(self.own_encoder, audio, frames)

    def partner_features(self, audio: Tensor, frames: int | None = None) -> Tensor:
        """What is heard of the partner's voice; as ``own_features``, with the other encoder."""
        return self._features(self.partner_encoder, audio, frames)

    def decode(self, own_features: Tensor, partner_features: Tensor, partner_motion: Tensor) -> Tensor:
        """Own motion from features of the same frames.

        Args:
            own_features: (B, T, width).
            partner_features: (B, T, width).
            partner_motion: (B, T, channels), as ``dyad.dualtalk_layout`` orders them.

        Returns:
            (B, T, channels).

        Raises:
            InputError: shapes that differ in batch or frames.
        """
        found = [tuple(tensor.shape) for tensor in (own_features, partner_features, partner_motion)]
        if len({shape[:2] for shape in found}) > 1 or found[2][2:] != (self.config.channels,):
            expected = f"(B, T, {self.config.width}) twice and (B, T, {self.config.channels})"
            got = ", ".join(map(str, found))
            raise InputError("features and motion", expected=expected, got=got, cure="Cut them to the same frames.")
        motion = self.motion_projection(partner_motion.to(self.dtype))
        seen = self.partner_attention(partner_features, motion, motion, need_weights=False)[0]
        if self.config.direct_partner:
            seen = seen + partner_features + motion
        partner = self.partner_memory(seen)[0]
        together = self.interaction(torch.cat([own_features, partner], dim=-1))
        mixed = self.dropout(self.interaction_attention(together, together, together, need_weights=False)[0])
        if self.config.residual:
            mixed = mixed + together
        drawn = self.synthesis(mixed, mixed)
        moved: Tensor = self.readout(drawn + MODULATION * self.modulation(drawn))
        return moved

    def forward(self, own_audio: Tensor, partner_audio: Tensor, partner_motion: Tensor) -> Tensor:
        """Own motion for a whole clip, as the published model makes it.

        Both voices are brought to the number of frames that the published model counts in the own one. Then voices and motion are cut to
        the shorter of that and T.

        Args:
            own_audio: (B, N) at 16 kHz, zero mean and unit variance.
            partner_audio: the same of the partner.
            partner_motion: (B, T, channels).

        Returns:
            (B, T, channels); fewer frames than T where the sound is shorter.

        Raises:
            InputError: other shapes.
        """
        if own_audio.ndim != 2 or partner_audio.ndim != 2 or partner_motion.ndim != 3:
            got = ", ".join(str(tuple(tensor.shape)) for tensor in (own_audio, partner_audio, partner_motion))
            raise InputError("DualTalk's input", expected="shapes (B, N), (B, N), (B, T, 56)", got=got, cure="Add a batch dimension.")
        frames = published_frames(own_audio.shape[1])
        kept = min(frames, partner_motion.shape[1])
        own = self.own_features(own_audio, frames)[:, :kept]
        partner = self.partner_features(partner_audio, frames)[:, :kept]
        return self.decode(own, partner, partner_motion[:, :kept])

    def frozen_parameters(self) -> list[nn.Parameter]:
        """Those that training leaves as they are: of the encoders' convolutions, as published."""
        parts = (self.own_encoder.frozen(), self.partner_encoder.frozen())
        return [parameter for part in parts if part is not None for parameter in part.parameters()]

    def load_pretrained_encoders(self, source: str | Path) -> None:
        """Start both encoders from weights in a local folder or on the hub.

        Raises:
            InputError: a ``log_mel`` encoder, for which there are none; or weights that cannot be read or do not fit.
        """
        for encoder in (self.own_encoder, self.partner_encoder):
            if isinstance(encoder, LogMelEncoder):
                raise InputError("encoder", expected="one of transformers", got=LOG_MEL, cure="Its weights come from training alone.")
            encoder.load_pretrained(source)

    @classmethod
    def from_published(cls, path: str | Path, encoder_config: object = None) -> "DualTalk":
        """A model with the weights of a published checkpoint, ready to run; ``config.notes`` says what had to be assumed.

        Args:
            path: ``.pth``, a state dict of torch.
            encoder_config: the audio encoders' transformers configuration (object, values, local folder or hub name). None reads it off the
                tensors, see ``dyad.agents.dualtalk.encoder_inference``.

        Raises:
            InputError: no such file, code in it, tensors missing, unknown or of another shape, or an encoder that must be named.
        """
        published = read_published(path, encoder_config=encoder_config)
        model = cls._empty(published.config)
        published.check(model.state_dict())
        return model._filled(published.translated(), dtype=torch.float32)

    @classmethod
    def load(cls, folder: str | Path, *, dtype: torch.dtype = torch.float32) -> "DualTalk":
        """A saved model, ready to run.

        Args:
            folder: of ``save``.
            dtype: of the weights: ``torch.float32`` or ``torch.bfloat16``.

        Raises:
            InputError: no such folder, or files that are damaged or do not fit together.
        """
        config, tensors = read_checkpoint(folder)
        model = cls._empty(config)
        check_tensors(str(folder), expected=model.state_dict(), found=tensors)
        return model._filled(tensors, dtype=dtype)

    def save(self, folder: str | Path, *, replace: bool = False) -> None:
        """Write ``config.json`` and ``model.safetensors``, both or none.

        Args:
            folder: made if absent.
            replace: whether files of an earlier model there are replaced.

        Raises:
            InputError: files are there and ``replace`` is False, or they cannot be written.
        """
        write_checkpoint(folder, config=self.config, tensors=self.state_dict(), replace=replace)

    def _features(self, encoder: AudioEncoder | LogMelEncoder, audio: Tensor, frames: int | None) -> Tensor:
        wanted = _CLOCK.frames_covering(audio.shape[1]) if frames is None else frames
        features: Tensor = self.audio_projection(encoder.transform(encoder.resample(encoder.convolve(audio), wanted)))
        return features

    @classmethod
    def _empty(cls, config: DualTalkConfig) -> "DualTalk":
        """Without memory for weights, and without drawing any."""
        with torch.device("meta"):
            return cls(config)

    def _filled(self, tensors: Mapping[str, Tensor], *, dtype: torch.dtype) -> "DualTalk":
        self.load_state_dict({name: as_type(tensor, dtype) for name, tensor in tensors.items()}, assign=True)
        return self.eval()


def as_type(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """A floating tensor in another type; counters stay as they are."""
    return tensor.to(dtype) if tensor.is_floating_point() else tensor
