"""The closed loop: tick by tick, both agents hear both voices and see what the other's head did in the tick before."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np

from dyad.clock import FrameClock, Tick
from dyad.contracts import AgentSpec, Place, Sink
from dyad.conversation import Conversation
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.recording import Recording
from dyad.registry import AgentRecipe
from dyad.seat import Seat
from dyad.simulation.ears import Ears
from dyad.simulation.host import Booking, Host, InlineHost
from dyad.simulation.reel import Reel

BACKENDS = ("inline", "ray")


def simulate(
    conversation: Conversation,
    agents: Mapping[Seat, AgentRecipe | str] | None = None,
    *,
    seed: int = 0,
    frame_rate_hz: float = 25.0,
    tick_s: float = 0.2,
    backend: str = "inline",
    address: str | None = None,
    step_timeout_s: float = 60.0,
    sinks: Sequence[Sink] = (),
    on_tick: Callable[[Tick, int], None] | None = None,
    complete: Callable[[Recording], Recording] = lambda recording: recording,
) -> Recording:
    """Generate both heads of a conversation in closed loop.

    In every tick each agent senses its own and its partner's sound and voice activity up to its look-ahead, and the partner's motion up
    to the tick before. Percepts go to both before either answer is awaited, so the result does not depend on who answers first, and all
    backends give the same recording bit for bit.

    Args:
        conversation: what is said.
        agents: a recipe (or a registry name) for each seat; by default ``reactive`` on both.
        seed: whole number ≥ 0; same seed, same recording.
        frame_rate_hz: motion frames per second.
        tick_s: length of a tick in seconds.
        backend: ``"inline"`` (this process) or ``"ray"`` (an actor for each agent).
        address: a running Ray cluster to join; None starts a private one.
        step_timeout_s: longest an agent may take for a tick.
        sinks: watchers; opened, fed and closed here.
        on_tick: called after every tick with the tick and the total number of frames.
        complete: adds to the recording what the loop does not know (events, summary, manifest) before the sinks are closed with it.

    Returns:
        The recording, as ``complete`` returned it.

    Raises:
        InputError: settings that cannot work, or a conversation without sound.
        AgentError: an agent raised, returned something else than asked for, or took too long.
    """
    clock = conversation.clock(frame_rate_hz)
    total = clock.frames_covering(conversation.samples)
    _check_settings(conversation.id, total=total, seed=seed, tick_s=tick_s, backend=backend, step_timeout_s=step_timeout_s)
    bookings = _book(conversation, agents or {}, seed=seed, frame_rate_hz=frame_rate_hz)
    with _open_host(backend, bookings, address=address, step_timeout_s=step_timeout_s) as host, _open_sinks(sinks, conversation):
        specs = host.specs()
        _check_specs(specs, clock=clock, tick_frames=next(clock.ticks(total, tick_s=tick_s)).frames)
        ears = Ears(conversation, clock=clock, specs=specs, total=total)
        reels = {seat: Reel(total) for seat in Seat}
        seen: dict[Seat, Motion | None] = dict.fromkeys(Seat)
        step_ms: list[tuple[float, float]] = []
        start = time.perf_counter()
        for tick in clock.ticks(total, tick_s=tick_s):
            host.submit({seat: ears.listen(seat, tick, partner_motion=seen[seat.partner]) for seat in Seat})
            _show(seen, sinks)  # while the agents work on this tick, the sinks get the one before
            outcomes = host.collect()
            for seat in Seat:
                seen[seat] = outcomes[seat].motion
                reels[seat].append(outcomes[seat].motion)
            step_ms.append((outcomes[Seat.A].step_ms, outcomes[Seat.B].step_ms))
            if on_tick is not None:
                on_tick(tick, total)
        _show(seen, sinks)
        recording = complete(
            Recording(
                conversation_id=conversation.id,
                participants=conversation.participants,
                audio=conversation.audio,
                sample_rate_hz=conversation.sample_rate_hz,
                diarization=conversation.diarization,
                motion={seat: reels[seat].motion() for seat in Seat},
                step_ms=np.array(step_ms, np.float32),
                wall_s=time.perf_counter() - start,
            )
        )
        for sink in sinks:
            sink.close(recording)
        return recording


def _show(motions: Mapping[Seat, Motion | None], sinks: Sequence[Sink]) -> None:
    for motion in motions.values():
        if motion is not None:
            for sink in sinks:
                sink.write(motion)


def _book(conversation: Conversation, agents: Mapping[Seat, AgentRecipe | str], *, seed: int, frame_rate_hz: float) -> dict[Seat, Booking]:
    bookings = {}
    for seat in Seat:
        wanted = agents.get(seat, "reactive")
        recipe = AgentRecipe(agent=wanted) if isinstance(wanted, str) else wanted
        place = Place(seat=seat, frame_rate_hz=frame_rate_hz, recorded=conversation.motion.get(seat))
        # The two people of one run must not share their dice; SeedSequence mixes (run, seat) so that neighbouring seeds are unrelated.
        own_seed = int(np.random.SeedSequence((seed, int(seat))).generate_state(1, np.uint64)[0])
        bookings[seat] = Booking(recipe=recipe, place=place, seed=own_seed)
    return bookings


@contextmanager
def _open_host(backend: str, bookings: Mapping[Seat, Booking], *, address: str | None, step_timeout_s: float) -> Iterator[Host]:
    host: Host
    if backend == "ray":
        from dyad.simulation.ray_host import RayHost  # ray takes a third of a second to import

        host = RayHost(bookings, address=address, step_timeout_s=step_timeout_s)
    else:
        host = InlineHost(bookings, step_timeout_s=step_timeout_s)
    try:
        yield host
    finally:
        host.close()


@contextmanager
def _open_sinks(sinks: Sequence[Sink], conversation: Conversation) -> Iterator[None]:
    """Open all sinks; if the run fails, every one that was opened cleans up after itself."""
    with ExitStack() as clean_up:
        for sink in sinks:
            clean_up.callback(sink.abort)
            sink.open(conversation)
        yield
        clean_up.pop_all()


def _check_settings(conversation_id: str, *, total: int, seed: int, tick_s: float, backend: str, step_timeout_s: float) -> None:
    if total < 1:
        raise InputError(f"conversation {conversation_id}", expected="some sound", got="no samples", cure="Give a longer recording.")
    if seed < 0:
        raise InputError("seed", expected="a whole number of 0 or more", got=str(seed), cure="Choose another seed.")
    if not 0 < tick_s <= 10:
        raise InputError("tick_s", expected="more than 0 and at most 10 seconds", got=f"{tick_s!r}", cure="0.2 is the default.")
    if not step_timeout_s > 0:
        raise InputError("step_timeout_s", expected="more than 0 seconds", got=f"{step_timeout_s!r}", cure="60 is the default.")
    if backend not in BACKENDS:
        raise InputError("backend", expected=" or ".join(BACKENDS), got=repr(backend), cure="Choose one of these.")


def _check_specs(specs: Mapping[Seat, AgentSpec], *, clock: FrameClock, tick_frames: int) -> None:
    for seat, spec in specs.items():
        who = f"agent on seat {seat.name}"
        if spec.sample_rate_hz != clock.sample_rate_hz:
            raise InputError(
                who, expected=f"audio at {spec.sample_rate_hz} Hz", got=f"{clock.sample_rate_hz} Hz", cure="Resample the audio."
            )
        if not np.isclose(spec.frame_rate_hz, clock.frame_rate_hz):
            raise InputError(who, expected=f"{spec.frame_rate_hz:g} fps", got=f"{clock.frame_rate_hz:g} fps", cure="Set frame_rate_hz.")
        longest = spec.longest_tick_frames
        if longest is not None and tick_frames > longest:
            raise InputError(who, expected=f"ticks of at most {longest} frames", got=f"{tick_frames}", cure="Set a smaller tick_s.")
