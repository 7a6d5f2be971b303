"""What the frozen convolutions make of windows, from a cache of ``dyad data features`` instead of computed in every step.

Both encoders of a model start from the same frozen convolutions, so a voice has the same rows as own and as partner's, and windows may swap
their roles. A window takes its stretch of its clip's rows, and the step to 25 frames a second goes over that stretch alone, as without a
cache. With ``data.level=clip`` and an encoder whose rows hear only their own 25 ms (layer norm in its convolutions) these are the rows that
the convolutions would make of the window, to the rounding of float32 sums: a few units in the last place, as another length of sound may be
summed in another order. Everything after the convolutions, masking and all that is drawn at random included, is as without a cache.

Two things are approximate, by choice: a cache of ``--half`` keeps 11 bits of each number; and with ``precision=bfloat16`` the rows are
better than the convolutions would make them then. Refused is what would be another training: levels by window, norms over time, and
convolutions other than the cache's.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from dyad.agents.dualtalk.encoders import AudioEncoder
from dyad.agents.dualtalk.model import DualTalk
from dyad.corpora.feature_cache import ABOUT_FILE, FeatureCache, read_features
from dyad.corpora.front_end import FrontEnd, front_end_of, hop_of
from dyad.corpora.level import SAMPLES_A_FRAME
from dyad.corpora.voices import voices_in
from dyad.datasets.folder import Folder
from dyad.datasets.windows import Window
from dyad.errors import InputError

MOST_NAMED = 3
"""Files that an error names before it counts the rest."""


class CachedRows:
    """Rows of windows, read from disk as they are wanted; the operating system keeps what it has room for.

    Args:
        paths: files of the features of both voices, by clip, in the order of ``Seat``.
        hop: samples from one row to the next.
        reach: samples that a row hears.
    """

    def __init__(self, paths: Mapping[str, list[Path]], *, hop: int, reach: int) -> None:
        """Nothing is read yet."""
        self._paths = paths
        self._hop = hop
        self._reach = reach

    def window(self, window: Window) -> Tensor:
        """What the convolutions make of a window's sound, float32 (2, L, C); row = ``Seat``.

        Raises:
            InputError: a damaged file.
        """
        first = window.start_frame * SAMPLES_A_FRAME // self._hop
        count = (window.frames * SAMPLES_A_FRAME - self._reach) // self._hop + 1
        voices = (read_features(path, rows=slice(first, first + count)) for path in self._paths[window.id])
        return torch.cat([torch.from_numpy(voice) for voice in voices])


def find_rows(model: DualTalk, *, cache: str, encoder: str, data: Path, clips: Iterable[str]) -> CachedRows:
    """The rows of all clips that a training uses, made by the very convolutions that its model has.

    Reads every sound file once, to know it by its contents.

    Args:
        model: that is trained, with its weights.
        cache: folder of ``dyad data features``.
        encoder: how the user named the model's encoder.
        data: folder of the corpus.
        clips: ids.

    Raises:
        InputError: an encoder whose rows depend on more than their own stretch of sound; a cache of other convolutions or in two
            precisions; or files without features, since they are missing or were changed.
    """
    front_end = _front_end(model, name=encoder)
    assert isinstance(model.own_encoder, AudioEncoder)
    hop, reach = hop_of(model.own_encoder), model.own_encoder.shortest
    if not front_end.local or SAMPLES_A_FRAME % hop:
        got = f"rows every {hop} samples" if front_end.local else "a norm over time: what a row is depends on all that is heard with it"
        cure = "Leave data.features out, or start from an encoder such as wav2vec2-large-lv60, hubert-large or wavlm-large."
        raise InputError(f"encoder {encoder}", expected="one whose convolutions hear 25 ms at a time, each frame alike", got=got, cure=cure)
    run = f"Run dyad data features {data} --encoder {encoder} --out {cache}"
    found = _find_cache(Path(cache), front_end, run=run)
    folder = Folder(data)
    voices = {clip: voices_in(folder.files(clip)) for clip in sorted(set(clips))}
    paths = {clip: [found.path_of(voice) for voice in both] for clip, both in voices.items()}
    pairs = [pair for clip, both in voices.items() for pair in zip(both, paths[clip], strict=True)]
    missing = [voice.sound.name for voice, path in pairs if not path.is_file()]
    if missing:
        named = ", ".join(missing[:MOST_NAMED]) + (f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else "")
        cure = f"They are new, or were changed since. {run}{' --half' if found.half else ''}: what is there is kept."
        raise InputError(str(found.folder), expected="features of all voices", got=f"none of {named}", cure=cure)
    return CachedRows(paths, hop=hop, reach=reach)


def hear(model: DualTalk, rows: Tensor, *, partner: bool, frames: int) -> Tensor:
    """``DualTalk.own_features`` or ``partner_features`` from the convolutions' output on.

    Args:
        model: with transformer, masking and projection as they are.
        rows: (B, L, C).
        partner: whose encoder.
        frames: wanted.

    Returns:
        (B, frames, width).
    """
    encoder = model.partner_encoder if partner else model.own_encoder
    features: Tensor = model.audio_projection(encoder.transform(encoder.resample(rows, frames)))
    return features


def _front_end(model: DualTalk, *, name: str) -> FrontEnd:
    own, partner = (
        front_end_of(encoder, settings=model.config.encoder, name=name)
        for encoder in (model.own_encoder, model.partner_encoder)
        if isinstance(encoder, AudioEncoder)
    )
    assert own.fingerprint == partner.fingerprint  # both start from one source, and training leaves them
    return own


def _find_cache(root: Path, front_end: FrontEnd, *, run: str) -> FeatureCache:
    """The features of these convolutions, in whichever precision they are kept."""
    caches = [FeatureCache(root=root, fingerprint=front_end.fingerprint, half=half) for half in (False, True)]
    there = [cache for cache in caches if cache.folder.is_dir()]
    if len(there) > 1:  # a training that goes on must not come upon another precision than it began with
        got = " and ".join(cache.folder.name for cache in there)
        cure = "Delete one, or move it to another folder."
        raise InputError(str(root), expected="features in one precision", got=got, cure=cure)
    if not there:
        others = sorted({_encoder_of(about) for about in root.glob(f"*/{ABOUT_FILE}")})
        got = f"those of {', '.join(others)}, with other convolutions or by another version of dyad" if others else "none"
        raise InputError(str(root), expected=f"features by the convolutions of {front_end.name}", got=got, cure=f"{run}.")
    return there[0]


def _encoder_of(about: Path) -> str:
    try:
        return str(json.loads(about.read_text(encoding="utf-8"))["encoder"])
    except (OSError, ValueError, KeyError):
        return about.parent.name
