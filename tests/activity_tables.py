"""Tables of voice activity for tests: conversations sampled so that they take turns as people do."""

from pathlib import Path

import numpy as np

from dyad.datasets.turn_structure import sample_turns


def write_table(path: Path, *, conversations: int, seconds: float = 60.0, seed: int = 0) -> Path:
    """An ``.npz`` table with conversations 100, 101, …; .csv with the same rows where the path says so."""
    rows = [
        (100 + index, int(stretch.seat), stretch.start_s, stretch.end_s)
        for index in range(conversations)
        for stretch in sample_turns(seconds, seed=seed + index).stretches
    ]
    if path.suffix == ".csv":
        lines = [f"{conversation},{start},{end},{'ann' if side == 0 else 'bob'}" for conversation, side, start, end in rows]
        path.write_text("\n".join(["conversation,start,end,speaker", *lines]) + "\n")
        return path
    conversation, side, start, end = (np.array(column) for column in zip(*rows, strict=True))
    np.savez(
        path,
        conversation=conversation.astype(np.int16),
        side=side.astype(np.int8),
        start_s=start.astype(np.float32),
        end_s=end.astype(np.float32),
        conversation_ids=np.arange(100, 100 + conversations, dtype=np.int16),
        duration_s=np.full(conversations, seconds, np.float32),
    )
    return path
