"""One conversation: its windows, curves, pages and folder."""

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyad.analysis.alignment import GAZE_REACH_S, NOD_EDGES_S, align
from dyad.analysis.conversation import analyse_conversation
from dyad.analysis.figures import KEY_FIGURES, referred, shown
from dyad.analysis.findings import Settings
from dyad.analysis.page import Cell, bullets, page, paragraph, table
from dyad.analysis.ribbon import timeline
from dyad.analysis.source import Source
from dyad.analysis.talk import Talk
from dyad.analysis.windows import talk_windows
from dyad.annotations import read_annotation
from dyad.errors import InputError
from dyad.eval.turn_taking import TurnIntervals, TurnRules, analyse
from dyad.motion import Motion
from dyad.seat import Seat

RUDE = "<script>alert('&')</script>"


def talk(a: list[tuple[float, float]], b: list[tuple[float, float]], *, duration_s: float) -> Talk:
    intervals = TurnIntervals(a=np.array(a, float), b=np.array(b, float), duration_s=duration_s)
    return Talk(id="x", participants=("ann", "bob"), intervals=intervals, source="x.csv")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an annotation with words and rude names."""
    place = tmp_path_factory.mktemp("written")
    rows = [
        (0.5, 2.0, RUDE, "hello there"),
        (2.2, 4.0, "bob", "yes"),
        (3.8, 6.5, RUDE, "so"),
        (8.0, 8.4, "bob", "mhm"),
        (9.5, 12, RUDE, "and"),
    ]
    with open(place / "turns.csv", "w", newline="") as file:
        csv.writer(file).writerows([("start", "end", "speaker", "text"), *rows])
    analyse_conversation(Source(id=RUDE, annotation=place / "turns.csv"), place / "out")
    return place / "out"


def test_the_folder_holds_all_its_files(written: Path) -> None:
    names = {path.name for path in written.iterdir()}
    turns = {"turns.rttm", "turns.eaf", "turns.TextGrid", "turns.csv", "turns.json"}
    assert names == {"turn_taking.json", "events.csv", "report.html", *turns}


def test_every_measure_has_its_definition(written: Path) -> None:
    content = json.loads((written / "turn_taking.json").read_text())
    assert set(KEY_FIGURES) <= {measure["name"] for measure in content["measures"]}
    for measure in content["measures"]:
        assert set(measure) == {"name", "seat", "value", "unit", "n", "definition", "parameters", "source"}
        assert content["definitions"][measure["definition"]]["text"]
    assert content["conversation"]["has_words"]
    assert content["conversation"]["duration_s"] == 12.0


def test_turns_come_back_the_same_from_every_format(written: Path) -> None:
    for name in ("turns.rttm", "turns.eaf", "turns.TextGrid", "turns.csv", "turns.json"):
        found = read_annotation(written / name, duration_s=12.0)
        spans = sorted((segment.start, segment.end, label) for segment, _, label in found.annotation.itertracks(yield_label=True))
        assert [label for *_, label in spans] == ["A", "B", "A", "B", "A"], name
        np.testing.assert_allclose([span[:2] for span in spans], [(0.5, 2), (2.2, 4), (3.8, 6.5), (8, 8.4), (9.5, 12)], atol=1e-6)


def test_events_are_listed_in_order(written: Path) -> None:
    with open(written / "events.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    starts = [float(row["start_s"]) for row in rows]
    assert starts == sorted(starts)
    transfers = [float(row["value"]) for row in rows if row["definition"] == "fto_state_machine"]
    assert transfers == [0.2, -0.2, 1.5, 1.1]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        assert not any(name in ("src", "onload", "onerror") for name, _ in attrs)


def test_the_page_stands_alone_and_runs_nothing(written: Path) -> None:
    text = (written / "report.html").read_text()
    tags = Tags()
    tags.feed(text)
    assert tags.names.count("svg") == 4
    assert not {"script", "link", "img", "iframe", "object"} & set(tags.names)
    assert len(tags.ids) == len(set(tags.ids))
    assert "alert(&#x27;&amp;&#x27;)" in text
    assert not re.search(r"url\((?!#)|@import|href=\"(?!#)", text)


def test_the_same_conversation_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    source = Source(id=RUDE, annotation=written.parent / "turns.csv")
    analyse_conversation(source, tmp_path / "out")
    for path in written.iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_fault_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "one.rttm").write_text("SPEAKER x 1 0.5 1.0 <NA> <NA> ann <NA> <NA>\n")
    with pytest.raises(InputError, match="expected two speakers"):
        analyse_conversation(Source(id="one", annotation=tmp_path / "one.rttm"), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["one.rttm"]


def test_windows_hold_the_share_of_speech_in_them() -> None:
    found = talk([(0, 3), (10, 20)], [(3, 6), (20, 60)], duration_s=60)
    windows = talk_windows(analyse(found.intervals, TurnRules()))
    assert (windows.window_s, windows.step_s) == (10.0, 2.0)
    np.testing.assert_allclose(windows.middle_s, np.arange(5, 56, 2))
    np.testing.assert_allclose(windows.share[:, 0], [0.3, 0.3])
    np.testing.assert_allclose(windows.share[:, 5], [1.0, 0.0])
    np.testing.assert_allclose(windows.share[1, -1], 1.0)
    long = talk_windows(analyse(talk([(0, 1)], [(1, 2)], duration_s=3600).intervals, TurnRules()))
    assert (long.window_s, long.step_s) == (150.0, 30.0)  # ConvoKit's
    assert long.middle_s[-1] == 3600 - 75


@given(st.lists(st.integers(0, 600), min_size=0, max_size=24, unique=True), st.lists(st.integers(0, 600), max_size=24, unique=True))
def test_windows_agree_with_counting_frames(a: list[int], b: list[int]) -> None:
    speech = [np.sort(edges[: 2 * (len(edges) // 2)]).reshape(-1, 2) for edges in (np.array(a, float), np.array(b, float))]
    intervals = TurnIntervals(a=speech[0] / 10, b=speech[1] / 10, duration_s=60.0)
    windows = talk_windows(analyse(intervals, TurnRules()))
    frames = np.arange(600) + 0.5  # a tenth of a second each
    for own, shares in zip(speech, windows.share, strict=True):
        active = ((frames[:, None] >= own[:, 0]) & (frames[:, None] < own[:, 1])).any(axis=1)
        counted = [active[round(10 * middle) - 50 : round(10 * middle) + 50].mean() for middle in windows.middle_s]
        np.testing.assert_allclose(shares, counted, atol=1e-9)


def test_windows_of_silence_are_empty() -> None:
    windows = talk_windows(analyse(talk([], [], duration_s=6).intervals, TurnRules()))
    assert not windows.share.any()


def still(seat: Seat, *, frames: int) -> Motion:
    return Motion(seat=seat, frame_rate_hz=25.0, expression=np.zeros((frames, 52)), head_rotation=np.zeros((frames, 3)))


def test_gaze_and_nods_line_up_with_turns() -> None:
    found = talk([(5, 10), (20, 24)], [(12, 16)], duration_s=30)
    away = np.zeros((750, 2, 2), np.float32)
    away[:, :, 0] = 0.001
    away[5 * 25 : 6 * 25, :, 0] = 1.0  # A looks away in the first second of its first turn
    pitch = np.zeros((750, 3), np.float32)
    instants = np.arange(25) / 25
    pitch[406:431, 0] = 0.12 * np.sin(2 * np.pi * 2 * instants)  # and nods a quarter of a second after B's phrase ends
    a = replace(still(Seat.A, frames=750), gaze=away, head_rotation=pitch)
    settings = Settings()
    curves = align(found, (a, still(Seat.B, frames=750)), analyse(found.intervals, settings.turns), rules=settings.nonverbal)
    at = {round(float(lag), 1): share for lag, share in zip(curves.lag_s, curves.gaze["start", Seat.A], strict=True)}
    assert (at[-0.5], at[0.5], at[1.5]) == (1.0, 0.5, 1.0)
    assert curves.lag_s[[0, -1]].tolist() == [-GAZE_REACH_S, GAZE_REACH_S]
    assert curves.turns == {Seat.A: 2, Seat.B: 1}
    assert not any(seat is Seat.B for _, seat in curves.gaze)  # no eyes were recorded
    place = int(np.searchsorted(NOD_EDGES_S, 0.0))
    assert curves.nods[Seat.A][place] == 120.0  # one in half a second after one end
    assert np.delete(curves.nods[Seat.A], place).sum() == 0


def test_what_comes_from_outside_is_escaped() -> None:
    parts = [paragraph(RUDE), bullets([RUDE]), table([Cell(RUDE, RUDE)], [[Cell(RUDE, RUDE)]], caption=RUDE)]
    text = page(RUDE, parts)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 9


def test_a_ribbon_is_as_long_as_its_conversation() -> None:
    short = timeline(analyse(talk([(0, 1)], [(1, 2)], duration_s=5).intervals, TurnRules()), names=("a<b", "c"))
    assert "a&lt;b" in short
    rows = timeline(analyse(talk([(0, 1)], [(7000, 7100)], duration_s=7200).intervals, TurnRules()), names=("a", "b"))
    assert "1:50:00" in rows


def test_numbers_for_people() -> None:
    assert shown(None, "s") == "–"
    assert shown(-0.1234, "s") == "−0.123 s"
    assert shown(0.5, "share") == "50.0 %"
    assert shown(3, "count") == "3"
    assert shown(0.05, "p") == "0.050"
    assert shown(12.0, "1/min") == "12.00 1/min"
    assert referred("fto_median") == {"switchboard": 0.103, "ifadv": 0.056, "voxconverse": 0.08}
    assert referred("backchannels_per_minute") == {}
