"""What a training says while it runs: TensorBoard's files, and one JSON object a line for people and programs."""

import json
from pathlib import Path
from typing import Any

LOG_FILE = "log.jsonl"
TENSORBOARD_FOLDER = "tensorboard"


class RunLog:
    """Writes the values of one run; rows and points past the step it starts from are dropped.

    Args:
        run: folder of the training.
        step: steps that are done.
    """

    def __init__(self, run: Path, *, step: int) -> None:
        """Open both."""
        from torch.utils.tensorboard import SummaryWriter

        self._path = run / LOG_FILE
        kept = [row for row in read_log(run) if row["step"] <= step]
        self._path.write_text("".join(f"{json.dumps(row)}\n" for row in kept), encoding="utf-8")
        self._board = SummaryWriter(str(run / TENSORBOARD_FOLDER), purge_step=step + 1)

    def write(self, kind: str, *, step: int, values: dict[str, float]) -> None:
        """Add values.

        Args:
            kind: ``train`` or ``validation``.
            step: steps that are done.
            values: by name.
        """
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, "kind": kind, **values}) + "\n")
        for name, value in values.items():
            self._board.add_scalar(f"{kind}/{name}", value, step)
        self._board.flush()

    def close(self) -> None:
        """Complete the files."""
        self._board.close()


def read_log(run: Path) -> list[dict[str, Any]]:
    """All rows that are complete; none where there is no log."""
    path = run / LOG_FILE
    if not path.is_file():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:  # the end of a line that was being written
            continue
        rows.append(row)
    return rows
