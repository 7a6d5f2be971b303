"""Who a head is: the named numbers a person is built from."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, get_args

import numpy as np

from dyad.errors import InputError

HairStyle = Literal["cropped", "short", "bob", "long", "bun", "bald"]
"""Hair shapes: `cropped` lies on the scalp, `short` has volume, `bob` and `long` hang, `bun` is tied at the back."""

Colour = tuple[int, int, int]
"""An sRGB colour, three integers 0 to 255."""

SKIN_TONES: Final[tuple[Colour, ...]] = (
    (244, 209, 186), (233, 190, 162), (219, 172, 140), (198, 146, 112), (166, 114, 82), (128, 84, 58), (96, 62, 44),
)  # fmt: skip
HAIR_COLOURS: Final[tuple[Colour, ...]] = (
    (26, 22, 21), (48, 34, 27), (82, 56, 38), (122, 82, 48), (178, 138, 84), (126, 58, 34), (150, 146, 142),
)  # fmt: skip
EYE_COLOURS: Final[tuple[Colour, ...]] = ((84, 54, 32), (58, 40, 28), (122, 94, 52), (92, 112, 78), (86, 120, 150), (108, 122, 132))
CLOTH_COLOURS: Final[tuple[Colour, ...]] = (
    (52, 73, 102), (122, 52, 58), (62, 92, 80), (92, 84, 112), (156, 128, 84), (70, 72, 78), (44, 96, 112),
)  # fmt: skip
_COLOUR_FIELDS: Final = ("skin_colour", "hair_colour", "eye_colour", "cloth_colour")
_UNIT_FIELDS: Final = ("age", "stubble")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The shape and colours of one person.

    Every proportion is a signed number, 0 for the average adult and about ±1 for a clearly visible deviation
    (±2 is refused: the sculpture was never looked at there). `age` and `stubble` run from 0 to 1.

    Attributes:
        face_width: breadth of skull and cheekbones.
        jaw_width: breadth of the jaw at its angle.
        face_length: height from brows to chin.
        forehead_height: height of the skull above the brows.
        cheekbones: how far the cheekbones stand out.
        chin: how far the chin stands forward.
        nose_length: height of the nose.
        nose_width: breadth over the nostrils.
        nose_bridge: how far the bridge and tip stand forward.
        eye_spacing: distance between the eyes.
        eye_size: opening of the lids and size of the eyeball.
        eye_tilt: outer corners up (+) or down (-).
        lip_fullness: height and bulge of the red of the lips.
        mouth_width: breadth of the mouth.
        brow_height: distance from eye to brow.
        brow_thickness: height of the brows.
        ear_size: size of the ears.
        age: 0 young adult, 1 old: deeper folds, thinner lips, hollower cheeks.
        stubble: shadow of a shaven (0 to 0.5) or short beard (to 1).
        hair_style: one of `HairStyle`.
        skin_colour: sRGB.
        hair_colour: sRGB, also of brows and lashes.
        eye_colour: sRGB of the iris.
        cloth_colour: sRGB of the shirt.
    """

    face_width: float = 0.0
    jaw_width: float = 0.0
    face_length: float = 0.0
    forehead_height: float = 0.0
    cheekbones: float = 0.0
    chin: float = 0.0
    nose_length: float = 0.0
    nose_width: float = 0.0
    nose_bridge: float = 0.0
    eye_spacing: float = 0.0
    eye_size: float = 0.0
    eye_tilt: float = 0.0
    lip_fullness: float = 0.0
    mouth_width: float = 0.0
    brow_height: float = 0.0
    brow_thickness: float = 0.0
    ear_size: float = 0.0
    age: float = 0.25
    stubble: float = 0.0
    hair_style: HairStyle = "short"
    skin_colour: Colour = SKIN_TONES[1]
    hair_colour: Colour = HAIR_COLOURS[2]
    eye_colour: Colour = EYE_COLOURS[0]
    cloth_colour: Colour = CLOTH_COLOURS[0]

    def __post_init__(self) -> None:
        """Refuse numbers and names no head can be built from.

        Raises:
            InputError: a proportion that is not finite or outside its range, an unknown hair style, a bad colour.
        """
        if self.hair_style not in get_args(HairStyle):
            styles = ", ".join(get_args(HairStyle))
            raise InputError("Identity.hair_style", expected=f"one of {styles}", got=repr(self.hair_style), cure="Name one of these.")
        for name in _COLOUR_FIELDS:
            colour = getattr(self, name)
            if len(colour) != 3 or any(int(part) != part or not 0 <= part <= 255 for part in colour):
                cure = "Give red, green and blue, for example (233, 190, 162)."
                raise InputError(f"Identity.{name}", expected="three sRGB integers from 0 to 255", got=repr(colour), cure=cure)
        for name in proportion_names():
            low, high = (0.0, 1.0) if name in _UNIT_FIELDS else (-2.0, 2.0)
            value = getattr(self, name)
            if not math.isfinite(value) or not low <= value <= high:
                cure = "0 is the average person." if low < 0 else "0 is young, or clean-shaven."
                raise InputError(f"Identity.{name}", expected=f"a number from {low:g} to {high:g}", got=repr(value), cure=cure)

    @classmethod
    def from_seed(cls, seed: int) -> Identity:
        """Draw a new person.

        Args:
            seed: any integer from 0; the same seed is always the same person.

        Returns:
            A person whose proportions are spread about as wide as those of strangers in one room.

        Raises:
            InputError: a negative seed.
        """
        if seed < 0:
            raise InputError("seed of an identity", expected="an integer of 0 or more", got=repr(seed), cure="Pass its absolute value.")
        rng = np.random.default_rng([seed, 0xFACE])
        drawn = [name for name in proportion_names() if name not in _UNIT_FIELDS]
        proportions: dict[str, Any] = {name: float(np.clip(rng.normal(0.0, 0.6), -1.2, 1.2)) for name in drawn}
        bearded = rng.random() < 0.4
        styles: tuple[HairStyle, ...] = ("cropped", "short", "bald", "short") if bearded else ("short", "bob", "long", "bun")
        age = float(rng.beta(1.4, 2.6))
        skin = int(rng.integers(len(SKIN_TONES)))
        # Dark skin goes with dark hair and eyes more often than chance; white hair comes with age.
        darkest = 3 if skin >= 4 else len(HAIR_COLOURS) - 1
        hair = len(HAIR_COLOURS) - 1 if age > 0.62 else int(rng.integers(darkest))
        eyes = int(rng.integers(2 if skin >= 4 else len(EYE_COLOURS)))
        return replace(
            cls(**proportions),
            age=age,
            stubble=float(rng.uniform(0.3, 0.9)) if bearded else 0.0,
            hair_style=styles[int(rng.integers(len(styles)))],
            skin_colour=SKIN_TONES[skin],
            hair_colour=HAIR_COLOURS[hair],
            eye_colour=EYE_COLOURS[eyes],
            cloth_colour=CLOTH_COLOURS[int(rng.integers(len(CLOTH_COLOURS)))],
        )


