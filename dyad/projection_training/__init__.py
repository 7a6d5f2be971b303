"""Training and scores of the voice activity projection in ``dyad.agents.projection``."""
