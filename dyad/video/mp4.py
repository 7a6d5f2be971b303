"""H.264 and AAC in an mp4 file, through PyAV: the one module that imports it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

import dyad
from dyad.errors import InputError
from dyad.video.sound import SOUND_RATE_HZ, mix_voices

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

    from dyad.video.film import Take

VIDEO_CODECS: Final = ("libx264", "libopenh264", "h264_videotoolbox", "h264_mf")
"""Encoders of H.264, the first that is there is taken; PyAV's own wheels bring the first."""
VIDEO_OPTIONS: Final = {"crf": "20", "preset": "veryfast"}
SOUND_BIT_RATE: Final = 128_000
SOUND_BLOCK: Final = 1024  # samples of an AAC frame


def encode_mp4(take: Take, path: Path) -> None:
    """Draw and encode a take.

    Frame k is shown from k / rate on, and so is the sound of that instant; both tracks are equally long.

    Args:
        take: what.
        path: file to write.

    Raises:
        InputError: PyAV is missing, or has no encoder for H.264.
        OSError: the disk is full.
    """
    codec = _video_codec()
    import av

    sound = mix_voices(take.recording, start=take.start, stop=take.stop)
    container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
    container.metadata["title"] = take.recording.conversation_id
    container.metadata["comment"] = f"dyad {dyad.__version__}: camera {take.recipe.camera}, {float(take.clock.rate):g} fps, A left, B right"
    try:
        video = _video_stream(container, codec, rate=take.clock.rate, size=take.recipe.size)
        voices = container.add_stream("aac", rate=SOUND_RATE_HZ, layout="stereo")
        voices.bit_rate = SOUND_BIT_RATE
        _write(container, video, voices, take=take, sound=sound)
    except BaseException:
        with suppress(OSError, ValueError):  # what went wrong first is what counts
            container.close()
        raise
    container.close()


def _video_codec() -> str:
    try:
        import av.codec
    except ImportError as error:
        raise InputError("mp4", expected="PyAV", got="not installed", cure="Run `pip install 'dyad[video]'`.") from error
    missing = getattr(av.codec, "UnknownCodecError", ValueError)
    for name in VIDEO_CODECS:
        with suppress(missing, ValueError):
            av.codec.Codec(name, "w")
            return name
    raise InputError("mp4", expected="PyAV with an H.264 encoder", got="one without", cure=f"Install one with {' or '.join(VIDEO_CODECS)}.")


def _video_stream(container: OutputContainer, codec: str, *, rate: Fraction, size: int) -> VideoStream:
    stream: VideoStream = container.add_stream(codec, rate=rate, options=VIDEO_OPTIONS if codec == "libx264" else {})  # type: ignore[assignment]
    stream.width, stream.height, stream.pix_fmt = 2 * size, size, "yuv420p"
    stream.time_base = stream.codec_context.time_base = 1 / rate
    # Without pictures that lean on later ones the first is shown at 0 in every player, also in those that ignore edit lists.
    stream.codec_context.max_b_frames = 0
    return stream


def _write(container: OutputContainer, video: VideoStream, voices: AudioStream, *, take: Take, sound: npt.NDArray[np.float32]) -> None:
    """Both tracks, side by side, so that a player need not look far for either."""
    import av

    blocks = _sound_blocks(sound)
    heard_s = Fraction(0)
    for index, picture in enumerate(take.pictures()):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = index, 1 / take.clock.rate
        container.mux(video.encode(frame))
        while heard_s <= (index + 1) / take.clock.rate and (block := next(blocks, None)) is not None:
            container.mux(voices.encode(block))
            heard_s = Fraction(int(block.pts or 0) + block.samples, SOUND_RATE_HZ)
    for block in blocks:
        container.mux(voices.encode(block))
    container.mux(video.encode(None))
    container.mux(voices.encode(None))


def _sound_blocks(sound: npt.NDArray[np.float32]) -> Iterator[av.AudioFrame]:
    import av

    for first in range(0, sound.shape[1], SOUND_BLOCK):
        part = np.ascontiguousarray(sound[:, first : first + SOUND_BLOCK])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE_HZ, first, Fraction(1, SOUND_RATE_HZ)
        yield frame
