"""Whose clip it is, as far as a corpus tells."""

import json
from pathlib import Path

from dyad.datasets.dualtalk import SPEAKERS
from dyad.errors import InputError
from dyad.seat import Seat

CUT_MARK = "_sub_video_"  # the corpus names clips VIDEO_sub_video_NUMBER, and one video shows the same two people throughout


def person_of(root: Path, conversation_id: str, *, seat: Seat) -> str:
    """A name that is the same in all clips known to be of this person.

    Simulated corpora say it beside each clip, in ``NAME.truth.json``; of others, clips cut from one video share their people.

    Raises:
        InputError: a ``NAME.truth.json`` that cannot be read.
    """
    truth = root / f"{conversation_id}.truth.json"
    if not truth.is_file():
        return f"{conversation_id.partition(CUT_MARK)[0]} {SPEAKERS[seat]}"
    try:
        return str(json.loads(truth.read_text(encoding="utf-8"))["people"][seat.name]["name"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        expected = "what was simulated, with the names of both people"
        cure = "Simulate the corpus again, or remove the file."
        raise InputError(str(truth), expected=expected, got=str(error) or type(error).__name__, cure=cure) from error
