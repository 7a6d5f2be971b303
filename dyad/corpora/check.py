"""Finds the usual faults in a user's folder of conversations."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dyad.corpora.clip_check import clip_findings
from dyad.datasets.folder import ALL, Folder
from dyad.eval.data_faults.finding import Finding


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found in one clip.

    Args:
        id: the clip.
        findings: its faults and warnings; empty where it is clean.
    """

    id: str
    findings: tuple[Finding, ...]

    @property
    def faulty(self) -> bool:
        """Whether any finding is a fault, not a warning."""
        return any(finding.severity == "fault" for finding in self.findings)


def check_folder(
    root: str | Path,
    *,
    split: str = ALL,
    parallel: bool = False,
    address: str | None = None,
    on_clip: Callable[[int, int], None] | None = None,
) -> list[Checked]:
    """Check every clip of a folder as the dataset ``folder`` reads it; corpora in DualTalk's layout are such folders too.

    Args:
        root: the folder.
        split: one of its splits.
        parallel: on all cores, by Ray.
        address: Ray cluster to join; a private one if None.
        on_clip: called with the number of clips done and of all.

    Returns:
        A report of each clip, in order of their ids.

    Raises:
        InputError: no such folder or split, or no sound in it. What is wrong with a clip is a finding.
    """
    folder = Folder(Path(root).absolute())
    names = sorted({*folder.ids(split), *folder.incomplete(split)})
    check = partial(_check, folder=folder)  # workers get it once, with all that was found in it
    found: dict[int, Checked] = {}
    if parallel:
        from dyad.cluster import parallel_map

        results = parallel_map(check, names, address=address)
    else:
        results = enumerate(map(check, names))
    for index, checked in results:
        found[index] = checked
        if on_clip is not None:
            on_clip(len(found), len(names))
    return [found[index] for index in range(len(names))]


def _check(name: str, *, folder: Folder) -> Checked:
    return Checked(id=name, findings=tuple(clip_findings(folder, name)))


def as_json(checked: list[Checked]) -> dict[str, Any]:
    """Findings for other programs: plain values."""
    found = [{"clip": clip.id, **asdict(finding)} for clip in checked for finding in clip.findings]
    return {
        "clips": len(checked),
        "faulty_clips": sum(clip.faulty for clip in checked),
        "counts": dict(sorted(Counter(finding["fault"] for finding in found).items())),
        "findings": found,
    }
