"""Names of the motion bases and of their channels. Channels have names, never slices.

ARKit names are Apple's public ``ARFaceAnchor.BlendShapeLocation`` identifiers, in the order of Live Link Face recordings; left and right
are the subject's own.
"""

from dyad.errors import InputError


def _sided(stem: str) -> tuple[str, str]:
    return f"{stem}Left", f"{stem}Right"


_EYE = ("eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide")

ARKIT52: tuple[str, ...] = (
    *(f"{stem}Left" for stem in _EYE),
    *(f"{stem}Right" for stem in _EYE),
    *("jawForward", "jawRight", "jawLeft", "jawOpen"),
    *("mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft"),
    *_sided("mouthSmile"),
    *_sided("mouthFrown"),
    *_sided("mouthDimple"),
    *_sided("mouthStretch"),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *_sided("mouthPress"),
    *_sided("mouthLowerDown"),
    *_sided("mouthUpperUp"),
    *_sided("browDown"),
    "browInnerUp",
    *_sided("browOuterUp"),
    "cheekPuff",
    *_sided("cheekSquint"),
    *_sided("noseSneer"),
    "tongueOut",
)

FLAME50: tuple[str, ...] = tuple(f"expression{index:02d}" for index in range(50))

ARKIT_JAW: tuple[str, ...] = ("jawOpen", "jawLeft", "jawRight")
"""The ARKit channels that bases with a jaw joint hold as a rotation instead."""

ARKIT50: tuple[str, ...] = (*(name for name in ARKIT52 if name not in ARKIT_JAW), "unused")
"""ARKit's weights in a layout made for FLAME: 50 expression channels and a jaw rotation, so that models of that layout can be trained
without a FLAME file and shown on any head with ARKit's shapes."""

BASES: dict[str, tuple[str, ...]] = {"arkit52": ARKIT52, "flame50": FLAME50, "arkit50": ARKIT50}


def channel_names(basis: str) -> tuple[str, ...]:
    """Channel names of a basis, in storage order.

    Raises:
        InputError: no basis of that name.
    """
    if basis not in BASES:
        raise InputError("basis", expected=f"one of {', '.join(sorted(BASES))}", got=repr(basis), cure="Name one of these.")
    return BASES[basis]
