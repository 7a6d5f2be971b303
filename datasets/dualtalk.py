"""Corpora in the layout that DualTalk publishes: SPLIT/NAME_speaker1.wav, NAME_speaker1.npz, and the same of speaker2.

Source: Peng et al., "DualTalk: Dual-Speaker Interaction for 3D Talking Head Conversations", CVPR 2025 (arXiv 2505.18096). Corpora that
dyad simulates have the same layout; they name their basis in each ``.npz`` and put the turns beside the clip as NAME.rttm.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import soundfile

from dyad.bases import channel_names
from dyad.clock import FrameClock
from dyad.contracts import DatasetCard
from dyad.conversation import Conversation
from dyad.datasets.clip_turns import as_conversation
from dyad.datasets.clips import Clip, fit_together, read_voices
from dyad.datasets.npz_headers import rows_of
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ
from dyad.errors import InputError
from dyad.motion import Motion
from dyad.motion_files import read_motion
from dyad.registry import suggestion
from dyad.seat import Seat

SPEAKERS = ("speaker1", "speaker2")  # seat A, seat B
_CLOCK = FrameClock(frame_rate_hz=FRAME_RATE_HZ, sample_rate_hz=SAMPLE_RATE_HZ)


class DualTalk:
    """Two voices on a file each, and the motion of both faces at 25 fps: the layout DualTalk publishes.

    Args:
        root: folder that holds the splits.
        basis: take the 50 expression channels as this basis, whatever the files say; by default what a file names, else ``flame50``.

    Raises:
        InputError: the folder holds no split, or dyad does not know the basis.
    """

    card = DatasetCard(
        name="dualtalk",
        summary="About 50 h of two people talking over video, 5,858 clips, FLAME motion of both; and corpora of the same layout.",
        licence="Apache-2.0 by its dataset card; footage from the RealTalk videos",
        how_to_get="Ask the authors of DualTalk (arXiv 2505.18096) for the corpus, or write one with dyad data simulate.",
        sample_rate_hz=SAMPLE_RATE_HZ,
        frame_rate_hz=FRAME_RATE_HZ,
        hours=50.0,
    )

    def __init__(self, root: str | Path, *, basis: str | None = None) -> None:
        self.root = Path(root)
        self.basis = basis
        if basis is not None:
            channel_names(basis)
        self.splits = _splits(self.root)
        if not self.splits:
            cure = "Name the folder above the splits; clips without a split folder are read by the dataset folder."
            got = "none with NAME_speaker1.wav in it" if self.root.is_dir() else "no such folder"
            raise InputError(str(self.root), expected="split folders such as train, test, ood", got=got, cure=cure)

    def ids(self, split: str) -> tuple[str, ...]:
        """The clips of a split of which both voices are there, as ``SPLIT/NAME``, sorted.

        Raises:
            InputError: no such split.
        """
        first, second = self._names(split, ".wav")
        return tuple(f"{split}/{name}" for name in sorted(first & second))

    def incomplete(self, split: str) -> Mapping[str, tuple[str, ...]]:
        """The files that are missing, by id of their clip; a clip without both ``.wav`` is not among ``ids``.

        Raises:
            InputError: no such split.
        """
        there = {suffix: self._names(split, suffix) for suffix in (".wav", ".npz")}
        missing = {}
        for name in sorted(set().union(*there[".wav"], *there[".npz"])):
            wanted = [(seat, suffix) for seat in Seat for suffix in there]
            absent = tuple(f"{name}_{SPEAKERS[seat]}{suffix}" for seat, suffix in wanted if name not in there[suffix][seat])
            if absent:
                missing[f"{split}/{name}"] = absent
        return missing

    def load(self, conversation_id: str) -> Conversation:
        """One clip with its turns: those of NAME.rttm where there is one, else by voice activity in each channel.

        Raises:
            InputError: no such clip, or files that cannot be read.
        """
        clip = self.clip(conversation_id)
        rttm = self.root / f"{conversation_id}.rttm"
        source = f"{conversation_id} of {self.root.name}, in DualTalk's layout"
        return as_conversation(clip, participants=SPEAKERS, source=source, licence=self.card.licence, rttm=rttm if rttm.is_file() else None)

    def clip(self, conversation_id: str) -> Clip:
        """One clip without its turns: voices and motion cut to the shortest of them; ``notes`` says by how much.

        Raises:
            InputError: no such clip, or files that cannot be read.
        """
        paths, faces = self._files(conversation_id)
        voices, notes = read_voices(paths)
        absent = [self._path(conversation_id, seat, ".npz") for seat in Seat if seat not in faces]
        notes += [f"{path.name} is missing: no motion of that speaker." for path in absent]
        motion = {seat: (path, self._motion(path, seat)) for seat, path in faces.items()}
        return fit_together(conversation_id, voices=voices, motion=motion, notes=notes, files=(*paths, *faces.values()))

    def seats(self, conversation_id: str) -> tuple[Seat, ...]:
        """The seats whose motion a clip has.

        Raises:
            InputError: no such clip.
        """
        return tuple(self._files(conversation_id)[1])

    def frames(self, conversation_id: str) -> int:
        """Length of a clip as ``clip`` cuts it, in motion frames; reads headers only.

        Raises:
            InputError: no such clip, or files that cannot be read.
        """
        voices, faces = self._files(conversation_id)
        return min([_frames_of_wav(path) for path in voices] + [rows_of(path, "exp") for path in faces.values()])

    def _names(self, split: str, suffix: str) -> tuple[set[str], set[str]]:
        """Names of the clips that have such a file of each seat."""
        if split not in self.splits:
            raise InputError("split", expected=f"a split of {self.root.name}", got=repr(split), cure=suggestion(split, self.splits))
        stems = {path.stem for path in (self.root / split).iterdir() if path.suffix in _spelt(suffix) and not path.name.startswith(".")}
        first, second = ({stem.removesuffix(f"_{who}") for stem in stems if stem.endswith(f"_{who}")} for who in SPEAKERS)
        return first, second

    def _path(self, conversation_id: str, seat: Seat, suffix: str) -> Path:
        """Where a file is, or where it should be."""
        spelt = [self.root / f"{conversation_id}_{SPEAKERS[seat]}{ending}" for ending in _spelt(suffix)]
        return next((path for path in spelt if path.is_file()), spelt[0])

    def _files(self, conversation_id: str) -> tuple[list[Path], dict[Seat, Path]]:
        """The two voices, and the motion there is."""
        split, _, name = conversation_id.partition("/")
        if split not in self.splits or not name:
            raise InputError(
                "conversation id", expected="SPLIT/NAME", got=repr(conversation_id), cure=f"Splits here: {', '.join(self.splits)}."
            )
        voices = [self._path(conversation_id, seat, ".wav") for seat in Seat]
        absent = [path.name for path in voices if not path.is_file()]
        if absent:
            cure = "Copy the partner's file beside it." if len(absent) == 1 else "Check the name; ids(split) lists all."
            raise InputError(
                f"clip {conversation_id}", expected="the voices of both speakers", got=f"no {' and no '.join(absent)}", cure=cure
            )
        faces = {seat: self._path(conversation_id, seat, ".npz") for seat in Seat}
        return voices, {seat: path for seat, path in faces.items() if path.is_file()}

    def _motion(self, path: Path, seat: Seat) -> Motion:
        motion = read_motion(path, seat=seat)
        return motion if self.basis is None else replace(motion, basis=self.basis)


def _splits(root: Path) -> tuple[str, ...]:
    """Names of the folders with clips, sorted."""
    if not root.is_dir():
        return ()
    patterns = [f"*_speaker[12]{ending}" for ending in _spelt(".wav")]
    return tuple(sorted(folder.name for folder in root.iterdir() if folder.is_dir() and any(map(any, map(folder.glob, patterns)))))


def _spelt(suffix: str) -> tuple[str, str]:
    """An ending as published, and in capitals."""
    return suffix, suffix.upper()


def _frames_of_wav(path: Path) -> int:
    try:
        info = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise InputError(str(path), expected="a wav file", got=error.error_string, cure="Export it again.") from error
    return _CLOCK.frames_covering(round(info.frames * SAMPLE_RATE_HZ / info.samplerate))
