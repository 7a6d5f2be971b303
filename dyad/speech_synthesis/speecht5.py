"""SpeechT5 (Ao et al., ACL 2022, arXiv 2110.07205) through transformers: as many voices as there are speaker embeddings."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dyad.arrays import FloatArray
from dyad.errors import InputError
from dyad.speech_synthesis.checkpoints import drawn_by, read_model, read_part, title_of
from dyad.speech_synthesis.engines import EngineVoice, check_letters


@dataclass(frozen=True, kw_only=True, eq=False)
class SpeechT5:
    """Speaks with a SpeechT5 checkpoint and its HiFi-GAN.

    Args:
        name: of the checkpoint.
        licence: of it.
        voices: one for each speaker embedding.
        embeddings: float32 (voices, 512), directions of x-vectors.
        model: text to mel spectrogram.
        vocoder: mel spectrogram to sound.
        tokenizer: letters, by SentencePiece.
    """

    name: str
    licence: str
    voices: tuple[EngineVoice, ...]
    embeddings: FloatArray
    model: Any
    vocoder: Any
    tokenizer: Any
    sets_pace: bool = False

    @classmethod
    def read(cls, source: str, *, vocoder: str, speakers: Path | None, licence: str, count: int, seed: int) -> "SpeechT5":
        """Read a checkpoint, its vocoder, and speaker embeddings.

        Args:
            source: local folder or hub name.
            vocoder: likewise.
            speakers: file of speaker embeddings; None draws them, which give clear voices only as far as the checkpoint bears it.
            licence: of the checkpoint.
            count: embeddings to draw.
            seed: of these.

        Raises:
            InputError: something cannot be read, or does not fit.
        """
        from transformers import SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5Tokenizer

        if find_spec("sentencepiece") is None:
            cure = "Install the extra tts: pip install 'dyad[tts]'."
            raise InputError(f"checkpoint {source}", expected="sentencepiece, which reads its letters", got="none", cure=cure)
        model = read_model(SpeechT5ForTextToSpeech, source)
        hifi_gan = read_model(SpeechT5HifiGan, vocoder)
        bands, taken = model.config.num_mel_bins, hifi_gan.config.model_in_dim
        if bands != taken:
            expected = f"the vocoder of {source}, for {bands} mel bands"
            raise InputError(f"checkpoint {vocoder}", expected=expected, got=f"one for {taken}", cure="Give its own with --vocoder.")
        width = int(model.config.speaker_embedding_dim)
        embeddings = _drawn(count, width=width, seed=seed) if speakers is None else _read(speakers, width=width)
        kind = "drawn" if speakers is None else "speaker"
        named = [f"{kind}{number:03d}" for number in range(1, len(embeddings) + 1)]
        about = "a speaker embedding drawn by seed" if speakers is None else f"a speaker embedding of {speakers.name}"
        return cls(
            name=f"SpeechT5 {title_of(source)} with {title_of(vocoder)}",
            licence=licence,
            voices=tuple(EngineVoice(name=name, about=about, bends_pitch=False) for name in named),
            embeddings=embeddings,
            model=model,
            vocoder=hifi_gan,
            tokenizer=read_part(SpeechT5Tokenizer, source),
        )

    def say(self, text: str, *, voice: str, pitch: float, pace: float, seed: int) -> tuple[FloatArray, int]:
        """See ``Engine``. What it draws is the dropout that its decoder needs when it speaks, too.

        Raises:
            InputError: the tokenizer does not know a letter of the text.
        """
        del pitch, pace
        pieces = self.tokenizer.tokenize(text)
        known = self.tokenizer.convert_tokens_to_ids(pieces)
        unknown = {piece for piece, index in zip(pieces, known, strict=True) if index == self.tokenizer.unk_token_id and piece.isalnum()}
        check_letters(text, unknown=unknown, engine=self.name)
        inputs = self.tokenizer(text, return_tensors="pt")
        index = next(index for index, own in enumerate(self.voices) if own.name == voice)
        embedding = torch.tensor(self.embeddings[index : index + 1])
        with drawn_by(seed):
            said = self.model.generate_speech(inputs["input_ids"], embedding, vocoder=self.vocoder)
        samples: FloatArray = said.numpy()
        return samples, int(self.vocoder.config.sampling_rate)


def _drawn(count: int, *, width: int, seed: int) -> FloatArray:
    """Directions in which x-vectors may point; the checkpoint hears no more of them than that."""
    drawn = np.random.default_rng(np.random.SeedSequence((seed, 4))).standard_normal((count, width)).astype(np.float32)
    directions: FloatArray = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return directions


def _read(path: Path, *, width: int) -> FloatArray:
    """Speaker embeddings of a file, float32 (voices, width)."""
    expected = f"an array of {width} numbers for each voice (.npy)"
    cure = "Give x-vectors as numpy.save writes them."
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        got = getattr(error, "strerror", None) or "a file that numpy cannot read without running code of it"
        raise InputError(str(path), expected=expected, got=got, cure=cure) from error
    if not isinstance(values, np.ndarray):
        raise InputError(str(path), expected=expected, got="an archive of arrays", cure=cure)
    if values.dtype.kind != "f" or values.ndim not in (1, 2) or values.shape[-1] != width or not values.size:
        raise InputError(str(path), expected=expected, got=f"{values.dtype} of shape {values.shape}", cure=cure)
    rows: FloatArray = np.atleast_2d(values).astype(np.float32)
    if not np.isfinite(rows).all() or not rows.any(axis=1).all():
        raise InputError(str(path), expected=expected, got="a row of zeros, NaN or infinity", cure=cure)
    return rows
