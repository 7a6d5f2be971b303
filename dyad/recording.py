"""What a simulation leaves behind, and its folder on disk."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from pyannote.core import Annotation

from dyad.arrays import FloatArray, frozen
from dyad.bases import channel_names
from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.motion import ARRAY_FIELDS, Motion
from dyad.rttm import read_rttm, write_rttm
from dyad.seat import Seat

MOTION_FILE = "motion.npz"
TIMINGS_FILE = "timings.npz"  # apart from the motion, whose file is the same to the byte whenever the run is repeated
TURNS_FILE = "turns.rttm"
EVENTS_FILE = "events.csv"
SUMMARY_FILE = "summary.json"
MANIFEST_FILE = "manifest.json"
AUDIO_FILE = "audio.flac"
VIEWER_FILE = "recording.rrd"
OWN_MARK = "dyad recording"  # value of "kind" in manifest.json, by which dyad knows a folder as its own
AUDIO_BLOCK = 2**20  # samples written at a time
EVENT_COLUMNS = ("seat", "kind", "start_s", "end_s", "strength")


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something a head did.

    Args:
        seat: who.
        kind: nod, blink, smile, gaze_away, …
        start_s: onset, seconds.
        end_s: offset, seconds.
        strength: peak size in the kind's own unit (degrees for head gestures and gaze, weight for face channels).
    """

    seat: Seat
    kind: str
    start_s: float
    end_s: float
    strength: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording:
    """Both motions, timings, events and the manifest of one run.

    Args:
        conversation_id: id of the conversation.
        participants: the two names, seat A first.
        audio: float32 (2, N), as the agents heard it.
        sample_rate_hz: of the audio.
        diarization: who spoke when, labels A and B.
        motion: one Motion a seat, equally long.
        step_ms: float32 (ticks, 2), time each seat's agent took for each tick, milliseconds.
        wall_s: seconds from the first tick to the last.
        events: what the heads did.
        summary: figures for people.
        manifest: resolved config, seeds, versions, provenance.
    """

    conversation_id: str
    participants: tuple[str, str]
    audio: FloatArray
    sample_rate_hz: int
    diarization: Annotation
    motion: Mapping[Seat, Motion]
    step_ms: FloatArray
    wall_s: float = 0.0
    events: Sequence[Event] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that the two sides fit together."""
        object.__setattr__(self, "audio", frozen(self.audio, name="recording's audio", shape=(2, None)))
        object.__setattr__(self, "step_ms", frozen(self.step_ms, name="recording's step_ms", shape=(None, 2)))
        lengths = {seat.name: len(self.motion[seat]) for seat in Seat if seat in self.motion}
        if len(lengths) != 2 or len(set(lengths.values())) != 1:
            raise InputError(
                "recording", expected="motion of both seats, equally long", got=f"frames {lengths}", cure="Simulate both seats."
            )

    @property
    def frames(self) -> int:
        """Number of motion frames a seat."""
        return len(self.motion[Seat.A])

    @property
    def frame_rate_hz(self) -> float:
        """Motion frames per second."""
        return self.motion[Seat.A].frame_rate_hz

    def save(self, folder: str | Path) -> None:
        """Write all files except the viewer's into an existing folder (see ``dyad.output_folder`` for doing that safely)."""
        path = Path(folder)
        np.savez_compressed(path / MOTION_FILE, **_motion_arrays(self))
        np.savez_compressed(path / TIMINGS_FILE, step_ms=self.step_ms, wall_s=self.wall_s)
        _write_audio(path / AUDIO_FILE, self.audio, self.sample_rate_hz)
        write_rttm(self.diarization, path / TURNS_FILE, uri=self.conversation_id)
        with open(path / EVENTS_FILE, "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(EVENT_COLUMNS)
            for event in self.events:
                rows.writerow((event.seat.name, event.kind, f"{event.start_s:.3f}", f"{event.end_s:.3f}", f"{event.strength:.4f}"))
        _write_json(path / SUMMARY_FILE, self.summary)
        _write_json(path / MANIFEST_FILE, {"kind": OWN_MARK, **self.manifest})

    @classmethod
    def load(cls, folder: str | Path) -> "Recording":
        """Read a folder written by ``save``.

        Raises:
            InputError: the folder is missing, not a dyad recording, or a file in it is absent or damaged.
        """
        path = Path(folder)
        manifest = read_manifest(path)
        try:
            with np.load(path / MOTION_FILE, allow_pickle=False) as arrays:
                motion = {seat: motion_from_arrays(seat, arrays) for seat in Seat}
                name_a, name_b = (str(name) for name in arrays["participants"])
                conversation_id = str(arrays["conversation_id"])
            with np.load(path / TIMINGS_FILE, allow_pickle=False) as arrays:
                step_ms, wall_s = arrays["step_ms"], float(arrays["wall_s"])
            samples, rate = soundfile.read(path / AUDIO_FILE, dtype="float32", always_2d=True)
            recording = cls(
                conversation_id=conversation_id,
                participants=(name_a, name_b),
                audio=samples.T,
                sample_rate_hz=rate,
                diarization=_read_turns(path / TURNS_FILE),
                motion=motion,
                step_ms=step_ms,
                wall_s=wall_s,
                events=_read_events(path / EVENTS_FILE),
                summary=json.loads((path / SUMMARY_FILE).read_text(encoding="utf-8")),
                manifest=manifest,
            )
            covered = FrameClock(frame_rate_hz=recording.frame_rate_hz, sample_rate_hz=rate).frames_covering(len(samples))
            if covered != recording.frames:
                raise ValueError(f"{AUDIO_FILE} of {covered} frames beside motion of {recording.frames}")
        except InputError as error:
            raise InputError(f"{path}, {error.what}", expected=error.expected, got=error.got, cure="Run the simulation again.") from error
        except Exception as error:  # the readers of five formats, given a damaged file, each raise a family of their own
            raise InputError(
                str(path), expected="a complete dyad recording", got=str(error) or type(error).__name__, cure="Run the simulation again."
            ) from error
        return recording


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a recording folder.

    Raises:
        InputError: the folder does not exist or holds no manifest of ours.
    """
    if not folder.is_dir():
        raise InputError(str(folder), expected="a folder made by dyad", got="no such folder", cure="Give the folder named with --out.")
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("kind") != OWN_MARK:
        raise InputError(
            str(folder), expected="a folder made by dyad", got=f"no {MANIFEST_FILE} of ours", cure="Give the folder named with --out."
        )
    return manifest


def motion_from_arrays(seat: Seat, arrays: Mapping[str, Any]) -> Motion:
    """One seat's motion from the named arrays of ``motion.npz``; raises KeyError or ValueError where they are not as written."""
    prefix = seat.name
    basis = str(arrays[f"{prefix}_basis"])
    if tuple(arrays[f"{prefix}_channel_names"]) != channel_names(basis):
        raise ValueError(f"{prefix}_channel_names are not those of {basis}")
    return Motion(
        seat=seat,
        basis=basis,
        frame_rate_hz=float(arrays[f"{prefix}_frame_rate_hz"]),
        start_frame=int(arrays[f"{prefix}_start_frame"]),
        **{name: arrays[f"{prefix}_{name}"] for name in ARRAY_FIELDS},
    )


def _motion_arrays(recording: Recording) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "conversation_id": recording.conversation_id,
        "participants": np.array(recording.participants),
    }
    for motion in recording.motion.values():
        arrays |= motion_arrays(motion)
    return arrays


