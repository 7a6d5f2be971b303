"""Voices to speak with: recorded utterances, cut into phrases, from which any length of speech can be put together.

A phrase is speech without a pause of a tenth of a second. A unit of a conversation (``dyad.datasets.turn_structure``) is filled with
pieces of phrases that begin and end where the voice is at its softest, between words or syllables, and fit its length; longer units get
whole phrases first. What is said makes no sense: the words of a voice come in any order; but feedback is spoken with a voice's feedback
words, where it has some.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from pyannote.core import Segment, Timeline
from scipy.signal import find_peaks

from dyad.arrays import FloatArray
from dyad.audio import SAMPLE_RATE_HZ, read_source, sha256_of
from dyad.datasets.synthetic_speech import synthetic_origin
from dyad.diarization.seating import faded
from dyad.errors import InputError
from dyad.loading import SAMPLE_SOURCE, load_conversation
from dyad.seat import Seat

SUFFIXES: Final = (".wav", ".flac")
FEEDBACK: Final = "feedback"  # folder within a voice's, for what it says as a listener
LEVEL_DB: Final = -26.0  # RMS of each voice while it speaks, dB below full scale: the nominal level of ITU-T P.56 and P.830 material
HIGHEST_PEAK: Final = 0.97
SHORTEST_PHRASE_S: Final = 0.3  # what is shorter is a breath or half a word; chosen
LONGEST_VOICE_S: Final = 120.0  # read of each voice, or the file that passes it to its end; hundreds of voices must fit into memory
_BETWEEN_S: Final = 0.3
_HOP_S: Final = 0.010
_VALLEY_DB: Final = 3.0  # how far the voice softens where it may be cut; chosen, syllables of clear speech part by more
_VALLEYS_APART_S: Final = 0.08
_TOLERANCE_S: Final = 0.020  # a piece may miss a soft point by this much before anything else counts


@dataclass(frozen=True, kw_only=True, eq=False)
class Voice:
    """One person's recorded speech, ready to speak with.

    Args:
        name: of the person.
        phrases: float32 (n,) each, at 16 kHz, at one common level.
        files: SHA-256 by file name.
        source: where it is from, in words.
        licence: of the recordings, or "unknown".
        feedback: phrases of a listener ("mhm", "yeah"), as ``phrases``; may be empty.
        synthetic: whether it is the speech of a machine.
    """

    name: str
    phrases: tuple[FloatArray, ...]
    files: Mapping[str, str]
    source: str
    licence: str = "unknown"
    feedback: tuple[FloatArray, ...] = ()
    synthetic: bool = False

    @property
    def speech_s(self) -> float:
        """Length of all phrases together, without feedback."""
        return sum(map(len, self.phrases)) / SAMPLE_RATE_HZ


@dataclass(kw_only=True, eq=False)
class Mouthpiece:
    """Speaks any length with a voice, and prefers what it has said least.

    Args:
        voice: whose phrases.
        rng: decides among what fits equally well.
    """

    voice: Voice
    rng: np.random.Generator
    _pieces: npt.NDArray[np.int64] = field(init=False)
    _used: npt.NDArray[np.float64] = field(init=False)  # how often each piece
    _heard: npt.NDArray[np.float64] = field(init=False)  # how often each phrase, in its lengths

    def __post_init__(self) -> None:
        """List all pieces, as (phrase, first sample, last sample, cuts that are not the phrase's own ends)."""
        rows = []
        for index, phrase in enumerate(self.voice.phrases):
            points = soft_points(phrase)
            first, last = np.triu_indices(len(points), k=1)
            cuts = (first > 0).astype(np.int64) + (last < len(points) - 1)
            rows.append(np.column_stack([np.full(len(first), index), points[first], points[last], cuts]))
        self._pieces = np.concatenate(rows)
        self._used, self._heard = np.zeros(len(self._pieces)), np.zeros(len(self.voice.phrases))

    def speak(self, samples: int) -> FloatArray:
        """Speech of an exact length, soft at its ends and joins.

        Args:
            samples: how many, at 16 kHz.

        Returns:
            float32 (samples,).
        """
        said: list[FloatArray] = []
        left = samples
        while left > 0:
            piece = self._piece(left)
            said.append(faded(piece, sample_rate_hz=SAMPLE_RATE_HZ))
            left -= len(piece)
        return np.concatenate(said) if said else np.zeros(0, np.float32)

    def _piece(self, wanted: int) -> FloatArray:
        """The piece that fits best, cut to length; or, where none is long enough, a whole phrase or what leaves room for another."""
        phrase, first, last, cuts = self._pieces.T
        lengths = last - first
        tolerance = _TOLERANCE_S * SAMPLE_RATE_HZ
        enough = lengths >= wanted - tolerance
        if enough.any():
            misses = np.where(enough, np.abs(lengths - wanted) / tolerance, np.inf)
        else:
            room = wanted - SHORTEST_PHRASE_S * SAMPLE_RATE_HZ  # what is left must be speakable
            misses = np.where(lengths <= room, (lengths.max() - lengths) / SAMPLE_RATE_HZ, np.inf)
        cost = misses + 0.5 * cuts + 0.5 * self._used + 0.25 * self._heard[phrase] + 0.5 * self.rng.random(len(misses))
        best = int(np.argmin(cost))
        source = self.voice.phrases[phrase[best]]
        self._used[best] += 1
        self._heard[phrase[best]] += lengths[best] / len(source)
        if not enough.any():
            whole: FloatArray = source[first[best] : last[best]]
            return whole
        piece = source[first[best] : first[best] + wanted]
        return np.concatenate([piece, np.zeros(wanted - len(piece), np.float32)])  # short by the tolerance at most


def soft_points(phrase: FloatArray) -> npt.NDArray[np.int64]:
    """Samples at which a phrase may be cut: its ends, and where the voice softens between syllables."""
    hop = round(_HOP_S * SAMPLE_RATE_HZ)
    power = np.add.reduceat(phrase.astype(np.float64) ** 2, np.arange(0, len(phrase), hop)) / hop
    level = 10 * np.log10(np.convolve(power, np.ones(3) / 3, mode="same") + 1e-10)
    valleys, _ = find_peaks(-level, distance=round(_VALLEYS_APART_S / _HOP_S), prominence=_VALLEY_DB)
    inner = valleys * hop + hop // 2
    keep = (inner > _VALLEYS_APART_S * SAMPLE_RATE_HZ) & (inner < len(phrase) - _VALLEYS_APART_S * SAMPLE_RATE_HZ)
    return np.concatenate([[0], inner[keep], [len(phrase)]]).astype(np.int64)


def folder_voices(folder: str | Path, *, licence: str = "unknown", names: Collection[str] | None = None) -> tuple[Voice, ...]:
    """The voices of a folder of utterances.

    Args:
        folder: see ``voice_files``.
        licence: of the recordings; if "unknown", that which a folder of ``dyad data speak`` states.
        names: read these voices only.

    Returns:
        Voices by name.

    Raises:
        InputError: as ``voice_files``, or a file that cannot be read, or a voice without speech, or synthetic speech that is not finished.
    """
    root = Path(folder)
    files = voice_files(root)
    synthetic = synthetic_origin(root)
    origin = root.resolve().name
    if synthetic is not None:
        origin = f"{origin}, SYNTHETIC speech by {synthetic[0]}"
        licence = synthetic[1] if licence == "unknown" else licence
    chosen = {name: paths for name, paths in files.items() if names is None or name in names}
    voices = [_read_voice(name, paths, root=root, origin=origin, licence=licence) for name, paths in chosen.items()]
    return tuple(replace(voice, synthetic=synthetic is not None) for voice in voices)


def voice_files(folder: str | Path) -> dict[str, list[Path]]:
    """Utterances by voice, both sorted.

    Args:
        folder: wav or flac files; each folder within it is a voice, or, where there are none, each beginning of file names up to the
            first underscore or hyphen. What lies in a folder ``feedback`` of a voice's folder is what it says as a listener. Hidden
            files are passed over.

    Raises:
        InputError: no such folder, or no sound in it.
    """
    root = Path(folder)
    if not root.is_dir():
        got = "a file" if root.exists() else "no such folder"
        raise InputError(str(root), expected="a folder of utterances", got=got, cure="Check the path.")
    files: dict[str, list[Path]] = {}
    for path in sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()):
        inside = path.relative_to(root).parts
        if any(part.startswith(".") for part in inside):  # what a killed program left, and what macOS puts beside files
            continue
        name = inside[0] if len(inside) > 1 else path.stem.replace("-", "_").partition("_")[0]
        files.setdefault(name, []).append(path)
    if not files:
        cure = "Put the utterances of each voice into a folder of their own in it."
        raise InputError(str(root), expected="wav or flac files", got="none", cure=cure)
    return dict(sorted(files.items()))


