"""A corpus of simulated conversations: its files, its truth, and who is in it."""

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyannote.core import Segment

from dyad.contracts import Place
from dyad.datasets.dualtalk import DualTalk
from dyad.datasets.simulated import MANIFEST, Simulated
from dyad.datasets.turn_structure import sample_turns
from dyad.datasets.utterances import Voice, sample_voices
from dyad.errors import InputError
from dyad.registry import build_agent
from dyad.seat import Seat
from dyad.simulated.casting import cast_corpus, shares_of
from dyad.simulated.clip_files import spoken_conversation
from dyad.simulated.corpus import simulate_corpus
from dyad.simulated.people import TRAITS, draw_people, recipe_of

voices = cache(sample_voices)
SPLITS = {"train": 0.5, "test": 0.5}


def simulated(out: Path, **changes: object) -> Path:
    options = {"conversations": 2, "seconds_each": 10.0, "seed": 3, "splits": SPLITS, "speech": voices(), "backend": "inline"} | changes
    return simulate_corpus(out, **options)  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated(tmp_path_factory.mktemp("corpora") / "small")


def test_its_files_are_dualtalks_with_the_truth_beside(corpus: Path) -> None:
    kinds = ("_speaker1.npz", "_speaker1.wav", "_speaker2.npz", "_speaker2.wav", ".rttm", ".truth.json")
    clips = {f"{split}/simulated{index:05d}{kind}" for index, split in enumerate(SPLITS) for kind in kinds}
    assert contents(corpus).keys() == {*clips, "README.md", MANIFEST}
    sound = (corpus / "train" / "simulated00000_speaker1.wav").read_bytes()
    assert sound[20:24] == b"\x03\x00\x01\x00"  # floats, one channel
    assert b"PEAK" not in sound[:100]  # a chunk with the time of writing
    with np.load(corpus / "train" / "simulated00000_speaker2.npz") as arrays:
        shapes = {"exp": (250, 50), "pose": (250, 6), "shape": (250, 100), "tex": (250, 50), "cam": (250, 3), "light": (250, 9, 3)}
        assert {name: arrays[name].shape for name in shapes} == shapes
        assert str(arrays["basis"]) == "arkit50"
        assert bool(arrays["simulated"]) is True
        assert arrays["pose"][:, 3].max() > 0.02  # the jaw opens, about x, in the last three
        assert not arrays["pose"][:, 5].any()


def test_it_says_that_it_is_simulated(corpus: Path) -> None:
    assert "SIMULATED" in (corpus / "README.md").read_text()
    assert "SYNTHETIC" not in (corpus / "README.md").read_text()  # its voices are recorded
    manifest = json.loads((corpus / MANIFEST).read_text())
    assert manifest["simulated"] is True
    assert manifest["complete"] is True
    assert manifest["speech"]["sample-A"]["licence"] == "MIT"
    assert "simulated" in json.loads((corpus / "test" / "simulated00001.truth.json").read_text())
    loaded = Simulated(corpus).load("test/simulated00001")
    assert loaded.provenance.source.startswith("SIMULATED")
    assert loaded.provenance.licence == "MIT"
    assert "SIMULATED" in Simulated.card.summary


def test_feedback_is_said_in_the_words_for_it() -> None:
    """A voice that speaks at 300 Hz and answers at 2 kHz."""
    times = np.arange(16_000) / 16_000
    low, high = (np.float32(0.1) * np.sin(2 * np.pi * hz * times).astype(np.float32) for hz in (300, 2000))
    plain = [Voice(name=name, phrases=(low,), files={}, source="a tone") for name in ("first", "second")]
    answering = [replace(voice, feedback=(high,)) for voice in plain]
    (script,) = cast_corpus(["first", "second"], conversations=1, seconds=30.0, seed=0, splits={"all": 1.0}, turns="switchboard").scripts
    kinds = set()
    for people, hz in ((plain, 300), (answering, 2000)):
        conversation, plan = spoken_conversation(script, voices={voice.name: voice for voice in people})
        for stretch in plan.stretches:
            sound = conversation.audio[stretch.seat, round(stretch.start_s * 16_000) : round(stretch.end_s * 16_000)]
            heard_hz = np.argmax(np.abs(np.fft.rfft(sound))) * 16_000 / len(sound)
            assert heard_hz == pytest.approx(hz if stretch.kind == "backchannel" else 300, abs=10)
            kinds.add(stretch.kind)
    assert kinds == {"turn", "backchannel", "interjection"}


