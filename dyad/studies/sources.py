"""Where the conversations of a study come from: each is a recipe, from which any process can make the same conversation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dyad.conversation import Conversation
from dyad.datasets.sample import Sample
from dyad.datasets.turn_statistics import turn_statistics
from dyad.datasets.utterances import Voice, folder_voices, sample_voices, voice_files
from dyad.errors import InputError
from dyad.loading import load_conversation
from dyad.registry import build_dataset
from dyad.seat import Seat
from dyad.simulated.casting import cast_corpus
from dyad.simulated.clip_files import Script, spoken_conversation
from dyad.simulated.people import Style
from dyad.studies.config import ConversationsConfig, SimulatedConfig

Voices = Mapping[str, Voice]


class Source(Protocol):
    """One conversation that can be had."""

    @property
    def id(self) -> str:
        """Unique in the study."""

    @property
    def simulated(self) -> bool:
        """Whether nobody ever had it."""

    @property
    def styles(self) -> Mapping[Seat, Style]:
        """How the people move, as options of the reactive agent; none where that is not known."""

    def load(self, voices: Voices) -> Conversation:
        """The conversation; raises InputError where it cannot be read."""


@dataclass(frozen=True, kw_only=True)
class FromScript:
    """A conversation that dyad makes."""

    script: Script
    styles: Mapping[Seat, Style]
    simulated: bool = True

    @property
    def id(self) -> str:
        """The script's name."""
        return self.script.name

    def load(self, voices: Voices) -> Conversation:
        """Both voices, with true turns."""
        return spoken_conversation(self.script, voices=voices)[0]


@dataclass(frozen=True, kw_only=True)
class FromFiles:
    """A recording of the user's."""

    id: str
    audio: tuple[str, ...]
    rttm: str | None
    styles: Mapping[Seat, Style] = field(default_factory=dict)
    simulated: bool = False

    def load(self, voices: Voices) -> Conversation:
        """As ``dyad.loading`` reads it."""
        return load_conversation(*self.audio, rttm=self.rttm)


@dataclass(frozen=True, kw_only=True)
class FromDataset:
    """A conversation of a corpus."""

    id: str
    dataset: str
    root: str | None
    styles: Mapping[Seat, Style] = field(default_factory=dict)
    simulated: bool = False

    def load(self, voices: Voices) -> Conversation:
        """As the data set reads it."""
        return build_dataset(self.dataset, self.root).load(self.id)


def sources_of(config: ConversationsConfig) -> tuple[Source, ...]:
    """All conversations of a study, in order; nothing long is read yet.

    Raises:
        InputError: none at all, two of one name, a file that is not there, or a corpus that cannot be read.
    """
    sources: list[Source] = [*_scripts(config.simulated)]
    if config.sample:
        (name,) = Sample().ids("test")
        sources.append(FromDataset(id=name, dataset="sample", root=None))
    for index, file in enumerate(config.files):
        if not 1 <= len(file.audio) <= 2:
            key, got = f"setting conversations.files[{index}].audio", f"{len(file.audio)}"
            raise InputError(key, expected="one sound file, or two mono ones", got=got, cure="For example audio: [call.wav].")
        for path in (*file.audio, *((file.rttm,) if file.rttm is not None else ())):
            if not Path(path).is_file():
                raise InputError(path, expected="a file to study", got="no such file", cure="Check the path.")
        sources.append(FromFiles(id="+".join(Path(path).stem for path in file.audio), audio=tuple(file.audio), rttm=file.rttm))
    corpus = config.dataset
    if corpus.name is not None:
        ids = build_dataset(corpus.name, corpus.root).ids(corpus.split)[: corpus.limit]
        sources += [FromDataset(id=name, dataset=corpus.name, root=corpus.root, simulated=corpus.name == "simulated") for name in ids]
    names = [source.id for source in sources]
    if not names:
        cure = "For example conversations.simulated.count=8."
        raise InputError("setting conversations", expected="at least one conversation", got="none", cure=cure)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError("setting conversations", expected="names of their own", got=f"{twice} twice", cure="Rename a file.")
    return tuple(sources)


def voices_of(config: SimulatedConfig) -> Voices:
    """The voices that simulated conversations are spoken with; none if there are no such conversations.

    Raises:
        InputError: speech that cannot be read.
    """
    if not config.count:
        return {}
    voices = sample_voices() if config.speech is None else folder_voices(config.speech, names=_heard(config))
    return {voice.name: voice for voice in voices}


def _heard(config: SimulatedConfig) -> set[str]:
    return {person.voice for source in _scripts(config) for person in source.script.people}


def _scripts(config: SimulatedConfig) -> list[FromScript]:
    if not config.count:
        return []
    if not 1 <= config.seconds < float("inf"):
        got = f"{config.seconds!r}"
        raise InputError("setting conversations.simulated.seconds", expected="1 or more", got=got, cure="120 is usual.")
    turn_statistics(config.turns)  # refuses a name it does not know
    names = ["sample-A", "sample-B"] if config.speech is None else list(voice_files(config.speech))
    cast = cast_corpus(
        names, conversations=config.count, seconds=config.seconds, seed=config.seed, splits={"study": 1.0}, turns=config.turns
    )
    return [
        FromScript(script=script, styles={seat: script.people[seat].style for seat in Seat} if config.styles else {})
        for script in cast.scripts
    ]
