"""Smooth random wandering with a stated spread and band, independent of frame rate and chunking."""

import math

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

Floats = npt.NDArray[np.float64]


class Wander:
    """A critically damped oscillator driven by white noise: stationary, unit variance, no jumps.

    Solved exactly for the frame step (Van Loan 1978), so the spread is the same at every frame rate.

    Args:
        band_hz: corner frequency.
        frame_rate_hz: frames per second.
    """

    def __init__(self, *, band_hz: float, frame_rate_hz: float) -> None:
        """Work out the step matrices."""
        omega = 2 * math.pi * band_hz
        drift = np.array([[0.0, 1.0], [-(omega**2), -2 * omega]])
        density = np.array([[0.0, 0.0], [0.0, 4 * omega**3]])  # gives position variance 1, velocity variance omega²
        block = expm(np.block([[-drift, density], [np.zeros((2, 2)), drift.T]]) / frame_rate_hz)
        step: Floats = block[2:, 2:].T
        spread: Floats = np.linalg.cholesky(step @ block[:2, 2:])
        (self._a, self._b), (self._c, self._d) = step.tolist()
        (self._p, _), (self._q, self._r) = spread.tolist()
        self.omega = omega

    def start(self, draws: Floats) -> list[list[float]]:
        """States drawn from the stationary distribution; ``draws`` is (n, 2) standard normal."""
        return [[float(position), float(velocity) * self.omega] for position, velocity in draws]

    def advance(self, states: list[list[float]], draws: list[float]) -> None:
        """One frame for all states, in place; ``draws`` holds two standard normal numbers for each."""
        for index, state in enumerate(states):
            first, second = draws[2 * index], draws[2 * index + 1]
            position, velocity = state
            state[0] = self._a * position + self._b * velocity + self._p * first
            state[1] = self._c * position + self._d * velocity + self._q * first + self._r * second
