"""The history of a conversation as numbers: what the model knows of two voice activities up to a frame.

An *event* is a frame in which either voice starts or stops (the first frame is one too). A ``History`` is advanced from event to event
and never looks ahead; ``event_values`` are what the recurrent net reads at an event, ``frame_values`` what has changed since by the mere
passing of time. Both tables have a block for each speaker and one for what they share: swapping the speakers swaps the blocks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from dyad.agents.projection.objective import FRAME_RATE_HZ
from dyad.arrays import FloatArray

SHORT_IPU_S: Final = 1.0
"""A stretch of speech up to this long inside the partner's is counted as a backchannel (the limit of the published events)."""
DECAYS_S: Final = (3.0, 10.0, 60.0)
"""Memories of the talk shares; chosen: a phrase, a turn, a topic."""
LONGEST_S: Final = 60.0
"""Times are cut here: what is older counts as old."""
SLOWEST_RATE: Final = 0.08
"""Least weight of a new value in the running means of a conversation: some twelve values are remembered; chosen."""
CENTRES_S: Final = (0.02, 0.1, 0.2, 0.3, 0.45, 0.65, 0.9, 1.3, 1.9, 2.8, 4.0, 6.0)
"""Centres of the bumps that tell how long the present state has lasted."""

SPEAKER_NAMES: Final = (
    "active", "spoke alone in the state that ended", "holds the floor", "held it for a second last", "time since then",
    "time since the onset", "time since the offset", "last stretch", "last silence", "began in overlap", "time since a backchannel",
    "backchannels in the partner's turn", "speech in the turn", "stretches in the turn", "silence before the turn",
    "share of 3 s", "share of 10 s", "share of 60 s", "mean stretch", "mean pause", "pauses", "mean gap", "gaps", "holds",
    "starts in overlap", "short stretches", "stretches", "last stretch against the mean",
)  # fmt: skip
"""What is told of each speaker at an event, in this order; lengths and times on a logarithmic scale."""
SHARED_NAMES: Final = (
    "nobody speaks", "both speak", "nobody spoke in the state that ended", "both spoke in it", "its length", "time since the floor changed",
    "changes of the floor", "time since the start",
)  # fmt: skip
SPEAKER_VALUES: Final = len(SPEAKER_NAMES)
EVENT_VALUES: Final = 2 * SPEAKER_VALUES + len(SHARED_NAMES)
ANCHORS: Final = 3 + len(DECAYS_S)
FRAME_SPEAKER_VALUES: Final = 3 + len(DECAYS_S)
FRAME_SHARED_VALUES: Final = 1 + len(CENTRES_S)
FRAME_VALUES: Final = 2 * FRAME_SPEAKER_VALUES + FRAME_SHARED_VALUES

_OLD = LONGEST_S * FRAME_RATE_HZ
_LOG_CENTRES = np.log(np.array(CENTRES_S))
_BUMP_WIDTH = 0.45


@dataclass
class Voice:
    """What is remembered of one speaker; times in frames."""

    active: bool = False
    onset: int = -int(_OLD)
    offset: int = -int(_OLD)
    last_ipu: float = 0.0  # lengths of the speech stretch and the silence that ended last
    last_silence: float = 0.0
    began_in_overlap: bool = False
    backchannel: int = -int(_OLD)  # when the last short stretch inside the partner's speech ended
    backchannels: int = 0  # in the partner's turn that is running
    turn_speech: float = 0.0  # own speech and stretches in the turn that is running
    turn_ipus: int = 0
    took_floor_after: float = 0.0  # seconds of silence before the turn; < 0 after an overlap
    shares: list[float] = field(default_factory=lambda: [0.25] * len(DECAYS_S))
    ipus: list[float] = field(default_factory=lambda: [0.0, 0.0])  # running mean of log lengths, and their number
    pauses: list[float] = field(default_factory=lambda: [-1.0, 0.0])
    gaps: list[float] = field(default_factory=lambda: [-1.0, 0.0])
    holds: list[float] = field(default_factory=lambda: [0.5, 0.0])  # own silences that the speaker ended too
    overlaps: list[float] = field(default_factory=lambda: [0.5, 0.0])  # stretches that began in overlap
    shorts: list[float] = field(default_factory=lambda: [0.5, 0.0])  # stretches of a second at most


