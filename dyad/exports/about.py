"""What a file of motion must say besides its numbers: units, axes, frame rate, neutral pose, version of the basis."""

from typing import Any

import numpy as np

import dyad
from dyad.arrays import BoolArray
from dyad.exports.formats import Material
from dyad.seat import Seat
from dyad.statement import KIND

AXES = "right-handed; x to the subject's left, y up, z out of the face; origin at the joint between skull and neck"
BASES = {
    "arkit52": "Apple ARFaceAnchor.BlendShapeLocation, all 52 (ARKit 2 and later); weights 0 to 1; left and right are the subject's",
    "flame50": "first 50 expression components of FLAME 2020; unit: standard deviations",
}
NEUTRAL_POSES = {
    "arkit52": "all weights 0: eyes open, mouth closed, face relaxed; head rotation 0 faces the partner",
    "flame50": "FLAME's template: all coefficients and rotations 0",
}


def about(material: Material, *, to: str) -> dict[str, Any]:
    """The statement of one export; plain values, for JSON."""
    recording = material.recording
    return {
        "kind": KIND,
        "dyad_version": dyad.__version__,
        "format": to,
        "conversation_id": recording.conversation_id,
        "frame_rate_hz": recording.frame_rate_hz,
        "frames": recording.frames,
        "start_frame": recording.motion[Seat.A].start_frame,
        "sound": material.sound,
        "sound_channels": {"A": "left", "B": "right"},
        "units": {"length": "metre", "angle": "radian", "time": "second"},
        "axes": AXES,
        "seats": {seat.name: _seat(material, seat) for seat in material.seats},
    }


def _seat(material: Material, seat: Seat) -> dict[str, Any]:
    motion = material.recording.motion[seat]
    return {
        "participant": material.recording.participants[seat],
        "basis": motion.basis,
        "basis_version": BASES.get(motion.basis, motion.basis),
        "neutral_pose": NEUTRAL_POSES.get(motion.basis, "all channels 0"),
        "invalid_frames": runs_of(~motion.valid),
    }


def runs_of(marked: BoolArray) -> list[list[int]]:
    """Runs of marked frames, each as [first, one past the last]."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return [[int(first), int(stop)] for first, stop in edges.reshape(-1, 2)]
