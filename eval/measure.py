"""One measured figure, with what it means and where it should lie."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from dyad.errors import InputError
from dyad.seat import Seat


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure about one seat.

    Args:
        name: short name, unique per seat.
        seat: whose.
        value: the figure; None where it cannot be measured.
        unit: its unit; "" for a correlation or ratio.
        n: what it rests on: frames looked at, or events counted for a rate.
        base_s: seconds of conversation it looks at.
        target_low: smallest value that holds, or None.
        target_high: largest value that holds, or None.
        definition: what exactly was computed.
        source: where the target comes from.
        reason: why it cannot be measured; "" where it can.

    Raises:
        InputError: a value that is not finite, or a missing value without a reason.
    """

    name: str
    seat: Seat
    value: float | None
    unit: str
    n: int
    base_s: float
    target_low: float | None = None
    target_high: float | None = None
    definition: str
    source: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse figures that say nothing."""
        if (self.value is None) != bool(self.reason) or (self.value is not None and not math.isfinite(self.value)):
            raise InputError(
                f"measure {self.name} of seat {self.seat.name}",
                expected="a finite value, or None with a reason",
                got=f"value {self.value!r}, reason {self.reason!r}",
                cure="Say why it cannot be measured.",
            )

    @property
    def holds(self) -> bool | None:
        """Whether the value lies within its target; None where there is no value or no target."""
        if self.value is None or (self.target_low is None and self.target_high is None):
            return None
        above = self.target_low is None or self.value >= self.target_low
        return above and (self.target_high is None or self.value <= self.target_high)

    @property
    def target(self) -> str:
        """The target in words, e.g. ``"≥ 0.55"`` or ``"10 to 30"``; "" without one."""
        if self.target_low is not None and self.target_high is not None:
            same = self.target_low == self.target_high
            return f"{self.target_low:g}" if same else f"{self.target_low:g} to {self.target_high:g}"
        if self.target_low is not None:
            return f"≥ {self.target_low:g}"
        return "" if self.target_high is None else f"≤ {self.target_high:g}"


def behaviour_table(measures: Iterable[Measure]) -> list[dict[str, str]]:
    """Rows for people: one a measure, in order, with the seats side by side.

    Keys: ``measure``, ``unit``, ``target``, ``A``, ``B`` (the figure; "–" where it cannot be measured, "" where there is no such seat),
    ``holds`` ("yes", "no: A", "–" …), ``note`` (reasons) and ``definition``.
    """
    by_name: dict[str, dict[Seat, Measure]] = {}
    for measure in measures:
        by_name.setdefault(measure.name, {})[measure.seat] = measure
    rows = []
    for name, seats in by_name.items():
        any_seat = next(iter(seats.values()))
        verdicts = {seat.name: measure.holds for seat, measure in seats.items()}
        failing = [seat for seat, holds in verdicts.items() if holds is False]
        holds = "no: " + ", ".join(failing) if failing else "yes" if any(verdicts.values()) else "–"
        rows.append(
            {
                "measure": name,
                "unit": any_seat.unit,
                "target": any_seat.target,
                **{seat.name: _figure(seats.get(seat)) for seat in Seat},
                "holds": holds,
                "note": "; ".join(f"{seat.name}: {measure.reason}" for seat, measure in seats.items() if measure.reason),
                "definition": any_seat.definition,
            }
        )
    return rows


def _figure(measure: Measure | None) -> str:
    if measure is None:
        return ""
    return "–" if measure.value is None else f"{measure.value:.2f}" if abs(measure.value) < 10 else f"{measure.value:.1f}"
