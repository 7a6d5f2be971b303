"""Annotations as people save them: every format, every fault, each repaired by a stated rule or refused with its line."""

import codecs
from pathlib import Path

import pytest

from dyad.annotations import TurnFile, read_annotation
from dyad.errors import InputError

EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
<TIME_ORDER>
{slots}
</TIME_ORDER>
{tiers}
</ANNOTATION_DOCUMENT>
"""


def eaf(slots: list[int | None], tiers: dict[str, list[tuple[int, int, str]]], extra: str = "") -> str:
    """A document; annotations are (first slot, last slot, value), slots counted from 1."""
    times = [
        f'<TIME_SLOT TIME_SLOT_ID="ts{index}"' + (f' TIME_VALUE="{time}"/>' if time is not None else "/>")
        for index, time in enumerate(slots, 1)
    ]
    parts = []
    for name, annotations in tiers.items():
        parts.append(f'<TIER TIER_ID="{name}" PARTICIPANT="{name.split("@")[-1]}" LINGUISTIC_TYPE_REF="default-lt">')
        parts += [
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}{first}" TIME_SLOT_REF1="ts{first}" TIME_SLOT_REF2="ts{last}">'
            f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
            for first, last, value in annotations
        ]
        parts.append("</TIER>")
    return EAF.format(slots="\n".join(times), tiers="\n".join(parts) + extra)


FOUR = eaf(
    [0, 1500, 1600, 2000, 2500, 4200],
    {
        "words@ann": [(1, 2, "hello &amp; hi"), (5, 6, "so")],
        "words@bob": [(3, 4, "yeah")],
        "gaze@ann": [(1, 6, "g")],
        "gaze@bob": [(1, 4, "x")],
    },
)

LONG_TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 5
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "ann"
        xmin = 0
        xmax = 5
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 1.5
            text = "she said ""no"" 3 times
on two lines"
        intervals [2]:
            xmin = 1.5
            xmax = 2.5
            text = ""
        intervals [3]:
            xmin = 2.5
            xmax = 4.2
            text = "so"
    item [2]:
        class = "TextTier"
        name = "clicks"
        xmin = 0
        xmax = 5
        points: size = 1
        points [1]:
            number = 3
            mark = "x"
    item [3]:
        class = "IntervalTier"
        name = "bob"
        xmin = 0
        xmax = 5
        intervals: size = 2
        intervals [1]:
            xmin = 1.6
            xmax = 2
            text = "yeah"
        intervals [2]:
            xmin = 2
            xmax = 5
            text = "SIL"
"""
SHORT_TEXTGRID = """File type = "ooTextFile short"
"TextGrid"

0
5
<exists>
2
"IntervalTier"
"ann"
0
5
2
0
1.5
"hello"
2.5
4.2
"so"
"IntervalTier"
"bob"
0
5
1
1.6
2
"yeah"
"""
CHAT = (
    "@UTF8\n@Begin\n@Languages:\teng\n@Participants:\tANN Adult, BOB Adult\n@ID:\teng|c|ANN|||||Adult|||\n@ID:\teng|c|BOB|||||Adult|||\n"
    "*ANN:\thello there . \x150_1500\x15\n*BOB:\tyeah . \x151600_2000\x15\n*ANN:\tno time here .\n"
    "*ANN:\tand so\n\tit goes . \x152500_4200\x15\n"
    "@End\n"
)
CSV = "start,end,speaker\n0,1.5,ann\n1.6,2,bob\n2.5,4.2,ann\n"
RTTM = "".join(
    f"SPEAKER call 1 {start} {length} <NA> <NA> {who} <NA>\n"
    for start, length, who in ((0, 1.5, "ann"), (1.6, 0.4, "bob"), (2.5, 1.7, "ann"))
)
VAD_LIST = "[[[0.0, 1.5], [2.5, 4.2]],\n [[1.6, 2.0]]]\n"

FILES = {
    "a.csv": CSV, "a.rttm": RTTM, "a.json": VAD_LIST, "long.TextGrid": LONG_TEXTGRID, "short.TextGrid": SHORT_TEXTGRID, "a.cha": CHAT,
    "two.eaf": eaf([0, 1500, 1600, 2000, 2500, 4200], {"ann": [(1, 2, "hello"), (5, 6, "so")], "bob": [(3, 4, "yeah")], "notes": []}),
}  # fmt: skip


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def spans(turns: TurnFile) -> dict[str, list[tuple[float, float]]]:
    return {seat: [(segment.start, segment.end) for segment in turns.annotation.label_timeline(seat)] for seat in ("A", "B")}


THE_CALL = {"A": [(0.0, 1.5), (2.5, 4.2)], "B": [(1.6, 2.0)]}


