from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyannote.core import Annotation, Segment

from dyad.errors import InputError
from dyad.rttm import read_rttm, write_rttm

TURNS = st.lists(
    st.tuples(st.integers(0, 10**9), st.integers(5, 10**8), st.sampled_from(["A", "B", "speaker 90"])), min_size=1, max_size=20, unique=True
)


@settings(max_examples=50, deadline=None)
@given(turns=TURNS)
def test_written_turns_come_back(tmp_path_factory: pytest.TempPathFactory, turns: Sequence[tuple[Any, ...]]) -> None:
    written = Annotation()
    for start, duration, label in turns:  # microseconds: what RTTM's six decimals hold
        segment = Segment(start / 1e6, (start + duration) / 1e6)
        written[segment, written.new_track(segment)] = label
    path = tmp_path_factory.mktemp("rttm") / "turns.rttm"
    write_rttm(written, path, uri="a call")
    read = read_rttm(path)

    assert len(read) == len(written)
    assert [str(label).replace(" ", "_") for label in written.labels()] == read.labels()
    for label in written.labels():
        pairs = zip(written.label_timeline(label), read.label_timeline(str(label).replace(" ", "_")), strict=True)
        assert all(abs(ours.start - theirs.start) < 1e-6 and abs(ours.end - theirs.end) < 2e-6 for ours, theirs in pairs)
    assert read.uri == "a_call"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SPEAKER f 1 -0.5 1 <NA> <NA> A <NA> <NA>", "line 1: expected start ≥ 0 .* got start -0.5"),
        ("\nSPEAKER f 1 0.5 0 <NA> <NA> A <NA> <NA>", "line 2: .* duration 0"),
        ("SPEAKER f 1 nan 1 <NA> <NA> A <NA> <NA>", "got start nan"),
        ("SPEAKER f 1 0.5 inf <NA> <NA> A <NA> <NA>", "duration inf"),
        ("SPEAKER f 1 0.5", "expected SPEAKER file channel start duration"),
        ("SPEAKER f 1 zero 1 <NA> <NA> A <NA> <NA>", "expected SPEAKER file channel"),
        ("start,end\n0,1", "at least one SPEAKER line; got 2 other lines"),
        ("", "at least one SPEAKER line"),
        ("SPEAKER f 1 0 1 <NA> <NA> A <NA> <NA>\nSPEAKER g 1 0 1 <NA> <NA> B <NA> <NA>", "turns of one recording; got f, g"),
    ],
)
def test_bad_line_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "turns.rttm"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_rttm(path)


def test_missing_and_binary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_rttm(tmp_path / "absent.rttm")
    (tmp_path / "turns.rttm").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="a readable RTTM file"):
        read_rttm(tmp_path / "turns.rttm")


def test_first_line_after_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "turns.rttm"
    path.write_text("\ufeffSPEAKER f 1 0 1 <NA> <NA> A <NA>\n;; comment\nSPKR-INFO f 1\nSPEAKER f 1 2 1 <NA> <NA> B <NA>", encoding="utf-8")
    assert read_rttm(path).labels() == ["A", "B"]
