"""dyad simulate and dyad listen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dyad.cli.options import Address, Backend, Config, Inputs, Live, Out, Pipeline, Rttm, Seed, resolve, split

if TYPE_CHECKING:
    from dyad.clock import Tick
    from dyad.config import RunConfig
    from dyad.conversation import Conversation


def simulate(
    inputs: Inputs = None,
    *,
    out: Out = None,
    seed: Seed = None,
    backend: Backend = None,
    config: Config = None,
    rttm: Rttm = None,
    pipeline: Pipeline = None,
    address: Address = None,
    live: Live = False,
) -> None:
    """Turn a conversation into two heads, both generated in closed loop.

    FILE is one stereo file (a participant on each channel), two mono files, or one mono mix; without any, a built-in phone call is used.

    \b
    Examples:
      dyad simulate --out runs/demo
      dyad simulate call.wav --seed 3 --out runs/call
      dyad simulate alice.wav bob.wav b.options.nods.per_minute=5
      dyad simulate mix.wav --rttm mix.rttm --backend inline
    """
    from dyad.loading import load_conversation

    files, overrides = split(inputs)
    values = {
        "seed": seed,
        "backend": backend,
        "address": address,
        "viewer.live": live,
        "input.rttm": rttm,
        "input.pipeline": pipeline,
    }
    settings = resolve(overrides, config=config, values=values)
    _run(lambda: load_conversation(*files, rttm=settings.input.rttm, pipeline=settings.input.pipeline), settings, out=out)


def listen(
    inputs: Inputs = None,
    *,
    out: Out = None,
    seed: Seed = None,
    backend: Backend = None,
    config: Config = None,
    motion: Annotated[
        Path | None,
        typer.Option("--motion", help="Recorded motion of the speaker: motion.npz, DualTalk .npz, Live Link Face .csv, or .glb of dyad."),
    ] = None,
    address: Address = None,
    live: Live = False,
) -> None:
    """Give recorded speech a listener.

    The speaker sits on seat A (moved by recorded motion where a file is given, else generated), the generated listener on seat B.

    \b
    Examples:
      dyad listen speech.wav --out runs/listener
      dyad listen speech.wav --motion speech.npz b.options.nods.per_minute=6
    """
    from dyad.errors import InputError
    from dyad.speech import load_speech

    files, overrides = split(inputs)
    if len(files) != 1:
        raise InputError("speech", expected="one sound file", got=f"{len(files)}", cure="For example: dyad listen speech.wav")
    settings = resolve(
        overrides,
        config=config,
        values={"seed": seed, "backend": backend, "address": address, "viewer.live": live, "a.motion": motion},
        defaults=("a.agent=replay",) if motion is not None else (),
    )
    _run(lambda: load_speech(files[0]), settings, out=out)


def _run(load: Callable[[], "Conversation"], settings: "RunConfig", *, out: Path | None) -> None:
    from dyad.cli.tables import print_notes, print_summary
    from dyad.output_folder import check_target
    from dyad.runs import run, with_recorded_motion

    if out is not None:
        check_target(out)  # before any work is done
    conversation = load()
    target = check_target(out if out is not None else Path("runs") / conversation.id)
    conversation = with_recorded_motion(conversation, settings)
    print_notes(conversation)
    with _progress(f"Simulating {conversation.duration_s:.0f} s") as on_tick:
        recording = run(conversation, settings, out=target, on_tick=on_tick)
    print_summary(recording, target)


@contextmanager
def _progress(title: str) -> Iterator[Callable[["Tick", int], None]]:
    """A progress bar on standard error; silent when that is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda tick, total: bar.update(task, completed=tick.stop_frame, total=total)
