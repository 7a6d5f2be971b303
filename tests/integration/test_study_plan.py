"""Studies that cannot be are refused before anything runs; those that can are understood."""

from pathlib import Path
from typing import Any

import pytest

from dyad.errors import InputError
from dyad.registry import agent_options
from dyad.seat import Seat
from dyad.studies.config import load_study_config
from dyad.studies.plan import StudyPlan, plan_study, recipes_of

pytestmark = pytest.mark.integration

READY = Path(__file__).parents[2] / "configs" / "studies"
GOOD = """
conversations: {simulated: {count: 3, seconds: 30}}
conditions:
  real:
  late: {both: {sees_delay_ms: 400}, b: {sees: frozen}}
  swapped: {a: {style: partner}}
outcomes: [blink_answers_lag, gap_median]
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def planned(path: Path, *overrides: str) -> StudyPlan:
    return plan_study(load_study_config(path, overrides=overrides))


def test_conditions_are_understood(good: Path) -> None:
    plan = planned(good)
    assert [condition.name for condition in plan.conditions] == ["real", "late", "swapped"]
    late = plan.conditions[1]
    assert (late.seat(Seat.A).sees, late.seat(Seat.A).sees_delay_ms) == ("partner", 400.0)
    assert (late.seat(Seat.B).sees, late.seat(Seat.B).sees_delay_ms) == ("frozen", 400.0)
    assert plan.contrasts == (("late", "real"), ("swapped", "real"))
    assert len(plan.blocks) == 3 * 2
    assert [source.id for source in plan.sources] == ["simulated00000", "simulated00001", "simulated00002"]


def test_people_keep_their_styles_and_a_transplant_takes_the_other_ones(good: Path) -> None:
    plan = planned(good, "agents.a.options.nods.per_minute=3")
    styles = plan.sources[0].styles
    plain, swapped = (recipes_of(plan.config, condition, styles=styles) for condition in (plan.conditions[0], plan.conditions[2]))
    drawn = {seat: styles[seat]["blinks"]["speaking_per_minute"] for seat in Seat}
    assert [plain[seat].options["blinks"].speaking_per_minute for seat in Seat] == [drawn[Seat.A], drawn[Seat.B]]
    assert [swapped[seat].options["blinks"].speaking_per_minute for seat in Seat] == [drawn[Seat.B], drawn[Seat.B]]
    assert plain[Seat.A].options["nods"].per_minute == 3
    assert plain[Seat.B].options["nods"].per_minute == styles[Seat.B]["nods"]["per_minute"]
    assert swapped[Seat.A].options["nods"].per_minute == styles[Seat.B]["nods"]["per_minute"]
    nobody = recipes_of(plan.config, None, styles={})
    assert nobody[Seat.B].options["blinks"] == agent_options("reactive")["blinks"]


def test_a_person_drawn_from_a_seed_and_another_agent(good: Path) -> None:
    plan = planned(good, "conditions.real.a.style=7", "conditions.late.a.style=8", "conditions.swapped.b.agent=still")
    people = [recipes_of(plan.config, condition, styles={}) for condition in plan.conditions]
    assert people[0][Seat.A].options["blinks"] != people[1][Seat.A].options["blinks"]
    assert people[2][Seat.B].agent == "still"
    assert "nods" not in people[2][Seat.B].options


def test_what_decides_the_figures_decides_the_digest(good: Path) -> None:
    digest = planned(good).digest
    assert planned(good, "title=Other", "statistics.alpha=0.01", "baseline=late", "measured=a").digest == digest
    for words in ("seeds=3", "conditions.late.both.sees_delay_ms=500", "conversations.simulated.seed=1"):
        assert planned(good, words).digest != digest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("outcomes=[blink_answer_lag]", r"setting outcomes: expected measures.*'blink_answer_lag'.*Did you mean blink_answers_lag"),
        ("conditions.late.a.seees=frozen", r"setting conditions\.late\.a\.seees: expected a known key.*Did you mean sees"),
        ("conditions.late.a.sees=blurred", r"condition late: setting a\.sees: expected one of partner, shuffled, frozen, nobody"),
        ("conditions.late.a.hears_delay_ms=1201", r"condition late: a\.hears_delay_ms: expected 0 to 1200 ms; got 1201"),
        ("conditions.late.gaps.factor=-1", r"condition late: factor: expected 0 or more"),
        ("conditions.late.spoken.feedback=gone", r"condition late: feedback: expected kept or removed"),
        ("conditions.late.spoken.of=c", r"condition late: setting spoken\.of"),
        ("conditions.late.a.style=Bob", r"condition late: a\.style: expected partner or a whole number"),
        ("conditions.late.b.agent=stil", r"condition late: agent: .*Did you mean still"),
        ("conditions.late.b.options.nodds.per_minute=1", r"condition late: setting b\.options\.nodds: .*Did you mean nods"),
        ("conditions={}", None),
        ("contrasts=[[late, realy]]", r"setting contrasts: expected one of real, late, swapped; got 'realy'. Did you mean real"),
        ("contrasts=[[late]]", r"setting contrasts: expected pairs of two conditions"),
        ("contrasts=[['0', late]]", r"setting contrasts: expected one of real"),
        ("baseline=none", r"setting baseline"),
        ("measured=c", r"setting measured"),
        ("seeds=0", r"setting seeds: expected 1 or more; got 0"),
        ("tick_s=0", r"setting tick_s: expected more than 0"),
        ("statistics.method=t", r"setting statistics\.method"),
        ("statistics.correction=hol", r"setting statistics\.correction.*Did you mean holm"),
        ("statistics.alpha=1.5", r"setting statistics\.alpha: expected between 0 and 1"),
        ("conversations.simulated.count=0", r"setting conversations: expected at least one conversation; got none"),
        ("conversations.simulated.turns=fisher", r"turn statistics"),
        ("conversations.files=[{audio: [nowhere.wav]}]", r"nowhere\.wav: expected a file to study; got no such file"),
        ("conversations.dataset.name=foldr", r"dataset.*Did you mean folder"),
        ("references.gap_mean={low: 0, high: 1}", r"setting references\.gap_mean: expected one of the outcomes"),
        ("references.gap_median={low: 2, high: 1}", r"setting references\.gap_median: expected low up to high"),
    ],
)
def test_studies_that_cannot_be(good: Path, words: str, message: str | None) -> None:
    if message is None:  # an empty dictionary adds nothing
        assert len(planned(good, words).conditions) == 3
        return
    with pytest.raises(InputError, match=message):
        planned(good, words)


def test_a_lonely_conversation_has_no_strangers(good: Path) -> None:
    one = "conversations.simulated.count=1"
    assert len(planned(good, one).sources) == 1
    for words in ("conditions.late.a.sees=shuffled", "conditions.late.pseudo=true"):
        with pytest.raises(InputError, match="condition late: expected two conversations or more; got one"):
            planned(good, one, words)


def test_numbers_can_stand_for_a_level_of_chance(good: Path) -> None:
    assert planned(good, "contrasts=[[late, '0']]").contrasts == (("late", "0"),)


@pytest.mark.parametrize("path", sorted(READY.glob("*.yaml")), ids=lambda path: path.stem)
def test_ready_studies_can_be_run(path: Path) -> None:
    plan: Any = planned(path)
    assert plan.config.expected
    assert plan.contrasts


def test_other_sound_under_the_same_name_is_another_study(good: Path, tmp_path: Path) -> None:
    sound = tmp_path / "call.wav"
    words = f"conversations.files=[{{audio: ['{sound}']}}]"
    digests = []
    for content in (b"one", b"two"):
        sound.write_bytes(content)
        digests.append(planned(good, words).digest)
    assert digests[0] != digests[1]
