"""Features of sound files, kept by what they were made from, so that nothing is computed twice and nothing old is taken for new.

A cache is a folder for each front end and precision (``encoder.json`` says which), and in it a safetensors file for each sound file, named
by the SHA-256 of the sound file's bytes and the number of samples that its clip has of it. A renamed or copied file finds its features; an
edited one, or one whose clip was cut anew, does not.
"""

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dyad.audio import sha256_of
from dyad.corpora.voices import VoiceFile
from dyad.errors import InputError
from dyad.output_files import placed_files

ABOUT_FILE: Final = "encoder.json"
SUFFIX: Final = ".safetensors"
STALE_S: Final = 3600.0
"""Half-written files of a run that was killed are cleared away once nobody can be at work on them any more."""
_NAME = "features"


@dataclass(frozen=True, kw_only=True)
class FeatureCache:
    """The features of one front end.

    Args:
        root: folder of the cache.
        fingerprint: of the front end.
        half: keep 16-bit floats instead of 32-bit ones: half the disk, and 3 significant digits.
    """

    root: Path
    fingerprint: str
    half: bool = False

    @property
    def folder(self) -> Path:
        """Where this front end's files lie."""
        return self.root / f"{self.fingerprint[:16]}-{'16' if self.half else '32'}bit"

    def path_of(self, voice: VoiceFile) -> Path:
        """Where the features of a voice stand, or would; reads its file.

        Raises:
            InputError: the file cannot be read.
        """
        try:
            return self.folder / f"{sha256_of(voice.sound)}-{voice.samples}{SUFFIX}"
        except OSError as error:
            raise InputError(
                str(voice.sound), expected="a readable sound file", got=error.strerror or str(error), cure="Check the path."
            ) from error

    def describe(self, about: Mapping[str, Any]) -> None:
        """Write ``encoder.json``, and clear away what killed runs left.

        Raises:
            InputError: the folder cannot be written.
        """
        with placed_files([self.folder / ABOUT_FILE], replace=True) as (partial,):
            content = {"fingerprint": self.fingerprint, "bits": 16 if self.half else 32, **about}
            partial.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        for left in self.folder.glob(".*.partial"):
            if time.time() - left.stat().st_mtime > STALE_S:
                shutil.rmtree(left, ignore_errors=True)


def write_features(path: Path, features: npt.NDArray[np.float32], *, half: bool) -> None:
    """Write one file, complete or not at all; one that is there is kept, as it holds the same.

    Args:
        path: of ``FeatureCache.path_of``.
        features: float32 (channels, L, C), rows of ``FeatureMaker``.
        half: as 16-bit floats.

    Raises:
        InputError: a value too large for 16 bits, or the file cannot be written.
    """
    from safetensors.numpy import save_file

    with np.errstate(over="ignore"):  # told below
        kept = features.astype(np.float16 if half else np.float32, order="C")  # safetensors writes memory as it lies
    if not np.isfinite(kept).all():
        raise InputError(str(path), expected="finite features", got="some too large for the precision", cure="Leave --half out.")
    with placed_files([path], replace=True) as (partial,):
        save_file({_NAME: kept}, partial)


def read_features(path: Path, *, rows: slice = slice(None)) -> npt.NDArray[np.float32]:
    """The opposite of ``write_features``, or a stretch of it, without reading the rest.

    Args:
        path: the file.
        rows: which ones.

    Returns:
        float32 (channels, L, C).

    Raises:
        InputError: the file is damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return np.asarray(file.get_slice(_NAME)[:, rows], np.float32)
    except (OSError, KeyError, SafetensorError) as error:
        raise InputError(str(path), expected="features", got=str(error), cure="Delete it, and run dyad data features again.") from error
