"""What every non-verbal number is defined by, and where the definition comes from: one table, by id."""

from dyad.eval.turn_taking.definitions import BACKCHANNELS, Definition

NONVERBAL_DEFINITIONS: dict[str, Definition] = {
    "visual": BACKCHANNELS["visual"],
    "gesture_rate": Definition(
        text="Events of one kind per minute of tracked time, or of the own or the partner's speech with the other silent; an event belongs "
        "to the frame of its middle. Detectors: dyad.eval.events.",
        source="dyad.eval.events; people: about 12 nods a minute of listening (Ito 2025), 10.5 to 32.5 blinks a minute (Doughty 2001)",
    ),
    "gesture_length": Definition(
        text="Length of events of one kind, onset to offset.",
        source="dyad.eval.events; nods of people: mean 0.94 s for one cycle, 1.53 s for five (Mori, Den & Jokinen 2025)",
    ),
    "gesture_size": Definition(
        text="Largest half-cycle of a nod or shake from turning point to turning point; greatest distance of roll from its median for a "
        "tilt; greatest angle from the partner for gaze; greatest weight for the face.",
        source="dyad.eval.events",
    ),
    "long_blinks": Definition(
        text="Share of the listener's blinks (middle while the partner alone speaks) longer than long_blink_s.",
        source="Hömke, Holler & Levinson 2018 (short about 0.21 s, long about 0.61 s, boundary 0.41 s)",
    ),
    "gaze_share": Definition(
        text="Share of the frames of a state in which gaze, eyes turned by the head, lies within gaze_tolerance_deg of the partner.",
        source="Argyle & Ingham 1972 (people: 41 % speaking, 75 % listening, 61 % overall)",
    ),
    "mutual_gaze": Definition(
        text="Both at each other in the same frame, tracked on both sides: share of the time; stretches of at least mutual_least_s.",
        source="Argyle & Ingham 1972; Rogers et al. 2018 (mutual face gaze about 60 %, 2.2 s at a time)",
    ),
    "smile_share": Definition(text="Share of the tracked frames within a smile, of one or of both at once.", source="dyad.eval.events"),
    "smile_return": Definition(
        text="A partner's smile is returned where an own smile begins within smile_within_s after its onset; latency from onset to onset. "
        "Chance: the same after circular shifts of the own smiles.",
        source="dyad; uptake within 2 s as in event studies of mimicry (0.5 to 2.5 s)",
    ),
    "head_speed": Definition(
        text="Median angular speed of the head between neighbouring tracked frames while one voice is alone; ratio of speaking to "
        "listening.",
        source="dyad.eval.head_pose; about 2 in two clips of DualTalk's data, larger in Hadar 1983",
    ),
    "feedback_latency": Definition(
        text="Onset of a nod made without own speech minus the end of the partner's phrase (IPU) nearest to it, of nods from "
        "feedback_before_s before to feedback_after_s after an end; negative: before the end.",
        source="dyad; people: 0.2 to 0.4 s after the cue; visual feedback leads vocal by 0.18 to 0.20 s (Truong 2011)",
    ),
    "feedback_taken": Definition(
        text="Share of the partner's phrase ends with at least one such nod. Chance: the same after circular shifts of the nods.",
        source="dyad; people take about 42 % of the opportunities",
    ),
}
