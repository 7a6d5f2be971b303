"""Audio files in: anything libsndfile reads, checked block by block, at dyad's 16 kHz.

A file is never held at its own rate: blocks are read, checked, resampled and written into the result, so an hour of stereo costs the
result (460 MB) and little more.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log10
from pathlib import Path

import numpy as np
import soundfile
import soxr

from dyad.arrays import BoolArray, FloatArray
from dyad.clock import round_half_up
from dyad.errors import InputError

SAMPLE_RATE_HZ = 16_000
LOWEST_RATE_HZ = 8_000
SHORTEST_S = 0.1
SILENT_PEAK = 10 ** (-70 / 20)  # dither of a 16-bit file peaks near -84 dBFS, quiet speech near -40
FULL_SCALE = 1 - 2**-13  # four steps below the top of 16 bits, so that limiters that stop just short are seen too
CLIPPED_RUN = 3  # samples; a recording normalised to full scale touches it with single samples, a clipped one stays there
_BLOCK_FRAMES = 1 << 16


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceAudio:
    """One audio file as read.

    Args:
        samples: float32 (C, N) in [-1, 1], C = 1 or 2.
        sample_rate_hz: rate of ``samples``.
        source_rate_hz: rate of the file.
        clipped_share: share of the file's samples, all channels together, that lie in runs of ``CLIPPED_RUN`` or more at full scale.
        scale: what the samples were multiplied with to stay within ±1 (float files and lossy codecs may pass it); 1 if nothing.
    """

    samples: FloatArray
    sample_rate_hz: int
    source_rate_hz: int
    clipped_share: float
    scale: float

    @property
    def channels(self) -> int:
        """One or two."""
        return int(self.samples.shape[0])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return int(self.samples.shape[1]) / self.sample_rate_hz

    def notes(self, name: str) -> tuple[str, ...]:
        """What was done to the file, or is wrong with it: one sentence each.

        Args:
            name: how the sentences call the file.
        """
        said = []
        if self.source_rate_hz != self.sample_rate_hz:
            said.append(f"{name}: resampled from {self.source_rate_hz} to {self.sample_rate_hz} Hz.")
        if self.scale != 1:
            said.append(f"{name}: peaks passed full scale; all samples scaled by {self.scale:.3g}.")
        if self.clipped_share:
            said.append(f"Warning: {name}: {self.clipped_share:.2%} of the samples are clipped.")
        return tuple(said)


def read_audio(path: str | Path, *, sample_rate_hz: int = SAMPLE_RATE_HZ) -> tuple[FloatArray, int]:
    """Read a mono or stereo file.

    Args:
        path: a file that libsndfile reads: wav, flac, ogg, mp3, …
        sample_rate_hz: rate wanted; the file is resampled once.

    Returns:
        float32 (C, N) in [-1, 1], and its rate.

    Raises:
        InputError: see ``read_source``.
    """
    source = read_source(path, sample_rate_hz=sample_rate_hz)
    return source.samples, source.sample_rate_hz


def read_source(path: str | Path, *, sample_rate_hz: int = SAMPLE_RATE_HZ, may_be_silent: bool = False) -> SourceAudio:
    """Read a mono or stereo file, with what there is to say about it.

    Args:
        path: a file that libsndfile reads.
        sample_rate_hz: rate wanted; the file is resampled once.
        may_be_silent: accept a file without sound, as the channel of somebody who only listens.

    Raises:
        InputError: the file is missing, not audio, damaged, shorter than 0.1 s, silent (unless it may be), has three or more channels, a
            rate below 8 kHz, or NaN or infinite samples.
    """
    path = Path(path)
    if not path.is_file():
        got = "a folder" if path.is_dir() else "no such file"
        raise InputError(str(path), expected="an audio file", got=got, cure="Check the path.")
    if path.stat().st_size == 0:
        raise InputError(str(path), expected="an audio file", got="an empty file (0 bytes)", cure="Record or export it again.")
    try:
        with soundfile.SoundFile(path) as file:
            _check_header(path, file)
            return _read_blocks(path, file, sample_rate_hz, may_be_silent=may_be_silent)
    except soundfile.LibsndfileError as error:
        raise InputError(
            str(path),
            expected="audio that libsndfile reads (wav, flac, ogg, mp3)",
            got=error.error_string,
            cure="Convert it, for example: ffmpeg -i INPUT output.wav",
        ) from error


def sha256_of(path: str | Path) -> str:
    """SHA-256 of a file as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_header(path: Path, file: soundfile.SoundFile) -> None:
    if file.channels > 2:
        raise InputError(
            str(path),
            expected="one or two channels",
            got=f"{file.channels} channels",
            cure="Keep the participants' two, for example: ffmpeg -i INPUT -af 'pan=stereo|c0=c0|c1=c1' output.wav",
        )
    if file.samplerate < LOWEST_RATE_HZ:
        raise InputError(
            str(path), expected="8000 Hz or more", got=f"{file.samplerate} Hz", cure="Record at telephone rate (8000 Hz) at least."
        )
    if file.frames < SHORTEST_S * file.samplerate:
        raise InputError(
            str(path),
            expected=f"at least {SHORTEST_S:g} s of audio",
            got=f"{file.frames / file.samplerate:.3f} s" if file.frames else "an empty recording (no samples)",
            cure="Record or export it again.",
        )


