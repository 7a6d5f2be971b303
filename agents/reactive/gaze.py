"""Looking at the partner and away, with eyes that lead and a head that follows.

The partner sits straight ahead of the rest frame. Angles are in radians: yaw > 0 to the subject's left, pitch > 0 down.
"""

import math
from dataclasses import dataclass

import numpy as np

from dyad.agents.reactive.style import Gaze

BALANCE_S = 1.0  # how many seconds too much in one state change the next duration by a factor of e
DWELL_SPREAD = 0.55  # log-normal spread of the times at the partner; skewed as observed bouts are
LARGEST_EXCESS_S = 1.0  # about one glance: a person's shares hold even in short conversations
SHORTEST_S = 0.4  # between two decisions to move the eyes
RETURN_S = 0.12  # from the end of speech to looking back; chosen, the end is heard a look-ahead early
FORESEEN_FOR_S = 2.0  # an own turn that begins within this time is the one that was foreseen; chosen
LARGEST_EYE_RAD = math.radians(33)  # comfortable ocular range before the head must help


@dataclass
class GazeState:
    """Where the eyes are and when they move next."""

    away: bool = False
    since_s: float = 0.0
    until_s: float = 0.0
    target: tuple[float, float] = (0.0, 0.0)  # yaw, pitch in the rest frame
    wander: tuple[float, float] = (0.0, 0.0)
    wander_until_s: float = 0.0
    now: tuple[float, float] = (0.0, 0.0)
    head: tuple[float, float] = (0.0, 0.0)  # the head's share of the gaze shift
    head_velocity: tuple[float, float] = (0.0, 0.0)
    excess_s: tuple[float, float] = (0.0, 0.0)  # seconds at the partner beyond the style's share: listening, speaking
    mutual_s: float = 0.0
    foreseen_s: float = -FORESEEN_FOR_S  # when an own turn was last foreseen


class Eyes:
    """Decides gaze shifts and moves the eyes.

    Args:
        style: shares, durations, directions.
        dt: seconds a frame.
    """

    def __init__(self, style: Gaze, *, dt: float) -> None:
        """Work out the filter steps."""
        self._style = style
        self._dt = dt
        self._saccade = 1 - math.exp(-2.0 * dt / style.saccade_s)
        self._omega = 2.0 / style.head_lag_s

    def look(
        self,
        time_s: float,
        *,
        talk: float,
        own_onset: bool,
        own_offset: bool,
        own_active: bool,
        partner_active: bool,
        partner_looks: bool,
        turn_foreseen: bool = False,
        state: GazeState,
        rng: np.random.Generator,
    ) -> float:
        """Advance one frame; updates ``state`` in place.

        Args:
            time_s: time of the frame.
            talk: 0 (listening) to 1 (talking).
            own_onset: an own turn begins.
            own_offset: an own speech stretch ends.
            own_active: own speech is running.
            partner_active: the partner's speech is running.
            partner_looks: the partner was seen looking at us.
            turn_foreseen: an own turn is expected; whether it begins with the gaze averted is decided now.
            state: of the eyes.
            rng: dice; rolled only when something is decided.

        Returns:
            Size of a gaze shift that starts in this frame, radians; 0 without one.
        """
        style = self._style
        self._keep_count(own_active=own_active, partner_active=partner_active, state=state)
        state.mutual_s = state.mutual_s + self._dt if partner_looks and not state.away else 0.0
        if turn_foreseen:
            state.foreseen_s = time_s
            if float(rng.random()) < style.turn_start_share and not state.away and state.excess_s[1] > -1.0:
                return self._turn_away(time_s, style.turn_ahead_away_s, talk=1.0, state=state, rng=rng)
        own_onset = own_onset and time_s >= state.foreseen_s + FORESEEN_FOR_S
        if own_onset and float(rng.random()) < style.turn_start_share and not state.away and state.excess_s[1] > -1.0:
            return self._turn_away(time_s, style.turn_start_away_s, talk=1.0, state=state, rng=rng)
        if own_offset and state.away:  # who hands over looks at the partner (Kendon 1967)
            state.until_s = min(state.until_s, time_s + RETURN_S)
        if state.mutual_s > style.mutual_s:  # a long mutual gaze is broken early by one of the two
            state.until_s -= 0.5 * self._dt
        excess = self._excess(talk, state)
        if abs(excess) > LARGEST_EXCESS_S and (excess < 0) == state.away:  # away for too long, or at the partner for too long
            state.until_s = min(state.until_s, max(time_s, state.since_s + SHORTEST_S))
        if time_s < state.until_s:
            self._wander(time_s, state, rng)
            return 0.0
        if state.away:
            state.away = False
            state.since_s = time_s
            state.until_s = time_s + self._dwell_s(talk=talk, state=state, rng=rng)
            shift = math.hypot(*state.target)
            state.target = (0.0, 0.0)
            return shift
        away_s = style.speaking_away_s if talk > 0.5 else style.listening_away_s
        return self._turn_away(time_s, away_s, talk=talk, state=state, rng=rng)

    def move(self, state: GazeState) -> tuple[float, float]:
        """Move eyes and head towards the target; returns the gaze direction (yaw, pitch) in the rest frame."""
        goal = (state.target[0] + state.wander[0], state.target[1] + state.wander[1])
        state.now = (
            state.now[0] + self._saccade * (goal[0] - state.now[0]),
            state.now[1] + self._saccade * (goal[1] - state.now[1]),
        )
        sideways, upright = self._style.head_share
        yaw = follow(state.head[0], state.head_velocity[0], sideways * state.target[0], self._omega, self._dt)
        pitch = follow(state.head[1], state.head_velocity[1], upright * state.target[1], self._omega, self._dt)
        state.head, state.head_velocity = (yaw[0], pitch[0]), (yaw[1], pitch[1])
        return state.now

    def _keep_count(self, *, own_active: bool, partner_active: bool, state: GazeState) -> None:
        """How far the time at the partner is from the style's share, speaking alone and listening; a person's habit holds throughout."""
        at_partner = 0.0 if state.away else 1.0
        listening, speaking = state.excess_s
        if own_active and not partner_active:
            speaking += self._dt * (at_partner - self._style.speaking_share)
        elif partner_active and not own_active:
            listening += self._dt * (at_partner - self._style.listening_share)
        state.excess_s = (listening, speaking)

    def _dwell_s(self, *, talk: float, state: GazeState, rng: np.random.Generator) -> float:
        style = self._style
        away_s = style.speaking_away_s[0] if talk > 0.5 else style.listening_away_s[0]
        share = style.speaking_share if talk > 0.5 else style.listening_share
        mean_s = away_s * share / max(1.0 - share, 0.001)  # who never looks away dwells for a quarter of an hour
        skew = math.exp(DWELL_SPREAD * float(rng.standard_normal()) - 0.5 * DWELL_SPREAD**2)
        return max(SHORTEST_S, mean_s * min(skew, 1.9) * math.exp(-self._excess(talk, state) / BALANCE_S))

    def _turn_away(self, time_s: float, length_s: tuple[float, float], *, talk: float, state: GazeState, rng: np.random.Generator) -> float:
        style = self._style
        mean_s, spread_s = length_s
        length = max(0.35, mean_s + spread_s * float(rng.standard_normal())) * math.exp(self._excess(talk, state) / BALANCE_S)
        state.away = True
        state.since_s = time_s
        state.until_s = time_s + min(length, 2.2 * mean_s)
        size = math.radians(float(rng.uniform(*style.away_deg)))
        roll, side = float(rng.random()), (1.0 if float(rng.random()) < 0.5 else -1.0)
        down, sideways, _ = style.directions
        if talk < 0.5:
            down, sideways = (1.0 - style.listening_side) * 0.6, style.listening_side
        slant = side * float(rng.uniform(0.25, 0.6))  # few look straight up or down
        if roll < down:
            state.target = (size * slant, size * 0.85)
        elif roll < down + sideways:
            state.target = (size * side, size * float(rng.uniform(-0.15, 0.25)))
        else:
            state.target = (size * slant, -size * 0.75)
        return size

    def _excess(self, talk: float, state: GazeState) -> float:
        return max(-2.0, min(2.0, state.excess_s[1] if talk > 0.5 else state.excess_s[0]))

    def _wander(self, time_s: float, state: GazeState, rng: np.random.Generator) -> None:
        if time_s >= state.wander_until_s:
            spread = math.radians(self._style.wander_deg)
            state.wander = (spread * float(rng.standard_normal()), spread * float(rng.standard_normal()))
            state.wander_until_s = time_s + float(rng.uniform(0.35, 1.1))


