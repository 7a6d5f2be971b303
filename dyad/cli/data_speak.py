"""dyad data speak."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dyad.speech_synthesis.engines import Engine


def speak(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; new, empty, or with unfinished utterances of these settings.")],
    voices: Annotated[int, typer.Option("--voices", "-n", help="How many people.")] = 12,
    utterances: Annotated[int, typer.Option("--utterances", help="Sentences that each of them says.")] = 40,
    seed: Annotated[int, typer.Option("--seed", help="Whole number; same settings and seed, same files.")] = 0,
    text: Annotated[
        Path | None, typer.Option("--text", help="Sentences to say, one a line.", show_default="211 of conversation, English")
    ] = None,
    feedback: Annotated[
        Path | None,
        typer.Option("--feedback", help="Small words of listeners, one a line.", show_default="22 English ones; none with --text"),
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option("--checkpoint", help="VITS or SpeechT5 checkpoint, local folder or hub name.", show_default="CMU Flite's own voices"),
    ] = None,
    vocoder: Annotated[str, typer.Option("--vocoder", help="For SpeechT5: its HiFi-GAN.")] = "microsoft/speecht5_hifigan",
    speakers: Annotated[
        Path | None, typer.Option("--speakers", help="For SpeechT5: speaker embeddings, .npy (voices, 512).", show_default="drawn by seed")
    ] = None,
    licence: Annotated[str, typer.Option("--licence", help="Licence of the checkpoint, to be written down.")] = "unknown",
) -> None:
    """Speak a folder of utterances by text to speech, for dyad data simulate --speech; always labelled as synthetic.

    People are the engine's voices with a vocal tract, pitch and pace of their own, drawn by seed. The engine is the program flite, if it is
    on PATH, with four voices; or a checkpoint, which transformers reads (SpeechT5 needs the extra tts). A run that was stopped goes on
    where it was.

    \b
    Examples:
      dyad data speak --out utterances
      dyad data speak --out utterances --voices 30 --utterances 60 --seed 7 --text sentences.txt
      dyad data speak --out utterances --checkpoint facebook/mms-tts-eng --licence CC-BY-NC-4.0
    """
    from dyad.cli.pictures import frame_progress
    from dyad.speech_synthesis.spoken_folder import speak_folder
    from dyad.speech_synthesis.texts import built_in, read_lines

    sentences = built_in("sentences") if text is None else read_lines(text)
    own_words = built_in("feedback") if text is None else ()
    small_words = own_words if feedback is None else read_lines(feedback)
    engine = _engine(checkpoint, vocoder=vocoder, speakers=speakers, licence=licence, voices=voices, seed=seed)
    with frame_progress(f"Speaking with {engine.name}", shown=True) as progress:
        folder = speak_folder(
            out,
            engine=engine,
            voices=voices,
            utterances=utterances,
            sentences=sentences,
            feedback=small_words,
            seed=seed,
            on_done=progress["on_frame"],
        )
    _print_summary(folder)


def _engine(checkpoint: str | None, *, vocoder: str, speakers: Path | None, licence: str, voices: int, seed: int) -> "Engine":
    if checkpoint is None:
        from dyad.speech_synthesis.flite import Flite

        return Flite.installed()
    from dyad.speech_synthesis.checkpoints import read_engine

    return read_engine(checkpoint, vocoder=vocoder, speakers=speakers, licence=licence, voices=voices, seed=seed)


def _print_summary(folder: Path) -> None:
    from dyad.cli.tables import console, print_table
    from dyad.datasets.synthetic_speech import read_speech_manifest

    manifest = read_speech_manifest(folder)
    drawn = ("size", "pitch", "pace")
    rows = [(person["name"], person["about"], *(f"{person[key]:.2f}" for key in drawn)) for person in manifest["people"]]
    print_table(f"SYNTHETIC speech by {manifest['engine']}", ("person", "voice", *drawn), rows)
    console().print(f"Wrote {len(manifest['texts'])} utterances to {folder}", highlight=False, markup=False, soft_wrap=True)
