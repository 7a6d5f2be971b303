"""A DualTalk model run as published: the whole clip at once, beside the partner's recorded motion."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from dyad.arrays import FloatArray
from dyad.datasets.clips import Clip
from dyad.datasets.dualtalk import SPEAKERS, DualTalk
from dyad.dualtalk_layout import CHANNELS, pack, unpack
from dyad.errors import InputError
from dyad.evaluation.people import person_of
from dyad.evaluation.predictions import STRANGERS_FOLDER, write_prediction
from dyad.motion import Motion
from dyad.output_folder import output_folder
from dyad.seat import Seat

if TYPE_CHECKING:
    from dyad.agents.dualtalk.model import DualTalk as Model

_LEAST_VARIANCE = 1e-7  # keeps a silent voice at zero, as the published model's feature extractor does


@contextmanager
def predicted(
    checkpoint: Path,
    dataset: DualTalk,
    *,
    conversation_ids: Sequence[str],
    keep: Path | None = None,
    device: str = "cpu",
    on_done: Callable[[int], None] | None = None,
) -> Iterator[Path]:
    """Predict both sides of clips, and yield the folder that holds them in the corpus's layout.

    Of two clips or more, the model is also run with the voice and motion of another clip's partner, somebody else where the corpus has
    others, in a folder of its own within (``STRANGERS_FOLDER``): a model that makes use of the partner is then worse.

    Args:
        checkpoint: folder of a model.
        dataset: the corpus.
        conversation_ids: clips with motion of both sides.
        keep: new folder to keep them in; a temporary one if None.
        device: torch device to compute on.
        on_done: called after each clip with how many are done.

    Raises:
        InputError: no such model or device, a model of another basis than the corpus, or a folder that may not be written.
    """
    predict = partial(_predict_all, _load(checkpoint, device), dataset, conversation_ids=conversation_ids, device=device, on_done=on_done)
    if keep is None:
        with TemporaryDirectory(prefix="dyad-predictions-") as folder:
            predict(out=Path(folder))
            yield Path(folder)
    else:
        with output_folder(keep) as partial_folder:
            predict(out=partial_folder)
        yield keep


def _load(checkpoint: Path, device: str) -> "Model":
    from dyad.agents.dualtalk.model import DualTalk as Model

    try:
        return Model.load(checkpoint).eval().to(device)
    except (RuntimeError, AssertionError) as error:  # what torch says of a device it does not have
        raise InputError("--device", expected="a device of torch", got=str(error).splitlines()[0], cure="cpu is the default.") from error


def _predict_all(
    model: "Model",
    dataset: DualTalk,
    *,
    conversation_ids: Sequence[str],
    out: Path,
    device: str,
    on_done: Callable[[int], None] | None,
) -> None:
    import torch

    others = clips_of_others(dataset.root, conversation_ids)
    with torch.inference_mode():
        for done, name in enumerate(conversation_ids, 1):
            clip, other = dataset.clip(name), dataset.clip(others[name])
            for seat in Seat:
                partner = clip.motion[seat.partner]
                if partner.basis != model.config.basis:
                    cure = "Evaluate on a corpus of the model's basis."
                    raise InputError("model", expected=f"basis {partner.basis}, as {name}", got=model.config.basis, cure=cure)
                motion = _predict(model, partner, own_audio=clip.audio[seat], partner_audio=clip.audio[seat.partner], device=device)
                write_prediction(out / f"{name}_{SPEAKERS[seat]}.npz", motion)
                if other.id != name:
                    beside_stranger = _predict_beside(model, clip, other, seat=seat, device=device)
                    write_prediction(out / STRANGERS_FOLDER / f"{name}_{SPEAKERS[seat]}.npz", beside_stranger)
            if on_done is not None:
                on_done(done)


def clips_of_others(root: Path, conversation_ids: Sequence[str]) -> dict[str, str]:
    """For each clip the next one, in a circle, that shows none of its people; the very next where all show some of them."""
    people = {name: {person_of(root, name, seat=seat) for seat in Seat} for name in conversation_ids}
    others = {}
    for index, name in enumerate(conversation_ids):
        following = [*conversation_ids[index + 1 :], *conversation_ids[: index + 1]]
        others[name] = next((other for other in following if not people[name] & people[other]), following[0])
    return others


def _predict(model: "Model", partner: Motion, *, own_audio: FloatArray, partner_audio: FloatArray, device: str) -> Motion:
    import torch

    inputs = (_standardised(own_audio), _standardised(partner_audio), pack(partner))
    made = model(*(torch.from_numpy(np.array(values, np.float32))[None].to(device) for values in inputs))
    return unpack(made[0].float().cpu().numpy(), seat=partner.seat.partner, basis=partner.basis)


def _predict_beside(model: "Model", clip: Clip, other: Clip, *, seat: Seat, device: str) -> Motion:
    """As ``_predict``, with the partner of another clip, repeated to the length of this one."""
    stranger, frames, samples = other.motion[seat.partner], len(clip.motion[seat.partner]), clip.audio.shape[1]
    rows = np.resize(pack(stranger), (frames, CHANNELS))  # numpy's resize repeats
    motion = unpack(rows, seat=seat.partner, basis=stranger.basis)
    partner_audio = np.resize(other.audio[seat.partner], samples)
    return _predict(model, motion, own_audio=clip.audio[seat], partner_audio=partner_audio, device=device)


def _standardised(audio: FloatArray) -> FloatArray:
    """Zero mean and unit variance over the clip."""
    exact = audio.astype(np.float64)
    return np.asarray((exact - exact.mean()) / np.sqrt(exact.var() + _LEAST_VARIANCE), np.float32)
