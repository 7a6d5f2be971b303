"""The prediction against each simple face, conversation by conversation: is it nearer to the truth by more than chance?"""

from collections.abc import Mapping

from dyad.dualtalk_layout import GROUPS
from dyad.eval.dualtalk.paired import ALL, PARTS, Difference, paired_difference, squared_errors
from dyad.evaluation.run import SplitResults
from dyad.evaluation.scoring import PREDICTION, RIDGE, STRANGER, TRAIN_MEAN
from dyad.evaluation.tables import NONE, Table

RIVALS = (TRAIN_MEAN, "mean pose", "hold", RIDGE, STRANGER)
"""Faces that are worth beating. ``mean pose`` and ``hold`` know the clip's own truth."""


def differences(results: SplitResults) -> dict[str, dict[str, Difference]]:
    """By rival and by part (``all`` is the sum of the three groups); empty where nothing was predicted."""
    if PREDICTION not in results.rows:
        return {}
    names = [side.conversation_id for side in results.sides]
    scores = {row: [side.rows[row] for side in results.sides] for row in (PREDICTION, *RIVALS) if row in results.rows}
    return {
        rival: {
            part: paired_difference(squared_errors(scores[PREDICTION], part=part), against, conversations=names)
            for part in PARTS
            if (against := squared_errors(scores[rival], part=part)).sum() > 0
        }
        for rival in scores
        if rival != PREDICTION
    }


def comparison_tables(results: SplitResults) -> list[Table]:
    """One table, or none where nothing was predicted."""
    found = differences(results)
    if not found:
        return []
    conversations = max((each.conversations for parts in found.values() for each in parts.values()), default=0)
    header = ("against", "all, 95 % interval", "p", "better in", *(f"{group}, p" for group in GROUPS))
    rows = tuple((rival, *_overall(parts), *(_short(parts.get(group)) for group in GROUPS)) for rival, parts in found.items())
    title = f"{results.title}: squared error less that of a rival, % of the rival's (below 0 is better; {conversations} conversations)"
    return [Table(title=title, header=header, rows=rows)]


def _overall(parts: Mapping[str, Difference]) -> tuple[str, str, str]:
    found = parts.get(ALL)
    if found is None:
        return NONE, NONE, NONE
    interval = "" if found.low is None or found.high is None else f" ({_percent(found.low)} to {_percent(found.high)})"
    return f"{_percent(found.share)}{interval}", _chance(found.p), f"{found.better} of {found.conversations}"


def _short(found: Difference | None) -> str:
    return NONE if found is None else f"{_percent(found.share)}, {_chance(found.p)}"


def _percent(share: float) -> str:
    return f"{100 * share:+.2f}".replace("-", "−")


def _chance(p: float | None) -> str:
    return NONE if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"
