"""The default agent: a person who talks, listens and reacts, by rules with sources. Needs no weights."""

import copy
import math
from dataclasses import dataclass, field, replace

import numpy as np

from dyad.agents.reactive.accents import Accents, AccentState
from dyad.agents.reactive.articulation import Mouth, MouthState
from dyad.agents.reactive.blinks import BlinkState, Lids
from dyad.agents.reactive.face import CHANNEL, add_eyes, add_feelings
from dyad.agents.reactive.feedback import FeedbackState, Listener
from dyad.agents.reactive.floor import Floor, FloorState, Moment, merge
from dyad.agents.reactive.foresight import Foresight, ForesightState
from dyad.agents.reactive.gaze import Eyes, GazeState, eyes_in_head, follow
from dyad.agents.reactive.gestures import Gesture, hold, swing
from dyad.agents.reactive.hearing import QUIET, Ear, EarState, Heard
from dyad.agents.reactive.mirroring import Noticed, Sight, SightState
from dyad.agents.reactive.noise import Wander
from dyad.agents.reactive.style import Anticipation, Articulation, Blinks, Gaze, Mirroring, Nods, Person, Sway, Talking
from dyad.bases import ARKIT52
from dyad.clock import FrameClock
from dyad.contracts import AgentSpec, Place
from dyad.motion import Motion
from dyad.percept import Percept

