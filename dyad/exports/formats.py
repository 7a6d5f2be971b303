"""Table of export formats: a new format is one new file and one new row here."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dyad.errors import InputError
from dyad.faces.head import Head
from dyad.motion import Motion
from dyad.recording import Recording
from dyad.registry import suggestion
from dyad.seat import Seat


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a writer writes.

    Args:
        recording: both motions, at the frame rate wanted.
        seats: whose motion the file holds; one seat where the format takes a file for each.
        head_of: builds a seat's head; asked only by formats that need geometry.
        sound: path of the conversation's sound (seat A left, B right), to be named in files; None where there is none.
        options: what else was asked for, by name (see the format).
    """

    recording: Recording
    seats: tuple[Seat, ...]
    head_of: Callable[[Seat], Head]
    sound: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seat(self) -> Seat:
        """The one seat of a file that holds one."""
        (seat,) = self.seats
        return seat

    @property
    def motion(self) -> Motion:
        """The motion of a file that holds one seat."""
        return self.recording.motion[self.seat]


Writer = Callable[[Sequence[Path], Material], Mapping[str, Any] | None]
"""Writes the files of one export, in the order of ``Format.suffixes``; returns what a reader must know besides, for the sidecar."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """One export format.

    Args:
        suffixes: ends of its files' names; the first is the one people name.
        other_suffixes: further ends that its first file may have instead, when people name it so.
        writer: ``"module:function"``, a ``Writer``.
        per_seat: whether each seat gets files of its own.
        sidecar: whether units, axes and the like go beside the file because it has no room for them.
        options: names of the further wishes it understands.
        summary: one line for people.
    """

    suffixes: tuple[str, ...]
    other_suffixes: tuple[str, ...] = ()
    writer: str
    per_seat: bool = True
    sidecar: bool = True
    options: tuple[str, ...] = ()
    summary: str

    def load(self) -> Writer:
        """The writer's function."""
        module, _, name = self.writer.partition(":")
        writer: Writer = getattr(importlib.import_module(module), name)
        return writer


FILM_OPTIONS = ("camera", "size", "from_s", "seconds", "processes", "on_frame")
"""See ``dyad.video.film``."""

FORMATS: dict[str, Format] = {
    "arkit-csv": Format(
        suffixes=(".csv",), writer="dyad.exports.arkit_csv:write", summary="Live Link Face recording: 52 weights, head and eye angles."
    ),
    "flame-npz": Format(suffixes=(".npz",), writer="dyad.exports.flame_npz:write", summary="DualTalk layout: exp (T, 50), pose (T, 6)."),
    "vertices-npy": Format(
        suffixes=(".npy", ".topology.npz"), writer="dyad.exports.vertices:write", summary="Every vertex of every frame, and the triangles."
    ),
    "landmarks": Format(suffixes=(".landmarks.npy",), writer="dyad.exports.landmarks:write", summary="68 facial landmarks of every frame."),
    "glb": Format(
        suffixes=(".glb",),
        writer="dyad.exports.glb:write",
        per_seat=False,
        sidecar=False,
        summary="Both heads in one glTF scene, animated: morph targets, heads and eyes.",
    ),
    "usd": Format(
        suffixes=(".usdc",),
        other_suffixes=(".usda", ".usd"),
        writer="dyad.exports.usd:write",
        per_seat=False,
        sidecar=False,
        summary="Both heads in one OpenUSD scene, animated: skeletons and blend shapes.",
    ),
    "bvh": Format(suffixes=(".bvh",), writer="dyad.exports.bvh:write", summary="Head and eyes as a skeleton, for animation programs."),
    "mp4": Format(
        suffixes=(".mp4",),
        writer="dyad.video.film:export_mp4",
        per_seat=False,
        sidecar=False,
        options=FILM_OPTIONS,
        summary="Film of both heads with the conversation's sound.",
    ),
    "webp": Format(
        suffixes=(".webp",),
        writer="dyad.video.film:export_webp",
        per_seat=False,
        sidecar=False,
        options=FILM_OPTIONS,
        summary="Short animation without sound, for web pages.",
    ),
    "a2f-json": Format(suffixes=(".json",), writer="dyad.exports.a2f_json:write", summary="Audio2Face weight export."),
}


def find_format(name: str) -> Format:
    """A format by its name.

    Raises:
        InputError: no such format.
    """
    if name not in FORMATS:
        raise InputError("--to", expected="an export format", got=repr(name), cure=suggestion(name, FORMATS))
    return FORMATS[name]
