"""CMU Flite: a small engine with voices of its own, run as a program where it is installed; nothing is downloaded."""

import re
import shutil
import subprocess
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import soundfile

from dyad.arrays import FloatArray
from dyad.errors import InputError
from dyad.speech_synthesis.engines import EngineVoice, check_letters

PROGRAM: Final = "flite"
LICENCE: Final = "CMU Flite's (BSD-like: free to use, modify and sell with its notice)"
# Those at 16 kHz that are made for any text. Measured with flite 2.2: rms hears none of the settings of pitch.
VOICES: Final = (
    EngineVoice(name="kal16", about="a man, US English (CMU, diphones)", bends_pitch=True),
    EngineVoice(name="awb", about="a man, Scottish English (CMU ARCTIC)", bends_pitch=True),
    EngineVoice(name="rms", about="a man, US English (CMU ARCTIC)", bends_pitch=False),
    EngineVoice(name="slt", about="a woman, US English (CMU ARCTIC)", bends_pitch=True),
)
# Flite spells words without a vowel, letter by letter.
_RESPELT: Final = {"mhm": "um hum", "mm": "um", "hmm": "hum", "hm": "hum", "shh": "shush", "pst": "pist"}
_TIMEOUT_S: Final = 60.0
_CURE: Final = "Install it (on Debian and Ubuntu: apt install flite), or give --checkpoint."


@dataclass(frozen=True, kw_only=True)
class Flite:
    """Speaks by running ``flite``, which draws nothing: same text and settings, same samples.

    Args:
        program: its path.
        name: with its version.
        voices: those of ``VOICES`` that it has.
    """

    program: str
    name: str
    voices: tuple[EngineVoice, ...]
    licence: str = LICENCE
    sets_pace: bool = True

    @classmethod
    def installed(cls) -> "Flite":
        """The one that is found on PATH.

        Raises:
            InputError: there is none, or it has none of the voices.
        """
        program = shutil.which(PROGRAM)
        if program is None:
            raise InputError("speech synthesis", expected=f"the program {PROGRAM} on PATH", got="none", cure=_CURE)
        listed = _run(program, "-lv").partition(":")[2].split()
        voices = tuple(voice for voice in VOICES if voice.name in listed)
        if not voices:
            expected = f"one of the voices {', '.join(voice.name for voice in VOICES)}"
            raise InputError(program, expected=expected, got=", ".join(listed) or "none", cure=_CURE)
        version = re.search(r"version:\s*flite-(\S+)", _run(program, "--version", statuses=(0, 1)))  # it calls its help a failure
        return cls(program=program, name=f"CMU Flite {version[1] if version else 'of unknown version'}", voices=voices)

    def say(self, text: str, *, voice: str, pitch: float, pace: float, seed: int) -> tuple[FloatArray, int]:
        """See ``Engine``.

        Raises:
            InputError: flite fails, or does not know a letter of the text.
        """
        del seed
        with tempfile.TemporaryDirectory(prefix="dyad-flite-") as folder:
            out = Path(folder) / "said.wav"
            settings = ("--setf", f"duration_stretch={1 / pace:.4f}", "--setf", f"f0_shift={pitch:.4f}")
            _run(self.program, "-voice", voice, *settings, "-t", _spelt(text), "-o", str(out))
            try:
                samples, rate_hz = soundfile.read(out, dtype="float32")
            except (soundfile.LibsndfileError, OSError) as error:
                raise _failed(self.program, str(error)) from error
        return samples, int(rate_hz)


def _spelt(text: str) -> str:
    """The text in the letters of English, without accents, its other signs as spaces."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.replace("’", "'")) if not unicodedata.combining(sign))
    check_letters(text, unknown={sign for sign in plain if sign.isalnum() and not sign.isascii()}, engine="CMU Flite")
    plain = "".join(sign if sign.isascii() else " " for sign in plain)
    return re.sub(r"[A-Za-z]+", lambda word: _RESPELT.get(word[0].lower(), word[0]), plain)


def _run(program: str, *words: str, statuses: tuple[int, ...] = (0,)) -> str:
    try:
        done = subprocess.run([program, *words], capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(program, str(error)) from error
    if done.returncode not in statuses:
        raise _failed(program, done.stderr.strip() or f"exit status {done.returncode}")
    return done.stdout


def _failed(program: str, got: str) -> InputError:
    return InputError(program, expected="CMU Flite to speak", got=got.splitlines()[0][:200], cure=_CURE)
