"""One block of a study: one conversation with one seed, in all conditions, simulated and measured.

All conditions of a block share the conversation and the dice, so they differ by the condition alone. A block depends on nothing but the
study's settings, its conversation and its seed, whoever computes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import fmean

import numpy as np
from pyannote.core import Segment

from dyad.conversation import Conversation
from dyad.datasets.utterances import Voice
from dyad.recording import Recording
from dyad.registry import AgentRecipe
from dyad.seat import Seat
from dyad.simulation.loop import simulate
from dyad.studies.config import SeatCondition
from dyad.studies.edits import SilenceEdit, with_silences
from dyad.studies.feedback import FeedbackEdit, with_feedback
from dyad.studies.lens import Stranger
from dyad.studies.outcomes import Pair, Reading, read_outcomes
from dyad.studies.plan import Condition, StudyPlan, recipes_of

LENS = "dyad.studies.lens:Lens"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One measured number of a study.

    Args:
        conversation: id.
        condition: name.
        seed: index of the seed, from 0.
        seat: "A", "B", or "" for both people's together.
        measure: name.
        value: None where it cannot be measured.
        unit: of the value.
    """

    conversation: str
    condition: str
    seed: int
    seat: str
    measure: str
    value: float | None
    unit: str


def run_block(block: tuple[int, int], *, plan: StudyPlan, voices: Mapping[str, Voice]) -> list[Result]:
    """Simulate and measure all conditions of one block.

    Args:
        block: index of the conversation, index of the seed.
        plan: of the study.
        voices: by name, for simulated conversations.

    Raises:
        InputError: a conversation that cannot be read.
        AgentError: an agent failed.
    """
    conversation, seed = block
    own = _Stage(plan=plan, voices=voices, conversation=conversation, seed=seed)
    other = _Stage(plan=plan, voices=voices, conversation=(conversation + 1) % len(plan.sources), seed=seed)
    results = []
    for condition in plan.conditions:
        results += [
            Result(
                conversation=plan.sources[conversation].id,
                condition=condition.name,
                seed=seed,
                seat="" if reading.seat is None else reading.seat.name,
                measure=reading.name,
                value=reading.value,
                unit=reading.unit,
            )
            for reading in _read(condition, own, other, plan.measures)
        ]
    return results


@dataclass(kw_only=True)
class _Stage:
    """A conversation and what was simulated on it."""

    plan: StudyPlan
    voices: Mapping[str, Voice]
    conversation: int
    seed: int
    _played: dict[str, Recording] = field(default_factory=dict)

    @property
    def dice(self) -> int:
        """Seed of all that is random in this block."""
        key = (self.plan.config.seed, self.conversation, self.seed)
        return int(np.random.SeedSequence(key).generate_state(1)[0])

    @cached_property
    def talk(self) -> Conversation:
        return self.plan.sources[self.conversation].load(self.voices)

    def play(self, condition: Condition | None, *, stranger_from: "_Stage | None" = None) -> Recording:
        """The recording of a condition; None for agents as the study seats them. Each is made once, and once for all that are alike."""
        key = _likeness(condition)
        if key not in self._played:
            self._played[key] = self._simulated(condition, stranger_from)
        return self._played[key]

    def _simulated(self, condition: Condition | None, stranger_from: "_Stage | None") -> Recording:
        config, styles = self.plan.config, self.plan.sources[self.conversation].styles
        recipes = recipes_of(config, condition, styles=styles)
        talk = self.talk
        if condition is not None:
            talk = with_silences(talk, gaps=condition.gaps, pauses=condition.pauses)
            talk = with_feedback(talk, condition.spoken, seed=self.dice)
            recipes = {seat: _behind_lens(recipes[seat], condition.seat(seat), seat.partner, stranger_from) for seat in Seat}
        return simulate(talk, recipes, seed=self.dice, frame_rate_hz=config.frame_rate_hz, tick_s=config.tick_s)


def _likeness(condition: Condition | None) -> str:
    """What two conditions that play alike have in common: all but name and pairing."""
    if condition is None:
        return repr((SeatCondition(), SeatCondition(), SilenceEdit(), SilenceEdit(), FeedbackEdit()))
    return repr((condition.config.a, condition.config.b, condition.gaps, condition.pauses, condition.spoken))


def _read(condition: Condition, own: _Stage, other: _Stage, names: tuple[str, ...]) -> list[Reading]:
    recording = own.play(condition, stranger_from=other)
    if not condition.config.pseudo:
        return read_outcomes(recording, names, seed=own.dice)
    strange = other.play(condition, stranger_from=own)
    by_seat = {seat: read_outcomes(_mixed(recording, strange, own=seat), names, seed=own.dice) for seat in Seat}
    return [*(reading for seat in Seat for reading in by_seat[seat] if reading.seat == seat), *_means(by_seat)]


def _means(by_seat: Mapping[Seat, list[Reading]]) -> list[Reading]:
    """Figures of two people together, of both pairs that each person of the conversation makes with a stranger."""
    shared = [[reading for reading in by_seat[seat] if reading.seat is None] for seat in Seat]
    readings = []
    for pair in zip(*shared, strict=True):
        values = [reading.value for reading in pair if reading.value is not None]
        readings.append(replace(pair[0], value=fmean(values) if len(values) == len(pair) else None))
    return readings


def _mixed(recording: Recording, strange: Recording, *, own: Seat) -> Pair:
    """One person of a recording beside the partner of another, as long as the shorter."""
    frames = min(recording.frames, strange.frames)
    samples = min(recording.audio.shape[1], strange.audio.shape[1])
    sides = {own: recording, own.partner: strange}
    turns = recording.diarization.empty()
    end_s = samples / recording.sample_rate_hz
    for seat, side in sides.items():
        for segment in side.diarization.label_timeline(seat.name).support():
            part = Segment(segment.start, min(segment.end, end_s))
            if part:
                turns[part, turns.new_track(part)] = seat.name
    audio = np.stack([sides[seat].audio[seat, :samples] for seat in Seat])
    motion = {seat: sides[seat].motion[seat].slice(0, frames) for seat in Seat}
    return Pair(audio=audio, sample_rate_hz=recording.sample_rate_hz, diarization=turns, motion=motion)


def _behind_lens(recipe: AgentRecipe, change: SeatCondition, partner: Seat, stranger_from: _Stage | None) -> AgentRecipe:
    """The agent as it is, or behind the lens that the condition asks for."""
    if (change.sees, change.hears, change.sees_delay_ms, change.hears_delay_ms) == ("partner", "partner", 0.0, 0.0):
        return recipe
    stranger = None
    if "shuffled" in (change.sees, change.hears):
        assert stranger_from is not None
        met = stranger_from.play(None)
        active = stranger_from.talk.activity(met.frame_rate_hz)[partner]
        stranger = Stranger(motion=met.motion[partner], audio=met.audio[partner], active=active)
    options = {
        "agent": recipe.agent,
        "options": recipe.options,
        "sees": change.sees,
        "hears": change.hears,
        "sees_delay_ms": change.sees_delay_ms,
        "hears_delay_ms": change.hears_delay_ms,
        "stranger": stranger,
    }
    return AgentRecipe(agent=LENS, options=options)
