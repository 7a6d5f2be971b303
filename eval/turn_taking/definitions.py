"""What every number of turn-taking is defined by, and where the definition comes from: one table, by id."""

from dataclasses import dataclass

_HELDNER = "Heldner & Edlund 2010, J. Phonetics 38"
_LEVINSON = "Levinson & Torreira 2015, Front. Psychol. 6:731"
_VAP = "Ekstedt & Skantze 2022; github.com/ErikEkstedt/VoiceActivityProjection f39a78b"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One definition.

    Args:
        text: the rule, in words.
        source: where it was published; "dyad" where the rule is dyad's own.
        needs: "" or what an annotation must hold besides times for it to be usable.
        proxy: whether it stands in, by times alone, for something that only an annotator can judge.
    """

    text: str
    source: str
    needs: str = ""
    proxy: bool = False


BACKCHANNELS: dict[str, Definition] = {
    "vap_code": Definition(
        text="Speech of at most 1 s, own silence of at least 1 s before and 1 s after, on frames of 20 ms, pauses closed; not in the "
        "first 3 s. Not asked: whether the other person spoke before.",
        source=f"{_VAP}, EventConfig",
    ),
    "vap_paper": Definition(
        text="As vap_code, with at least 2 s of own silence after, and the other person the last to speak before.",
        source="Ekstedt & Skantze 2022, the paper",
    ),
    "candor_backbiter": Definition(
        text="At most three words, more than half of them from a list of backchannel words, the first not from a list of turn openers; "
        "any duration.",
        source="Reece et al. 2023 (CANDOR), the Backbiter turn model",
        needs="words",
    ),
    "fdb": Definition(text="Shorter than 1 s and fewer than two words.", source="Full-Duplex-Bench", needs="words"),
    "hiplex": Definition(
        text="An IPU that does not claim the floor (as turnbench): of at most 1 s; longer ones are counted as sustained backchannels.",
        source="HiPlex, its bound of 1 s; floor by dyad",
        proxy=True,
    ),
    "turnbench": Definition(
        text="An IPU of any length that does not claim the floor: the other person is the last to speak alone before it and the first to "
        "after it.",
        source="TurnBench, its wording; floor by dyad",
        proxy=True,
    ),
    "visual": Definition(
        text="A nod, smile or brow movement of the listener without speech.", source="dyad.eval.events", needs="motion, not turns"
    ),
}

DEFINITIONS: dict[str, Definition] = {
    **BACKCHANNELS,
    "ipu": Definition(
        text="Inter-pausal unit: speech of one person, own silences shorter than join_s bridged (a silence of exactly join_s divides).",
        source=f"{_HELDNER}; {_LEVINSON} (0.18 s)",
    ),
    "state_machine": Definition(
        text="Silences and overlaps of IPUs by who speaks alone before and after: gap (another, silence), pause (the same, silence), "
        "overlap between (another, both), overlap within (the same, both), no gap no overlap (another, at once).",
        source=_HELDNER,
    ),
    "fto_state_machine": Definition(
        text="Floor transfer offset: + length of a gap, − length of an overlap between, 0 for no gap no overlap. Backchannels spoken "
        "alone count as turns. Overlaps within are none.",
        source=_HELDNER,
    ),
    "fto_without_backchannels": Definition(
        text="As fto_state_machine, of the speech without the backchannels of the named definition.", source=f"{_HELDNER}; dyad"
    ),
    "fto_relevant_prior_turn": Definition(
        text="Start of an IPU minus end of the other person's relevant prior one: the latest to start among those that began more than "
        "planning_s before it and lie partly in the window_s before it; none where the IPU continues its speaker's own talk. IPUs within "
        "the other's count.",
        source="scikit-talk, calculate_FTO",
    ),
    "response_latency": Definition(
        text="Floor transfer offsets of the transfers to this seat: own start minus the other's end (fto_without_backchannels); counted "
        "only where the floor was taken.",
        source="Full-Duplex-Bench, response latency",
    ),
    "speech_states": Definition(text="Share of the conversation in each state, of the speech as given (nothing bridged).", source=_HELDNER),
    "talk_time": Definition(
        text="Own speech over that of both; balance is 1 − |share of A − share of B|, entropy that of the shares in bits.",
        source="ConvoKit, TalkTimeSharing (shares); dyad (balance, entropy)",
    ),
    "talkspurt_turn": Definition(
        text="IPUs of one person from the first to the last before the other's next; IPUs of the other that are backchannels or lie wholly "
        "within an IPU do not end a turn and are none.",
        source="Reece et al. 2023 (CANDOR), the Cliffhanger turn model; backchannels by name",
    ),
    "interruption_proxy": Definition(
        text="An IPU that is no backchannel, begins while the other speaks, and overlaps for at least min_overlap_s: yielded if the other "
        "stops first and within yield_s, prolonged if later, failed if it ends first. Times alone: proxy for what only words can tell.",
        source="dyad, after Beattie's and Gravano's classes",
        proxy=True,
    ),
    "unclassified": Definition(
        text="Silences and overlaps of the state machine with both or nobody speaking next to them.", source="dyad; triads of VAP"
    ),
}
