"""One conversation taken apart once: what the measures and the table of events both read."""

from dataclasses import dataclass

from dyad.errors import InputError
from dyad.eval.turn_taking.backchannels import BothSpans, backchannels_of, sustained_backchannels, without_backchannels
from dyad.eval.turn_taking.floor import Floor, States, floor_of, states_of
from dyad.eval.turn_taking.interruptions import Interruptions, interruptions_of
from dyad.eval.turn_taking.intervals import MICRO, TurnIntervals
from dyad.eval.turn_taking.prior_turn import PriorTurnOffsets, prior_turn_offsets
from dyad.eval.turn_taking.spans import EMPTY
from dyad.eval.turn_taking.speaking_turns import turns_of

IPU_GAP_S = 0.18
"""Silence of one speaker that ends an inter-pausal unit: 180 ms or more, longer than stop closures (Levinson & Torreira 2015)."""


@dataclass(frozen=True, kw_only=True)
class TurnRules:
    """Thresholds, all of which are stored with the numbers they make.

    Args:
        join_s: own silences **shorter** than this are bridged (not equal); 0.18 is Heldner & Edlund's and Levinson & Torreira's, others
            use 0.2 (dGSLM) or 0.02 (the code of CANDOR).
        backchannels: a definition of ``definitions.BACKCHANNELS``.
        window_s: how far back a relevant prior turn may have ended.
        planning_s: least time between the onsets of a turn and its relevant prior one.
        min_overlap_s: least overlap of an interruption.
        yield_s: within which the interrupted person has yielded.

    Raises:
        InputError: a negative or infinite time.
    """

    join_s: float = IPU_GAP_S
    backchannels: str = "vap_code"
    window_s: float = 10.0
    planning_s: float = 0.2
    min_overlap_s: float = 0.3
    yield_s: float = 1.0

    def __post_init__(self) -> None:
        """Check the times."""
        for name in ("join_s", "window_s", "planning_s", "min_overlap_s", "yield_s"):
            if not 0 <= getattr(self, name) < float("inf"):
                got = repr(getattr(self, name))
                raise InputError(name, expected="0 seconds or more", got=got, cure=f"{getattr(TurnRules, name)} is usual.")


@dataclass(frozen=True, kw_only=True, eq=False)
class TurnAnalysis:
    """What happened, microseconds; pairs are of A and of B.

    Args:
        total: length of the conversation.
        rules: thresholds used.
        speech: as given.
        states: of the speech as given.
        units: IPUs.
        floor: silences and overlaps of the IPUs.
        backchannels: by the definition of the rules.
        sustained: HiPlex's longer ones; empty under another definition.
        floor_without: silences and overlaps of the IPUs that are no backchannels.
        prior_turn: offsets by the relevant prior turn, of all IPUs.
        turns: of the IPUs that are no backchannels.
        interruptions: by who interrupts.
    """

    total: int
    rules: TurnRules
    speech: BothSpans
    states: States
    units: BothSpans
    floor: Floor
    backchannels: BothSpans
    sustained: BothSpans
    floor_without: Floor
    prior_turn: PriorTurnOffsets
    turns: BothSpans
    interruptions: tuple[Interruptions, Interruptions]


def analyse(intervals: TurnIntervals, rules: TurnRules) -> TurnAnalysis:
    """Take a conversation apart.

    Raises:
        InputError: a definition of backchannels that is unknown or needs words where there are none.
    """
    total, units = intervals.total, intervals.units(rules.join_s)
    backchannels = backchannels_of(rules.backchannels, intervals, units)
    kept = without_backchannels(units, backchannels)
    shortest, yielding = (round(seconds * MICRO) for seconds in (rules.min_overlap_s, rules.yield_s))
    a, b = (interruptions_of(kept[own], units[1 - own], shortest=shortest, yielding=yielding) for own in (0, 1))
    return TurnAnalysis(
        total=total,
        rules=rules,
        speech=intervals.speech,
        states=states_of(*intervals.speech, total=total),
        units=units,
        floor=floor_of(states_of(*units, total=total)),
        backchannels=backchannels,
        sustained=sustained_backchannels(intervals, units) if rules.backchannels == "hiplex" else (EMPTY, EMPTY),
        floor_without=floor_of(states_of(*kept, total=total)),
        prior_turn=prior_turn_offsets(units, window=round(rules.window_s * MICRO), planning=round(rules.planning_s * MICRO)),
        turns=turns_of(kept),
        interruptions=(a, b),
    )
