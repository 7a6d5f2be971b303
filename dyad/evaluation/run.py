"""From a corpus to results: choose what is scored, spread it over the cores, and average."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dyad.cluster import in_order, parallel_map
from dyad.datasets.dualtalk import SPEAKERS, DualTalk
from dyad.datasets.npz_headers import rows_of
from dyad.datasets.simulated import MANIFEST as SIMULATED
from dyad.errors import InputError
from dyad.eval.dualtalk.lips import intensity_correlation
from dyad.eval.dualtalk.scores import LEAST_FRAMES
from dyad.eval.dualtalk.summary import Mean, average
from dyad.evaluation.predictions import LENGTH_TOLERANCE_FRAMES, check_predictions
from dyad.evaluation.ridge import Array, fit_on_clips, training_clips
from dyad.evaluation.scoring import Job, SideScores, score_conversation
from dyad.seat import Seat

TRAIN = "train"
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and of how many."""


@dataclass(frozen=True, kw_only=True)
class SplitResults:
    """One split, scored.

    Args:
        split: its name.
        sides: scores of every side, in the order of the corpus, speaker1 first.
        rows: means over all sides, by row and key of a score.
        skipped: clips that were not scored, with the reason.
        notes: what else there is to know, one sentence each.
        simulated: whether dyad made the corpus, so that nobody ever moved like its truth.
    """

    split: str
    sides: tuple[SideScores, ...]
    rows: Mapping[str, Mapping[str, Mean]]
    skipped: Mapping[str, str]
    notes: tuple[str, ...]
    simulated: bool = False

    @property
    def title(self) -> str:
        """Name of the split, marked where it is simulated."""
        return f"{self.split}, SIMULATED" if self.simulated else self.split

    @property
    def basis(self) -> str:
        """Of the motion."""
        return " and ".join(sorted({side.basis for side in self.sides}))


def clips_to_score(dataset: DualTalk, split: str, *, limit: int | None) -> tuple[list[str], dict[str, str]]:
    """Clips of a split that can be scored, the first ``limit`` of them; and those that cannot, with the reason. Reads headers only.

    Raises:
        InputError: no such split, or no clip that can be scored.
    """
    skipped = {name: f"no {' and no '.join(files)}" for name, files in dataset.incomplete(split).items()}
    chosen: list[str] = []
    for name in dataset.ids(split):
        if len(chosen) == limit:
            break
        if name in skipped:
            continue
        if reason := _misfit(dataset, name):
            skipped[name] = reason
        else:
            chosen.append(name)
    if not chosen:
        got = next(iter(skipped.values()), "none")
        cure = "Scores compare with the partner's motion too: record or simulate both sides."
        raise InputError(f"split {split}", expected="clips with sound and motion of both sides", got=got, cure=cure)
    return chosen, skipped


def _misfit(dataset: DualTalk, name: str) -> str:
    """Why files of a clip do not belong together; "" where they do."""
    shortest = dataset.frames(name)
    longest = max(rows_of(dataset.root / f"{name}_{speaker}.npz", "exp") for speaker in SPEAKERS)
    if longest - shortest > LENGTH_TOLERANCE_FRAMES:
        return f"lengths of its files differ: {shortest} and {longest} frames"
    return "" if shortest >= LEAST_FRAMES else f"{shortest} frames, fewer than {LEAST_FRAMES}"


def evaluate_split(
    dataset: DualTalk, split: str, *, job: Job, limit: int | None = None, on_progress: Progress | None = None
) -> SplitResults:
    """Score every clip of a split in both directions, on the cluster in use (``dyad.cluster.connected``), else on a private one.

    Args:
        dataset: the corpus.
        split: its name.
        job: what to score; ``ridge`` and ``folds`` are filled in here.
        limit: number of clips to take.
        on_progress: see ``Progress``.

    Raises:
        InputError: missing predictions, or files that cannot be read or do not fit together.
    """
    names, skipped = clips_to_score(dataset, split, limit=limit)
    if job.predictions is not None:
        check_predictions(job.predictions, names)

    def telling(title: str, total: int) -> Callable[[int], None]:
        return lambda done: on_progress(title, done, total) if on_progress else None

    notes: tuple[str, ...] = ()
    if job.baselines:
        job, notes = _with_ridge(job, dataset, names, telling=telling)
    scored = parallel_map(partial(score_conversation, job=job), names, on_done=telling(f"Scoring {split}", len(names)))
    sides = tuple(side for both in in_order(scored) for side in both)
    simulated = (dataset.root / SIMULATED).is_file()
    return SplitResults(split=split, sides=sides, rows=_means(sides), skipped=skipped, notes=notes, simulated=simulated)


def _with_ridge(
    job: Job, dataset: DualTalk, names: Sequence[str], *, telling: Callable[[str, int], Callable[[int], None]]
) -> tuple[Job, tuple[str, ...]]:
    """Fitted on the training split where there is one, else on the other half of the clips; never on what it is scored on."""

    def fitted(candidates: Sequence[str]) -> tuple[Array, Array]:
        clips = training_clips(candidates)
        return fit_on_clips(job.root, clips, on_done=telling("Fitting ridge", len(clips)))

    if TRAIN in dataset.splits and not names[0].startswith(f"{TRAIN}/"):
        training = [name for name in dataset.ids(TRAIN) if len(dataset.seats(name)) == len(Seat)]
        if training:
            weights, mean = fitted(training)
            fitted_job = replace(job, ridge=(weights,), means=(mean,), folds=dict.fromkeys(names, 0))
            return fitted_job, ("Ridge and train mean: of the split train.",)
    if len(names) < 2:
        return job, ("No ridge: it takes a split train, or two clips, to fit it on others than it is scored on.",)
    why = "as it is train that is scored" if names[0].startswith(f"{TRAIN}/") else "as there is no split train with motion of both sides"
    folds = {name: index % 2 for index, name in enumerate(names)}
    ridges, means = zip(*(fitted([name for name in names if folds[name] != fold]) for fold in (0, 1)), strict=True)
    fitted_job = replace(job, ridge=ridges, means=means, folds=folds)
    return fitted_job, (f"Ridge and train mean: of the other half of the clips, {why}.",)


def _means(sides: Sequence[SideScores]) -> dict[str, dict[str, Mean]]:
    rows = {name: average([side.rows[name] for side in sides]) for name in sides[0].rows}
    for name, means in rows.items():
        for intensity, key in (("jaw_intensity", "slcc_jaw"), ("lip_intensity", "slcc_lips")):
            lips = [side.rows[name].get(intensity) for side in sides]
            if None not in lips:
                r, clips = intensity_correlation(
                    [side.speech_intensity for side in sides], [lip or 0.0 for lip in lips], people=[side.person for side in sides]
                )
                means[key] = Mean(value=r, clips=clips)
    return rows
