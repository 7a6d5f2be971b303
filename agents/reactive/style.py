"""How a person moves: every rate, duration, amplitude and lag of the reactive agent, each with its source.

All are config values (``a.options.nods.per_minute=6``). Where the literature has no figure, the comment says "chosen": by looking at the
result, or so that the measured behaviour falls into the ranges that the sourced figures give.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Articulation:
    """Lips and jaw from the own voice."""

    look_ahead_s: float = 0.16  # visible articulation leads the sound by 100–300 ms (van Wassenhove 2007); also the filter's half width
    smoothing_s: float = 0.045  # chosen: keeps syllables (4–5 a second); jaws are heavier than loudness is quick
    jaw_gain: float = 0.62  # jawOpen at a speaker's loudest open vowels; chosen by eye on the head
    rounding_gain: float = 0.75  # mouthPucker and mouthFunnel on /u o w/; chosen by eye
    spread_gain: float = 0.55  # mouthStretch, mouthDimple and a touch of smile on /i e/; chosen by eye
    teeth_gain: float = 0.45  # mouthLowerDown and mouthUpperUp on sibilants; chosen by eye
    closure_level: float = 0.16  # loudness below which the lips meet inside speech (stops, nasals); chosen


@dataclass(frozen=True, kw_only=True)
class Talking:
    """Head and brows of the speaker."""

    head_sd_deg: tuple[float, float, float] = (0.54, 2.45, 1.22)  # pitch, yaw, roll; chosen, little pitch: two quick dips read as a nod
    head_band_hz: float = 0.7  # chosen: with the spread above medians of 9–12 °/s (two recorded clips: 9.8 and 21.8)
    beats_per_minute: float = 14.0  # pitch accents with head movement, about 4 of 10 accents (Graf 2002)
    beat_deg: float = 3.0  # size of a head beat; Graf 2002 describes them as small
    beat_s: float = 0.45  # chosen: one accent group
    brow_share: float = 0.45  # accents that also raise the brows; chosen
    brow_raise: float = 0.42  # weight of such a raise; chosen by eye
    attack_s: float = 0.18  # blend into talking; chosen, within the look-ahead plus a syllable
    release_s: float = 0.55  # blend out: pauses inside a turn have medians of 0.4–0.5 s (Heldner & Edlund 2010) and must not end it


@dataclass(frozen=True, kw_only=True)
class Nods:
    """Listener feedback with the head."""

    per_minute: float = 9.5  # of the partner's speech: accepted rates 6–12 (Poppe), 7.7 human (de Kok), ≈12 (Ito 2025)
    cycle_shares: tuple[float, ...] = (0.42, 0.34, 0.14, 0.07, 0.03)  # 42 % single, mean ≈ 1.9 (Mori, Den & Jokinen 2025: 42 %, 1.8)
    seconds_by_cycles: tuple[float, ...] = (0.94, 1.09, 1.24, 1.38, 1.53)  # 0.94 s (1) to 1.53 s (5), same source
    amplitude_deg: float = 5.5  # typical 4–8°
    amplitude_spread: float = 0.22  # log-normal; chosen
    declination: float = 0.04  # share lost a cycle: −0.098° a cycle of some 3° (Mori, Den & Jokinen 2025)
    low_pitch_percentile: float = 26.0  # Ward & Tsukahara 2000, English
    low_pitch_s: float = 0.110  # same
    speech_before_s: float = 0.700  # same
    cue_delay_s: tuple[float, float] = (0.20, 0.40)  # nod after a low-pitch cue
    phrase_end_delay_s: tuple[float, float] = (0.00, 0.30)  # chosen: feedback onset lies around the phrase end (TACT: mode −0.19 s)
    refractory_s: tuple[float, float] = (0.8, 1.4)  # Lala 2017
    patience_s: float = 4.0  # partner's speech without any cue after which a nod comes unprompted; chosen
    smile_share: float = 0.16  # of feedback; chosen
    brow_share: float = 0.14  # chosen
    tilt_share: float = 0.12  # chosen
    tilt_deg: float = 5.0  # chosen; tilts last 0.94–0.97 s on average (CCDb, NVB)
    tilt_s: float = 1.6  # chosen: held a little longer than annotated tilts, as a held tilt reads as interest


@dataclass(frozen=True, kw_only=True)
class Gaze:
    """Looking at the partner and away."""

    speaking_share: float = 0.47  # of speaking time at the partner: 41 % (Argyle & Ingham), face to face up to 80 % (IFADV)
    listening_share: float = 0.81  # 75 % (Argyle & Ingham) to 94 % (IFADV)
    speaking_away_s: tuple[float, float] = (1.96, 0.32)  # mean, SD; Andrist 2013, speaking
    listening_away_s: tuple[float, float] = (1.14, 0.27)  # Andrist 2013, listening
    turn_start_share: float = 0.731  # turns that begin with the gaze averted; Andrist 2013 (Kendon 1967)
    turn_start_away_s: tuple[float, float] = (1.27, 0.30)  # the part after the onset; Andrist 2013
    turn_ahead_away_s: tuple[float, float] = (2.30, 1.10)  # the whole of it, where the turn was foreseen (``Anticipation``); same source
    away_deg: tuple[float, float] = (17.0, 27.0)  # chosen: shifts below 5° go unnoticed (Andrist 2013), eyes alone reach ≈ 30°
    directions: tuple[float, float, float] = (0.39, 0.31, 0.30)  # down, side, up while speaking; Andrist 2013
    listening_side: float = 0.575  # sideways while listening; Andrist 2013
    saccade_s: float = 0.06  # 30–120 ms
    head_share: tuple[float, float] = (0.34, 0.07)  # of a shift carried by the head, sideways and up or down; chosen: a dipping head nods
    head_lag_s: float = 0.22  # the head follows the eyes; chosen
    mutual_s: float = 2.2  # mutual gaze bout (Rogers 2018), after which one of the two looks away sooner
    wander_deg: float = 1.3  # fixations inside the partner's face; chosen, below the 5° that are noticed


@dataclass(frozen=True, kw_only=True)
class Blinks:
    """Lids."""

    speaking_per_minute: float = 19.0  # 10.5–32.5 in conversation (Doughty 2001), 26 (Bentivoglio 1997)
    listening_per_minute: float = 15.0  # 8–21 in silent steady gaze (Doughty 2001)
    spread: float = 0.55  # of the log-normal interval; chosen
    duration_s: float = 0.21  # short listener blinks ≈ 208 ms (Hömke 2018)
    long_s: float = 0.607  # long listener blinks (Hömke 2018)
    long_share: float = 0.07  # of listener blinks, 5–10 %
    with_gaze_shift: float = 0.25  # large shifts that bring a blink; chosen
    after_partner: float = 0.25  # partner's blinks answered at speech breaks (Nakano & Kitazawa 2010 show the link; share chosen)
    after_partner_s: tuple[float, float] = (0.0, 0.10)  # on top of the mirroring delay: 0.25–0.5 s after the partner's (same source)


@dataclass(frozen=True, kw_only=True)
class Sway:
    """What never stops: breathing and balance."""

    breaths_per_minute: float = 15.0  # 12–20
    breath_deg: float = 0.22  # chosen
    breath_m: float = 0.0012  # chosen
    listening_sd_deg: tuple[float, float, float] = (0.9, 1.6, 1.0)  # pitch, yaw, roll; chosen so that speaking is ≈ 2 × as fast
    band_hz: float = 0.33  # chosen: the upper end of sway (0.01–0.25 Hz) and small posture shifts
    shift_m: float = 0.0035  # chosen


@dataclass(frozen=True, kw_only=True)
class Mirroring:
    """Reactions to what the partner's head just did."""

    delay_s: float = 0.40  # chosen: seeing and deciding; ticks up to this long leave the result unchanged
    smile_share: float = 0.42  # of the partner's smiles returned (one corpus, 42 %)
    smile_after_s: tuple[float, float] = (0.1, 1.4)  # on top of the delay: event studies 0.5–2.5 s
    smile_from: float = 0.22  # partner's mouthSmile that counts as a smile; chosen
    smile_weight: float = 0.45  # of an own smile; chosen by eye
    smile_s: float = 2.4  # macro-expressions 0.5–4 s
    smile_onset_s: float = 0.60  # 0.50–0.75 s
    nod_share: float = 0.25  # of the partner's nods echoed while listening; chosen
    nod_after_s: tuple[float, float] = (0.1, 0.3)  # on top of the delay: constant 600 ms lag of the follower (Hale 2020)


@dataclass(frozen=True, kw_only=True)
class Person:
    """How far one person differs from the next; drawn once from the seed.

    ``spread`` is the standard deviation of log-normal factors on rates and sizes; between-person spread is large in recordings, but
    wider draws would leave the ranges that hold for most people.
    """

    spread: float = 0.10
    asymmetry: float = 0.06  # left and right side of the face differ by this share; chosen


@dataclass(frozen=True, kw_only=True)
class Anticipation:
    """Acting before the partner stops, by what the voice activity projection expects."""

    feedback: bool = False  # nods are timed on expected ends of phrases too
    gaze: bool = False  # the gaze turns away before an own turn that is expected
    stop_chance: float = 0.25  # that the partner is silent for most of 0.2 to 0.8 s from now; chosen on validation calls
    turn_chance: float = 0.5  # own share of the speech expected 0.6 to 2.0 s from now; chosen on validation calls
    weights: str | None = None  # file made by dyad projection train; none takes the weights that come with dyad
