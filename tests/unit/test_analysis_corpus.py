"""Many conversations: work that can be stopped and gone on with, pooled figures, and what fails."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dyad.analysis import corpus, jobs
from dyad.analysis.corpus import CorpusResult, analyse_corpus
from dyad.analysis.findings import Settings, measure_talk
from dyad.analysis.inputs import Inputs, find_inputs
from dyad.analysis.jobs import chunks_of, jobs_of
from dyad.analysis.outputs import check_output
from dyad.analysis.pooled import pooled, samples_of
from dyad.analysis.reading import Reading, read_talk
from dyad.analysis.reference import binned, largest_difference, reference_corpora
from dyad.analysis.talk import pseudo_dyad
from dyad.errors import InputError
from dyad.eval.turn_taking import TurnRules
from tests.activity_tables import write_table


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """Five conversations, of which the fourth has one speaker only."""
    path = write_table(tmp_path_factory.mktemp("table") / "calls.csv", conversations=5)
    rows = [line for line in path.read_text().splitlines() if not line.startswith("103") or line.endswith("ann")]
    path.write_text("\n".join(rows) + "\n")
    return find_inputs((path,))


@pytest.fixture(scope="module")
def whole(inputs: Inputs, tmp_path_factory: pytest.TempPathFactory) -> CorpusResult:
    """What comes of them, pairs included."""
    return analyse_corpus(inputs, tmp_path_factory.mktemp("whole") / "out", pairs=True, backend="inline")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_one_that_fails_is_listed_and_the_rest_is_finished(whole: CorpusResult) -> None:
    failures = pd.read_csv(whole.folder / "failures.csv")
    assert [name for name in failures["conversation"] if "+" not in name] == ["103"]
    assert sum("+" in name for name in failures["conversation"]) == 2  # as somebody's stranger, and beside its own
    assert failures["reason"].str.contains("two speakers; got 1 (ann)", regex=False).all()
    table = pd.read_parquet(whole.folder / "turn_taking.parquet")
    real = table[table["pairing"] == "real"]
    assert sorted(real["conversation"].unique()) == ["100", "101", "102", "104"]
    assert set(table["pairing"]) == {"real", "pseudo"}
    assert (whole.summary["conversations"], whole.summary["failed"]) == (4, 1)


def test_a_row_says_what_its_number_is(whole: CorpusResult) -> None:
    table = pd.read_parquet(whole.folder / "turn_taking.parquet")
    (row,) = table[(table["conversation"] == "100") & (table["name"] == "fto_median") & (table["pairing"] == "real")].to_dict("records")
    assert (row["unit"], row["definition"]) == ("s", "fto_state_machine")
    assert pd.isna(row["seat"])
    assert json.loads(row["parameters"]) == {"join_s": 0.18}
    assert row["duration_s"] == pytest.approx(60, abs=10)


def test_pooled_figures_are_those_of_all_lengths_together(inputs: Inputs, whole: CorpusResult) -> None:
    talks = [read_talk(item, reading=Reading()) for item in inputs.items if item.id != "103"]
    samples = pooled(samples_of(measure_talk(talk, Settings()).analysis) for talk in talks)
    found = whole.summary["real"]["lengths"]["fto"]
    assert found["n"] == len(samples["fto"])
    assert found["quantiles"]["0.5"] == pytest.approx(np.median(samples["fto"]) / 1e6, abs=1e-6)
    spoken = sum((rows[:, 1] - rows[:, 0]).sum() for talk in talks for rows in (talk.intervals.a, talk.intervals.b))
    share = spoken / 2 / sum(talk.intervals.duration_s for talk in talks)
    assert whole.summary["real"]["figures"]["speech_share"] == pytest.approx(share, abs=1e-4)
    minutes = sum(talk.intervals.duration_s for talk in talks) / 60
    assert whole.summary["real"]["figures"]["transfers_per_minute"] == pytest.approx(found["n"] / minutes, abs=1e-4)
    backchannels = whole.summary["real"]["lengths"]["backchannel"]["n"] / minutes
    assert whole.summary["real"]["figures"]["backchannels_per_minute"] == pytest.approx(backchannels, abs=1e-4)
    assert backchannels > 0


def test_a_stopped_run_goes_on_and_gives_the_same_bytes(
    inputs: Inputs, whole: CorpusResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK", 2)
    measured: list[str] = []
    measure_chunk = corpus.measure_chunk

    def until_the_second(chunk: tuple[jobs.Job, ...], *, settings: Settings, reading: Reading) -> jobs.Chunk:
        if len(measured) >= 2:
            raise KeyboardInterrupt
        measured.extend(job.item.id for job in chunk)
        return measure_chunk(chunk, settings=settings, reading=reading)

    monkeypatch.setattr(corpus, "measure_chunk", until_the_second)
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        analyse_corpus(inputs, out, pairs=True, backend="inline")
    assert not out.exists()
    (hidden,) = tmp_path.iterdir()
    monkeypatch.setattr(corpus, "measure_chunk", measure_chunk)
    again = analyse_corpus(inputs, out, pairs=True, backend="inline")
    assert again.kept == 2
    assert not hidden.exists()
    straight = analyse_corpus(inputs, tmp_path / "elsewhere" / "out", pairs=True, backend="inline")
    assert straight.kept == 0
    assert contents(out) == contents(straight.folder)
    known = pd.read_parquet(whole.folder / "turn_taking.parquet")  # made in one chunk
    pd.testing.assert_frame_equal(pd.read_parquet(out / "turn_taking.parquet"), known)


def test_other_settings_never_meet_chunks_that_wait(inputs: Inputs, tmp_path: Path) -> None:
    from dyad.analysis.chunk_files import ChunkFolder

    work = jobs_of(inputs.items, pairs=False, seed=0)
    (other,) = find_inputs((write_table(tmp_path / "calls.csv", conversations=1, seed=9),)).items
    swapped = [jobs.Job(item=other), *work[1:]]
    names = {
        ChunkFolder(tmp_path / "out", jobs=given, about=about).path.name
        for given, about in ((work, {"join_s": 0.18}), (work, {"join_s": 0.2}), (work[:3], {"join_s": 0.18}), (swapped, {"join_s": 0.18}))
    }
    assert len(names) == 4
    assert ChunkFolder(tmp_path / "out", jobs=work, about={"join_s": 0.18}).path.name in names


def test_pairs_use_everybody_once_and_nobody_meets_their_own_partner(inputs: Inputs) -> None:
    work = jobs_of(inputs.items, pairs=True, seed=3)
    assert sorted(job.stranger.id for job in work if job.stranger) == sorted(item.id for item in inputs.items)
    assert all(job.stranger is not None and job.stranger.id != job.item.id for job in work)
    assert jobs_of(inputs.items, pairs=True, seed=3)[0].stranger is work[0].stranger
    with pytest.raises(InputError, match="two conversations or more"):
        jobs_of(inputs.items[:1], pairs=True, seed=0)


def test_people_who_never_met_are_cut_to_the_shorter_conversation(inputs: Inputs) -> None:
    first, second = (read_talk(item, reading=Reading()) for item in inputs.items[:2])
    cut_s = float(first.intervals.a[2].mean())  # while A speaks
    short = replace(second.intervals, a=second.intervals.a.clip(max=cut_s), b=second.intervals.b.clip(max=cut_s), duration_s=cut_s)
    met = pseudo_dyad(first, replace(second, intervals=short))
    assert met.intervals.duration_s == cut_s
    assert met.intervals.a.tolist() == [*first.intervals.a[:2].tolist(), [first.intervals.a[2, 0], cut_s]]
    np.testing.assert_array_equal(met.intervals.b, short.b[short.b[:, 0] < cut_s])


def test_how_work_is_parted_does_not_depend_on_the_machine(inputs: Inputs) -> None:
    work = jobs_of(inputs.items * 10, pairs=False, seed=0)
    assert [len(chunk) for chunk in chunks_of(work)] == [24, 24, 2]
    assert [job for chunk in chunks_of(work) for job in chunk] == work


def test_nothing_to_measure_is_an_error_and_leaves_nothing(inputs: Inputs, tmp_path: Path) -> None:
    bad = Inputs(items=(inputs.items[3],), is_corpus=True)
    with pytest.raises(InputError, match=r"1 that cannot be measured, first 103. calls.csv, conversation 103: expected two speakers"):
        analyse_corpus(bad, tmp_path / "out", backend="inline")
    assert list(tmp_path.iterdir()) == []


def test_a_definition_that_needs_words_fails_for_each(inputs: Inputs, tmp_path: Path) -> None:
    settings = Settings(turns=TurnRules(backchannels="fdb"))
    with pytest.raises(InputError, match="an annotation with words"):
        analyse_corpus(inputs, tmp_path / "out", settings=settings, backend="inline")


def test_only_an_earlier_analysis_is_replaced_and_only_when_asked(whole: CorpusResult, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got an earlier analysis\. Give another --out, or --force"):
        check_output(whole.folder, replace=False)
    assert check_output(whole.folder, replace=True) == whole.folder.resolve()
    (tmp_path / "summary.json").write_bytes((whole.folder / "summary.json").read_bytes())
    assert check_output(tmp_path, replace=True)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="a folder with other contents"):
        check_output(tmp_path, replace=True)


def test_bins_of_the_reference_hold_what_lies_beyond_them() -> None:
    corpora = {found.name: found for found in reference_corpora()}
    assert set(corpora) == {"switchboard", "ifadv", "voxconverse"}
    edges = corpora["ifadv"].edges_s
    counts = binned(np.array([-9.0, -2.0, 0.0, 2.999, 3.0, 50.0]), edges)
    assert (counts[0], counts[40], counts[-1], counts.sum()) == (2, 1, 3, 6)
    for found in corpora.values():
        middles = (found.edges_s[:-1] + found.edges_s[1:]) / 2
        again = np.repeat(middles, found.counts.astype(int))
        assert largest_difference(again, found) == 0.0
        assert np.median(again) == pytest.approx(found.quantiles["fto"][0.5], abs=0.05)
        assert (largest_difference(again + 0.1, found) or 0) > 0.1
    assert largest_difference(np.empty(0), corpora["ifadv"]) is None
