"""The layout of Live Link Face recordings (Epic Games' iPhone app): a CSV of 63 columns.

``Timecode``, ``BlendShapeCount``, the 52 ARKit weights, then nine angles in radians: yaw, pitch and roll of the head and of both eyes.

Epic documents neither unit nor signs. In ten real recordings (iPhone, 5.5 minutes) the eyes' angles, set against the ``EyeLook…`` weights,
which have no sign to mistake, are radians (0.5 to 0.6 a unit of weight) with yaw > 0 to the subject's right (correlation −0.74 to −0.999)
and pitch > 0 down (0.97 to 0.996); roll > 0 takes the crown to the subject's left, as the rolls that come with oblique looks show. That is
Unreal's left-handed rotator seen from a face, in its order: yaw, then pitch, then roll, each about turned axes. The head's angles were zero
in those recordings; dyad takes them to follow the same rule, since one piece of software writes both. Eyes are relative to the head.
"""

from dyad.bases import ARKIT52

TIMECODE = "Timecode"
COUNT = "BlendShapeCount"
WEIGHTS = tuple(name[0].upper() + name[1:] for name in ARKIT52)
HEAD_ANGLES = ("HeadYaw", "HeadPitch", "HeadRoll")
LEFT_EYE_ANGLES = ("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll")
RIGHT_EYE_ANGLES = ("RightEyeYaw", "RightEyePitch", "RightEyeRoll")
ANGLES = (*HEAD_ANGLES, *LEFT_EYE_ANGLES, *RIGHT_EYE_ANGLES)
VALUES = (*WEIGHTS, *ANGLES)
HEADER = (TIMECODE, COUNT, *VALUES)
SIGNS = tuple(1.0 if name.endswith("Pitch") else -1.0 for name in ANGLES)
"""From these angles to those about dyad's axes (``dyad.angles``), and back."""
