"""The reactive agent as a whole: what it does follows its settings and its partner."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

from dyad.agents.reactive import Reactive
from dyad.agents.reactive.feedback import FeedbackState, Listener
from dyad.agents.reactive.floor import FloorState, Moment
from dyad.agents.reactive.gestures import Gesture
from dyad.agents.reactive.style import Gaze, Mirroring, Nods, Person, Talking
from dyad.contracts import Place
from dyad.conversation import Conversation
from dyad.datasets.sample import tiled
from dyad.motion import Motion
from dyad.seat import Seat
from dyad.simulation.loop import simulate
from tests import scenes
from tests.driving import drive, percepts, same

RATE_HZ = 25.0
SAME_PERSON = Person(spread=0.0, asymmetry=0.0)


def reactive(**options: Any) -> Reactive:
    return Reactive(Place(seat=Seat.A, frame_rate_hz=RATE_HZ), person=SAME_PERSON, **options)


def nods_per_minute(nods: Nods, *, minutes: int = 15, rate: float = 1.0, cue_every_s: float = 2.0) -> float:
    """Nods for a partner who speaks all the time and pauses for a frame every two seconds."""
    listener = Listener(nods, Mirroring(), dt=0.04)
    state, rng = FeedbackState(), np.random.default_rng(2)
    floor = FloorState(partner_active=True)
    count = 0
    for frame in range(minutes * 60 * 25):
        cue = Moment(own_onset=False, own_offset=False, phrase_end=frame % round(25 * cue_every_s) == 0, low_pitch=False)
        made = listener.attend(frame * 0.04, cue, floor=floor, rate=rate, size=1.0, state=state, rng=rng)
        count += sum(gesture.kind == "nod" for gesture in made)
    return count / minutes


@pytest.mark.parametrize("per_minute", [3.0, 6.0, 12.0])
def test_feedback_keeps_to_its_rate_whatever_the_cues(per_minute: float) -> None:
    nods = Nods(per_minute=per_minute)
    assert nods_per_minute(nods) == pytest.approx(per_minute, rel=0.12)
    assert nods_per_minute(nods, cue_every_s=1.0) == pytest.approx(per_minute, rel=0.12)
    assert nods_per_minute(nods, cue_every_s=600.0) == pytest.approx(per_minute, rel=0.35)  # unprompted


def test_feedback_follows_the_person_and_can_be_turned_off() -> None:
    assert nods_per_minute(Nods(per_minute=6.0), rate=1.5) == pytest.approx(9.0, rel=0.12)
    assert nods_per_minute(Nods(per_minute=0.0)) == 0


def test_nods_are_not_planned_while_speaking_or_for_silence() -> None:
    cue = Moment(own_onset=False, own_offset=False, phrase_end=True, low_pitch=False)
    for floor in (FloorState(own_active=True, partner_active=True), FloorState(own_active=True)):
        listener, state = Listener(Nods(), Mirroring(), dt=0.04), FeedbackState(due=5.0)
        assert not listener.attend(1.0, cue, floor=floor, rate=1.0, size=1.0, state=state, rng=np.random.default_rng(0))
    listener, state = Listener(Nods(), Mirroring(), dt=0.04), FeedbackState(due=0.0)
    for frame in range(250):
        still = Moment(own_onset=False, own_offset=False, phrase_end=False, low_pitch=False)
        assert not listener.attend(frame * 0.04, still, floor=FloorState(), rate=1.0, size=1.0, state=state, rng=np.random.default_rng(0))
    assert state.due == 0.0  # only the partner's speech asks for feedback


def test_nods_give_way_to_the_own_voice() -> None:
    listener, state = Listener(Nods(), Mirroring(), dt=0.04), FeedbackState(due=-2.0)
    planned, begun, nearly_over = Gesture("nod", 11.0, 1.0, 5.0), Gesture("nod", 9.8, 1.0, 5.0), Gesture("nod", 9.2, 1.0, 5.0)
    smile = Gesture("smile", 11.0, 1.0, 0.4)
    gestures = [planned, begun, nearly_over, smile]
    listener.give_way(10.0, gestures, state)
    assert gestures == [begun, nearly_over, smile]
    assert state.due == 0.0  # two are still owed


SMILES, PERIOD_S = 7, 8
FRAMES = int(SMILES * PERIOD_S * RATE_HZ)


def smiling_partner(*, weight: float) -> Motion:
    """Seven smiles of a second and a half, one every eight seconds; still otherwise."""
    still = Motion(seat=Seat.B, frame_rate_hz=RATE_HZ, expression=np.zeros((FRAMES, 52)), head_rotation=np.zeros((FRAMES, 3)))
    expression = still.expression.copy()
    smiling = (np.arange(FRAMES) / RATE_HZ) % PERIOD_S < 1.5
    for name in ("mouthSmileLeft", "mouthSmileRight"):
        expression[smiling, still.channel_names.index(name)] = weight
    return replace(still, expression=expression)


def smiles(motion: Motion) -> int:
    level = 0.5 * (motion.channel("mouthSmileLeft") + motion.channel("mouthSmileRight"))
    return int(((level[1:] > 0.2) & (level[:-1] <= 0.2)).sum())


def own_smiles(share: float, *, weight: float, chunk: int = 5) -> int:
    agent = reactive(mirroring=Mirroring(smile_share=share), nods=Nods(smile_share=0.0))
    silence = scenes.conversation(SMILES * PERIOD_S, turns=())
    return smiles(drive(agent, silence, frames=FRAMES, chunks=(chunk,), seed=1, partner=smiling_partner(weight=weight)))


@pytest.mark.integration
def test_smiles_are_returned() -> None:
    assert own_smiles(1.0, weight=0.6) == SMILES
    assert own_smiles(1.0, weight=0.1) == 0  # that is no smile
    assert own_smiles(0.0, weight=0.6) == 0
    assert 1 <= own_smiles(0.42, weight=0.6) < SMILES


def test_smiles_are_returned_in_long_ticks_too() -> None:
    assert own_smiles(1.0, weight=0.6, chunk=50) in (SMILES - 1, SMILES)  # the last may come too late


@pytest.mark.parametrize("chunk", [5, 50, 125])
def test_the_state_does_not_grow(chunk: int) -> None:
    agent = reactive()
    state = agent.initial_state(seed=1)
    talk, partner = scenes.conversation(20.0, turns=()), smiling_partner(weight=0.6)
    for percept in percepts(agent, talk, chunks=(chunk,), frames=500, partner=partner):
        _, state = agent.step(percept, state)
        assert len(state.sight.glimpses) <= 10 + 1  # the delay of 0.4 s
        assert len(state.gestures) < 20


def at_partner(motion: Motion) -> npt.NDArray[np.bool_]:
    eyes = motion.gaze.mean(axis=1)
    local = Rotation.from_euler("YX", eyes).apply([0, 0, 1])
    x, y, z = Rotation.from_rotvec(motion.head_rotation).apply(local).T
    return np.asarray(np.hypot(np.arctan2(x, z), np.arctan2(-y, np.hypot(x, z))) < np.radians(8))


@pytest.fixture(scope="module")
def two_minutes(call: Conversation) -> Conversation:
    return tiled(call, minutes=2)


@pytest.mark.integration
@pytest.mark.parametrize(("speaking", "listening"), [(0.3, 0.9), (0.7, 0.6)])
def test_gaze_keeps_to_its_shares(speaking: float, listening: float, two_minutes: Conversation) -> None:
    agent = reactive(gaze=Gaze(speaking_share=speaking, listening_share=listening))
    motion = drive(agent, two_minutes, frames=3000, seed=5)
    looks = at_partner(motion)
    own, partner = two_minutes.activity(RATE_HZ, frames=3000)
    assert looks[own & ~partner].mean() == pytest.approx(speaking, abs=0.12)
    assert looks[partner & ~own].mean() == pytest.approx(listening, abs=0.12)


def test_habits_can_be_turned_off(short_call: Conversation) -> None:
    always = reactive(gaze=Gaze(listening_share=1.0, speaking_share=1.0, turn_start_share=0.0), talking=Talking(beats_per_minute=0.0))
    motion = drive(always, short_call, frames=300)
    assert at_partner(motion).mean() > 0.85  # all but the first glance


@pytest.mark.integration
def test_turn_changes_are_no_jumps(call: Conversation) -> None:
    active = call.activity(RATE_HZ)
    edges = np.flatnonzero(np.diff(active.astype(int), axis=1).any(axis=0)) + 1
    near = np.min(np.abs(np.arange(1, active.shape[1] - 1)[:, None] - edges), axis=1) <= 8  # a third of a second
    found: dict[tuple[str, bool], list[float]] = {}
    for seed in (1, 2, 3):
        for motion in simulate(call, seed=seed).motion.values():
            for name, track in (("jaw", motion.channel("jawOpen")[:, None]), ("head", motion.head_rotation)):
                step = np.diff(track, axis=0)
                speed, jerk = np.linalg.norm(step[1:], axis=1), np.linalg.norm(np.diff(step, axis=0), axis=1)
                for where in (True, False):
                    found.setdefault((f"{name} speed", where), []).extend(speed[near == where])
                    found.setdefault((f"{name} change of speed", where), []).extend(jerk[near == where])
    for name, percentile in (("jaw speed", 99.9), ("head speed", 99.9), ("jaw change of speed", 99), ("head change of speed", 99)):
        at_changes, elsewhere = (np.percentile(found[name, where], percentile) for where in (True, False))
        assert at_changes < 1.2 * elsewhere, name


def test_long_ticks_differ_only_by_what_is_seen_late(short_call: Conversation) -> None:
    agent = reactive()
    assert same(drive(agent, short_call, chunks=(5,)), drive(agent, short_call, chunks=(50,)))  # nothing to be seen
