"""Audio encoders: sound at 16 kHz to features at 25 frames a second, in three steps that can be run apart.

``convolve`` makes features at 50 Hz from short stretches of sound, ``resample`` brings them to motion frames, ``transform`` lets frames
see each other.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from dyad.agents.dualtalk.log_mel import LogMelEncoder, LogMelSettings
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ
from dyad.errors import InputError

LOG_MEL: Final = "log_mel"
KINDS: Final = ("wav2vec2", "hubert", "wavlm", "unispeech", "unispeech-sat", "data2vec-audio")
"""Model types of transformers that have the same parts in the same order; WavLM is in a test with the others."""

_PASSING: Final = (
    *("transformers_version", "architectures", "dtype", "torch_dtype", "_name_or_path", "id2label", "label2id"),
    *("output_attentions", "output_hidden_states", "return_dict"),
)
"""Keys of a configuration that say nothing about the encoder: who wrote it, and what a caller wants returned."""


def published_frames(samples: int) -> int:
    """Frames that the published model makes of so many samples: ``ceil(samples / 16000 · 25)``, in floating point.

    For 142 lengths among the first two million samples, whole frames all of them (the shortest is 7 frames, 4,480 samples), the product
    comes out just above the whole number, and the published model makes a frame more than the sound is long.
    """
    return math.ceil(samples / SAMPLE_RATE_HZ * FRAME_RATE_HZ)


def encoder_settings(source: object) -> dict[str, Any]:
    """A transformers configuration as plain values, complete, without what passes with a version or a machine.

    Args:
        source: a transformers configuration object, its values, a local folder, or a name on the Hugging Face hub.

    Raises:
        InputError: it cannot be read, or is none of ``KINDS``.
    """
    if isinstance(source, Mapping):
        values = dict(source)
    elif isinstance(source, str | Path):
        values = _read_config(source).to_dict()
    elif hasattr(source, "to_dict"):
        values = dict(source.to_dict())
    else:
        raise _not_an_encoder("encoder", got=type(source).__name__)
    kind = values.pop("model_type", "wav2vec2")
    if kind not in KINDS:
        raise _not_an_encoder("encoder", got=f"model_type {kind!r}")
    kept = {name: value for name, value in values.items() if name not in _PASSING}
    complete = _config(kind, kept).to_dict()
    return {"model_type": kind, **{name: value for name, value in complete.items() if name not in (*_PASSING, "model_type")}}


class AudioEncoder(nn.Module):
    """wav2vec 2.0, HuBERT, WavLM or a model built like them, with the step from 50 to 25 Hz before its transformer.

    The convolutions are frozen, as in the published model. In training the library's own masking of features applies (its draws come from
    NumPy's global generator), except to clips too short for it.

    Args:
        settings: of ``encoder_settings``.

    Raises:
        InputError: the library refuses the settings.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """With random weights, by torch's generator."""
        from transformers import AutoModel

        super().__init__()
        config = _config(settings["model_type"], {name: value for name, value in settings.items() if name != "model_type"})
        if getattr(config, "add_adapter", False):
            raise _not_an_encoder("encoder", got="one with an adapter (add_adapter), which changes the frame rate")
        try:
            self.network: Any = AutoModel.from_config(config)
        except (ValueError, TypeError, KeyError, IndexError, RuntimeError, ZeroDivisionError) as error:
            raise InputError("encoder", expected="settings that fit together", got=str(error), cure="Correct them.") from error
        self.network.feature_extractor._freeze_parameters()
        self.hidden = int(config.hidden_size)
        self.shortest = _receptive_field(config.conv_kernel, config.conv_stride)

    def convolve(self, audio: Tensor) -> Tensor:
        """The convolutions' output at 50 Hz.

        Args:
            audio: (B, N) at 16 kHz, zero mean and unit variance.

        Returns:
            (B, L, C).

        Raises:
            InputError: too short for one row.
        """
        if audio.shape[1] < self.shortest:
            cure = "Give longer sound, or fill it up with silence."
            raise InputError("audio", expected=f"{self.shortest} samples or more", got=f"{audio.shape[1]}", cure=cure)
        rows: Tensor = self.network.feature_extractor(audio.to(self._dtype)).transpose(1, 2)
        return rows

    def resample(self, features: Tensor, frames: int) -> Tensor:
        """Linear interpolation over the whole stretch, first row to first frame and last to last.

        Args:
            features: (B, L, C).
            frames: wanted.

        Returns:
            (B, frames, C).
        """
        rows: Tensor = F.interpolate(features.transpose(1, 2), size=frames, mode="linear", align_corners=True).transpose(1, 2)
        return rows

    def transform(self, features: Tensor) -> Tensor:
        """Feature projection and transformer.

        Args:
            features: (B, F, C).

        Returns:
            (B, F, hidden).
        """
        projected = self.network.feature_projection(features)
        hidden: Tensor = projected[0] if isinstance(projected, tuple) else projected
        if self.training and hidden.shape[1] > self.network.config.mask_time_length:
            hidden = self.network._mask_hidden_states(hidden)
        result: Tensor = self.network.encoder(hidden).last_hidden_state
        return result

    def frozen(self) -> nn.Module | None:
        """The part that training leaves as it is: the convolutions."""
        convolutions: nn.Module = self.network.feature_extractor
        return convolutions

    def load_pretrained(self, source: str | Path) -> None:
        """Take weights from a local folder or the hub.

        Raises:
            InputError: they cannot be read, or are of another shape.
        """
        from transformers import AutoModel

        try:
            weights = AutoModel.from_pretrained(source, dtype=self._dtype).state_dict()
            self.network.load_state_dict(weights)
        except (OSError, ValueError, RuntimeError) as error:
            raise _unreadable(source, error) from error

    @property
    def _dtype(self) -> torch.dtype:
        dtype: torch.dtype = self.network.dtype
        return dtype


def build_encoder(settings: Mapping[str, Any]) -> AudioEncoder | LogMelEncoder:
    """An encoder with random weights.

    Args:
        settings: those of a ``DualTalkConfig``.

    Raises:
        InputError: unknown or unfit settings.
    """
    if settings["model_type"] == LOG_MEL:
        return LogMelEncoder(LogMelSettings.from_mapping(settings))
    return AudioEncoder(encoder_settings(settings))


def _config(kind: str, values: Mapping[str, Any]) -> Any:
    """The library's configuration object; it checks some of the values."""
    from transformers import AutoConfig

    try:
        return AutoConfig.for_model(kind, **values)
    except Exception as error:  # its checks raise several kinds, some of them the library's own
        raise InputError("encoder", expected=f"settings of {kind}", got=_first_line(error), cure="Correct them.") from error


def _read_config(source: str | Path) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(source)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(source, error) from error


def _receptive_field(kernels: list[int], strides: list[int]) -> int:
    """Fewest samples that the convolutions make a row of."""
    samples = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        samples = (samples - 1) * stride + kernel
    return samples


def _not_an_encoder(what: str, *, got: str) -> InputError:
    cure = "Give a transformers configuration, a local folder, or a name on the hub."
    return InputError(what, expected=f"an audio encoder: {', '.join(KINDS)}", got=got, cure=cure)


def _unreadable(source: str | Path, error: Exception) -> InputError:
    cure = "Check the name and the network, or give a local folder."
    return InputError(f"encoder {source}", expected="a readable audio encoder", got=_first_line(error), cure=cure)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
