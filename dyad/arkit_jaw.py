"""ARKit's 52 weights in a layout made for FLAME, and back: the jaw's three weights become a rotation of the jaw joint.

The rotation vector is linear in the weights: x = ``jawOpen`` · 17°, y = (``jawLeft`` − ``jawRight``) · 5°, z = 0. Signs follow dyad's axes
and FLAME's: x > 0 opens, y > 0 takes the chin to the subject's left. So the way there and back gives the weights again (to float32
rounding) unless ``jawLeft`` and ``jawRight`` are both above 0, which no jaw can be: then only their difference comes back.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from dyad.arkit_gaze import gaze_of_weights
from dyad.arrays import FloatArray
from dyad.bases import ARKIT50, ARKIT52, ARKIT_JAW
from dyad.errors import InputError
from dyad.motion import Motion

JAW_OPEN_RAD: Final = math.radians(17.0)
"""Turn of the jaw at ``jawOpen`` = 1, that of the built-in head (``dyad.faces.fields.JAW_ANGLE``): it parts the front teeth by some 27 mm.
Fits of FLAME to wide-open mouths reach about 20°."""
JAW_ASIDE_RAD: Final = math.radians(5.0)
"""Turn of the jaw at ``jawLeft`` or ``jawRight`` = 1: the chin, some 95 mm before the joint, moves aside by the built-in head's 8 mm."""

_KEPT: Final = [ARKIT52.index(name) for name in ARKIT50 if name in ARKIT52]
_JAW: Final = [ARKIT52.index(name) for name in ARKIT_JAW]


def to_arkit50(motion: Motion) -> Motion:
    """ARKit motion with its jaw as a rotation.

    Args:
        motion: of basis ``arkit52``.

    Returns:
        The same frames in basis ``arkit50``, channel ``unused`` 0. Gaze is kept.

    Raises:
        InputError: another basis, or a jaw that is rotated already.
    """
    _check_basis(motion, "arkit52", cure="See dyad.faces.basis_fit for FLAME motion.")
    if motion.jaw_rotation.any():
        raise InputError(
            f"motion of seat {motion.seat.name}",
            expected="a jaw moved by its weights alone",
            got="a jaw rotation too",
            cure="Clear jaw_rotation: arkit52 has no jaw joint.",
        )
    expression = np.zeros((len(motion), len(ARKIT50)), np.float32)
    expression[:, : len(_KEPT)] = motion.expression[:, _KEPT]
    opened, left, right = motion.expression[:, _JAW].T.astype(np.float64)
    turn = np.stack([opened * JAW_OPEN_RAD, (left - right) * JAW_ASIDE_RAD, np.zeros(len(motion))], axis=1)
    return replace(motion, basis="arkit50", expression=expression, jaw_rotation=turn.astype(np.float32))


def to_arkit52(motion: Motion) -> Motion:
    """The way back.

    Args:
        motion: of basis ``arkit50``; any numbers, as a model may have made them.

    Returns:
        The same frames in basis ``arkit52``, all weights clipped to [0, 1]. What ARKit cannot say is left out: channel ``unused``, and
        roll of the jaw. Gaze is kept; where there is none (all zeros), it is what the ``eyeLook*`` weights say.

    Raises:
        InputError: another basis.
    """
    _check_basis(motion, "arkit50", cure="See dyad.faces.basis_fit for FLAME motion.")
    expression = np.zeros((len(motion), len(ARKIT52)), np.float32)
    expression[:, _KEPT] = motion.expression[:, : len(_KEPT)]
    expression[:, _JAW] = _jaw_weights(motion.jaw_rotation)
    changed = replace(motion, basis="arkit52", expression=expression.clip(0.0, 1.0), jaw_rotation=np.zeros((len(motion), 3), np.float32))
    return changed if motion.gaze.any() else replace(changed, gaze=gaze_of_weights(changed))


def _jaw_weights(turn: FloatArray) -> FloatArray:
    """``jawOpen``, ``jawLeft``, ``jawRight`` (T, 3) of rotation vectors (T, 3); negative weights are cut off later."""
    opened, aside = turn[:, 0].astype(np.float64) / JAW_OPEN_RAD, turn[:, 1].astype(np.float64) / JAW_ASIDE_RAD
    return np.stack([opened, aside, -aside], axis=1).astype(np.float32)


def _check_basis(motion: Motion, basis: str, *, cure: str) -> None:
    if motion.basis != basis:
        raise InputError(f"motion of seat {motion.seat.name}", expected=f"basis {basis}", got=motion.basis, cure=cure)
