"""The folder that an analysis leaves: complete or absent, and replaced only where an earlier analysis stands and the user says so."""

import json
from pathlib import Path

from dyad.errors import InputError
from dyad.output_folder import check_target

CONVERSATION_FORMAT, CORPUS_FORMAT = "dyad analysis 1", "dyad corpus analysis 1"
MEASURES_FILE, EVENTS_FILE, REPORT_FILE = "turn_taking.json", "events.csv", "report.html"
TURN_FILES = ("turns.rttm", "turns.eaf", "turns.TextGrid", "turns.csv", "turns.json")
TABLE_FILE, FAILURES_FILE, SUMMARY_FILE = "turn_taking.parquet", "failures.csv", "summary.json"
FILES = frozenset((MEASURES_FILE, EVENTS_FILE, REPORT_FILE, *TURN_FILES, TABLE_FILE, FAILURES_FILE, SUMMARY_FILE))


def check_output(target: str | Path, *, replace: bool) -> Path:
    """The absolute path of a folder that an analysis may be written to.

    Args:
        target: absent, empty, or an earlier analysis.
        replace: whether that is replaced.

    Raises:
        InputError: a file, a folder with other contents, or an earlier analysis and ``replace`` is False.
    """
    path = Path(target).expanduser().absolute()
    if _is_analysis(path):
        if not replace:
            cure = "Give another --out, or --force to replace it."
            raise InputError(str(path), expected="a new or empty folder", got="an earlier analysis", cure=cure)
        return path.resolve()
    path = check_target(path)
    if path.exists() and any(path.iterdir()):
        raise InputError(str(path), expected="a new or empty folder", got="a recording", cure="Give another --out.")
    return path


def _is_analysis(folder: Path) -> bool:
    """Whether a folder holds an analysis and nothing else."""
    try:
        names = {path.name for path in folder.iterdir()}
        marks = [name for name in (MEASURES_FILE, SUMMARY_FILE) if name in names]
        if not marks or not names <= FILES:
            return False
        content = json.loads((folder / marks[0]).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("format") in (CONVERSATION_FORMAT, CORPUS_FORMAT)


def as_json(content: object) -> str:
    """As it is written to files."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
