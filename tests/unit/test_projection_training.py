"""Tables of voice activity, the trials drawn from them, and the figures of a score."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from dyad.errors import InputError
from dyad.projection_training.fitting import Recipe, fit
from dyad.projection_training.sampling import draw_frames, draw_silences, prepare
from dyad.projection_training.scores import Scored, best_threshold, quality
from dyad.projection_training.session import split_calls
from dyad.projection_training.tables import Call, read_calls
from dyad.projection_training.trials import BACKCHANNEL_AHEAD, SHIFT_AHEAD, SHIFT_OR_HOLD, trials_of

TOY_A = [(0, 4), (4.6, 6), (7.6, 8), (9.5, 14)]
TOY_B = [(6.4, 9), (11, 11.5), (13.8, 17), (17.2, 19)]


def toy() -> np.ndarray:
    activity = np.zeros((1000, 2), bool)
    for side, spans in enumerate((TOY_A, TOY_B)):
        for start, end in spans:
            activity[round(50 * start) : round(50 * end), side] = True
    return activity


def calls(count: int, *, frames: int = 1500) -> list[Call]:
    draw = np.random.default_rng(0)
    made = []
    for number in range(count):
        steps = draw.integers(20, 120, 60)
        holder = np.repeat(draw.integers(0, 3, 60), steps)[:frames]
        made.append(Call(corpus="made up", conversation=str(number), activity=np.column_stack((holder == 0, holder == 1))))
    return made


def test_both_layouts_say_the_same(tmp_path: Path) -> None:
    rows = [(0, *span) for span in TOY_A] + [(1, *span) for span in TOY_B]
    side, start, end = (np.array(column) for column in zip(*rows, strict=True))
    folder = tmp_path / "calls"
    folder.mkdir()
    arrays = {"conversation": np.full(len(rows), 7), "side": side, "start_s": start, "end_s": end}
    np.savez(folder / "table.npz", **arrays, conversation_ids=[7], duration_s=[20.0])
    lines = [f"x,{'left' if own == 0 else 'right'},{begin},{stop}\n" for own, begin, stop in rows]
    (folder / "seconds.csv").write_text("dialogue,participant,begin_s,end_s\n" + "".join(lines), encoding="utf-8")
    lines = [f"{1000 * begin},{1000 * stop},{own},x\n" for own, begin, stop in rows]
    (folder / "milliseconds.csv").write_text("begin,end,participant,conversation\n" + "".join(lines), encoding="utf-8")
    milliseconds, seconds, table = read_calls([folder])
    assert (table.corpus, table.conversation) == ("calls", "7")
    assert np.array_equal(table.activity, toy())
    for call in (milliseconds, seconds):
        assert np.array_equal(call.activity, toy()[:950])  # these know no length: the last word is the end
    assert milliseconds.fingerprint == seconds.fingerprint != table.fingerprint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n", "expected a column conversation or dialogue; got columns a, b"),
        ("dialogue,participant,begin_s,end_s\nx,1,zero,1\n", "line 2: expected times as numbers"),
        ("dialogue,participant,begin_s,end_s\nx,1,2,1\n", "times that run forward"),
        ("dialogue,participant,begin_s,end_s\nx,1,nan,1\n", "times that run forward"),
        ("dialogue,participant,begin_s,end_s\nx,1,0,1\nx,2,0,1\nx,3,0,1\n", "expected two sides"),
    ],
)
def test_faulty_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_calls([tmp_path])


def test_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder without one"):
        read_calls([tmp_path])
    np.savez(tmp_path / "table.npz", side=[0])
    with pytest.raises(InputError, match="no conversation, start_s, end_s"):
        read_calls([tmp_path])


def test_trials_are_the_published_events() -> None:
    trials = trials_of(toy(), seed=0)
    silences = trials[SHIFT_OR_HOLD]
    assert silences.start.tolist() == [200, 300, 450]  # the toy conversation of the published code: a hold, two shifts
    assert silences.stop.tolist() == [230, 320, 475]
    assert silences.positive.tolist() == [False, True, True]
    assert silences.scored.tolist() == [1, 1, 0]
    assert trials[SHIFT_AHEAD].start.tolist() == [175, 275, 425]
    ahead = trials[BACKCHANNEL_AHEAD]
    assert ahead.start[ahead.positive].tolist() == [355, 525]
    assert ahead.scored[ahead.positive].tolist() == [0, 1]
    assert (ahead.stop - ahead.start).tolist() == [25] * len(ahead.start)


def test_drawn_frames_know_the_present_only() -> None:
    (prepared,) = prepare([Call(corpus="toy", conversation="1", activity=toy())], told=lambda: None)
    draw = np.random.default_rng(0)
    frames = draw_frames(prepared, 90, draw=draw)
    assert len(frames) == 90
    assert not prepared.call.activity[frames[30:]].any()
    assert set(frames[60:].tolist()) <= {200, 300, 450, 850}
    silences, next_is_a = draw_silences(prepared, 40, draw=draw)
    assert {(frame, answer) for frame, answer in zip(silences[::2].tolist(), next_is_a[::2].tolist(), strict=True)} <= {
        (200, 1), (300, 0), (450, 1),
    }  # fmt: skip


def test_figures_of_a_score_are_those_of_scikit_learn() -> None:
    draw = np.random.default_rng(1)
    positive = draw.random(300) < 0.2
    score = np.round(draw.standard_normal(300) + positive, 1)  # with ties
    scored = Scored(score=score, positive=positive, conversation=np.arange(300) // 10)
    threshold = best_threshold(scored)
    found = quality(scored, threshold=threshold, seed=0)
    assert found.auc.value == pytest.approx(roc_auc_score(positive, score))

    def accuracy(border: float) -> float:
        return float(0.5 * ((score >= border)[positive].mean() + (score < border)[~positive].mean()))

    assert found.balanced_accuracy.value == pytest.approx(accuracy(threshold)) == pytest.approx(max(map(accuracy, score)))
    for figure in (found.auc, found.balanced_accuracy):
        assert figure.low < figure.value < figure.high
    assert quality(scored, threshold=math.inf, seed=0).balanced_accuracy.value == 0.5


def test_no_conversation_is_in_two_parts() -> None:
    split = split_calls(calls(20), seed=3)
    names = [{call.conversation for call in part} for part in (split.train, split.valid, split.test)]
    assert [len(part) for part in names] == [16, 2, 2]
    assert len(set.union(*names)) == 20
    assert split_calls(calls(20), seed=3) != split_calls(calls(20), seed=4)
    with pytest.raises(InputError, match="at least 10 conversations; got 9"):
        split_calls(calls(9), seed=0)


def test_training_learns_and_repeats_itself() -> None:
    ready = prepare(calls(6, frames=500), told=lambda: None)
    torch.set_num_threads(1)
    recipe = Recipe(epochs=3, calls=2, frames=36, silences=8, hidden=8, head=8)
    losses: list[float] = []
    first = fit(ready[:4], ready[4:], recipe=recipe, told=lambda step, loss: losses.append(loss))
    again = fit(ready[:4], ready[4:], recipe=recipe, told=lambda step, loss: None)
    assert first.losses == again.losses
    assert len(losses) == 6
    assert first.loss == min(first.losses) < first.losses[0]
