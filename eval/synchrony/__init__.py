"""Synchrony: whether two people move together, always beside what strangers and shifted partners give."""

from dyad.eval.synchrony.coherence import CoherenceRule, wavelet_coherence
from dyad.eval.synchrony.definitions import SYNCHRONY_DEFINITIONS
from dyad.eval.synchrony.granger import GrangerRule, granger_causality
from dyad.eval.synchrony.measure import measure_pair, measure_synchrony
from dyad.eval.synchrony.rules import DEFAULT_SIGNALS, METHODS, SynchronyRules
from dyad.eval.synchrony.signals import SIGNALS, PairSignal, SignalRule, pair_signal
from dyad.eval.synchrony.strength import Strength
from dyad.eval.synchrony.surrogates import (
    OBSERVED,
    GroupTest,
    ShiftRule,
    SurrogateTest,
    across_conversations,
    surrogate_test,
)
from dyad.eval.synchrony.synchrony_measure import SynchronyMeasure, synchrony_rows
from dyad.eval.synchrony.windowed import WindowedRule, windowed_correlation

__all__ = [
    "DEFAULT_SIGNALS",
    "METHODS",
    "OBSERVED",
    "SIGNALS",
    "SYNCHRONY_DEFINITIONS",
    "CoherenceRule",
    "GrangerRule",
    "GroupTest",
    "PairSignal",
    "ShiftRule",
    "SignalRule",
    "Strength",
    "SurrogateTest",
    "SynchronyMeasure",
    "SynchronyRules",
    "WindowedRule",
    "across_conversations",
    "granger_causality",
    "measure_pair",
    "measure_synchrony",
    "pair_signal",
    "surrogate_test",
    "synchrony_rows",
    "wavelet_coherence",
    "windowed_correlation",
]
