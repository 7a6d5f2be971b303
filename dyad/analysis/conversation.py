"""One conversation: measured, and written as a folder of figures, events, turns in every format, and a page."""

import csv
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

from pyannote.core import Annotation

from dyad.analysis.alignment import NOD_EDGES_S, Alignment
from dyad.analysis.findings import Findings, Settings, defined, measure_talk
from dyad.analysis.outputs import CONVERSATION_FORMAT, EVENTS_FILE, MEASURES_FILE, REPORT_FILE, TURN_FILES, as_json, check_output
from dyad.analysis.pooled import Samples, comparison, samples_of
from dyad.analysis.reading import Reading, read_talk
from dyad.analysis.reference import FIGURES
from dyad.analysis.source import Source
from dyad.analysis.talk import Talk
from dyad.analysis.windows import talk_windows
from dyad.annotations import Utterance, write_annotation
from dyad.diarization.diarized import annotation_of
from dyad.eval.events import detect_events
from dyad.eval.turn_taking import EventRow, events_table
from dyad.eval.turn_taking.intervals import MICRO
from dyad.eval.turn_taking.spans import Floats
from dyad.output_folder import replaced_folder
from dyad.seat import Seat


def analyse_conversation(
    source: Source,
    out: str | Path,
    *,
    settings: Settings | None = None,
    reading: Reading | None = None,
    replace: bool = False,
) -> Findings:
    """Measure one conversation and write its folder: all of it, or nothing.

    Args:
        source: where it is read from.
        out: folder; absent, empty, or an earlier analysis with ``replace``.
        settings: how it is measured.
        reading: how its files are read.
        replace: whether an earlier analysis is replaced.

    Raises:
        InputError: files that cannot be used, or a folder that is not ours to write.
    """
    settings, reading = settings or Settings(), reading or Reading()
    path = check_output(out, replace=replace)
    talk = read_talk(source, reading=reading)
    findings = measure_talk(talk, settings)
    with replaced_folder(path) as folder:
        samples = samples_of(findings.analysis)
        content = _as_plain_values(findings, samples, settings)
        (folder / MEASURES_FILE).write_text(as_json(content), encoding="utf-8")
        _write_events(folder / EVENTS_FILE, findings, settings)
        _write_turns(folder, talk)
        (folder / REPORT_FILE).write_text(_page(findings, content, samples), encoding="utf-8")
    return findings


def _as_plain_values(findings: Findings, samples: Samples, settings: Settings) -> dict[str, Any]:
    from dyad import __version__

    talk, windows = findings.talk, talk_windows(findings.analysis)
    measures = [dict(asdict(measure), parameters=dict(measure.parameters)) for measure in findings.measures]
    figures = _figures(measures)
    return {
        "format": CONVERSATION_FORMAT,
        "dyad": __version__,
        "conversation": {
            "id": talk.id,
            "participants": list(talk.participants),
            "duration_s": round(talk.intervals.duration_s, 6),
            "source": talk.source,
            "notes": list(talk.notes),
            "has_words": talk.intervals.texts is not None,
            "has_motion": talk.motion is not None,
        },
        "settings": settings.plain(),
        "measures": measures,
        "talk_time": {
            "window_s": round(windows.window_s, 6),
            "step_s": round(windows.step_s, 6),
            "middle_s": windows.middle_s.round(6).tolist(),
            **{seat.name: windows.share[seat].round(6).tolist() for seat in Seat},
        },
        **({} if findings.alignment is None else {"alignment": _curves(findings.alignment)}),
        "references": comparison(samples, figures),
        "definitions": defined({measure["definition"] for measure in measures}),
    }


def _curves(alignment: Alignment) -> dict[str, Any]:
    return {
        "gaze_lag_s": alignment.lag_s.tolist(),
        "gaze_at_partner": {f"{seat.name}_turn_{edge}": _known(curve) for (edge, seat), curve in alignment.gaze.items()},
        "turns": {seat.name: count for seat, count in alignment.turns.items()},
        "nod_edges_s": NOD_EDGES_S.tolist(),
        "nods_per_minute": {seat.name: _known(curve) for seat, curve in alignment.nods.items()},
        "partner_phrases": {seat.name: count for seat, count in alignment.phrases.items()},
    }


def _known(curve: Floats) -> list[float | None]:
    return [round(value, 6) if isfinite(value) else None for value in curve.tolist()]


def _figures(measures: list[dict[str, Any]]) -> dict[str, float | None]:
    """Shares and rates of both people, by name; speech is a person's share, the mean of both."""
    figures = {measure["name"]: measure["value"] for measure in measures if measure["seat"] is None and measure["name"] in FIGURES}
    own = [measure["value"] for measure in measures if measure["name"] == "speech_share"]
    return figures | {"speech_share": sum(own) / len(own)}


def _write_events(path: Path, findings: Findings, settings: Settings) -> None:
    """What happened between the two, and what heads and faces did, in order of time."""
    gestures = [
        EventRow(event.kind, event.seat.name, event.start_s, event.end_s, event.strength, "gesture_size")
        for motion in findings.talk.motion or ()
        for event in detect_events(motion, rules=settings.nonverbal.events)
    ]
    events = [*events_table(findings.talk.intervals, settings.turns), *gestures]
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(EventRow._fields)
        for event in sorted(events, key=lambda event: (event.start_s, event.end_s, event.kind, event.seat)):
            rows.writerow(f"{field:.6f}" if isinstance(field, float) else field for field in event)


def _write_turns(folder: Path, talk: Talk) -> None:
    """The turns in every format that can be written; none where nobody spoke, as no format has room for that."""
    annotation = _annotation(talk)
    if not annotation:
        return
    utterances = _utterances(talk)
    names = talk.participants if talk.participants[0] != talk.participants[1] else ("A", "B")
    for name in TURN_FILES:
        write_annotation(annotation, folder / name, names=names, utterances=utterances, duration_s=talk.intervals.total / MICRO)


def _annotation(talk: Talk) -> Annotation:
    return annotation_of({seat.name: (talk.intervals.speech[seat] / MICRO).tolist() for seat in Seat})


def _utterances(talk: Talk) -> list[Utterance]:
    intervals = talk.intervals
    if intervals.texts is None:
        return []
    rows = [
        Utterance(seat.name, start, end, text)
        for seat, spans in zip(Seat, (intervals.a, intervals.b), strict=True)
        for (start, end), text in zip(spans.tolist(), intervals.texts[seat], strict=True)
    ]
    return sorted(rows, key=lambda row: (row.start_s, row.end_s, row.seat))


def _page(findings: Findings, content: Mapping[str, Any], samples: Samples) -> str:
    from dyad.analysis.report import conversation_report  # matplotlib takes a third of a second to import

    return conversation_report(findings, content, samples)
