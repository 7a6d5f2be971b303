"""A DualTalk checkpoint of random weights, small enough for tests."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

WINDOWS = {
    "chunk_frames": 4,
    "context_frames": 20,
    "ahead_frames": 3,
    "block_frames": 8,
    "block_context_frames": 2,
    "sight_delay_frames": 10,
}
"""Short ones, so that a look-ahead fits into a short call."""


@cache
def tiny_checkpoint(basis: str) -> Path:
    """Folder of a checkpoint; made once a process, gone with it."""
    import torch

    from dyad.agents.dualtalk.config import DualTalkConfig
    from dyad.agents.dualtalk.model import DualTalk

    torch.manual_seed(0)
    config = DualTalkConfig(encoder={"model_type": "log_mel"}, width=32, interaction_layers=1, lstm_layers=1, feed_forward=64, basis=basis)
    folder = Path(_scratch().name) / basis
    DualTalk(config).save(folder)
    return folder


def tiny_options(basis: str = "flame50") -> dict[str, Any]:
    """Options of the agent ``dualtalk``."""
    from dyad.agents.dualtalk.agent import Windows

    return {"checkpoint": str(tiny_checkpoint(basis)), "windows": Windows(**WINDOWS)}


@cache
def _scratch() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="dyad-tiny-")
