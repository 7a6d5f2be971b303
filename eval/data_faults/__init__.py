"""The usual faults of recorded conversations: one pure function each, all returning findings with figure, limit and cure."""