class _Inspection:
    """Peak and clipping of a file, gathered block by block, so that no mask as long as the file is needed."""

    def __init__(self, path: Path, *, rate_hz: int, channels: int) -> None:
        self.path, self.rate_hz = path, rate_hz
        self.peak = 0.0
        self.frames = 0
        self.clipped = 0
        self._tail: BoolArray = np.zeros((CLIPPED_RUN - 1, channels), np.bool_)
        self._counted = self._tail.copy()

    def see(self, block: FloatArray) -> None:
        """Take in the next block, float32 (n, C)."""
        if not np.isfinite(block).all():
            bad = ~np.isfinite(block).all(axis=1)
            raise InputError(
                str(self.path),
                expected="finite samples",
                got=f"NaN or infinity, first at {(self.frames + int(bad.argmax())) / self.rate_hz:.3f} s",
                cure="Repair the recording; a NaN has no sound that could stand in for it.",
            )
        loud = np.abs(block)
        self.peak = max(self.peak, float(loud.max()))
        at_limit = np.concatenate([self._tail, loud >= FULL_SCALE])
        within_run = _in_runs(at_limit)
        # The first samples of this stretch are the last of the one before: count only those that were not counted there.
        self.clipped += int(np.count_nonzero(within_run)) - int(np.count_nonzero(within_run[: CLIPPED_RUN - 1] & self._counted))
        self._tail, self._counted = at_limit[len(at_limit) - CLIPPED_RUN + 1 :], within_run[len(within_run) - CLIPPED_RUN + 1 :]
        self.frames += len(block)


def _in_runs(at_limit: BoolArray) -> BoolArray:
    """Which entries of bool (n, C) lie in runs of ``CLIPPED_RUN`` or more along n."""
    starts = at_limit[: len(at_limit) - CLIPPED_RUN + 1].copy()
    for shift in range(1, CLIPPED_RUN):
        starts &= at_limit[shift : len(at_limit) - CLIPPED_RUN + 1 + shift]
    within = np.zeros_like(at_limit)
    for shift in range(CLIPPED_RUN):
        within[shift : shift + len(starts)] |= starts
    return within


def _read_blocks(path: Path, file: soundfile.SoundFile, wanted_hz: int, *, may_be_silent: bool) -> SourceAudio:
    ratio = Fraction(wanted_hz, file.samplerate)
    inspection = _Inspection(path, rate_hz=file.samplerate, channels=file.channels)
    samples = np.zeros((file.channels, ceil(file.frames * ratio) + 1), np.float32)
    position = 0
    for block in _resampled(_blocks(file, inspection), source_hz=file.samplerate, wanted_hz=wanted_hz, channels=file.channels):
        room = min(len(block), samples.shape[1] - position)  # soxr may flush a sample more than the exact length
        samples[:, position : position + room] = block[:room].T
        position += room
    if inspection.frames < file.frames:
        raise InputError(
            str(path),
            expected=f"{file.frames / file.samplerate:.2f} s of audio, as its header says",
            got=f"{inspection.frames / file.samplerate:.2f} s",
            cure="The file is cut short: copy or export it again.",
        )
    if inspection.peak < SILENT_PEAK and not may_be_silent:
        level = f"a peak of {20 * log10(inspection.peak):.0f} dBFS" if inspection.peak else "zeros only"
        raise InputError(str(path), expected="sound", got=f"silence ({level})", cure="Check that the right track was exported.")
    samples = samples[:, : round_half_up(inspection.frames * ratio)]
    peak = max(float(samples.max()), -float(samples.min()))
    scale = 1 / peak if peak > 1 else 1.0
    if scale != 1:
        np.multiply(samples, np.float32(scale), out=samples)
        np.clip(samples, -1, 1, out=samples)  # float32 rounding only
    return SourceAudio(
        samples=samples,
        sample_rate_hz=wanted_hz,
        source_rate_hz=file.samplerate,
        clipped_share=inspection.clipped / (inspection.frames * file.channels),
        scale=scale,
    )


def _blocks(file: soundfile.SoundFile, inspection: _Inspection) -> Iterator[FloatArray]:
    # python-soundfile seeks after each read where it can; in an mp3 that loses the bit reservoir and damages the start of every block.
    file.seekable = lambda: False
    while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
        inspection.see(block)
        yield block


def _resampled(blocks: Iterator[FloatArray], *, source_hz: int, wanted_hz: int, channels: int) -> Iterator[FloatArray]:
    if source_hz == wanted_hz:
        yield from blocks
        return
    stream = soxr.ResampleStream(source_hz, wanted_hz, channels, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)
