"""Dyad simulates two people in conversation: two agents, each hearing both voices and seeing the other's head, move their own.

Importing dyad sets, where the user has not, what keeps its dependencies quiet and private (no telemetry, no usage statistics), and lets
torchaudio load beside a CPU torch. It has to happen in every process before pyannote.audio, transformers or ray is imported.
"""

import importlib
import os
from typing import Any

from dyad import torchaudio_fallback

os.environ.setdefault("PYANNOTE_METRICS_ENABLED", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
torchaudio_fallback.install()

__version__ = "0.1.0"

# What most programs need, importable from the top; loaded on first use, so that ``import dyad`` stays quick.
_PUBLIC = {
    "Conversation": "dyad.conversation",
    "Motion": "dyad.motion",
    "Recording": "dyad.recording",
    "Seat": "dyad.seat",
    "AgentRecipe": "dyad.registry",
    "load_conversation": "dyad.loading",
    "load_speech": "dyad.speech",
    "simulate": "dyad.simulation.loop",
    "measure_behaviour": "dyad.eval.behaviour",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'dyad' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    """The names above, for completion."""
    return sorted([*globals(), *_PUBLIC])
