"""The part of an audio encoder that training leaves as it is, apart from the rest, and a name that changes whenever its output would."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dyad.agents.dualtalk.checkpoint import CONFIG_FILE, WEIGHTS_FILE, read_checkpoint
from dyad.agents.dualtalk.encoders import LOG_MEL, AudioEncoder, build_encoder, encoder_settings, published_frames
from dyad.agents.dualtalk.log_mel import LogMelSettings
from dyad.arrays import FloatArray
from dyad.errors import InputError

CODE_VERSION: Final = 1
"""Raise it with every change of this file, or of the encoders, that changes the features of some sound."""
LEAST_VARIANCE: Final = 1e-7
"""Keeps a silent voice at zero, as the published model's feature extractor does."""
BLOCK_ROWS: Final = 3000
"""A minute at once: the first of wav2vec 2.0's convolutions makes 6.5 MB of every second of sound."""
_CONVOLUTIONS = "network.feature_extractor."

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
    weights = {name: tensor.float().numpy() for name, tensor in encoder.network.feature_extractor.state_dict().items()}
    return FrontEnd(name=source, settings={**settings, "num_hidden_layers": 1}, weights=weights)


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
        self.local = front_end.settings["model_type"] == LOG_MEL or front_end.settings.get("feat_extract_norm") == "layer"
        if isinstance(self.encoder, AudioEncoder):
            tensors = {name: torch.from_numpy(np.array(array)) for name, array in front_end.weights.items()}
            self.encoder.network.feature_extractor.load_state_dict(tensors)

    def features(self, samples: FloatArray) -> FloatArray:
        """Features of one voice at 25 frames a second, as ``DualTalk`` hears a whole clip.

        Args:
            samples: float32 (N,) at 16 kHz; brought to zero mean and unit variance here.

        Returns:
            float32 (F, C), F = N / 640 rounded up.

        Raises:
            InputError: too short for the encoder.
        """
        import torch

        exact = samples.astype(np.float64)
        even = ((exact - exact.mean()) / np.sqrt(exact.var() + LEAST_VARIANCE)).astype(np.float32)
        with torch.inference_mode():
            rows = self._rows(torch.from_numpy(even)[None])
            made: FloatArray = self.encoder.resample(rows, published_frames(len(samples)))[0].float().numpy()
        return made

    def _rows(self, audio: Any) -> Any:
        """The convolutions' output, block by block where no row depends on more than its own stretch of sound."""
        import torch

        if not isinstance(self.encoder, AudioEncoder) or not self.local:
            return self.encoder.convolve(audio)
        hop, reach = int(np.prod(self.encoder.network.config.conv_stride)), self.encoder.shortest
        total = max(1, (audio.shape[1] - reach) // hop + 1)
        blocks = []
        for first in range(0, total, BLOCK_ROWS):
            last = min(first + BLOCK_ROWS, total)
            blocks.append(self.encoder.convolve(audio[:, first * hop : (last - 1) * hop + reach]))
        return torch.cat(blocks, dim=1)


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
    kept = {name: value for name, value in settings.items() if name.startswith(("conv_", "feat_extract_"))}
    return {"model_type": settings["model_type"], **kept}
