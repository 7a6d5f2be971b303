"""The contracts that parts fulfil: agents decide, datasets supply, sinks watch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from dyad.bases import channel_names
from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.percept import Percept
from dyad.seat import Seat

if TYPE_CHECKING:
    from dyad.recording import Recording

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class AgentSpec:
    """What an agent needs and gives.

    Args:
        basis: the expression basis it speaks, e.g. ``"arkit52"``.
        frame_rate_hz: frames per second it generates.
        look_ahead_frames: how far past the last generated frame it hears.
        longest_tick_frames: most frames it can generate in one step; None for any number.
        sample_rate_hz: sample rate of the audio it expects.

    Raises:
        InputError: a basis dyad does not know, or a count below what makes sense.
    """

    basis: str = "arkit52"
    frame_rate_hz: float
    look_ahead_frames: int = 0
    longest_tick_frames: int | None = None
    sample_rate_hz: int = 16_000

    def __post_init__(self) -> None:
        """Check once."""
        channel_names(self.basis)
        for name, fewest in (("look_ahead_frames", 0), ("longest_tick_frames", 1)):
            frames = getattr(self, name)
            if frames is not None and frames < fewest:
                raise InputError(f"AgentSpec.{name}", expected=f"{fewest} or more", got=f"{frames}", cure="Correct the agent.")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an agent sits: handed to its constructor, before its own options.

    Args:
        seat: its seat.
        frame_rate_hz: motion frames per second of the run.
        recorded: recorded motion of this seat, where the conversation has it.
    """

    seat: Seat
    frame_rate_hz: float
    recorded: Motion | None = None


class Agent(Protocol[S]):
    """Something that decides how one head moves.

    Constructed as ``Class(place, **options)`` in the process it will live in. All that changes lives in the state ``S``: ``step`` must
    return a new or updated state and leave the one it was given usable, so that a step can be repeated after a crash.
    """

    @property
    def spec(self) -> AgentSpec:
        """Rates, look-ahead and basis."""
        ...

    def initial_state(self, *, seed: int) -> S:
        """State before the first frame; everything random follows from ``seed``."""
        ...

    def step(self, percept: Percept, state: S) -> tuple[Motion, S]:
        """Generate ``percept.frames`` frames; returns the motion and the state after it. Must not change ``state``."""
        ...


@dataclass(frozen=True, kw_only=True)
class DatasetCard:
    """What a dataset is and how to get it.

    Args:
        name: registry name.
        summary: one sentence.
        licence: licence of the material.
        how_to_get: what a user has to do to have it.
        sample_rate_hz: audio rate as stored.
        frame_rate_hz: motion rate as stored; None without motion.
        hours: size in hours of conversation.
    """

    name: str
    summary: str
    licence: str
    how_to_get: str
    sample_rate_hz: int
    frame_rate_hz: float | None
    hours: float


class Dataset(Protocol):
    """A source of conversations."""

    @property
    def card(self) -> DatasetCard:
        """Name, licence, rates, size."""
        ...

    def ids(self, split: str) -> Sequence[str]:
        """Conversation ids of a split, sorted."""
        ...

    def load(self, conversation_id: str) -> Conversation:
        """One conversation."""
        ...


class Sink(Protocol):
    """Watches a simulation from outside; never changes it."""

    def open(self, conversation: Conversation) -> None:
        """Called once before the first tick."""
        ...

    def write(self, motion: Motion) -> None:
        """Called for each seat after each tick."""
        ...

    def close(self, recording: "Recording") -> None:
        """Called once after the last tick of a complete run."""
        ...

    def abort(self) -> None:
        """Called instead of ``close`` when the run fails: leave nothing half-written."""
        ...
