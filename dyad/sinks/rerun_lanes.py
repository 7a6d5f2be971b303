"""Everything beside the heads: sound, turns, curves, gestures and the event log."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import rerun as rr

from dyad import staging
from dyad.clock import FrameClock
from dyad.conversation import Conversation
from dyad.motion import Motion
from dyad.recording import Event
from dyad.seat import Seat
from dyad.sinks import entities
from dyad.sinks.rerun_times import at_frames, at_seconds
from dyad.sinks.sound import wav_bytes

SPEAKS = "speaks"
BOTH, SILENCE = "both", "silence"
LOUDEST_PEAK, HIGHEST_GAIN = 0.9, 10.0

Spans = Sequence[tuple[float, float, str]]
"""(start s, end s, state), in order, not overlapping."""
Change = tuple[float, str | None]
"""(instant s, state from then on)."""


def log_sound(stream: rr.RecordingStream, conversation: Conversation) -> None:
    """Both voices, from second 0 on, made louder by one factor for both so that their waveforms fill the view."""
    stream.set_time(entities.TIME, duration=0.0)
    stream.set_time(entities.FRAME, sequence=0)
    peak = float(max(conversation.audio.max(initial=0.0), -conversation.audio.min(initial=0.0)))  # without a copy of an hour
    gain = min(LOUDEST_PEAK / peak, HIGHEST_GAIN) if peak > 0.0 else 1.0
    for seat in Seat:
        contents = wav_bytes(conversation.audio[seat], conversation.sample_rate_hz, gain=gain)
        stream.log(entities.sound(seat), rr.AssetAudio(contents=contents, media_type="audio/wav"))
    stream.reset_time()


class TurnLanes:
    """A lane for each seat's speech, and one for who has the floor.

    Changes are logged as time goes on, not ahead: a watching viewer follows the newest data.

    Args:
        stream: where to.
        conversation: whose turns.
        clock: of the motion.
    """

    def __init__(self, stream: rr.RecordingStream, conversation: Conversation, *, clock: FrameClock) -> None:
        self._stream = stream
        self._clock = clock
        names = conversation.participants
        seat_styles = {seat: (names[seat], entities.SEAT_COLOURS[seat]) for seat in Seat}
        floor_styles = {seat.name: style for seat, style in seat_styles.items()}
        floor_styles |= {BOTH: (BOTH, entities.BOTH_COLOUR), SILENCE: (SILENCE, entities.SILENCE_COLOUR)}
        self._waiting: dict[str, list[Change]] = {}
        for seat in Seat:
            spans = [(turn.start, turn.end, SPEAKS) for turn in conversation.turns(seat)]
            _log_style(stream, entities.turns(seat), {SPEAKS: seat_styles[seat]})
            self._waiting[entities.turns(seat)] = _changes(spans)
        _log_style(stream, entities.FLOOR, floor_styles)
        self._waiting[entities.FLOOR] = _changes(floor_spans(conversation))

    def send_until(self, end_s: float) -> None:
        """Log the changes before an instant that have not been logged yet."""
        for path, changes in self._waiting.items():
            due = [change for change in changes if change[0] < end_s]
            if due:
                _send_changes(self._stream, path, due, clock=self._clock)
                self._waiting[path] = changes[len(due) :]


def floor_spans(conversation: Conversation) -> Spans:
    """Who speaks: ``A``, ``B``, ``both`` or ``silence``, without gaps from start to end."""
    turns = {seat: conversation.turns(seat) for seat in Seat}
    edges = {0.0, conversation.duration_s, *(edge for spans in turns.values() for turn in spans for edge in (turn.start, turn.end))}
    ordered = sorted(edge for edge in edges if 0.0 <= edge <= conversation.duration_s)
    spans: list[tuple[float, float, str]] = []
    for start, end in pairwise(ordered):
        middle = 0.5 * (start + end)
        speaking = [seat.name for seat in Seat if any(turn.start <= middle < turn.end for turn in turns[seat])]
        state = SILENCE if not speaking else BOTH if len(speaking) == len(Seat) else speaking[0]
        if spans and spans[-1][2] == state:
            spans[-1] = (spans[-1][0], end, state)
        else:
            spans.append((start, end, state))
    return spans


def log_curve_styles(stream: rr.RecordingStream, participants: Sequence[str]) -> None:
    """Names and colours of the curves."""
    for name in entities.CURVE_NAMES:
        for seat in Seat:
            colour, width = np.array([entities.SEAT_COLOURS[seat]], np.uint32), np.array([1.5], np.float32)
            style = rr.SeriesLines(colors=colour, names=[participants[seat]], widths=width)
            stream.log(entities.curve(name, seat), style, static=True)


def send_curves(stream: rr.RecordingStream, motion: Motion) -> None:
    """Every frame of jaw, head and gaze, whatever the viewer's rate for heads: numbers are cheap."""
    columns = at_frames(np.arange(motion.start_frame, motion.stop_frame), FrameClock(frame_rate_hz=motion.frame_rate_hz))
    pitch, yaw = staging.head_angles_deg(motion)
    gaze = np.degrees(motion.gaze[:, :, 0].mean(axis=1))
    values = {entities.JAW_OPEN: staging.jaw_open(motion), entities.HEAD_PITCH: pitch, entities.HEAD_YAW: yaw, entities.GAZE_YAW: gaze}
    for name, curve in values.items():
        stream.send_columns(entities.curve(name, motion.seat), columns, rr.Scalars.columns(scalars=curve))


