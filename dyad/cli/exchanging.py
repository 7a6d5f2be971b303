"""dyad export, dyad import."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dyad.faces.head import Head
    from dyad.imports.foreign import Foreign
    from dyad.seat import Seat

Camera = Annotated[str | None, typer.Option("--camera", help="two-shot, over-shoulder, close-up or orbit.", show_default="two-shot")]
Size = Annotated[int | None, typer.Option("--size", help="Height of a film in pixels; twice as wide.", show_default="512")]
From = Annotated[float | None, typer.Option("--from", help="Second at which a film begins.", show_default="0")]
Seconds = Annotated[float | None, typer.Option("--seconds", help="Length of a film.", show_default="to the end")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]
SeatName = Annotated[str | None, typer.Option("--seat", help="A or B.", show_default=False)]


def export_motion(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Recording folder.")],
    *,
    to: Annotated[str, typer.Option("--to", help="arkit-csv, flame-npz, vertices-npy, landmarks, glb, usd, bvh, a2f-json, mp4 or webp.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write, or a folder.", show_default="beside DIR")] = None,
    fps: Annotated[float | None, typer.Option("--fps", help="Frames per second of the export.", show_default="the recording's")] = None,
    seat: SeatName = None,
    force: Force = False,
    camera: Camera = None,
    size: Size = None,
    from_s: From = None,
    seconds: Seconds = None,
) -> None:
    """Write a recording's motion in a format other programs read, or a film of it.

    Formats with a file for each seat add -A and -B to the name. USD is binary, or text where the name ends in .usda; it needs
    pip install 'dyad[usd]', and films need 'dyad[video]'. Units, axes, frame rate and neutral pose stand in the file, or beside it
    in NAME.about.json.

    \b
    Examples:
      dyad export runs/demo --to arkit-csv --fps 60
      dyad export runs/demo --to glb --out demo.glb
      dyad export runs/demo --to usd --out demo.usda
      dyad export runs/demo --to mp4 --camera close-up
      dyad export runs/demo --to webp --from 9 --seconds 5 --size 320
    """
    from dyad.cli.pictures import frame_progress
    from dyad.exports.export import export
    from dyad.exports.formats import find_format
    from dyad.recording import AUDIO_FILE, Recording
    from dyad.seat import Seat

    find_format(to)
    seats = tuple(Seat) if seat is None else (_seat(seat),)
    recording = Recording.load(folder)
    name = folder.resolve().name
    target = folder.resolve().parent / name if out is None else out / name if out.is_dir() else out
    wishes = {"camera": camera, "size": size, "from_s": from_s, "seconds": seconds}
    given = {key: value for key, value in wishes.items() if value is not None}
    with frame_progress(f"Drawing {to}", shown="on_frame" in find_format(to).options) as on_frame:
        written = export(
            recording,
            to=to,
            out=target,
            head_of=_heads(folder),
            seats=seats,
            frame_rate_hz=fps,
            sound=f"{name}/{AUDIO_FILE}",
            overwrite=force,
            options={**given, **on_frame},
        )
    for path in written:
        typer.echo(f"Wrote {path}")


def import_motion(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="One file, or two: seat A's, then seat B's.")],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Motion file (.npz) to write.")],
    fps: Annotated[float | None, typer.Option("--fps", help="Resample to this many frames per second.", show_default="the file's")] = None,
    seat: SeatName = None,
    source_fps: Annotated[
        float | None,
        typer.Option("--source-fps", help="Frames a second of vertices, or in a CSV's timecodes.", show_default="read off the file"),
    ] = None,
    flip: Annotated[list[str] | None, typer.Option("--flip", help="Angle column of a CSV to take with the other sign.")] = None,
    head: Annotated[
        str | None, typer.Option("--head", help="Head whose vertices an .npy holds, as a.head takes it.", show_default="told by the file")
    ] = None,
    face_seed: Annotated[
        int | None, typer.Option("--face-seed", help="The built-in head of this seed instead.", show_default=False)
    ] = None,
    force: Force = False,
) -> None:
    """Read recorded motion (Live Link Face CSV, DualTalk npz, dyad's glb, vertices as npy) into a file that can sit in a seat.

    Vertices, (frames, vertices, 3) in metres, are turned into head pose, gaze and ARKit weights by the head they belong to: the one dyad
    exported, a built-in one, or --head.

    \b
    Examples:
      dyad import take.csv --out take.npz --fps 25
      dyad listen speech.wav --motion take.npz
      dyad import left.csv right.csv --out both.npz --fps 25
      dyad import heads.npy --head my_head.glb --source-fps 30 --out take.npz
      dyad simulate talk.wav a.agent=replay a.motion=both.npz
    """
    import numpy as np

    from dyad.cli.pictures import frame_progress
    from dyad.errors import InputError
    from dyad.imports.vertex_heads import HeadChoice
    from dyad.motion_files import read_foreign
    from dyad.output_files import placed_files
    from dyad.recording import motion_arrays
    from dyad.resampling import resample
    from dyad.seat import Seat

    if len(files) > 2 or (len(files) == 2 and seat is not None):
        raise InputError("files", expected="one file, or two without --seat", got=f"{len(files)}", cure="Import them one by one.")
    if out.suffix != ".npz":
        raise InputError(str(out), expected="a name that ends in .npz", got=repr(out.suffix), cure="For example --out motion.npz")
    seats = list(Seat) if len(files) == 2 else [Seat.A if seat is None else _seat(seat)]
    choice = None if head is None and face_seed is None else HeadChoice(file=head, face_seed=face_seed)
    arrays: dict[str, object] = {}
    for place, file in zip(seats, files, strict=False):
        with frame_progress(f"Reading {file.name}", shown=file.suffix.lower() == ".npy") as on_frame:
            foreign = read_foreign(
                file, seat=place, source_rate_hz=source_fps, flip=flip or (), head=choice, on_frame=on_frame.get("on_frame")
            )
        motion = foreign.motion if fps is None else resample(foreign.motion, frame_rate_hz=fps)
        _print_import(file, foreign)
        arrays |= motion_arrays(motion)
    with placed_files([out], replace=force) as (partial,):
        np.savez_compressed(partial, **arrays)  # type: ignore[arg-type]
    typer.echo(f"Wrote {out}")


def _print_import(file: Path, foreign: "Foreign") -> None:
    motion = foreign.motion
    typer.echo(f"{file.name}: {len(motion)} frames at {motion.frame_rate_hz:g} fps, {motion.basis}, seat {motion.seat.name}")
    for note in foreign.notes:
        typer.echo(f"  {note}")


def _seat(name: str) -> "Seat":
    from dyad.errors import InputError
    from dyad.seat import Seat

    if name.upper() not in Seat.__members__:
        raise InputError("--seat", expected="A or B", got=repr(name), cure="Leave it out for both.")
    return Seat[name.upper()]


def _heads(folder: Path) -> "Callable[[Seat], Head]":
    """Builds the heads the recording was made with, from its manifest."""
    from dyad.config import RunConfig, SeatConfig
    from dyad.recording import read_manifest
    from dyad.runs import head_of

    config: Mapping[str, Any] = read_manifest(folder).get("config", {})
    seats = {name: dict(config.get(name) or {}) for name in ("a", "b")}
    a, b = (SeatConfig(face=dict(seat.get("face") or {}), head=seat.get("head")) for seat in seats.values())
    settings = RunConfig(a=a, b=b)
    built: dict[Seat, Head] = {}

    def build(seat: "Seat") -> "Head":
        if seat not in built:
            built[seat] = head_of(settings, seat)
        return built[seat]

    return build
