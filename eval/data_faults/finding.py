"""What a check found wrong with a clip."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fault", "warning"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault.

    Args:
        fault: its kind, e.g. ``"leak between channels"``.
        severity: ``"fault"`` spoils what is trained or measured on the clip, ``"warning"`` is to be known.
        where: the file or seat.
        value: what was measured; None where there is no figure.
        unit: of the value and the limit.
        limit: what it should not pass; None where there is none.
        says: what is wrong, one sentence.
        cure: what to do about it, one sentence.
    """

    fault: str
    severity: Severity = "fault"
    where: str
    value: float | None = None
    unit: str = ""
    limit: float | None = None
    says: str
    cure: str
