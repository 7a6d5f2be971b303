"""What the behaviour figures are made of: energy, correlation, one measure, the table."""

from typing import Any

import numpy as np
import pytest

from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.eval.behaviour import behaviour_table
from dyad.eval.measure import Measure
from dyad.eval.speech_energy import QUIETEST_DB, frame_energy_db, lagged_correlation
from dyad.seat import Seat


@pytest.mark.parametrize("rate", [24.0, 25.0, 29.97, 50.0, 60.0])
def test_energy_of_a_tone_is_its_mean_square(rate: float) -> None:
    clock = FrameClock(frame_rate_hz=rate, sample_rate_hz=16_000)
    tone = (0.5 * np.sin(2 * np.pi * 400 * np.arange(16_000) / 16_000)).astype(np.float32)
    energy = frame_energy_db(tone, clock, start_frame=2, frames=int(rate) - 5)
    assert energy == pytest.approx(np.full(int(rate) - 5, 10 * np.log10(0.125)), abs=0.02)
    beyond = frame_energy_db(tone, clock, start_frame=int(rate) + 5, frames=3)
    assert beyond.tolist() == [QUIETEST_DB] * 3


@pytest.mark.integration
@pytest.mark.parametrize("rate", [24.0, 29.97, 30.0, 60.0])
def test_energy_uses_the_samples_of_the_clock(rate: float) -> None:
    clock = FrameClock(frame_rate_hz=rate, sample_rate_hz=16_000)
    for frame in (2, 7, 1001, 89_991):
        click = np.zeros(clock.sample(frame + 1) + 400, np.float32)
        click[(clock.sample(frame) + clock.sample(frame + 1)) // 2 + 319] = 1.0  # the last sample of that frame's 40 ms
        energy = frame_energy_db(click, clock, start_frame=frame, frames=1)
        assert energy[0] == pytest.approx(10 * np.log10(1 / 640))
        assert frame_energy_db(np.roll(click, 1), clock, start_frame=frame, frames=1)[0] == QUIETEST_DB


def test_energy_does_not_depend_on_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FrameClock(frame_rate_hz=30.0, sample_rate_hz=4000)
    noise = np.random.default_rng(0).normal(0, 0.1, 80_000).astype(np.float32)
    whole = frame_energy_db(noise, clock, start_frame=7, frames=500)
    monkeypatch.setattr("dyad.eval.speech_energy._BLOCK_FRAMES", 13)
    assert np.allclose(frame_energy_db(noise, clock, start_frame=7, frames=500), whole, atol=1e-9)


def test_correlation_of_known_curves() -> None:
    x = np.sin(np.arange(200) / 5)
    everywhere = np.ones(200, bool)
    assert lagged_correlation(x, x, where=everywhere) == pytest.approx(1.0)
    assert lagged_correlation(-3 * x + 2, x, where=everywhere) == pytest.approx(-1.0)
    assert lagged_correlation(np.roll(x, 3), x, where=everywhere, lag_frames=3) == pytest.approx(1.0)
    assert lagged_correlation(np.full(200, 0.1), x, where=everywhere) is None
    assert lagged_correlation(x, x, where=~everywhere) is None


def measure(value: float | None, **fields: Any) -> Measure:
    given = {"name": "m", "seat": Seat.A, "unit": "%", "n": 1, "base_s": 1.0, "definition": "d", **fields}
    return Measure(value=value, **given)


@pytest.mark.parametrize(
    ("low", "high", "value", "holds", "target"),
    [
        (0.55, None, 0.55, True, "≥ 0.55"),
        (0.55, None, 0.54, False, "≥ 0.55"),
        (None, 0.1, -0.9, True, "≤ 0.1"),
        (10.0, 30.0, 31.0, False, "10 to 30"),
        (None, None, 3.0, None, ""),
    ],
)
def test_targets(low: float | None, high: float | None, value: float | None, holds: bool | None, target: str) -> None:
    one = measure(value, target_low=low, target_high=high)
    assert (one.holds, one.target) == (holds, target)


@pytest.mark.parametrize(("value", "reason"), [(None, ""), (float("nan"), ""), (1.0, "but why")])
def test_a_measure_says_something(value: float | None, reason: str) -> None:
    with pytest.raises(InputError, match="a finite value, or None with a reason"):
        measure(value, reason=reason)


def test_table_puts_the_seats_side_by_side() -> None:
    rows = behaviour_table(
        [
            measure(12.345, target_high=10.0),
            measure(None, name="n", reason="too short"),
            measure(1.0, seat=Seat.B, target_high=10.0),
        ]
    )
    assert [(row["measure"], row["A"], row["B"], row["holds"], row["note"]) for row in rows] == [
        ("m", "12.3", "1.00", "no: A", ""),
        ("n", "–", "", "–", "A: too short"),
    ]
