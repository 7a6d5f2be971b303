"""The default agent: reacts by rules with sources; needs no weights."""

from dyad.agents.reactive.agent import Reactive

__all__ = ["Reactive"]
