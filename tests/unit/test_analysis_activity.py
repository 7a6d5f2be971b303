"""Tables of voice activity."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dyad.analysis.activity import is_activity_table, read_activity, talk_of
from dyad.errors import InputError
from tests.activity_tables import write_table

HEADER = "conversation,start,end,speaker\n"


def table(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "calls.csv"
    path.write_text(header + "\n".join(lines) + "\n")
    return path


def test_arrays_and_columns_give_the_same_times(tmp_path: Path) -> None:
    arrays = [talk_of(found) for found in read_activity(write_table(tmp_path / "calls.npz", conversations=3))]
    columns = [talk_of(found) for found in read_activity(write_table(tmp_path / "calls.csv", conversations=3))]
    assert [talk.id for talk in arrays] == [talk.id for talk in columns] == ["100", "101", "102"]
    for one, other in zip(arrays, columns, strict=True):
        swapped = other.participants == ("bob", "ann")  # there A is who speaks first
        sides = (other.intervals.b, other.intervals.a) if swapped else (other.intervals.a, other.intervals.b)
        np.testing.assert_allclose(np.vstack([one.intervals.a, one.intervals.b]), np.vstack(sides), atol=1e-5)
        assert one.intervals.duration_s == 60.0
        assert "ends with the last word" in other.notes[0]


def test_parquet_with_durations_and_units_in_names(tmp_path: Path) -> None:
    path = tmp_path / "calls.parquet"
    columns = {"conversation": ["x", "x", "y", "y"], "start_s": [0.5, 2.0, 0.0, 1.0], "end_s": [1.0, 3.0, 0.5, 2.0]}
    pq.write_table(pa.table({**columns, "speaker": ["B", "A", "p", "q"], "duration_s": [10.0, 10.0, 4.0, 4.0]}), path)
    assert is_activity_table(path)
    first, second = (talk_of(found) for found in read_activity(path))
    assert first.participants == ("A", "B")  # as they are called, although B speaks first
    assert first.intervals.a.tolist() == [[2.0, 3.0]]
    assert first.intervals.duration_s == 10.0
    assert second.participants == ("p", "q")


def test_a_csv_of_one_conversation_is_no_table(tmp_path: Path) -> None:
    assert not is_activity_table(table(tmp_path, "0,1,a", header="start,end,speaker\n"))
    assert is_activity_table(table(tmp_path, "x,0,1,a"))
    (tmp_path / "broken.npz").write_bytes(b"PK nothing")
    assert not is_activity_table(tmp_path / "broken.npz")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("x,0,1,ann", "x,1,2,ann"), r"calls.csv, conversation x: expected two speakers; got 1 \(ann\)"),
        (("x,0,1,ann", "x,1,2,bob", "x,2,3,cy"), r"two speakers; got 3 \(ann, bob, cy\)"),
        (("x,0,1,ann", "x,3,2,bob"), "calls.csv, conversation x, .*from 3.00 to 2.00 s"),
        (("x,-1,1,ann", "x,1,2,bob"), "from -1.00 to 1.00 s"),
    ],
)
def test_bad_conversations_are_refused_by_name(tmp_path: Path, lines: tuple[str, ...], message: str) -> None:
    (found,) = read_activity(table(tmp_path, *lines))
    with pytest.raises(InputError, match=message):
        talk_of(found)


def test_rows_may_stand_in_any_order(tmp_path: Path) -> None:
    (found,) = read_activity(table(tmp_path, "x,5,6,ann", "x,0,1,bob", "x,2,3,ann"))
    talk = talk_of(found)
    assert talk.participants == ("bob", "ann")
    assert talk.intervals.a.tolist() == [[0.0, 1.0]]


def test_speech_after_the_given_end_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "x,0,1,a,1.5", "x,1,2,b,1.5", header="conversation,start,end,speaker,duration\n")
    with pytest.raises(InputError, match=r"turns within 0 to 1\.50 s; got a turn of B from 1.00 to 2.00 s"):
        talk_of(read_activity(path)[0])


@pytest.mark.parametrize(
    ("header", "lines", "message"),
    [
        (HEADER, ("x,0.5;1,a,b",), "expected a table of voice activity"),
        ("conversation,start,speaker\n", ("x,0,a",), "expected columns conversation, start, end, speaker; got no end"),
        (HEADER, (), "got an empty table"),
    ],
)
def test_bad_tables_are_refused(tmp_path: Path, header: str, lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_activity(table(tmp_path, *lines, header=header))


def test_arrays_must_fit_together(tmp_path: Path) -> None:
    good = dict(np.load(write_table(tmp_path / "calls.npz", conversations=2)))
    for changed, message in (
        ({"side": good["side"] + 1}, "expected 0 .A. or 1 .B."),
        ({"duration_s": good["duration_s"][:1]}, "one for each conversation; got 1 for 2"),
        ({"conversation_ids": good["conversation_ids"] + 1}, "rows of 100, which has no duration"),
    ):
        np.savez(tmp_path / "bad.npz", **{**good, **changed})
        with pytest.raises(InputError, match=message):
            read_activity(tmp_path / "bad.npz")
