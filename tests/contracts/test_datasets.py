"""What every dataset of the registry promises."""

import json
from pathlib import Path

import numpy as np
import pytest

from dyad.contracts import Dataset
from dyad.conversation import Conversation
from dyad.datasets.simulated import MANIFEST
from dyad.errors import InputError
from dyad.registry import DATASETS, build_dataset
from dyad.seat import Seat
from tests import scenes
from tests.corpus_files import save_clip, voice

NAMES = sorted(DATASETS)
SPLITS = {name: "test" if name == "sample" else "train" for name in NAMES}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def dataset(name: str, tmp_path: Path) -> Dataset:
    """Each of them, over two clips where it needs a folder."""
    if name == "sample":
        return build_dataset(name)
    for clip in ("zoe", "adam"):
        audio = np.stack([voice(2.0, seed=seat) for seat in Seat])
        motion = {seat: scenes.motion(seat, frames=50, basis="flame50") for seat in Seat}
        save_clip(tmp_path / SPLITS[name], clip, audio=audio, motion=motion)
    if name == "simulated":
        manifest = {"simulated": True, "dyad": "0", "seed": 1, "speech": {"ann": {"licence": "MIT"}}}
        (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    return build_dataset(name, tmp_path)


def test_ids_are_sorted_and_lead_to_conversations(name: str, dataset: Dataset) -> None:
    ids = dataset.ids(SPLITS[name])
    assert ids
    assert list(ids) == sorted(ids)
    loaded = [dataset.load(conversation_id) for conversation_id in ids]
    assert all(isinstance(conversation, Conversation) for conversation in loaded)
    assert len({conversation.id for conversation in loaded}) == len(ids)
    for conversation in loaded:
        assert conversation.sample_rate_hz == dataset.card.sample_rate_hz
        assert conversation.provenance.source
        assert conversation.provenance.licence
        for motion in conversation.motion.values():
            assert dataset.card.frame_rate_hz in (None, motion.frame_rate_hz)
            assert abs(motion.duration_s - conversation.duration_s) < 0.1
            assert motion.seat in Seat


def test_the_same_twice(name: str, dataset: Dataset) -> None:
    first, second = (dataset.load(dataset.ids(SPLITS[name])[0]) for _ in range(2))
    assert np.array_equal(first.audio, second.audio)
    assert list(first.diarization.itertracks(yield_label=True)) == list(second.diarization.itertracks(yield_label=True))


def test_conversation_ids_are_usable_as_file_names(name: str, dataset: Dataset) -> None:
    assert "/" not in dataset.load(dataset.ids(SPLITS[name])[0]).id


def test_other_splits_and_ids_are_refused(dataset: Dataset) -> None:
    with pytest.raises(InputError, match=r"split: expected .+; got 'nowhere'"):
        dataset.ids("nowhere")
    for wrong in ("nobody", "train/nobody", "../train/adam", ""):
        with pytest.raises(InputError, match="expected"):
            dataset.load(wrong)


def test_the_card_says_what_a_user_asks(name: str, dataset: Dataset) -> None:
    card = dataset.card
    assert card.name == name
    assert all((card.summary, card.licence, card.how_to_get))
    assert card.sample_rate_hz == 16_000
