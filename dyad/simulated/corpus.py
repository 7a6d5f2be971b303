"""A corpus of simulated conversations with known truth: who speaks when, who moves how."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from dyad.datasets.simulated import MANIFEST, read_corpus_manifest
from dyad.datasets.turn_statistics import DEFAULT, turn_statistics
from dyad.datasets.utterances import Voice, folder_voices, sample_voices, voice_files
from dyad.errors import InputError
from dyad.output_files import placed_files
from dyad.simulated.casting import SPLITS, Cast, cast_corpus
from dyad.simulated.clip_files import Script, files_of, make_clip

BACKENDS = ("inline", "ray")
_README = """# Simulated conversations

**Everything here is SIMULATED by dyad. Nobody ever had these conversations, and nobody moved like this.** Do not mix it with recordings
without saying so, and do not report scores on it as scores on people.

- Turns are sampled from the turn-taking statistics of a corpus of recordings ({turns}); the words of a voice are pieces of
  its utterances, put together in no order that makes sense. Motion is that of dyad's `reactive` agent on both seats, in closed loop.
- `SPLIT/NAME_speaker1.wav`, `_speaker2.wav`: 16 kHz, 32-bit float, one person each. `.npz` beside them: motion at 25 fps as in
  DualTalk's corpus, `exp` (T, 50) and `pose` (T, 6: neck, then jaw, rotation vectors in radians), but in the basis `arkit50`: 49 ARKit
  weights and one unused channel, not FLAME's coefficients. `basis` and `simulated` in the file say so. The other arrays are zeros.
- `NAME.rttm`: who speaks when, true by construction. `NAME.truth.json`: the kind of every stretch (turn, backchannel, interjection),
  seeds, and both people's styles. `{manifest}`: settings, people, voices with their sources and licences.
- Nobody is in two splits. {voices}
- Seed {seed}: the same settings give the same files again.
- Licence of the speech: {licences}.{machine}
"""
_MACHINE = """
  The speech is SYNTHETIC, too: nobody said these words. Its folder says which people are made of one voice of the engine; they may be in
  different splits."""


def simulate_corpus(
    out: str | Path,
    *,
    conversations: int,
    seconds_each: float,
    seed: int = 0,
    splits: Mapping[str, float] = SPLITS,
    speech: str | Path | Sequence[Voice] | None = None,
    licence: str = "unknown",
    turns: str = DEFAULT,
    backend: str = "ray",
    address: str | None = None,
    on_done: Callable[[int], None] | None = None,
) -> Path:
    """Make a corpus, or finish one that was begun with the same settings.

    Args:
        out: folder; new, empty, or with such a corpus in it. With a cluster of several machines it must be on a disk they share.
        conversations: how many.
        seconds_each: length of each.
        seed: whole number; same settings and seed, same files bit for bit.
        splits: share of the conversations by name of the split.
        speech: folder of utterances (``dyad.datasets.utterances``), or voices; by default the two voices of the built-in call.
        licence: of the utterances in that folder.
        turns: corpus whose turn-taking they follow, ``switchboard`` or ``ifadv``.
        backend: ``ray`` (a process for each core) or ``inline`` (this process).
        address: a running Ray cluster to join; None starts a private one.
        on_done: called after each conversation with how many are there, those from before included.

    Returns:
        The folder.

    Raises:
        InputError: settings that cannot work, speech that cannot be read, or a folder that holds something else.
    """
    if backend not in BACKENDS:
        raise InputError("backend", expected=" or ".join(BACKENDS), got=repr(backend), cure="Choose one of these.")
    if not 1 <= seconds_each < float("inf"):
        raise InputError("length of a conversation", expected="1 second or more", got=f"{seconds_each!r}", cure="60 is usual.")
    turn_statistics(turns)  # refuses a name it does not know
    folder = Path(out).expanduser().absolute()
    earlier = _earlier_manifest(folder)
    given = sample_voices() if speech is None else speech
    names = list(voice_files(given)) if isinstance(given, str | Path) else [voice.name for voice in given]
    cast = cast_corpus(names, conversations=conversations, seconds=seconds_each, seed=seed, splits=splits, turns=turns)
    heard = {person.voice for people in cast.people.values() for person in people}
    voices = folder_voices(given, licence=licence, names=heard) if isinstance(given, str | Path) else tuple(given)
    manifest = _manifest(cast, voices, seed=seed, turns=turns, seconds=seconds_each)
    if earlier is not None and {**earlier, "complete": False} != manifest:
        got = ", ".join(key for key in manifest if earlier.get(key) != manifest[key] and key != "complete")
        raise InputError(
            str(folder), expected="a new folder, or a corpus with these settings", got=f"one with other {got}", cure="Give another --out."
        )
    _place(folder / MANIFEST, _as_json(manifest))
    _place(folder / "README.md", _readme(cast, voices, seed=seed, turns=turns))
    missing = [script for script in cast.scripts if not all(path.is_file() for path in files_of(script, folder))]
    _make(
        missing,
        voices=voices,
        folder=folder,
        backend=backend,
        address=address,
        on_done=_counting_from(len(cast.scripts) - len(missing), on_done),
    )
    _place(folder / MANIFEST, _as_json({**manifest, "complete": True}))
    return folder


def _make(
    scripts: Sequence[Script],
    *,
    voices: Sequence[Voice],
    folder: Path,
    backend: str,
    address: str | None,
    on_done: Callable[[int], None],
) -> None:
    make = partial(make_clip, voices={voice.name: voice for voice in voices}, out=folder)
    if backend == "inline":
        for number, script in enumerate(scripts, start=1):
            make(script)
            on_done(number)
    elif scripts:
        from dyad.cluster import parallel_map  # ray takes a third of a second to import

        for _ in parallel_map(make, scripts, address=address, on_done=on_done):
            pass


def _counting_from(there: int, on_done: Callable[[int], None] | None) -> Callable[[int], None]:
    return lambda done: None if on_done is None else on_done(there + done)


def _earlier_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a corpus that stands there; None for a folder that is new or empty."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    return read_corpus_manifest(folder)


def _manifest(cast: Cast, voices: Sequence[Voice], *, seed: int, turns: str, seconds: float) -> dict[str, Any]:
    from dyad import __version__

    names = {split: [script.name for script in cast.scripts if script.split == split] for split in cast.people}
    manifest = {
        "simulated": True,
        "complete": False,
        "dyad": __version__,
        "seed": seed,
        "turns": turns,
        "seconds": seconds,
        "conversations": names,
        "speech": {voice.name: {"source": voice.source, "licence": voice.licence, "sha256": voice.files} for voice in voices},
        "voices_shared_by_splits": cast.shared_voices,
        "people": {split: [asdict(person) for person in people] for split, people in cast.people.items()},
    }
    as_read: dict[str, Any] = json.loads(_as_json(manifest))
    return as_read


def _readme(cast: Cast, voices: Sequence[Voice], *, seed: int, turns: str) -> str:
    own = "No voice is heard in two either."
    shared = f"But their {len(voices)} voices are heard in all splits: there are too few for voices of their own."
    licences = ", ".join(sorted({voice.licence for voice in voices}))
    machine = _MACHINE if any(voice.synthetic for voice in voices) else ""
    return _README.format(
        turns=turns, manifest=MANIFEST, voices=shared if cast.shared_voices else own, seed=seed, licences=licences, machine=machine
    )


def _as_json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"


def _place(path: Path, text: str) -> None:
    with placed_files([path], replace=True) as (partial_path,):
        partial_path.write_text(text, encoding="utf-8")
