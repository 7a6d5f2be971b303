"""What is said: sentences of conversation, and the small words with which listeners answer."""

from importlib.resources import files
from pathlib import Path

from dyad.errors import InputError


def built_in(name: str) -> tuple[str, ...]:
    """The lines of a text that comes with dyad: ``sentences`` or ``feedback``, English, written for dyad."""
    return tuple(files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines())


def read_lines(path: str | Path) -> tuple[str, ...]:
    """The lines of a text file, without those that are empty and those that were there before.

    Args:
        path: UTF-8, a sentence a line.

    Raises:
        InputError: it cannot be read, holds nothing, or a line has neither letter nor digit.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        got = getattr(error, "strerror", None) or str(error)
        raise InputError(str(path), expected="a text file in UTF-8, a sentence a line", got=got, cure="Check the path.") from error
    lines = {number: " ".join(line.split()) for number, line in enumerate(text.splitlines(), start=1)}
    said = dict.fromkeys(line for line in lines.values() if line)
    if not said:
        raise InputError(str(path), expected="a sentence a line", got="no words", cure="Write some sentences into it.")
    for number, line in lines.items():
        if line and not any(character.isalnum() for character in line):
            raise InputError(f"{path}, line {number}", expected="words", got=repr(line), cure="Correct or remove the line.")
    return tuple(said)
