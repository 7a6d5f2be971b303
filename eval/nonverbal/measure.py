"""All non-verbal measures of one conversation."""

from collections.abc import Mapping, Sequence

from pyannote.core import Annotation

from dyad.errors import InputError
from dyad.eval.events import detect_events
from dyad.eval.nonverbal.answers import feedback_measures, smile_return_measures
from dyad.eval.nonverbal.gestures import gesture_measures, head_speed_measures
from dyad.eval.nonverbal.looks import gaze_measures, mutual_measures, smile_share
from dyad.eval.nonverbal.rules import NonverbalRules
from dyad.eval.nonverbal.seat_frames import SeatFrames
from dyad.eval.turn_taking.intervals import TurnIntervals
from dyad.eval.turn_taking.turn_measure import TurnMeasure
from dyad.motion import Motion
from dyad.recording import Event
from dyad.seat import Seat


def measure_nonverbal(
    motion: Mapping[Seat, Motion],
    turns: Annotation | TurnIntervals,
    *,
    events: Sequence[Event] | None = None,
    rules: NonverbalRules | None = None,
    seed: int = 0,
) -> list[TurnMeasure]:
    """What heads and faces did, speaking and listening, seat A first, then what both did together.

    The same names in the same order for every seat that has motion. What cannot be measured (a basis without the channels, eyes not
    recorded, too little time) has no value; the parameter ``not_measured`` says why. What takes both seats (mutual gaze, smiles returned)
    is left out where one has no motion.

    Args:
        motion: by seat, of one or both.
        turns: who speaks when, labels A and B.
        events: what the heads did; by default what ``detect_events`` finds with the rules.
        rules: thresholds.
        seed: of the circular shifts behind the figures of chance.

    Raises:
        InputError: no motion at all, or turns with other labels.
    """
    if not any(len(side) for side in motion.values()):
        raise InputError("motion", expected="motion of at least one seat", got="none", cure="Simulate it first.")
    rules = rules or NonverbalRules()
    if isinstance(turns, Annotation):
        ends = [side.stop_frame / side.frame_rate_hz for side in motion.values()]
        last = turns.get_timeline().extent().end if len(turns) else 0.0
        turns = TurnIntervals.from_annotation(turns, duration_s=max(*ends, last, 0.0))
    seats = {}
    for seat in sorted(motion):
        found = detect_events(motion[seat], rules=rules.events) if events is None else [event for event in events if event.seat == seat]
        seats[seat] = SeatFrames(motion=motion[seat], turns=turns, events=found, rules=rules)
    measures: list[TurnMeasure] = []
    for seat, frames in seats.items():
        measures += [*gesture_measures(frames), *head_speed_measures(frames), *gaze_measures(frames), smile_share(frames)]
        measures += feedback_measures(frames, seed=seed)
        if seat.partner in seats:
            measures += smile_return_measures(frames, seats[seat.partner], seed=seed)
    if len(seats) == len(Seat):
        measures += mutual_measures(seats)
    return measures
