"""Granger causality: whether the past of one person tells more about the other than the other's own past (Granger 1969)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import f

from dyad.errors import InputError
from dyad.eval.synchrony.signals import PairSignal
from dyad.eval.synchrony.strength import Strength
from dyad.eval.synchrony.surrogates import OBSERVED, Shifts

Array = npt.NDArray[np.float64]

ROWS_PER_TERM = 5  # fewer samples than this for each coefficient fit anything (proposal)


@dataclass(frozen=True, kw_only=True)
class GrangerRule:
    """Settings of the method.

    Args:
        rate_hz: the signals are brought to this rate first: finer sampling adds coefficients, not information.
        longest_s: longest past that is tried.
        order: of the model, in samples at that rate; None takes the one of lowest BIC.

    Raises:
        InputError: a number that is not positive, a past shorter than one sample, or an order beyond it.
    """

    rate_hz: float = 5.0
    longest_s: float = 2.0
    order: int | None = None

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not (0 < self.rate_hz < float("inf") and 1 <= self.longest_s * self.rate_hz < float("inf")):
            got = f"{self.longest_s!r} s at {self.rate_hz!r} Hz"
            raise InputError("past", expected="at least one sample", got=got, cure="2 s at 5 Hz are usual.")
        if self.order is not None and not 1 <= self.order <= self.most:
            raise InputError("order", expected=f"1 to {self.most} samples", got=repr(self.order), cure="None chooses by BIC.")

    @property
    def most(self) -> int:
        """Longest past in samples."""
        return int(self.longest_s * self.rate_hz + 1e-9)


def granger_causality(pair: PairSignal, *, rule: GrangerRule | None = None, shifts: Shifts = OBSERVED) -> Strength:
    """``F = ln(residual variance from the own past / from both pasts)`` in both directions, for every shift of B (circular, in samples).

    0 is no influence; half of F is the transfer entropy in nats of Gaussian signals (Barnett et al. 2009). The order of the model is that
    of lowest BIC for the pair as it is, by statsmodels, at most ``longest_s`` long, and is kept for the shifts.

    - ``granger_a_to_b``, ``granger_b_to_a``: F.
    - ``f_test_p_a_to_b``, ``f_test_p_b_to_a``: p-values of the F test. It takes the residuals as white and the signals as stationary;
      where it disagrees with the surrogates, believe those.

    Smoothing that looks ahead, as all of dyad's does, puts a little of each person's future into the present: under strong influence of A
    on B the figure of B on A rises above its surrogates too. Compare the two directions.

    Args:
        pair: the signals.
        rule: settings.
        shifts: int64 (S,).

    Raises:
        InputError: signals at a lower rate, too short, one that does not move at all, or one whose own past foretells it wholly.
    """
    rule = rule or GrangerRule()
    if pair.still:
        raise InputError(pair.name, expected="motion of both", got=f"{pair.still} still throughout", cure="Nothing can be synchronous.")
    slow = pair.at_rate(rule.rate_hz)
    least = ROWS_PER_TERM * (2 * rule.most + 1) + rule.most
    if len(slow) < least:
        expected = f"at least {least / rule.rate_hz:.0f} s"
        raise InputError(pair.name, expected=expected, got=f"{slow.duration_s:.1f} s", cure="Use a longer recording or a shorter past.")
    a, b = ((side - side.mean()) / side.std() for side in (slow.a, slow.b))
    order = rule.order or _order(a, b, most=rule.most)
    at = np.rint(shifts * rule.rate_hz / pair.rate_hz).astype(np.int64)
    # Turning B by a shift is turning A the other way.
    a_to_b, b_to_a = _gains(b, a, order=order, shifts=-at, name=pair.name), _gains(a, b, order=order, shifts=at, name=pair.name)
    rows = len(slow) - order
    p_values = {
        f"f_test_p_{way}": f.sf(np.expm1(gain) * (rows - 2 * order - 1) / order, order, rows - 2 * order - 1)
        for way, gain in (("a_to_b", a_to_b), ("b_to_a", b_to_a))
    }
    return Strength(
        n=rows,
        tested={"granger_a_to_b": a_to_b, "granger_b_to_a": b_to_a},
        run_s=dict.fromkeys(("granger_a_to_b", "granger_b_to_a"), 2 * order / rule.rate_hz),  # pasts overlap up to here
        aside=p_values,
        settings={"order": order},
    )


def _order(a: Array, b: Array, *, most: int) -> int:
    from statsmodels.tsa.vector_ar.var_model import VAR  # heavy: imported where it is used

    return max(1, int(VAR(np.column_stack([a, b])).select_order(most).selected_orders["bic"]))


def _gains(target: Array, source: Array, *, order: int, shifts: Shifts, name: str) -> Array:
    """F of the source for the target under each shift of the source, (S,).

    The regressions of statsmodels' ``grangercausalitytests``, which would take a minute for hundreds of shifts. What the own past
    explains is taken out of everything once; then each shift is one small regression on what is left.
    """
    own = np.column_stack([np.ones(len(target) - order), _past(target, order)])
    basis = np.linalg.qr(own)[0]
    left = target[order:] - basis @ (basis.T @ target[order:])
    before = float(left @ left)
    if before <= 1e-12 * len(left):
        raise InputError(name, expected="a signal with some noise", got="one foretold by its own past", cure="Use another signal.")
    gains = []
    for shift in shifts:
        past = _past(np.roll(source, shift), order)
        past -= basis @ (basis.T @ past)
        rest = left - past @ np.linalg.lstsq(past, left, rcond=None)[0]
        gains.append(np.log(before / float(rest @ rest)))
    return np.array(gains)


def _past(signal: Array, order: int) -> Array:
    """Values 1 to ``order`` samples before each sample from ``order`` on, (T − order, order)."""
    return np.column_stack([signal[order - lag : len(signal) - lag] for lag in range(1, order + 1)])
