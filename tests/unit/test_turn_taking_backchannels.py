"""Backchannels by their definitions, chosen by name."""

import numpy as np
import pytest

from dyad.errors import InputError
from dyad.eval.turn_taking import BACKCHANNELS, TurnIntervals, TurnRules, measure_turns
from dyad.eval.turn_taking.backchannels import backchannels_of, is_backchannel

TALK = [("A", 0.0, 6.0, "so I went there and it was closed"), ("B", 4.0, 4.4, "Yeah."), ("A", 8.0, 12.0, "for the whole week")]


def said(*rows: tuple[str, float, float, str]) -> TurnIntervals:
    return TurnIntervals.from_utterances([*TALK, *rows], duration_s=20.0)


def of_b(name: str, intervals: TurnIntervals) -> list[list[float]]:
    return (backchannels_of(name, intervals, intervals.units(0.18))[1] / 1e6).tolist()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Mhm, yeah.", {"candor_backbiter"}),
        ("okay", {"candor_backbiter", "fdb"}),
        ("really, a problem", {"candor_backbiter"}),  # two of three words
        ("seven", {"fdb"}),
        ("so yeah yeah", set()),  # begins like a turn
        ("yeah yeah yeah yeah", set()),  # four words
        ("it’s nice", set()),  # a typographic apostrophe is one too
        ("", {"fdb"}),  # no word, e.g. laughter
    ],
)
def test_words_decide(text: str, names: set[str]) -> None:
    intervals = said(("B", 7.0, 7.5, text))
    assert {name for name in ("candor_backbiter", "fdb") if [7.0, 7.5] in of_b(name, intervals)} == names


def test_length_decides_where_the_definition_says_so() -> None:
    intervals = said(("B", 6.5, 7.6, "mhm"))
    assert [6.5, 7.6] in of_b("candor_backbiter", intervals)
    assert [6.5, 7.6] not in of_b("fdb", intervals)
    assert [6.5, 7.6] not in of_b("hiplex", intervals)  # sustained
    assert [6.5, 7.6] in of_b("turnbench", intervals)
    found = {(measure.name, measure.seat): measure.n for measure in measure_turns(intervals, TurnRules(backchannels="hiplex"))}
    assert found["backchannels_per_minute", "B"] == 1
    assert found["sustained_backchannels_per_minute", "B"] == 1


def test_who_takes_the_floor_gave_no_backchannel() -> None:
    assert of_b("turnbench", said()) == [[4.0, 4.4]]
    taken = TurnIntervals.from_utterances([*TALK[:1], ("B", 7.0, 7.5, ""), ("B", 9.0, 15.0, "")], duration_s=20.0)
    assert of_b("turnbench", taken) == []  # B speaks on: the floor is B's
    last = TurnIntervals.from_utterances([*TALK[:1], ("B", 7.0, 7.5, "")], duration_s=20.0)
    assert of_b("turnbench", last) == []  # nobody speaks after
    own = TurnIntervals.from_utterances([("B", 6.3, 6.5, ""), ("B", 7.0, 7.5, ""), ("A", 8.0, 12.0, "")], duration_s=20.0)
    assert of_b("turnbench", own) == []  # B had the floor before


def test_vap_closes_pauses_that_the_words_leave() -> None:
    intervals = TurnIntervals.from_utterances([("B", 5.0, 5.3, ""), ("B", 5.5, 5.8, ""), ("A", 8, 12, "")], duration_s=20.0)
    assert of_b("vap_code", intervals) == [[5.0, 5.8]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("candor_backbiter", "expected an annotation with words, which 'candor_backbiter' counts; got times alone"),
        ("fdb", "choose one of: vap_code, vap_paper, hiplex, turnbench"),
        ("visual", "expected a definition about turns; got 'visual', which needs motion"),
        ("nods", "expected a known definition; got 'nods'"),
    ],
)
def test_what_cannot_be_used_is_refused(name: str, text: str) -> None:
    bare = TurnIntervals.from_utterances([(seat, start, end, "") for seat, start, end, _ in TALK], duration_s=20.0)
    with pytest.raises(InputError, match=text):
        measure_turns(bare, TurnRules(backchannels=name))


def test_every_definition_names_a_source_and_its_parameters() -> None:
    for name, definition in BACKCHANNELS.items():
        assert definition.source
        if definition.needs in ("", "words"):
            rate = next(
                measure for measure in measure_turns(said(), TurnRules(backchannels=name)) if measure.name == "backchannels_per_minute"
            )
            assert (rate.definition, rate.source, rate.parameters["backchannels"]) == (name, definition.source, name)
    vap = next(measure for measure in measure_turns(said()) if measure.name == "backchannels_per_minute")
    assert vap.parameters["bc_post_s"] == 1.0


def test_a_unit_is_a_backchannel_by_most_of_its_time() -> None:
    units = np.array([[0, 10], [20, 30], [40, 50]])
    assert is_backchannel(units, np.array([[4, 10], [20, 25]])).tolist() == [True, False, False]