@pytest.mark.parametrize("name", FILES)
def test_one_conversation_in_every_format(tmp_path: Path, name: str) -> None:
    turns = read_annotation(write(tmp_path, name, FILES[name]))
    assert spans(turns) == THE_CALL
    assert {name.lower() for name in turns.names} in ({"ann", "bob"}, {"channel 0", "channel 1"})
    assert turns.duration_s == (5.0 if name.endswith("TextGrid") else None)
    assert any("A is" in note for note in turns.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", FILES)
def test_encodings(tmp_path: Path, name: str, encoding: str) -> None:
    turns = read_annotation(write(tmp_path, name, FILES[name].encode(encoding)))
    assert spans(turns) == THE_CALL
    assert any("UTF-16" in note for note in turns.notes) == encoding.startswith("utf-16")


@pytest.mark.parametrize("name", ["a.csv", "a.rttm", "short.TextGrid", "two.eaf"])
def test_latin_1_is_read_with_a_note(tmp_path: Path, name: str) -> None:
    turns = read_annotation(write(tmp_path, name, FILES[name].replace("ann", "Zoë").encode("latin-1")))
    assert turns.names == ("Zoë", "bob")
    assert any("Latin-1" in note for note in turns.notes)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "start;end;speaker\n0;1,5;ann\n1,6;2;bob\n2,5;4,2;ann\n"),
        ("b.csv", 'start,end,speaker\n0,"1,5",ann\n"1,6",2,bob\n"2,5","4,2",ann\n'),
        ("c.tsv", "0\t1,5\tann\n1,6\t2\tbob\n2,5\t4,2\tann\n"),
        ("a.rttm", RTTM.replace("1.5", "1,5").replace("1.6", "1,6").replace("0.4", "0,4").replace("2.5", "2,5").replace("1.7", "1,7")),
        ("a.TextGrid", SHORT_TEXTGRID.replace(".", ",")),
    ],
)
def test_decimal_commas_are_read_with_a_note(tmp_path: Path, name: str, text: str) -> None:
    turns = read_annotation(write(tmp_path, name, text))
    assert spans(turns) == THE_CALL
    assert any("decimal comma" in note for note in turns.notes)


OVERLAPPING = {
    "a.csv": "start,end,speaker\n0,1,ann\n0.5,2,ann\n3,4,bob\n",
    "a.rttm": "SPEAKER c 1 0 1 <NA> <NA> ann <NA>\nSPEAKER c 1 0.5 1.5 <NA> <NA> ann <NA>\nSPEAKER c 1 3 1 <NA> <NA> bob <NA>\n",
    "a.json": "[[[0, 1],\n[0.5, 2]], [[3, 4]]]",
    "a.eaf": eaf([0, 500, 1000, 2000, 3000, 4000], {"ann": [(1, 3, ""), (2, 4, "")], "bob": [(5, 6, "")]}),
    "a.TextGrid": SHORT_TEXTGRID.replace("2.5\n4.2", "1.4\n2").replace("1.6\n2\n", "3\n4\n").replace("0\n1.5", "0\n1.5"),
    "a.cha": CHAT.replace("2500_4200", "1200_2000").replace("1600_2000", "3000_4000"),
}