def test_a_corpus_of_synthetic_speech_says_so(tmp_path: Path) -> None:
    machine = [replace(voice, synthetic=True) for voice in voices()]
    made = simulated(tmp_path / "machine", speech=machine, conversations=1, seconds_each=2.0)
    assert "SYNTHETIC" in (made / "README.md").read_text()


def test_its_turns_are_where_the_sound_is(corpus: Path) -> None:
    loaded = Simulated(corpus).load("train/simulated00000")
    truth = json.loads((corpus / "train" / "simulated00000.truth.json").read_text())
    assert {stretch["kind"] for stretch in truth["stretches"]} <= {"turn", "backchannel", "interjection"}
    for seat in Seat:
        own = [Segment(stretch["start_s"], stretch["end_s"]) for stretch in truth["stretches"] if stretch["seat"] == seat.name]
        assert [pytest.approx((turn.start, turn.end)) for turn in loaded.turns(seat)] == [(turn.start, turn.end) for turn in own]
        inside = np.zeros(loaded.samples, bool)
        for turn in own:
            inside[round(turn.start * 16000) : round(turn.end * 16000)] = True
        assert not loaded.audio[seat][~inside].any()
        assert np.sqrt((loaded.audio[seat][inside] ** 2).mean()) > 0.01


def test_lips_move_with_the_own_voice(corpus: Path) -> None:
    loaded = DualTalk(corpus).load("test/simulated00001")
    active = loaded.activity(25)
    for seat in Seat:
        jaw = loaded.motion[seat].jaw_rotation[:, 0]
        assert jaw[active[seat]].mean() > 5 * jaw[~active[seat]].mean()


@pytest.mark.integration
def test_the_same_settings_give_the_same_files(corpus: Path, tmp_path: Path) -> None:
    assert contents(simulated(tmp_path / "again")) == contents(corpus)
    other = contents(simulated(tmp_path / "other", seed=4, seconds_each=3.0))
    assert not [name for name, content in other.items() if name.endswith(("wav", "npz")) and contents(corpus)[name] == content]


def test_a_stopped_run_goes_on(corpus: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(corpus, broken)
    kept = broken / "train" / "simulated00000_speaker1.wav"
    kept.write_bytes(b"as it was")
    (broken / "test" / "simulated00001.truth.json").unlink()
    (broken / "test" / "simulated00001_speaker2.npz").write_bytes(b"half")
    done: list[int] = []
    simulated(broken, on_done=done.append)
    assert done == [2]  # one was there
    assert kept.read_bytes() == b"as it was"
    shutil.copy(corpus / "train" / kept.name, kept)
    assert contents(broken) == contents(corpus)


def test_other_folders_are_left_alone(corpus: Path, tmp_path: Path) -> None:
    before = contents(corpus)
    with pytest.raises(InputError, match="got one with other seed, people"):
        simulated(corpus, seed=9)
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=MANIFEST):
        simulated(tmp_path)
    assert contents(corpus) == before
    assert contents(tmp_path).keys() == {"thesis.txt"}


