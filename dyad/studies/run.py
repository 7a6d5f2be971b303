"""A whole study: its blocks on all cores, kept as they are finished, then findings, report and picture."""

import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dyad
from dyad.errors import InputError
from dyad.output_folder import replaced_folder
from dyad.registry import suggestion
from dyad.studies.analysis import Findings, analyse
from dyad.studies.blocks import Result, run_block
from dyad.studies.folder import MANIFEST, OWN_MARK, BlockStore, check_study_folder, complete_results, write_results
from dyad.studies.plan import StudyPlan
from dyad.studies.report import markdown
from dyad.studies.sources import voices_of

BACKENDS = ("ray", "inline")
_VERSIONS = ("numpy", "scipy", "statsmodels", "ray", "pyannote.core")


def run_study(
    plan: StudyPlan,
    *,
    out: str | Path,
    backend: str = "ray",
    address: str | None = None,
    on_done: Callable[[int, int], None] | None = None,
) -> Findings:
    """Run a study, or what is left of one that was stopped, and write its folder.

    Args:
        plan: what to do.
        out: folder: new, empty, or an earlier study. Where that has the same figures already, only the findings are made anew.
        backend: ``ray`` (all cores) or ``inline`` (this process).
        address: a running Ray cluster to join; None starts a private one.
        on_done: called with how many blocks are finished, and of how many.

    Returns:
        The findings, as they were written.

    Raises:
        InputError: a folder that is not ours to write, or a conversation that cannot be read.
        AgentError: an agent failed; the blocks finished until then are kept.
    """
    if backend not in BACKENDS:
        raise InputError("backend", expected=" or ".join(BACKENDS), got=repr(backend), cure=suggestion(backend, BACKENDS))
    folder = check_study_folder(out)
    results = complete_results(folder, digest=plan.digest)
    store = None
    if results is None:
        store = BlockStore(folder, digest=plan.digest)
        results = _all_blocks(plan, store, backend=backend, address=address, on_done=on_done or (lambda done, total: None))
    findings = analyse(results, plan)
    with replaced_folder(folder) as partial_folder:
        _write(plan, results, findings, partial_folder)
    if store is not None:
        store.remove()
    return findings


def _all_blocks(
    plan: StudyPlan, store: BlockStore, *, backend: str, address: str | None, on_done: Callable[[int, int], None]
) -> list[Result]:
    known = {block: found for block in plan.blocks if (found := store.read(block)) is not None}
    missing = [block for block in plan.blocks if block not in known]
    on_done(len(known), len(plan.blocks))
    for index, results in _computed(plan, missing, backend=backend, address=address):
        store.write(missing[index], results)
        known[missing[index]] = results
        on_done(len(known), len(plan.blocks))
    return [result for block in plan.blocks for result in known[block]]


def _computed(
    plan: StudyPlan, blocks: Sequence[tuple[int, int]], *, backend: str, address: str | None
) -> Iterator[tuple[int, list[Result]]]:
    if not blocks:
        return
    work = partial(run_block, plan=plan, voices=voices_of(plan.config.conversations.simulated))
    if backend == "inline":
        yield from ((index, work(block)) for index, block in enumerate(blocks))
        return
    from dyad.cluster import parallel_map  # ray takes a third of a second to import

    yield from parallel_map(work, blocks, address=address)


def _write(plan: StudyPlan, results: Sequence[Result], findings: Findings, folder: Path) -> None:
    from dyad.studies.plot import draw

    write_results(results, folder)
    _write_json(folder / "statistics.json", asdict(findings))
    _write_json(folder / MANIFEST, _manifest(plan))
    (folder / "report.md").write_text(markdown(plan, findings), encoding="utf-8")
    draw(plan, findings, folder / "plot.png")


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _manifest(plan: StudyPlan) -> dict[str, Any]:
    return {
        "kind": OWN_MARK,
        "digest": plan.digest,
        "dyad_version": dyad.__version__,
        "simulated": True,
        "note": "SIMULATED: the motion of all conversations; of those named under simulated_conversations, speech and turns too.",
        "simulated_conversations": [source.id for source in plan.sources if source.simulated],
        "recorded_conversations": [source.id for source in plan.sources if not source.simulated],
        "config": asdict(plan.config),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _VERSIONS}},
    }
