"""One conversation as a page: its main figures beside recorded corpora, plots, every measure, and what each of them means."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from dyad.analysis.alignment import SHORTEST_TURN_S
from dyad.analysis.alignment_plot import alignment_curves
from dyad.analysis.exchange import offset_histogram, state_diagram
from dyad.analysis.figures import full_table, key_table
from dyad.analysis.findings import Findings
from dyad.analysis.page import bullets, figure, folded, glossary, heading, page, paragraph
from dyad.analysis.pooled import Samples
from dyad.analysis.reference import reference_definitions
from dyad.analysis.ribbon import talk_time, timeline
from dyad.analysis.synchrony_tables import synchrony_table
from dyad.analysis.windows import talk_windows
from dyad.eval.turn_taking.floor import states_of
from dyad.eval.turn_taking.intervals import MICRO


def conversation_report(findings: Findings, content: Mapping[str, Any], samples: Samples) -> str:
    """The page.

    Args:
        findings: what was measured.
        content: of ``turn_taking.json``.
        samples: lengths, microseconds.
    """
    return page(f"Turn-taking of {findings.talk.id}", _parts(findings, content, samples))


def _parts(findings: Findings, content: Mapping[str, Any], samples: Samples) -> Iterator[str]:
    talk, analysis = findings.talk, findings.analysis
    texts = {key: f"{known['text']} ({known['source']})" for key, known in content["definitions"].items()}
    names = talk.participants
    yield paragraph(f"A is {names[0]}, B is {names[1]}; {talk.intervals.duration_s:,.1f} s, from {talk.source}.")
    settings = ", ".join(f"{key} {value}" for key, value in content["settings"].items())
    yield paragraph(f"Measured with {settings}; dyad {content['dyad']}.", quiet=True)
    yield bullets(talk.notes)
    yield heading("Main figures")
    yield key_table(content["measures"], texts)
    yield heading("Who speaks when")
    yield figure(
        timeline(analysis, names=names), caption=f"Inter-pausal units: own silences below {analysis.rules.join_s:g} s are bridged."
    )
    yield heading("Floor transfer offsets")
    caption = f"{len(samples['fto'])} transfers; lines are recorded corpora, with their number of transfers."
    yield figure(offset_histogram(samples["fto"] / MICRO, title="this conversation"), caption=caption)
    yield paragraph(reference_definitions(), quiet=True)
    yield heading("Talk time")
    yield figure(talk_time(talk_windows(analysis), names=names), caption="Share of each window in which each of the two speaks.")
    yield heading("The four states")
    caption = "As large as their share of the time; numbers at the arrows say by which state each is followed, in per cent."
    yield figure(state_diagram(states_of(*analysis.units, total=analysis.total)), caption=caption, small=True)
    yield from _of_motion(findings, texts)
    yield heading("Every measure")
    yield folded(f"Show {len(content['measures'])} numbers", full_table(content["measures"], texts))
    yield heading("Definitions")
    yield glossary((key, known["text"], known["source"]) for key, known in content["definitions"].items())


def _of_motion(findings: Findings, texts: Mapping[str, str]) -> Iterator[str]:
    if findings.alignment is None:
        return
    yield heading("Gaze and nods around turns")
    caption = f"Own turns of at least {SHORTEST_TURN_S:g} s; phrases are inter-pausal units of the partner."
    yield figure(alignment_curves(findings.alignment), caption=caption)
    yield heading("What heads and faces did")
    known = {measure.name for measure in findings.nonverbal if measure.value is not None}
    shown = [measure for measure in findings.nonverbal if measure.name in known and not measure.name.endswith(("_q25", "_q75"))]
    yield full_table([asdict(measure) for measure in shown], texts)
    yield paragraph("Quartiles, and what could not be measured with its reason, are among all measures below.", quiet=True)
    yield heading("Synchrony")
    yield synchrony_table(findings.synchrony)
    unknown: dict[str, list[str]] = {}
    for measure in findings.synchrony:
        if measure.reason:
            unknown.setdefault(measure.reason, []).append(measure.name)
    yield bullets([f"Not measured, {reason}: {', '.join(names)}." for reason, names in unknown.items()])
