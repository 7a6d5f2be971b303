"""What is seen of the partner's head, and what of it is answered.

The partner is seen with a fixed delay, so that the answer is the same whatever the length of a tick (up to that delay).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from dyad.agents.reactive.gaze import gaze_in_rest_frame
from dyad.agents.reactive.style import Mirroring
from dyad.motion import Motion

FACE_CONE_RAD = 0.17  # gaze within about 10° of the face counts as looking at it
NOD_DEPTH_RAD = 0.045  # 2.6°: a nod that is noticed
NOD_FRAMES_S = 0.7  # a dip that takes longer is a change of posture


class Glimpse(NamedTuple):
    """The partner in one frame."""

    smile: float
    blink: float
    pitch: float
    at_me: bool


class Noticed(NamedTuple):
    """What of the partner's motion stands out in one frame."""

    smile: bool
    nod: bool
    blink: bool
    at_me: bool


@dataclass
class SightState:
    """Glimpses not yet reacted to, and what was noticed last."""

    glimpses: dict[int, Glimpse] = field(default_factory=dict)
    smiling_s: float = 0.0
    blinking: bool = False
    at_me: bool = False
    highest: float = 0.0
    lowest: float = 0.0
    dip_s: float = 0.0


class Sight:
    """Watches the partner's head.

    Args:
        style: thresholds.
        dt: seconds a frame.
        delay_frames: how long after it happened something is reacted to.
    """

    def __init__(self, style: Mirroring, *, dt: float, delay_frames: int) -> None:
        """Remember the style."""
        self._style = style
        self._dt = dt
        self._delay = delay_frames

    def see(self, motion: Motion | None, state: SightState) -> None:
        """Take in the partner's motion of the tick before; updates ``state`` in place."""
        if motion is None or len(motion) == 0:
            return
        names = motion.channel_names
        face = "mouthSmileLeft" in names  # other bases show no face without the user's model
        columns = [names.index(name) for name in ("mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight")] if face else []
        weights = motion.expression[:, columns].tolist()
        heads, eyes = motion.head_rotation.tolist(), motion.gaze.mean(axis=1).tolist()
        for index, (head, eye) in enumerate(zip(heads, eyes, strict=True)):
            yaw, pitch = gaze_in_rest_frame((eye[0], eye[1]), (head[0], head[1], head[2]))
            smile_left, smile_right, blink_left, blink_right = weights[index] if face else (0.0, 0.0, 0.0, 0.0)
            state.glimpses[motion.start_frame + index] = Glimpse(
                smile=0.5 * (smile_left + smile_right),
                blink=0.5 * (blink_left + blink_right),
                pitch=head[0],
                at_me=abs(yaw) < FACE_CONE_RAD and abs(pitch) < FACE_CONE_RAD,
            )

    def notice(self, frame: int, state: SightState) -> Noticed:
        """What stood out up to ``delay_frames`` before a frame; updates ``state`` in place.

        In ticks longer than the delay a glimpse comes late; all that came late is noticed at once, and nothing is missed.
        """
        due = [seen for seen in state.glimpses if seen <= frame - self._delay]
        found = [self._stands_out(state.glimpses.pop(seen), state) for seen in due]
        return Noticed(
            smile=any(one.smile for one in found),
            nod=any(one.nod for one in found),
            blink=any(one.blink for one in found),
            at_me=state.at_me,
        )

    def _stands_out(self, glimpse: Glimpse, state: SightState) -> Noticed:
        was_smiling = state.smiling_s >= 0.3  # shorter than 300 ms is no smile
        state.smiling_s = state.smiling_s + self._dt if glimpse.smile > self._style.smile_from else 0.0
        blinked = glimpse.blink > 0.5 and not state.blinking
        state.blinking = glimpse.blink > 0.5
        state.at_me = glimpse.at_me
        return Noticed(
            smile=state.smiling_s >= 0.3 and not was_smiling, nod=self._nodded(glimpse.pitch, state), blink=blinked, at_me=glimpse.at_me
        )

    def _nodded(self, pitch: float, state: SightState) -> bool:
        """True when the head has gone down by more than a nod's depth and come halfway up again in time."""
        if pitch <= state.highest or state.dip_s > NOD_FRAMES_S:
            state.highest = state.lowest = pitch
            state.dip_s = 0.0
            return False
        state.dip_s += self._dt
        state.lowest = max(state.lowest, pitch)
        depth = state.lowest - state.highest
        if depth > NOD_DEPTH_RAD and state.lowest - pitch > 0.5 * depth:
            state.highest = state.lowest = pitch
            state.dip_s = 0.0
            return True
        return False
