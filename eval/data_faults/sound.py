"""Faults of the two voices: leakage, silence, clipping, rate."""

import numpy as np
import numpy.typing as npt

from dyad.arrays import FloatArray
from dyad.clock import FrameClock
from dyad.conversation import Conversation
from dyad.eval.data_faults.finding import Finding
from dyad.eval.events.spans import runs
from dyad.eval.speech_energy import frame_energy_db
from dyad.seat import Seat

LEVEL_RATE_HZ = 25.0
"""Levels are compared in frames of 40 ms, the energy window of ``frame_energy_db``."""
LEAK_FAULT_R, LEAK_WARNING_R = 0.6, 0.25
"""Correlation of the two levels while the partner speaks alone. A clean call gives -0.1 to 0.1, also with noise at -55 dB; a planted leak
of -12 dB gives 0.97 to 1, of -20 dB 0.85 to 0.99, of -30 dB 0.9 where there is no noise to hide it. Tracks separated from one microphone
(a published DualTalk clip) give 0.3 on both sides: heard, but 26 to 35 dB down."""
LEAK_AUDIBLE_DB = -45.0
"""Own level below the partner's, median while the partner speaks alone; what is further down than this no model takes for speech."""
STRONG_LEAK_R = 0.8
"""The same over all frames in which the partner speaks and is as loud or louder, for leaks so strong that voice activity takes them for
speech, and for one voice on both channels.
Overlaps count there, and the edges of turns, so clean calls give up to 0.3 and the clip above 0.5; leaks of -3 to -12 dB give 0.95 to 1."""
LEAST_ALONE_S = 1.0
QUIETEST_PEAK = 10 ** (-50 / 20)
"""Quiet speech peaks near -40 dB full scale, the noise of a muted microphone near -70."""
FLAT_TOP = 1e-4  # relative to the channel's own peak, so that clipping that was turned down later is seen too
FLAT_RUN = 3  # samples; sound that merely touches its peak does not stay there
CLIPPED_SHARE = 1e-4
"""Share of samples in flat tops. Speech clipped by 3 dB has over 1e-3; an unclipped voice has none."""


def channel_leak(conversation: Conversation) -> list[Finding]:
    """Speech of one participant heard in the other's channel.

    While the partner speaks alone, an own channel holds noise that knows nothing of the partner's level; a leak follows it.
    """
    clock = FrameClock(frame_rate_hz=LEVEL_RATE_HZ, sample_rate_hz=conversation.sample_rate_hz)
    frames = clock.frames_covering(conversation.samples)
    level = np.stack([frame_energy_db(row, clock, start_frame=0, frames=frames) for row in conversation.audio])
    active = conversation.activity(LEVEL_RATE_HZ, frames=frames)
    found = []
    for seat in Seat:
        own, partner = level[seat], level[seat.partner]
        heard = active[seat.partner]
        for where, limits in ((heard & ~active[seat], (LEAK_FAULT_R, LEAK_WARNING_R)), (heard & (own <= partner), (STRONG_LEAK_R,))):
            if np.count_nonzero(where) < LEAST_ALONE_S * LEVEL_RATE_HZ:
                continue
            r, below_db = correlation(own[where], partner[where]), float(np.median(own[where] - partner[where]))
            limit = next((limit for limit in limits if r >= limit), None)
            if limit is not None and below_db >= LEAK_AUDIBLE_DB:
                says = f"While {seat.partner.name} speaks, the channel of {seat.name} follows at {below_db:.0f} dB."
                found.append(_leak(f"channel of {seat.name}", r, limit, says))
                break
    return found


def _leak(where: str, r: float, limit: float, says: str) -> Finding:
    return Finding(
        fault="leak between channels",
        severity="warning" if limit == LEAK_WARNING_R else "fault",
        where=where,
        value=r,
        unit="r",
        limit=limit,
        says=says,
        cure="Record on a microphone each, separate the voices again, or leave the clip out of training.",
    )


def correlation(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """Pearson's r; 0 where either is constant."""
    a, b = first - first.mean(), second - second.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def silent_channel(samples: FloatArray, *, where: str) -> list[Finding]:
    """A voice that is not there; ``samples`` is one channel, float32 (N,)."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak >= QUIETEST_PEAK:
        return []
    return [
        Finding(
            fault="silent channel",
            where=where,
            value=peak,
            limit=QUIETEST_PEAK,
            unit="of full scale",
            says="Nobody is heard.",
            cure="Check that the right track was exported.",
        )
    ]


def clipping(samples: FloatArray, *, where: str) -> list[Finding]:
    """Flat tops: runs of samples at the channel's own peak."""
    loud = np.abs(samples)
    peak = float(loud.max(initial=0.0))
    flat = sum(last - first for first, last in runs(loud >= peak * (1 - FLAT_TOP)) if last - first >= FLAT_RUN) if peak else 0
    share = flat / max(len(samples), 1)
    if share <= CLIPPED_SHARE:
        return []
    return [
        Finding(
            fault="clipping",
            where=where,
            value=share,
            limit=CLIPPED_SHARE,
            unit="of the samples",
            says=f"{share:.2%} of the samples stand at the peak.",
            cure="Record at a lower level; what was cut off cannot be had back.",
        )
    ]


def sample_rate(rate_hz: int, *, where: str, wanted_hz: int) -> list[Finding]:
    """A file at another rate than models hear at: resampled when read, and below it without the sounds that tell s from f."""
    if rate_hz == wanted_hz:
        return []
    low = rate_hz < wanted_hz
    return [
        Finding(
            fault="wrong sample rate",
            severity="fault" if low else "warning",
            where=where,
            value=float(rate_hz),
            limit=float(wanted_hz),
            unit="Hz",
            says=f"Nothing above {rate_hz // 2} Hz is in it." if low else "It is resampled whenever it is read.",
            cure=f"Export at {wanted_hz} Hz from the original recording." if low else f"Convert it to {wanted_hz} Hz once.",
        )
    ]
