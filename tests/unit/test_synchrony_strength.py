"""Each method of synchrony: planted lags and couplings are found, and independent noise is not."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter
from scipy.stats import binom

from dyad.errors import InputError
from dyad.eval.synchrony import (
    OBSERVED,
    CoherenceRule,
    GrangerRule,
    PairSignal,
    ShiftRule,
    Strength,
    WindowedRule,
    granger_causality,
    surrogate_test,
    wavelet_coherence,
    windowed_correlation,
)

Array = npt.NDArray[np.float64]
METHODS: dict[str, Callable[..., Strength]] = {
    "profile_peak": windowed_correlation,
    "window_peak": windowed_correlation,
    "coherence_following": partial(wavelet_coherence, rule=CoherenceRule(rate_hz=5.0)),
    "granger_a_to_b": granger_causality,
}


def noise(samples: int, seed: int, *, memory: float = 0.9) -> Array:
    """Autocorrelated noise of unit variance."""
    made: Array = lfilter([np.sqrt(1 - memory**2)], [1, -memory], np.random.default_rng(seed).normal(size=samples + 300))[300:]
    return made


def coupled(coupling: float, *, samples: int = 1500, rate_hz: float = 5.0, lag: int = 4, seed: int = 0) -> PairSignal:
    """B follows A, ``lag`` samples later, with noise of its own."""
    a = noise(samples + abs(lag), seed)
    follower = np.roll(a, lag)
    part = np.s_[abs(lag) :] if lag >= 0 else np.s_[:lag]
    return PairSignal(name="s", rate_hz=rate_hz, a=a[part], b=coupling * follower[part] + noise(samples, seed + 1000))


def reference_windows(pair: PairSignal, *, width: int, step: int, lag: int) -> Array:
    """r(t, τ) by numpy's own correlation: (windows, lags)."""
    starts = range(lag, len(pair) - width - lag + 1, step)
    return np.array(
        [[np.corrcoef(pair.a[t : t + width], pair.b[t + k : t + k + width])[0, 1] for k in range(-lag, lag + 1)] for t in starts]
    )


def test_windows_are_pearsons_correlations() -> None:
    pair = coupled(0.7, samples=400, rate_hz=10)
    rule = WindowedRule(window_s=3.0, step_s=1.7, max_lag_s=0.9, pick="highest")
    z = np.arctanh(reference_windows(pair, width=30, step=17, lag=9))
    found = windowed_correlation(pair, rule=rule)
    assert found.n == len(z)
    assert found.tested["profile_peak"][0] == pytest.approx(np.tanh(z.mean(axis=0).max()), abs=1e-9)
    assert found.tested["window_peak"][0] == pytest.approx(np.tanh(z.max(axis=1).mean()), abs=1e-9)
    assert found.aside["profile_lag"][0] == (z.mean(axis=0).argmax() - 9) / 10
    assert found.aside["window_lag"][0] == np.median(z.argmax(axis=1) - 9) / 10


@pytest.mark.parametrize("pick", ["highest", "nearest"])
def test_a_shift_is_b_turned_round(pick: str) -> None:
    pair = coupled(1.0, samples=1200)
    rule = WindowedRule(pick=pick)
    shifts = np.array([0, 300, 77])
    together = windowed_correlation(pair, rule=rule, shifts=shifts)
    for index, shift in enumerate(shifts):
        turned = windowed_correlation(replace(pair, b=np.roll(pair.b, shift)), rule=rule)
        for name, values in {**together.tested, **together.aside}.items():
            assert values[index] == pytest.approx({**turned.tested, **turned.aside}[name][0], abs=1e-9), name


@settings(max_examples=40)
@given(lag=st.integers(-14, 14), seed=st.integers(0, 50))
def test_the_planted_lag_is_recovered(lag: int, seed: int) -> None:
    found = windowed_correlation(coupled(2.0, lag=lag, seed=seed, samples=600), rule=WindowedRule(pick="highest"))
    assert abs(found.aside["profile_lag"][0] * 5 - lag) <= 1  # positive: B follows A
    assert abs(found.aside["window_lag"][0] * 5 - lag) <= 1


