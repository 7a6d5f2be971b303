"""An agent behind a lens: another agent, which sees and hears its partner late, frozen, exchanged for somebody else, or not at all.

The loop stays as it is. The lens is an agent as any other, its state explicit, and it edits the percept before the agent behind it gets it.
Its own voice is never touched. What comes late needs no further look-ahead: the partner of ``delay_s`` ago was there all along.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dyad.arrays import BoolArray, FloatArray
from dyad.clock import FrameClock
from dyad.contracts import Place
from dyad.errors import InputError
from dyad.motion import ARRAY_FIELDS, Motion, join
from dyad.percept import Percept
from dyad.registry import AgentRecipe, build_agent

SEEN = ("partner", "shuffled", "frozen", "nobody")
HEARD = ("partner", "shuffled", "nobody")
LONGEST_DELAY_MS = 1200.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Stranger:
    """Somebody from another conversation, to be seen or heard in the partner's place.

    Args:
        motion: their motion from frame 0 on; shown again from its beginning when it ends.
        audio: float32 (N,), their voice; silence follows it.
        active: bool (T,), whether they speak in each frame.
    """

    motion: Motion
    audio: FloatArray
    active: BoolArray


@dataclass(frozen=True, kw_only=True, eq=False)
class LensState:
    """What is on its way to the agent, and the agent's own state.

    Args:
        inner: of the agent behind the lens.
        motion: the partner's frames that were not shown yet; None before the first.
        held: the one frame that a frozen partner shows.
        audio: float32 (n,), the partner's sound that was not heard yet.
        active: bool (m,), their voice activity that was not heard yet.
    """

    inner: Any
    motion: Motion | None = None
    held: Motion | None = None
    audio: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    active: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))


class Lens:
    """Shows an agent another partner than there is.

    Args:
        place: seat, frame rate and recorded motion, as for the agent behind it.
        agent: that agent, a registry name or module:Class.
        options: its options.
        sees: ``partner``; ``shuffled``, the stranger; ``frozen``, the partner's first frame throughout; or ``nobody``.
        hears: ``partner``; ``shuffled``, the stranger; or ``nobody``.
        sees_delay_ms: the partner is seen so late, to the nearest frame; at rest until then.
        hears_delay_ms: and heard so late, to the nearest frame; silent until then.
        stranger: who is shown or heard instead.

    Raises:
        InputError: an unknown way to see or hear, a delay outside 0 to 1,200 ms, or no stranger where one is needed.
    """

    def __init__(
        self,
        place: Place,
        *,
        agent: str = "reactive",
        options: Mapping[str, Any] | None = None,
        sees: str = "partner",
        hears: str = "partner",
        sees_delay_ms: float = 0.0,
        hears_delay_ms: float = 0.0,
        stranger: Stranger | None = None,
    ) -> None:
        """Build the agent behind the lens."""
        _check(sees, hears, sees_delay_ms=sees_delay_ms, hears_delay_ms=hears_delay_ms, stranger=stranger)
        self._inner = build_agent(AgentRecipe(agent=agent, options=options or {}), place)
        self._sees, self._hears, self._stranger = sees, hears, stranger
        self.spec = self._inner.spec
        self._clock = FrameClock(frame_rate_hz=place.frame_rate_hz, sample_rate_hz=self.spec.sample_rate_hz)
        self._seen_late, self._heard_late = (self._clock.frame(delay / 1000) for delay in (sees_delay_ms, hears_delay_ms))

    def initial_state(self, *, seed: int) -> LensState:
        """The agent's own, with silence on its way for as long as hearing is late."""
        return LensState(
            inner=self._inner.initial_state(seed=seed),
            audio=np.zeros(self._clock.sample(self._heard_late), np.float32),
            active=np.zeros(self._heard_late, np.bool_),
        )

    def step(self, percept: Percept, state: LensState) -> tuple[Motion, LensState]:
        """Edit the percept and let the agent act on it."""
        edited, state = self._hear(*self._see(percept, state))
        motion, inner = self._inner.step(edited, state.inner)
        return motion, replace(state, inner=inner)

    def _see(self, percept: Percept, state: LensState) -> tuple[Percept, LensState]:
        partner = percept.partner_motion
        if partner is None or len(partner) == 0:
            return percept, state
        if self._sees == "nobody":
            return replace(percept, partner_motion=None), state
        if self._sees == "frozen":
            held = state.held or partner.slice(partner.start_frame, partner.start_frame + 1)
            return replace(percept, partner_motion=_shown(held, np.zeros(len(partner), np.int64), instead_of=partner)), replace(
                state, held=held
            )
        if self._sees == "shuffled":
            assert self._stranger is not None
            motion = self._stranger.motion
            partner = _shown(motion, np.arange(partner.start_frame, partner.stop_frame) % len(motion), instead_of=partner)
        if not self._seen_late:
            return replace(percept, partner_motion=partner), state
        waiting = join([state.motion, partner]) if state.motion is not None else _after_rest(partner, frames=self._seen_late)
        due = waiting.slice(waiting.start_frame, waiting.start_frame + len(partner))
        rest = waiting.slice(due.stop_frame, waiting.stop_frame)
        # Numbered as if it happened now: the agent must not be able to tell.
        return replace(percept, partner_motion=replace(due, start_frame=partner.start_frame)), replace(state, motion=rest)

    def _hear(self, percept: Percept, state: LensState) -> tuple[Percept, LensState]:
        audio, active = percept.partner_audio, percept.partner_active
        if self._hears == "nobody":
            audio, active = np.zeros_like(audio), np.zeros_like(active)
        elif self._hears == "shuffled":
            assert self._stranger is not None
            audio = _stretch(self._stranger.audio, start=percept.sample_start, length=len(audio))
            active = _stretch(self._stranger.active, start=percept.activity_start, length=len(active))
        if self._heard_late:
            on_its_way, marks = np.concatenate([state.audio, audio]), np.concatenate([state.active, active])
            audio, active = on_its_way[: len(audio)], marks[: len(active)]
            state = replace(state, audio=on_its_way[len(audio) :], active=marks[len(active) :])
        return replace(percept, partner_audio=audio, partner_active=active), state


