"""Flash and beep: jaws that open at the very frame a beep begins, measured from the finished film."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from pyannote.core import Annotation

from dyad.bases import ARKIT52
from dyad.clock import FrameClock
from dyad.faces.head import Head
from dyad.motion import Motion
from dyad.recording import Recording
from dyad.seat import Seat
from dyad.video.film import write_mp4

av = pytest.importorskip("av")
pytestmark = pytest.mark.integration

SECONDS = 4
RATE_HZ = 16_000
FLASH_S = (0.0, 0.52, 1.24, 1.96, 3.08, 3.72)
OPEN_FRAMES = 3


def flashing(frame_rate_hz: float) -> Recording:
    """A opens the jaw for a few frames at a time; each time a beep begins with the first of them."""
    clock = FrameClock(frame_rate_hz=frame_rate_hz, sample_rate_hz=RATE_HZ)
    frames = clock.frames_covering(SECONDS * RATE_HZ)
    expression = {seat: np.zeros((frames, 52), np.float32) for seat in Seat}
    audio = np.zeros((2, SECONDS * RATE_HZ), np.float32)
    for frame in map(clock.frame, FLASH_S):
        expression[Seat.A][frame : frame + OPEN_FRAMES, ARKIT52.index("jawOpen")] = 1.0
        beep = audio[Seat.A, clock.sample(frame) : clock.sample(frame + OPEN_FRAMES)]
        beep[:] = 0.5 * np.sin(2 * np.pi * 1000.0 * np.arange(len(beep)) / RATE_HZ)
    motion = {
        seat: Motion(seat=seat, frame_rate_hz=frame_rate_hz, expression=expression[seat], head_rotation=np.zeros((frames, 3)))
        for seat in Seat
    }
    return Recording(
        conversation_id="flash and beep",
        participants=("Ada", "Ben"),
        audio=audio,
        sample_rate_hz=RATE_HZ,
        diarization=Annotation(),
        motion=motion,
        step_ms=np.zeros((1, 2)),
    )


def flashes_s(film: Path, mouth: tuple[slice, slice]) -> list[float]:
    """Times at which the mouth opens."""
    with av.open(str(film)) as container:
        shown = [(frame.time, frame.to_ndarray(format="gray")[mouth].astype(float)) for frame in container.decode(video=0)]
    closed = np.median([picture for _, picture in shown], axis=0)
    change = np.array([np.abs(picture - closed).mean() for _, picture in shown])
    return onsets([time for time, _ in shown], change > 0.5 * change.max())


def beeps_s(film: Path) -> list[float]:
    """Times at which sound begins."""
    with av.open(str(film)) as container:
        blocks = [(block.time, block.sample_rate, block.to_ndarray()) for block in container.decode(audio=0)]
    times = np.concatenate([start + np.arange(samples.shape[1]) / rate for start, rate, samples in blocks])
    loud = np.concatenate([np.abs(samples).max(axis=0) for _, _, samples in blocks]) > 0.1
    held = np.convolve(loud, np.ones(961), mode="same") > 0  # a sine passes zero, and beeps lie far apart
    return [float(times[index : index + 1200][loud[index : index + 1200]][0]) for index in starts(held)]


def onsets(times: list[float], on: npt.NDArray[np.bool_]) -> list[float]:
    return [float(times[index]) for index in starts(on)]


def starts(on: npt.NDArray[np.bool_]) -> list[int]:
    return [int(index) for index in np.flatnonzero(on & ~np.concatenate([[False], on[:-1]]))]


@pytest.mark.parametrize("frame_rate_hz", [25.0, 29.97, 60.0])
def test_lips_and_sound_of_the_film_are_together(tmp_path: Path, frame_rate_hz: float) -> None:
    head = Head.build(detail="light")
    film = write_mp4(flashing(frame_rate_hz), dict.fromkeys(Seat, head), tmp_path / "film.mp4", camera="close-up", size=96)
    rows, columns = slice(56, 84), slice(30, 70)
    seen, heard = flashes_s(film, (rows, columns)), beeps_s(film)
    assert len(seen) == len(heard) == len(FLASH_S)
    apart = np.array(seen) - np.array(heard)
    print(f"{frame_rate_hz:g} fps: lips minus sound {1e3 * apart.min():+.1f} to {1e3 * apart.max():+.1f} ms")
    assert np.abs(apart).max() < 0.5 / frame_rate_hz
    clock = FrameClock(frame_rate_hz=frame_rate_hz)
    assert seen == pytest.approx([clock.seconds(clock.frame(second)) for second in FLASH_S], abs=1e-3)


def test_a_part_of_the_recording_stays_together_too(tmp_path: Path) -> None:
    head = Head.build(detail="light")
    film = write_mp4(flashing(25.0), dict.fromkeys(Seat, head), tmp_path / "film.mp4", camera="close-up", size=96, from_s=1.0, seconds=1.5)
    seen, heard = flashes_s(film, (slice(56, 84), slice(30, 70))), beeps_s(film)
    assert seen == pytest.approx([0.24, 0.96], abs=1e-3)
    assert heard == pytest.approx(seen, abs=0.02)


def test_both_tracks_are_as_long_as_the_motion(tmp_path: Path) -> None:
    head = Head.build(detail="light")
    film = write_mp4(flashing(25.0), dict.fromkeys(Seat, head), tmp_path / "film.mp4", size=64)
    with av.open(str(film)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height, video.average_rate, video.frames) == (128, 64, 25, 100)
        assert float(video.duration * video.time_base) == pytest.approx(4.0)
        assert float(sound.duration * sound.time_base) == pytest.approx(4.0, abs=0.022)  # whole AAC frames
        assert container.metadata["title"] == "flash and beep"


def test_several_processes_draw_the_same_film(tmp_path: Path) -> None:
    head = Head.build(detail="light")
    films = [write_mp4(flashing(25.0), dict.fromkeys(Seat, head), tmp_path / f"{count}.mp4", size=64, processes=count) for count in (1, 2)]
    alone, together = (film.read_bytes() for film in films)
    assert alone == together