def test_nearest_is_the_peak_next_to_lag_zero() -> None:
    time_s = np.arange(600) / 10
    pair = PairSignal(name="s", rate_hz=10, a=np.sin(2 * np.pi * time_s), b=np.sin(2 * np.pi * (time_s - 0.3)))
    rule = WindowedRule(window_s=4.0, max_lag_s=2.5)  # of period 1 s: peaks at −1.7, −0.7, 0.3, 1.3, 2.3
    assert windowed_correlation(pair, rule=rule).aside["window_lag"][0] == pytest.approx(0.3)
    assert windowed_correlation(pair, rule=rule).aside["b_follows"][0] == 1.0
    swapped = replace(pair, a=pair.b, b=pair.a)
    assert windowed_correlation(swapped, rule=rule).aside["window_lag"][0] == pytest.approx(-0.3)
    assert windowed_correlation(swapped, rule=rule).aside["b_follows"][0] == 0.0


def test_still_windows_count_as_no_correlation() -> None:
    a = noise(600, 1)
    b = a.copy()
    b[300:] = b[299]
    whole = windowed_correlation(PairSignal(name="s", rate_hz=10, a=a, b=a)).tested["profile_peak"][0]
    half = windowed_correlation(PairSignal(name="s", rate_hz=10, a=a, b=b)).tested["profile_peak"][0]
    assert whole > 0.999999
    assert np.arctanh(half) == pytest.approx(np.arctanh(1 - 1e-9) / 2, rel=0.2)
    with pytest.raises(InputError, match="got B still throughout"):
        windowed_correlation(PairSignal(name="s", rate_hz=10, a=a, b=np.full(600, 3.0)))


def test_coherence_of_a_delayed_wave() -> None:
    time_s = np.arange(1200) / 10
    a, b = (np.sin(2 * np.pi * 0.3 * (time_s - delay)) for delay in (0.0, 0.5))
    rule = CoherenceRule(bands={"wave": (0.25, 0.36)})
    found = wavelet_coherence(PairSignal(name="s", rate_hz=10, a=a, b=b), rule=rule)
    assert found.tested["coherence_wave"][0] == pytest.approx(1.0, abs=1e-3)
    assert found.aside["phase_wave"][0] == pytest.approx(360 * 0.3 * 0.5, abs=1.0)  # positive: B follows A
    other = PairSignal(name="s", rate_hz=10, a=noise(1200, 1), b=noise(1200, 2))
    assert 0.1 < wavelet_coherence(other, rule=rule).tested["coherence_wave"][0] < 0.7  # far above 0, as stated


def test_coherence_looks_into_the_band_only() -> None:
    common = gaussian_filter1d(noise(3000, 1, memory=0.0), 12)  # below 0.4 Hz
    a, b = (common / common.std() + 0.7 * noise(3000, seed, memory=0.0) for seed in (2, 3))
    rule = CoherenceRule(bands={"slow": (0.05, 0.15), "fast": (1.0, 2.0)})
    found = wavelet_coherence(PairSignal(name="s", rate_hz=10, a=a, b=b), rule=rule).tested
    assert found["coherence_slow"][0] > 0.9 > 0.5 > found["coherence_fast"][0]


def test_granger_is_the_librarys_f_test() -> None:
    from statsmodels.tsa.stattools import grangercausalitytests

    pair = coupled(0.3, lag=1)
    found = granger_causality(pair, rule=GrangerRule(order=3))
    for way, (target, source) in {"a_to_b": (pair.b, pair.a), "b_to_a": (pair.a, pair.b)}.items():
        tests, (restricted, full, _) = grangercausalitytests(np.column_stack([target, source]), [3])[3]
        assert found.tested[f"granger_{way}"][0] == pytest.approx(np.log(restricted.ssr / full.ssr), abs=1e-9)
        assert found.aside[f"f_test_p_{way}"][0] == pytest.approx(tests["ssr_ftest"][1], rel=1e-6)


