"""A folder of synthetic utterances, a folder within it for each person, as ``dyad data simulate --speech`` reads it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from dyad.audio import SAMPLE_RATE_HZ
from dyad.datasets.synthetic_speech import MANIFEST, read_speech_manifest
from dyad.datasets.utterances import FEEDBACK
from dyad.errors import InputError
from dyad.output_files import placed_files
from dyad.speech_synthesis.engines import Engine
from dyad.speech_synthesis.speakers import Speaker, draw_speakers, speak

FEEDBACK_EACH: Final = 12  # of the small words, one person uses these; chosen
_README: Final = """# Synthetic speech

**Everything here is SYNTHETIC speech, made by dyad with {engine}. Nobody said this.**
Do not mix it with recordings without saying so.

- Licence of engine and voices: {licence}.
- A folder for each of {count} invented people, with their sentences (`001.wav`, …) and, in `{feedback}`, the small words with which they
  answer as listeners. 16 kHz, 16 bit, mono. `{manifest}` holds every text, and what each person is made of.
- People are made of the engine's voices by another length of the vocal tract, another pitch and another pace, as far as the engine can.
  So those of one voice are less different than people are, also where they are in different splits. The voices are:
{voices}
- Seed {seed}: the same settings and versions give the same files again.

`dyad data simulate --speech` on this folder makes conversations of it.
"""


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One file to be spoken.

    Args:
        file: relative to the folder, with slashes.
        text: what is said.
        speaker: by whom.
        seed: of what the engine draws.
    """

    file: str
    text: str
    speaker: Speaker
    seed: int


def speak_folder(
    out: str | Path,
    *,
    engine: Engine,
    voices: int,
    utterances: int,
    sentences: Sequence[str],
    feedback: Sequence[str] = (),
    seed: int = 0,
    on_done: Callable[[int, int], None] | None = None,
) -> Path:
    """Speak a folder of utterances, or finish one that was begun with the same settings.

    Args:
        out: folder; new, empty, or with such utterances in it.
        engine: whose voices.
        voices: how many people.
        utterances: sentences that each of them says, no two alike.
        sentences: to draw from.
        feedback: small words of listeners; each person uses up to ``FEEDBACK_EACH`` of them.
        seed: whole number; same settings and seed, same files.
        on_done: called with how many files are there, and how many there will be.

    Returns:
        The folder.

    Raises:
        InputError: settings that cannot work, a text that cannot be spoken, or a folder that holds something else.
    """
    if not 1 <= utterances <= len(sentences):
        expected = f"1 to {len(sentences)}, the number of sentences"
        raise InputError("utterances of each voice", expected=expected, got=str(utterances), cure="Give fewer, or a --text with more.")
    folder = Path(out).expanduser().absolute()
    speakers = draw_speakers(voices, engine=engine, seed=seed)
    plan = _plan(speakers, sentences=sentences, feedback=feedback, utterances=utterances, seed=seed)
    manifest = _manifest(plan, speakers, engine=engine, seed=seed)
    _check_place(folder, manifest)
    _place(folder / MANIFEST, _as_json(manifest))
    _place(folder / "README.md", _readme(speakers, engine=engine, seed=seed))
    for done, utterance in enumerate(plan, start=1):
        if not (folder / utterance.file).is_file():
            _write(utterance, folder, engine=engine)
        if on_done is not None:
            on_done(done, len(plan))
    _place(folder / MANIFEST, _as_json({**manifest, "complete": True}))
    return folder


def _plan(
    speakers: Sequence[Speaker], *, sentences: Sequence[str], feedback: Sequence[str], utterances: int, seed: int
) -> tuple[Utterance, ...]:
    plan = []
    for index, speaker in enumerate(speakers):
        rng = np.random.default_rng(np.random.SeedSequence((seed, 2, index)))
        lines = rng.permutation(len(sentences))[:utterances].tolist()
        said = [(f"{number:03d}.wav", sentences[place]) for number, place in enumerate(lines, start=1)]
        words = sorted(rng.permutation(len(feedback))[:FEEDBACK_EACH].tolist())
        said += [(f"{FEEDBACK}/{number:02d}.wav", feedback[place]) for number, place in enumerate(words, start=1)]
        seeds = np.random.SeedSequence((seed, 3, index)).generate_state(len(said)).tolist()
        plan += [
            Utterance(file=f"{speaker.name}/{file}", text=text, speaker=speaker, seed=own)
            for (file, text), own in zip(said, seeds, strict=True)
        ]
    return tuple(plan)


def _write(utterance: Utterance, folder: Path, *, engine: Engine) -> None:
    sound = speak(utterance.text, utterance.speaker, engine=engine, seed=utterance.seed)
    with placed_files([folder / utterance.file], replace=True) as (path,):
        soundfile.write(path, sound, SAMPLE_RATE_HZ, subtype="PCM_16")


def _manifest(plan: Sequence[Utterance], speakers: Sequence[Speaker], *, engine: Engine, seed: int) -> dict[str, Any]:
    from dyad import __version__

    about = {voice.name: voice.about for voice in engine.voices}
    manifest = {
        "synthetic": True,
        "complete": False,
        "dyad": __version__,
        "engine": engine.name,
        "licence": engine.licence,
        "seed": seed,
        "people": [{**asdict(speaker), "about": about[speaker.voice]} for speaker in speakers],
        "texts": {utterance.file: utterance.text for utterance in plan},
    }
    as_read: dict[str, Any] = json.loads(_as_json(manifest))
    return as_read


def _check_place(folder: Path, manifest: Mapping[str, Any]) -> None:
    """A folder that is new or empty, or one that was begun with these settings."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    earlier = {**read_speech_manifest(folder), "complete": False}
    if earlier != manifest:
        got = "one with other " + ", ".join(key for key in manifest if earlier.get(key) != manifest[key])
        raise InputError(str(folder), expected="a new folder, or utterances with these settings", got=got, cure="Give another --out.")


def _readme(speakers: Sequence[Speaker], *, engine: Engine, seed: int) -> str:
    used = {speaker.voice for speaker in speakers}
    named = "\n".join(f"  - {voice.name}: {voice.about}" for voice in engine.voices if voice.name in used)
    return _README.format(
        engine=engine.name, licence=engine.licence, count=len(speakers), feedback=FEEDBACK, manifest=MANIFEST, voices=named, seed=seed
    )


def _as_json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _place(path: Path, text: str) -> None:
    with placed_files([path], replace=True) as (partial,):
        partial.write_text(text, encoding="utf-8")
