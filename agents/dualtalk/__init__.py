"""DualTalk: one model for speaking and listening (Peng et al., CVPR 2025, arXiv 2505.18096), its weights, and its agent.

Names are imported on first use, so that listing the agents loads no torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dyad.agents.dualtalk.config import DualTalkConfig
    from dyad.agents.dualtalk.model import DualTalk

__all__ = ["DualTalk", "DualTalkConfig"]

_HOMES = {"DualTalk": "model", "DualTalkConfig": "config"}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
