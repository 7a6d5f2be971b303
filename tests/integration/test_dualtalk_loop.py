"""DualTalk on both seats: long conversations, and processes of its own."""

import numpy as np
import pytest

from dyad.conversation import Conversation
from dyad.datasets.sample import tiled
from dyad.dualtalk_layout import pack
from dyad.registry import AgentRecipe
from dyad.seat import Seat
from dyad.simulation.loop import simulate
from tests.driving import same
from tests.tiny_dualtalk import tiny_checkpoint, tiny_options

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
