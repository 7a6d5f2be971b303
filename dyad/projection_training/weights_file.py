"""Trained weights as a file: the tensors, and beside them what they were made of."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch

from dyad.agents.projection.model import ProjectionNet
from dyad.agents.projection.streaming import read_weights, weights_source
from dyad.errors import InputError
from dyad.output_files import placed_files

_KEY: Final = "dyad.projection"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What weights were made of.

    Args:
        corpora: names of the corpora.
        recipe: the settings of the training.
        loss: that of the validation conversations, nats a frame.
        train: fingerprints of the conversations that were learnt from.
        valid: fingerprints of those that chose the epoch and the thresholds.
        thresholds: for each view and score.
    """

    corpora: tuple[str, ...]
    recipe: Mapping[str, float]
    loss: float
    train: tuple[str, ...]
    valid: tuple[str, ...]
    thresholds: Mapping[str, Mapping[str, float]]


def write_weights(path: Path, net: ProjectionNet, *, origin: Origin, replace: bool) -> None:
    """Write the file, or nothing.

    Raises:
        InputError: it is there and ``replace`` is False, or it cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    tensors = {name: tensor.detach().contiguous() for name, tensor in net.state_dict().items()}
    with placed_files([path], replace=replace) as (partial,):
        try:
            save_file(tensors, partial, metadata={_KEY: json.dumps(asdict(origin))})
        except SafetensorError as error:
            raise InputError(str(path), expected="room for the weights", got=str(error), cure="Free some space.") from error


def read_net(path: Path | None) -> tuple[ProjectionNet, Origin]:
    """The net, in evaluation mode, and what it was made of; None for the weights that come with dyad.

    Raises:
        InputError: the file is absent, damaged, or not made by ``dyad projection train``.
    """
    tensors = {name: torch.from_numpy(tensor) for name, tensor in read_weights(path).items()}
    head, width = tensors["from_event.weight"].shape[0], tensors["recurrent.weight_hh_l0"].shape[1]
    net = ProjectionNet(hidden=width, head=head)
    try:
        net.load_state_dict(tensors)
        return net.eval(), _origin(json.loads(_metadata(weights_source(path).read_bytes())[_KEY]))
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        what = str(path or "the weights that come with dyad")
        raise InputError(
            what, expected="weights with their origin", got=f"{type(error).__name__}: {error}", cure="Make them with dyad projection train."
        ) from error


def _metadata(content: bytes) -> dict[str, str]:
    """The free part of a safetensors header: its length in eight bytes, then JSON."""
    length = int.from_bytes(content[:8], "little")
    header: dict[str, Any] = json.loads(content[8 : 8 + length])
    return dict(header["__metadata__"])


def _origin(content: dict[str, Any]) -> Origin:
    return Origin(
        corpora=tuple(content["corpora"]),
        recipe=dict(content["recipe"]),
        loss=float(content["loss"]),
        train=tuple(content["train"]),
        valid=tuple(content["valid"]),
        thresholds=dict(content["thresholds"]),
    )
