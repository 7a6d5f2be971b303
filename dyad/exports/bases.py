"""Motion in the basis that a format or a head takes: as it is, fitted on the user's FLAME head, or refused."""

from dataclasses import replace
from typing import TYPE_CHECKING

from dyad.errors import InputError
from dyad.exports.formats import Material
from dyad.faces.head import Head
from dyad.faces.own_head import OwnHead
from dyad.motion import Motion
from dyad.staging import arkit_weights

if TYPE_CHECKING:
    from dyad.faces.flame_head import FlameHead

NEEDS_FLAME = {
    "arkit52": "FLAME motion needs your FLAME file (a.head=FILE) to become ARKit weights; --to flame-npz writes it as it is.",
    "flame50": "ARKit motion needs your FLAME file (a.head=FILE) to become FLAME coefficients; --to arkit-csv writes it as it is.",
}
ONLY_JAW = "expression needs your FLAME file: only head, jaw opening and eyes move"


def in_basis(material: Material, basis: str, *, to: str) -> tuple[Motion, tuple[str, ...]]:
    """The motion of the material's one seat in a basis, with notes on how it came there.

    Raises:
        InputError: it has another basis and the seat's head is no FLAME head to fit it on.
    """
    motion = material.motion
    if motion.basis == basis:
        return motion, ()
    head = _flame_head(material.head_of(material.seat))
    if head is None:
        kind = {"arkit52": "ARKit weights", "flame50": "FLAME coefficients"}[basis]
        raise InputError(
            f"motion of seat {motion.seat.name}", expected=f"{kind}, which {to} holds", got=f"basis {motion.basis}", cure=NEEDS_FLAME[basis]
        )
    from dyad.faces.basis_fit import arkit_from_flame, flame_from_arkit

    fit = (arkit_from_flame if basis == "arkit52" else flame_from_arkit)(motion, head)
    note = f"fitted from {motion.basis}: {100 * fit.explained:.1f} % of the squared displacement, rms {1e3 * fit.residual_m.mean():.2f} mm"
    return fit.motion, (note,)


def as_shown(motion: Motion, head: Head) -> tuple[Motion, tuple[str, ...]]:
    """The motion as a head can show it; FLAME motion on another head keeps what it can, and a note says so."""
    if motion.basis == "arkit52" or (isinstance(head, OwnHead) and motion.basis in head.bases):
        return motion, ()
    return replace(motion, basis="arkit52", expression=arkit_weights(motion)), (ONLY_JAW,)


def _flame_head(head: Head) -> "FlameHead | None":
    if not isinstance(head, OwnHead) or "flame50" not in head.bases:
        return None
    from dyad.faces.flame_head import FlameHead  # brings torch

    return head if isinstance(head, FlameHead) else None
