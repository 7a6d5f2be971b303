"""Conversations made ready for training, and the frames that are drawn from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyad.agents.projection.features import EVENT_VALUES
from dyad.agents.projection.objective import labels
from dyad.arrays import FloatArray
from dyad.projection_training.histories import Events, read_events
from dyad.projection_training.tables import Call
from dyad.projection_training.trials import SHIFT_OR_HOLD, Trials, trials_of

Frames = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A conversation and what training reads of it.

    Args:
        call: its voice activity.
        events: its events.
        label: uint8 (T - 100,), class of each frame whose two seconds are known.
        silent: frames with a label in which nobody speaks.
        silence_starts: those of them that are the first of a silence.
        trials: the published events of each task.
    """

    call: Call
    events: Events
    label: npt.NDArray[np.uint8]
    silent: Frames
    silence_starts: Frames
    trials: dict[str, Trials]


def prepare(calls: Sequence[Call], *, told: Callable[[], None]) -> list[Prepared]:
    """Make conversations ready; those too short to have a label are left out. ``told`` is called after each."""
    ready = []
    for number, call in enumerate(calls):
        label = labels(call.activity).astype(np.uint8)
        silent = np.flatnonzero(~call.activity[: len(label)].any(axis=1))
        if len(label):
            ready.append(
                Prepared(
                    call=call,
                    events=read_events(call.activity),
                    label=label,
                    silent=silent,
                    silence_starts=silent[np.diff(silent, prepend=-2) > 1],
                    trials=trials_of(call.activity, seed=number),
                )
            )
        told()
    return ready


def draw_frames(prepared: Prepared, count: int, *, draw: np.random.Generator) -> Frames:
    """A third from all frames, a third from the frames in which nobody speaks, a third from the first frames of such silences.

    What is drawn depends on the present alone, never on what comes, so the probabilities that are learnt stay those of the conversation.
    """
    third = count // 3
    silent = prepared.silent if len(prepared.silent) else np.arange(len(prepared.label))
    starts = prepared.silence_starts if len(prepared.silence_starts) else silent
    anywhere = draw.integers(0, len(prepared.label), count - 2 * third)
    return np.concatenate((anywhere, draw.choice(silent, third), draw.choice(starts, third)))


def draw_silences(prepared: Prepared, count: int, *, draw: np.random.Generator) -> tuple[Frames, Frames]:
    """Frames of silences that are shifts or holds as the published events define them, and who spoke next.

    Half are the first frame of their silence, half any frame of it.

    Returns:
        int64 (count,), the frames; and int64 (count,), 1 where A spoke next, 0 where B did, -1 where the conversation has no such silence.
    """
    trials = prepared.trials[SHIFT_OR_HOLD]
    if not len(trials.start):
        return np.zeros(count, np.int64), np.full(count, -1)
    chosen = draw.integers(0, len(trials.start), count)
    start, stop = trials.start[chosen], np.minimum(trials.stop[chosen], len(prepared.label))
    later = draw.integers(start, stop)
    next_is_a = (trials.scored[chosen] == 0) == trials.positive[chosen]
    return np.where(np.arange(count) % 2 == 0, start, later), next_is_a.astype(np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """What the net reads of N conversations, and what it should say; see ``ProjectionNet.forward``.

    Of the frames of each, the first are of all kinds and have a class; those after them are of silences and have a next speaker.
    """

    events: FloatArray
    frames: FloatArray
    places: Frames
    label: Frames
    next_is_a: Frames


Drawn = tuple[Frames, Frames, Frames]
"""Of one conversation: frames with a class, frames of silences, and who spoke after those (see ``draw_silences``)."""


def draw_all(prepared: Prepared, *, frames: int, silences: int, draw: np.random.Generator) -> Drawn:
    """Frames of both kinds."""
    return draw_frames(prepared, frames, draw=draw), *draw_silences(prepared, silences, draw=draw)


def batch(chosen: Sequence[Prepared], *, drawn: Sequence[Drawn]) -> Batch:
    """Put conversations side by side, the shorter padded at the end."""
    longest = max(len(one.events.frame) for one in chosen)
    values = np.zeros((len(chosen), longest, EVENT_VALUES), np.float32)
    for row, one in enumerate(chosen):
        values[row, : len(one.events.frame)] = one.events.values
    wanted = [np.concatenate((anywhere, silences)) for anywhere, silences, _ in drawn]
    return Batch(
        events=values,
        frames=np.stack([one.events.at(frames) for one, frames in zip(chosen, wanted, strict=True)]),
        places=np.stack([one.events.place(frames) for one, frames in zip(chosen, wanted, strict=True)]),
        label=np.stack([one.label[anywhere].astype(np.int64) for one, (anywhere, _, _) in zip(chosen, drawn, strict=True)]),
        next_is_a=np.stack([next_is_a for _, _, next_is_a in drawn]),
    )


def draw_batches(prepared: Sequence[Prepared], *, calls: int, draw: np.random.Generator) -> list[list[Prepared]]:
    """All conversations in random order, cut into batches of ``calls`` conversations of about the same number of events."""
    length = np.array([len(one.events.frame) for one in prepared])
    order = np.argsort(length * draw.uniform(0.9, 1.1, len(length)), kind="stable")
    batches = [[prepared[index] for index in order[first : first + calls]] for first in range(0, len(order), calls)]
    return [batches[index] for index in draw.permutation(len(batches))]
