"""Written annotations come back, and other programs' readers find the same in them."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from praatio import textgrid
from pyannote.core import Annotation, Segment
from pympi import Eaf

from dyad.annotations import Utterance, read_annotation, write_annotation
from dyad.errors import InputError

FORMATS = (".csv", ".eaf", ".json", ".rttm", ".TextGrid")
Spans = dict[str, list[tuple[float, float]]]


def annotated(spans: Spans) -> Annotation:
    annotation = Annotation()
    for label, rows in spans.items():
        for start, end in rows:
            segment = Segment(start, end)
            annotation[segment, annotation.new_track(segment)] = label
    return annotation


def spans_of(annotation: Annotation) -> Spans:
    return {seat: [(segment.start, segment.end) for segment in annotation.label_timeline(seat)] for seat in ("A", "B")}


@st.composite
def one_person(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Turns in milliseconds that may touch but do not overlap."""
    now, rows = 0, []
    for silence, length in draw(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 5000)), min_size=1, max_size=8)):
        rows.append(((now + silence) / 1000, (now + silence + length) / 1000))
        now += silence + length
    return rows


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=6)


@pytest.mark.parametrize("ending", FORMATS)
@settings(max_examples=12, deadline=None)
@given(a=one_person(), b=one_person())
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, ending: str, a: list[tuple[float, float]], b: list[tuple[float, float]]
) -> None:
    path = tmp_path_factory.mktemp("turns") / f"call{ending}"
    write_annotation(annotated({"A": a, "B": b}), path, duration_s=90.0)
    read = read_annotation(path)
    for seat, rows in (("A", a), ("B", b)):
        assert [pytest.approx(row, abs=2e-6) for row in rows] == spans_of(read.annotation)[seat]
    assert read.duration_s == (90.0 if ending == ".TextGrid" else None)
    assert all(utterance.text == "" for utterance in read.utterances)


@pytest.mark.parametrize("ending", [".csv", ".eaf", ".TextGrid"])
@settings(max_examples=12, deadline=None)
@given(words=WORDS, name=WORDS)
def test_words_and_names_come_back(tmp_path_factory: pytest.TempPathFactory, ending: str, words: str, name: str) -> None:
    path = tmp_path_factory.mktemp("words") / f"call{ending}"
    if words.lower() in ("#", "_", "sil", "sp", "<sil>", "<p:>", "speech"):
        return  # labels that mean silence, or no words
    said = [Utterance("A", 0.0, 1.0, words), Utterance("B", 2.0, 3.0, 'two "words", <so>')]
    first = f"x{name}"
    write_annotation(annotated({"A": [(0.0, 1.0)], "B": [(2.0, 3.0)]}), path, names=(first, "bob"), utterances=said)
    read = read_annotation(path)
    assert read.names == (first, "bob")
    assert list(read.utterances) == said


GIVEN = {"A": [(0.0, 1.25), (1.25, 2.0), (4.0, 5.5)], "B": [(1.5, 4.25)]}


def test_another_reader_opens_the_elan_document(tmp_path: Path) -> None:
    path = tmp_path / "call.eaf"
    write_annotation(annotated(GIVEN), path, names=("ann", "bob"), media="somewhere/call.wav", utterances=[Utterance("B", 1.5, 4.25, "hm")])
    document = Eaf(str(path))
    assert list(document.get_tier_names()) == ["ann", "bob"]
    assert sorted(document.get_annotation_data_for_tier("ann")) == [(0, 1250, "speech"), (1250, 2000, "speech"), (4000, 5500, "speech")]
    assert document.get_annotation_data_for_tier("bob") == [(1500, 4250, "hm")]
    assert document.get_parameters_for_tier("bob")["PARTICIPANT"] == "bob"
    assert document.get_linked_files()[0]["RELATIVE_MEDIA_URL"] == "./call.wav"