def test_recordings_are_not_taken_for_simulated(corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus / "train", tmp_path / "train")
    with pytest.raises(InputError, match="a folder without it"):
        Simulated(tmp_path)
    (tmp_path / MANIFEST).write_text('{"simulated": false}')
    with pytest.raises(InputError, match="one that does not say it is simulated"):
        Simulated(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conversations": 0}, "conversations: expected 1 or more; got 0"),
        ({"seconds_each": float("nan")}, "1 second or more; got nan"),
        ({"seed": -1}, "seed: expected a whole number of 0 or more"),
        ({"splits": {"train": -1.0}}, "shares of 0 or more; got train=-1"),
        ({"splits": {"a/b": 1.0}}, "a/b=1"),
        ({"splits": {}}, "got none"),
        ({"turns": "ifad"}, "Did you mean ifadv"),
        ({"backend": "threads"}, "inline or ray"),
    ],
)
def test_settings_that_cannot_work_leave_nothing(changes: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        simulated(tmp_path / "out", **changes)
    assert not (tmp_path / "out").exists()


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 99))
def test_nobody_is_in_two_splits_nor_talks_to_themselves(conversations: int, count: int, seed: int) -> None:
    names = [f"voice{index}" for index in range(count)]
    cast = cast_corpus(names, conversations=conversations, seconds=10, seed=seed, turns="switchboard")
    assert len(cast.scripts) == conversations
    assert len({script.seed for script in cast.scripts}) == conversations
    for script in cast.scripts:
        first, second = script.people
        assert first.name != second.name
        assert all(person.name.startswith(script.split) for person in script.people)
        assert count == 1 or first.voice != second.voice
    heard = {split: {person.voice for person in people} for split, people in cast.people.items()}
    if not cast.shared_voices:
        assert sum(map(len, heard.values())) == len(set().union(*heard.values()))
    assert cast.shared_voices == (len(heard) > 1 and count < 2 * len(heard))


@settings(max_examples=40)
@given(st.integers(0, 500), st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 10), min_size=1))
def test_whole_numbers_in_proportion(count: int, splits: dict[str, float]) -> None:
    counts = shares_of(count, splits)
    assert sum(counts.values()) == count
    assert len(counts) == min(count, len(splits)) or count < len(splits)
    for name, number in counts.items():
        assert abs(number - count * splits[name] / sum(splits.values())) < 1 + len(splits)


def test_a_person_keeps_their_style_and_differs_from_others() -> None:
    people = draw_people(40, split="train", voices=["v", "w"], seed=1)
    assert people[:5] == draw_people(5, split="train", voices=["v", "w"], seed=1)
    assert len({json.dumps(person.style) for person in people}) == 40
    for trait in TRAITS:
        drawn = np.array([np.ravel(person.style[trait.group][trait.option])[0] for person in people])
        assert len(np.unique(drawn)) > 20
        assert trait.low is None or drawn.min() >= trait.low
        assert trait.high is None or drawn.max() <= trait.high
    assert np.std([person.gain_db for person in people]) == pytest.approx(3, abs=1)
    for person in people[:5]:
        recipe = recipe_of(person)
        assert recipe.options["nods"].per_minute == person.style["nods"]["per_minute"]
        build_agent(recipe, Place(seat=Seat.A, frame_rate_hz=25))


def test_truth_is_the_plan(corpus: Path) -> None:
    truth = json.loads((corpus / "train" / "simulated00000.truth.json").read_text())
    turn_seed = int(np.random.SeedSequence(truth["seed"]).generate_state(3)[0])
    plan = sample_turns(truth["seconds"], seed=turn_seed, corpus=truth["turns"])
    assert [(stretch["start_s"], stretch["kind"]) for stretch in truth["stretches"]] == [(s.start_s, s.kind) for s in plan.stretches]


def test_loudness_is_the_persons() -> None:
    from dyad.simulated.clip_files import Script, _spoken

    first, second = draw_people(2, split="train", voices=["sample-A", "sample-B"], seed=0)
    plan = sample_turns(30, seed=0)
    levels = []
    for gain_db in (-6.0, 0.0):
        people = (replace(first, gain_db=gain_db), second)
        script = Script(name="x", split="train", seed=0, seconds=30, turns="switchboard", people=people)
        audio = _spoken(plan, script, voices={voice.name: voice for voice in voices()}, seed=0)
        levels.append(10 * np.log10((audio**2).mean(axis=1)))
    np.testing.assert_allclose(levels[1] - levels[0], [6, 0], atol=0.01)
