"""The projection frame by frame, in NumPy: no torch is needed, and all that changes lies in one state.

Every frame is computed alone and in the same way, so the result does not depend, to the last bit, on how the frames are cut into calls.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.agents.projection.features import (
    EVENT_VALUES,
    FRAME_SPEAKER_VALUES,
    FRAME_VALUES,
    SPEAKER_VALUES,
    History,
    advance,
    anchors,
    event_values,
    frame_values,
    swapped_columns,
)
from dyad.agents.projection.objective import BIN_FRAMES, CLASSES, FUTURE_BINS, NOW_BINS, activity_chance, speaker_share, swapped_classes
from dyad.arrays import BoolArray, FloatArray
from dyad.errors import InputError

SHIPPED_WEIGHTS: Final = "switchboard.safetensors"

_LAYERS: Final = {
    "recurrent.weight_ih_l0": (None, EVENT_VALUES),
    "recurrent.weight_hh_l0": (None, None),
    "recurrent.bias_ih_l0": (None,),
    "recurrent.bias_hh_l0": (None,),
    "from_event.weight": (None, None),
    "from_event.bias": (None,),
    "from_frame.weight": (None, FRAME_VALUES),
    "deeper.weight": (None, None),
    "deeper.bias": (None,),
    "answer.weight": (CLASSES, None),
    "answer.bias": (CLASSES,),
    "next_speaker.weight": (1, None),
    "next_speaker.bias": (1,),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection:
    """What is expected after each of n frames.

    Args:
        probabilities: float64 (n, 256), of the classes.
        p_now: float64 (n, 2), each speaker's share of the activity expected in the next 0.6 s.
        p_future: float64 (n, 2), the same from 0.6 to 2.0 s.
        active_chance: float64 (n, 2, 4), chance that a speaker is active in most of a bin.
        next_speaker: float64 (n, 2), chance that a speaker is the next to speak after the present silence; learnt in silences.
    """

    probabilities: npt.NDArray[np.float64]
    p_now: npt.NDArray[np.float64]
    p_future: npt.NDArray[np.float64]
    active_chance: npt.NDArray[np.float64]
    next_speaker: npt.NDArray[np.float64]


@dataclass
class ProjectionState:
    """All that changes from frame to frame."""

    frame: int = 0
    active: tuple[bool, bool] = (False, False)
    history: History = field(default_factory=History)
    hidden: FloatArray = field(default_factory=lambda: np.zeros((2, 0), np.float32))  # of the recurrent net, a row for each speaker's view
    known: FloatArray = field(default_factory=lambda: np.zeros((2, 0), np.float32))  # what the head reads of it
    anchor: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((1, 2, 0)))


class Projector:
    """Runs trained weights on two voice activities at 50 Hz, as they come.

    Args:
        weights: a file made by ``dyad projection train``; None for the weights that come with dyad.

    Raises:
        InputError: the file is absent, damaged, or holds other tensors.
    """

    def __init__(self, weights: str | Path | None = None) -> None:
        """Read the weights."""
        tensors = read_weights(weights)
        self._input, self._input_bias = tensors["recurrent.weight_ih_l0"].T, tensors["recurrent.bias_ih_l0"]
        self._again, self._again_bias = tensors["recurrent.weight_hh_l0"].T, tensors["recurrent.bias_hh_l0"]
        self._width = tensors["recurrent.weight_hh_l0"].shape[1]
        self._from_event, self._event_bias = tensors["from_event.weight"].T, tensors["from_event.bias"]
        self._from_frame = tensors["from_frame.weight"].T
        self._deeper, self._deeper_bias = tensors["deeper.weight"].T, tensors["deeper.bias"]
        self._answer, self._answer_bias = tensors["answer.weight"].T, tensors["answer.bias"]
        self._next = tensors["next_speaker.weight"][0]
        self._mirror = swapped_classes()
        self._event_swap = np.array(swapped_columns(SPEAKER_VALUES, EVENT_VALUES))
        self._frame_swap = np.array(swapped_columns(FRAME_SPEAKER_VALUES, FRAME_VALUES))

    def initial_state(self) -> ProjectionState:
        """Before the first frame."""
        return ProjectionState(hidden=np.zeros((2, self._width), np.float32))

    def step(self, activity: BoolArray, state: ProjectionState) -> tuple[Projection, ProjectionState]:
        """Project from each of the next frames.

        Args:
            activity: bool (n, 2), the voice activity of both speakers in the next n frames; n may be 0.
            state: after the frame before; it is left as it is.

        Returns:
            The projection of the n frames, and the state after them.
        """
        state = copy.deepcopy(state)
        logits = np.zeros((len(activity), CLASSES), np.float32)
        next_is_a = np.zeros(len(activity), np.float32)
        for index, (first, second) in enumerate(activity.tolist()):
            self.hear((first, second), state)
            logits[index], next_is_a[index] = self.answer(state)
        return project(logits, next_is_a=next_is_a), state

    def hear(self, active: tuple[bool, bool], state: ProjectionState) -> None:
        """Take in one frame; changes ``state``."""
        if state.frame == 0 or active != state.active:
            advance(state.history, state.frame, active=active)
            self._take_in_event(state)
            state.active = active
        state.frame += 1

    def now(self, state: ProjectionState) -> Projection:
        """The projection (of one frame) from the last frame heard."""
        logits, next_is_a = self.answer(state)
        return project(logits[None], next_is_a=np.array([next_is_a], np.float32))

    def answer(self, state: ProjectionState) -> tuple[FloatArray, float]:
        """float32 (256,), logits of the classes of what follows the last frame heard; and that of A as the next speaker."""
        values = frame_values(state.anchor, event=np.array([state.history.frame]), frame=np.array([state.frame - 1]))[0]
        both = np.stack((values, values[self._frame_swap]))
        first = np.maximum(state.known + both @ self._from_frame, 0)
        trunk = np.maximum(first @ self._deeper + self._deeper_bias, 0)
        ours, theirs = trunk @ self._answer + self._answer_bias
        own, partner = (trunk @ self._next).tolist()
        return ours + theirs[self._mirror], own - partner  # the bias of the next speaker cancels

    def _take_in_event(self, state: ProjectionState) -> None:
        values = np.array(event_values(state.history), np.float32)
        both = np.stack((values, values[self._event_swap]))
        reset, update, new = np.split(both @ self._input + self._input_bias, 3, axis=1)
        reset_h, update_h, new_h = np.split(state.hidden @ self._again + self._again_bias, 3, axis=1)
        update = _sigmoid(update + update_h)
        new = np.tanh(new + _sigmoid(reset + reset_h) * new_h)
        state.hidden = (1 - update) * new + update * state.hidden
        state.known = np.concatenate((state.hidden, both), axis=1) @ self._from_event + self._event_bias
        state.anchor = np.array([anchors(state.history)], np.float64)


def project(logits: FloatArray, *, next_is_a: FloatArray) -> Projection:
    """Probabilities and the published shares from logits (n, 256) of the classes and (n,) of A as the next speaker."""
    probabilities = np.zeros(logits.shape)
    chances = np.zeros((len(logits), 2, len(BIN_FRAMES)))
    mirror = swapped_classes()
    for frame, row in enumerate(logits.astype(np.float64)):  # one by one: sums over several frames at once may differ in the last bit
        powers = np.exp(row - row.max())
        probabilities[frame] = powers / (0.5 * (powers + powers[mirror]).sum())
        chances[frame] = activity_chance(probabilities[frame])
    return Projection(
        probabilities=probabilities,
        p_now=speaker_share(chances, NOW_BINS),
        p_future=speaker_share(chances, FUTURE_BINS),
        active_chance=chances,
        next_speaker=0.5 + 0.5 * np.tanh(0.5 * next_is_a.astype(np.float64)[:, None] * np.array([1.0, -1.0])),
    )


def read_weights(path: str | Path | None) -> dict[str, FloatArray]:
    """The tensors of a file; None for those that come with dyad.

    Raises:
        InputError: the file is absent, damaged, or holds other tensors.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    where = "the weights that come with dyad" if path is None else str(path)
    cure = "Give a file made by dyad projection train, or none for the weights that come with dyad."
    try:
        tensors = load(weights_source(path).read_bytes())
    except (OSError, SafetensorError) as error:
        raise InputError(where, expected="weights of the projection", got=f"{type(error).__name__}: {error}", cure=cure) from error
    if set(tensors) != set(_LAYERS):
        other = sorted(set(tensors) ^ set(_LAYERS))[:3]
        raise InputError(where, expected="the tensors of the projection", got=f"others: {', '.join(other)}", cure=cure)
    for name, shape in _LAYERS.items():
        _check_shape(tensors[name].shape, shape, what=f"{where}: {name}", cure=cure)
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def weights_source(path: str | Path | None) -> Traversable:
    """Where weights are; None for those that come with dyad."""
    return files("dyad.agents.projection") / "weights" / SHIPPED_WEIGHTS if path is None else Path(path).expanduser()


def _check_shape(got: Sequence[int], wanted: Sequence[int | None], *, what: str, cure: str) -> None:
    if len(got) != len(wanted) or any(want is not None and want != have for want, have in zip(wanted, got, strict=True)):
        raise InputError(what, expected=f"a tensor of shape {tuple(wanted)}", got=f"{tuple(got)}", cure=cure)


def _sigmoid(values: FloatArray) -> FloatArray:
    result: FloatArray = 0.5 * (1 + np.tanh(0.5 * values))
    return result
