"""The one way out for annotations: by the ending of the file."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from pyannote.core import Annotation

from dyad.annotations.draft import UNWRITTEN
from dyad.annotations.eaf_file import eaf_text
from dyad.annotations.stretches import Stretch, stretches_of
from dyad.annotations.textgrid_file import textgrid_text
from dyad.annotations.turn_file import Utterance
from dyad.diarization.diarized import annotation_of
from dyad.errors import InputError
from dyad.output_files import placed_files
from dyad.rttm import write_rttm

WRITERS = (".csv", ".eaf", ".json", ".rttm", ".textgrid")


def write_annotation(
    annotation: Annotation,
    path: str | Path,
    *,
    names: tuple[str, str] = ("A", "B"),
    utterances: Sequence[Utterance] = (),
    duration_s: float | None = None,
    media: str | Path | None = None,
    replace: bool = False,
) -> None:
    """Write who speaks when: for ELAN (.eaf), Praat (.TextGrid), as RTTM, as a table (.csv) or as a VAP vad_list (.json).

    Turns of one person that overlap are written as one. Times have six decimals, in ELAN's files three. The file is complete or absent.

    Args:
        annotation: labelled A and B.
        path: the file; its ending is the format.
        names: of A and of B, or of their tiers; a vad_list has none.
        utterances: words, as ``TurnFile`` has them, for the formats that hold words (.eaf, .TextGrid, .csv).
        duration_s: length of the conversation, for a TextGrid; by default the end of the last turn.
        media: the recording that ELAN opens with the file.
        replace: whether a file that stands there may be replaced.

    Raises:
        InputError: another ending or label, two names alike, a duration that the turns outlast, or the file cannot be written.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in WRITERS:
        raise InputError(str(path), expected=f"a file of {', '.join(WRITERS)}", got=repr(target.suffix), cure="Choose one of them.")
    if names[0] == names[1] or not all(name.strip() and name.isprintable() for name in names):
        raise InputError(
            "names", expected="two different names in plain letters", got=", ".join(map(repr, names)), cure="Name the two apart."
        )
    both = stretches_of(annotation, utterances=utterances)
    last = max(stretch.end_s for stretches in both for stretch in stretches)
    end_s = last if duration_s is None else round(duration_s, 6)
    if not last <= end_s < float("inf"):
        raise InputError("duration_s", expected=f"at least the turns' {last:.2f} s", got=f"{duration_s!r}", cure="Give the right length.")
    with placed_files([target], replace=replace) as (partial,):
        if ending == ".rttm":
            write_rttm(_as_turns(both, names), partial, uri=target.stem)
        else:
            partial.write_text(_text(ending, both, names=names, end_s=end_s, media=media), encoding="utf-8", newline="")


def _text(ending: str, both: Sequence[Sequence[Stretch]], *, names: tuple[str, str], end_s: float, media: str | Path | None) -> str:
    if ending == ".eaf":
        return eaf_text(both, names=names, media=None if media is None else Path(media))
    if ending == ".textgrid":
        return textgrid_text(both, names=names, duration_s=end_s)
    if ending == ".json":
        return json.dumps([[[stretch.start_s, stretch.end_s] for stretch in stretches] for stretches in both]) + "\n"
    return _table(both, names)


def _table(both: Sequence[Sequence[Stretch]], names: Sequence[str]) -> str:
    rows = sorted((start, end, name, text) for stretches, name in zip(both, names, strict=True) for start, end, text in stretches)
    worded = any(text != UNWRITTEN for *_, text in rows)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("start", "end", "speaker", "text") if worded else ("start", "end", "speaker"))
    for start, end, name, text in rows:
        said = ("" if text == UNWRITTEN else text,) if worded else ()
        table.writerow((f"{start:.6f}", f"{end:.6f}", name, *said))
    return out.getvalue()


def _as_turns(both: Sequence[Sequence[Stretch]], names: Sequence[str]) -> Annotation:
    edges = ([(start, end) for start, end, _ in stretches] for stretches in both)
    return annotation_of(dict(zip(names, edges, strict=True)))