def proportion_names() -> tuple[str, ...]:
    """Name the numeric parameters of `Identity`, in their declared order."""
    return tuple(field.name for field in fields(Identity) if field.type == "float")


SEAT_A: Final = Identity(
    face_width=-0.35, jaw_width=-0.8, face_length=-0.25, cheekbones=0.6, chin=-0.3, nose_length=-0.4, nose_width=-0.5,
    nose_bridge=-0.2, eye_size=0.6, eye_tilt=0.5, lip_fullness=0.7, brow_height=0.4, brow_thickness=-0.5, ear_size=-0.4,
    age=0.1, hair_style="bob", skin_colour=SKIN_TONES[3], hair_colour=HAIR_COLOURS[1], eye_colour=EYE_COLOURS[1],
    cloth_colour=CLOTH_COLOURS[6],
)  # fmt: skip
"""The ready person for seat A."""

SEAT_B: Final = Identity(
    face_width=0.4, jaw_width=0.8, face_length=0.5, cheekbones=-0.2, chin=0.6, nose_length=0.4, nose_width=0.4,
    nose_bridge=0.6, eye_size=-0.3, lip_fullness=-0.3, mouth_width=0.4, brow_height=-0.4, brow_thickness=0.7, ear_size=0.4,
    age=0.4, stubble=0.45, hair_style="short", skin_colour=SKIN_TONES[1], hair_colour=HAIR_COLOURS[3], eye_colour=EYE_COLOURS[4],
    cloth_colour=CLOTH_COLOURS[1],
)  # fmt: skip
"""The ready person for seat B."""