def _shown(motion: Motion, frames: np.ndarray, *, instead_of: Motion) -> Motion:
    """Frames of a motion in the place of others."""
    arrays: dict[str, Any] = {name: getattr(motion, name)[frames] for name in ARRAY_FIELDS}
    return replace(motion, seat=instead_of.seat, start_frame=instead_of.start_frame, **arrays)


def _after_rest(motion: Motion, *, frames: int) -> Motion:
    """The motion with a face at rest before it."""
    arrays: dict[str, Any] = {
        name: np.concatenate([np.zeros((frames, *getattr(motion, name).shape[1:]), getattr(motion, name).dtype), getattr(motion, name)])
        for name in ARRAY_FIELDS
    }
    arrays["valid"][:frames] = True
    return replace(motion, start_frame=motion.start_frame - frames, **arrays)


def _stretch(row: np.ndarray, *, start: int, length: int) -> np.ndarray:
    known = row[start : start + length]
    return np.concatenate([known, np.zeros(length - len(known), row.dtype)])


def _check(sees: str, hears: str, *, sees_delay_ms: float, hears_delay_ms: float, stranger: Stranger | None) -> None:
    for name, value, known in (("sees", sees, SEEN), ("hears", hears, HEARD)):
        if value not in known:
            raise InputError(f"lens, {name}", expected=" or ".join(known), got=repr(value), cure="Choose one of these.")
        if value == "shuffled" and stranger is None:
            raise InputError(f"lens, {name}", expected="a stranger for shuffled", got="none", cure="Give one.")
    for name, delay in (("sees_delay_ms", sees_delay_ms), ("hears_delay_ms", hears_delay_ms)):
        if not 0 <= delay <= LONGEST_DELAY_MS:
            cure = "Longer delays are no conversation any more."
            raise InputError(f"lens, {name}", expected=f"0 to {LONGEST_DELAY_MS:g} ms", got=f"{delay!r}", cure=cure)
