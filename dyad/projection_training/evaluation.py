"""Scores of the net and of the baselines on the published events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from dyad.agents.projection.model import ProjectionNet
from dyad.agents.projection.objective import FUTURE_BINS, NOW_BINS, activity_chance, backchannel_chance, speaker_share
from dyad.projection_training import baselines
from dyad.projection_training.histories import Events
from dyad.projection_training.sampling import Frames, Prepared
from dyad.projection_training.scores import Floats, Quality, Scored, best_threshold, quality
from dyad.projection_training.trials import BACKCHANNEL_AHEAD, SHIFT_AHEAD, SHIFT_OR_HOLD

P_NOW: Final = "p_now"
P_FUTURE: Final = "p_future"
NEXT_SPEAKER: Final = "next speaker"
P_BACKCHANNEL: Final = "short speech"


@dataclass(frozen=True, kw_only=True)
class View:
    """At which frames of its trials a task is scored.

    Args:
        name: as it is shown.
        task: of the trials.
        offset: the frame of each region that counts; None for all of them, each a trial of its own, as the published scores have it.
        scores: those of the net that answer the task; the first is the published one.
    """

    name: str
    task: str
    offset: int | None
    scores: tuple[str, ...]


VIEWS: Final = (
    View(name="shift or hold, first frame of the silence", task=SHIFT_OR_HOLD, offset=0, scores=(P_NOW, P_FUTURE, NEXT_SPEAKER)),
    View(name="shift or hold, 0.24 s into it", task=SHIFT_OR_HOLD, offset=11, scores=(P_NOW, P_FUTURE, NEXT_SPEAKER)),
    View(name="shift or hold, all frames of the silence", task=SHIFT_OR_HOLD, offset=None, scores=(P_NOW, P_FUTURE, NEXT_SPEAKER)),
    View(name="shift ahead, last frame before the silence", task=SHIFT_AHEAD, offset=24, scores=(P_FUTURE, P_NOW)),
    View(name="shift ahead, the 0.5 s before the silence", task=SHIFT_AHEAD, offset=None, scores=(P_FUTURE, P_NOW)),
    View(name="backchannel ahead, last frame before it", task=BACKCHANNEL_AHEAD, offset=24, scores=(P_NOW, P_BACKCHANNEL)),
    View(name="backchannel ahead, the 0.5 s before it", task=BACKCHANNEL_AHEAD, offset=None, scores=(P_NOW, P_BACKCHANNEL)),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """The trials of a view in one conversation: frame, person scored, right answer, a row each."""

    frame: Frames
    scored: Frames
    positive: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def asked(prepared: Prepared, view: View) -> Asked:
    """The trials of a view; silences are at least as long as the offsets of ``VIEWS``."""
    trials = prepared.trials[view.task]
    if view.offset is not None:
        return Asked(frame=trials.start + view.offset, scored=trials.scored, positive=trials.positive)
    lengths = trials.stop - trials.start
    row = np.repeat(np.arange(len(lengths)), lengths)
    within = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return Asked(frame=trials.start[row] + within, scored=trials.scored[row], positive=trials.positive[row])


Answers = Mapping[str, Floats]
"""Scores by name, (n,) each: those of the person scored."""


def answers(net: ProjectionNet, prepared: Prepared) -> dict[str, Answers]:
    """All scores of the net for each view, from one pass over the conversation."""
    questions = {view.name: asked(prepared, view) for view in VIEWS}
    wanted = np.concatenate([one.frame for one in questions.values()])
    frame, place = np.unique(wanted, return_inverse=True)
    with torch.no_grad():
        logits, next_is_a = net(
            *(torch.from_numpy(array)[None] for array in (prepared.events.values, prepared.events.at(frame), prepared.events.place(frame)))
        )
        probabilities = torch.softmax(logits[0], dim=-1).numpy()
    chances = activity_chance(probabilities)
    both = {
        P_NOW: speaker_share(chances, NOW_BINS),
        P_FUTURE: speaker_share(chances, FUTURE_BINS),
        NEXT_SPEAKER: next_is_a[0].double().numpy()[:, None] * np.array([1.0, -1.0]),
        P_BACKCHANNEL: backchannel_chance(probabilities),
    }
    found: dict[str, Answers] = {}
    first = 0
    for name, one in questions.items():
        rows = place[first : first + len(one.frame)]
        found[name] = {score: values[rows, one.scored] for score, values in both.items()}
        first += len(one.frame)
    return found


def gather(calls: Sequence[Prepared], view: View, *, scores: Sequence[Answers]) -> dict[str, Scored]:
    """Scores of a view over conversations, by name; ``scores`` holds those of each conversation."""
    questions = [asked(prepared, view) for prepared in calls]
    conversation = np.repeat(np.arange(len(calls)), [len(one.frame) for one in questions])
    positive = np.concatenate([one.positive for one in questions])
    return {
        name: Scored(score=np.concatenate([own[name] for own in scores]), positive=positive, conversation=conversation)
        for name in scores[0]
    }


def has_both(scored: Scored) -> bool:
    """Whether there are trials of both kinds."""
    return bool(scored.positive.any() and not scored.positive.all())


def thresholds(net: ProjectionNet, valid: Sequence[Prepared]) -> dict[str, dict[str, float]]:
    """For each view and score of the net the threshold with the highest balanced accuracy on the validation conversations."""
    given = [answers(net, prepared) for prepared in valid]
    found: dict[str, dict[str, float]] = {}
    for view in VIEWS:
        scored = gather(valid, view, scores=[own[view.name] for own in given])
        found[view.name] = {name: best_threshold(scored[name]) for name in view.scores if has_both(scored[name])}
    return found


@dataclass(frozen=True, kw_only=True)
class Row:
    """Quality of one predictor."""

    corpus: str
    view: str
    predictor: str
    quality: Quality


def score_net(net: ProjectionNet, calls: Sequence[Prepared], *, limits: Mapping[str, Mapping[str, float]], seed: int) -> list[Row]:
    """Rows of the net, for conversations of one corpus; a view without trials of both kinds has none."""
    given = [answers(net, prepared) for prepared in calls]
    rows = []
    for view in VIEWS:
        found = gather(calls, view, scores=[own[view.name] for own in given])
        for name, threshold in limits.get(view.name, {}).items():
            if has_both(found[name]):
                measured = quality(found[name], threshold=threshold, seed=seed)
                rows.append(Row(corpus=calls[0].call.corpus, view=view.name, predictor=f"projection, {name}", quality=measured))
    return rows


def score_baselines(
    train: Sequence[Prepared], valid: Sequence[Prepared], tested: Mapping[str, Sequence[Prepared]], *, seed: int
) -> list[Row]:
    """Rows of the baselines on each corpus, for the views that count one frame of a trial."""
    rows = []
    for view in (view for view in VIEWS if view.offset is not None):
        learnt = [(asked(one, view), one.events) for one in train]
        positive = [questions.positive for questions, _ in learnt]
        if len(np.unique(np.concatenate(positive))) < 2:
            continue
        boosting = baselines.Boosting([_inputs(events, questions) for questions, events in learnt], positive, seed=seed)

        def scored(calls: Sequence[Prepared], view: View = view, boosting: baselines.Boosting = boosting) -> dict[str, Scored]:
            return gather(calls, view, scores=[_baseline_scores(_inputs(one.events, asked(one, view)), boosting) for one in calls])

        known = scored(valid)
        for corpus, calls in tested.items():
            for name, found in scored(calls).items():
                if has_both(found) and has_both(known[name]):
                    rows.append(Row(corpus=corpus, view=view.name, predictor=name, quality=_directed(found, known[name], seed=seed)))
    return rows


def _inputs(events: Events, questions: Asked) -> baselines.Inputs:
    return baselines.seen_by_holder(events, frames=questions.frame, scored=questions.scored)


def _baseline_scores(inputs: baselines.Inputs, boosting: baselines.Boosting) -> Answers:
    simple = {name: baselines.simple_score(name, inputs) for name in baselines.SIMPLE}
    return {baselines.MAJORITY: np.zeros(len(inputs)), **simple, baselines.BOOSTING: boosting.score(inputs)}


def _directed(scored: Scored, known: Scored, *, seed: int) -> Quality:
    """Quality with the direction and the threshold that are best on the validation conversations."""
    sign = baselines.direction(known)

    def turned(one: Scored) -> Scored:
        return Scored(score=sign * one.score, positive=one.positive, conversation=one.conversation)

    return quality(turned(scored), threshold=best_threshold(turned(known)), seed=seed)