def sample_voices() -> tuple[Voice, ...]:
    """The two voices of the built-in call, from where only one of them speaks."""
    call = load_conversation()
    turns = {seat: Timeline(call.turns(seat)) for seat in Seat}
    voices = []
    for seat in Seat:
        alone: Sequence[Segment] = list(turns[seat].extrude(turns[seat.partner]))
        edges = [tuple(round(edge * SAMPLE_RATE_HZ) for edge in (segment.start, segment.end)) for segment in alone]
        recordings = [call.audio[seat, first:last] for first, last in edges]
        source = f"{SAMPLE_SOURCE}; {seat.name}'s turns outside overlap"
        hashes = dict(call.provenance.files)
        voices.append(voice_of(recordings, name=f"sample-{seat.name}", files=hashes, source=source, licence=call.provenance.licence))
    return tuple(voices)


def voice_of(
    recordings: Sequence[FloatArray],
    *,
    name: str,
    source: str,
    licence: str = "unknown",
    files: Mapping[str, str] | None = None,
    feedback: Sequence[FloatArray] = (),
) -> Voice:
    """A voice from recordings of one person, cut into phrases by voice activity.

    Args:
        recordings: float32 (N,) each, at 16 kHz.
        name: of the person.
        source: in words.
        licence: of the recordings.
        files: SHA-256 by file name.
        feedback: recordings of what they say as a listener, likewise.

    Raises:
        InputError: no speech is heard in them.
    """
    phrases, small_words = _phrases(recordings, feedback, name=f"voice {name}")
    return Voice(name=name, phrases=phrases, files=files or {}, source=source, licence=licence, feedback=small_words)


