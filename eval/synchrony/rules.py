"""Which figures of synchrony are taken, of what, and with which settings."""

from dataclasses import asdict, dataclass, field
from typing import Any

from dyad.errors import InputError
from dyad.eval.synchrony.coherence import CoherenceRule
from dyad.eval.synchrony.granger import GrangerRule
from dyad.eval.synchrony.signals import SIGNALS, SignalRule
from dyad.eval.synchrony.surrogates import ShiftRule
from dyad.eval.synchrony.windowed import WindowedRule
from dyad.eval.turn_taking.turn_measure import Parameter

DEFAULT_SIGNALS = ("head_pitch", "head_speed", "smile", "jaw")
METHODS = ("windowed", "coherence", "granger")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What a method yields under one name.

    Args:
        definition: id in ``SYNCHRONY_DEFINITIONS``.
        unit: of its value; "r", "R²" and "ln ratio" (of variances) are plain numbers.
    """

    definition: str
    unit: str


_FIGURES: dict[str, dict[str, Figure]] = {
    "windowed": {
        "profile_peak": Figure(definition="windowed_profile", unit="r"),
        "window_peak": Figure(definition="windowed_peaks", unit="r"),
        "profile_lag": Figure(definition="windowed_profile", unit="s"),
        "window_lag": Figure(definition="windowed_peaks", unit="s"),
        "b_follows": Figure(definition="windowed_peaks", unit="share"),
    },
    "granger": {
        "granger_a_to_b": Figure(definition="granger", unit="ln ratio"),
        "granger_b_to_a": Figure(definition="granger", unit="ln ratio"),
        "f_test_p_a_to_b": Figure(definition="granger", unit="p"),
        "f_test_p_b_to_a": Figure(definition="granger", unit="p"),
    },
}


@dataclass(frozen=True, kw_only=True)
class SynchronyRules:
    """What is measured and how.

    Args:
        signals: rows of ``signals.SIGNALS``.
        methods: of ``METHODS``.
        signal: how signals are taken.
        windowed: settings of windowed lagged cross-correlation.
        coherence: settings of wavelet coherence.
        granger: settings of Granger causality.
        shifts: surrogates by circular shift.
        least_overlap: a stranger's recording shorter than this share of the own one makes no pseudo-dyad.

    Raises:
        InputError: an unknown signal or method.
    """

    signals: tuple[str, ...] = DEFAULT_SIGNALS
    methods: tuple[str, ...] = METHODS
    signal: SignalRule = field(default_factory=SignalRule)
    windowed: WindowedRule = field(default_factory=WindowedRule)
    coherence: CoherenceRule = field(default_factory=CoherenceRule)
    granger: GrangerRule = field(default_factory=GrangerRule)
    shifts: ShiftRule = field(default_factory=ShiftRule)
    least_overlap: float = 0.5

    def __post_init__(self) -> None:
        """Check the names."""
        for kind, names, known in (("signal", self.signals, tuple(SIGNALS)), ("method", self.methods, METHODS)):
            for name in names:
                if name not in known:
                    raise InputError(kind, expected=f"one of {', '.join(known)}", got=repr(name), cure="Choose among them.")

    def figures(self, method: str) -> dict[str, Figure]:
        """What a method yields, by name, in order."""
        if method != "coherence":
            return _FIGURES[method]
        kinds = {"coherence": "R²", "phase": "°"}
        return {
            f"{kind}_{band}": Figure(definition="wavelet_coherence", unit=unit)
            for kind, unit in kinds.items()
            for band in self.coherence.bands
        }

    def parameters(self, method: str) -> dict[str, Parameter]:
        """Settings that a method's figures depend on."""
        own: dict[str, Any] = {"windowed": self.windowed, "coherence": self.coherence, "granger": self.granger}
        groups = {"signal": self.signal, method: own[method], "shift": self.shifts}
        nested = {f"{group}_{name}": value for group, rule in groups.items() for name, value in asdict(rule).items()}
        bands = nested.pop("coherence_bands", {})
        plain = {name: value for name, value in nested.items() if value is not None}
        return {**plain, **{f"band_{name}": f"{low:g} to {high:g} Hz" for name, (low, high) in bands.items()}}