def log_events(stream: rr.RecordingStream, events: Sequence[Event], *, participants: Sequence[str], clock: FrameClock) -> None:
    """A row of text for each event at its start, and a lane for each kind of each seat."""
    ordered = sorted(events, key=lambda event: (event.start_s, event.seat, event.kind))
    if not ordered:
        return
    texts = [f"{event.start_s:7.2f} s  {participants[event.seat]}  {event.kind}  {event.end_s - event.start_s:.2f} s" for event in ordered]
    colours = np.array([entities.SEAT_COLOURS[event.seat] for event in ordered], np.uint32)
    rows = rr.TextLog.columns(text=texts, level=[event.kind for event in ordered], color=colours)
    stream.send_columns(entities.LOG, at_seconds([event.start_s for event in ordered], clock), rows)
    for kind in sorted({event.kind for event in ordered}):
        for seat in Seat:
            spans = _separate((event.start_s, event.end_s, kind) for event in ordered if (event.seat, event.kind) == (seat, kind))
            if spans:
                path = entities.gestures(kind, seat)
                _log_style(stream, path, {kind: (kind, entities.SEAT_COLOURS[seat])})
                _send_changes(stream, path, _changes(spans), clock=clock)


def _separate(spans: Iterable[tuple[float, float, str]]) -> Spans:
    """Cut each span where the next begins: a lane shows one state at a time."""
    listed = list(spans)
    next_starts = [*(start for start, _, _ in listed[1:]), float("inf")]
    return [(start, min(end, after), state) for (start, end, state), after in zip(listed, next_starts, strict=False)]


def _changes(spans: Spans) -> list[Change]:
    """Spans as state changes; between spans the state is None."""
    changes: dict[float, str | None] = {0.0: None}
    for start, end, state in spans:
        changes[start] = state
        changes[end] = None
    return sorted(changes.items(), key=lambda change: change[0])


def _log_style(stream: rr.RecordingStream, path: str, styles: Mapping[str, tuple[str, int]]) -> None:
    """A label and a colour for each state of a lane."""
    labels, colours = zip(*styles.values(), strict=True)
    stream.log(path, rr.StateConfiguration(values=list(styles), labels=labels, colors=np.array(colours, np.uint32)), static=True)


def _send_changes(stream: rr.RecordingStream, path: str, changes: Sequence[Change], *, clock: FrameClock) -> None:
    """A row without a value resets the lane: nothing is drawn until the next change."""
    states = [state for _, state in changes]
    column = rr.StateChange.columns(state=[state for state in states if state]).partition([int(state is not None) for state in states])
    stream.send_columns(path, at_seconds([instant for instant, _ in changes], clock), column)
