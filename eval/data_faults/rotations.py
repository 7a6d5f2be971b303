"""Rotations that are not what they say: degrees for radians, neck and jaw in each other's place, axes named or turned otherwise."""

import math

import numpy as np
import numpy.typing as npt

from dyad.eval.data_faults.finding import Finding
from dyad.eval.data_faults.lips import LEAST_R, SURE_TIME_S, SYLLABLE_LAG_S, follows_voice
from dyad.eval.seat_view import SeatView

Array = npt.NDArray[np.float64]

FURTHEST_RAD = {"head": 1.6, "jaw": 1.0}
"""Nobody looks further aside than over their shoulder while talking, and a jaw opens by 0.6 rad at most. Seen: heads up to 0.38 rad, jaws
up to 0.23 (a published DualTalk clip, dyad); in degrees talking jaws pass 1 in most frames, and heads 1.6 in nearly all."""
TOO_FAR_SHARE = 0.05
SWAP_MARGIN = 0.1
"""The one axis of the neck must follow the voice better than the jaw's by this much to speak for a swap."""
AXIS_R, AXIS_MARGIN = 0.4, 0.2
"""The same for another axis of the jaw, of which there are five to choose from: above what a published clip gives by chance (0.3)."""
HINGE_SHARE = 0.6
"""Of a jaw's movement (variance) about one axis. Seen: 0.78 about x (the published clip), 1 (dyad)."""
JAW_ASIDE_RAD = 0.15
"""Jaws of published clips turn less than 0.14 rad about y and z; necks turn further than this in most clips."""
ASIDE_SHARE = 0.05
AXES = ("x", "y", "z")
_AXES_CURE = "Bring it to dyad's axes: x to the subject's left, y up, z out of the face; turning about x by more than 0 opens."


def rotation_unit(view: SeatView) -> list[Finding]:
    """Heads or jaws that turn further than any does: degrees taken for radians, or a rest pose that is not a face to the front."""
    motion = view.motion
    found = []
    for part, rotation in (("head", motion.head_rotation), ("jaw", motion.jaw_rotation)):
        angle = np.linalg.norm(rotation[motion.valid].astype(np.float64), axis=1)
        share = float((angle > FURTHEST_RAD[part]).mean()) if len(angle) else 0.0
        if share < TOO_FAR_SHARE:
            continue
        usual = float(np.median(angle))
        # No rotation vector need be longer than half a turn, so numbers beyond are no radians.
        says = f"It turns by up to {angle.max():.3g} rad ({math.degrees(angle.max()):.0f}°), {usual:.3g} rad as a rule."
        if angle.max() > math.pi + 0.01:
            cure = "Convert degrees or Euler angles to rotation vectors in radians (scipy's Rotation.from_euler(…).as_rotvec())."
        else:
            cure = "Take out the tracker's rest pose: 0 is a face to the front, upright, mouth shut."
        found.append(
            Finding(
                fault="wrong rotation unit",
                where=f"{part} of seat {motion.seat.name}",
                value=share,
                limit=TOO_FAR_SHARE,
                unit=f"of the frames > {FURTHEST_RAD[part]:g} rad",
                says=says,
                cure=cure,
            )
        )
    return found


def rotation_order(view: SeatView) -> list[Finding]:
    """Neck and jaw in each other's place (two published codebases disagree about their order), or a jaw about another axis than x.

    A jaw is a hinge about x that opens with the voice; a neck turns about all three axes, further, and hardly with the voice. A swap is
    judged where a jaw rotation is there: the head must be more of a hinge, and either follow the voice better or leave the jaw turning
    too far aside.
    """
    motion = view.motion
    jaw, head = (rotation.astype(np.float64) for rotation in (motion.jaw_rotation, motion.head_rotation))
    if not jaw[motion.valid].any():
        return []
    hinged_head = off_axis(head[motion.valid]) < off_axis(jaw[motion.valid])
    rightly = _r(jaw[:, 0], view)
    turned = {(axis, sign): _r(sign * jaw[:, axis], view) for axis in range(3) for sign in (1, -1)}
    (axis, sign), best = max(turned.items(), key=lambda item: item[1])
    of_head = _r(head[:, 0], view) if hinged_head else 0.0
    if best >= max(AXIS_R, rightly + AXIS_MARGIN, of_head):
        about = f"{'' if sign > 0 else '−'}{AXES[axis]}"
        says = f"The jaw follows the voice about {about} (r {best:.2f}), not about x (r {rightly:.2f})."
        return [_wrong(view, "wrong rotation axes", best - rightly, AXIS_MARGIN, "r", says, _AXES_CURE)]
    if view.seconds(view.own & motion.valid) >= SURE_TIME_S:
        axis, share = hinge(jaw[motion.valid])
        if axis != 0 and share >= max(HINGE_SHARE, hinge(head[motion.valid])[1]):
            says = f"The jaw turns about {AXES[axis]} ({share:.0%} of its movement), not about x."
            return [_wrong(view, "wrong rotation axes", share, HINGE_SHARE, "of the movement", says, _AXES_CURE)]
    if not hinged_head:
        return []
    swap = "Swap them: pose holds the neck first, then the jaw."
    if of_head >= LEAST_R and of_head - rightly >= SWAP_MARGIN:
        says = f"The neck follows the voice (r {of_head:.2f}) better than the jaw does (r {rightly:.2f}), and about one axis."
        return [_wrong(view, "wrong rotation order", of_head - rightly, SWAP_MARGIN, "r", says, swap)]
    aside = float((np.abs(jaw[motion.valid, 1:]).max(axis=1) > JAW_ASIDE_RAD).mean())
    if aside < ASIDE_SHARE:
        return []
    says = f"The jaw turns aside by more than {JAW_ASIDE_RAD:g} rad, the neck less."
    return [_wrong(view, "wrong rotation order", aside, ASIDE_SHARE, "of the frames", says, swap)]


def off_axis(rotation: Array) -> float:
    """Share of a rotation's movement, rotation vectors (T, 3), that is not about x: 0 for a hinge; 1 where nothing moves."""
    spread = rotation.var(axis=0)
    return math.sqrt(float(spread[1:].sum() / spread.sum())) if spread.any() else 1.0


def hinge(rotation: Array) -> tuple[int, float]:
    """The axis that a rotation, rotation vectors (T, 3), moves about most, and its share of the movement; 0 where nothing moves."""
    spread = rotation.var(axis=0)
    axis = int(spread.argmax())
    return axis, float(spread[axis] / spread.sum()) if spread.any() else 0.0


def _r(curve: Array, view: SeatView) -> float:
    """How well a curve (T,) follows the own voice; 0 where there is too little of it to say."""
    peak = follows_voice(curve, view, longest_lag_s=SYLLABLE_LAG_S, least_s=SURE_TIME_S)
    return 0.0 if peak is None else max(peak.r, 0.0)


def _wrong(view: SeatView, fault: str, value: float, limit: float, unit: str, says: str, cure: str) -> Finding:
    return Finding(fault=fault, where=f"seat {view.motion.seat.name}", value=value, limit=limit, unit=unit, says=says, cure=cure)
