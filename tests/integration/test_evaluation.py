"""Evaluation of a corpus without a cluster: predictions in files, one conversation scored, and the tables."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dyad.datasets.dualtalk import DualTalk
from dyad.dualtalk_layout import GROUPS, pack, unpack
from dyad.errors import InputError
from dyad.eval.dualtalk import score_clip
from dyad.eval.dualtalk.measures import SCORES
from dyad.eval.dualtalk.summary import Mean, average
from dyad.evaluation.comparison import comparison_tables
from dyad.evaluation.people import person_of
from dyad.evaluation.plot import draw
from dyad.evaluation.predictions import STRANGERS_FOLDER, check_predictions, find_prediction, read_prediction, write_prediction
from dyad.evaluation.report import as_plain_values, check_report, markdown, notes_on, write_report
from dyad.evaluation.ridge import voice_features
from dyad.evaluation.run import SplitResults, clips_to_score
from dyad.evaluation.scoring import PREDICTION, STRANGER, Job, SideScores, score_conversation
from dyad.evaluation.tables import benchmark_tables, figure, raw_tables
from dyad.evaluation.whole_clips import clips_of_others
from dyad.seat import Seat
from tests.dualtalk_corpus import write_corpus

pytestmark = pytest.mark.integration

CLIP = "test/clip0"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> DualTalk:
    return DualTalk(write_corpus(tmp_path_factory.mktemp("corpus") / "c", clips={"test": 2, "ood": 1}, frames=150))


@pytest.fixture
def predicted(corpus: DualTalk, tmp_path: Path) -> Path:
    """The truth backwards: the partner, too, tells it from the truth."""
    for seat, motion in corpus.clip(CLIP).motion.items():
        write_prediction(tmp_path / f"{CLIP}_speaker{seat + 1}.npz", unpack(pack(motion)[::-1], seat=seat, basis=motion.basis))
    return tmp_path


def job(corpus: DualTalk, **more: object) -> Job:
    return Job(root=corpus.root, folds={}, **more)  # type: ignore[arg-type]


def test_both_directions_are_scored_with_their_own_partner(corpus: DualTalk, predicted: Path) -> None:
    sides = score_conversation(CLIP, job=job(corpus, predictions=predicted))
    motion = {seat: pack(found) for seat, found in corpus.clip(CLIP).motion.items()}
    for seat, side in zip(Seat, sides, strict=True):
        expected = score_clip(motion[seat][::-1], motion[seat], motion[seat.partner])
        assert {key: side.rows[PREDICTION][key] for key in expected} == pytest.approx(expected, rel=1e-5, abs=1e-9)
        assert (side.conversation_id, side.speaker, side.frames, side.basis) == (CLIP, f"speaker{seat + 1}", 150, "arkit50")
        assert list(side.rows) == [PREDICTION, "truth", "mean pose", "hold", "shuffled", "truth 0.2 s late"]
    assert sides[0].rows["truth"]["lip_voice_r"] == pytest.approx(1, abs=0.1)


def test_predictions_alone(corpus: DualTalk, predicted: Path) -> None:
    sides = score_conversation(CLIP, job=job(corpus, predictions=predicted, baselines=False))
    assert [list(side.rows) for side in sides] == [[PREDICTION]] * 2


def test_predictions_are_found_by_split_or_bare_name(tmp_path: Path) -> None:
    assert find_prediction(tmp_path, CLIP, seat=Seat.B) is None
    bare = tmp_path / "clip0_speaker2.npy"
    bare.touch()
    assert find_prediction(tmp_path, CLIP, seat=Seat.B) == bare
    (tmp_path / "test").mkdir()
    exact = tmp_path / "test" / "clip0_speaker2.npz"
    exact.touch()
    assert find_prediction(tmp_path, CLIP, seat=Seat.B) == exact
    assert find_prediction(tmp_path, CLIP, seat=Seat.A) is None


def test_missing_predictions_are_counted_before_any_work(corpus: DualTalk, predicted: Path) -> None:
    check_predictions(predicted, [CLIP])
    with pytest.raises(InputError, match=r"predictions of 4 sides.+ got none for 2 of them, such as test/clip1_speaker1"):
        check_predictions(predicted, corpus.ids("test"))
    with pytest.raises(InputError, match="no such folder"):
        check_predictions(predicted / "nowhere", [CLIP])


def test_predictions_beside_a_stranger_are_there_for_all_or_for_none(corpus: DualTalk, predicted: Path) -> None:
    strangers = predicted / STRANGERS_FOLDER
    write_prediction(strangers / f"{CLIP}_speaker2.npz", corpus.clip(CLIP).motion[Seat.B])
    with pytest.raises(InputError, match=rf"{STRANGERS_FOLDER}.+ got none for 1 of them, such as {CLIP}_speaker1"):
        check_predictions(predicted, [CLIP])
    write_prediction(strangers / f"{CLIP}_speaker1.npz", corpus.clip(CLIP).motion[Seat.A])
    check_predictions(predicted, [CLIP])
    sides = score_conversation(CLIP, job=job(corpus, predictions=predicted))
    assert [list(side.rows)[:2] for side in sides] == [[PREDICTION, STRANGER]] * 2
    assert sides[0].rows[STRANGER]["mse_exp"] == 0 < sides[0].rows[PREDICTION]["mse_exp"]


def test_people_are_told_by_what_was_simulated_or_by_the_video(tmp_path: Path) -> None:
    assert person_of(tmp_path, "test/xk_sub_video_1_0", seat=Seat.B) == person_of(tmp_path, "test/xk_sub_video_2_0", seat=Seat.B)
    assert person_of(tmp_path, "test/xk_sub_video_1_0", seat=Seat.A) != person_of(tmp_path, "test/xk_sub_video_1_0", seat=Seat.B)
    assert person_of(tmp_path, "test/xk_sub_video_1_0", seat=Seat.A) != person_of(tmp_path, "test/yk_sub_video_1_0", seat=Seat.A)
    truth = tmp_path / "clip.truth.json"
    truth.write_text(json.dumps({"people": {"A": {"name": "Ann"}, "B": {"name": "Bob"}}}))
    assert [person_of(tmp_path, "clip", seat=seat) for seat in Seat] == ["Ann", "Bob"]
    truth.write_text("{")
    with pytest.raises(InputError, match=r"clip\.truth\.json: expected what was simulated"):
        person_of(tmp_path, "clip", seat=Seat.A)


def test_strangers_are_of_other_videos_where_there_are_some(tmp_path: Path) -> None:
    names = [f"test/{video}_sub_video_{clip}_0" for video in "ab" for clip in (1, 2)]
    one, two, three, four = names
    assert clips_of_others(tmp_path, names) == {one: three, two: three, three: one, four: one}
    assert clips_of_others(tmp_path, names[:2]) == {one: two, two: one}
    assert clips_of_others(tmp_path, names[:1]) == {one: one}


def test_published_arrays_are_read_like_ours(corpus: DualTalk, tmp_path: Path) -> None:
    truth = corpus.clip(CLIP).motion[Seat.A]
    np.save(tmp_path / "rows.npy", pack(truth)[:147])
    assert np.array_equal(pack(read_prediction(tmp_path / "rows.npy", truth=truth)), pack(truth)[:147])
    write_prediction(tmp_path / "ours.npz", truth)
    again = read_prediction(tmp_path / "ours.npz", truth=truth)
    assert np.array_equal(pack(again), pack(truth))
    assert again.basis == truth.basis == "arkit50"


@pytest.mark.parametrize(
    ("rows", "basis", "text"),
    [
        (np.zeros((150, 56)), "flame50", "basis arkit50, as the truth; got flame50"),
        (np.zeros((144, 56)), "arkit50", "150 frames, as the truth, give or take 5; got 144"),
        (np.full((150, 56), np.nan), "arkit50", "NaN or infinite"),
    ],
    ids=["basis", "length", "NaN"],
)
def test_a_prediction_that_does_not_fit_is_refused(corpus: DualTalk, tmp_path: Path, rows: np.ndarray, basis: str, text: str) -> None:
    pose = np.concatenate([rows[:, GROUPS["pose"]], rows[:, GROUPS["jaw"]]], axis=1)
    np.savez(tmp_path / "p.npz", exp=rows[:, :50], pose=pose, basis=np.array(basis))
    with pytest.raises(InputError, match=text) as refusal:
        read_prediction(tmp_path / "p.npz", truth=corpus.clip(CLIP).motion[Seat.A])
    assert refusal.value.what == str(tmp_path / "p.npz") + (", motion of seat A, expression" if np.isnan(rows).any() else "")


@pytest.mark.parametrize("content", [b"", b"no numpy", b"\x93NUMPY"])
def test_a_damaged_array_is_refused(corpus: DualTalk, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.npy"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"p\.npy"):
        read_prediction(path, truth=corpus.clip(CLIP).motion[Seat.A])
    np.save(path, np.zeros((150, 55)))
    with pytest.raises(InputError, match=r"p\.npy: expected shape \(T, 56\)"):
        read_prediction(path, truth=corpus.clip(CLIP).motion[Seat.A])


def test_clips_without_both_motions_are_left_out_and_named(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "c", clips={"test": 3})
    (root / "test/clip1_speaker2.npz").unlink()
    names, skipped = clips_to_score(DualTalk(root), "test", limit=None)
    assert names == ["test/clip0", "test/clip2"]
    assert skipped == {"test/clip1": "no clip1_speaker2.npz"}
    assert clips_to_score(DualTalk(root), "test", limit=1)[0] == ["test/clip0"]
    for path in root.glob("test/*_speaker1.npz"):
        path.unlink()
    with pytest.raises(InputError, match=r"clips with sound and motion of both sides; got no clip0_speaker1\.npz"):
        clips_to_score(DualTalk(root), "test", limit=None)


def test_clips_whose_files_do_not_belong_together_are_left_out(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "c", clips={"test": 3})
    for clip, frames in ((0, 54), (1, 55)):
        path = root / f"test/clip{clip}_speaker1.npz"
        with np.load(path) as arrays:
            np.savez(path, exp=arrays["exp"][:frames], pose=arrays["pose"][:frames], basis=arrays["basis"])
    names, skipped = clips_to_score(DualTalk(root), "test", limit=None)
    assert names == ["test/clip1", "test/clip2"]
    assert skipped == {"test/clip0": "lengths of its files differ: 54 and 60 frames"}
    short = DualTalk(write_corpus(tmp_path / "d", clips={"test": 1}, frames=39))
    with pytest.raises(InputError, match="got 39 frames, fewer than 40"):
        clips_to_score(short, "test", limit=None)


def test_a_clip_of_two_bases_is_refused(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "c", clips={"test": 1})
    path = root / "test/clip0_speaker2.npz"
    with np.load(path) as arrays:
        np.savez(path, exp=arrays["exp"], pose=arrays["pose"], basis=np.array("flame50"))
    with pytest.raises(InputError, match="one basis; got arkit50 and flame50"):
        score_conversation(CLIP, job=job(DualTalk(root)))


def test_voice_features_are_those_of_the_frames_around(corpus: DualTalk) -> None:
    audio = corpus.clip(CLIP).audio
    features = voice_features(audio, seat=Seat.A, frames=150).reshape(150, 25, 26)
    assert np.array_equal(features[20, 0], features[8, 12])
    swapped = voice_features(audio[::-1], seat=Seat.B, frames=150).reshape(150, 25, 26)
    assert np.array_equal(swapped, features)  # own first, whatever the seat
    longer = voice_features(audio, seat=Seat.A, frames=155)
    assert longer.shape == (155, 650)


def results(**faces: float) -> SplitResults:
    """Results in which every score of a face has one value."""
    keys = [key for score in SCORES if not score.name.startswith(("lve", "mod", "fdd", "mtm_lips")) for key in score.keys]
    rows = {face: dict.fromkeys(keys, value) for face, value in faces.items()}
    side = SideScores(
        conversation_id=CLIP, speaker="speaker1", person="clip0 speaker1", frames=150, basis="flame50", speech_intensity=0.1, rows=rows
    )
    means = {face: average([values]) for face, values in rows.items()}
    return SplitResults(split="test", sides=(side,), rows=means, skipped={"test/clip9": "no clip9_speaker2.npz"}, notes=())


def test_tables_put_time_aligned_scores_and_published_rows_beside_ours() -> None:
    found = results(prediction=0.5, shuffled=0.25)
    tables = benchmark_tables(found, published=True)
    assert [table.title.split(",")[1].strip() for table in tables] == ["EXP", "JAW", "POSE"]
    for table in tables:
        rows = {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}
        assert {"FD ↓", "MSE ↓", "SID ↑", "r ↑", "vel. FD ↓", "beats ↑"} <= set(table.header)
        assert rows["prediction"]["r ↑"] == "0.50"
        assert rows["TIMAR"]["r ↑"] == "–"
    assert tables[0].rows[0][:4] == ("prediction", "0.50", "0.50", "5.00")
    assert tables[1].rows[0][1] == "500"
    (timar,) = [row for row in tables[0].rows if row[0] == "TIMAR"]
    assert timar[1:5] == ("8.97", "9.93", "3.58", "3.53")
    (jaw,) = [row for row in tables[1].rows if row[0] == "TIMAR"]
    assert jaw[1:5] == ("1.57", "1.65", "1.07", "2.35")
    assert "FD × 1000" in tables[1].title
    assert all(row[0] in ("prediction", "shuffled") for table in benchmark_tables(found, published=False) for row in table.rows)
    for table in raw_tables(found):
        assert any(row[0].startswith("window_r_exp") for row in table.rows)


def test_what_dyad_simulated_is_never_shown_without_saying_so() -> None:
    recorded, simulated = results(prediction=0.5), replace(results(prediction=0.5), simulated=True)
    for found, said in ((recorded, False), (simulated, True)):
        tables = [*benchmark_tables(found, published=True), *raw_tables(found), *comparison_tables(found)]
        assert {"SIMULATED" in table.title for table in tables} == {said}
        assert ("SIMULATED" in notes_on(found, published=False)[0]) is said
        assert ("## test, SIMULATED" in markdown([found], about={}, published=False)) is said


@pytest.mark.parametrize("characters", [40, 80, 100, 120])
def test_tables_fit_a_terminal_without_losing_a_number(characters: int) -> None:
    (table, *_) = benchmark_tables(results(prediction=123.456, shuffled=0.25), published=True)
    parts = table.fitted(characters)
    assert len(parts) == {40: 6, 80: 2, 100: 2, 120: 1}[characters]
    for part in parts:
        lines = [max(len(line) for cell in column for line in cell.split("\n")) for column in zip(part.header, *part.rows, strict=True)]
        assert sum(lines) + 3 * len(lines) + 1 <= characters
        assert part.rows[0][0] == "prediction"
    again = [sum((part.rows[row][1:] for part in parts), (table.rows[row][0],)) for row in range(len(table.rows))]
    assert again == list(table.rows)
    assert sum((part.header[1:] for part in parts), ()) == tuple(name.replace(" ", "\n", 1) for name in table.header[1:])


def test_the_picture_leaves_out_published_rows_of_another_basis(tmp_path: Path) -> None:
    found = results(prediction=0.5)
    other = replace(found, sides=(replace(found.sides[0], basis="arkit50"),))
    pictures = {}
    for name, splits, published in (("flame", found, True), ("arkit", other, True), ("alone", other, False)):
        draw([splits], tmp_path / f"{name}.png", published=published)
        pictures[name] = (tmp_path / f"{name}.png").read_bytes()
    assert pictures["flame"] != pictures["arkit"] == pictures["alone"]


def test_a_place_for_results_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in ("file", "file/results"):
        with pytest.raises(InputError, match=r"a folder for the results; got a file, .*file\."):
            check_report(tmp_path / place, replace=True)
    check_report(tmp_path / "new" / "deeper", replace=False)
    assert not (tmp_path / "new").exists()


def test_notes_say_what_limits_the_numbers() -> None:
    notes = " ".join(notes_on(results(prediction=0.5), published=True))
    assert "1 sides scored; published rows rest on 1066" in notes
    assert "test/clip9 (no clip9_speaker2.npz)" in notes
    assert "No SLCC" in notes
    correlated = results(prediction=0.5)
    correlated.rows["prediction"]["slcc_jaw"] = Mean(value=0.3, clips=4)  # type: ignore[index]
    assert "No SLCC" not in " ".join(notes_on(correlated, published=True))
    assert "1066" not in " ".join(notes_on(results(prediction=0.5), published=False))


def test_report_files_are_complete_or_absent(tmp_path: Path) -> None:
    found = [results(prediction=0.5)]
    paths = write_report(found, tmp_path / "out", about={"data": "corpus"}, published=True, replace=False)
    assert [path.name for path in paths] == ["results.json", "results.md", "plot.png"]
    content = json.loads(paths[0].read_text())
    assert content == json.loads(json.dumps(as_plain_values(found, about={"data": "corpus"}, published=True)))
    means = content["splits"]["test"]["rows"]["prediction"]["mean"]
    assert (means["mse_exp"], means["published_mse_exp"]) == (0.5, 5)
    assert content["definitions"]["fd"]["source"]
    text = paths[1].read_text()
    assert "| fd | lower |" in text
    assert "TIMAR, arXiv 2512.15340" in text
    with pytest.raises(InputError, match="one that exists"):
        write_report(found, tmp_path / "out", about={}, published=False, replace=False)
    assert paths[1].read_text() == text
    draw(found, tmp_path / "again.png", published=True)
    assert (tmp_path / "again.png").read_bytes() == paths[2].read_bytes()
    assert "TIMAR" not in markdown(found, about={}, published=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0"), (-1e-12, "-1e-12"), (0.0000123, "1.23e-05"), (1.234, "1.23"), (1234.5, "1234"), (-0.5, "-0.5")],
)
def test_figures(value: float | None, text: str) -> None:
    assert figure(value) == text


def test_a_mean_over_no_clip_is_a_dash() -> None:
    found = results(prediction=0.5)
    rows = {"prediction": {**found.rows["prediction"], "lip_voice_r": Mean(value=None, clips=0)}}
    table = benchmark_tables(SplitResults(split="x", sides=found.sides, rows=rows, skipped={}, notes=()), published=False)[0]
    assert dict(zip(table.header, table.rows[0], strict=True))["lip r ≈"] == "–"
