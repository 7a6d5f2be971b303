"""From the numbers of a study to its findings: means, contrasts and distances from what people do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from dyad.seat import Seat
from dyad.studies.blocks import Result
from dyad.studies.config import ReferenceConfig
from dyad.studies.plan import MEASURED, StudyPlan
from dyad.studies.statistics import Differences, Effect, corrected, effect_of

INSIDE, OUTSIDE, UNDECIDED, UNKNOWN = "inside", "outside", "undecided", "not measurable"


@dataclass(frozen=True, kw_only=True)
class Level:
    """An outcome in one condition.

    Args:
        outcome: name of the measure.
        unit: of it.
        condition: name.
        effect: its mean over conversations, with intervals; nothing is tested.
        values: mean over seeds by conversation.
        missing: blocks in which it could not be measured.
    """

    outcome: str
    unit: str
    condition: str
    effect: Effect
    values: Mapping[str, float]
    missing: int


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One condition against another.

    Args:
        outcome: name of the measure.
        unit: of it.
        condition: name.
        against: the condition it is compared with, or a number.
        effect: mean of the differences within blocks, condition minus the other.
        p_corrected: p for all contrasts of the study together; None where nothing was tested.
        found: whether that is below alpha.
        missing: blocks without a difference, as one of the two could not be measured.
    """

    outcome: str
    unit: str
    condition: str
    against: str
    effect: Effect
    p_corrected: float | None
    found: bool
    missing: int


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """An outcome in one condition against figures of people.

    Args:
        outcome: name of the measure.
        condition: name.
        reference: the figures.
        verdict: ``inside`` if the interval of the mean lies within them, ``outside`` if it lies wholly beyond one of their ends, else
            ``undecided``; ``not measurable`` without an interval.
    """

    outcome: str
    condition: str
    reference: ReferenceConfig
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that a study found."""

    levels: tuple[Level, ...]
    contrasts: tuple[Contrast, ...]
    comparisons: tuple[Comparison, ...]


def analyse(results: Sequence[Result], plan: StudyPlan) -> Findings:
    """Test what the study asks.

    Args:
        results: of all its blocks.
        plan: of the study.
    """
    table = _table(results, MEASURED[plan.config.measured])
    units = {result.measure: result.unit for result in results}
    names = [condition.name for condition in plan.conditions]
    levels = [_level(table, plan, outcome, units[outcome], name) for outcome in plan.measures for name in names]
    contrasts = [_contrast(table, plan, outcome, units[outcome], pair) for outcome in plan.measures for pair in plan.contrasts]
    settings = plan.config.statistics
    p_values = corrected([contrast.effect.p for contrast in contrasts], method=settings.correction)
    tested = [
        replace(contrast, p_corrected=p, found=p is not None and p < settings.alpha)
        for contrast, p in zip(contrasts, p_values, strict=True)
    ]
    references = plan.config.references
    compared = [_comparison(level, references[level.outcome]) for level in levels if level.outcome in references]
    return Findings(levels=tuple(levels), contrasts=tuple(tested), comparisons=tuple(compared))


_Table = Mapping[tuple[str, str], Mapping[tuple[str, int], float]]  # (outcome, condition) → (conversation, seed) → value


def _table(results: Sequence[Result], measured: Sequence[Seat]) -> _Table:
    """One value for each block and outcome: the conversation's own figure where both count and it has one, else the mean over people."""
    cells: dict[tuple[str, str], dict[tuple[str, int], dict[str, float | None]]] = {}
    for result in results:
        block = cells.setdefault((result.measure, result.condition), {}).setdefault((result.conversation, result.seed), {})
        block[result.seat] = result.value
    seats = [seat.name for seat in measured]
    table: dict[tuple[str, str], dict[tuple[str, int], float]] = {}
    for key, blocks in cells.items():
        table[key] = {}
        for block_key, by_seat in blocks.items():
            own = [by_seat[seat] for seat in seats if seat in by_seat]
            chosen = [by_seat[""]] if "" in by_seat and (len(seats) == len(Seat) or not own) else own
            values = [value for value in chosen if value is not None]
            if values:
                table[key][block_key] = fmean(values)
    return table


def _by_conversation(values: Mapping[tuple[str, int], float]) -> Differences:
    grouped: dict[str, list[float]] = {}
    for (conversation, _), value in sorted(values.items()):
        grouped.setdefault(conversation, []).append(value)
    return grouped


def _effect(values: Mapping[tuple[str, int], float], plan: StudyPlan) -> Effect:
    settings = plan.config.statistics
    return effect_of(
        _by_conversation(values),
        method=settings.method,
        confidence=settings.confidence,
        resamples=settings.resamples,
        seed=settings.seed,
    )


def _level(table: _Table, plan: StudyPlan, outcome: str, unit: str, condition: str) -> Level:
    values = table.get((outcome, condition), {})
    effect = replace(_effect(values, plan), p=None, d_z=None, g=None)  # that a mean is not 0 is no finding
    means = {name: fmean(numbers) for name, numbers in _by_conversation(values).items()}
    return Level(outcome=outcome, unit=unit, condition=condition, effect=effect, values=means, missing=len(plan.blocks) - len(values))


def _contrast(table: _Table, plan: StudyPlan, outcome: str, unit: str, pair: tuple[str, str]) -> Contrast:
    first = table.get((outcome, pair[0]), {})
    fixed = None if pair[1] in plan.config.conditions else float(pair[1])
    second = table.get((outcome, pair[1]), {}) if fixed is None else dict.fromkeys(first, fixed)
    differences = {block: first[block] - second[block] for block in first if block in second}
    return Contrast(
        outcome=outcome,
        unit=unit,
        condition=pair[0],
        against=pair[1],
        effect=_effect(differences, plan),
        p_corrected=None,
        found=False,
        missing=len(plan.blocks) - len(differences),
    )


def _comparison(level: Level, reference: ReferenceConfig) -> Comparison:
    low, high = level.effect.low, level.effect.high
    verdict = UNDECIDED
    if low is None or high is None:
        verdict = UNKNOWN
    elif reference.low <= low and high <= reference.high:
        verdict = INSIDE
    elif high < reference.low or low > reference.high:
        verdict = OUTSIDE
    return Comparison(outcome=level.outcome, condition=level.condition, reference=reference, verdict=verdict)
