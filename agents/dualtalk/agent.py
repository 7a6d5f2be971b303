"""DualTalk in the loop: a model made for whole clips, run in sliding windows, with the partner's generated motion fed back.

The published model hears a whole clip, both ways in time, and takes the partner's recorded motion of the same frames. Here it generates
``chunk_frames`` at a time from a window that reaches ``context_frames`` back and ``ahead_frames`` on. Sound is heard ahead; the partner's
motion is known up to ``sight_delay_frames`` before the chunk and held from there on. What two windows say of the same frames is blended.
"""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dyad.agents.dualtalk.hearing import Blocks, Voice
from dyad.agents.dualtalk.sight import Sight
from dyad.arkit_jaw import to_arkit52
from dyad.arrays import FloatArray
from dyad.contracts import AgentSpec, Place
from dyad.dualtalk_layout import CHANNELS, FRAME_RATE_HZ, SAMPLE_RATE_HZ, unpack
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.percept import Percept

if TYPE_CHECKING:
    import torch

    from dyad.agents.dualtalk.inference import Inference

DTYPES = ("float32", "bfloat16")
SHIPPED = {"small": Path(__file__).parent / "weights" / "small"}
"""Models that come with dyad, by name."""


@dataclass(frozen=True, kw_only=True)
class Windows:
    """How a conversation is cut for the model, in frames of 40 ms. Longer windows cost more; longer blocks look further ahead."""

    chunk_frames: int = 20  # generated at once; with the delay below the partner's motion is answered 0.2 to 1 s late
    context_frames: int = 100  # of the past; the published training windows have 200 frames in all
    ahead_frames: int = 10  # of the future's sound; also the stretch over which two windows are blended
    block_frames: int = 300  # encoded at once: 12 s; shorter ones hear more sound twice, longer ones look further ahead
    block_context_frames: int = 20  # of sound that the encoder hears before and after a block
    sight_delay_frames: int = 5  # the partner is seen this late; longer ticks of the loop are refused

    def __post_init__(self) -> None:
        """Check once."""
        for name, frames in vars(self).items():
            fewest = 1 if name in ("chunk_frames", "block_frames", "sight_delay_frames") else 0
            if frames < fewest:
                raise InputError(f"windows.{name}", expected=f"{fewest} or more", got=f"{frames}", cure="Leave it out for the default.")

    @property
    def look_ahead_frames(self) -> int:
        """How far past the last frame of a tick sound must be known."""
        return self.chunk_frames + self.ahead_frames + self.block_frames + self.block_context_frames


@dataclass(frozen=True, kw_only=True, eq=False)
class DualTalkState:
    """All that changes.

    Args:
        own: the own voice.
        partner: the partner's voice.
        sight: the partner's motion.
        rows: float32 (n, 56), frames made from ``rows_start`` on: those of the current chunk, then what its window says of the next.
        rows_start: frame of the first row.
        made: first frame that no chunk has made yet.
    """

    own: Voice
    partner: Voice
    sight: Sight = field(default_factory=Sight)
    rows: FloatArray = field(default_factory=lambda: np.zeros((0, CHANNELS), np.float32))
    rows_start: int = 0
    made: int = 0


