"""The tidy table of a corpus: one row a number, all that is needed to understand it in its columns."""

import json
from collections.abc import Iterable

import pyarrow as pa

from dyad.eval.turn_taking import TurnMeasure

SCHEMA = pa.schema(
    [
        pa.field("conversation", pa.string(), nullable=False),
        pa.field("pairing", pa.string(), nullable=False),
        pa.field("duration_s", pa.float64(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("seat", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("n", pa.int64(), nullable=False),
        pa.field("definition", pa.string(), nullable=False),
        pa.field("parameters", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
    ]
)
"""``pairing`` is "real", or "pseudo" for two who never met; ``parameters`` is JSON; ``seat`` is null for a number about both."""


def table_of(conversation: str, measures: Iterable[TurnMeasure], *, pairing: str, duration_s: float) -> pa.Table:
    """The rows of one conversation."""
    rows = list(measures)
    return pa.table(
        {
            "conversation": [conversation] * len(rows),
            "pairing": [pairing] * len(rows),
            "duration_s": [duration_s] * len(rows),
            **{name: [getattr(row, name) for row in rows] for name in ("name", "seat", "value", "unit", "n", "definition")},
            "parameters": [json.dumps(dict(row.parameters), sort_keys=True) for row in rows],
            "source": [row.source for row in rows],
        },
        schema=SCHEMA,
    )
