"""What a model is shown of its partner."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from dyad.agents.dualtalk.config import DualTalkConfig
from dyad.agents.dualtalk.model import DualTalk
from dyad.agents.dualtalk.sight import Sight
from dyad.training.config import FeedbackConfig, OptimiserConfig
from dyad.training.data import Batch
from dyad.training.feedback import hold, own_share_at, shown_motion
from dyad.training.schedule import learning_rate

FRAMES = 6


def batch(size: int) -> Batch:
    made = torch.Generator().manual_seed(1)
    audio, motion = (torch.rand(2, size, length, generator=made) for length in (FRAMES * 640, FRAMES * 56))
    own, partner = motion.reshape(2, size, FRAMES, 56)
    return Batch(own_audio=audio[0], partner_audio=audio[1], own_motion=own, partner_motion=partner)


def echo(own_audio: Tensor, partner_audio: Tensor, partner_motion: Tensor) -> Tensor:
    """A model that copies its partner, and marks whose voice it was given as its own."""
    return partner_motion + 10.0 * own_audio[:, :1, None]


def never(own_audio: Tensor, partner_audio: Tensor, partner_motion: Tensor) -> Tensor:
    raise AssertionError("nobody asked")


def test_without_feedback_the_partner_is_as_recorded() -> None:
    given = batch(4)
    assert torch.equal(shown_motion(given, predict=never, own_share=0.0, held_share=0.0), given.partner_motion)


def test_a_generated_partner_answers_generated_motion() -> None:
    given = batch(4)
    shown = shown_motion(given, predict=echo, own_share=1.0, held_share=0.0)
    own = echo(given.own_audio, given.partner_audio, given.partner_motion)
    assert torch.equal(shown, echo(given.partner_audio, given.own_audio, own))


def test_a_generated_partner_gives_nothing_away_of_what_is_to_be_predicted() -> None:
    given = batch(4)
    blind = replace(given, own_motion=torch.zeros_like(given.own_motion))
    seen, unseen = (shown_motion(one, predict=echo, own_share=1.0, held_share=0.0) for one in (given, blind))
    assert torch.equal(seen, unseen)


def test_shares_are_of_windows() -> None:
    torch.manual_seed(0)
    given = batch(400)
    shown = shown_motion(given, predict=echo, own_share=0.25, held_share=0.0)
    changed = (shown != given.partner_motion).flatten(1).any(dim=1)
    assert 70 < int(changed.sum()) < 130
    assert torch.equal(shown[~changed], given.partner_motion[~changed])
    held = shown_motion(given, predict=never, own_share=0.0, held_share=0.5)
    assert 150 < int((held != given.partner_motion).flatten(1).any(dim=1).sum()) < 250


@pytest.mark.parametrize("known", [0, 1, 4, FRAMES])
def test_holding_is_what_an_agent_does(known: int) -> None:
    rows = batch(1).partner_motion
    seen = Sight(rows=rows[0].numpy()).window(0, FRAMES, known=known)
    assert torch.equal(hold(rows, known=torch.tensor([known]))[0], torch.from_numpy(seen))


def test_the_ramp() -> None:
    config = FeedbackConfig(own_share=0.5, from_step=100, ramp_steps=200)
    assert [own_share_at(step, config) for step in (0, 100, 200, 300, 900)] == [0.0, 0.0, 0.25, 0.5, 0.5]
    at_once = FeedbackConfig(own_share=0.5, from_step=100, ramp_steps=0)
    assert [own_share_at(step, at_once) for step in (99, 100)] == [0.0, 0.5]


def test_learning_rates() -> None:
    published = OptimiserConfig()
    rates = [learning_rate(0, published, epoch=epoch, steps=1) for epoch in (0, 49, 50, 149)]
    assert rates == pytest.approx([1e-4, 1e-4, 0.8e-4, 0.64e-4])
    warm = OptimiserConfig(learning_rate=1.0, schedule="cosine", warm_up_steps=4)
    assert learning_rate(0, warm, epoch=0, steps=100) == pytest.approx(0.2)
    assert learning_rate(50, warm, epoch=0, steps=100) == pytest.approx(0.5)
    assert learning_rate(100, warm, epoch=0, steps=100) == 0.0


@pytest.mark.parametrize("direct", [False, True])
def test_only_a_direct_path_tells_when_the_partner_moved(direct: bool) -> None:
    """Without it (as published) the partner's motion reaches the model through an attention that knows no positions."""
    torch.manual_seed(0)
    shape = DualTalkConfig(
        encoder={"model_type": "log_mel", "hidden": 8, "bands": 8}, width=8, feed_forward=8, basis="arkit50", direct_partner=direct
    )
    model, motion = DualTalk(shape).eval(), torch.randn(1, FRAMES, 56)
    own, partner = torch.randn(2, 1, FRAMES * 640)
    with torch.inference_mode():
        moved, backwards = (model(own, partner, seen) for seen in (motion, motion.flip(1)))
    assert torch.allclose(moved, backwards, atol=1e-5) != direct
