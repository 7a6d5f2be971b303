"""Results as tables: scores down, faces across, so that no row of scores stands without those beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dyad.dualtalk_layout import GROUPS
from dyad.eval.dualtalk.measures import ALIGNED, CORPUS_SCORES, FAMILIES, SCORES, Score
from dyad.eval.dualtalk.published import FACTORS, PREFIX, ROWS, PublishedRow, in_published_scaling
from dyad.eval.dualtalk.summary import Mean
from dyad.evaluation.run import SplitResults

ARROWS = {"lower": "↓", "higher": "↑", "truth": "≈"}
NONE = "–"
_FRAME = 3  # characters round a cell: two spaces and a line
_BESIDE = ("window_r", "velocity_fd")
_LIPS = ("lip_voice_r", "lip_voice_lag_ms", "jaw_stroke_skill")
_BESIDE_GROUP = {"exp": _LIPS, "jaw": _LIPS, "pose": ("head_stroke_skill",)}
_TITLES = {
    "fd": "FD", "p_fd": "P-FD", "mse": "MSE", "sid": "SID", "sid_published": "SID swap", "rpcc": "rPCC",
    "window_r": "r", "velocity_fd": "vel. FD", "lip_voice_r": "lip r", "lip_voice_lag_ms": "lip ms",
    "jaw_stroke_skill": "beats", "head_stroke_skill": "beats",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Table:
    """Text in cells.

    Args:
        title: what it shows.
        header: names of the columns; the first is "score".
        rows: cells.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """As a table of Markdown, with its title as a heading."""
        lines = [self.header, ("---", *["---:"] * (len(self.header) - 1)), *self.rows]
        return f"### {self.title}\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"

    def fitted(self, characters: int) -> list["Table"]:
        """For a terminal of so many characters a line: headings on two lines, and what is too wide in further tables below.

        A terminal would cut numbers off instead. Each table begins with the first column.
        """
        header = (self.header[0], *("\n".join(name.split(" ", 1)) for name in self.header[1:]))
        columns = list(zip(header, *self.rows, strict=True))
        widths = [max(len(line) for cell in column for line in cell.split("\n")) + _FRAME for column in columns]
        parts: list[list[int]] = [[]]
        room = characters - 1 - widths[0]
        for index, width in enumerate(widths[1:], 1):
            if parts[-1] and width + sum(widths[other] for other in parts[-1]) > room:
                parts.append([])
            parts[-1].append(index)
        chosen = [[columns[0], *(columns[index] for index in part)] for part in parts]
        cells = [tuple(zip(*part, strict=True)) for part in chosen]
        return [Table(title=self.title, header=lines[0], rows=lines[1:]) for lines in cells]


def benchmark_tables(results: SplitResults, *, published: bool) -> list[Table]:
    """Scores of expression, jaw and neck in the scaling of published tables, each with the time-aligned ones beside them.

    Args:
        results: of one split.
        published: add the published rows of that split.
    """
    rivals = [row for row in ROWS if row.split == results.split] if published else []
    return [_benchmark_table(results, rivals, group=group, index=index) for index, group in enumerate(GROUPS)]


def _benchmark_table(results: SplitResults, rivals: Sequence[PublishedRow], *, group: str, index: int) -> Table:
    aligned = (*(f"{name}_{group}" for name in _BESIDE), *_BESIDE_GROUP[group])
    header = ["face"]
    for name in FACTORS:
        header.append(f"{_TITLES[name]} {ARROWS[_score_of(name).better]}")
    header += [f"{_TITLES[key.removesuffix(f'_{group}')]} {ARROWS[_score_of(key.removesuffix(f'_{group}')).better]}" for key in aligned]
    rows = []
    for face, means in results.rows.items():
        scaled = in_published_scaling(_values(means))
        cells = [scaled.get(f"{PREFIX}{name}_{group}") for name in FACTORS] + [means[key].value for key in aligned]
        rows.append((face, *map(_fixed, cells)))
    for row in rivals:
        cells = [row.values[name][index] if name in row.values else None for name in FACTORS] + [None] * len(aligned)
        rows.append((row.method, *map(_fixed, cells)))
    scaling = ", ".join(f"{_TITLES[name]} × {factors[index]:g}" for name, factors in FACTORS.items() if factors[index] != 1)
    title = f"{results.title}, {group.upper()}, {len(results.sides)} sides ({scaling})"
    return Table(title=title, header=tuple(header), rows=tuple(rows))


def raw_tables(results: SplitResults) -> list[Table]:
    """One table for each family of scores, raw; the time-aligned ones below each, so that none is read alone."""
    tables = []
    for family, words in FAMILIES.items():
        own = _score_rows(results, family)
        if own:
            below = [] if family == ALIGNED else _score_rows(results, ALIGNED)
            tables.append(Table(title=f"{results.title}: {words}", header=("score", *results.rows), rows=(*own, *below)))
    return tables


def figure(value: float | None) -> str:
    """Three figures that count, or a dash."""
    if value is None or abs(value) >= 1:
        return _fixed(value)
    return f"{value:.3g}"


def _fixed(value: float | None) -> str:
    if value is None:
        return NONE
    places = 0 if abs(value) >= 100 else 2 if abs(value) >= 0.1 or value < 0 else 3
    return f"{round(value, places) + 0.0:.{places}f}"  # + 0 takes the sign off a zero


def _score_rows(results: SplitResults, family: str) -> list[tuple[str, ...]]:
    rows = []
    for score in (*SCORES, *CORPUS_SCORES):
        if score.family == family:
            for index, key in enumerate(score.keys):
                means = [means.get(key) for means in results.rows.values()]
                if any(mean is not None for mean in means):
                    rows.append((_label(score, key, index), *(figure(mean.value if mean else None) for mean in means)))
    return rows


def _label(score: Score, key: str, index: int) -> str:
    unit = score.units[index]
    shown = key.removesuffix("_ms").removesuffix("_mm").removesuffix("_mm2")
    return f"{shown}{f', {unit}' if unit else ''} {ARROWS[score.better]}"


def _values(means: Mapping[str, Mean]) -> dict[str, float]:
    return {key: mean.value for key, mean in means.items() if mean.value is not None}


def _score_of(name: str) -> Score:
    return next(score for score in SCORES if score.name == name)
