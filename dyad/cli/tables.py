"""What commands print at their end."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dyad.conversation import Conversation
from dyad.output_folder import as_input_error
from dyad.recording import Recording
from dyad.seat import Seat

WIDTH_WITHOUT_TERMINAL = 120  # rich would fold tables at 80 columns in pipes and logs


def console() -> Console:
    """Standard output; wide enough for tables where there is no terminal to ask."""
    out = Console()
    return out if out.is_terminal else Console(width=WIDTH_WITHOUT_TERMINAL)


def print_notes(conversation: Conversation) -> None:
    """Say what was read and what was done to it."""
    out = console()
    provenance = conversation.provenance
    out.print(f"{provenance.source}: {conversation.duration_s:.1f} s, turns from {provenance.diarization}", highlight=False, markup=False)
    for note in provenance.notes:
        out.print(f"  {note}", highlight=False, markup=False, soft_wrap=True)


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table; numbers to the right."""
    table = Table(title=title, title_justify="left")
    for index, name in enumerate(header):
        table.add_column(name, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*row)
    console().print(table, markup=False)


def print_summary(recording: Recording, folder: Path) -> None:
    """The short table after a run."""
    summary = recording.summary
    rates = summary["events_per_minute"]
    rows = [
        ("agent", *(summary["agents"][seat.name] for seat in Seat)),
        ("speaks", *(f"{100 * summary['speech_share'][seat.name]:.0f} %" for seat in Seat)),
    ]
    for kind, title in (("nod", "nods"), ("blink", "blinks"), ("smile", "smiles"), ("gaze_away", "looks away")):
        rows.append((f"{title} a minute", *(f"{rates[seat.name][kind]:.1f}" if kind in rates[seat.name] else "–" for seat in Seat)))
    rows.append(("step, median ms", *(f"{summary['step_ms'][seat.name]['median']:.1f}" for seat in Seat)))
    names = recording.participants
    print_table(f"{recording.conversation_id}: {summary['duration_s']:.1f} s", ("", f"A: {names[0]}", f"B: {names[1]}"), rows)
    gap = summary["gap_median_s"]
    out = console()
    out.print(
        f"{summary['turn_changes']} turn changes, median gap {'–' if gap is None else f'{gap:.2f} s'}, "
        f"overlap {100 * summary['overlap_share']:.0f} %; simulated in {summary['wall_s']:.1f} s "
        f"(real-time factor {summary['real_time_factor']:.3f})",
        highlight=False,
    )
    out.print(f"Wrote {folder}\nWatch it: dyad view {folder}", highlight=False, markup=False, soft_wrap=True)


def write_json(path: Path, content: object) -> None:
    """Write figures for other programs.

    Raises:
        InputError: the file cannot be written.
    """
    with writing(path):
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the disk says while a file is written into words.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise as_input_error(error, path) from error
