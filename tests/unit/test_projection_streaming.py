"""The projection as it comes: causal, symmetric, the same however it is cut, and the same as the net that was trained."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from dyad.agents.projection import Projection, Projector
from dyad.agents.projection.features import EVENT_VALUES, FRAME_VALUES, SPEAKER_VALUES, swapped_columns
from dyad.agents.projection.model import ProjectionNet
from dyad.agents.projection.objective import swapped_classes
from dyad.agents.projection.streaming import weights_source
from dyad.errors import InputError
from dyad.projection_training.histories import read_events


def conversation(seed: int, *, frames: int = 400) -> np.ndarray:
    """Two voices that start and stop now and then."""
    draw = np.random.default_rng(seed)
    activity = np.zeros((frames, 2), bool)
    for side in (0, 1):
        start = 0
        while start < frames:
            start += int(draw.integers(5, 80))
            stop = start + int(draw.integers(2, 90))
            activity[start:stop, side] = True
            start = stop
    return activity


def net(*, seed: int = 0) -> ProjectionNet:
    torch.manual_seed(seed)
    return ProjectionNet(hidden=12, head=16).eval()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("projection") / "random.safetensors"
    save_file(net().state_dict(), path)
    return path


def run(weights: Path, activity: np.ndarray) -> Projection:
    projector = Projector(weights)
    return projector.step(activity, projector.initial_state())[0]


def test_streaming_answers_as_the_trained_net_does(weights: Path) -> None:
    activity = conversation(1)
    events, frames = read_events(activity), np.arange(len(activity))
    arrays = (events.values, events.at(frames), events.place(frames))
    with torch.no_grad():
        logits, next_is_a = net()(*(torch.from_numpy(array)[None] for array in arrays))
    streamed = run(weights, activity)
    assert np.abs(streamed.probabilities - torch.softmax(logits[0], -1).numpy()).max() < 1e-6
    assert np.abs(streamed.next_speaker[:, 0] - torch.sigmoid(next_is_a[0]).numpy()).max() < 1e-6
    assert np.ptp(streamed.p_future[:, 0]) > 0.001  # it does react
    assert streamed.probabilities.sum(axis=1) == pytest.approx(1.0)


@settings(max_examples=5, deadline=None)
@given(cuts=st.lists(st.integers(0, 90), max_size=5), seed=st.integers(0, 1000))
def test_how_the_frames_are_cut_changes_no_bit(weights: Path, cuts: list[int], seed: int) -> None:
    activity = conversation(seed, frames=90)
    whole = run(weights, activity)
    projector = Projector(weights)
    state, parts = projector.initial_state(), []
    for piece in np.split(activity, sorted(cuts)):
        kept = pickle.dumps(state)
        part, after = projector.step(piece, state)
        assert pickle.dumps(state) == kept, "the state that was given has changed"
        parts.append(part)
        state = pickle.loads(pickle.dumps(after))
    for name in ("probabilities", "p_now", "p_future", "active_chance", "next_speaker"):
        assert np.array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name))


def test_the_future_changes_nothing(weights: Path) -> None:
    activity = conversation(2)
    other = activity.copy()
    other[250:] = conversation(3)[250:]
    first, second = run(weights, activity), run(weights, other)
    assert np.array_equal(first.probabilities[:250], second.probabilities[:250])
    assert not np.array_equal(first.probabilities[250:], second.probabilities[250:])


def test_swapping_the_speakers_swaps_the_answer_exactly(weights: Path) -> None:
    activity = conversation(4)
    ours, theirs = run(weights, activity), run(weights, np.ascontiguousarray(activity[:, ::-1]))
    for name in ("p_now", "p_future", "active_chance", "next_speaker"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)[:, ::-1])
    assert np.array_equal(ours.probabilities, theirs.probabilities[:, swapped_classes()])


def test_swapped_histories_are_swapped_blocks() -> None:
    activity = conversation(5)
    ours, theirs = read_events(activity), read_events(activity[:, ::-1])
    assert np.array_equal(ours.values[:, swapped_columns(SPEAKER_VALUES, EVENT_VALUES)], theirs.values)
    assert ours.at(np.arange(50)).shape == (50, FRAME_VALUES)


def test_times_in_the_history_are_what_they_are_called() -> None:
    from dyad.agents.projection.features import SPEAKER_NAMES, History, advance, event_values

    history = History()
    for frame, active in ((0, (False, False)), (50, (True, False)), (150, (False, False)), (175, (False, True))):
        advance(history, frame, active=active)
    values = event_values(history)
    a, b = values[:SPEAKER_VALUES], values[SPEAKER_VALUES : 2 * SPEAKER_VALUES]

    def seconds(value: float) -> float:
        return float(np.exp(2 * value) - 0.05)

    assert seconds(a[SPEAKER_NAMES.index("last stretch")]) == pytest.approx(2.0)
    assert seconds(a[SPEAKER_NAMES.index("time since the offset")]) == pytest.approx(0.5)
    assert (a[SPEAKER_NAMES.index("holds the floor")], b[SPEAKER_NAMES.index("holds the floor")]) == (0.0, 1.0)
    assert b[SPEAKER_NAMES.index("silence before the turn")] == pytest.approx(0.5)
    assert b[SPEAKER_NAMES.index("mean gap")] == pytest.approx(-1 + 0.5 * (np.log(0.55) + 1))  # the first of them, half learnt
    assert b[SPEAKER_NAMES.index("mean pause")] == -1.0
    assert a[SPEAKER_NAMES.index("holds")] < 0 < a[SPEAKER_NAMES.index("held it for a second last")]  # A's silence went to B


def test_shipped_weights_are_small_and_know_who_speaks() -> None:
    assert len(weights_source(None).read_bytes()) < 2_000_000
    projector = Projector()
    activity = np.zeros((300, 2), bool)
    activity[50:200, 0] = True  # A speaks for three seconds, then nobody
    projection, _ = projector.step(activity, projector.initial_state())
    assert projection.p_now[150, 0] > 0.8
    assert projection.p_now[150, 0] > projection.p_now[260, 0]
    assert projection.p_future[190, 1] < projection.p_future[260, 1]  # the longer the silence, the likelier B


def test_weights_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected weights of the projection"):
        Projector(tmp_path / "absent")
    (tmp_path / "text").write_text("no weights", encoding="utf-8")
    with pytest.raises(InputError, match="SafetensorError"):
        Projector(tmp_path / "text")
    tensors = net().state_dict()
    save_file({name: tensor for name, tensor in tensors.items() if name != "answer.bias"}, tmp_path / "part")
    with pytest.raises(InputError, match=r"others: answer\.bias"):
        Projector(tmp_path / "part")
    save_file({**tensors, "answer.bias": torch.zeros(255)}, tmp_path / "other")
    with pytest.raises(InputError, match=r"answer\.bias: expected a tensor of shape \(256,\); got \(255,\)"):
        Projector(tmp_path / "other")
