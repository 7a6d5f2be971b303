"""Non-verbal behaviour: rates, lengths and sizes of gestures, gaze, smiles, and how they answer the partner."""

from dyad.eval.nonverbal.definitions import NONVERBAL_DEFINITIONS
from dyad.eval.nonverbal.measure import measure_nonverbal
from dyad.eval.nonverbal.rules import NonverbalRules

__all__ = ["NONVERBAL_DEFINITIONS", "NonverbalRules", "measure_nonverbal"]
