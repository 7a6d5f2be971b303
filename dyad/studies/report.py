"""The findings of a study in words and tables."""

from collections.abc import Iterable, Sequence

from dyad.studies.analysis import Contrast, Findings
from dyad.studies.outcomes import catalogue
from dyad.studies.plan import StudyPlan
from dyad.studies.statistics import Effect

Rows = Sequence[Sequence[str]]
LEVEL_HEADER = ("outcome", "unit", "condition", "mean", "interval", "missing")
CONTRAST_HEADER = ("outcome", "contrast", "difference", "interval", "bootstrap", "g", "p", "p corrected", "found", "test")
REFERENCE_HEADER = ("outcome", "condition", "mean", "interval", "people", "verdict", "source")


def level_rows(findings: Findings) -> Rows:
    """Means of all outcomes in all conditions."""
    return [
        (level.outcome, level.unit, level.condition, number(level.effect.estimate), interval(level.effect), _missing(level.missing))
        for level in findings.levels
    ]


def contrast_rows(findings: Findings) -> Rows:
    """All contrasts."""
    return [_contrast_row(contrast) for contrast in findings.contrasts]


def reference_rows(findings: Findings) -> Rows:
    """All comparisons with people."""
    effects = {(level.outcome, level.condition): level.effect for level in findings.levels}
    rows = []
    for one in findings.comparisons:
        effect = effects[one.outcome, one.condition]
        people = f"{number(one.reference.low)} to {number(one.reference.high)}"
        rows.append((one.outcome, one.condition, number(effect.estimate), interval(effect), people, one.verdict, one.reference.source))
    return rows


def markdown(plan: StudyPlan, findings: Findings) -> str:
    """The whole report."""
    config = plan.config
    parts = [f"# {config.title}", "**SIMULATED.** Nobody moved like this; see the conversations below for what else is simulated."]
    parts += [text.strip() for text in (config.question, config.expected) if text]
    parts += ["## Design", _design(plan), "## Contrasts", _contrast_words(plan), _table(CONTRAST_HEADER, contrast_rows(findings))]
    if findings.comparisons:
        words = "*inside*: the interval of the mean lies within the figures of people; *outside*: wholly beyond them; *undecided*: neither."
        parts += ["## Beside people", words, _table(REFERENCE_HEADER, reference_rows(findings))]
    parts += ["## Means", _table(LEVEL_HEADER, level_rows(findings)), "![outcomes](plot.png)", "## Measures", _definitions(plan)]
    return "\n\n".join(parts) + "\n"


def number(value: float | None) -> str:
    """Three digits; – for none."""
    return "–" if value is None else f"{value:.3g}".replace("-", "−")


def interval(effect: Effect) -> str:
    """The interval of an estimate."""
    return "–" if effect.low is None or effect.high is None else f"{number(effect.low)} to {number(effect.high)}"


def p_value(p: float | None) -> str:
    """A p value, not smaller than makes sense."""
    return "–" if p is None else "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def _contrast_row(contrast: Contrast) -> Sequence[str]:
    effect = contrast.effect
    low, high = effect.bootstrap_low, effect.bootstrap_high
    bootstrap = "–" if low is None or high is None else f"{number(low)} to {number(high)}"
    found = "–" if contrast.p_corrected is None else "yes" if contrast.found else "no"
    return (
        f"{contrast.outcome} ({contrast.unit})" if contrast.unit else contrast.outcome,
        f"{contrast.condition} − {contrast.against}",
        number(effect.estimate),
        interval(effect),
        bootstrap,
        number(effect.g),
        p_value(effect.p),
        p_value(contrast.p_corrected),
        found,
        f"{effect.method}, {effect.conversations} conversations, {effect.blocks} pairs",
    )


def _design(plan: StudyPlan) -> str:
    config = plan.config
    made = [source.id for source in plan.sources if source.simulated]
    recorded = [source.id for source in plan.sources if not source.simulated]
    lines = [
        f"- {_count(len(plan.sources), 'conversation')} × {_count(len(plan.conditions), 'condition')} × {_count(config.seeds, 'seed')}; "
        f"study seed {config.seed}.",
    ]
    if made:
        setting = config.conversations.simulated
        how = f", {setting.seconds:g} s each, turns sampled as in {setting.turns}" if setting.count else ""
        lines.append(f"- {len(made)} simulated conversations{how}: speech and turns are SIMULATED, too.")
    if recorded:
        lines.append(f"- Recorded: {', '.join(recorded)}.")
    lines.append(f"- Figures of {'both people' if config.measured == 'both' else 'seat ' + config.measured.upper()} count.")
    lines += [f"- Condition *{condition.name}*: {_changes(config.conditions[condition.name])}." for condition in plan.conditions]
    return "\n".join(lines)


def _changes(condition: object, default: object | None = None) -> str:
    """What of a condition is not as usual, as key = value."""
    usual = type(condition)() if default is None else default
    words: list[str] = []
    for name, value in vars(condition).items():
        if name == "both" or value == getattr(usual, name):
            continue
        inner = _changes(value, getattr(usual, name)) if hasattr(value, "__dataclass_fields__") else ""
        words += [f"{name}.{part}" for part in inner.split("; ")] if inner else [f"{name} = {value}"]
    return "; ".join(words) or "nothing changed"


def _contrast_words(plan: StudyPlan) -> str:
    settings = plan.config.statistics
    return (
        f"Differences within blocks (same conversation, same seed). Intervals: {100 * settings.confidence:g} %, of the model, and BCa "
        f"bootstrap over conversations. *p corrected*: {settings.correction}, over all rows; *found*: below {settings.alpha:g}. *g*: mean "
        "difference over the standard deviation of the conversations' differences, with Hedges' correction. Effects are of these agents "
        "on conversations such as these; a difference that is not found may still be there."
    )


def _definitions(plan: StudyPlan) -> str:
    known = catalogue()
    return "\n".join(f"- `{name}` ({known[name].family}): {known[name].definition}" for name in plan.measures)


def _table(header: Sequence[str], rows: Rows) -> str:
    lines: Iterable[Sequence[str]] = (header, ["---"] * len(header), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _missing(blocks: int) -> str:
    return str(blocks) if blocks else ""
