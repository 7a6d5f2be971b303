"""Spoken feedback taken out of a conversation, or said at another time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyannote.core import Annotation, Segment

from dyad.clock import round_half_up
from dyad.conversation import Conversation
from dyad.diarization.seating import faded
from dyad.errors import InputError
from dyad.eval.turn_taking import TurnIntervals
from dyad.eval.turn_taking.backchannels import backchannels_of, check_definition
from dyad.eval.turn_taking.intervals import MICRO
from dyad.eval.turns import IPU_GAP_S
from dyad.registry import suggestion
from dyad.seat import Seat
from dyad.studies.edits import edited

FEEDBACK = ("kept", "removed", "shuffled", "shifted")
OWN_SILENCE_S = 0.2  # between a moved backchannel and the same person's other speech; chosen, above the silence that is bridged in an IPU
_TRIES = 200  # places that are tried for a moved backchannel


@dataclass(frozen=True, kw_only=True)
class FeedbackEdit:
    """What becomes of spoken feedback.

    Args:
        feedback: ``kept``; ``removed``; ``shuffled``, as often but at any time; or ``shifted``.
        shift_ms: how much later, for ``shifted``; may be negative.
        definition: which speech counts as feedback, a definition of ``dyad.eval.turn_taking`` that needs no words.
        seats: whose.

    Raises:
        InputError: another word, or a shift that is not finite.
    """

    feedback: str = "kept"
    shift_ms: float = 0.0
    definition: str = "vap_code"
    seats: tuple[Seat, ...] = tuple(Seat)

    def __post_init__(self) -> None:
        """Check once."""
        if self.feedback not in FEEDBACK:
            cure = suggestion(self.feedback, FEEDBACK)
            raise InputError("feedback", expected=" or ".join(FEEDBACK), got=repr(self.feedback), cure=cure)
        if not np.isfinite(self.shift_ms):
            raise InputError("shift_ms", expected="a number", got=f"{self.shift_ms!r}", cure="Correct the number.")
        check_definition(self.definition, TurnIntervals(a=np.zeros((0, 2)), b=np.zeros((0, 2)), duration_s=1.0))


def with_feedback(conversation: Conversation, edit: FeedbackEdit, *, seed: int) -> Conversation:
    """Backchannels taken out, or said at another time.

    A moved backchannel needs a place where its speaker is silent, with ``OWN_SILENCE_S`` to spare; one that has none (shifted into own
    speech, or out of the conversation) is left out, as nobody can say it.

    Args:
        conversation: whose feedback.
        edit: what is to be done.
        seed: of the places, where they are shuffled.
    """
    if edit.feedback == "kept":
        return conversation
    rng = np.random.default_rng(seed)
    rate = conversation.sample_rate_hz
    audio, words = conversation.audio.copy(), []
    turns = conversation.diarization
    for seat in edit.seats:
        found = _backchannels(conversation, seat, definition=edit.definition)
        turns = _without(turns, found, seat)
        occupied = [segment for segment in conversation.turns(seat) if segment not in found]
        placed = []
        for segment in found:
            audio[seat, _samples(segment, rate)] = 0.0
        for segment in found:
            place = _place(segment, edit, occupied=occupied, duration_s=conversation.duration_s, rng=rng)
            if place is not None:
                placed.append(place)
                occupied.append(place)
                turns[place, turns.new_track(place)] = seat.name
                sound = faded(conversation.audio[seat, _samples(segment, rate)], sample_rate_hz=rate)
                first = round_half_up(place.start * rate)
                audio[seat, first : first + len(sound)] = sound[: audio.shape[1] - first]
        words.append(f"{len(found)} of {seat.name}, of which {len(placed)} are said at another time")
    note = f"EDITED: spoken feedback ({edit.definition}) {edit.feedback}: {'; '.join(words)}."
    return edited(conversation, audio=audio, turns=turns, note=note)


def _backchannels(conversation: Conversation, seat: Seat, *, definition: str) -> list[Segment]:
    """A seat's stretches of speech that are feedback, as they stand in the turns, touching ones joined."""
    intervals = TurnIntervals.from_annotation(conversation.diarization, duration_s=conversation.duration_s)
    spans = backchannels_of(definition, intervals, intervals.units(IPU_GAP_S))[seat]
    middles = {segment: segment.middle * MICRO for segment in conversation.turns(seat)}
    return [segment for segment, middle in middles.items() if ((spans[:, 0] <= middle) & (middle < spans[:, 1])).any()]


def _place(
    segment: Segment, edit: FeedbackEdit, *, occupied: Sequence[Segment], duration_s: float, rng: np.random.Generator
) -> Segment | None:
    """Where a backchannel goes; None for nowhere."""
    if edit.feedback == "removed":
        return None
    room = duration_s - segment.duration

    def free(start: float) -> bool:
        ends = start + segment.duration
        apart = all(ends + OWN_SILENCE_S <= other.start or other.end + OWN_SILENCE_S <= start for other in occupied)
        return 0 <= start <= room and apart

    if edit.feedback == "shifted":
        start = segment.start + edit.shift_ms / 1000
        return Segment(start, start + segment.duration) if free(start) else None
    starts = [round(float(start), 3) for start in rng.uniform(0, room, _TRIES)]
    chosen = next((start for start in starts if free(start)), None)
    return None if chosen is None else Segment(chosen, chosen + segment.duration)


def _without(turns: Annotation, gone: Sequence[Segment], seat: Seat) -> Annotation:
    kept = turns.empty()
    for segment, track, label in turns.itertracks(yield_label=True):
        if label != seat.name or not any(one.start - 1e-9 <= segment.middle <= one.end + 1e-9 for one in gone):
            kept[segment, track] = label
    return kept


def _samples(segment: Segment, rate: int) -> slice:
    first, last = (round_half_up(edge * rate) for edge in (segment.start, segment.end))
    return slice(max(0, first), last)
