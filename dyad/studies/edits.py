"""Conversations edited before anybody acts: silences stretched or cut.

What is edited is sound and turns together, so that they stay true to each other. Recorded motion does not survive an edit.
"""

from dataclasses import dataclass, replace

import numpy as np
from pyannote.core import Annotation, Segment

from dyad.arrays import FloatArray
from dyad.clock import round_half_up
from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.eval.turns import IPU_GAP_S, measure_turns


@dataclass(frozen=True, kw_only=True)
class SilenceEdit:
    """How long silences become: ``factor`` times as long, then ``add_ms`` longer, then cut to ``longest_ms``.

    Args:
        factor: 0 or more.
        add_ms: may be negative; no silence becomes shorter than none.
        longest_ms: None for no limit.

    Raises:
        InputError: a negative factor or limit, or a number that is not finite.
    """

    factor: float = 1.0
    add_ms: float = 0.0
    longest_ms: float | None = None

    def __post_init__(self) -> None:
        """Check once."""
        limit = 0.0 if self.longest_ms is None else self.longest_ms
        for name, value, lowest in (("factor", self.factor, 0.0), ("add_ms", self.add_ms, -np.inf), ("longest_ms", limit, 0.0)):
            if not (np.isfinite(value) and value >= lowest):
                raise InputError(name, expected="a number" if lowest < 0 else "0 or more", got=f"{value!r}", cure="Correct the number.")

    @property
    def changes(self) -> bool:
        """Whether any silence can become another length."""
        return self != SilenceEdit()

    def edited_s(self, length_s: float) -> float:
        """The new length of a silence, seconds."""
        longer = max(0.0, self.factor * length_s + self.add_ms / 1000)
        return longer if self.longest_ms is None else min(longer, self.longest_ms / 1000)


def with_silences(conversation: Conversation, *, gaps: SilenceEdit, pauses: SilenceEdit) -> Conversation:
    """Other lengths of the silences between two people's turns (gaps) and between two stretches of one person's speech (pauses).

    Both channels are cut, or silence is put in, in the middle of each silence. Overlaps stay as they are.

    Args:
        conversation: whose turns tell the silences, by ``dyad.eval.turns``.
        gaps: new lengths of gaps.
        pauses: new lengths of pauses of ``IPU_GAP_S`` and more.
    """
    if not (gaps.changes or pauses.changes):
        return conversation
    rate = conversation.sample_rate_hz
    rules = {"gap": gaps, "pause": pauses}
    intervals = measure_turns(conversation.diarization, duration_s=conversation.duration_s, ipu_gap_s=IPU_GAP_S).intervals
    pieces: list[FloatArray] = []
    moved: list[tuple[float, float]] = [(0.0, 0.0)]  # from this time on, by so much
    done, shift, count = 0, 0, 0
    for interval in intervals:
        rule = rules.get(interval.kind)
        change = 0 if rule is None else round_half_up((rule.edited_s(interval.duration_s) - interval.duration_s) * rate)
        if not change:
            continue
        middle = round_half_up(0.5 * (interval.start_s + interval.end_s) * rate)
        cut = max(0, -change)
        pieces += [conversation.audio[:, done : middle - cut // 2], np.zeros((2, max(0, change)), np.float32)]
        done, shift, count = middle - cut // 2 + cut, shift + change, count + 1
        moved.append((0.5 * (interval.start_s + interval.end_s), shift / rate))
    audio = np.concatenate([*pieces, conversation.audio[:, done:]], axis=1)
    turns = Annotation(uri=conversation.diarization.uri)
    starts = np.array([time for time, _ in moved])
    for segment, _, label in conversation.diarization.itertracks(yield_label=True):
        # Both edges move with the start: no edited silence lies within a turn, but touching microseconds may be rounded across one.
        by = moved[int(np.searchsorted(starts, segment.start + 1e-9, side="right")) - 1][1]
        later = Segment(segment.start + by, min(segment.end + by, audio.shape[1] / rate))
        turns[later, turns.new_track(later)] = label
    note = f"EDITED: {count} silences have other lengths than they had ({shift / rate:+.2f} s in all)."
    return edited(conversation, audio=audio, turns=turns, note=note)


def edited(conversation: Conversation, *, audio: FloatArray, turns: Annotation, note: str) -> Conversation:
    """The conversation with other sound and turns, a note that says so, and without recorded motion."""
    provenance = conversation.provenance
    lost = ("Recorded motion left out: it does not fit edited sound.",) if conversation.motion else ()
    return replace(
        conversation, audio=audio, diarization=turns, motion={}, provenance=replace(provenance, notes=(*provenance.notes, note, *lost))
    )
