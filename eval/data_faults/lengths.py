"""Motion and sound that last differently: a frame rate or a sample rate stated wrongly, or an end that is missing."""

from collections.abc import Sequence

from dyad.eval.data_faults.finding import Finding

USUAL_MISMATCH_S = 0.12
"""Trackers lose a frame or two at a clip's ends (published DualTalk clips: up to two of 40 ms)."""
FRAME_RATES_HZ = (15.0, 23.976, 24.0, 25.0, 29.97, 30.0, 48.0, 50.0, 59.94, 60.0, 90.0, 100.0, 120.0)
SAMPLE_RATES_HZ = (8_000.0, 11_025.0, 16_000.0, 22_050.0, 24_000.0, 32_000.0, 44_100.0, 48_000.0)
LEAST_TOLERANCE = 0.0015
"""Relative. 24 and 23.976 are 0.1 % apart, which a clip of half a minute cannot tell; the nearer one is named."""


def length_mismatch(*, frames: int, frame_rate_hz: float, samples: int, sample_rate_hz: int, where: str) -> list[Finding]:
    """Motion that is longer or shorter than its sound; named as a wrong rate where a usual rate explains it.

    Where either is empty there is nothing to compare: those who read such a file refuse it.

    Args:
        frames: of motion.
        frame_rate_hz: as stated by the motion file.
        samples: of sound.
        sample_rate_hz: as stated by the sound file.
        where: the motion file.
    """
    if not frames or not samples:
        return []
    motion_s, sound_s = frames / frame_rate_hz, samples / sample_rate_hz
    apart_s = motion_s - sound_s
    if abs(apart_s) <= USUAL_MISMATCH_S:
        return []
    tolerance = max(LEAST_TOLERANCE, USUAL_MISMATCH_S / sound_s)
    true_fps = _nearest(frames / sound_s, FRAME_RATES_HZ, stated=frame_rate_hz, tolerance=tolerance)
    true_hz = _nearest(samples / motion_s, SAMPLE_RATES_HZ, stated=sample_rate_hz, tolerance=tolerance)
    if true_fps is not None:
        also = "" if true_hz is None else f" Or the sound is really at {true_hz:g} Hz."
        return [
            Finding(
                fault="wrong rate",
                where=where,
                value=frames / sound_s,
                limit=frame_rate_hz,
                unit="fps",
                says=f"{frames} frames over {sound_s:.2f} s of sound are {true_fps:g} fps, not {frame_rate_hz:g}.{also}",
                cure=f"State {true_fps:g} fps where it was exported, and resample (dyad import --fps), unless {abs(apart_s):.2f} s are "
                + ("too many at an end." if apart_s > 0 else "missing at an end."),
            )
        ]
    if true_hz is not None:
        return [
            Finding(
                fault="wrong sample rate",
                where=where,
                value=samples / motion_s,
                limit=float(sample_rate_hz),
                unit="Hz",
                says=f"{samples} samples over {motion_s:.2f} s of motion are {true_hz:g} Hz; the sound file says {sample_rate_hz}.",
                cure="Correct the sound file's header, or export it again.",
            )
        ]
    longer = "longer" if apart_s > 0 else "shorter"
    return [
        Finding(
            fault="length mismatch",
            where=where,
            value=apart_s,
            limit=USUAL_MISMATCH_S,
            unit="s",
            says=f"The motion is {abs(apart_s):.2f} s {longer} than the sound; no usual rate explains it.",
            cure="Check that both begin together and belong together; dyad cuts at the end only.",
        )
    ]


def _nearest(rate: float, usual: Sequence[float], *, stated: float, tolerance: float) -> float | None:
    """The usual rate that a true rate is, unless that is what is stated."""
    near = min(usual, key=lambda candidate: abs(rate / candidate - 1))
    return near if abs(rate / near - 1) <= tolerance and abs(near / stated - 1) > 1e-4 else None