def test_granger_tells_who_leads() -> None:
    found = granger_causality(coupled(0.5, lag=2))
    assert found.settings["order"] >= 2  # by BIC
    assert found.tested["granger_a_to_b"][0] > 20 * found.tested["granger_b_to_a"][0]
    back = granger_causality(coupled(0.5, lag=-2))
    assert back.tested["granger_b_to_a"][0] > 20 * back.tested["granger_a_to_b"][0]
    shifts = np.array([0, 400])
    turned = granger_causality(replace(coupled(0.5, lag=2)), shifts=shifts, rule=GrangerRule(order=3)).tested["granger_a_to_b"]
    assert turned[0] > 20 * turned[1]


@pytest.mark.parametrize("name", METHODS)
def test_the_effect_grows_with_the_coupling(name: str) -> None:
    shifts = np.concatenate([OBSERVED, ShiftRule(count=60).draw(1500, rate_hz=5, seed=0)])
    z = []
    for coupling in (0.0, 0.4, 1.2):
        values = METHODS[name](coupled(coupling), shifts=shifts).tested[name]
        test = surrogate_test(values[0], values[1:], kind="circular_shift")
        z.append(test.z or 0.0)
    assert abs(z[0]) < 2.5
    assert z[0] + 1 < z[1] < z[2] - 3
    assert test.rank == 1.0


@pytest.mark.integration
@pytest.mark.parametrize(("name", "samples", "cheap"), [
    ("profile_peak", 1200, {"rule": WindowedRule(window_s=4.0, step_s=4.0, max_lag_s=1.0, pick="highest")}),
    ("granger_a_to_b", 400, {"rule": GrangerRule(order=1)}),
])  # fmt: skip
def test_independent_noise_passes_as_seldom_as_it_should(name: str, samples: int, cheap: dict[str, object]) -> None:
    rule, p_values = ShiftRule(count=19), []
    for seed in range(200):
        pair = PairSignal(name="s", rate_hz=5, a=noise(samples, seed), b=noise(samples, seed + 5000))
        shifts = rule.draw(samples, rate_hz=5, seed=seed)
        found = METHODS[name](pair, shifts=np.concatenate([OBSERVED, shifts]), **cheap)
        weight = rule.weight(len(shifts), samples=samples, rate_hz=5, run_s=found.run_s[name])
        values = found.tested[name]
        p_values.append(surrogate_test(values[0], values[1:], kind="circular_shift", weight=weight).p_value)
    low, high = binom.ppf([0.005, 0.995], 200, 0.05)
    assert low <= sum(p <= 0.05 for p in p_values) <= high
    low, high = binom.ppf([0.005, 0.995], 200, 0.5)
    assert low <= sum(p <= 0.5 for p in p_values) <= high


@pytest.mark.integration
def test_ten_minutes_and_two_hundred_shifts_take_seconds() -> None:
    pair = PairSignal(name="s", rate_hz=25, a=noise(15_000, 1), b=noise(15_000, 2))
    shifts = np.concatenate([OBSERVED, ShiftRule().draw(15_000, rate_hz=25, seed=0)])
    start = perf_counter()
    windowed_correlation(pair, shifts=shifts)
    assert perf_counter() - start < 10  # about one on an idle core; loops over windows and lags would take minutes


@pytest.mark.parametrize(("call", "words"), [
    (lambda: windowed_correlation(coupled(1, samples=50)), r"expected 12 s .* got 10\.0 s"),
    (lambda: wavelet_coherence(coupled(1, samples=50), rule=CoherenceRule(rate_hz=5.0)), r"slow: expected more than 27 s; got 10\.0 s"),
    (lambda: wavelet_coherence(coupled(1)), "up to the signal's 5"),
    (lambda: granger_causality(coupled(1, samples=50)), r"expected at least 23 s; got 10\.0 s"),
    (lambda: CoherenceRule(bands={"fast": (2.6, 6.5)}), r"band fast: .* ≤ 4 Hz.*Raise rate_hz"),
    (lambda: WindowedRule(pick="first"), "highest or nearest"),
    (lambda: WindowedRule(window_s=0), "window_s: expected more than 0 seconds"),
    (lambda: GrangerRule(order=11), "1 to 10 samples"),
    (lambda: ShiftRule(count=0), "at least one shift"),
    (lambda: ShiftRule(least_share=0.5), "below 0.5"),
])  # fmt: skip
def test_what_cannot_be_measured_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
