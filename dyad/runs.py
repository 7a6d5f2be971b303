"""A whole run: from a conversation and settings to a recording folder."""

import platform
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dyad
from dyad.clock import Tick
from dyad.config import RunConfig, as_plain
from dyad.contracts import Sink
from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.eval.events import detect_events
from dyad.eval.summary import summarise
from dyad.faces.head import Head
from dyad.faces.identity import SEAT_A, SEAT_B, Identity
from dyad.faces.landmarks68 import known_landmark_places
from dyad.motion_files import read_foreign
from dyad.output_folder import output_folder
from dyad.recording import VIEWER_FILE, Recording
from dyad.registry import AGENTS, suggestion
from dyad.seat import Seat
from dyad.simulation.loop import simulate

RECORDED_VERSIONS = ("numpy", "scipy", "torch", "ray", "pyannote.audio", "silero-vad", "rerun-sdk", "omegaconf", "soundfile")


def with_recorded_motion(conversation: Conversation, config: RunConfig) -> Conversation:
    """Add the motion files that the settings name, and names of the participants.

    Raises:
        InputError: a motion file cannot be read, or is given to an agent that does not play it.
    """
    motion, notes = dict(conversation.motion), list(conversation.provenance.notes)
    for seat in Seat:
        file = config.seat(seat).motion
        if file is not None:
            if config.seat(seat).agent in AGENTS and config.seat(seat).agent != "replay":  # agents of users' own may make use of it
                key = seat.name.lower()
                raise InputError(
                    f"setting {key}.motion",
                    expected="the agent replay, which plays it",
                    got=f"agent {config.seat(seat).agent}",
                    cure=f"Set {key}.agent=replay.",
                )
            foreign = read_foreign(file, seat=seat)
            motion[seat] = foreign.motion
            notes += (f"{Path(file).name}: {note}" for note in foreign.notes)
    name_a, name_b = (config.seat(seat).name or conversation.participants[seat] for seat in Seat)
    provenance = replace(conversation.provenance, notes=tuple(notes))
    return replace(conversation, motion=motion, participants=(name_a, name_b), provenance=provenance)


def run(conversation: Conversation, config: RunConfig, *, out: str | Path, on_tick: Callable[[Tick, int], None] | None = None) -> Recording:
    """Simulate a conversation and write its folder; on any error nothing is left behind.

    Args:
        conversation: what is said.
        config: settings.
        out: the folder to make.
        on_tick: called after every tick with the tick and the total number of frames.

    Returns:
        The recording as it was written.

    Raises:
        InputError: bad settings, an output folder that is not ours, or a full disk.
        AgentError: an agent failed.
    """

    def complete(recording: Recording) -> Recording:
        return with_findings(recording, conversation, config)

    for seat in Seat:
        identity_of(config, seat)  # wrong settings are refused even where no head is drawn
    with output_folder(out) as folder:
        recording = simulate(
            conversation,
            config.recipes(),
            seed=config.seed,
            frame_rate_hz=config.frame_rate_hz,
            tick_s=config.tick_s,
            backend=config.backend,
            address=config.address,
            step_timeout_s=config.step_timeout_s,
            sinks=viewer_sinks(config, path=folder / VIEWER_FILE if config.viewer.record else None),
            on_tick=on_tick,
            complete=complete,
        )
        recording.save(folder)
    return recording


def viewer_sinks(config: RunConfig, *, path: Path | None) -> list[Sink]:
    """The Rerun sink that the settings ask for, if any."""
    live = config.viewer.address or ("spawn" if config.viewer.live else None)
    if path is None and live is None:
        return []
    from dyad.sinks.rerun_sink import RerunSink  # rerun takes a third of a second to import

    heads = {seat: head_of(config, seat) for seat in Seat}
    points = {seat: known_landmark_places(head) for seat, head in heads.items()}
    return [RerunSink(path=path, live=live, heads=heads, face_points=points, viewer_rate_hz=config.viewer.rate_hz)]


def head_of(config: RunConfig, seat: Seat) -> Head:
    """The head that stands for a seat: the user's own if the settings name one, else the built-in one.

    Raises:
        InputError: a head that cannot be read, or an unknown proportion.
    """
    person, own = identity_of(config, seat), config.seat(seat).head
    if own is None:
        return Head.build(person, detail=config.viewer.detail)
    from dyad.faces.head_files import load_head  # trimesh, pygltflib and torch are only needed for heads of the user's own

    head = load_head(own, identity=person, detail=config.viewer.detail)
    for note in head.notes:
        warnings.warn(f"head {own}: {note}", stacklevel=2)
    return head


def identity_of(config: RunConfig, seat: Seat) -> Identity:
    """The face of a seat: its ready person, or one drawn from ``face.seed``, with the proportions the settings name.

    Raises:
        InputError: a proportion that faces do not have, or a value out of range.
    """
    wanted = dict(config.seat(seat).face)
    seed = wanted.pop("seed", None)
    if seed is not None and (not isinstance(seed, int) or seed < 0):
        key = f"setting {seat.name.lower()}.face.seed"
        raise InputError(key, expected="a whole number of 0 or more", got=repr(seed), cure="For example 7.")
    person = (SEAT_A, SEAT_B)[seat] if seed is None else Identity.from_seed(seed)
    known = Identity.__dataclass_fields__
    for name, value in wanted.items():
        key = f"setting {seat.name.lower()}.face.{name}"
        if name not in known:
            raise InputError(key, expected="a property of a face", got="an unknown one", cure=suggestion(name, [*known, "seed"]))
        try:
            changes: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value}
            person = replace(person, **changes)
        except (TypeError, ValueError):
            raise InputError(key, expected="a number, or [red, green, blue]", got=repr(value), cure="Correct the value.") from None
    return person


def with_findings(recording: Recording, conversation: Conversation, config: RunConfig) -> Recording:
    """Add events, summary and manifest."""
    found = [event for seat in Seat for event in detect_events(recording.motion[seat])]
    events = tuple(sorted(found, key=lambda event: (event.start_s, event.seat, event.kind)))
    agents = {seat: config.seat(seat).agent for seat in Seat}
    summary = summarise(
        conversation.diarization,
        duration_s=conversation.duration_s,
        motion=recording.motion,
        events=events,
        step_ms=recording.step_ms,
        wall_s=recording.wall_s,
        agents=agents,
    )
    return replace(recording, events=events, summary=summary, manifest=_manifest(conversation, config))


def _manifest(conversation: Conversation, config: RunConfig) -> dict[str, Any]:
    provenance = conversation.provenance
    return {
        "dyad_version": dyad.__version__,
        "seed": config.seed,
        "config": as_plain(config),
        "conversation": {
            "id": conversation.id,
            "participants": list(conversation.participants),
            "duration_s": conversation.duration_s,
            "source": provenance.source,
            "licence": provenance.licence,
            "diarization": provenance.diarization,
            "notes": list(provenance.notes),
            "sha256": dict(provenance.files),
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in RECORDED_VERSIONS}},
    }
