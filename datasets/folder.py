"""A user's own conversations: a folder of sound files, with motion and turns where there are any."""

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from dyad.audio import SAMPLE_RATE_HZ
from dyad.contracts import DatasetCard
from dyad.conversation import Conversation
from dyad.datasets.clip_turns import as_conversation
from dyad.datasets.clips import Clip, fit_together, read_voices
from dyad.datasets.folder_files import ClipFiles, find_clips
from dyad.errors import InputError
from dyad.motion_files import read_foreign
from dyad.registry import suggestion
from dyad.resampling import resample
from dyad.seat import Seat

ALL = "all"


class Folder:
    """Your own pairs: NAME_A.wav and NAME_B.wav (or NAME.wav, stereo), with NAME_A.npz, .csv, .glb or .npy and NAME.rttm.

    NAME_speaker1 and NAME_speaker2 will do as well. Clips may lie in the folder itself or, at any depth, in folders within it; those at
    its top are its splits.

    Args:
        root: the folder.
        frame_rate_hz: resample all motion to this rate; by default each file keeps its own.

    Raises:
        InputError: no such folder, no sound in it, or names that leave open what belongs together.
    """

    card = DatasetCard(
        name="folder",
        summary="Your own pairs: two mono files or one stereo file a conversation, with motion and turns where there are any.",
        licence="unknown",
        how_to_get="Put NAME_A.wav and NAME_B.wav into a folder and name it; dyad data check DIR tells whether they will do.",
        sample_rate_hz=SAMPLE_RATE_HZ,
        frame_rate_hz=None,
        hours=0.0,
    )

    def __init__(self, root: str | Path, *, frame_rate_hz: float | None = None) -> None:
        self.root = Path(root)
        self.frame_rate_hz = frame_rate_hz
        if not self.root.is_dir():
            got = "a file" if self.root.exists() else "no such folder"
            raise InputError(str(self.root), expected="a folder of conversations", got=got, cure="Check the path.")
        if not any(files.voices for files in self._clips.values()):
            raise InputError(
                str(self.root),
                expected="NAME_A.wav and NAME_B.wav, or stereo files",
                got="no sound file",
                cure="See dyad data list --help.",
            )

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the folders with clips, sorted, after "all", which is everything."""
        return (ALL, *sorted({clip.partition("/")[0] for clip in self._clips if "/" in clip}))

    def ids(self, split: str) -> tuple[str, ...]:
        """The clips of a split of which both voices are there, sorted: NAME, or SPLIT/…/NAME for those in folders within.

        Raises:
            InputError: no such split.
        """
        return tuple(clip for clip, files in self._split(split).items() if not files.missing)

    def incomplete(self, split: str) -> Mapping[str, tuple[str, ...]]:
        """The voices that are missing, by id of their clip; such a clip is not among ``ids``.

        Raises:
            InputError: no such split.
        """
        return {clip: files.missing for clip, files in self._split(split).items() if files.missing}

    def load(self, conversation_id: str) -> Conversation:
        """One conversation with its turns: those of NAME.rttm where there is one, else by voice activity in each channel.

        Raises:
            InputError: no such clip, or files that cannot be read or do not fit together.
        """
        files = self.files(conversation_id)
        source = f"{conversation_id} of {self.root.name}"
        return as_conversation(self.clip(conversation_id), participants=files.participants, source=source, rttm=files.rttm)

    def clip(self, conversation_id: str) -> Clip:
        """One conversation without its turns: voices and motion cut to the shortest of them; ``notes`` says by how much.

        Raises:
            InputError: no such clip, or files that cannot be read or do not fit together.
        """
        files = self.files(conversation_id)
        if files.missing:
            cure = "Copy it there, or dyad listen gives one voice a generated partner."
            raise InputError(
                f"clip {conversation_id}", expected="the voices of both", got=f"no {' and no '.join(files.missing)}", cure=cure
            )
        voices, notes = read_voices(files.voices)
        notes += [f"{name} is not read: there is a file for each voice." for name in files.unread]
        motion = {}
        for seat, path in files.motion.items():
            foreign = read_foreign(path, seat=seat)
            notes += [f"{path.name}: {note}" for note in foreign.notes]
            wanted = foreign.motion.frame_rate_hz if self.frame_rate_hz is None else self.frame_rate_hz
            motion[seat] = (path, resample(foreign.motion, frame_rate_hz=wanted))
        return fit_together(conversation_id, voices=voices, motion=motion, notes=notes, files=(*files.voices, *files.motion.values()))

    def seats(self, conversation_id: str) -> tuple[Seat, ...]:
        """The seats whose motion a clip has.

        Raises:
            InputError: no such clip.
        """
        return tuple(self.files(conversation_id).motion)

    def frames(self, conversation_id: str) -> int:
        """Length of a clip in motion frames; reads the clip.

        Raises:
            InputError: no such clip, no motion, or motion at two rates.
        """
        motion = self.clip(conversation_id).motion
        rates = {found.frame_rate_hz for found in motion.values()}
        if len(rates) != 1:
            got = " and ".join(f"{rate:g}" for rate in sorted(rates)) or "no motion"
            cure = "Give Folder a frame_rate_hz to resample to." if rates else "Leave clips without motion out."
            raise InputError(f"clip {conversation_id}", expected="motion at one rate", got=got, cure=cure)
        return min(found.stop_frame for found in motion.values())

    def files(self, conversation_id: str) -> ClipFiles:
        """The files of a clip.

        Raises:
            InputError: no such clip.
        """
        if conversation_id not in self._clips:
            cure = suggestion(conversation_id, self._clips) if len(self._clips) < 20 else "ids(split) lists all."
            raise InputError("conversation id", expected=f"a clip of {self.root.name}", got=repr(conversation_id), cure=cure)
        return self._clips[conversation_id]

    def _split(self, split: str) -> dict[str, ClipFiles]:
        if split not in self.splits:
            raise InputError("split", expected=f"a split of {self.root.name}", got=repr(split), cure=suggestion(split, self.splits))
        return {clip: files for clip, files in self._clips.items() if split == ALL or clip.startswith(f"{split}/")}

    @cached_property
    def _clips(self) -> dict[str, ClipFiles]:
        """All clips by id, sorted."""
        found: dict[str, ClipFiles] = {}
        for folder in _folders(self.root):
            found |= {(folder.relative_to(self.root) / name).as_posix(): files for name, files in find_clips(folder).items()}
        return dict(sorted(found.items()))


def _folders(root: Path) -> Iterator[Path]:
    """A folder and all within it, each once even where links go round in a circle; hidden ones are passed over."""
    seen = set()
    for folder, within, _ in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        within[:] = [] if real in seen else sorted(name for name in within if not name.startswith("."))
        if real not in seen:
            seen.add(real)
            yield Path(folder)