def test_another_reader_opens_the_textgrid(tmp_path: Path) -> None:
    path = tmp_path / "call.TextGrid"
    write_annotation(annotated(GIVEN), path, names=('a "quoted" name', "bob"), duration_s=6.0)
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=True, reportingMode="error")
    assert (grid.tierNames, grid.maxTimestamp) == (('a "quoted" name', "bob"), 6.0)
    assert [tuple(entry) for entry in grid.getTier("bob").entries] == [(0.0, 1.5, ""), (1.5, 4.25, "speech"), (4.25, 6.0, "")]
    assert [tuple(entry) for entry in grid.getTier('a "quoted" name').entries][:2] == [(0.0, 1.25, "speech"), (1.25, 2.0, "speech")]


def test_other_programs_files_are_read(tmp_path: Path) -> None:
    document = Eaf()
    for tier in ("ann", "bob"):
        document.add_tier(tier, part=tier)
    document.remove_tier("default")
    document.add_annotation("ann", 0, 1500, "hello")
    document.add_annotation("bob", 1600, 2000, "yeah")
    document.to_file(str(tmp_path / "theirs.eaf"))
    assert spans_of(read_annotation(tmp_path / "theirs.eaf").annotation) == {"A": [(0.0, 1.5)], "B": [(1.6, 2.0)]}
    grid = textgrid.Textgrid()
    for tier, row in (("ann", (0, 1.5, "hello")), ("bob", (1.6, 2, "yeah"))):
        grid.addTier(textgrid.IntervalTier(tier, [row], 0, 5))
    for form in ("short_textgrid", "long_textgrid"):
        grid.save(str(tmp_path / f"{form}.TextGrid"), format=form, includeBlankSpaces=True)
        assert spans_of(read_annotation(tmp_path / f"{form}.TextGrid").annotation) == {"A": [(0.0, 1.5)], "B": [(1.6, 2.0)]}


@pytest.mark.parametrize("ending", FORMATS)
def test_overlap_with_oneself_is_written_once(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"call{ending}"
    write_annotation(annotated({"A": [(0, 2), (1, 3)], "B": [(1, 2)]}), path)
    assert spans_of(read_annotation(path).annotation) == {"A": [(0.0, 3.0)], "B": [(1.0, 2.0)]}


def test_shorter_than_elan_can_count(tmp_path: Path) -> None:
    path = tmp_path / "call.eaf"
    write_annotation(annotated({"A": [(1.0, 1.0002), (1.0003, 1.0006)], "B": [(2, 3)]}), path)
    assert spans_of(read_annotation(path).annotation)["A"] == [(1.0, 1.001), (1.001, 1.002)]


def test_equal_annotations_are_equal_files(tmp_path: Path) -> None:
    for ending in FORMATS:
        for name in ("one", "two"):
            folder = tmp_path / name
            write_annotation(annotated(GIVEN), folder / f"call{ending}")
        assert (tmp_path / "one" / f"call{ending}").read_bytes() == (tmp_path / "two" / f"call{ending}").read_bytes()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"path": "call.doc"}, "expected a file of .csv, .eaf"),
        ({"annotation": annotated({"C": [(0, 1)]})}, "turns labelled A and B; got C"),
        ({"annotation": Annotation()}, "got no turns"),
        ({"names": ("x", "x")}, "two different names"),
        ({"names": ("x", "\n")}, "two different names"),
        ({"duration_s": 3.0}, "at least the turns' 5.50 s; got 3.0"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path: Path, change: dict[str, object], text: str) -> None:
    wanted = {"annotation": annotated(GIVEN), "path": "call.eaf", **change}
    annotation, path = wanted.pop("annotation"), tmp_path / str(wanted.pop("path"))
    with pytest.raises(InputError, match=text):
        write_annotation(annotation, path, **wanted)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "call.csv"
    path.write_text("mine")
    with pytest.raises(InputError, match="expected a new file"):
        write_annotation(annotated(GIVEN), path)
    assert path.read_text() == "mine"
    write_annotation(annotated(GIVEN), path, replace=True)
    assert path.read_text().startswith("start,end,speaker\n")