@dataclass
class History:
    """All that is remembered; advanced in place by ``advance``."""

    frame: int = 0  # of the last event
    run_start: int = 0
    ended_run: float = 0.0  # length of the state that ended
    ended_state: int = 0  # 0 nobody, 1 A alone, 2 B alone, 3 both
    holder: int = -1  # who spoke alone last
    floor_since: int = 0
    major: int = -1  # who last spoke alone for a second or more
    major_since: int = 0
    changes: float = 0.0  # floor changes, decaying over a minute
    voices: tuple[Voice, Voice] = field(default_factory=lambda: (Voice(), Voice()))


def advance(history: History, frame: int, *, active: Sequence[bool]) -> None:
    """Take in the event at ``frame``, from which on the two voices are as in ``active``; changes ``history``."""
    voices = history.voices
    length = frame - history.run_start
    old = (voices[0].active, voices[1].active)
    _let_time_pass(history, frame - history.frame)
    if old[0] != old[1] and length >= FRAME_RATE_HZ:
        who = 0 if old[0] else 1
        if who != history.major:
            history.major, history.major_since = who, history.run_start
    starts = [now and not before for now, before in zip(active, old, strict=True)]
    for who in (0, 1):
        voice, partner = voices[who], voices[1 - who]
        if starts[who]:
            _start(history, who, frame, silent_for=None if any(old) or all(starts) else length)
            voice.began_in_overlap = old[1 - who]
            _learn(voice.overlaps, 1.0 if old[1 - who] else 0.0)
        elif old[who] and not active[who]:
            _stop(voice, frame, inside=voice.began_in_overlap and partner.active and active[1 - who])
    for who in (0, 1):
        voices[who].active = bool(active[who])
    if active[0] != active[1]:
        _give_floor(history, 0 if active[0] else 1, frame, silent_for=length if not any(old) else -length if all(old) else 0)
    history.ended_run, history.ended_state = float(length), old[0] + 2 * old[1]
    history.frame = history.run_start = frame


def _let_time_pass(history: History, frames: int) -> None:
    keep = [math.exp(-frames / (decay * FRAME_RATE_HZ)) for decay in DECAYS_S]
    for voice in history.voices:
        on = 1.0 if voice.active else 0.0
        voice.shares = [on + (share - on) * kept for share, kept in zip(voice.shares, keep, strict=True)]
        if voice.active:
            voice.turn_speech += frames
    history.changes *= keep[-1]


def _start(history: History, who: int, frame: int, *, silent_for: int | None) -> None:
    """A voice starts; ``silent_for``: after how many frames in which nobody spoke, if it alone ends them."""
    voice = history.voices[who]
    voice.last_silence = float(frame - voice.offset)
    if silent_for is not None and history.holder >= 0:
        holder = history.voices[history.holder]
        _learn(voice.pauses if history.holder == who else voice.gaps, math.log(0.05 + silent_for / FRAME_RATE_HZ))
        _learn(holder.holds, 1.0 if history.holder == who else 0.0)
    voice.onset = frame
    voice.turn_ipus += 1


def _stop(voice: Voice, frame: int, *, inside: bool) -> None:
    voice.last_ipu = float(frame - voice.onset)
    voice.offset = frame
    short = voice.last_ipu <= SHORT_IPU_S * FRAME_RATE_HZ
    _learn(voice.ipus, math.log(0.05 + voice.last_ipu / FRAME_RATE_HZ))
    _learn(voice.shorts, 1.0 if short else 0.0)
    if inside and short:
        voice.backchannel = frame
        voice.backchannels += 1


def _give_floor(history: History, who: int, frame: int, *, silent_for: int) -> None:
    if who == history.holder:
        return
    history.holder, history.floor_since = who, frame
    history.changes += 1.0
    voice, partner = history.voices[who], history.voices[1 - who]
    voice.turn_speech = float(frame - voice.onset)
    voice.turn_ipus = 1
    voice.took_floor_after = silent_for / FRAME_RATE_HZ
    partner.backchannels = 0


def _learn(mean: list[float], value: float) -> None:
    mean[1] += 1.0
    mean[0] += max(1.0 / (mean[1] + 1.0), SLOWEST_RATE) * (value - mean[0])