@pytest.mark.parametrize("name", OVERLAPPING)
def test_overlap_with_oneself_counts_once(tmp_path: Path, name: str) -> None:
    turns = read_annotation(write(tmp_path, name, OVERLAPPING[name]))
    assert spans(turns) == {"A": [(0.0, 2.0)], "B": [(3.0, 4.0)]}
    note = next(note for note in turns.notes if "overlap another of the same speaker" in note)
    assert "1 turns" in note
    assert "line" in note
    assert len(turns.utterances) == 3  # as read


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.csv", "start,end,speaker\n0,1,ann\n\n3,2,bob\n", 4),
        ("a.json", "[[[0, 1]],\n [[3, 2]]]", 2),
        ("a.eaf", eaf([0, 1000, 3000, 2000], {"ann": [(1, 2, "")], "bob": [(3, 4, "")]}), 14),
        ("a.TextGrid", SHORT_TEXTGRID.replace("1.6\n2", "2\n1.6"), 24),
        ("a.cha", CHAT.replace("1600_2000", "2000_1600"), 8),
    ],
)
def test_backward_turns_are_refused_with_their_line(tmp_path: Path, name: str, text: str, line: int) -> None:
    with pytest.raises(InputError, match=f"line {line}: expected a start before the end"):
        read_annotation(write(tmp_path, name, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,1,ann\n-1,2,bob\n", "line 2: expected times from 0 s; got a turn of 'bob' from -1 to 2 s"),
        ("0,1,ann\nnan,2,bob\n", "line 2: expected times from 0 s"),
        ("0,1,ann\n1,inf,bob\n", "line 2: expected times from 0 s"),
        ("0,1,ann\n1,two,bob\n", "line 2: expected start,end,speaker in seconds .* got '1, two, bob'"),
        ("0,1,ann\n1,2\n", "line 2: expected start,end,speaker"),
        ("0,1,ann\n1,2,\n", "line 2: expected start,end,speaker"),
        ("start,end,speaker\n0,5,1,2,ann\n", "line 2: .* with decimal commas, part the columns by semicolons"),
        ("begin,finish,who\n0,1,ann\n", "line 1: expected start,end,speaker .* Name the columns so"),
        ("0,1,ann\n1,2,bob\n2,3,cat\n", r"line 3: expected two speakers; got 3: 'ann' \(1 turns\), .* Name the two, A first: speakers="),
        ("0,1,ann\n1,2,ann\n", r"expected two speakers; got 1: 'ann' \(2 turns\). If the other never speaks, name both"),
        ("", "expected at least one turn; got none"),
        ("start,end,speaker\n", "expected at least one turn; got none"),
        ("1,1,ann\n2,2,bob\n", "got none with a length"),
    ],
)
def test_bad_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_annotation(write(tmp_path, "a.csv", text))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "[[[0, 1]], [[1, 2]], [[2, 3]]]", "got 3 channels"),
        ("a.json", "[[[0, 1]]]", "got 1 channels"),
        ("a.json", "[[], []]", "at least one turn"),
        ("a.json", "[[[0, 1]],\n [[1]]]", r"line 2: expected .* got \[1\]"),
        ("a.json", '{"turns": 1}', "got dict"),
        ("a.json", "[[[0, 1]],\n [[1, 2]", "line 2: expected JSON"),
        ("a.eaf", FOUR, r"line 20: expected two tiers; got 4: 'words@ann' \(2 turns\), .* Name the two, A first: tiers="),
        ("a.eaf", eaf([0, 1000], {"ann": [(1, 2, "")]}), "expected two tiers; got 1"),
        ("a.eaf", eaf([], {}), "at least one turn"),
        ("a.eaf", "", "expected XML as ELAN writes it; got no element found"),
        ("a.eaf", "<html>\n</html>", "expected an ELAN document; got XML of 'html'"),
        ("a.eaf", FOUR.replace("</TIME_ORDER>", ""), "line 25: expected XML"),
        ("a.eaf", FOUR.replace("milliseconds", "PAL-frames"), "line 3: expected times in milliseconds"),
        ("a.eaf", FOUR.replace('"1500"', '"1,5"'), "line 6: expected a time slot with whole milliseconds"),
        (
            "a.eaf",
            eaf([None, 1000, 1, 2], {"ann": [(1, 2, "")], "bob": [(3, 4, "")]}),
            "slot ts1 on tier 'ann', with no timed one on both sides",
        ),
        ("a.TextGrid", "", "line 1: expected a text"),
        ("a.TextGrid", SHORT_TEXTGRID.replace('"TextGrid"', '"PitchTier"'), "expected a Praat TextGrid"),
        ("a.TextGrid", SHORT_TEXTGRID[:-8], "expected a text, as Praat's text formats have it; got the end of the file"),
        ("a.TextGrid", SHORT_TEXTGRID.replace("4.2", '"four"'), "line 17: expected a number"),
        ("a.TextGrid", SHORT_TEXTGRID.replace('"hello"', '""').replace('"so"', '""').replace('"yeah"', '""'), "at least one turn"),
        ("a.rttm", "", "at least one SPEAKER line"),
        ("a.rttm", "SPEAKER c 1 0 1 <NA> <NA> ann <NA>\nSPEAKER c 1 1 -1 <NA> <NA> bob <NA>", "line 2: .* duration -1"),
        ("a.cha", "", "expected at least one turn"),
        ("a.doc", "", "expected an annotation: .cha, .csv, .eaf"),
        ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "binary data"),
        ("a.csv", codecs.BOM_UTF16_LE + b"0\x00,\x00\x31", "breaks off or is damaged"),
    ],
)
def test_other_bad_files_are_refused(tmp_path: Path, name: str, text: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_annotation(write(tmp_path, name, text))


@pytest.mark.parametrize("name", FILES)
def test_turns_after_the_audio(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, FILES[name])
    cropped = read_annotation(path, duration_s=4.16)
    assert spans(cropped)["A"][-1] == (2.5, 4.16)
    assert any("cropped by 40 ms" in note for note in cropped.notes)
    with pytest.raises(InputError, match=r"line \d+: expected turns within the audio's 4.10 s; got a turn of .* from 2.50 to 4.20 s"):
        read_annotation(path, duration_s=4.1)


def test_missing_file_and_bad_arguments(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_annotation(tmp_path / "absent.eaf")
    path = write(tmp_path, "a.csv", CSV)
    with pytest.raises(InputError, match="a format with tiers"):
        read_annotation(path, tiers=("ann", "bob"))
    with pytest.raises(InputError, match="either speakers or tiers"):
        read_annotation(path, tiers=("ann", "bob"), speakers=("ann", "bob"))
    with pytest.raises(InputError, match="duration_s"):
        read_annotation(path, duration_s=0.0)


def test_tiers_are_chosen_by_name_or_participant(tmp_path: Path) -> None:
    path = write(tmp_path, "a.eaf", FOUR)
    turns = read_annotation(path, tiers=("words@bob", "words@ann"))
    assert spans(turns) == {"A": THE_CALL["B"], "B": THE_CALL["A"]}
    assert [utterance.text for utterance in turns.utterances] == ["hello & hi", "yeah", "so"]
    with pytest.raises(InputError, match="Choose two of: 'words@ann', 'words@bob'"):
        read_annotation(path, speakers=("ann", "bob"))  # each has two tiers
    with pytest.raises(InputError, match="two different speakers"):
        read_annotation(path, tiers=("words@ann", "words@ann"))
    two = write(tmp_path, "two.eaf", eaf([0, 1000, 2000, 3000], {"x@ann": [(1, 2, "")], "y@bob": [(3, 4, "")], "z@cat": [(1, 4, "")]}))
    by_participant = read_annotation(two, speakers=("bob", "ann"))
    assert spans(by_participant) == {"A": [(2.0, 3.0)], "B": [(0.0, 1.0)]}
    assert any("1 annotations of 'z@cat' left out" in note for note in by_participant.notes)


def test_untimed_slots_and_dependent_tiers(tmp_path: Path) -> None:
    """ELAN leaves slots without times between timed ones, and whole tiers that take their times from another."""
    extra = (
        '<TIER TIER_ID="gloss" PARENT_REF="ann"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r1" ANNOTATION_REF="ann1">'
        "<ANNOTATION_VALUE>hi</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>"
    )
    text = eaf([0, None, 2000, 3000, 4000], {"ann": [(1, 2, "a"), (2, 3, "b")], "bob": [(4, 5, "c")]}, extra)
    path = write(tmp_path, "a.eaf", text)
    turns = read_annotation(path)
    assert spans(turns) == {"A": [(0.0, 1.0), (1.0, 2.0)], "B": [(3.0, 4.0)]}
    assert any("1 time slots without a time" in note for note in turns.notes)
    dependent = write(
        tmp_path, "b.eaf", text.replace('<TIME_SLOT TIME_SLOT_ID="ts2"/>', '<TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="700"/>')
    )
    assert spans(read_annotation(dependent, tiers=("gloss", "bob"))) == {"A": [(0.0, 0.7)], "B": [(3.0, 4.0)]}


def test_two_of_three_speakers_and_one_who_is_silent(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", CSV + "5,6,cat\n")
    turns = read_annotation(path, speakers=("bob", "ann"))
    assert turns.names == ("bob", "ann")
    assert any("'cat' left out" in note for note in turns.notes)
    alone = read_annotation(write(tmp_path, "b.csv", "0,1,ann\n"), speakers=("ann", "bob"))
    assert any("'bob' never speaks" in note for note in alone.notes)


def test_seats_called_so_stay(tmp_path: Path) -> None:
    turns = read_annotation(write(tmp_path, "a.csv", "0,1,B\n1,2,A\n"))
    assert spans(turns) == {"A": [(1.0, 2.0)], "B": [(0.0, 1.0)]}


def test_turns_that_touch_stay_two_and_those_without_length_go(tmp_path: Path) -> None:
    turns = read_annotation(write(tmp_path, "a.csv", "0,0.1,ann\n0.1,0.30000000000000004,ann\n0.3,0.5,ann\n1,1,ann\n1,2,bob\n"))
    assert spans(turns)["A"] == [(0.0, 0.1), (0.1, 0.3), (0.3, 0.5)]
    assert [note for note in turns.notes if "overlap" in note] == []
    assert any("1 turns without length left out" in note for note in turns.notes)


def test_words_and_lines_of_a_textgrid(tmp_path: Path) -> None:
    turns = read_annotation(write(tmp_path, "a.TextGrid", LONG_TEXTGRID))
    assert turns.utterances[0].text == 'she said "no" 3 times\non two lines'
    assert any("tiers of points left out: 'clicks'" in note for note in turns.notes)
    assert any("labelled 'SIL' count as silence" in note for note in turns.notes)


def test_old_chat_marks_and_utterances_without_times(tmp_path: Path) -> None:
    turns = read_annotation(write(tmp_path, "a.cha", CHAT.replace("\x15", "•")))
    assert spans(turns) == THE_CALL
    assert turns.utterances[-1].text == "and so it goes"
    assert any("1 of 4 utterances have no times" in note for note in turns.notes)
