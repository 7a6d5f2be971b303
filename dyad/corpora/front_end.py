"""The part of an audio encoder that training leaves as it is, apart from the rest, and a name that changes whenever its output would."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dyad.agents.dualtalk.checkpoint import CONFIG_FILE, WEIGHTS_FILE, read_checkpoint
from dyad.agents.dualtalk.encoders import LOG_MEL, AudioEncoder, build_encoder, encoder_settings
from dyad.agents.dualtalk.log_mel import LogMelSettings
from dyad.arrays import FloatArray
from dyad.corpora.level import in_whole_frames, level_of, levelled
from dyad.errors import InputError

CODE_VERSION: Final = 2
"""Raise it with every change of this file, or of the encoders, that changes the features of some sound."""
BLOCK_ROWS: Final = 3000
"""A minute at once: the first of wav2vec 2.0's convolutions makes 6.5 MB of every second of sound."""
_CONVOLUTIONS = "network.feature_extractor."
_SETTINGS: Final = ("conv_dim", "conv_kernel", "conv_stride", "conv_bias", "feat_extract_norm", "feat_extract_activation")
"""Of transformers encoders, those that the convolutions' output depends on."""

Arrays = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True, eq=False)
class FrontEnd:
    """What it takes to compute features in any process.

    Args:
        name: what the user named.
        settings: of ``build_encoder``; the transformer, which is not run, is a single layer.
        weights: of the convolutions, by name; none for ``log_mel``.
    """

    name: str
    settings: Mapping[str, Any]
    weights: Arrays

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits that differ where features would: kind, shape and weights of the convolutions, and the code."""
        told = {"code": CODE_VERSION, "settings": _of_convolutions(self.settings)}
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
        for name, array in sorted(self.weights.items()):
            digest.update(f"{name} {array.shape} {array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @property
    def local(self) -> bool:
        """Whether a row depends on its own stretch of sound and on nothing else.

        Not so where a norm is taken over time, as in wav2vec 2.0's base model; nor with ``log_mel``, which begins as after silence.
        """
        kind = self.settings["model_type"]
        return kind == "data2vec-audio" or self.settings.get("feat_extract_norm") == "layer"


def front_end_of(encoder: AudioEncoder, *, settings: Mapping[str, Any], name: str) -> FrontEnd:
    """The convolutions of an encoder that is there.

    Args:
        encoder: on any device.
        settings: it was built with.
        name: what the user named.
    """
    weights = {key: tensor.float().cpu().numpy() for key, tensor in encoder.network.feature_extractor.state_dict().items()}
    return FrontEnd(name=name, settings={**settings, "num_hidden_layers": 1}, weights=weights)


def read_front_end(source: str) -> FrontEnd:
    """The convolutions of an encoder.

    Args:
        source: ``log_mel``; the folder of a DualTalk model of dyad; or a transformers encoder, as a folder or a name on the hub.

    Raises:
        InputError: it cannot be read, or the two encoders of a model differ in their convolutions.
    """
    if source == LOG_MEL:
        return FrontEnd(name=source, settings={"model_type": LOG_MEL}, weights={})
    if all((Path(source) / name).is_file() for name in (CONFIG_FILE, WEIGHTS_FILE)) and _is_model(Path(source)):
        return _of_model(source)
    from transformers.utils import logging

    logging.disable_progress_bar()  # it would be shown in logs too
    settings = encoder_settings(source)
    encoder = AudioEncoder(settings)
    encoder.load_pretrained(source)
    return front_end_of(encoder, settings=settings, name=source)


class FeatureMaker:
    """A front end at work, in this process and on one thread."""

    def __init__(self, front_end: FrontEnd) -> None:
        """Build it.

        Raises:
            InputError: settings or weights that do not fit together.
        """
        import torch

        torch.set_num_threads(1)
        self.encoder = build_encoder(front_end.settings).eval()
        self.local = front_end.local
        if isinstance(self.encoder, AudioEncoder):
            tensors = {name: torch.from_numpy(np.array(array)) for name, array in front_end.weights.items()}
            self.encoder.network.feature_extractor.load_state_dict(tensors)

    def rows(self, sound: FloatArray) -> FloatArray:
        """What the front end makes of the voices of a clip, 50 rows a second.

        Each voice is brought to zero mean and unit variance over all that is given, as training does with ``data.level=clip``, and the last
        frame is filled with silence. Where the front end is ``local``, a window of T frames from frame s on has rows 2 s to 2 s + 2 T − 2
        (of wav2vec 2.0's strides), the same as if it were computed alone: row i hears samples 320 i to 320 i + 399.

        Args:
            sound: float32 (C, N) at 16 kHz.

        Returns:
            float32 (C, L, width).

        Raises:
            InputError: too short for the encoder.
        """
        import torch

        mean, spread = level_of(sound)
        even = levelled(in_whole_frames(sound), mean=mean, spread=spread)
        with torch.inference_mode():
            made = [self._rows(torch.from_numpy(voice[None])).float().numpy() for voice in even]
        return np.concatenate(made)

    def _rows(self, audio: Any) -> Any:
        """The convolutions' output, block by block where no row depends on more than its own stretch of sound."""
        import torch

        if not isinstance(self.encoder, AudioEncoder) or not self.local:
            return self.encoder.convolve(audio)
        hop, reach = hop_of(self.encoder), self.encoder.shortest
        total = max(1, (audio.shape[1] - reach) // hop + 1)
        blocks = []
        for first in range(0, total, BLOCK_ROWS):
            last = min(first + BLOCK_ROWS, total)
            blocks.append(self.encoder.convolve(audio[:, first * hop : (last - 1) * hop + reach]))
        return torch.cat(blocks, dim=1)


def hop_of(encoder: AudioEncoder) -> int:
    """Samples from the beginning of one row to that of the next."""
    return math.prod(encoder.network.config.conv_stride)


def _is_model(folder: Path) -> bool:
    """Whether a ``config.json`` is of a DualTalk model; transformers writes one of that name too."""
    try:
        return "encoder" in json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def _of_model(source: str) -> FrontEnd:
    config, tensors = read_checkpoint(source)
    settings = dict(config.encoder)
    if settings["model_type"] == LOG_MEL:
        return FrontEnd(name=source, settings=settings, weights={})
    own, partner = (
        {
            name.removeprefix(f"{side}.{_CONVOLUTIONS}"): tensor.float().numpy()
            for name, tensor in tensors.items()
            if name.startswith(f"{side}.{_CONVOLUTIONS}")
        }
        for side in ("own_encoder", "partner_encoder")
    )
    if set(own) != set(partner) or any(not np.array_equal(own[name], partner[name]) for name in own):
        raise InputError(
            source,
            expected="a model whose two encoders share their convolutions",
            got="others for the partner",
            cure="Its features cannot be computed once for both; train without a cache.",
        )
    return FrontEnd(name=source, settings={**settings, "num_hidden_layers": 1}, weights=own)


def _of_convolutions(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the features depend on."""
    if settings["model_type"] == LOG_MEL:
        return {"model_type": LOG_MEL, "bands": LogMelSettings.from_mapping(settings).bands}
    return {name: value for name, value in settings.items() if name in ("model_type", *_SETTINGS)}
