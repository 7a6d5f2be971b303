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
    if not (overrides or config or seed is not None):
        _show(find_recording(folder), out=out, at_s=at_s, size=size, web=web)
        return
    with tempfile.TemporaryDirectory(prefix="dyad-view-") as scratch:
        redrawn = _redraw(folder, Path(scratch), overrides=overrides, seed=seed, config=config)
        _show(redrawn, out=out, at_s=at_s, size=size, web=web, stay=True)


def _show(recording: Path, *, out: Path | None, at_s: float | None, size: str, web: bool, stay: bool = False) -> None:
    from dyad.errors import InputError
    from dyad.sinks.viewer import open_viewer, save_picture

    if out is not None:
        width, _, height = size.partition("x")
        if not (width.isdecimal() and height.isdecimal()):
            raise InputError("--size", expected="WIDTHxHEIGHT", got=repr(size), cure="For example 1600x900.")
        save_picture(recording, out, at_s=_checked_time(recording, at_s), width=int(width), height=int(height))
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


def _checked_time(recording: Path, at_s: float | None) -> float:
    """A time within the recording; its middle if none is given."""
    from dyad.errors import InputError
    from dyad.sinks.viewer import length_s

    end_s = length_s(recording)
    if at_s is None:
        return 0.5 * end_s
    if not 0.0 <= at_s <= end_s:
        raise InputError("--at", expected=f"0 to {end_s:g} s, the recording's length", got=f"{at_s:g}", cure="Name a time within it.")
    return at_s


def _redraw(folder: Path, scratch: Path, *, overrides: list[str], seed: int | None, config: Path | None) -> Path:
    """Draw the recorded motion again with other settings."""
    from dyad.cli.options import resolve
    from dyad.conversation import Conversation, Provenance
    from dyad.recording import VIEWER_FILE, Recording
    from dyad.runs import viewer_sinks
    from dyad.seat import Seat

    recording = Recording.load(folder)
    faces = {} if seed is None else {f"{name}.face.seed": 2 * seed + index for index, name in enumerate("ab")}
    settings = resolve(overrides, config=config, values=faces)
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
    return target
