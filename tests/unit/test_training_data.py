"""Windows: which ones, in what order, and that sound and motion belong together."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dyad.datasets.dualtalk import DualTalk
from dyad.datasets.windows import Window
from dyad.errors import InputError
from dyad.seat import Seat
from dyad.training.clips import SAMPLES_A_FRAME, ClipCache
from dyad.training.config import DataConfig, LossConfig
from dyad.training.data import Plan, Windows, batches
from dyad.training.losses import loss_parts, total_loss
from dyad.training.splitting import recording_of, split_windows, thinned
from dyad.training.statistics import MotionStatistics, measure_motion
from tests.dualtalk_corpus import write_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> DualTalk:
    return DualTalk(write_corpus(tmp_path_factory.mktemp("data") / "corpus", clips={"train": 3, "val": 1, "test": 1}))


def numbered(count: int) -> list[Window]:
    return [Window(id=f"train/{index}", seat=Seat.A, start_frame=0, frames=10) for index in range(count)]


@settings(max_examples=30)
@given(st.integers(1, 20), st.integers(1, 16), st.integers(0, 5))
def test_every_epoch_takes_every_window_once(windows: int, batch: int, seed: int) -> None:
    plan = Plan(windows=numbered(windows), batch=batch, seed=seed)
    taken = [window.id for step in range(3 * windows) for window in plan.step(step)]  # at least three epochs
    for epoch in range(3):
        assert Counter(taken[epoch * windows : (epoch + 1) * windows]) == Counter(window.id for window in plan.windows)
    assert plan.epoch(step=3 * windows) == 3 * batch


def test_order_differs_by_epoch_and_seed_only() -> None:
    plan = Plan(windows=numbered(8), batch=8, seed=1)
    assert plan.step(0) == Plan(windows=numbered(8), batch=8, seed=1).step(0)
    assert plan.step(0) != plan.step(1)
    assert plan.step(0) != Plan(windows=numbered(8), batch=8, seed=2).step(0)


def test_shifted_windows_begin_anywhere_within_their_clip() -> None:
    plan = Plan(windows=numbered(4), lengths={f"train/{index}": 12 for index in range(4)}, batch=4, seed=0)
    starts = {window.start_frame for step in range(20) for window in plan.step(step)}
    assert starts == {0, 1, 2}
    assert plan.step(7) == plan.step(7)


def test_a_window_holds_its_own_frames_of_sound_and_motion(corpus: DualTalk) -> None:
    clip = corpus.clip("train/clip1")
    source = Windows(ClipCache(corpus, megabytes=100), level="clip")
    window = Window(id="train/clip1", seat=Seat.B, start_frame=20, frames=25)
    found = source[window]
    motion = clip.motion[Seat.B].slice(20, 45)
    assert np.array_equal(found.own_motion[0, :, :50].numpy(), motion.expression)
    assert np.array_equal(found.own_motion[0, :, 50:53].numpy(), motion.jaw_rotation)
    assert np.array_equal(found.partner_motion[0, :, 53:].numpy(), clip.motion[Seat.A].slice(20, 45).head_rotation)
    heard = clip.audio[Seat.B]
    expected = (heard - heard.mean()) / heard.std()
    part = expected[20 * SAMPLES_A_FRAME : 45 * SAMPLES_A_FRAME]
    np.testing.assert_allclose(found.own_audio[0].numpy(), part, atol=1e-3)
    speaking = motion.jaw_rotation[:, 0] > 0.1  # the corpus opens the jaw where the voice is loud
    power = found.own_audio[0].reshape(25, -1).square().mean(dim=1).numpy()
    assert power[speaking].min() > power[~speaking].max()


def test_a_window_can_be_levelled_by_itself(corpus: DualTalk) -> None:
    window = Window(id="train/clip0", seat=Seat.A, start_frame=5, frames=40)
    audio = Windows(ClipCache(corpus, megabytes=100), level="window")[window].own_audio
    assert abs(float(audio.mean())) < 1e-4
    assert float(audio.std()) == pytest.approx(1.0, abs=1e-2)


def test_reading_ahead_changes_nothing(corpus: DualTalk) -> None:
    plan = Plan(windows=split_windows(corpus, DataConfig(window_frames=20), splits=corpus.splits).train, batch=3, seed=0)
    source = Windows(ClipCache(corpus, megabytes=100), level="window")
    steps = [plan.step(step) for step in range(3)]
    here, ahead = list(batches(source, steps, loaders=0)), list(batches(source, steps, loaders=1))
    assert all(torch.equal(one.own_audio, other.own_audio) for one, other in zip(here, ahead, strict=True))
    assert len(here) == 3


def test_the_cache_keeps_what_was_used_last(corpus: DualTalk) -> None:
    room = ClipCache(corpus, megabytes=1)  # for two: a clip of 60 frames takes 0.33 MB and a little
    first, second = room.clip("train/clip0"), room.clip("train/clip1")
    assert room.clip("train/clip0") is first
    room.clip("train/clip2")
    assert room.clip("train/clip0") is first
    assert room.clip("train/clip1") is not second


def test_validation_never_sees_training_clips(corpus: DualTalk) -> None:
    split = split_windows(corpus, DataConfig(window_frames=20), splits=corpus.splits)
    assert {window.id for window in split.validation} == {"val/clip0"}
    assert len(split.train) == 3 * 2 * 3


def test_without_a_validation_split_whole_recordings_are_held_out(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "published", clips={"train": 12, "test": 1}, frames=20)
    for path in sorted((root / "train").iterdir()):  # two clips of each recording
        number = int(path.name.partition("_")[0].removeprefix("clip"))
        path.rename(path.with_name(path.name.replace(f"clip{number}_", f"film{number // 2}_sub_video_{number}_")))
    corpus = DualTalk(root)
    split = split_windows(corpus, DataConfig(window_frames=20, held_out_share=0.4), splits=corpus.splits)
    held_out, trained = ({recording_of(window.id) for window in part} for part in (split.validation, split.train))
    assert held_out
    assert not held_out & trained
    assert len(held_out | trained) == 6
    assert not any(window.id.startswith("test") for window in (*split.train, *split.validation))


def test_a_corpus_without_windows_is_refused(corpus: DualTalk) -> None:
    with pytest.raises(InputError, match="split train: expected at least one window of 500 frames"):
        split_windows(corpus, DataConfig(window_frames=500), splits=corpus.splits)
    with pytest.raises(InputError, match=r"validation: .*held_out_share"):
        split_windows(corpus, DataConfig(window_frames=20, validation_split="dev", held_out_share=0.0), splits=corpus.splits)


def test_thinned_windows_are_spread() -> None:
    assert [window.id for window in thinned(numbered(10), most=3)] == ["train/0", "train/3", "train/6"]
    assert thinned(numbered(2), most=3) == numbered(2)


def test_the_mean_pose_has_a_relative_loss_of_one_for_what_moves(corpus: DualTalk) -> None:
    clips = ClipCache(corpus, megabytes=100)
    found = split_windows(corpus, DataConfig(window_frames=60), splits=corpus.splits).train
    statistics = measure_motion(clips, found)
    assert MotionStatistics.from_plain(statistics.plain()) == statistics
    truth = torch.cat([Windows(clips, level="window")[window].own_motion for window in found])
    parts = loss_parts(torch.tensor(statistics.mean).expand_as(truth), truth, statistics=statistics)
    moving = {"exp": 1.0, "jaw": 1 / 3, "pose": 1 / 3, "velocity": 52 / 56}  # only one channel of each rotation moves in this corpus
    assert {name: float(value) for name, value in parts.items()} == {name: pytest.approx(share, abs=1e-3) for name, share in moving.items()}


def test_losses_by_hand() -> None:
    truth = torch.zeros(1, 3, 56)
    wrong = truth.clone()
    wrong[0, 1, 53] = 3.0  # one frame of one neck channel
    parts = loss_parts(wrong, truth)
    assert float(parts["exp"]) == float(parts["jaw"]) == 0.0
    assert float(parts["pose"]) == pytest.approx(9 / (3 * 3))
    assert float(parts["velocity"]) == pytest.approx(2 * 9 / (2 * 56))  # there and back
    assert float(total_loss(parts, LossConfig(pose=2.0, velocity=0.0))) == pytest.approx(2.0)
