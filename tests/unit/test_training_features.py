"""Rows of the frozen convolutions from a cache: that they are the ones that training would compute, and what is refused."""

from collections.abc import Callable
from functools import cache as cache_calls
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from dyad.agents.dualtalk.config import DualTalkConfig
from dyad.agents.dualtalk.encoders import encoder_settings, published_frames
from dyad.agents.dualtalk.model import DualTalk
from dyad.audio import read_source
from dyad.corpora.feature_cache import FeatureCache, write_features
from dyad.corpora.front_end import FeatureMaker, read_front_end
from dyad.corpora.voices import voices_in, voices_of
from dyad.datasets.dualtalk import DualTalk as DualTalkCorpus
from dyad.datasets.folder import Folder
from dyad.datasets.windows import Window
from dyad.errors import InputError
from dyad.seat import Seat
from dyad.training.clips import ClipCache
from dyad.training.config import load_train_config
from dyad.training.data import Windows
from dyad.training.features import CachedRows, find_rows
from dyad.training.launching import plan_training
from dyad.training.scaling import Scaled
from tests.dualtalk_corpus import write_corpus
from tests.tiny_encoder import save_encoder

RATE_HZ = 16_000
CLIPS = ("train/clip0", "train/clip1", "train/clip2", "val/clip0")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("encoder") / "tiny", layers=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Motion longer than the sound, whose last frame is not whole; sound longer than motion; sound at 44.1 kHz."""
    root = write_corpus(tmp_path_factory.mktemp("data") / "corpus", clips={"train": 3, "val": 1}, frames=40)
    for name, rate_hz, change in (
        ("clip0_speaker1", RATE_HZ, lambda sound: sound[:-500]),
        ("clip1_speaker1", RATE_HZ, lambda sound: np.concatenate([sound, 3 * sound[:900]])),
        ("clip1_speaker2", RATE_HZ, lambda sound: np.concatenate([sound, 3 * sound[:1000]])),
        ("clip2_speaker1", 44_100, lambda sound: np.repeat(sound, 3)[: 40 * 1764 - 17]),
    ):
        path = root / "train" / f"{name}.wav"
        sound = change(soundfile.read(path, dtype="float32")[0])
        soundfile.write(path, sound, rate_hz, subtype="FLOAT")
    return root


@pytest.fixture(scope="module")
def cache(encoder: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("cache"), encoder=encoder, data=data)


def fill(root: Path, *, encoder: Path, data: Path, half: bool = False) -> Path:
    """What ``dyad data features`` does, in this process."""
    maker, fingerprint = maker_of(encoder)
    kept = FeatureCache(root=root, fingerprint=fingerprint, half=half)
    kept.describe({"encoder": str(encoder)})
    for voice in voices_of(Folder(data), "all"):
        sound = read_source(voice.sound, may_be_silent=True).samples[:, : voice.samples]
        write_features(kept.path_of(voice), maker.rows(sound), half=half)
    return root


@cache_calls
def maker_of(encoder: Path) -> tuple[FeatureMaker, str]:
    front_end = read_front_end(str(encoder))
    return FeatureMaker(front_end), front_end.fingerprint


@cache_calls
def model_of(encoder: Path) -> DualTalk:
    torch.manual_seed(1)
    shape = DualTalkConfig(
        encoder=encoder_settings(encoder), width=16, heads=2, feed_forward=16, interaction_layers=1, basis="arkit50", direct_partner=True
    )
    model = DualTalk(shape)
    model.load_pretrained_encoders(encoder)
    with torch.no_grad():  # as after some training: the two encoders differ, but for their convolutions
        for parameter in model.partner_encoder.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def found(encoder: Path, *, cache: Path, data: Path, clips: tuple[str, ...] = CLIPS) -> CachedRows:
    return find_rows(model_of(encoder), cache=str(cache), encoder=str(encoder), data=data, clips=clips)


def test_a_voice_is_heard_as_far_as_its_clip_goes(data: Path) -> None:
    corpus, folder = DualTalkCorpus(data), Folder(data)
    lengths = {clip: corpus.clip(clip).audio.shape[1] for clip in CLIPS}
    assert {clip: [voice.samples for voice in voices_in(folder.files(clip))] for clip in CLIPS} == {
        clip: [length, length] for clip, length in lengths.items()
    }
    assert len(set(lengths.values())) == 3  # each of the faults above cuts


@pytest.mark.parametrize("seat", list(Seat))
@pytest.mark.parametrize(("clip", "start", "frames"), [(0, 0, 40), (0, 33, 7), (1, 7, 20), (2, 31, 9), (2, 3, 2)])
def test_rows_of_a_window_are_those_of_its_sound(
    clip: int, start: int, frames: int, seat: Seat, encoder: Path, data: Path, cache: Path
) -> None:
    window = Window(id=CLIPS[clip], seat=seat, start_frame=start, frames=frames)
    clips = ClipCache(DualTalkCorpus(data), megabytes=100)
    known = Windows(clips, level="clip", rows=found(encoder, cache=cache, data=data))[window]
    heard = Windows(clips, level="clip")[window]
    convolve = model_of(encoder).own_encoder.convolve
    with torch.inference_mode():
        for rows, sound in ((known.own_audio, heard.own_audio), (known.partner_audio, heard.partner_audio)):
            assert rows.shape == (1, 2 * frames - 1, 16)
            torch.testing.assert_close(rows, convolve(sound), atol=1e-5, rtol=0)
    assert torch.equal(known.own_motion, heard.own_motion)


def test_half_keeps_three_digits(encoder: Path, data: Path, cache: Path, tmp_path: Path) -> None:
    window = Window(id=CLIPS[3], seat=Seat.A, start_frame=2, frames=20)
    halved = found(encoder, cache=fill(tmp_path, encoder=encoder, data=data, half=True), data=data)
    torch.testing.assert_close(halved.window(window), found(encoder, cache=cache, data=data).window(window), rtol=2**-11, atol=1e-6)
    assert not torch.equal(halved.window(window), found(encoder, cache=cache, data=data).window(window))


@pytest.mark.parametrize("frames", [7, 20])
@pytest.mark.parametrize("training", [False, True])
def test_a_model_gives_the_same_by_rows_and_by_sound(training: bool, frames: int, encoder: Path, data: Path, cache: Path) -> None:
    """Of 7 frames the published model counts 8, and stretches the rows to them."""
    assert (published_frames(7 * 640), published_frames(20 * 640)) == (8, 20)
    scaled = Scaled(model_of(encoder), None).train(training)
    window = Window(id=CLIPS[0], seat=Seat.B, start_frame=5, frames=frames)
    clips = ClipCache(DualTalkCorpus(data), megabytes=100)
    sources = (Windows(clips, level="clip"), Windows(clips, level="clip", rows=found(encoder, cache=cache, data=data)))
    for swapped in (False, True):  # the partner's prediction swaps the roles
        given = []
        for source in sources:
            torch.manual_seed(3)
            np.random.seed(3)  # noqa: NPY002
            batch = source[window]
            voices = (batch.partner_audio, batch.own_audio) if swapped else (batch.own_audio, batch.partner_audio)
            given.append(scaled(*voices, batch.partner_motion))
        torch.testing.assert_close(*given, atol=1e-4, rtol=1e-4)


def test_features_are_masked_in_training(encoder: Path, data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(encoder).train()
    masked: list[torch.Tensor] = []
    network = model.own_encoder.network
    spy = network._mask_hidden_states
    monkeypatch.setattr(network, "_mask_hidden_states", lambda hidden: masked.append(hidden) or spy(hidden))
    rows = found(encoder, cache=cache, data=data).window(Window(id=CLIPS[0], seat=Seat.A, start_frame=0, frames=20))
    Scaled(model, None)(rows[:1], rows[1:], torch.zeros(1, 20, 56))
    assert [tuple(hidden.shape) for hidden in masked] == [(1, 20, 32)]


def test_other_convolutions_are_refused(encoder: Path, data: Path, cache: Path, tmp_path: Path) -> None:
    other = save_encoder(tmp_path / "other", seed=1)
    with pytest.raises(InputError, match=rf"expected features by the convolutions of {other}; got those of {encoder}.*--encoder {other}"):
        found(other, cache=cache, data=data)
    group = save_encoder(tmp_path / "group", norm="group")
    with pytest.raises(InputError, match=r"expected one whose convolutions hear 25 ms at a time.+norm over time"):
        found(group, cache=fill(tmp_path / "cache", encoder=group, data=data), data=data)
    with pytest.raises(InputError, match=r"got none\. Run dyad data features"):
        found(encoder, cache=tmp_path / "other", data=data)


def _edited(data: Path) -> None:
    path = data / "val" / "clip0_speaker2.wav"
    sound, _ = soundfile.read(path, dtype="float32")
    soundfile.write(path, sound[::-1], RATE_HZ)


def _cut(data: Path) -> None:
    path = data / "val" / "clip0_speaker2.npz"
    arrays = dict(np.load(path))
    np.savez(path, **{name: array[:-1] if array.ndim else array for name, array in arrays.items()})


@pytest.mark.parametrize(("change", "named"), [(_edited, "clip0_speaker2.wav"), (_cut, "clip0_speaker1.wav, clip0_speaker2.wav")])
def test_changed_files_are_named(change: Callable[[Path], None], named: str, encoder: Path, tmp_path: Path) -> None:
    """Shorter motion cuts both voices, which are then levelled over less."""
    data = write_corpus(tmp_path / "corpus", clips={"val": 1}, frames=40)
    cache = fill(tmp_path / "cache", encoder=encoder, data=data)
    found(encoder, cache=cache, data=data, clips=("val/clip0",))
    change(data)
    with pytest.raises(
        InputError, match=rf"expected features of all voices; got none of {named}\. They are new, or .+what is there is kept"
    ):
        found(encoder, cache=cache, data=data, clips=("val/clip0",))
    fill(cache, encoder=encoder, data=data)
    found(encoder, cache=cache, data=data, clips=("val/clip0",))


def test_many_files_are_counted_and_damage_is_named(encoder: Path, data: Path, tmp_path: Path) -> None:
    cache = fill(tmp_path, encoder=encoder, data=data, half=True)
    rows = found(encoder, cache=cache, data=data)
    files = sorted(cache.glob("*/*.safetensors"))
    for path in files:
        write_features(path, np.zeros((1, 5, 16), np.float32), half=True)
    with pytest.raises(InputError, match=r"safetensors: expected features; got .+ Delete it, and run"):
        rows.window(Window(id=CLIPS[0], seat=Seat.A, start_frame=2, frames=20))
    for path in files:
        path.unlink()
    with pytest.raises(
        InputError, match=r"clip0_speaker1.wav, clip0_speaker2.wav, clip1_speaker1.wav and 5 more\. .+ --half: what is there"
    ):
        found(encoder, cache=cache, data=data)


def test_two_precisions_leave_open_which(encoder: Path, data: Path, tmp_path: Path) -> None:
    for half in (False, True):
        fill(tmp_path, encoder=encoder, data=data, half=half)
    with pytest.raises(InputError, match=r"expected features in one precision; got .+-32bit and .+-16bit"):
        found(encoder, cache=tmp_path, data=data)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["encoder=somewhere"], "setting data.level: expected clip with data.features; got window"),
        (["encoder=null", "model.encoder.model_type=log_mel", "data.level=clip"], "setting encoder: .+; got log_mel, which has none"),
        (["encoder=null", "model.encoder.model_type=wav2vec2", "data.level=clip"], "got none by name, which begins with random ones"),
    ],
)
def test_settings_that_features_cannot_stand_for_are_named(overrides: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_train_config(overrides=["data.features=cache", *overrides])


def test_a_cache_that_is_not_there_is_told_before_anything_starts(encoder: Path, data: Path, tmp_path: Path) -> None:
    config = load_train_config(overrides=[f"encoder={encoder}", "data.level=clip", f"data.features={tmp_path / 'absent'}"])
    with pytest.raises(
        InputError, match=rf"setting data.features: .+ got no folder .+absent\. Make it: dyad data features {data} --encoder"
    ):
        plan_training(config, data=data, out=tmp_path / "run")