def _read_voice(name: str, paths: Sequence[Path], *, root: Path, origin: str, licence: str) -> Voice:
    small = [path for path in paths if path.relative_to(root).parts[1:-1][:1] == (FEEDBACK,)]
    recordings = _read_files([path for path in paths if path not in small])
    feedback = _read_files(small)
    files = {str(path.relative_to(root)): sha256_of(path) for path in (*recordings, *feedback)}
    return voice_of(
        [*recordings.values()],
        name=name,
        files=files,
        source=f"{len(files)} files of {origin}",
        licence=licence,
        feedback=[*feedback.values()],
    )


def _read_files(paths: Sequence[Path]) -> dict[Path, FloatArray]:
    """Recordings by file, up to the longest that is read of a voice."""
    recordings: dict[Path, FloatArray] = {}
    for path in paths:
        recordings[path] = read_source(path).samples.mean(axis=0)
        if sum(map(len, recordings.values())) > LONGEST_VOICE_S * SAMPLE_RATE_HZ:
            break
    return recordings


def _phrases(
    utterances: Sequence[FloatArray], feedback: Sequence[FloatArray], *, name: str
) -> tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]:
    """All phrases of utterances, and of feedback, at one level that keeps them in proportion."""
    from dyad.diarization.voice_activity import speech_probability, speech_stretches

    # One after the other with silence between, since the model takes as long to load as to hear a minute.
    recordings = (*utterances, *feedback)
    gap = np.zeros(round(_BETWEEN_S * SAMPLE_RATE_HZ), np.float32)
    sound = np.concatenate([part for recording in recordings for part in (gap, recording, gap)])
    (probability,) = speech_probability(sound[None])
    stops = np.cumsum([len(recording) + 2 * len(gap) for recording in recordings]) - len(gap)
    found: list[FloatArray] = []
    small: list[FloatArray] = []
    for start_s, end_s in speech_stretches(probability, duration_s=len(sound) / SAMPLE_RATE_HZ):
        for index, (recording, stop) in enumerate(zip(recordings, stops.tolist(), strict=True)):
            first = max(round(start_s * SAMPLE_RATE_HZ), stop - len(recording))
            last = min(round(end_s * SAMPLE_RATE_HZ), stop)
            if last - first >= SHORTEST_PHRASE_S * SAMPLE_RATE_HZ:
                (found if index < len(utterances) else small).append(sound[first:last])
    if not found:
        raise InputError(name, expected="speech", got="none that voice activity detection hears", cure="Check the recordings.")
    together = np.concatenate(found).astype(np.float64)
    peak = max(float(np.abs(phrase).max()) for phrase in (*found, *small))
    gain = np.float32(min(10 ** (LEVEL_DB / 20) / float(np.sqrt((together**2).mean())), HIGHEST_PEAK / peak))
    levelled, levelled_small = ([(phrase * gain).astype(np.float32) for phrase in phrases] for phrases in (found, small))
    return tuple(levelled), tuple(levelled_small)