class DualTalkAgent:
    """Speaks and listens as a DualTalk model does; nothing is random.

    Args:
        place: seat and frame rate, which must be 25 fps.
        checkpoint: folder of ``dyad convert dualtalk`` or ``dyad train``; ``small`` is the model that comes with dyad, trained on simulated
            conversations (see its card in ``agents/dualtalk/weights``).
        dtype: numbers to compute with: ``float32``, or ``bfloat16``, faster where the processor has it.
        windows: how a conversation is cut.

    Raises:
        InputError: a checkpoint that cannot be read, another frame rate, or an unknown dtype.
    """

    def __init__(self, place: Place, *, checkpoint: str = "small", dtype: str = "float32", windows: Windows = Windows()) -> None:
        """Read the weights."""
        who = f"agent dualtalk on seat {place.seat.name}"
        if dtype not in DTYPES:
            raise InputError(f"{who}, dtype", expected=" or ".join(DTYPES), got=repr(dtype), cure="float32 is the default.")
        _check_rate(place)
        import torch

        from dyad.agents.dualtalk.inference import Inference
        from dyad.agents.dualtalk.model import DualTalk

        torch.set_num_threads(1)  # sums are split by the number of threads: one everywhere gives the same bits everywhere
        folder = SHIPPED.get(checkpoint, checkpoint)
        self._settle(place, Inference(DualTalk.load(folder, dtype=getattr(torch, dtype))), windows)

    @classmethod
    def of_model(cls, place: Place, model: "Inference", *, windows: Windows) -> "DualTalkAgent":
        """With a model that is in memory already, whose processor threads are the caller's business.

        Args:
            place: seat and frame rate.
            model: to run.
            windows: how a conversation is cut.

        Raises:
            InputError: another frame rate than the model's.
        """
        _check_rate(place)
        agent = cls.__new__(cls)
        agent._settle(place, model, windows)
        return agent

    def _settle(self, place: Place, model: "Inference", windows: Windows) -> None:
        self._model, self._windows = model, windows
        self._basis = model.config.basis
        self._blocks = Blocks(frames=windows.block_frames, context=windows.block_context_frames)
        self.spec = AgentSpec(
            basis="arkit52" if self._basis == "arkit50" else self._basis,
            frame_rate_hz=place.frame_rate_hz,
            look_ahead_frames=windows.look_ahead_frames,
            longest_tick_frames=windows.sight_delay_frames,
            sample_rate_hz=SAMPLE_RATE_HZ,
        )

    def initial_state(self, *, seed: int) -> DualTalkState:
        """Before the first sound."""
        silence = Voice(features=np.zeros((0, self._model.config.width), np.float32))
        return DualTalkState(own=silence, partner=silence)

    def step(self, percept: Percept, state: DualTalkState) -> tuple[Motion, DualTalkState]:
        """Make the chunks that the tick reaches into, and hand out its frames."""
        sight = state.sight if percept.partner_motion is None else state.sight.see(percept.partner_motion, basis=self._basis)
        state = replace(state, own=state.own.hear(percept.own_audio), partner=state.partner.hear(percept.partner_audio), sight=sight)
        stop = percept.start_frame + percept.frames
        while state.made < stop:
            state = self._next_chunk(state)
        rows = state.rows[percept.start_frame - state.rows_start : stop - state.rows_start]
        motion = unpack(rows, seat=percept.seat, basis=self._basis, start_frame=percept.start_frame, frame_rate_hz=self.spec.frame_rate_hz)
        kept = replace(state, rows=state.rows[stop - state.rows_start :].copy(), rows_start=stop)
        return to_arkit52(motion) if self._basis == "arkit50" else motion, kept

    def _next_chunk(self, state: DualTalkState) -> DualTalkState:
        cut = self._windows
        first = state.made
        start, chunk_stop, stop = max(0, first - cut.context_frames), first + cut.chunk_frames, first + cut.chunk_frames + cut.ahead_frames
        own = self._blocks.extend(state.own, stop=stop, encode=partial(self._encode, own=True))
        partner = self._blocks.extend(state.partner, stop=stop, encode=partial(self._encode, own=False))
        seen = state.sight.window(start, stop, known=first - cut.sight_delay_frames + 1)
        made = self._decode(own.rows(start, stop), partner.rows(start, stop), seen, last=stop - first)
        before = state.rows[: first - state.rows_start]
        keep_from = max(0, chunk_stop - cut.context_frames)
        return DualTalkState(
            own=own.forget(keep_from, context=cut.block_context_frames),
            partner=partner.forget(keep_from, context=cut.block_context_frames),
            sight=state.sight.forget(keep_from),
            rows=np.concatenate([before, blend(state.rows[first - state.rows_start :], made)]),
            rows_start=state.rows_start,
            made=chunk_stop,
        )

    def _encode(self, sound: FloatArray, *, own: bool) -> FloatArray:
        return _plain(self._model.features(self._tensor(sound), own=own))

    def _decode(self, own: FloatArray, partner: FloatArray, seen: FloatArray, *, last: int) -> FloatArray:
        return _plain(self._model.decode(self._tensor(own), self._tensor(partner), self._tensor(seen), last=last))

    def _tensor(self, values: FloatArray) -> "torch.Tensor":
        """With a batch dimension, in the model's numbers."""
        import torch

        return torch.from_numpy(np.ascontiguousarray(values)).to(self._model.dtype)[None]


def blend(before: FloatArray, after: FloatArray) -> FloatArray:
    """From what the last window said of these frames to what this one says, in a raised-cosine ramp.

    Args:
        before: (n, 56), n ≤ m: the last window's frames past its chunk.
        after: (m, 56): this window's frames from its chunk on.

    Returns:
        (m, 56).
    """
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(len(before), dtype=np.float32)[:, None] + 1) / (len(before) + 1))
    out = after.copy()
    out[: len(before)] = (1 - ramp) * before + ramp * after[: len(before)]
    return out


def _check_rate(place: Place) -> None:
    if not np.isclose(place.frame_rate_hz, FRAME_RATE_HZ):
        raise InputError(
            f"agent dualtalk on seat {place.seat.name}",
            expected=f"{FRAME_RATE_HZ:g} fps, as the model",
            got=f"{place.frame_rate_hz:g} fps",
            cure=f"Set frame_rate_hz={FRAME_RATE_HZ:g}; dyad export resamples.",
        )


def _plain(batch: "torch.Tensor") -> FloatArray:
    return np.asarray(batch[0].float().numpy(), np.float32)
