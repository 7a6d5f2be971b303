"""A light encoder that needs no download: mel bands, two rows to a motion frame, and a few convolutions over frames.

Made for models that two CPU cores can train. A row depends on a bounded stretch of sound, so it can be computed as sound comes in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from dyad.dualtalk_layout import SAMPLE_RATE_HZ
from dyad.errors import InputError

HOP: Final = 320  # samples: 20 ms
WINDOW: Final = 400  # samples: 25 ms, which end with the hop, so that nothing later is heard
ROWS_A_FRAME: Final = 2
_FFT: Final = 512
_FLOOR: Final = 1e-6  # of power, where white noise of unit variance has 1
_MEAN, _SPREAD = -5.0, 4.0  # chosen: the natural logarithm of speech at unit variance then lies about within -2 to 2


@dataclass(frozen=True, kw_only=True)
class LogMelSettings:
    """Settings of ``LogMelEncoder``.

    Args:
        bands: mel bands from 0 to 8 kHz.
        hidden: width of the result.
        layers: convolutions over frames.
        kernel: frames each of them spans; odd.
        causal: whether they look back only; else both ways alike.
        dropout: share dropped after each, in training.

    Raises:
        InputError: a value out of range.
    """

    bands: int = 64
    hidden: int = 128
    layers: int = 3
    kernel: int = 5
    causal: bool = False
    dropout: float = 0.1

    def __post_init__(self) -> None:
        """Check once."""
        for name, fewest in (("bands", 1), ("hidden", 1), ("layers", 0), ("kernel", 1)):
            value = getattr(self, name)
            if type(value) is not int or value < fewest:
                raise _wrong(name, expected=f"a whole number from {fewest} on", got=repr(value))
        if self.kernel % 2 == 0:
            raise _wrong("kernel", expected="an odd number", got=f"{self.kernel}")
        if type(self.causal) is not bool:
            raise _wrong("causal", expected="true or false", got=repr(self.causal))
        if type(self.dropout) not in (int, float) or not 0 <= self.dropout < 1:
            raise _wrong("dropout", expected="a number from 0 to below 1", got=repr(self.dropout))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "LogMelSettings":
        """From plain values; ``model_type`` is passed over.

        Raises:
            InputError: an unknown key, or a value out of range.
        """
        given = {name: value for name, value in values.items() if name != "model_type"}
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(given) - set(known)):
            raise _wrong(unknown[0], expected=f"one of {', '.join(known)}", got="an unknown key")
        return cls(**given)


class LogMelEncoder(nn.Module):
    """From sound at 16 kHz to ``hidden`` numbers a frame of 40 ms."""

    def __init__(self, settings: LogMelSettings) -> None:
        """With random weights, by torch's generator."""
        super().__init__()
        self.hidden = settings.hidden
        reach = settings.kernel - 1
        self._padding = (reach, 0) if settings.causal else (reach // 2, reach // 2)
        # Plain arrays, not buffers: they are no weights, and must stay in single precision when the weights do not.
        self._bank = _mel_bank(settings.bands)
        self._window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
        self.silence = float((np.log(_FLOOR) - _MEAN) / _SPREAD)
        self.entry = nn.Linear(ROWS_A_FRAME * settings.bands, settings.hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(settings.hidden) for _ in range(settings.layers))
        self.convolutions = nn.ModuleList(nn.Conv1d(settings.hidden, settings.hidden, settings.kernel) for _ in range(settings.layers))
        self.dropout = nn.Dropout(settings.dropout)
        self.exit = nn.LayerNorm(settings.hidden)
        self.look_back_frames, self.look_ahead_frames = (settings.layers * frames for frames in self._padding)

    def convolve(self, audio: Tensor) -> Tensor:
        """Log mel bands at 50 Hz; no weights are involved.

        Args:
            audio: (B, N) at 16 kHz, zero mean and unit variance; a rest of less than 20 ms at the end is filled with silence.

        Returns:
            (B, L, bands), L = N / 320 rounded up.
        """
        rows = -(-audio.shape[1] // HOP)
        padded = F.pad(audio.float(), (WINDOW - HOP, rows * HOP - audio.shape[1]))
        window = torch.as_tensor(self._window, device=audio.device)
        spectrum = torch.fft.rfft(padded.unfold(1, WINDOW, HOP) * window, n=_FFT)
        power = (spectrum.real.square() + spectrum.imag.square()) @ torch.as_tensor(self._bank, device=audio.device)
        bands: Tensor = ((power / window.square().sum()).clamp_min(_FLOOR).log() - _MEAN) / _SPREAD
        return bands.to(self.entry.weight.dtype)

    def resample(self, features: Tensor, frames: int) -> Tensor:
        """Two rows to a frame, side by side; missing ones are silence.

        Args:
            features: (B, L, bands) of ``convolve``.
            frames: wanted.

        Returns:
            (B, frames, 2 * bands).
        """
        wanted = ROWS_A_FRAME * frames
        filled = F.pad(features[:, :wanted], (0, 0, 0, max(0, wanted - features.shape[1])), value=self.silence)
        return filled.reshape(features.shape[0], frames, -1)

    def transform(self, features: Tensor) -> Tensor:
        """Features of frames, each with its neighbours'.

        Args:
            features: (B, F, 2 * bands) of ``resample``.

        Returns:
            (B, F, hidden).
        """
        hidden: Tensor = F.gelu(self.entry(features))
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            seen = F.pad(norm(hidden).transpose(1, 2), self._padding)
            hidden = hidden + self.dropout(F.gelu(convolution(seen))).transpose(1, 2)
        result: Tensor = self.exit(hidden)
        return result

    def frozen(self) -> nn.Module | None:
        """The part that training leaves as it is: none."""
        return None


def _mel_bank(bands: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Weights of the spectrum's bins in each band, which sum to 1: (257, bands)."""
    from transformers.audio_utils import mel_filter_bank

    bank = mel_filter_bank(
        num_frequency_bins=_FFT // 2 + 1,
        num_mel_filters=bands,
        min_frequency=0.0,
        max_frequency=SAMPLE_RATE_HZ / 2,
        sampling_rate=SAMPLE_RATE_HZ,
        mel_scale="htk",
    )
    return np.asarray(bank / np.maximum(bank.sum(axis=0), 1e-9), np.float32)


def _wrong(name: str, *, expected: str, got: str) -> InputError:
    cure = "Leave it out for the default."
    return InputError(f"log_mel encoder, {name}", expected=expected, got=got, cure=cure)
