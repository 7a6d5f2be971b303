"""From results to findings: planted effects, missing values, references, and the report."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dyad.errors import InputError
from dyad.studies.analysis import analyse
from dyad.studies.blocks import Result
from dyad.studies.config import load_study_config
from dyad.studies.folder import BlockStore, check_study_folder, complete_results, write_results
from dyad.studies.plan import StudyPlan, plan_study
from dyad.studies.plot import draw
from dyad.studies.report import markdown, number, p_value

pytestmark = pytest.mark.integration

CONFIG = """
title: Made
conversations: {simulated: {count: 8, seconds: 30}}
seeds: 3
conditions: {real: , late: , same: }
outcomes: [gap_median, nods_rate]
references: {nods_rate: {low: 9, high: 11, source: somebody}}
statistics: {resamples: 20, method: wilcoxon}
"""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> StudyPlan:
    path = tmp_path_factory.mktemp("plan") / "made.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return plan_study(load_study_config(path))


@pytest.fixture
def plan(planned: StudyPlan) -> StudyPlan:
    return replace(planned, config=deepcopy(planned.config))


def results(plan: StudyPlan) -> list[Result]:
    """Nods of 10 a minute, 2 fewer when late; gaps that do not differ."""
    rng = np.random.default_rng(3)
    rows = []
    for conversation, seed in plan.blocks:
        name, level = plan.sources[conversation].id, rng.normal(0, 1)
        for condition in ("real", "late", "same"):
            for seat in ("A", "B"):
                nods = 10 + level - 2 * (condition == "late") + rng.normal(0, 0.3) + (0.5 if seat == "A" else -0.5)
                rows.append(
                    Result(conversation=name, condition=condition, seed=seed, seat=seat, measure="nods_rate", value=nods, unit="1/min")
                )
                rows.append(Result(conversation=name, condition=condition, seed=seed, seat=seat, measure="gap_median", value=9.0, unit="s"))
            gap = 0.2 + rng.normal(0, 0.05)
            rows.append(Result(conversation=name, condition=condition, seed=seed, seat="", measure="gap_median", value=gap, unit="s"))
    return rows


def test_the_planted_effect_is_found_and_the_others_are_not(plan: StudyPlan) -> None:
    plan.config.statistics.method = "auto"
    found = {(one.outcome, one.condition): one for one in analyse(results(plan), plan).contrasts}
    late = found["nods_rate", "late"]
    assert late.found
    assert late.against == "real"
    assert late.effect.estimate == pytest.approx(-2.0, abs=0.2)
    assert [key for key, one in found.items() if one.found] == [("nods_rate", "late")]
    assert late.p_corrected == pytest.approx(4 * late.effect.p)  # type: ignore[operator]  # Holm: the smallest of four


def test_whose_figures_count(plan: StudyPlan) -> None:
    def mean(outcome: str, measured: str) -> float:
        plan.config.measured = measured
        (level,) = [one for one in analyse(results(plan), plan).levels if (one.outcome, one.condition) == (outcome, "real")]
        assert level.effect.estimate is not None
        return level.effect.estimate

    assert mean("nods_rate", "a") - mean("nods_rate", "b") == pytest.approx(1.0, abs=0.2)
    assert mean("gap_median", "both") == pytest.approx(0.2, abs=0.05)  # the conversation's own figure, not its people's
    assert mean("gap_median", "a") == 9.0


def test_missing_values_are_left_out_in_pairs_and_counted(plan: StudyPlan) -> None:
    def gone(row: Result) -> bool:
        return row.measure == "nods_rate" and row.condition == "late" and (row.seed == 0 or row.conversation.endswith("7"))

    rows = [Result(**{**vars(row), "value": None}) if gone(row) else row for row in results(plan)]
    found = {(one.outcome, one.condition): one for one in analyse(rows, plan).contrasts}
    late = found["nods_rate", "late"]
    assert (late.missing, late.effect.conversations, late.effect.blocks) == (8 + 2, 7, 14)
    assert late.effect.estimate == pytest.approx(-2.0, abs=0.3)
    assert found["nods_rate", "same"].missing == 0


def test_verdicts_beside_people(plan: StudyPlan) -> None:
    def verdicts(low: float, high: float) -> list[str]:
        plan.config.references["nods_rate"].low, plan.config.references["nods_rate"].high = low, high
        return [one.verdict for one in analyse(results(plan), plan).comparisons]

    assert verdicts(5.0, 15.0) == ["inside"] * 3
    assert verdicts(9.3, 10.7)[1] == "outside"
    assert verdicts(10.1, 10.2)[0] == "undecided"


def test_report_and_picture_hold_the_findings(plan: StudyPlan, tmp_path: Path) -> None:
    findings = analyse(results(plan), plan)
    text = markdown(plan, findings)
    assert text.startswith("# Made\n\n**SIMULATED.**")
    assert "| nods_rate (1/min) | late − real | −2" in text
    assert "8 conversations × 3 conditions × 3 seeds" in text
    assert "| nods_rate | real | " in text
    draw(plan, findings, tmp_path / "one.png")
    draw(plan, findings, tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_results_come_back_from_their_files_exactly(plan: StudyPlan, tmp_path: Path) -> None:
    rows = [*results(plan), Result(conversation="x", condition="real", seed=0, seat="", measure="gap_median", value=None, unit="s")]
    write_results(rows, tmp_path)
    (tmp_path / "manifest.json").write_text('{"kind": "dyad study", "digest": "d"}', encoding="utf-8")
    assert complete_results(tmp_path, digest="d") == rows
    assert complete_results(tmp_path, digest="other") is None
    assert complete_results(tmp_path / "nowhere", digest="d") is None


def test_blocks_are_kept_by_digest(plan: StudyPlan, tmp_path: Path) -> None:
    rows = results(plan)[:4]
    store = BlockStore(tmp_path / "out", digest="d")
    store.write((1, 0), rows)
    again = BlockStore(tmp_path / "out", digest="d")
    assert again.read((1, 0)) == rows
    assert again.read((0, 0)) is None
    assert BlockStore(tmp_path / "out", digest="other").read((1, 0)) is None
    again.remove()
    assert list(tmp_path.glob(".out*")) == []


def test_folders_that_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(InputError, match="expected a new or empty folder, or an earlier study"):
            check_study_folder(path)
    assert check_study_folder(tmp_path / "new") == tmp_path / "new"


def test_numbers_for_people() -> None:
    assert [number(value) for value in (None, 0.0, -1.23456, 1234.5)] == ["–", "0", "−1.23", "1.23e+03"]
    assert [p_value(p) for p in (None, 1e-9, 0.03)] == ["–", "< 0.0001", "0.0300"]
