"""What speaks a text: the contract of speech synthesis engines."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from dyad.arrays import FloatArray
from dyad.errors import InputError


@dataclass(frozen=True, kw_only=True)
class EngineVoice:
    """One voice of an engine.

    Args:
        name: as the engine calls it.
        about: whose voice it is, in words.
        bends_pitch: whether the engine changes its pitch on request.
    """

    name: str
    about: str
    bends_pitch: bool


class Engine(Protocol):
    """A speech synthesis engine, ready to speak."""

    @property
    def name(self) -> str:
        """Name and version."""
        ...

    @property
    def licence(self) -> str:
        """Of the engine and its voices, or "unknown"."""
        ...

    @property
    def voices(self) -> Sequence[EngineVoice]:
        """One or more."""
        ...

    @property
    def sets_pace(self) -> bool:
        """Whether it speaks faster or slower on request."""
        ...

    def say(self, text: str, *, voice: str, pitch: float, pace: float, seed: int) -> tuple[FloatArray, int]:
        """Speak a text; same arguments, same samples.

        Args:
            text: one sentence.
            voice: name of one of ``voices``.
            pitch: fundamental frequency over the voice's own; 1 where it does not bend it.
            pace: syllables a second over the voice's own; 1 where the engine cannot set it.
            seed: of what the engine draws, if anything.

        Returns:
            float32 (N,) in [-1, 1], and its rate in Hz.

        Raises:
            InputError: the engine fails, or does not know a letter of the text.
        """
        ...


def check_letters(text: str, *, unknown: Collection[str], engine: str) -> None:
    """Refuse a text with letters or digits that an engine would leave out.

    Raises:
        InputError: there are unknown ones.
    """
    if unknown:
        cure = "Write the line in the letters of its language, numbers in words; or remove it."
        got = " ".join(sorted(unknown))
        raise InputError(f"text {text!r}", expected=f"letters that {engine} knows", got=got, cure=cure)
