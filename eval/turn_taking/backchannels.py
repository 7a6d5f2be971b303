"""Backchannels by five published definitions and one wording, chosen by name."""

import re

import numpy as np

from dyad.errors import InputError
from dyad.eval.turn_taking.definitions import BACKCHANNELS
from dyad.eval.turn_taking.floor import States, states_of
from dyad.eval.turn_taking.intervals import MICRO, TurnIntervals
from dyad.eval.turn_taking.spans import Mask, Spans, lengths
from dyad.eval.turn_taking.vap import vap_backchannels
from dyad.eval.turn_taking.vap_config import VAP_CONFIGS
from dyad.seat import Seat

SHORT_US = MICRO  # 1 s, of Full-Duplex-Bench (below) and HiPlex (at most)
MOST_WORDS = 3

LISTENER_WORDS = frozenset((
    "a", "ah", "alright", "awesome", "cool", "dope", "e", "exactly", "god", "gotcha", "huh", "hmm", "mhm", "mm", "mmm", "nice", "oh",
    "okay", "really", "right", "sick", "sucks", "sure", "uh", "um", "wow", "yeah", "yep", "yes", "yup",
))  # fmt: skip
TURN_OPENERS = frozenset((
    "and", "but", "i", "i'm", "it", "it's", "like", "so", "that", "that's", "we", "we're", "well", "you", "you're",
))  # fmt: skip
"""The two lists of CANDOR's Backbiter turn model (Reece et al. 2023)."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

_VAP = {"vap_code": "event_config", "vap_paper": "paper"}

BothSpans = tuple[Spans, Spans]


def check_definition(name: str, intervals: TurnIntervals) -> None:
    """See that the definition can be used on this conversation.

    Raises:
        InputError: an unknown name, one that needs words where there are none, or one that is not about turns.
    """
    usable = [known for known, definition in BACKCHANNELS.items() if definition.needs in ("", "words")]
    if name not in BACKCHANNELS:
        raise InputError("backchannels", expected="a known definition", got=repr(name), cure=f"Choose one of: {', '.join(usable)}.")
    if name not in usable:
        got = f"{name!r}, which needs {BACKCHANNELS[name].needs}"
        raise InputError("backchannels", expected="a definition about turns", got=got, cure=f"Choose one of: {', '.join(usable)}.")
    if BACKCHANNELS[name].needs and intervals.texts is None:
        bare = [known for known in usable if not BACKCHANNELS[known].needs]
        raise InputError(
            "backchannels",
            expected=f"an annotation with words, which {name!r} counts",
            got="times alone",
            cure=f"Give one with words, or choose one of: {', '.join(bare)}.",
        )


def backchannels_of(name: str, intervals: TurnIntervals, units: BothSpans) -> BothSpans:
    """Backchannels of A and of B by a definition, microseconds; for those about IPUs, whole IPUs.

    Args:
        name: of ``BACKCHANNELS``.
        intervals: the conversation.
        units: its IPUs.

    Raises:
        InputError: as ``check_definition``.
    """
    check_definition(name, intervals)
    if name in _VAP:
        return vap_backchannels(intervals, VAP_CONFIGS[_VAP[name]].whole())
    if name in ("fdb", "candor_backbiter"):
        words = [_words(intervals, units[seat], seat) for seat in Seat]
        chosen = [_by_words(name, units[seat], words[seat]) for seat in Seat]
    else:
        states = states_of(*units, total=intervals.total)
        chosen = [_without_claim(units[seat], states, seat) for seat in Seat]
        if name == "hiplex":
            chosen = [mask & (lengths(own) <= SHORT_US) for mask, own in zip(chosen, units, strict=True)]
    return units[0][chosen[0]], units[1][chosen[1]]


def backchannel_parameters(name: str, *, join_s: float) -> dict[str, float | str]:
    """What the rule of a definition was set to: the thresholds of VAP's, those of IPUs for the others."""
    if name in _VAP:
        config = VAP_CONFIGS[_VAP[name]]
        numbers = ("frame_hz", "min_context_s", "bc_pre_s", "bc_post_s", "bc_max_s")
        return {"backchannels": name, **{number: getattr(config, number) for number in numbers}}
    limits: dict[str, dict[str, float | str]] = {
        "candor_backbiter": {"max_words": MOST_WORDS},
        "fdb": {"max_s": SHORT_US / MICRO, "max_words": 1},
        "hiplex": {"max_s": SHORT_US / MICRO},
    }
    return {"backchannels": name, "join_s": join_s, **limits.get(name, {})}


def sustained_backchannels(intervals: TurnIntervals, units: BothSpans) -> BothSpans:
    """HiPlex's other kind: IPUs of A and of B that do not claim the floor and last more than 1 s."""
    a, b = backchannels_of("turnbench", intervals, units)
    return a[lengths(a) > SHORT_US], b[lengths(b) > SHORT_US]


def is_backchannel(units: Spans, backchannels: Spans) -> Mask:
    """Which units are backchannels: those that share more than half of their time with one."""
    if not len(units) or not len(backchannels):
        return np.zeros(len(units), np.bool_)
    near = np.searchsorted(backchannels[:, 1], units[:, 0], side="right").clip(max=len(backchannels) - 1)
    shared = np.minimum(units[:, 1], backchannels[near, 1]) - np.maximum(units[:, 0], backchannels[near, 0])
    most: Mask = 2 * shared > lengths(units)
    return most


def without_backchannels(units: BothSpans, backchannels: BothSpans) -> BothSpans:
    """The units of A and of B that are no backchannels."""
    a, b = (own[~is_backchannel(own, theirs)] for own, theirs in zip(units, backchannels, strict=True))
    return a, b


def _without_claim(units: Spans, states: States, seat: Seat) -> Mask:
    """Units with the other person alone before and after, whatever silence or overlap lies between."""
    solo = np.flatnonzero(states.alone)
    if not len(solo):
        return np.zeros(len(units), np.bool_)
    starts, other = states.edges[solo], states.solo_seat[solo] == seat.partner
    before = np.searchsorted(starts, units[:, 0], side="left") - 1
    after = np.searchsorted(starts, units[:, 1], side="left")
    last = len(solo) - 1
    unclaimed: Mask = (before >= 0) & (after <= last) & other[np.maximum(before, 0)] & other[after.clip(max=last)]
    return unclaimed


def _words(intervals: TurnIntervals, units: Spans, seat: Seat) -> list[list[str]]:
    """The words of each unit, lower case: those of the stretches whose middle lies in it."""
    words: list[list[str]] = [[] for _ in range(len(units))]
    rows = (intervals.a, intervals.b)[seat]
    if intervals.texts is None or not len(units):
        return words
    order = np.argsort(rows[:, 0], kind="stable")
    middles = np.rint(rows[order].mean(axis=1) * MICRO).astype(np.int64)
    places = np.searchsorted(units[:, 0], middles, side="right") - 1
    for row, place in zip(order.tolist(), places.tolist(), strict=True):
        words[max(place, 0)] += [word.replace("’", "'") for word in _WORD.findall(intervals.texts[seat][row].lower())]
    return words


def _by_words(name: str, units: Spans, words: list[list[str]]) -> Mask:
    if name == "fdb":
        return (lengths(units) < SHORT_US) & np.array([len(said) < 2 for said in words], np.bool_)
    return np.array([_is_backbiter(said) for said in words], np.bool_)


def _is_backbiter(said: list[str]) -> bool:
    if not 0 < len(said) <= MOST_WORDS or said[0] in TURN_OPENERS:
        return False
    return 2 * sum(word in LISTENER_WORDS for word in said) > len(said)