def motion_arrays(motion: Motion) -> dict[str, Any]:
    """One seat's part of ``motion.npz``, by name; ``motion_from_arrays`` reads it."""
    prefix = motion.seat.name
    return {
        f"{prefix}_basis": motion.basis,
        f"{prefix}_channel_names": np.array(motion.channel_names),
        f"{prefix}_frame_rate_hz": motion.frame_rate_hz,
        f"{prefix}_start_frame": motion.start_frame,
        **{f"{prefix}_{name}": getattr(motion, name) for name in ARRAY_FIELDS},
    }


class _WatchedFile(io.FileIO):
    """A file that remembers what the disk said: libsndfile turns a full disk into "System error", and on closing into nothing."""

    error: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of it, or keep the error and say that nothing was written."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[super().write(rest) :]
        except OSError as error:
            self.error = self.error or error
            return 0
        return len(data)


def _write_audio(path: Path, audio: FloatArray, sample_rate_hz: int) -> None:
    """FLAC at 24 bits: small, exact enough (2⁻²³) for every measure, and read by everything; raises OSError on a full disk."""
    with _WatchedFile(path, "w") as file:
        try:
            with soundfile.SoundFile(file, "w", sample_rate_hz, 2, format="FLAC", subtype="PCM_24") as sound:
                for start in range(0, audio.shape[1], AUDIO_BLOCK):  # whole, it would be copied to put the channels side by side
                    sound.write(audio[:, start : start + AUDIO_BLOCK].T)
        finally:
            if file.error is not None:
                raise file.error


def _read_turns(path: Path) -> Annotation:
    """The turns as written; nobody may have spoken, which is no RTTM for others but is one of ours."""
    return read_rttm(path) if path.stat().st_size else Annotation()


def _read_events(path: Path) -> tuple[Event, ...]:
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != EVENT_COLUMNS:
            raise ValueError(f"{path.name} without the columns {', '.join(EVENT_COLUMNS)}")
        return tuple(_event_of(row) for row in rows)


def _event_of(row: Mapping[str, str]) -> Event:
    return Event(
        seat=Seat[row["seat"]],
        kind=row["kind"],
        start_s=float(row["start_s"]),
        end_s=float(row["end_s"]),
        strength=float(row["strength"]),
    )


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