def eyes_in_head(gaze: tuple[float, float], head: tuple[float, float, float]) -> tuple[float, float]:
    """Eye angles (yaw, pitch) that look along ``gaze`` (rest frame) from a head turned by the rotation vector ``head``; radians."""
    yaw, pitch = gaze
    direction = (math.sin(yaw) * math.cos(pitch), -math.sin(pitch), math.cos(yaw) * math.cos(pitch))
    x, y, z = _turned_back(direction, head)
    eye_yaw, eye_pitch = math.atan2(x, z), math.atan2(-y, math.hypot(x, z))
    return _limited(eye_yaw), _limited(eye_pitch)


def gaze_in_rest_frame(eyes: tuple[float, float], head: tuple[float, float, float]) -> tuple[float, float]:
    """The inverse of ``eyes_in_head``: gaze direction (yaw, pitch) in the rest frame."""
    yaw, pitch = eyes
    direction = (math.sin(yaw) * math.cos(pitch), -math.sin(pitch), math.cos(yaw) * math.cos(pitch))
    x, y, z = _turned_back(direction, (-head[0], -head[1], -head[2]))
    return math.atan2(x, z), math.atan2(-y, math.hypot(x, z))


def _turned_back(vector: tuple[float, float, float], rotation: tuple[float, float, float]) -> tuple[float, float, float]:
    """Rodrigues' formula for the inverse rotation; plain floats, since it runs for every frame."""
    rx, ry, rz = (-part for part in rotation)
    angle = math.sqrt(rx * rx + ry * ry + rz * rz)
    if angle < 1e-9:
        return vector
    kx, ky, kz = rx / angle, ry / angle, rz / angle
    x, y, z = vector
    sine, cosine = math.sin(angle), math.cos(angle)
    along = (kx * x + ky * y + kz * z) * (1 - cosine)
    return (
        x * cosine + (ky * z - kz * y) * sine + kx * along,
        y * cosine + (kz * x - kx * z) * sine + ky * along,
        z * cosine + (kx * y - ky * x) * sine + kz * along,
    )


def _limited(angle: float) -> float:
    return max(-LARGEST_EYE_RAD, min(LARGEST_EYE_RAD, angle))


def follow(value: float, velocity: float, goal: float, omega: float, dt: float) -> tuple[float, float]:
    """One frame of a critically damped approach, solved exactly."""
    gap = value - goal
    slope = velocity + omega * gap
    decay = math.exp(-omega * dt)
    return goal + (gap + slope * dt) * decay, (velocity - omega * slope * dt) * decay