LARGE_SHIFT_RAD = math.radians(12)  # gaze shifts from here on may bring a blink
TALK_WANDERERS = 3  # pitch, yaw, roll while talking
REST_WANDERERS = 7  # pitch, yaw, roll, sideways, forward; smile, brow
NOD_GIVES_WAY_S = 0.10  # a listener who starts to speak stops nodding within about a third of a second
HEAD_BLEND_S = 0.25  # the head takes up a speaker's ways within half a second; chosen: heavier than the face, and never with a jerk


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Factors that tell one person from the next."""

    nod_rate: float
    nod_size: float
    blink_rate: float
    head_size: float
    smile_size: float
    brow_size: float
    lean: float  # of smiles and brows to the subject's left (> 0) or right


@dataclass
class ReactiveState:
    """All that changes while the agent lives."""

    rng: np.random.Generator
    traits: Traits
    own_ear: EarState
    partner_ear: EarState
    mouth: MouthState
    floor: FloorState
    gaze: GazeState
    lids: BlinkState
    feedback: FeedbackState
    sight: SightState
    talk_wander: list[list[float]]
    rest_wander: list[list[float]]
    heard_frames: int = 0
    accent: AccentState = field(default_factory=AccentState)
    gestures: list[Gesture] = field(default_factory=list)
    nod_room: tuple[float, float] = (1.0, 0.0)  # level and its speed
    head_talk: tuple[float, float] = (0.0, 0.0)
    smile_ready_s: float = 0.0
    foresight: ForesightState | None = None


class Reactive:
    """Talks, listens, and reacts to the partner's generated motion.

    Talking: lips and jaw from the own voice's spectrum, head and brows from its prosody. Listening: nods, smiles, brow raises and tilts
    timed on the partner's phrase ends, low pitch and pauses. Always: blinks, breathing, sway, gaze. Reacting: returned smiles, echoed
    nods, answered blinks, broken mutual gaze. Talking and listening blend. Random by seed; the motion does not depend on how the frames
    are cut into ticks, as long as a tick is not longer than ``mirroring.delay_s``.

    Args:
        place: seat and frame rate (20 to 60 fps).
        articulation, talking, nods, gaze, blinks, sway, mirroring, person, anticipation: figures, see ``dyad.agents.reactive.style``.
    """

    def __init__(
        self,
        place: Place,
        *,
        articulation: Articulation = Articulation(),  # noqa: B008  # frozen values
        talking: Talking = Talking(),  # noqa: B008
        nods: Nods = Nods(),  # noqa: B008
        gaze: Gaze = Gaze(),  # noqa: B008
        blinks: Blinks = Blinks(),  # noqa: B008
        sway: Sway = Sway(),  # noqa: B008
        mirroring: Mirroring = Mirroring(),  # noqa: B008
        person: Person = Person(),  # noqa: B008
        anticipation: Anticipation = Anticipation(),  # noqa: B008
    ) -> None:
        """Prepare everything that does not change."""
        self._clock = FrameClock(frame_rate_hz=place.frame_rate_hz)
        self._dt = self._clock.seconds(1)
        ahead = max(1, self._clock.frame(articulation.look_ahead_s))
        self.spec = AgentSpec(frame_rate_hz=place.frame_rate_hz, look_ahead_frames=ahead)
        self._talking, self._nods, self._sway, self._mirroring, self._person = talking, nods, sway, mirroring, person
        self._blinks = blinks
        self._ear = Ear(self._clock)
        self._mouth = Mouth(articulation, frame_rate_hz=place.frame_rate_hz, look_ahead_frames=ahead)
        self._floor = Floor(talking=talking, nods=nods, dt=self._dt)
        self._eyes = Eyes(gaze, dt=self._dt)
        self._lids = Lids(blinks, dt=self._dt)
        self._listener = Listener(nods, mirroring, dt=self._dt)
        self._sight = Sight(mirroring, dt=self._dt, delay_frames=max(1, self._clock.frame(mirroring.delay_s)))
        self._anticipation = anticipation
        self._foresight = Foresight(anticipation, self._clock) if anticipation.feedback or anticipation.gaze else None
        self._accents = Accents(talking, dt=self._dt)
        self._talk_wander = Wander(band_hz=talking.head_band_hz, frame_rate_hz=place.frame_rate_hz)
        self._rest_wander = Wander(band_hz=sway.band_hz, frame_rate_hz=place.frame_rate_hz)

    def initial_state(self, *, seed: int) -> ReactiveState:
        """A person drawn from the seed, at rest, before the first sound."""
        rng = np.random.default_rng(seed)
        spread = self._person.spread
        nod_rate, nod_size, blink_rate, head_size, smile_size, brow_size = np.exp(spread * rng.standard_normal(6).clip(-2, 2)).tolist()
        return ReactiveState(
            rng=rng,
            traits=Traits(
                nod_rate=nod_rate,
                nod_size=nod_size,
                blink_rate=blink_rate,
                head_size=head_size,
                smile_size=smile_size,
                brow_size=brow_size,
                lean=float(rng.standard_normal()) * self._person.asymmetry,
            ),
            own_ear=EarState(),
            partner_ear=EarState(),
            mouth=self._mouth.initial_state(),
            floor=FloorState(),
            gaze=GazeState(until_s=float(rng.uniform(0.5, 3.0))),
            lids=self._lids.initial_state(rng),
            feedback=FeedbackState(due=float(rng.uniform(0.3, 0.6))),
            sight=SightState(),
            talk_wander=self._talk_wander.start(rng.standard_normal((TALK_WANDERERS, 2))),
            rest_wander=self._rest_wander.start(rng.standard_normal((REST_WANDERERS, 2))),
            foresight=None if self._foresight is None else self._foresight.initial_state(),
        )

    def step(self, percept: Percept, state: ReactiveState) -> tuple[Motion, ReactiveState]:
        """Generate the frames of one tick, each from what is known about it alone, so that chunking leaves no trace."""
        state = copy.deepcopy(state)
        self._sight.see(percept.partner_motion, state.sight)
        expression = np.zeros((percept.frames, len(ARKIT52)), np.float32)
        head_rotation = np.zeros((percept.frames, 3), np.float32)
        head_translation = np.zeros((percept.frames, 3), np.float32)
        gaze = np.zeros((percept.frames, 2, 2), np.float32)
        for index in range(percept.frames):
            frame = percept.start_frame + index
            moment, own = self._hear(frame + self.spec.look_ahead_frames, percept, state)
            face, head_rotation[index], head_translation[index], eyes = self._move(frame, moment, own, state)
            for name, weight in face.items():
                expression[index, CHANNEL[name]] = weight
            gaze[index] = eyes
        motion = Motion(
            seat=percept.seat,
            start_frame=percept.start_frame,
            frame_rate_hz=self.spec.frame_rate_hz,
            expression=expression.clip(0.0, 1.0),
            head_rotation=head_rotation,
            head_translation=head_translation,
            gaze=gaze,
        )
        return motion, state

    def _hear(self, last: int, percept: Percept, state: ReactiveState) -> tuple[Moment, Heard]:
        """Hear up to a frame; at the very start that is the whole look-ahead at once."""
        moments = []
        own = QUIET
        for frame in range(state.heard_frames, last + 1):
            samples = slice(self._clock.sample(frame) - percept.sample_start, self._clock.sample(frame + 1) - percept.sample_start)
            place = frame - percept.activity_start
            own = self._ear.hear(percept.own_audio[samples], bool(percept.own_active[place]), state.own_ear)
            partner = self._ear.hear(percept.partner_audio[samples], bool(percept.partner_active[place]), state.partner_ear)
            self._mouth.hear(own, state.mouth)
            moments.append(self._foresee(frame, self._floor.follow(own, partner, state.floor), state))
        state.heard_frames = last + 1
        return merge(moments), own

    def _foresee(self, frame: int, moment: Moment, state: ReactiveState) -> Moment:
        """Add what the projection expects, where it is used."""
        if self._foresight is None or state.foresight is None:
            return moment
        floor, wanted = state.floor, self._anticipation
        found = self._foresight.follow(frame, own_active=floor.own_active, partner_active=floor.partner_active, state=state.foresight)
        return replace(
            moment, stop_foreseen=wanted.feedback and found.partner_stops, turn_foreseen=wanted.gaze and found.own_turn and floor.talk < 0.5
        )

    def _move(
        self, frame: int, moment: Moment, own: Heard, state: ReactiveState
    ) -> tuple[dict[str, float], tuple[float, ...], tuple[float, ...], tuple[float, float]]:
        """Face weights, head rotation, head translation and eye angles of one frame."""
        time_s, floor, rng = self._clock.seconds(frame), state.floor, state.rng
        noticed = self._sight.notice(frame, state.sight)
        self._react(time_s, noticed, state)
        state.gestures += self._listener.attend(
            time_s, moment, floor=floor, rate=state.traits.nod_rate, size=state.traits.nod_size, state=state.feedback, rng=rng
        )
        if moment.own_onset:
            self._listener.give_way(time_s, state.gestures, state.feedback)
        state.gestures += self._accents.mark(time_s, own, size=state.traits.head_size, state=state.accent, rng=rng)
        shift = self._eyes.look(
            time_s,
            talk=floor.talk,
            own_onset=moment.own_onset and floor.talk < 0.5 and not floor.partner_active,  # into the partner's speech goes feedback
            own_offset=moment.own_offset,
            own_active=floor.own_active,
            partner_active=floor.partner_active,
            partner_looks=noticed.at_me,
            turn_foreseen=moment.turn_foreseen,
            state=state.gaze,
            rng=rng,
        )
        if shift > LARGE_SHIFT_RAD and float(rng.random()) < self._blinks.with_gaze_shift:
            self._lids.prompt(time_s, state.lids)
        gaze = self._eyes.move(state.gaze)
        lids = self._lids.close(time_s, talk=floor.talk, rate=state.traits.blink_rate, state=state.lids, rng=rng)
        draws = rng.standard_normal(2 * (TALK_WANDERERS + REST_WANDERERS)).tolist()
        self._talk_wander.advance(state.talk_wander, draws[: 2 * TALK_WANDERERS])
        self._rest_wander.advance(state.rest_wander, draws[2 * TALK_WANDERERS :])
        rotation, translation, smile, brow = self._compose(time_s, state)
        eyes = eyes_in_head(gaze, rotation)
        face = self._mouth.show(state.mouth)
        add_feelings(face, smile=smile, brow=brow, lean=state.traits.lean)
        add_eyes(face, eyes=eyes, lids=lids)
        state.gestures = [gesture for gesture in state.gestures if gesture.stop_s > time_s]
        return face, rotation, translation, eyes

    def _react(self, time_s: float, noticed: Noticed, state: ReactiveState) -> None:
        """Answer what was seen of the partner's head."""
        style, rng, floor = self._mirroring, state.rng, state.floor
        if noticed.smile and time_s >= state.smile_ready_s and float(rng.random()) < style.smile_share:
            seconds = style.smile_s * float(rng.uniform(0.7, 1.3))
            start_s = time_s + float(rng.uniform(*style.smile_after_s))
            state.gestures.append(Gesture("smile", start_s, seconds, style.smile_weight * state.traits.smile_size))
            state.smile_ready_s = start_s + seconds + 2.0  # one answer to one smile, else two agents would smile at each other for ever
        listening = not floor.own_active and floor.talk < 0.2
        if (
            noticed.nod
            and listening
            and state.feedback.due > 0.0
            and time_s >= state.feedback.ready_s
            and float(rng.random()) < style.nod_share
        ):
            start_s = time_s + float(rng.uniform(*style.nod_after_s))
            state.gestures += self._listener.respond(start_s, size=state.traits.nod_size, state=state.feedback, rng=rng)[:1]
        pausing = not (floor.own_active and floor.partner_active)
        if noticed.blink and pausing and float(rng.random()) < self._blinks.after_partner:
            self._lids.prompt(time_s + float(rng.uniform(*self._blinks.after_partner_s)), state.lids)

    def _compose(self, time_s: float, state: ReactiveState) -> tuple[tuple[float, float, float], tuple[float, float, float], float, float]:
        """Head rotation (rad), head translation (m), smile and brow weights of one frame."""
        sway, traits = self._sway, state.traits
        talk, _ = state.head_talk = follow(*state.head_talk, state.floor.talk, 2.0 / HEAD_BLEND_S, self._dt)
        nodding = any(gesture.kind == "nod" and gesture.start_s <= time_s for gesture in state.gestures)
        if state.floor.own_active or (nodding and state.nod_room[0] < 1.0):  # a nod that had to give way does not come back
            state.nod_room = follow(*state.nod_room, 0.0, 2.0 / NOD_GIVES_WAY_S, self._dt)
        else:
            state.nod_room = (1.0, 0.0)
        rest = [position for position, _ in state.rest_wander]
        angles = [
            (1.0 - 0.5 * talk) * sd * rest[axis] + talk * traits.head_size * talk_sd * state.talk_wander[axis][0]
            for axis, (sd, talk_sd) in enumerate(zip(sway.listening_sd_deg, self._talking.head_sd_deg, strict=True))
        ]
        breath = math.sin(2 * math.pi * sway.breaths_per_minute / 60.0 * time_s)
        angles[0] += sway.breath_deg * breath
        smile, brow = max(0.0, 0.03 + 0.02 * rest[5]), 0.0
        for gesture in state.gestures:
            if gesture.kind == "nod":
                angles[0] += state.nod_room[0] * gesture.size * swing(gesture, time_s)
            elif gesture.kind == "tilt":
                angles[2] += gesture.size * hold(gesture, time_s, onset_s=0.45)
            elif gesture.kind == "beat":
                amount = gesture.size * swing(gesture, time_s)
                angles[0] += 0.25 * amount
                angles[1] += gesture.yaw * amount
                angles[2] += gesture.roll * amount
            elif gesture.kind == "smile":
                smile += gesture.size * hold(gesture, time_s, onset_s=self._mirroring.smile_onset_s)
            else:
                brow += gesture.size * traits.brow_size * hold(gesture, time_s, onset_s=0.16)
        turn_yaw, turn_pitch = state.gaze.head
        rotation = (math.radians(angles[0]) + turn_pitch, math.radians(angles[1]) + turn_yaw, math.radians(angles[2]))
        translation = (sway.shift_m * rest[3], sway.breath_m * breath, sway.shift_m * (rest[4] + 0.6 * talk))
        return rotation, translation, min(smile, 0.9), brow + max(0.0, 0.02 * rest[6])
