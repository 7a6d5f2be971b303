"""What a training leaves on disk while it runs: all it takes to go on, and the best weights so far.

Both are complete at any moment: ``last.pt`` is one file that takes its predecessor's place, ``best`` a folder that does. The best is
written first, so that what ``last.pt`` says of it is true.
"""

import json
import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

import dyad
from dyad.agents.dualtalk.model import DualTalk
from dyad.errors import InputError
from dyad.output_folder import as_input_error, replaced_folder

LAST_FILE = "last.pt"
BEST_FOLDER = "best"
CLIPS_FOLDER = "clips"
ABOUT_FILE = "training.json"
FORMAT = "dyad training 1"


def save_last(run: Path, state: Mapping[str, Any]) -> None:
    """Write all it takes to go on: tensors and plain values.

    Raises:
        InputError: it cannot be written; what was there before still is.
    """
    partial = run / f".{LAST_FILE}.partial"
    try:
        with partial.open("wb") as file:
            torch.save({"format": FORMAT, **state}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(run / LAST_FILE)
    except (OSError, RuntimeError) as error:  # torch's writer reports a full disk as RuntimeError
        raise as_input_error(error, run) from error
    finally:
        partial.unlink(missing_ok=True)


def load_last(run: Path) -> dict[str, Any] | None:
    """What ``save_last`` wrote, or None; nothing in the file is executed.

    Raises:
        InputError: a damaged file, or another one.
    """
    path = run / LAST_FILE
    if not path.is_file():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        got = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(str(path), expected="the state of a training", got=got, cure="Start the training anew.") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise InputError(str(path), expected="the state of a training", got="another file", cure="Start the training anew.")
    return state


def save_best(run: Path, model: DualTalk, *, about: Mapping[str, Any]) -> None:
    """Write weights that ``DualTalk.load`` reads, with a statement of where they come from.

    Args:
        run: folder of the training.
        model: as it is to be used.
        about: data, seed, settings, scores.

    Raises:
        InputError: they cannot be written; what was there before still is.
    """
    with replaced_folder(run / BEST_FOLDER) as folder:
        model.save(folder)
        text = json.dumps({"kind": "dyad training", "dyad_version": dyad.__version__, **about}, indent=2, ensure_ascii=False)
        (folder / ABOUT_FILE).write_text(text + "\n", encoding="utf-8")


def read_about(run: Path) -> dict[str, Any]:
    """The statement that ``save_best`` wrote.

    Raises:
        InputError: there is none, or a damaged one.
    """
    path = run / BEST_FOLDER / ABOUT_FILE
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(str(path), expected="a statement of dyad train", got=str(error), cure="Train again.") from error
    assert isinstance(about, dict)
    return about
