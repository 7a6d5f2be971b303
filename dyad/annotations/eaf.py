"""ELAN's .eaf: speech is the annotations of two tiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from dyad.annotations.draft import Draft, Row
from dyad.annotations.plain_text import decoded
from dyad.errors import InputError


@dataclass(frozen=True, kw_only=True)
class _Marked:
    """An annotation: between two time slots, or at the time of another one."""

    line: int
    slots: tuple[str, str] | None
    parent: str
    text: list[str] = field(default_factory=list)


@dataclass
class _Contents:
    """What the file holds, filled while it is parsed."""

    path: Path
    slots: dict[str, float | None] = field(default_factory=dict)
    tiers: dict[str, dict[str, _Marked]] = field(default_factory=dict)
    participants: dict[str, str] = field(default_factory=dict)
    dependent: set[str] = field(default_factory=set)
    root: str = ""
    _tier: str = ""
    _last: _Marked | None = None
    _value: bool = False

    def start(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        """Take in an opening tag."""
        self.root = self.root or tag
        self._value = tag == "ANNOTATION_VALUE"
        if tag == "HEADER" and attributes.get("TIME_UNITS", "milliseconds") != "milliseconds":
            raise self._fault(
                line, expected="times in milliseconds", got=attributes["TIME_UNITS"], cure="Save it again with ELAN 4 or later."
            )
        if tag == "TIME_SLOT":
            value = attributes.get("TIME_VALUE")
            try:
                self.slots[attributes["TIME_SLOT_ID"]] = None if value is None else int(value) / 1000
            except (KeyError, ValueError):
                raise self._fault(line, expected="a time slot with whole milliseconds", got=repr(dict(attributes))) from None
        elif tag == "TIER":
            self._tier = attributes.get("TIER_ID", "")
            self.tiers.setdefault(self._tier, {})
            self.participants[self._tier] = attributes.get("PARTICIPANT", "")
            if "PARENT_REF" in attributes:
                self.dependent.add(self._tier)
        elif tag in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"):
            self._annotate(tag, attributes, line)

    def _annotate(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        try:
            slots = (attributes["TIME_SLOT_REF1"], attributes["TIME_SLOT_REF2"]) if tag == "ALIGNABLE_ANNOTATION" else None
            parent = "" if slots else attributes["ANNOTATION_REF"]
            self._last = self.tiers[self._tier][attributes["ANNOTATION_ID"]] = _Marked(line=line, slots=slots, parent=parent)
        except KeyError as error:
            raise self._fault(line, expected=f"an annotation with {error.args[0]}", got=repr(dict(attributes))) from None
        if slots and not set(slots) <= self.slots.keys():
            raise self._fault(line, expected="time slots listed before", got=", ".join(slots))

    def text(self, data: str) -> None:
        """Take in text between tags."""
        if self._value and self._last is not None:
            self._last.text.append(data)

    def end(self, tag: str) -> None:
        """Take in a closing tag."""
        self._value = False

    def _fault(self, line: int, *, expected: str, got: str, cure: str = "Correct the line.") -> InputError:
        return InputError(f"{self.path}, line {line}", expected=expected, got=got, cure=cure)


def read_eaf(path: Path, *, tiers: Sequence[str] | None = None) -> Draft:
    """Read an ELAN file.

    Without ``tiers``, those count that stand on their own and hold annotations; with them, also those that depend on another. Times of
    slots without one are spread evenly between those beside them, as ELAN shows them; an annotation that refers to another has its time.

    Raises:
        InputError: not an ELAN file, or damaged.
    """
    contents, notes = _parsed(path)
    chosen = [tier for tier in contents.tiers if (tier in tiers if tiers else tier not in contents.dependent)]
    if tiers is None:
        chosen = [tier for tier in chosen if contents.tiers[tier]] if len(chosen) != 2 else chosen
    rows: list[Row] = []
    guessed = 0
    for tier in chosen:
        times, spread = _slot_times(contents, tier)
        guessed += spread
        for name, marked in contents.tiers[tier].items():
            start, end = _times_of(contents, tier, name, times)
            rows.append(Row(tier, start, end, "".join(marked.text).strip(), marked.line))
    if guessed:
        notes.append(f"{path.name}: {guessed} time slots without a time spread evenly between those beside them.")
    return Draft(rows=rows, speakers=chosen, notes=notes, participants=contents.participants, tiered=True)


def _parsed(path: Path) -> tuple[_Contents, list[str]]:
    text, notes = decoded(path)
    contents = _Contents(path=path)
    parser = expat.ParserCreate(encoding="utf-8")  # the text is ours by now, whatever encoding it declares
    parser.StartElementHandler = lambda tag, attributes: contents.start(tag, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = contents.end
    parser.CharacterDataHandler = contents.text
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        got = expat.ErrorString(error.code)
        raise InputError(f"{path}, line {error.lineno}", expected="XML as ELAN writes it", got=got, cure="Save it again.") from error
    if contents.root != "ANNOTATION_DOCUMENT":
        raise InputError(str(path), expected="an ELAN document", got=f"XML of {contents.root!r}", cure="Give an .eaf file.")
    return contents, notes


def _slot_times(contents: _Contents, tier: str) -> tuple[dict[str, float], int]:
    """Times of the slots that a tier uses, in the order of its annotations, and how many had to be spread."""
    slots = contents.slots
    order: list[str] = []
    for name in contents.tiers[tier]:
        for slot in _slots_of(contents, tier, name):
            if slot not in order[-2:]:
                order.append(slot)
    known = [index for index, slot in enumerate(order) if slots[slot] is not None]
    times = {order[index]: slots[order[index]] or 0.0 for index in known}
    untimed = [index for index in range(len(order)) if slots[order[index]] is None]
    for index in untimed:
        before = max((place for place in known if place < index), default=None)
        after = min((place for place in known if place > index), default=None)
        if before is None or after is None:
            got = f"slot {order[index]} on tier {tier!r}, with no timed one on both sides"
            raise InputError(str(contents.path), expected="time slots with times", got=got, cure="Align the annotation in ELAN.")
        share = (index - before) / (after - before)
        times[order[index]] = times[order[before]] + share * (times[order[after]] - times[order[before]])
    return times, len(untimed)


def _slots_of(contents: _Contents, tier: str, name: str) -> tuple[str, str]:
    """The two slots of an annotation, or of the one it refers to."""
    marked, seen = contents.tiers[tier][name], {name}
    while marked.slots is None:
        found = next((own[marked.parent] for own in contents.tiers.values() if marked.parent in own), None)
        if found is None or marked.parent in seen:
            where = f"{contents.path}, line {marked.line}"
            raise InputError(where, expected="a reference to an annotation", got=repr(marked.parent), cure="Correct the line.")
        seen.add(marked.parent)
        marked = found
    return marked.slots


def _times_of(contents: _Contents, tier: str, name: str, times: Mapping[str, float]) -> tuple[float, float]:
    first, last = _slots_of(contents, tier, name)
    return times[first], times[last]
