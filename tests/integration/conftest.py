"""The command line in this process, and files for it to read."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile

from dyad.cli import main
from dyad.conversation import Conversation
from dyad.rttm import write_rttm
from dyad.seat import Seat


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str


Dyad = Callable[..., Answer]


@pytest.fixture
def dyad(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Dyad:
    """Runs ``dyad WORDS…`` here."""

    def command(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["dyad", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return Answer(code=int(stop.value.code or 0), out=said.out, err=said.err)

    return command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture(scope="session")
def sounds(short_call: Conversation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """call.wav (a voice on each channel), mix.wav with mix.rttm, speech.wav (one voice); 12 s of a real call."""
    place = tmp_path_factory.mktemp("sounds")
    rate = short_call.sample_rate_hz
    soundfile.write(place / "call.wav", short_call.audio.T, rate)
    soundfile.write(place / "mix.wav", short_call.audio.sum(axis=0).clip(-1, 1), rate)
    soundfile.write(place / "speech.wav", short_call.audio[Seat.A], rate)
    write_rttm(short_call.diarization, place / "mix.rttm", uri="mix")
    return place
