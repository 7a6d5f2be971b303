"""A model's folder: ``config.json`` and ``model.safetensors``, which hold no code; and the check that tensors fit a model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from dyad.agents.dualtalk.config import DualTalkConfig
from dyad.errors import InputError

CONFIG_FILE: Final = "config.json"
WEIGHTS_FILE: Final = "model.safetensors"
_SHOWN: Final = 3  # names of each kind in an error


def write_checkpoint(folder: str | Path, *, config: DualTalkConfig, tensors: Mapping[str, Tensor], replace: bool) -> None:
    """Write both files, or none.

    Raises:
        InputError: files are there and ``replace`` is False, or they cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    from dyad.output_files import placed_files

    place = Path(folder).expanduser()
    own = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with placed_files([place / CONFIG_FILE, place / WEIGHTS_FILE], replace=replace) as (config_file, weights_file):
        config_file.write_text(config.to_json(), encoding="utf-8")
        try:
            save_file(own, weights_file)
        except SafetensorError as error:
            raise InputError(str(place), expected="room for the weights", got=str(error), cure="Free some space.") from error


def read_checkpoint(folder: str | Path) -> tuple[DualTalkConfig, dict[str, Tensor]]:
    """The two files' contents.

    Raises:
        InputError: a file is absent, damaged, or of another format.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    place = Path(folder).expanduser()
    cure = "Give a folder made by dyad convert dualtalk or dyad train."
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        if not (place / name).is_file():
            raise InputError(str(place), expected=f"a DualTalk model with {CONFIG_FILE} and {WEIGHTS_FILE}", got=f"no {name}", cure=cure)
    try:
        text = (place / CONFIG_FILE).read_text(encoding="utf-8")
        tensors = load_file(place / WEIGHTS_FILE)
    except (OSError, UnicodeDecodeError, SafetensorError) as error:
        raise InputError(str(place), expected="readable files", got=f"{type(error).__name__}: {error}", cure=cure) from error
    return DualTalkConfig.from_json(text, what=str(place / CONFIG_FILE)), tensors


def check_tensors(
    what: str, *, expected: Mapping[str, Tensor], found: Mapping[str, Tensor], cure: str = "The file is not of this model, or is damaged."
) -> None:
    """See that every tensor is there, of the right shape, finite, and that there is no other.

    Args:
        what: how errors call the file.
        expected: tensors whose values do not count.
        found: of the file.
        cure: said with an error.

    Raises:
        InputError: with the names and shapes at fault.
    """
    faults = _named("missing", [name for name in expected if name not in found])
    faults += _named("unknown", [name for name in found if name not in expected])
    common = [name for name in expected if name in found]
    wrong = [name for name in common if found[name].shape != expected[name].shape]
    shapes = [f"{name} {tuple(found[name].shape)} instead of {tuple(expected[name].shape)}" for name in wrong]
    faults += _named("of another shape", shapes)
    if not faults:
        kinds = [name for name in common if found[name].is_floating_point() != expected[name].is_floating_point()]
        faults += _named("of another type", [f"{name} {found[name].dtype}" for name in kinds])
        faults += _named("not finite", [name for name in common if not bool(torch.isfinite(found[name]).all())])
    if faults:
        raise InputError(what, expected=f"{len(expected)} tensors of a DualTalk model", got="; ".join(faults), cure=cure)


def _named(fault: str, names: list[str]) -> list[str]:
    """How many, and the first few; nothing where there are none."""
    if not names:
        return []
    rest = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return [f"{len(names)} {fault} ({', '.join(names[:_SHOWN])}{rest})"]
