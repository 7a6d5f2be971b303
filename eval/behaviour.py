"""Does a head behave like a person in conversation? Figures per seat, each with a target.

Who speaks is taken from the diarization: a frame is *voiced* for a seat where its turns cover the frame (edges to the nearest frame).
*Speaking alone*: own voiced, partner not. *Listening*: partner voiced, own not. *Silent*: own not voiced, whatever the partner does.
Frames without valid tracking count nowhere. Figures over less than 5 seconds, and rates over less than
15, are not given but reported as not measurable.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dyad.arrays import BoolArray
from dyad.errors import InputError
from dyad.eval.events import EventRules, detect_events, unmeasurable_kinds
from dyad.eval.events.detect import DEFAULT_RULES
from dyad.eval.head_pose import gaze_offset, head_speed
from dyad.eval.measure import Measure, behaviour_table
from dyad.eval.mouth import jaw_opening, lip_aperture
from dyad.eval.seat_view import LEAST_RATE_TIME_S, Recorded, SeatView, Target, seat_views, widened
from dyad.eval.speech_energy import lagged_correlation
from dyad.recording import Event

__all__ = ["Measure", "Recorded", "behaviour_table", "measure_behaviour"]

Array = npt.NDArray[np.float64]

CLOSED_BELOW = 0.05
"""Lips are closed below this share of the aperture of a fully open jaw: 1.4 mm on ICT-FaceKit (proposal)."""
STILL_JAW = 1e-6
"""A jaw that moves by less than a millionth (of its range, or rad) does not move: it is rounding."""
RELEASE_S = 0.2
"""Time before and after own speech that the lenient mouth figure leaves out: lips part before the voice and close after it (proposal)."""
LONGEST_LAG_S = 0.1
"""Lags of jaw behind sound that the best-lag figures try: 0 to this. Real jaws are best at one frame of 30 fps."""
FEEDBACK_AFTER_S = 1.0
"""A nod up to this long after the partner fell silent still answers what was said (nods follow cues by 0.2 to 0.4 s and take about 1 s)."""

_ISSUE = "project target"
_JAW = (
    "project target; one real speaker (FACEGOOD, five takes): 0.62–0.79 over all frames; over voiced frames 0.44–0.62 in the same frame, "
    "0.52–0.69 one frame later"
)
_NODS = "project target; accepted rates 6–12 a minute (Poppe), 7.7 in people (de Kok)"
_SPEED = "project target; about 2 in two DualTalk clips"


def measure_behaviour(recording: Recorded, *, rules: EventRules = DEFAULT_RULES) -> list[Measure]:
    """All behaviour figures of each seat that has motion, seat A first.

    Args:
        recording: sound, turns and motion.
        rules: thresholds of the event detectors and the gaze cone.

    Raises:
        InputError: no motion at all.
    """
    if not recording.motion:
        raise InputError("recording", expected="motion of at least one seat", got="none", cure="Simulate it first.")
    measures: list[Measure] = []
    for view in seat_views(recording):
        events = detect_events(view.motion, rules=rules)
        measures += [*_jaw_measures(view), *_mouth_measures(view), *_head_measures(view)]
        measures += [*_event_measures(view, events), *_gaze_measures(view, rules)]
    return measures


def _jaw_measures(view: SeatView) -> list[Measure]:
    found = jaw_opening(view.motion)
    jaw = np.zeros(len(view.motion)) if found is None else found[0]
    unknown = f"no jaw is known for basis {view.motion.basis}" if found is None else ""
    valid, rate = view.motion.valid, view.motion.frame_rate_hz
    energy_words = "log energy (dB, 40 ms per frame, no other smoothing, at most 40 dB below the voice's loud parts)"

    def follows(energy: Array, where: BoolArray, lag_frames: int = 0) -> float | None:
        """Correlation; a jaw that never moves follows nothing (0), but silence cannot be followed (None)."""
        r = lagged_correlation(jaw, energy, where=where, lag_frames=lag_frames)
        return 0.0 if r is None and where.any() and np.ptp(energy[where]) > 0 and np.ptp(jaw[where]) < STILL_JAW else r

    def correlation(name: str, energy: Array, where: BoolArray, words: str, target: Target) -> Measure:
        r = follows(energy, where)
        definition = f"Pearson's r of jaw opening with the {words}, same frame; 0 if the jaw does not move there"
        return view.measure(name, r, where=where, definition=definition, target=target, source=_JAW, reason=unknown or _silent(r))

    own, partner = view.own & valid, view.partner & valid
    by_lag = {lag: follows(view.own_db, own, lag) for lag in range(int(LONGEST_LAG_S * rate + 1e-9) + 1)}
    defined = {lag: r for lag, r in by_lag.items() if r is not None}
    best = max(defined, key=lambda lag: defined[lag], default=None)
    best_r = None if best is None else defined[best]
    lag_words = f"jaw 0 to {LONGEST_LAG_S:g} s behind the sound"
    return [
        correlation("jaw_own_speech_r", view.own_db, own, f"own {energy_words} over own voiced frames", (0.55, None)),
        view.measure(
            "jaw_own_speech_best_lag_r",
            best_r,
            where=own,
            definition=f"jaw_own_speech_r at the best lag, {lag_words}",
            source=_JAW,
            reason=unknown or _silent(best_r),
        ),
        view.measure(
            "jaw_own_speech_lag",
            1000 * best / rate if best is not None and best_r else None,
            where=own,
            unit="ms",
            definition=f"that lag: {lag_words}",
            source="one frame at 30 fps in real speech (FACEGOOD)",
            reason=unknown or ("" if best_r else "the jaw does not follow the sound at all"),
        ),
        correlation("jaw_own_whole_r", view.own_db, valid, f"own {energy_words} over all frames", (None, None)),
        correlation("jaw_partner_speech_r", view.partner_db, partner, f"partner's {energy_words} over partner-voiced frames", (None, None)),
        correlation("jaw_partner_whole_r", view.partner_db, valid, f"partner's {energy_words} over all frames", (None, 0.1)),
    ]


def _mouth_measures(view: SeatView) -> list[Measure]:
    aperture = lip_aperture(view.motion)
    unknown = f"basis {view.motion.basis} does not name the lips' channels" if aperture is None else ""
    closed = np.zeros(len(view.motion), np.bool_) if aperture is None else aperture < CLOSED_BELOW
    silent = ~view.own & view.motion.valid
    clear = silent & ~widened(view.own, view.motion.frame_rate_hz, before_s=RELEASE_S, after_s=RELEASE_S)
    words = f"lip aperture (see dyad.eval.mouth) below {CLOSED_BELOW:g} of a fully open jaw's"
    return [
        view.measure(
            "mouth_closed_silent",
            _percent(closed, silent),
            where=silent,
            unit="%",
            definition=f"share of all frames without own speech with {words}",
            target=(95.0, None),
            source=_ISSUE,
            reason=unknown,
        ),
        view.measure(
            "mouth_closed_silent_clear",
            _percent(closed, clear),
            where=clear,
            unit="%",
            definition=f"the same without the {RELEASE_S:g} s before and after own speech",
            source=_ISSUE,
            reason=unknown,
        ),
    ]


def _head_measures(view: SeatView) -> list[Measure]:
    speed = head_speed(view.motion)
    states = {"speaking": view.speaking, "listening": view.listening}
    medians: dict[str, float | None] = {}
    measures = []
    for state, where in states.items():
        steps = where[:-1] & where[1:]
        medians[state] = float(np.median(speed[steps])) if steps.any() else None
        words = "own voice alone" if state == "speaking" else "partner's voice alone"
        definition = f"median angular speed of the head between neighbouring frames, {words}"
        measures.append(view.measure(f"head_speed_{state}", medians[state], where=where, unit="°/s", definition=definition))
    speaking, listening = medians["speaking"], medians["listening"]
    shorter = min(states.values(), key=np.count_nonzero)
    still = "the head is still while listening" if listening == 0 else ""
    measures.append(
        view.measure(
            "head_speed_ratio",
            speaking / listening if speaking is not None and listening else None,
            where=shorter,
            definition="head_speed_speaking over head_speed_listening",
            target=(1.5, 2.5),
            source=_SPEED,
            reason=still,
        )
    )
    return measures


def _event_measures(view: SeatView, events: Sequence[Event]) -> list[Measure]:
    motion = view.motion
    no_blinks = unmeasurable_kinds(motion).get("blink", "")
    blinks = sum(event.kind == "blink" for event in events)
    middles = [(event.start_s + event.end_s) / 2 for event in events if event.kind == "nod"]
    frames = np.array([min(len(motion) - 1, int(middle * motion.frame_rate_hz) - motion.start_frame) for middle in middles], np.int64)
    after = widened(view.partner, motion.frame_rate_hz, before_s=0.0, after_s=FEEDBACK_AFTER_S) & ~view.own
    partner = view.partner & motion.valid
    feedback, strict, alone = (int(np.count_nonzero(where[frames])) for where in (after, partner & ~view.own, view.speaking))

    def rate(name: str, count: int, where: BoolArray, definition: str, target: Target, **words: str) -> Measure:
        seconds = view.seconds(where)
        per_minute = 60 * count / seconds if seconds else None
        return view.measure(
            name, per_minute, where=where, n=count, unit="/min", definition=definition, target=target, least_s=LEAST_RATE_TIME_S, **words
        )

    words = "nods whose middle falls while the partner speaks and the own voice does not"
    return [
        rate("blinks", blinks, motion.valid, "blinks per minute of tracked time", (10.0, 30.0), source=_ISSUE, reason=no_blinks),
        rate(
            "feedback_nods",
            feedback,
            partner,
            f"{words}, or up to {FEEDBACK_AFTER_S:g} s after, per minute of the partner's speech",
            (4.0, 15.0),
            source=_NODS,
        ),
        rate("feedback_nods_strict", strict, partner, f"{words}, per minute of the partner's speech", (None, None), source=_NODS),
        view.measure(
            "nods_speaking_alone",
            float(alone),
            where=view.speaking,
            n=alone,
            unit="nods",
            definition="count of nods whose middle falls while the own voice is alone",
            target=(None, 0.0),
            source=_ISSUE,
        ),
    ]


def _gaze_measures(view: SeatView, rules: EventRules) -> list[Measure]:
    reason = unmeasurable_kinds(view.motion).get("gaze_away", "")
    offset = gaze_offset(view.motion, partner_yaw_deg=rules.gaze.partner_yaw_deg, partner_pitch_deg=rules.gaze.partner_pitch_deg)
    at_partner = offset <= rules.gaze.tolerance_deg
    words = f"with gaze (eyes turned by the head) within {rules.gaze.tolerance_deg:g}° of the partner"
    states = {"speaking": (view.speaking, "own", (35.0, 60.0)), "listening": (view.listening, "partner's", (70.0, 95.0))}
    return [
        view.measure(
            f"gaze_at_partner_{state}",
            _percent(at_partner, where),
            where=where,
            unit="%",
            definition=f"share of the frames of the {whose} voice alone {words}",
            target=target,
            source="project target; 41 % and 75 % in people (Argyle)",
            reason=reason,
        )
        for state, (where, whose, target) in states.items()
    ]


def _percent(condition: BoolArray, where: BoolArray) -> float | None:
    return float(100 * np.mean(condition[where])) if where.any() else None


def _silent(r: float | None) -> str:
    return "the sound does not change there" if r is None else ""
