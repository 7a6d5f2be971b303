"""What the words of a command line name."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from dyad.analysis.folders import conversations_in
from dyad.analysis.inputs import find_inputs
from dyad.analysis.source import Source
from dyad.errors import InputError
from tests.activity_tables import write_table

RTTM = "SPEAKER x 1 0.5 1.0 <NA> <NA> ann <NA> <NA>\nSPEAKER x 1 1.7 1.0 <NA> <NA> bob <NA> <NA>\n"


def sound(path: Path, *, channels: int) -> Path:
    soundfile.write(path, np.zeros((1600, channels), np.float32), 16000)
    return path


def named(*words: Path) -> list[tuple[str, str, int]]:
    """(id, name of the annotation, number of sound files) of what is found."""
    found = find_inputs(words)
    return [(item.id, item.annotation.name if item.annotation else "", len(item.sound)) for item in found.items if isinstance(item, Source)]


def test_nothing_is_the_built_in_call() -> None:
    found = find_inputs(())
    assert found.items == (Source(id="sample"),)
    assert not found.is_corpus


def test_two_mono_files_are_one_conversation_and_two_stereo_files_two(tmp_path: Path) -> None:
    ann, bob = sound(tmp_path / "ann.wav", channels=1), sound(tmp_path / "bob.wav", channels=1)
    assert named(ann, bob) == [("ann+bob", "", 2)]
    assert not find_inputs((ann, bob)).is_corpus
    first, second = sound(tmp_path / "one.wav", channels=2), sound(tmp_path / "two.wav", channels=2)
    assert named(first, second) == [("one", "", 1), ("two", "", 1)]
    assert find_inputs((first, second)).is_corpus


def test_a_sound_belongs_to_the_annotation_of_its_name(tmp_path: Path) -> None:
    turns = [tmp_path / name for name in ("a.rttm", "b.eaf", "c.rttm")]
    for path in turns:
        path.write_text(RTTM)
    wav = sound(tmp_path / "a.wav", channels=1)
    assert named(turns[1], wav) == [("a", "b.eaf", 1)]  # two alone need no common name
    assert named(*turns, wav) == [("a", "a.rttm", 1), ("b", "b.eaf", 0), ("c", "c.rttm", 0)]


def test_a_folder_is_searched_and_the_rest_is_on_record(tmp_path: Path) -> None:
    inner = tmp_path / "day2"
    inner.mkdir()
    for name in ("x.rttm", "x.eaf", "day2/x.rttm"):
        (tmp_path / name).write_text(RTTM)
    (tmp_path / "meta.json").write_text('{"speakers": 2}')
    (tmp_path / "vad.json").write_text("[[[0.1, 1.0]], [[1.2, 2.0]]]")
    (tmp_path / "ages.csv").write_text("name,age\nann,31\n")
    (tmp_path / "turns.csv").write_text("start,end,speaker\n0,1,a\n1,2,b\n")
    (tmp_path / "events.csv").write_text("kind,seat,start_s,end_s\nnod,A,0,1\n")
    (tmp_path / ".hidden.rttm").write_text(RTTM)
    sound(inner / "p_A.wav", channels=1)
    sound(inner / "p_B.wav", channels=1)
    sound(inner / "lonely_A.wav", channels=1)
    found, others = conversations_in(tmp_path)
    by_name = {source.id: source for source in found if isinstance(source, Source)}
    assert list(by_name) == ["turns", "vad", "x", "day2/lonely", "day2/p", "day2/x"]
    assert by_name["day2/lonely"].missing == "lonely_B.wav"
    assert [path.name for path in by_name["day2/p"].sound] == ["p_A.wav", "p_B.wav"]
    assert by_name["x"].annotation == tmp_path / "x.rttm"
    assert {Path(name).name for name in others} == {"meta.json", "ages.csv", "events.csv", "x.eaf"}
    assert find_inputs((tmp_path,)).is_corpus


def test_names_that_meet_go_by_their_path(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.rttm").write_text(RTTM)
    ids = [name for name, *_ in named(tmp_path / "one" / "x.rttm", tmp_path / "two" / "x.rttm")]
    assert len(set(ids)) == 2
    assert all(name.endswith("x.rttm") for name in ids)
    with pytest.raises(InputError, match="different names; got two of this one"):
        find_inputs((tmp_path / "one" / "x.rttm", tmp_path / "one" / "x.rttm"))


def test_a_table_is_a_corpus_and_so_is_a_folder_of_tables(tmp_path: Path) -> None:
    table = write_table(tmp_path / "calls.npz", conversations=2)
    for word in (table, tmp_path):
        found = find_inputs((word,))
        assert [item.id for item in found.items] == ["100", "101"]
        assert found.is_corpus
    write_table(tmp_path / "more.csv", conversations=1)
    assert [item.id for item in find_inputs((tmp_path,)).items] == ["calls.npz/100", "101", "more.csv/100"]


def test_what_is_not_there_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.wav: expected a file or folder; got no such file"):
        find_inputs((tmp_path / "nowhere.wav",))
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(InputError, match="expected conversations; got 1 other files"):
        find_inputs((tmp_path,))
