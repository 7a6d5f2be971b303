"""Dyad simulates two people in conversation: two agents, each hearing both voices and seeing the other's head, move their own.

Importing dyad sets, where the user has not, what keeps its dependencies quiet and private (no telemetry, no usage statistics), and lets
torchaudio load beside a CPU torch. It has to happen in every process before pyannote.audio, transformers or ray is imported.
"""

import os

from dyad import torchaudio_fallback

os.environ.setdefault("PYANNOTE_METRICS_ENABLED", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
torchaudio_fallback.install()

__version__ = "0.1.0"
