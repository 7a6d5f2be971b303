"""Text files as people save them: their encoding, and their numbers."""

import codecs
import re
from pathlib import Path

from dyad.errors import InputError

_COMMA_DECIMAL = re.compile(r"[+-]?\d+,\d+$")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_bytes(path: Path) -> bytes:
    """The file; raises InputError where it is missing or cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        got = "no such file" if isinstance(error, FileNotFoundError) else str(error)
        raise InputError(str(path), expected="a readable annotation", got=got, cure="Check the path.") from error


def decoded(path: Path) -> tuple[str, list[str]]:
    """The text of a file, lines ended by a newline alone, and a note where it is not UTF-8.

    UTF-16 is known by its mark, or by zero bytes beside the letters; what is neither is read as Latin-1 in its Windows form (1252).

    Raises:
        InputError: the file is missing, cannot be read, or holds no text.
    """
    raw = read_bytes(path)
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), None) or _unmarked(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        got = f"{encoding} that breaks off or is damaged (byte {error.start})"
        raise InputError(str(path), expected="text", got=got, cure="Save it again as UTF-8.") from error
    if "\0" in text:
        raise InputError(str(path), expected="text", got="binary data", cure="Export it as text (UTF-8).")
    plain = encoding in ("utf-8", "utf-8-sig")
    notes = [] if plain else [f"{path.name}: not UTF-8; read as {'UTF-16' if encoding.startswith('utf-16') else 'Latin-1 (Windows 1252)'}."]
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def _unmarked(raw: bytes) -> str:
    start = raw[:4096]
    if start[1::2].count(0) > 0.4 * len(start[1::2]) > 0:
        return "utf-16-le"
    if start[0::2].count(0) > 0.4 * len(start[0::2]) > 0:
        return "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1" if any(byte in raw for byte in b"\x81\x8d\x8f\x90\x9d") else "cp1252"
    return "utf-8"


class Numbers:
    """Reads numbers, and remembers whether any had a decimal comma."""

    def __init__(self) -> None:
        self.commas = 0

    def __call__(self, text: str) -> float:
        """The number; a comma with digits on both sides is a decimal point.

        Raises:
            ValueError: it is none.
        """
        stripped = text.strip()
        if _COMMA_DECIMAL.match(stripped):
            self.commas += 1
            stripped = stripped.replace(",", ".")
        return float(stripped)

    def notes(self, name: str) -> list[str]:
        """A sentence where there were decimal commas."""
        return [f"{name}: {self.commas} times with a decimal comma, read as a point."] if self.commas else []