def event_values(history: History) -> list[float]:
    """What is known at the last event: ``EVENT_VALUES`` numbers, block of A, block of B, shared block."""
    values: list[float] = []
    for who in (0, 1):
        values += _speaker_values(history, who)
    state = history.voices[0].active + history.voices[1].active
    values += [
        1.0 if state == 0 else 0.0,
        1.0 if state == 2 else 0.0,
        1.0 if history.ended_state == 0 else 0.0,
        1.0 if history.ended_state == 3 else 0.0,
        _log(history.ended_run),
        _log(history.frame - history.floor_since),
        0.3 * history.changes - 1.0,
        _log(history.frame) - 2.0,
    ]
    return values


def _speaker_values(history: History, who: int) -> list[float]:
    voice, now = history.voices[who], history.frame
    return [
        1.0 if voice.active else 0.0,
        1.0 if history.ended_state == 1 + who else 0.0,
        1.0 if history.holder == who else 0.0,
        1.0 if history.major == who else 0.0,
        _log(now - history.major_since) if history.major == who else 0.0,
        _log(now - voice.onset),
        _log(now - voice.offset),
        _log(voice.last_ipu),
        _log(voice.last_silence),
        1.0 if voice.began_in_overlap else 0.0,
        _log(now - voice.backchannel),
        math.log1p(voice.backchannels),
        _log(voice.turn_speech),
        math.log1p(voice.turn_ipus),
        max(-2.0, min(2.0, voice.took_floor_after)),
        *(2.0 * share - 0.8 for share in voice.shares),
        voice.ipus[0],
        voice.pauses[0],
        math.log1p(voice.pauses[1]) - 2.0,
        voice.gaps[0],
        math.log1p(voice.gaps[1]) - 2.0,
        2.0 * voice.holds[0] - 1.0,
        2.0 * voice.overlaps[0] - 1.0,
        2.0 * voice.shorts[0] - 1.0,
        math.log1p(voice.shorts[1]) - 3.0,
        voice.ipus[0] - math.log(0.05 + voice.last_ipu / FRAME_RATE_HZ),
    ]


def _log(frames: float) -> float:
    """A length in frames on a scale that tells short ones apart; about -1 to 2."""
    return 0.5 * math.log(0.05 + min(frames, _OLD) / FRAME_RATE_HZ)


def anchors(history: History) -> list[list[float]]:
    """What ``frame_values`` needs of the last event, a row for each speaker: activity, onset, offset, talk shares."""
    return [[1.0 if voice.active else 0.0, float(voice.onset), float(voice.offset), *voice.shares] for voice in history.voices]


def frame_values(anchor: npt.NDArray[np.float64], *, event: npt.NDArray[np.int64], frame: npt.NDArray[np.int64]) -> FloatArray:
    """What the passing of time has changed since the last event.

    Args:
        anchor: float64 (n, 2, ``ANCHORS``), of the last event at or before each frame.
        event: int64 (n,), the frame of that event.
        frame: int64 (n,), the frames asked for.

    Returns:
        float32 (n, ``FRAME_VALUES``): block of A, block of B, shared block.
    """
    elapsed = (frame - event).astype(np.float64)
    since = np.minimum(frame[:, None, None] - anchor[:, :, 1:3], _OLD)
    active = anchor[:, :, :1]
    keep = np.exp(-elapsed[:, None] / (np.array(DECAYS_S) * FRAME_RATE_HZ))[:, None, :]
    shares = active + (anchor[:, :, 3:] - active) * keep
    voices = np.concatenate((active, 0.5 * np.log(0.05 + since / FRAME_RATE_HZ), 2.0 * shares - 0.8), axis=2)
    log_elapsed = np.log(0.02 + np.minimum(elapsed, _OLD) / FRAME_RATE_HZ)[:, None]
    bumps = np.exp(-0.5 * ((log_elapsed - _LOG_CENTRES) / _BUMP_WIDTH) ** 2)
    return np.concatenate((voices.reshape(len(frame), -1), 0.5 * log_elapsed, bumps), axis=1).astype(np.float32)


def swapped_columns(speaker_values: int, values: int) -> list[int]:
    """Order of the columns of a table in which the blocks of the two speakers have changed places; the shared block stays."""
    return [*range(speaker_values, 2 * speaker_values), *range(speaker_values), *range(2 * speaker_values, values)]
