"""Lips and jaw from the own voice.

Targets follow what is heard in each frame and are smoothed symmetrically over the look-ahead, so the mouth neither lags behind the sound
nor jumps.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dyad.agents.reactive.hearing import Heard
from dyad.agents.reactive.style import Articulation

MOUTH = ("jaw", "seal", "pucker", "funnel", "spread", "teeth", "press")  # the articulators that are smoothed


@dataclass
class MouthState:
    """The last targets, oldest first."""

    targets: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, len(MOUTH))))


class Mouth:
    """Turns one voice into lip and jaw weights.

    Args:
        style: gains and timing.
        frame_rate_hz: frames per second.
        look_ahead_frames: how many future frames are heard.
    """

    def __init__(self, style: Articulation, *, frame_rate_hz: float, look_ahead_frames: int) -> None:
        """Prepare the smoothing kernel: a Gaussian over past and future frames alike."""
        self._style = style
        self._reach = look_ahead_frames
        offsets = np.arange(-look_ahead_frames, look_ahead_frames + 1) / frame_rate_hz
        kernel = np.exp(-0.5 * (offsets / style.smoothing_s) ** 2)
        self._kernel = kernel / kernel.sum()

    def initial_state(self) -> MouthState:
        """A closed mouth."""
        return MouthState(targets=np.zeros((2 * self._reach + 1, len(MOUTH))))

    def hear(self, heard: Heard, state: MouthState) -> None:
        """Add the newest frame heard (``look_ahead_frames`` ahead of the one to be shown)."""
        state.targets = np.concatenate((state.targets[1:], np.array([self._targets(heard)])))

    def show(self, state: MouthState) -> dict[str, float]:
        """Weights of the mouth's ARKit channels for the frame to be shown."""
        # math.fsum and fixed shapes: the same bits whatever the chunking and the BLAS.
        jaw, seal, pucker, funnel, spread, teeth, press = (
            math.fsum(column) for column in (state.targets * self._kernel[:, None]).T.tolist()
        )
        seal = min(1.0, seal)
        open_lips = 1.0 - seal
        return {
            "jawOpen": jaw,
            "mouthClose": jaw * seal,  # in ARKit's terms: brings the lips together over an open jaw
            "mouthPucker": pucker,
            "mouthFunnel": funnel * open_lips,
            "mouthStretchLeft": spread * 0.55,
            "mouthStretchRight": spread * 0.55,
            "mouthDimpleLeft": spread * 0.30,
            "mouthDimpleRight": spread * 0.30,
            "mouthLowerDownLeft": (0.30 * jaw + teeth) * open_lips,
            "mouthLowerDownRight": (0.30 * jaw + teeth) * open_lips,
            "mouthUpperUpLeft": (0.12 * jaw + 0.6 * teeth) * open_lips,
            "mouthUpperUpRight": (0.12 * jaw + 0.6 * teeth) * open_lips,
            "mouthPressLeft": press * 0.35,
            "mouthPressRight": press * 0.35,
            "mouthShrugLower": press * 0.20,
        }

    def _targets(self, heard: Heard) -> tuple[float, ...]:
        if not heard.active:
            return (0.0,) * len(MOUTH)
        style = self._style
        seal = min(1.0, max(0.0, 1.0 - heard.level / style.closure_level))
        vowel = heard.level * (1.0 - 0.6 * heard.hiss)
        shape = 0.55 + 0.60 * heard.openness - 0.20 * heard.rounding  # close and rounded vowels keep the jaw higher
        return (
            style.jaw_gain * vowel * shape * (1.0 - seal),
            seal,
            style.rounding_gain * heard.rounding * vowel * 0.7,
            style.rounding_gain * heard.rounding * vowel * 0.45,
            style.spread_gain * heard.spread * vowel,
            style.teeth_gain * heard.hiss * heard.level,
            seal,
        )
