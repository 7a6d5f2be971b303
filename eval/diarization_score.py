"""How well turns match a reference: diarization error rate and Jaccard error rate, by pyannote.metrics."""

from typing import Any

from pyannote.core import Annotation, Segment, Timeline

from dyad.errors import InputError


def score_diarization(reference: Annotation, hypothesis: Annotation, *, duration_s: float) -> dict[str, float]:
    """Compare turns with a reference over the whole recording.

    Convention: no collar, overlap included, speakers matched one to one so as to favour the hypothesis (labels need not agree); the strict
    setting of NIST's and DIHARD's evaluations. Lower is better; 0 is identical; DER can pass 1.

    Sources: DER: NIST Rich Transcription 2009 evaluation plan; JER: Ryant et al., "The Second DIHARD Diarization Challenge" (2019); both as
    computed by pyannote.metrics (Bredin, 2017).

    Args:
        reference: true turns.
        hypothesis: turns to judge.
        duration_s: length of the recording in seconds; all of it is scored.

    Returns:
        ``der``, and its parts ``false_alarm``, ``missed``, ``confusion``, each as a share of the reference's speaker time;
        ``jer`` (0 to 1); ``reference_s`` and ``hypothesis_s``, speaker time in seconds (overlap counts for both).

    Raises:
        InputError: a reference without speech, or turns outside the recording.
    """
    from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

    for name, turns in (("reference", reference), ("hypothesis", hypothesis)):
        extent = turns.get_timeline().extent()
        if turns and (extent.start < 0 or extent.end > duration_s + 1e-6):
            raise InputError(
                name,
                expected=f"turns within 0 to {duration_s:.2f} s",
                got=f"turns from {extent.start:.2f} to {extent.end:.2f} s",
                cure="Give the recording's length as duration_s, or crop the turns.",
            )
    if not reference:
        raise InputError("reference", expected="at least one turn", got="none", cure="An error rate needs speech to refer to.")
    whole = Timeline([Segment(0, duration_s)])
    parts: dict[str, Any] = DiarizationErrorRate(collar=0.0, skip_overlap=False)(reference, hypothesis, uem=whole, detailed=True)
    total = float(parts["total"])
    return {
        "der": float(parts["diarization error rate"]),
        "false_alarm": float(parts["false alarm"]) / total,
        "missed": float(parts["missed detection"]) / total,
        "confusion": float(parts["confusion"]) / total,
        "jer": float(JaccardErrorRate(collar=0.0, skip_overlap=False)(reference, hypothesis, uem=whole)),
        "reference_s": total,
        "hypothesis_s": float(sum(segment.duration for segment, _ in hypothesis.itertracks())),
    }
