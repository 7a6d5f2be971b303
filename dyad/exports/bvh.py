"""Head and eyes as a BVH skeleton: Body → Neck → Head → LeftEye, RightEye.

Lengths in centimetres and angles in degrees, as animation programs take BVH. Every joint's rotation channels are ``Yrotation Xrotation
Zrotation``: intrinsic yaw, pitch, roll in dyad's axes (y up, z out of the face, x to the subject's left), the root facing +z.

Programs disagree whether a joint's position channel replaces its OFFSET or adds to it, so joints with position channels have OFFSET zero:
the body (which stands still) and the neck, which carries the head's translation.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.angles import to_yaw_pitch_roll
from dyad.clock import FrameClock
from dyad.exports.formats import Material
from dyad.motion import Motion

CM = 100.0  # centimetres in a metre
NECK_CM = 9.0  # from the base of the neck to the joint between skull and neck
EYE_CM = np.array([3.16, 5.0, 7.9])  # centre of the left eye of the built-in average head, for heads whose eyes are not apart
BONE_END_CM = 3.0  # end of an eye's bone, forwards
ROTATIONS = "Yrotation Xrotation Zrotation"
POSITIONS = "Xposition Yposition Zposition"


def write(paths: Sequence[Path], material: Material) -> Mapping[str, Any]:
    """Write one seat's skeleton; any basis, since the face's expression has no bones (FLAME's jaw is left out too).

    Returns:
        Units, joints and channel order.
    """
    motion = material.motion
    head = material.head_of(material.seat)
    eyes = {"left_eye": EYE_CM, "right_eye": EYE_CM * [-1, 1, 1]}
    eyes |= {patch.name: CM * np.asarray(patch.centre, np.float64) for patch in head.patches if patch.kind == "eye"}
    frame_s = float(1 / FrameClock(frame_rate_hz=motion.frame_rate_hz).rate)
    lines = [*_hierarchy(eyes["left_eye"], eyes["right_eye"]), "MOTION", f"Frames: {len(motion)}", f"Frame Time: {frame_s:.9f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in _channels(motion)]
    paths[0].write_text("\n".join(lines) + "\n", encoding="ascii")
    return {
        "units": {"length": "centimetre", "angle": "degree", "time": "second"},
        "joints": ["Body", "Neck", "Head", "LeftEye", "RightEye"],
        "rotation_order": f"{ROTATIONS}: intrinsic yaw, pitch, roll",
        "neck": "carries the head's translation; the head's rotation is relative to the body's rest frame",
        "left_out": ["expression"],
    }


def _hierarchy(left_eye: npt.NDArray[Any], right_eye: npt.NDArray[Any]) -> list[str]:
    lines = ["HIERARCHY", "ROOT Body", "{", "  OFFSET 0.000000 0.000000 0.000000", f"  CHANNELS 6 {POSITIONS} {ROTATIONS}"]
    lines += ["  JOINT Neck", "  {", "    OFFSET 0.000000 0.000000 0.000000", f"    CHANNELS 6 {POSITIONS} {ROTATIONS}"]
    lines += ["    JOINT Head", "    {", f"      OFFSET 0.000000 {NECK_CM:.6f} 0.000000", f"      CHANNELS 3 {ROTATIONS}"]
    for name, centre in (("LeftEye", left_eye), ("RightEye", right_eye)):
        place = " ".join(f"{value:.6f}" for value in centre)
        lines += [f"      JOINT {name}", "      {", f"        OFFSET {place}", f"        CHANNELS 3 {ROTATIONS}", "        End Site"]
        lines += ["        {", f"          OFFSET 0.000000 0.000000 {BONE_END_CM:.6f}", "        }", "      }"]
    return [*lines, "    }", "  }", "}"]


def _channels(motion: Motion) -> npt.NDArray[np.float64]:
    """(T, 21) in the order of the hierarchy: body 6, neck 6, head 3, left eye 3, right eye 3."""
    frames = len(motion)
    still, no_roll = np.zeros((frames, 3)), np.zeros((frames, 1))
    head = np.degrees(to_yaw_pitch_roll(motion.head_rotation))
    eyes = [np.column_stack([np.degrees(motion.gaze[:, eye].astype(np.float64)), no_roll]) for eye in (0, 1)]
    return np.column_stack([still, still, CM * motion.head_translation.astype(np.float64), still, head, *eyes])
