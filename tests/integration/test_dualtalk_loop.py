"""DualTalk on both seats: long conversations, and processes of its own; and on one, beside a partner's recorded motion."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from dyad.agents.dualtalk.model import DualTalk
from dyad.conversation import Conversation
from dyad.datasets.dualtalk import DualTalk as Corpus
from dyad.datasets.sample import tiled
from dyad.dualtalk_layout import pack
from dyad.evaluation.whole_clips import predicted
from dyad.registry import AgentRecipe
from dyad.seat import Seat
from dyad.simulation.loop import simulate
from tests.driving import same
from tests.dualtalk_corpus import write_corpus
from tests.tiny_dualtalk import tiny_checkpoint, tiny_options
from tests.unit import published_dualtalk as oracle

pytestmark = pytest.mark.integration

MINUTE = 60 * 25


def test_ten_minutes_do_not_drift(call: Conversation) -> None:
    recipe = AgentRecipe(agent="dualtalk", options={"checkpoint": str(tiny_checkpoint("flame50"))})
    recording = simulate(tiled(call, minutes=10), {Seat.A: recipe, Seat.B: recipe})
    for motion in recording.motion.values():
        rows = pack(motion)
        low, high = rows[:MINUTE].min(axis=0), rows[:MINUTE].max(axis=0)
        room = 0.15 * (high - low)  # ten minutes have rarer moments than one
        assert np.all(rows >= low - room)
        assert np.all(rows <= high + room)
        assert np.std(rows[-MINUTE:], axis=0).mean() > 0.5 * np.std(rows[:MINUTE], axis=0).mean()  # and it does not die away


def test_actors_and_one_process_make_the_same_bits(short_call: Conversation) -> None:
    recipes = {Seat.A: AgentRecipe(agent="dualtalk", options=tiny_options("arkit50")), Seat.B: AgentRecipe(agent="reactive")}
    inline, actors = (simulate(short_call, recipes, backend=backend) for backend in ("inline", "ray"))
    assert all(same(inline.motion[seat], actors.motion[seat]) for seat in Seat)


def test_one_side_beside_recorded_motion_is_the_published_protocol(tmp_path: Path) -> None:
    """From files to file: sound levelled by the published feature extractor, motion and prediction as the published loader orders them."""
    from transformers import Wav2Vec2FeatureExtractor

    config = oracle.encoder_config(**oracle.LAYER_NORM)
    theirs = oracle.published(config)
    DualTalk.from_published(oracle.save(theirs, tmp_path / "small.pth"), config).save(tmp_path / "model")
    root = write_corpus(tmp_path / "corpus", clips={"test": 1}, frames=60, basis="flame50")
    sounds, motions = [], []
    for side in (1, 2):
        wave, rate = soundfile.read(root / f"test/clip0_speaker{side}.wav", dtype="float32")
        sounds.append(torch.from_numpy(Wav2Vec2FeatureExtractor()(wave, sampling_rate=rate, return_tensors="np").input_values))
        motions.append(_published_rows(root / f"test/clip0_speaker{side}.npz"))
    with predicted(tmp_path / "model", Corpus(root), conversation_ids=["test/clip0"]) as folder:
        for own, partner in ((0, 1), (1, 0)):
            with torch.no_grad():
                expected = theirs(sounds[own], sounds[partner], motions[partner])
            assert expected.std(dim=1).mean() > 3e-3
            found = _published_rows(folder / f"test/clip0_speaker{own + 1}.npz")
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def _published_rows(path: Path) -> torch.Tensor:
    """Expression, jaw, neck: (1, T, 56). In the file the neck comes before the jaw."""
    arrays = np.load(path)
    return torch.from_numpy(np.concatenate([arrays["exp"], arrays["pose"][:, 3:], arrays["pose"][:, :3]], axis=1))[None]
