"""Turn-taking: who speaks when becomes measures, events, and a definition with a source for each."""

from dyad.eval.turn_taking.analysis import TurnAnalysis, TurnRules, analyse
from dyad.eval.turn_taking.definitions import BACKCHANNELS, DEFINITIONS, Definition
from dyad.eval.turn_taking.intervals import TurnIntervals
from dyad.eval.turn_taking.measures import measure_turns, measures_of
from dyad.eval.turn_taking.table import EventRow, events_table
from dyad.eval.turn_taking.turn_measure import TurnMeasure
from dyad.eval.turn_taking.vap import VapEvents, balanced, vap_events
from dyad.eval.turn_taking.vap_config import VAP_CONFIGS, VapConfig, vap_config

__all__ = [
    "BACKCHANNELS",
    "DEFINITIONS",
    "VAP_CONFIGS",
    "Definition",
    "EventRow",
    "TurnAnalysis",
    "TurnIntervals",
    "TurnMeasure",
    "TurnRules",
    "VapConfig",
    "VapEvents",
    "analyse",
    "balanced",
    "events_table",
    "measure_turns",
    "measures_of",
    "vap_config",
    "vap_events",
]
