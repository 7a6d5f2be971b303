"""dyad view."""

from pathlib import Path
from typing import Annotated

import typer

from dyad.cli.options import split


def view(
    inputs: Annotated[
        list[str], typer.Argument(metavar="DIR [KEY=VALUE]...", help="Recording folder, and viewer settings to redraw it with.")
    ],
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Take a picture (PNG) instead of opening a window.")] = None,
    at_s: Annotated[float | None, typer.Option("--at", help="Time of the picture, seconds.", show_default="the middle")] = None,
    size: Annotated[str, typer.Option("--size", help="Width and height of the picture, pixels.")] = "1600x900",
    web: Annotated[bool, typer.Option("--web", help="Serve to a browser of this computer instead of opening a window.")] = False,
    seed: Annotated[int | None, typer.Option("--seed", help="Draw two new faces from this number.")] = None,
    backend: Annotated[str | None, typer.Option("--backend", help="Accepted as everywhere; viewing runs no agents.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="YAML file with settings (viewer and faces are used).")] = None,
) -> None:
    """Open a recording in Rerun, or take a picture of it without a screen.

    With settings (faces, viewer rate, detail) the heads are drawn anew from the recorded motion; the folder is not changed.

    \b
    Examples:
      dyad view runs/demo
      dyad view runs/demo --out demo.png --at 12.3
      dyad view runs/demo --seed 7 viewer.detail=light
      dyad view runs/demo --web
    """
    import tempfile

    from dyad.errors import InputError
    from dyad.sinks.viewer import find_recording

    folders, overrides = split(inputs)
    if len(folders) != 1:
        raise InputError("recording", expected="one folder", got=f"{len(folders)}", cure="For example: dyad view runs/demo")
    folder = Path(folders[0])
    if not (overrides or config or seed is not None or backend is not None):
        _show(find_recording(folder), out=out, at_s=at_s, size=size, web=web)
        return
    with tempfile.TemporaryDirectory(prefix="dyad-view-") as scratch:
        redrawn = _redraw(folder, Path(scratch), overrides=overrides, seed=seed, backend=backend, config=config)
        _show(redrawn, out=out, at_s=at_s, size=size, web=web, stay=True)


def _show(recording: Path, *, out: Path | None, at_s: float | None, size: str, web: bool, stay: bool = False) -> None:
    from dyad.errors import InputError
    from dyad.sinks.viewer import open_viewer, save_picture

    if out is not None:
        width, _, height = size.partition("x")
        if not (width.isdecimal() and height.isdecimal()):
            raise InputError("--size", expected="WIDTHxHEIGHT", got=repr(size), cure="For example 1600x900.")
        save_picture(recording, out, at_s=_middle(recording) if at_s is None else at_s, width=int(width), height=int(height))
        typer.echo(f"Wrote {out}")
        return
    viewer = open_viewer(recording, web=web)
    if viewer.web_url is not None:
        typer.echo(f"Open {viewer.web_url}\nStop with Ctrl-C.")
    if viewer.web_url is not None or stay:
        try:
            viewer.process.wait()
        finally:
            viewer.stop()


def _middle(recording: Path) -> float:
    """The middle of a recording; a lone .rrd file is shown at its start."""
    import json

    from dyad.errors import InputError
    from dyad.recording import SUMMARY_FILE

    summary = recording.parent / SUMMARY_FILE
    if not summary.is_file():
        return 0.0
    try:
        return 0.5 * float(json.loads(summary.read_text(encoding="utf-8"))["duration_s"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        got = f"a damaged file ({type(error).__name__})"
        raise InputError(str(summary), expected="figures with duration_s", got=got, cure="Give the time with --at.") from None


def _redraw(folder: Path, scratch: Path, *, overrides: list[str], seed: int | None, backend: str | None, config: Path | None) -> Path:
    """Draw the recorded motion again with other settings."""
    import shutil

    from dyad.cli.options import resolve
    from dyad.conversation import Conversation, Provenance
    from dyad.recording import SUMMARY_FILE, VIEWER_FILE, Recording
    from dyad.runs import viewer_sinks
    from dyad.seat import Seat

    recording = Recording.load(folder)
    faces = {} if seed is None else {f"{name}.face.seed": 2 * seed + index for index, name in enumerate("ab")}
    settings = resolve(overrides, config=config, values={"backend": backend, **faces})
    conversation = Conversation(
        id=recording.conversation_id,
        participants=recording.participants,
        audio=recording.audio,
        sample_rate_hz=recording.sample_rate_hz,
        diarization=recording.diarization,
        provenance=Provenance(source=str(folder)),
    )
    target = scratch / VIEWER_FILE
    for sink in viewer_sinks(settings, path=target):
        sink.open(conversation)
        for seat in Seat:
            sink.write(recording.motion[seat])
        sink.close(recording)
    shutil.copy(folder / SUMMARY_FILE, scratch)
    return target
